package sync

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// PlanStore compares what was read with the mirror, and keeps the plan.
type PlanStore interface {
	// StagedDepartments returns all departments that were read.
	StagedDepartments(ctx context.Context, c Claim) ([]StagedDepartment, error)

	// MirrorDepartments returns the directory's departments as they were last
	// applied, with those that are gone.
	MirrorDepartments(ctx context.Context, dir Directory) ([]MirrorDepartment, error)

	// ReadDepartments returns the departments whose people were all read.
	ReadDepartments(ctx context.Context, c Claim) ([]provider.DepartmentID, error)

	// SharedValues returns the mobile numbers, email addresses or job numbers
	// of people in the staging rows that more than one of the people read has,
	// each with two of them. Letters
	// A to Z of email addresses are taken for lower case, and returned so.
	SharedValues(ctx context.Context, c Claim, by MatchBy) (map[string][2]provider.UserID, error)

	// ChangedPeople looks at the next window of people who were read, ordered
	// by id, beginning after the given id ("" is the beginning), and returns
	// those who differ from the mirror or from their binding, or are in
	// neither. last is where the next window begins; "" is the end.
	ChangedPeople(ctx context.Context, c Claim, after provider.UserID, window int) (list []ChangedPerson, last provider.UserID, err error)

	// PersonNames returns the names of people, as they were read or else as
	// they were last applied; those who are unknown are left out.
	PersonNames(ctx context.Context, c Claim, ids []provider.UserID) (map[provider.UserID]string, error)

	// Holders tells which users of the directory accounts are bound to.
	// Accounts without binding are left out. A user is read here also when a
	// person with the union id of the binding was, under another user id.
	Holders(ctx context.Context, c Claim, localIDs []string) (map[string]Holder, error)

	// MissingPeople returns people of the mirror who are not gone, were not
	// read, and are not replaced by a change of this run, ordered by id,
	// beginning after the given id, at most limit of them. An incremental run
	// misses those only for whom it has a task of kind TaskPerson that is done.
	MissingPeople(ctx context.Context, c Claim, after provider.UserID, limit int) ([]MirrorPerson, error)

	// AddChanges adds changes to the plan, and those that are not conflicts as
	// one new batch of the stage.
	AddChanges(ctx context.Context, c Claim, stage Stage, changes []PlannedChange, at time.Time) (cancel bool, err error)

	// CountPlan counts the changes of the plan and, when somebody leaves, the
	// people of the mirror who are not gone.
	CountPlan(ctx context.Context, c Claim) (PlanCounts, error)
}

// PlanCounts are the numbers by which a plan is judged.
type PlanCounts struct {
	Counts
	// Active is the number of people in the mirror who are not gone; it may be 0
	// when nobody leaves.
	Active int
	// Due is the number of changes of KindLeave of people who were leaving
	// before.
	Due int
}

// MirrorDepartment is a department as it was last applied.
type MirrorDepartment struct {
	StagedDepartment
	LocalID string
	Gone    bool
}

// MirrorPerson is a person as they were last applied. Places are without order
// by anything but department.
type MirrorPerson struct {
	StagedPerson
	Places  []StagedPlace
	LocalID string
	Account string
	// Owned is true when a pull created the account.
	Owned bool
	Gone  bool
	// LeavingSince is when the person was first missed, zero when they were
	// not, or are gone.
	LeavingSince time.Time
}

// away reports whether somebody has left, or is leaving.
func (m *MirrorPerson) away() bool { return m.Gone || !m.LeavingSince.IsZero() }

// ChangedPerson is a person who was read and differs from what is known.
type ChangedPerson struct {
	Person StagedPerson
	Places []StagedPlace
	// Mirror is nil for somebody who was never applied.
	Mirror *MirrorPerson
	// BoundTo is the account that the person is bound to by user id or, when
	// there is none, by union id; "" when by neither.
	BoundTo string
	// Holder is who that account is bound to, the person or another user id.
	Holder Holder
}

// Holder is who an account is bound to.
type Holder struct {
	UserID provider.UserID
	// UnionID is that of the binding, where it has one. Holders tells it.
	UnionID provider.UnionID
	// Active is false for the binding of a leaver.
	Active bool
	// Read is true when this run has read a person of that id.
	Read bool
}

// Stage orders the batches of a plan: all of a stage are applied before the
// next begins.
type Stage int

// The stages.
const (
	// StageDepartments batches are applied one after the other, parents before
	// children.
	StageDepartments Stage = iota + 1
	// StageLeavers frees what leavers hold before others come.
	StageLeavers
	StagePeople
	// StageRemovals removes departments, children before parents.
	StageRemovals
	// StageManagers gives people managers whom the same push has created.
	StageManagers
)

// PlannedChange is a change with what is needed to apply it.
type PlannedChange struct {
	Entity   Entity
	Kind     Kind
	RemoteID string
	LocalID  string
	Account  string
	Name     string
	Fields   []Field
	Reason   provider.Text
	// ParentID is the department's parent in the plan, "" at the top; it is not
	// the one that was read when that is out of scope.
	ParentID provider.DepartmentID
	// Replaces is the user id that the account was bound to before; its
	// binding and mirror row give way. Usually empty.
	Replaces provider.UserID
}
