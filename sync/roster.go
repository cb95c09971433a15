package sync

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Roster is the platform's own people and departments, as far as a push reads
// them. Members that implement it can be pushed; adapters/bunstore does, and
// storetest.RunRoster proves those of a host. What it returns is of the
// directory's tenant only.
type Roster interface {
	// RosterDepartments returns all departments of the tenant, in any order.
	RosterDepartments(ctx context.Context, dir Directory) ([]RosterDepartment, error)

	// RosterPeople returns people who are active members of the tenant: those
	// of q.IDs, leaving out ids that are nobody's, or, when it is nil, the first
	// q.Limit after q.After, in an order of ids of its own that is always the
	// same. The one of q.After may have left since.
	RosterPeople(ctx context.Context, dir Directory, q RosterQuery) ([]RosterPerson, error)

	// BindDepartment makes a department of the platform one of the directory's,
	// so that pulls keep it in line from now on. It is called inside the
	// transaction that keeps the push's outcome, also for one that is bound
	// already: the last id counts. One that belongs to another directory, or is
	// not there any more, stays as it is and is no error. With remoteID "" the
	// department, if it is the directory's, becomes the platform's own again: the
	// push that created it at the office app was undone.
	BindDepartment(ctx context.Context, dir Directory, localID string, remoteID provider.DepartmentID) error
}

// RosterQuery says which people are asked for.
type RosterQuery struct {
	IDs   []string
	After string
	Limit int
}

// RosterDepartment is a department of the platform.
type RosterDepartment struct {
	ID string
	// ParentID is "" at the top.
	ParentID string
	Name     string
	// Elsewhere is true for a department of another directory: another office
	// app's, or another company's. It is not pushed.
	Elsewhere bool
}

// RosterPerson is a person of the platform. The zero value of a field means that
// the platform knows nothing about it: it is not pushed, and a push never clears
// it at the office app.
type RosterPerson struct {
	ID       string
	Username string
	Name     string
	// Mobile is in the form of provider.Person.
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	// DepartmentIDs are the platform's, in any order.
	DepartmentIDs []string
	// Leads are those of DepartmentIDs that the person leads. nil is unknown; a
	// list that is empty and not nil says that they lead none of them. Who
	// tells leaders has to tell that as well: otherwise nobody ceases to lead.
	Leads []string
	// Orders are the positions in DepartmentIDs, smaller first, by department;
	// those that are not in it are unknown.
	Orders map[string]int64
	// ManagerID is the account of the direct superior, who is in the directory,
	// or gets into it by the same push.
	ManagerID string
}

// PushStore keeps what a push needs besides what pulls keep.
type PushStore interface {
	// Bound returns who of the given accounts have an active binding in the
	// directory, by account, with what the mirror has of them. ManagerKnown is
	// false when neither a pull nor a push has ever come across a manager.
	Bound(ctx context.Context, dir Directory, localIDs []string) (map[string]BoundPerson, error)

	// MirrorPeople returns people of the mirror who are not gone, ordered by
	// id, beginning after the given id, at most limit of them.
	MirrorPeople(ctx context.Context, dir Directory, after provider.UserID, limit int) ([]MirrorPerson, error)

	// Invited returns when the given accounts were invited, as far as they were
	// after the given time.
	Invited(ctx context.Context, dir Directory, localIDs []string, after time.Time) (map[string]time.Time, error)

	// Disputed returns the fields of people that are open conflicts, as far as
	// they have some.
	Disputed(ctx context.Context, dir Directory, people []provider.UserID) (map[provider.UserID]FieldSet, error)

	// PendingChanges returns the changes of a batch that are still pending.
	PendingChanges(ctx context.Context, c Claim, number int) ([]PendingChange, error)

	// RecordPush stores what became of changes of a batch: mirror, bindings,
	// invitations, the states of the changes and their remote ids, and the
	// run's progress; what was before, once for each person and department; and
	// the given departments' order in the mirror. KindUnbind is recorded as
	// KindLeave is. With last
	// the batch is done. It is tenant.ErrConflict, storing nothing, when
	// somebody else is bound to the user id.
	RecordPush(ctx context.Context, c Claim, b Batch, done []Pushed, orders []StagedDepartment, last bool, at time.Time) (cancel bool, err error)
}

// BoundPerson is somebody who is bound.
type BoundPerson struct {
	// MirrorPerson has at least ID and LocalID.
	MirrorPerson
	// Mirrored is true when the mirror has them, and they are not gone.
	Mirrored bool
}

// PendingChange is a change of a push to be applied.
type PendingChange struct {
	// Seq is the change's position in the plan.
	Seq int
	PlannedChange
}

// Pushed is what became of a change of a push.
type Pushed struct {
	Change PendingChange
	// RemoteID is who or what it is at the office app; "" when it is not there
	// (yet).
	RemoteID string
	// Department or Person, with Places, is how it is at the office app now;
	// nil for what was removed, invited or failed.
	Department *StagedDepartment
	Person     *StagedPerson
	Places     []StagedPlace
	// ManagerSettled is true when the platform's manager of the person and
	// Person.ManagerID are what both sides have in common, or have agreed on.
	ManagerSettled bool
	// BeforePerson or BeforeDepartment is how it was at the office app right
	// before, Gone when it was not there; the undo of a push goes by it. nil for
	// what was removed, which is kept as the mirror has it.
	BeforePerson     *MirrorPerson
	BeforeDepartment *MirrorDepartment
	// Invited is true when the person has to accept an invitation first.
	Invited bool
	Failure provider.Text
	Note    provider.Text
}
