package sync

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

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
	// not gone, in any order; with staged, only for those with staging rows of
	// the run. An error of each ends it and is returned. each must not use the
	// store.
	AppliedPeople(ctx context.Context, c Claim, staged bool, each func(AppliedPerson) error) error

	// SeenPlaces calls each for every group of keys that StagePages was given.
	// It ends as AppliedPeople does.
	SeenPlaces(ctx context.Context, c Claim, each func([]PlaceKey) error) error

	// StageCompared adds to the staging rows what comparing with the mirror has
	// found. From then on everybody in the mirror who is not gone counts as read
	// by this run, except for those of Unseen without staging rows. What is there
	// already stays as it is.
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
	// NewPeople are people of whom nothing was staged before, as far as the
	// worker knows, and NewPlaces their places. It is most likely so, not certain.
	NewPeople []StagedPerson
	NewPlaces []StagedPlace
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
	// TaskUnion looks up somebody by union id, who is not there any more by the
	// user id they had.
	TaskUnion TaskKind = "union"
	// TaskDepartment looks up one department.
	TaskDepartment TaskKind = "department"
)

// ofPerson reports whether a task looks up a person.
func (k TaskKind) ofPerson() bool { return k == TaskPerson || k == TaskUnion }

// TaskState is what became of a task.
type TaskState string

// The states of a task.
const (
	TaskPending TaskState = "pending"
	TaskDone    TaskState = "done"
	TaskFailed  TaskState = "failed"
)

// Task is one listing to be read, or one look-up.
type Task struct {
	Kind TaskKind
	// ID is a department's id, a person's for TaskPerson, or a union id for
	// TaskUnion.
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
	// Unseen are people who were seen in none of the places that the mirror has.
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
