package sync

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// ApplyStore applies a plan.
type ApplyStore interface {
	// OpenBatches returns the batches that are not done, in their order.
	OpenBatches(ctx context.Context, c Claim) ([]Batch, error)

	// DepartmentBatch and PeopleBatch return the changes of a batch that are
	// still pending, with what was read.
	DepartmentBatch(ctx context.Context, c Claim, number int) ([]PendingDepartment, error)
	PeopleBatch(ctx context.Context, c Claim, number int) ([]PendingPerson, error)

	// RecordDepartments and RecordPeople store what became of changes of a
	// batch: mirror, bindings of people, states of changes that failed, and
	// the run's progress. With last the batch is done; all its changes without
	// a state of their own count as applied. RecordPeople also stores the
	// conflicts of people, and removes those of fields that are settled.
	RecordDepartments(ctx context.Context, c Claim, b Batch, done []DoneDepartment, last bool, at time.Time) (cancel bool, err error)
	RecordPeople(ctx context.Context, c Claim, b Batch, done []DonePerson, last bool, at time.Time) (cancel bool, err error)

	// Writers returns how many transactions can write at the same time, 1 or
	// more.
	Writers() int
}

// Batch is a group of changes applied in one transaction.
type Batch struct {
	Number int
	Stage  Stage
}

// PendingDepartment is a change of a department to be applied.
type PendingDepartment struct {
	// Seq is the change's position in the plan.
	Seq int
	DepartmentChange
	// ParentID is the parent's id at the office app, "" at the top or when the
	// parent itself could not be applied.
	ParentID provider.DepartmentID
}

// PendingPerson is a change of a person to be applied.
type PendingPerson struct {
	// Seq is the change's position in the plan.
	Seq int
	PersonChange
	// Account is the username, as far as it is known.
	Account  string
	Replaces provider.UserID
	// Known is true when the mirror has the person, gone or not; Base is what
	// it has of them then.
	Known bool
	Base  *StagedPerson
	// Conflicts are fields that differ on both sides, Settled those that are
	// the same once the change is applied; both are set by the worker.
	Conflicts []FieldConflict
	Settled   FieldSet
	// Person is as they were read; zero for a leaver.
	Person StagedPerson
	// Placed are the places that were read, by department. The worker sets
	// Places, leaves out of Placed the places whose department could not be
	// applied, which the next run finds missing, and counts them in Unplaced.
	Placed   []StagedPlace
	Unplaced int
}

// DoneDepartment is what became of a change of a department.
type DoneDepartment struct {
	Change  PendingDepartment
	Outcome Outcome
}

// DonePerson is what became of a change of a person.
type DonePerson struct {
	Change  PendingPerson
	Outcome Outcome
}
