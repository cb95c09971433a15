package sync

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Target is a person or department that an incremental run is about.
type Target struct {
	Entity Entity
	// ID is a user's or department's id: at the office app for a pull, on the
	// platform for a push.
	ID string
	// Removed is true for one that a push may take for gone when the platform
	// has it no more.
	Removed bool
}

// TouchQueue is where targets wait: for runs of one direction, through one app.
type TouchQueue struct {
	Tenant    tenant.ID
	AppID     string
	Direction Direction
}

// Queue returns where the targets of a run have waited.
func (r Run) Queue() TouchQueue { return TouchQueue{r.Tenant, r.AppID, r.Direction} }

// TouchStore keeps whom incremental runs are about. Targets wait for a run, or
// belong to one.
type TouchStore interface {
	// Touch adds targets to those that wait. One that waits already is updated,
	// with Removed as it is now, and not added again.
	Touch(ctx context.Context, q TouchQueue, targets []Target, at time.Time) error

	// Touched returns how many targets wait whose time has come, and when the
	// time of the next other one comes; zero when there is none.
	Touched(ctx context.Context, q TouchQueue, at time.Time) (due int, next time.Time, err error)

	// TouchQueues returns the queues of a tenant in which targets wait, of all
	// apps, by app and direction.
	TouchQueues(ctx context.Context, t tenant.ID) ([]TouchQueue, error)

	// TakeTouched makes the waiting targets of a run's queue whose time has come
	// those of the run. It does not wait for a transaction that touches one of
	// them, but leaves that one waiting.
	TakeTouched(ctx context.Context, r Run, at time.Time) error

	// AddTargets makes targets those of a run that somebody asked for. They
	// never wait.
	AddTargets(ctx context.Context, r Run, targets []Target, at time.Time) error

	// Targets returns those of a run.
	Targets(ctx context.Context, r Run) ([]Target, error)

	// SettleTargets removes a run's targets. With again, those that had waited
	// for it wait again: 30 s, doubled each time up to an hour, unless they wait
	// already by then. After the tenth time they are removed for good.
	SettleTargets(ctx context.Context, r Run, again bool, at time.Time) error

	// ForgetTouched takes all waiting targets of a queue away.
	ForgetTouched(ctx context.Context, q TouchQueue) error
}

// NearStore reads what the planning of incremental runs needs.
type NearStore interface {
	// FinishedTasks returns the tasks of a run that are done or failed.
	FinishedTasks(ctx context.Context, c Claim) ([]Task, error)

	// Relatives returns people of the mirror who are not gone, were neither
	// read nor looked up by the run, and have a place in one of the given
	// departments or the mobile number of somebody who was read. When somebody
	// who was read was a conflict in the latest full run of the directory, the
	// other people in conflict then, at most 200, are returned as well.
	Relatives(ctx context.Context, c Claim, departments []provider.DepartmentID) ([]provider.UserID, error)

	// KeepPlaces removes the staged places in departments other than these.
	KeepPlaces(ctx context.Context, c Claim, departments []provider.DepartmentID) error
}
