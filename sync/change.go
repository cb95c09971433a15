package sync

import "github.com/thirdapp/thirdapp/provider"

// Entity is what a change is about.
type Entity string

// The entities.
const (
	EntityDepartment Entity = "department"
	EntityPerson     Entity = "person"
)

// Kind is what a change does.
type Kind string

// The kinds.
const (
	// KindCreate: new in the tenant. A person with a LocalID has an account
	// already and joins the tenant.
	KindCreate Kind = "create"
	// KindUpdate: known, and fields differ.
	KindUpdate Kind = "update"
	// KindMove: a person's set of departments, or a department's parent,
	// differs; other fields may differ as well.
	KindMove Kind = "move"
	// KindLeaving: not in the directory any more, and to be suspended by a
	// later run once the grace period is over; see Rules.GraceDays.
	KindLeaving Kind = "leaving"
	// KindLeave: not in the directory any more.
	KindLeave Kind = "leave"
	// KindRejoin: left or was leaving earlier, and is back.
	KindRejoin Kind = "rejoin"
	// KindUnbind: an undo takes somebody out of the directory who was a member
	// of the tenant before, and stays one.
	KindUnbind Kind = "unbind"
	// KindConflict: cannot be matched; Reason says why. It is never applied and
	// comes again with every run until somebody resolves it.
	KindConflict Kind = "conflict"
)

// Removes reports whether the change takes somebody or something away.
func (k Kind) Removes() bool { return k == KindLeave || k == KindLeaving }

// ChangeState is what became of a change.
type ChangeState string

// The states of a change.
const (
	ChangePending ChangeState = "pending"
	ChangeApplied ChangeState = "applied"
	// ChangeFailed: Reason says why; the next run tries again.
	ChangeFailed ChangeState = "failed"
	// ChangeSkipped: a conflict, or the run ended before its turn.
	ChangeSkipped ChangeState = "skipped"
)

// Change is one difference between the directory and the platform, and what
// became of it.
type Change struct {
	// ID is unique within the run and orders its changes as they were planned.
	ID     string
	Entity Entity
	Kind   Kind
	// RemoteID is the department's or user's id at the office app.
	RemoteID string
	// LocalID is the platform's id; empty when not known (yet).
	LocalID string
	// Account is the username of the platform account; empty for departments
	// and as long as it is not known.
	Account string
	// Existing is true for a KindCreate whose account was there before and
	// joins the tenant.
	Existing bool
	Name     string
	// Fields are the differences, in a fixed order. Mobile numbers are shown
	// masked.
	Fields []Field
	State  ChangeState
	// Reason says why a change failed or is a conflict, or what an
	// administrator should know about one that was applied.
	Reason provider.Text
}

// Field is one differing field of a change: name, mobile, email, jobNumber,
// title, avatar, manager, departments, leaderOf and order (in departments; pushes
// only) of people; name, parent and order of
// departments.
type Field struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// ChangeFilter narrows a list of changes; zero fields do not narrow.
type ChangeFilter struct {
	Kind   Kind
	State  ChangeState
	Entity Entity
}

// Summary is a run told in sentences for people, in Chinese, as the compatible
// routes return it. Both lists are never nil.
type Summary struct {
	SuccessInfo []string
	FailInfo    []string
}
