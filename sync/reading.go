package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

const (
	// stageRows is how many rows are collected for one staging transaction,
	// unless there is nothing else to wait for.
	stageRows = 2000
	// stageAge is how long rows wait for others.
	stageAge = 250 * time.Millisecond
	// maxRetryPause bounds the pause before another try, whatever the office
	// app asks for.
	maxRetryPause = 5 * time.Minute
)

// reading is a slice of a read: fetchers call the office app, one stager writes
// to the store, and the goroutine of run hands work to both. Only that one
// touches the fields. Nothing is kept that is not also in the store, or read
// again: a reading that dies costs the pages under way.
type reading struct {
	*worker
	src  provider.DirectoryReader
	find provider.PersonFinder // nil when the provider cannot
	near *nearby               // nil in a full read
	// mirror is what is compared with while it is read.
	mirror *loadingMirror

	// known are the departments that come, passed those found that do not.
	known  map[provider.DepartmentID]bool
	passed map[provider.DepartmentID]verdict
	// ahead are tasks to be begun before those of the queue, the last one first:
	// listings of departments, for the sooner the tree is known the more can be
	// read at the same time, and listings that have begun.
	ahead   []Task
	queue   []Task
	delayed []delayedTask
	cursors map[taskKey][]provider.Cursor

	busy    int // tasks with the fetchers
	group   *pages
	since   time.Time // when group got its first row
	staging bool      // the stager is at work

	// stopping is set when no further task shall be begun; err is why, nil at
	// the end of the slice.
	stopping bool
	err      error

	tasks  chan Task
	pages  chan page
	groups chan Staging
	staged chan error
	// abort ends the calls under way.
	abort context.CancelFunc
}

// delayedTask waits for another try.
type delayedTask struct {
	Task
	due time.Time
}

func newReading(w *worker, src provider.DirectoryReader, tasks []Task, known []provider.DepartmentID) *reading {
	r := &reading{
		worker: w, src: src, known: make(map[provider.DepartmentID]bool, len(known)), queue: tasks,
		passed:  make(map[provider.DepartmentID]verdict),
		cursors: make(map[taskKey][]provider.Cursor),
		tasks:   make(chan Task), pages: make(chan page), groups: make(chan Staging), staged: make(chan error),
	}
	w.claim.Run.Rules.Scope.fromTheStart(r.queue)
	r.find, _ = provider.As[provider.PersonFinder](w.conn.Provider)
	r.group = r.newPages()
	for _, id := range known {
		r.known[id] = true
	}
	return r
}

// newPages begins a group of pages.
func (r *reading) newPages() *pages { return newPages(r.claim.Run.Rules.Mapping) }

// run reads until nothing is left or the slice is over.
func (r *reading) run(ctx context.Context) error {
	ctx, r.abort = context.WithCancel(ctx)
	var owned sync.WaitGroup
	for range r.cfg.ReadParallel {
		owned.Go(func() { r.fetchAll(ctx) })
	}
	owned.Go(func() { r.stageAll(ctx) })
	r.coordinate(ctx)
	close(r.tasks)
	close(r.groups)
	r.abort()
	owned.Wait()
	switch {
	case r.err != nil:
		return r.err
	case r.waiting():
		return errSliceEnded
	case len(r.delayed) > 0:
		return &laterError{max(0, r.delayed[0].due.Sub(r.cfg.Now()))}
	}
	return nil
}

// coordinate hands out tasks and groups of pages until there are none.
func (r *reading) coordinate(ctx context.Context) {
	ended := ctx.Done()
	for {
		r.look()
		var tasks chan Task
		var next Task
		if !r.stopping && r.waiting() && r.group.rows() < 2*stageRows {
			tasks, next = r.tasks, r.next()
		}
		var groups chan Staging
		var group Staging
		if r.mayStage() {
			groups, group = r.groups, r.group.staging()
		}
		if tasks == nil && groups == nil && r.busy == 0 && !r.staging {
			return
		}
		timer := time.NewTimer(r.wait())
		select {
		case tasks <- next:
			r.begun()
			r.busy++
		case p := <-r.pages:
			r.busy--
			r.take(ctx, p)
		case groups <- group:
			r.staging, r.group = true, r.newPages()
		case err := <-r.staged:
			r.staging = false
			if err != nil {
				r.stop(err)
			}
		case <-ended:
			ended = nil
			r.stop(ctx.Err())
		case <-timer.C:
		}
		timer.Stop()
	}
}

// look notices the time: the end of the slice, and tasks that are due again.
func (r *reading) look() {
	if r.mayGoOn() != nil {
		r.stopping = true
	}
	now := r.cfg.Now()
	for len(r.delayed) > 0 && !now.Before(r.delayed[0].due) {
		r.queue = append(r.queue, r.delayed[0].Task)
		r.delayed = r.delayed[1:]
	}
}

// stop begins no further task and gives up the calls under way.
func (r *reading) stop(err error) {
	r.stopping = true
	if r.err == nil {
		r.err = err
	}
	r.abort()
}

// mayStage reports whether the collected rows are to be written now: when they
// are many or old, or when nothing is left to wait for. Once something went
// wrong nothing more is written.
func (r *reading) mayStage() bool {
	rows := r.group.rows()
	if r.staging || rows == 0 || r.err != nil {
		return false
	}
	idle := r.busy == 0 && (r.stopping || !r.waiting())
	return idle || rows >= stageRows || r.cfg.Now().Sub(r.since) >= stageAge
}

