package sync

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

// Members is the platform's own people and departments, as far as a pull
// changes them. The default implementation is adapters/bunstore; a host with
// tables of its own plugs in its own, proved by storetest.RunMembers.
//
// ApplyDepartments and ApplyPeople are called inside the transaction of a batch,
// which travels in the context (with bunstore: Store.SQLTx), and return exactly
// one Outcome per item, in the order of the items. An Outcome with a Failure is
// an item that was refused: it must have changed nothing, and the others stand.
// An error rolls the whole batch back. The batch is then tried again in halves,
// down to the single item, so that one bad row fails itself only, unless the
// error is tenant.ErrUnavailable or a context's: then the whole is repeated
// later.
//
// What was rolled back is asked for again, with the same items. Different
// batches of people may be applied at the same time. A host whose tables are in
// another database than the Store's has to expect an item a second time that it
// has applied already: it finds a created account by its mobile number.
type Members interface {
	// Match finds the accounts of people who have no binding yet. It returns
	// only those it found, in any order, at most one for each candidate. An
	// account whose mobile number equals the candidate's is a match for
	// MatchMobile. For MatchEmail, whose candidates have lower case, and
	// MatchJobNumber it has to be in the directory's tenant besides, in whatever
	// state. It changes nothing.
	Match(ctx context.Context, dir Directory, by MatchBy, candidates []Candidate) ([]Match, error)

	// Current returns accounts as they are now: what a pull would have filled
	// in. Accounts that do not exist are left out. It changes nothing.
	Current(ctx context.Context, dir Directory, people []PersonRef) ([]CurrentPerson, error)

	// ApplyDepartments creates, changes and removes departments. The parent of
	// each item exists already. Departments of other directories are left alone,
	// whatever id an item has: such a one is created anew, or nothing is removed.
	ApplyDepartments(ctx context.Context, dir Directory, changes []DepartmentChange) ([]Outcome, error)

	// ApplyPeople creates, changes and suspends people in the tenant, together
	// with their places in the directory's departments. Places in departments
	// that are not the directory's are left alone.
	ApplyPeople(ctx context.Context, dir Directory, changes []PersonChange) ([]Outcome, error)
}

// Candidate is a person of the directory to be found among the platform's
// accounts.
type Candidate struct {
	RemoteID provider.UserID
	// Value is what the person is recognised by; it is never empty, and no two
	// candidates of a call share one.
	Value string
}

// Match is an account found for a candidate.
type Match struct {
	RemoteID provider.UserID
	// LocalID is the platform's user id.
	LocalID string
	// Account is the username.
	Account string
	// InTenant is true when the account is in the directory's tenant, in
	// whatever state.
	InTenant bool
}

// PersonRef names a person on both sides.
type PersonRef struct {
	RemoteID provider.UserID
	LocalID  string
}

// CurrentPerson is an account as it is.
type CurrentPerson struct {
	LocalID string
	// InTenant is true when the account is in the directory's tenant, in
	// whatever state.
	InTenant bool
	// The fields are as a pull fills them: what the platform has made of an
	// empty one is "".
	Name      string
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	AvatarURL string
	// Fixed are fields that the platform does not let this tenant change.
	Fixed FieldSet
}

// DepartmentChange is what a pull wants to be true of one department.
type DepartmentChange struct {
	// Kind is KindCreate, KindUpdate, KindMove, KindRejoin or KindLeave.
	Kind     Kind
	RemoteID provider.DepartmentID
	// LocalID is the platform's id, "" for KindCreate. A department that was
	// created, but for some reason is there already, is updated.
	LocalID string
	// ParentLocalID is the platform's id of the parent, "" at the top.
	ParentLocalID string
	Name          string
	// Order is the position among its siblings, smaller first.
	Order int64
}

// PersonChange is what a pull wants to be true of one person.
type PersonChange struct {
	// Kind is KindCreate, KindUpdate, KindMove, KindRejoin, KindLeaving or
	// KindLeave. With the last two only RemoteID, LocalID, Name and
	// BoundElsewhere are set. KindLeaving takes the person out of the
	// directory's departments and changes nothing else.
	Kind     Kind
	RemoteID provider.UserID
	UnionID  provider.UnionID
	// LocalID is the platform's user id, "" for an account to be created.
	LocalID string
	// Username is the one to suggest for an account to be created. The platform
	// makes it unique: another account that has it is another person.
	Username string
	// Owned is true when a pull of this tenant created the account: names
	// follow the directory. Otherwise they are filled only where empty.
	Owned bool
	// Join is the state of a membership that does not exist yet.
	Join JoinState
	// PasswordHash is the initial password of an account to be created, as an
	// argon2id PHC string, to be changed at first login; "" is no password.
	PasswordHash string

	// Keep are fields whose value on the platform stays as it is. Of an account
	// to be created they stay empty, and of a membership that does not exist
	// yet they are filled.
	Keep      FieldSet
	Name      string
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	AvatarURL string
	// Places are the person's departments in this directory, complete.
	Places []Place
	// BoundElsewhere is true for a leaver who has another active binding in
	// the tenant, and so should not be suspended.
	BoundElsewhere bool
}

// Place is a person's place in one department of the platform.
type Place struct {
	DepartmentLocalID string
	Leader            bool
	// Order is the person's position in the department, smaller first.
	Order int64
}

// JoinState is the state in which somebody becomes a member of a tenant.
type JoinState string

// The join states.
const (
	// JoinActive: a member at once.
	JoinActive JoinState = "active"
	// JoinPending: an administrator has to admit them.
	JoinPending JoinState = "pending"
)

// Outcome is what became of one item.
type Outcome struct {
	// LocalID is the platform's id; required unless the item failed.
	LocalID string
	// Account is a person's username, for reports.
	Account string
	// Failure says why the item was refused; zero when it was applied.
	Failure provider.Text
	// Note is something an administrator should know about an item that was
	// applied; may be zero.
	Note provider.Text
}
