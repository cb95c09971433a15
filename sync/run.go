package sync

import (
	"maps"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Direction says which side is brought into line.
type Direction string

// The directions.
const (
	// Pull brings the platform into line with the office app.
	Pull Direction = "pull"
	// Push brings the office app into line with the platform.
	Push Direction = "push"
)

// Directions returns the directions there are.
func Directions() []Direction { return []Direction{Pull, Push} }

// Mode says how much of a directory a run looks at.
type Mode string

// The modes.
const (
	// Full looks at everything the app may see.
	Full Mode = "full"
	// Incremental looks at the people and departments it is asked about, and
	// leaves them as a full run would.
	Incremental Mode = "incremental"
)

// State is where a run is. The finished states never change again.
type State string

// The states.
const (
	// StateQueued: waiting for a worker.
	StateQueued State = "queued"
	// StateReading: the directory is being read.
	StateReading State = "reading"
	// StatePlanning: what was read is being compared with the mirror.
	StatePlanning State = "planning"
	// StateNeedsApproval: the plan removes more than the guard lets pass; it
	// waits for Approve or Discard, and no other run can start.
	StateNeedsApproval State = "needs_approval"
	// StateApplying: the plan is being applied.
	StateApplying State = "applying"
	// StatePlanned, finished: a dry run with its plan.
	StatePlanned State = "planned"
	// StateSucceeded, finished: everything was read, every change but the
	// conflicts was applied.
	StateSucceeded State = "succeeded"
	// StatePartial, finished: some of the directory could not be read (Complete
	// is false), or some changes failed.
	StatePartial State = "partial"
	// StateFailed, finished: Error says why. Changes that were applied before
	// stay applied.
	StateFailed State = "failed"
	// StateCancelled, finished: what was applied before stays applied.
	StateCancelled State = "cancelled"
	// StateDiscarded, finished: an administrator refused the plan; nothing of it
	// was applied.
	StateDiscarded State = "discarded"
)

// States returns all states, in the order of a run's life.
func States() []State {
	return []State{
		StateQueued, StateReading, StatePlanning, StateNeedsApproval, StateApplying,
		StatePlanned, StateSucceeded, StatePartial, StateFailed, StateCancelled, StateDiscarded,
	}
}

// Finished reports whether the state is one that never changes again.
func (s State) Finished() bool {
	switch s {
	case StatePlanned, StateSucceeded, StatePartial, StateFailed, StateCancelled, StateDiscarded:
		return true
	default:
		return false
	}
}

// Resting reports whether nothing happens until somebody acts: the state is
// finished or waits for approval.
func (s State) Resting() bool { return s == StateNeedsApproval || s.Finished() }

// Phase is the part of a run that a worker is in, or was in when it ended.
type Phase string

// The phases, in their order.
const (
	PhaseRead  Phase = "read"
	PhasePlan  Phase = "plan"
	PhaseGuard Phase = "guard"
	PhaseApply Phase = "apply"
)

// RunRequest asks for a run.
type RunRequest struct {
	// Provider is the office app; the tenant must have an enabled connection.
	Provider provider.Kind
	// Direction is Pull or Push; "" means Pull.
	Direction Direction
	// Mode is Full or Incremental; "" means Full.
	Mode Mode
	// Only narrows a push to departments or people; "" is both.
	Only Entity
	// Deletes lets a push remove at the office app what the platform has no
	// more.
	Deletes bool
	// People and Departments are whom an incremental run is about, together 1
	// to 1000; a full one has none. Their ids are the office app's for a pull,
	// the platform's for a push.
	People      []provider.UserID
	Departments []provider.DepartmentID
	// DryRun stops after planning.
	DryRun bool
}

// Run is one synchronisation of a tenant with one office app.
type Run struct {
	// ID is unique over all tenants; later runs have greater ids.
	ID     string
	Tenant tenant.ID
	// Provider, AppID and OrgID name the connection and the organisation behind
	// it, as they were when the run was started.
	Provider  provider.Kind
	AppID     string
	OrgID     string
	Direction Direction
	Mode      Mode
	DryRun    bool
	// Only and Deletes are those of a push, as it was asked for.
	Only    Entity
	Deletes bool
	State   State
	Phase   Phase
	// Complete is true once everything in scope was read without an error. A
	// run that is not complete plans no removals.
	Complete bool
	// Approved is true once an administrator has approved the plan.
	Approved bool
	// CancelRequested is true once somebody asked for cancellation; the worker
	// obeys within one step.
	CancelRequested bool
	// Counts is the plan in numbers; it is empty before planning has ended.
	Counts   Counts
	Progress Progress
	// Error is what ended a failed run, or the first of Failures; nil when all
	// went well.
	Error *Failure
	// Failures are departments that could not be read, at most 100 of them;
	// Progress.DepartmentsFailed has the number of all.
	Failures []ReadFailure
	// Rules are those of the tenant when the run was started.
	Rules Rules
	// Undoes is the run that this one takes back, "" for all other modes.
	Undoes string
	// MissingPermissions are what the app lacks to read the whole directory or,
	// for a push, to write to it and to find people in it; nil when the office app was not asked or cannot tell.
	MissingPermissions []MissingPermission
	// PhaseAt is when Phase became what it is; zero before a worker has written.
	PhaseAt time.Time
	// StartedBy is the username of the actor who asked for the run.
	StartedBy string
	CreatedAt time.Time
	// StartedAt is when a worker first took the run; zero before.
	StartedAt time.Time
	// FinishedAt is zero until the run is finished.
	FinishedAt time.Time
	// UpdatedAt is the time of the last sign of life.
	UpdatedAt time.Time
}

// Directory returns which directory the run is about.
func (r Run) Directory() Directory {
	return Directory{Tenant: r.Tenant, Provider: r.Provider, OrgID: r.OrgID}
}

// Directory names the mirror of one organisation in one tenant.
type Directory struct {
	Tenant   tenant.ID
	Provider provider.Kind
	// OrgID is the organisation's id at the office app.
	OrgID string
}

// Counts are the numbers of changes of a plan, by kind. Kinds that do not occur
// are absent.
type Counts struct {
	Departments map[Kind]int `json:"departments,omitempty"`
	People      map[Kind]int `json:"people,omitempty"`
}

// Total returns the counts of departments and people together. The caller owns
// the map, which is never nil.
func (c Counts) Total() map[Kind]int {
	total := make(map[Kind]int, len(c.Departments)+len(c.People))
	maps.Copy(total, c.Departments)
	for k, n := range c.People {
		total[k] += n
	}
	return total
}

// Progress tells how far a run is. Numbers only grow, unless the database lost
// its staging rows in a crash and the read began anew.
type Progress struct {
	// Departments is the number of departments found so far,
	// DepartmentsDone of those read to the end, DepartmentsFailed of those that
	// could not be read.
	Departments       int
	DepartmentsDone   int
	DepartmentsFailed int
	// PeopleRead counts people on the pages read so far: somebody in two
	// departments counts twice.
	PeopleRead int
	// Changes is the number of changes in the plan, conflicts included.
	Changes int
	// ChangesApplied and ChangesFailed say what became of them.
	ChangesApplied int
	ChangesFailed  int
}

// Failure is an error in the form it is stored and shown.
type Failure struct {
	// Code is the name of a provider.Code, such as "permission_denied".
	Code string `json:"code"`
	// Reason is a stable name for programs; may be empty.
	Reason  string        `json:"reason,omitempty"`
	Message provider.Text `json:"message"`
	// Op, Upstream and RequestID are the office app's operation, its own error
	// number, and what its support asks for; empty when it was not the office
	// app that failed.
	Op        string `json:"op,omitempty"`
	Upstream  string `json:"upstream,omitempty"`
	RequestID string `json:"requestId,omitempty"`
	// Remedy tells an administrator what to do; may be zero.
	Remedy provider.Text `json:"remedy"`
}

// ReadFailure is a department that could not be read.
type ReadFailure struct {
	// DepartmentID is empty for people granted to the app one by one.
	DepartmentID provider.DepartmentID `json:"departmentId"`
	Name         string                `json:"name"`
	Failure
}