// wait is how long until look or mayStage could have something new to say.
func (r *reading) wait() time.Duration {
	now, d := r.cfg.Now(), time.Minute
	if !r.stopping {
		d = min(d, r.ends.Sub(now))
	}
	if len(r.delayed) > 0 {
		d = min(d, r.delayed[0].due.Sub(now))
	}
	if r.group.rows() > 0 && !r.staging {
		d = min(d, r.since.Add(stageAge).Sub(now))
	}
	return max(d, time.Millisecond)
}

// take adds what a fetcher brought to the rows to be written, and sees to what
// is to be read next.
func (r *reading) take(ctx context.Context, p page) {
	if ctx.Err() != nil || r.err != nil {
		return // the task stays as it is in the store
	}
	mirror, err := r.compareWith(p)
	if err != nil {
		r.stop(err)
		return
	}
	if r.group.rows() == 0 {
		r.since = r.cfg.Now()
	}
	err = p.err
	if err == nil {
		err = r.add(p, mirror)
	}
	if err != nil {
		r.failed(p.task, err)
		return
	}
	r.advance(p)
}

// compareWith returns what the people of a page are compared with.
func (r *reading) compareWith(p page) (*mirrorIndex, error) {
	if len(p.people) == 0 {
		return nil, nil
	}
	return r.mirror.get()
}

// add adds the rows of a page, all or nothing.
func (r *reading) add(p page, mirror *mirrorIndex) error {
	if r.near != nil {
		return r.addNear(p)
	}
	added := r.newPages()
	added.mirror = mirror
	fresh, verdicts := make(map[provider.DepartmentID]bool), r.judged(p)
	for i := range p.departments {
		d := &p.departments[i]
		if _, found := r.verdict(d.ID); found || fresh[d.ID] {
			continue // on a page that is read again, or below two parents
		}
		if d.ParentID == "" {
			d.ParentID = provider.DepartmentID(p.task.ID)
		}
		if err := added.addDepartment(d, verdicts[d.ID], !p.subtree); err != nil {
			return r.badAnswer(string(p.task.Kind), err)
		}
		fresh[d.ID] = true
	}
	department := provider.DepartmentID(p.task.ID)
	if p.task.Kind == TaskPerson {
		department = ""
	}
	for i := range p.people {
		if err := added.addPerson(&p.people[i], department); err != nil {
			return r.badAnswer(string(p.task.Kind), err)
		}
	}
	if err := r.checkCursor(p); err != nil {
		return err
	}
	for id := range fresh {
		if v := verdicts[id]; v.comes() {
			r.known[id] = true
		} else {
			r.passed[id] = v
		}
	}
	if len(added.Seen) > 0 {
		added.Seen = mirror.see(added.Seen)
	}
	r.firstTime.sort(added)
	r.group.merge(added)
	for _, t := range added.NewTasks {
		if t.Kind == TaskChildren {
			r.ahead = append(r.ahead, t)
		} else {
			r.queue = append(r.queue, t)
		}
	}
	return nil
}

// waiting reports whether there are tasks to be begun.
func (r *reading) waiting() bool { return len(r.ahead)+len(r.queue) > 0 }

// next returns the task to be begun next, which begun takes away.
func (r *reading) next() Task {
	if n := len(r.ahead); n > 0 {
		return r.ahead[n-1]
	}
	return r.queue[0]
}

func (r *reading) begun() {
	if n := len(r.ahead); n > 0 {
		r.ahead = r.ahead[:n-1]
		return
	}
	r.queue = r.queue[1:]
}

// checkCursor refuses a listing that goes round in circles.
func (r *reading) checkCursor(p page) error {
	if p.next == "" {
		return nil
	}
	key := taskKey{p.task.Kind, p.task.ID}
	seen := r.cursors[key]
	if p.next == p.task.Cursor || slices.Contains(seen, p.next) {
		return r.badAnswer(string(p.task.Kind), fmt.Errorf("cursor repeats after %d pages", len(seen)+1))
	}
	r.cursors[key] = append(seen, p.next)
	return nil
}

// advance moves a task to its next page, or to its end.
func (r *reading) advance(p page) {
	t := p.task
	t.Attempts = 0
	if p.next != "" {
		t.Cursor = p.next
		r.ahead = append(r.ahead, t)
	} else {
		t.State, t.Cursor = TaskDone, ""
		delete(r.cursors, taskKey{t.Kind, t.ID})
		if t.Kind == TaskPeople {
			r.group.Progress.DepartmentsDone++
		}
	}
	r.group.tasks[taskKey{t.Kind, t.ID}] = t
}

// failed has a page read again later, or gives its task up. A token that is
// refused may be bad luck, too; when it stays so the run ends: every other call
// would fail as well.
func (r *reading) failed(t Task, err error) {
	t.Attempts++
	refused := provider.CodeOf(err) == provider.Unauthenticated
	switch {
	case t.Attempts < maxTries && (refused || provider.Retryable(err)):
		r.delayed = append(r.delayed, delayedTask{t, r.cfg.Now().Add(r.retryPause(err, t.Attempts))})
		slices.SortStableFunc(r.delayed, func(a, b delayedTask) int { return a.due.Compare(b.due) })
	case refused:
		r.stop(&fatalError{err})
		return
	default:
		t.State, t.Failure = TaskFailed, failureOf(err)
		if !t.Kind.ofPerson() {
			r.group.Progress.DepartmentsFailed++
		}
	}
	r.group.tasks[taskKey{t.Kind, t.ID}] = t
}

// retryPause is how long to wait before the given try is repeated.
func (w *worker) retryPause(err error, tries int) time.Duration {
	pause := w.cfg.RetryPause << (tries - 1)
	var upstream *provider.Error
	if errors.As(err, &upstream) {
		pause = max(pause, upstream.RetryAfter)
	}
	return min(pause, maxRetryPause)
}
