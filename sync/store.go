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
// PhaseAt too when the phase is another one than before, and returns whether cancellation was requested. It is one transaction, or
// part of the context's.
type Store interface {
	tenant.Transactor
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

	// NextRunTenant returns the first tenant, in the order of bytes, that is
	// greater than after and has runs; "" when there is none.
	NextRunTenant(ctx context.Context, after tenant.ID) (tenant.ID, error)

	// RunProviders returns the office apps with which a tenant has runs.
	RunProviders(ctx context.Context, t tenant.ID) ([]provider.Kind, error)

	// PruneRuns removes at most limit finished runs of a tenant with an office
	// app that were created before a time, oldest first, with their changes, and
	// returns how many. It works in several small transactions.
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

// ReadStore keeps what a run reads.
type ReadStore interface {
	// BeginRead begins the read anew: staging rows and tasks of the run are
	// removed, and so is every change that is not applied. Then it stores the
	// topmost departments and the first tasks. Progress begins anew as well.
	BeginRead(ctx context.Context, c Claim, p Staging, at time.Time) (cancel bool, err error)

	// StagePages adds pages to the staging rows, and to the run's progress. What is
	// there already stays as it is, tasks apart: those of p.Tasks are stored as
	// they are, those of p.NewTasks unless they exist.
	StagePages(ctx context.Context, c Claim, p Staging, at time.Time) (cancel bool, err error)

	// Frontier returns the tasks that are not finished, and the ids of all
	// departments found so far.
	Frontier(ctx context.Context, c Claim) ([]Task, []provider.DepartmentID, error)

	// AppliedPeople calls each for the people of the directory's mirror who are
	// not gone, in any order; with staged for those only of whom the run has
	// staging rows. An error of each ends it and is returned. each must not use
	// the store.
	AppliedPeople(ctx context.Context, c Claim, staged bool, each func(AppliedPerson) error) error

	// SeenPlaces calls each for every group of keys that StagePages was given.
	// It ends as AppliedPeople does.
	SeenPlaces(ctx context.Context, c Claim, each func([]PlaceKey) error) error

	// StageCompared adds to the staging rows what comparing with the mirror has
	// found. From then on everybody of the mirror who is not gone counts as read
	// by this run, but for those of Unseen of whom it has no staging rows. What
	// is there already stays as it is.
	StageCompared(ctx context.Context, c Claim, found Compared, at time.Time) (cancel bool, err error)

	// DropUnplaced removes from the staging rows the people who have no place,
	// but for those whom the mirror has without one.
	DropUnplaced(ctx context.Context, c Claim) error

	// ReadResult returns what the read found. It is called once nothing is
	// left to read; the store may gather statistics for the planning.
	ReadResult(ctx context.Context, c Claim) (ReadResult, error)
}

// Staging is a group of pages on their way into the staging rows.
type Staging struct {
	Departments []StagedDepartment
	People      []StagedPerson
	Places      []StagedPlace
	// Seen are places of people who were read as the mirror has them, and who
	// are not in People and Places for that.
	Seen []PlaceKey
	// NewTasks are tasks found on these pages, Tasks those the pages belong to.
	NewTasks []Task
	Tasks    []Task
	// Progress is added to the run's; only the numbers of departments and
	// people are set.
	Progress Progress
}

// TaskKind says what a task reads.
type TaskKind string

// The kinds of tasks.
const (
	// TaskChildren lists the departments below a department.
	TaskChildren TaskKind = "children"
	// TaskPeople lists the members of a department.
	TaskPeople TaskKind = "people"
	// TaskPerson looks up one person.
	TaskPerson TaskKind = "person"
	// TaskDepartment looks up one department.
	TaskDepartment TaskKind = "department"
)

// TaskState is what became of a task.
type TaskState string

// The states of a task.
const (
	TaskPending TaskState = "pending"
	TaskDone    TaskState = "done"
	TaskFailed  TaskState = "failed"
)

// Task is one listing to be read, or one person.
type Task struct {
	Kind TaskKind
	// ID is a department's id, or a person's for TaskPerson.
	ID    string
	State TaskState
	// Cursor is the next page.
	Cursor provider.Cursor
	// Attempts is the number of tries of the current page that failed.
	Attempts int
	// Failure is set for TaskFailed.
	Failure *Failure
}

// StagedDepartment is a department as it was read.
type StagedDepartment struct {
	ID       provider.DepartmentID
	ParentID provider.DepartmentID
	Name     string
	Order    int64
}

// StagedPerson is a person as they were read. Texts are valid UTF-8 without
// NUL.
type StagedPerson struct {
	ID        provider.UserID
	UnionID   provider.UnionID
	Name      string
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	AvatarURL string
	// Hash stands for all fields above but ID.
	Hash string
	// ManagerID is the direct superior, "" for nobody.
	ManagerID provider.UserID
	// ManagerKnown is false when the office app has not told: then ManagerID is
	// empty, and nothing changes. It says nothing about a row of the mirror.
	ManagerKnown bool
}

// StagedPlace is a person's place in a department that was read.
type StagedPlace struct {
	PersonID     provider.UserID
	DepartmentID provider.DepartmentID
	Leader       bool
	Order        int64
}

// AppliedPerson is a person of the mirror, with what a read is compared with.
type AppliedPerson struct {
	ID   provider.UserID
	Hash string
	// ManagerID is "" for nobody, and for one who was never told.
	ManagerID provider.UserID
	// Places are by department.
	Places []StagedPlace
	// Settled is false for somebody about whom something is to be done even
	// when they were read as they were: they are leaving, or their binding is
	// not as it was.
	Settled bool
	// Staged is true when the run has staging rows of them.
	Staged bool
}

// Compared is what is found when a whole read is compared with the mirror.
type Compared struct {
	// Places are those of people with staging rows, or in Movers, that were
	// seen as the mirror has them.
	Places []StagedPlace
	// Movers are people whose attributes are those of the mirror, and whose
	// places are not.
	Movers []provider.UserID
	// Unseen are those of whom no place was seen as the mirror has it.
	Unseen []provider.UserID
}

// ReadResult is what a read found.
type ReadResult struct {
	// People is the number of different people in the staging rows.
	People int
	// PeopleListings and FailedListings count the tasks of kind TaskPeople.
	PeopleListings int
	FailedListings int
	// FailedTasks is the number of all failed tasks, and Failures at most 100
	// of them.
	FailedTasks int
	Failures    []ReadFailure
}

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
	// Accounts without binding are left out.
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

// ApplyStore applies a plan.
type ApplyStore interface {
	// OpenBatches returns the batches that are not done, in their order.
	OpenBatches(ctx context.Context, c Claim) ([]Batch, error)

	// DepartmentBatch and PeopleBatch return the changes of a batch that are
	// still pending, with what was read.
	DepartmentBatch(ctx context.Context, c Claim, number int) ([]PendingDepartment, error)
	PeopleBatch(ctx context.Context, c Claim, number int) ([]PendingPerson, error)

	// RecordPeople stores the conflicts of people, and removes those of fields
	// that are settled.
	// RecordDepartments and RecordPeople store what became of changes of a
	// batch: mirror, bindings of people, states of changes that failed, and
	// the run's progress. With last the batch is done; all its changes without
	// a state of their own count as applied.
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
	// Placed are the places behind Places. Unplaced is the number of those
	// whose department could not be applied; the next run finds them missing.
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
