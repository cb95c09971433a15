package sync

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Store is where runs, their staging rows, plans and the mirrors of directories
// are kept. adapters/bunstore implements it; package adapters/storetest proves
// it. Every method is safe for concurrent use, joins the transaction of the
// context, sees rows of the given tenant only, and keeps times to the
// microsecond. A malformed cursor is a tenant.Error of code InvalidArgument.
//
// # Claims
//
// A worker holds a run by a [Claim]. Each new claim of a run raises its fence,
// and every method that writes for a worker answers ErrLost, writing nothing,
// when the fence has been raised since or the run is finished. Such a method
// also stores Claim.Run's State and Phase and Claim.Step, sets UpdatedAt to at,
// PhaseAt too when the phase is another one than before, and returns whether
// cancellation was requested. It is one transaction, or part of the context's.
type Store interface {
	tenant.TrailStore
	RunStore
	ScheduleStore
	SettingsStore
	ConflictStore
	ReadStore
	PlanStore
	ApplyStore
	ManagerStore
	UndoStore
	PreviewStore
	NearStore
	TouchStore
	EventStore
	StreamStore
	PushStore
}

// RunStore keeps runs.
type RunStore interface {
	// CreateRun stores a run. When its tenant has an unfinished run of the
	// provider it answers an *ActiveRunError and the transaction is still
	// good.
	CreateRun(ctx context.Context, r Run) error

	// Run returns a run, tenant.ErrNotFound when the tenant has none of the id.
	Run(ctx context.Context, t tenant.ID, id string) (Run, error)

	// Runs returns the runs that pass a filter, newest first.
	Runs(ctx context.Context, t tenant.ID, f RunFilter, p tenant.Page) (tenant.List[Run], error)

	// Changes returns the changes of a run in the order they were planned,
	// tenant.ErrNotFound when the tenant has no such run.
	Changes(ctx context.Context, t tenant.ID, runID string, f ChangeFilter, p tenant.Page) (tenant.List[Change], error)

	// Change returns one of the changes of a run, by its id; tenant.ErrNotFound
	// when the tenant has no such run, or the run no such change.
	Change(ctx context.Context, t tenant.ID, runID, id string) (Change, error)

	// AppliedCounts returns how many changes of a run are applied, by kind;
	// tenant.ErrNotFound when the tenant has no such run.
	AppliedCounts(ctx context.Context, t tenant.ID, runID string) (Counts, error)

	// ChangeRun changes a run on behalf of somebody who is not its worker:
	// State, Phase, Approved, CancelRequested, UpdatedAt and FinishedAt are
	// stored as change leaves them, PhaseAt becomes UpdatedAt with another
	// phase, unless it returns an error, which is
	// returned as it is. Nobody else changes the run meanwhile. When it becomes
	// finished its staging rows are removed. tenant.ErrNotFound when the tenant
	// has none of the id.
	ChangeRun(ctx context.Context, t tenant.ID, id string, change func(*Run) error) (Run, error)

	// ClaimRun takes a run over for a worker and raises its fence;
	// tenant.ErrNotFound when the tenant has none of the id. The claim of a
	// run that is finished can write nothing. StartedAt becomes at with the
	// first claim.
	ClaimRun(ctx context.Context, t tenant.ID, id string, at time.Time) (Claim, error)

	// NextRunTenant returns the first tenant after another that has runs, or
	// events that KeepEvents has kept; "" when there is none. The order is the
	// store's own, the same each time, and begins after "".
	NextRunTenant(ctx context.Context, after tenant.ID) (tenant.ID, error)

	// RunProviders returns the office apps with which a tenant has runs.
	RunProviders(ctx context.Context, t tenant.ID) ([]provider.Kind, error)

	// PruneRuns removes at most limit finished runs of a tenant with an office
	// app that were created before a time, oldest first, with their changes, and
	// returns how many. It spares the run that the active run undoes. It works in
	// several small transactions.
	PruneRuns(ctx context.Context, t tenant.ID, kind provider.Kind, before time.Time, limit int) (int, error)

	// SaveRun stores what every worker's method stores, and Complete, Approved,
	// Counts, Error, Failures and MissingPermissions. When the state is a finished one, FinishedAt
	// becomes at and the staging rows are removed.
	SaveRun(ctx context.Context, c Claim, at time.Time) (cancel bool, err error)
}

// Claim is a worker's hold on a run.
type Claim struct {
	Run   Run
	Fence int64
	// Step is where in its phase the run is; opaque to the store, at most
	// 4 KiB.
	Step string
	// Staged is false when BeginRead has not been called, or its rows were lost
	// since: on PostgreSQL they do not survive a crash of the database.
	Staged bool
}
