package sync

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

// UndoStore tells what the run that another one undoes has applied, beside what
// is known now. RecordDepartments and RecordPeople keep the rows of the mirror
// that they replace, and which run has written a row.
type UndoStore interface {
	// UndonePeople returns changes of people that Claim.Run.Undoes has applied,
	// of its plan after a position, 0 for the beginning; at most limit of them,
	// ordered by id. Of a person whom a push has changed twice it returns the
	// first change. last is where to go on, 0 at the end.
	UndonePeople(ctx context.Context, c Claim, after, limit int) (list []UndonePerson, last int, err error)

	// UndoneDepartments returns all changes of departments that Claim.Run.Undoes
	// has applied.
	UndoneDepartments(ctx context.Context, c Claim) ([]UndoneDepartment, error)

	// PeopleBefore returns people as they were before Claim.Run.Undoes, as far as
	// it has kept them.
	PeopleBefore(ctx context.Context, c Claim, ids []provider.UserID) (map[provider.UserID]MirrorPerson, error)

	// OccupiedDepartments returns the departments of people of the mirror who
	// are not gone and whom the plan of the claim's run leaves as they are.
	OccupiedDepartments(ctx context.Context, c Claim) (map[provider.DepartmentID]bool, error)
}

// UndonePerson is what a run has done to a person.
type UndonePerson struct {
	Kind     Kind
	RemoteID provider.UserID
	Name     string
	// Existing is true when the account was there before the run.
	Existing bool
	// Replaces is the user id whose account the person took over; usually
	// empty.
	Replaces provider.UserID
	// Now is the person as they are in the mirror; nil when it has them no
	// more. WrittenBy is the run that wrote them last, "" for a version of this
	// module that did not keep it.
	Now       *MirrorPerson
	WrittenBy string
	// Before is the person as they were before the run; nil for somebody who
	// was not in the mirror.
	Before *MirrorPerson
}

// UndoneDepartment is what a run has done to a department.
type UndoneDepartment struct {
	Kind     Kind
	RemoteID provider.DepartmentID
	Name     string
	// Now, WrittenBy and Before are as those of UndonePerson.
	Now       *MirrorDepartment
	WrittenBy string
	Before    *MirrorDepartment
}
