package jobstest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
)

// retryPause is how long a job that failed waits before it comes again.
const retryPause = time.Second

// Queue is a jobs.Queue in memory. It may outlive the services that enqueue on
// it, as a database does. It is safe for concurrent use.
type Queue struct {
	clock       *Clock
	afterCommit func(ctx context.Context, fn func()) bool

	mu       sync.Mutex
	waiting  []Waiting
	taken    map[name]int
	failures []error
	drops    []error
}

// name is what makes a job unique.
type name struct{ kind, tenant, key string }

func nameOf(j jobs.Job) name { return name{j.Kind, j.Tenant, j.Key} }

// Waiting is a job that is not done.
type Waiting struct {
	Job jobs.Job
	// Attempt is the one that comes next, 1 for the first.
	Attempt int
}

var _ jobs.Queue = (*Queue)(nil)

// New returns an empty queue. afterCommit calls a function once the transaction
// of a context has committed, or reports false when it has none; nil stands for
// no transactions at all.
func New(clock *Clock, afterCommit func(ctx context.Context, fn func()) bool) *Queue {
	if afterCommit == nil {
		afterCommit = func(context.Context, func()) bool { return false }
	}
	return &Queue{clock: clock, afterCommit: afterCommit, taken: make(map[name]int)}
}

// Enqueue implements jobs.Queue.
func (q *Queue) Enqueue(ctx context.Context, list ...jobs.Job) error {
	add := func() {
		for _, j := range list {
			q.enqueue(j)
		}
	}
	if !q.afterCommit(ctx, add) {
		add()
	}
	return nil
}

func (q *Queue) enqueue(j jobs.Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	is := func(w Waiting) bool { return nameOf(w.Job) == nameOf(j) }
	if j.Key != "" && (q.taken[nameOf(j)] > 0 || slices.ContainsFunc(q.waiting, is)) {
		return
	}
	if j.RunAt.IsZero() {
		j.RunAt = q.clock.Now()
	}
	q.waiting = append(q.waiting, Waiting{Job: j, Attempt: 1})
}

// Len returns how many jobs wait.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// Take takes the job that is due first, if one is due by the given time. It is
// to be worked with [Queue.Work], or put back with [Queue.Abandon].
func (q *Queue) Take(by time.Time) (w Waiting, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	first := -1
	for i, w := range q.waiting {
		if !w.Job.RunAt.After(by) && (first < 0 || w.Job.RunAt.Before(q.waiting[first].Job.RunAt)) {
			first = i
		}
	}
	if first < 0 {
		return Waiting{}, false
	}
	w = q.waiting[first]
	q.waiting = slices.Delete(q.waiting, first, first+1)
	q.taken[nameOf(w.Job)]++
	return w, true
}

// Work works a job once that was taken, and puts it back if it has to come
// again. It returns what the handler has failed with, or dropped the job for.
func (q *Queue) Work(ctx context.Context, handlers []jobs.Handler, w Waiting) error {
	at := slices.IndexFunc(handlers, func(h jobs.Handler) bool { return h.Kind == w.Job.Kind })
	if at < 0 {
		return fmt.Errorf("jobstest: nobody handles %q", w.Job.Kind)
	}
	err := handlers[at].Work(ctx, jobs.Run{
		Kind: w.Job.Kind, Tenant: w.Job.Tenant, Key: w.Job.Key, Payload: w.Job.Payload, Trace: w.Job.Trace, Attempt: w.Attempt,
	})
	return q.settle(w, err)
}

// settle does with a job that was taken what its handler has answered.
func (q *Queue) settle(w Waiting, err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(w)
	if err == nil {
		return nil
	}
	if _, drop := jobs.AsDrop(err); drop {
		q.drops = append(q.drops, err)
		return err
	}
	pause, again := jobs.AsAgain(err)
	if !again {
		q.failures = append(q.failures, err)
		w.Attempt++
		pause = retryPause
	}
	w.Job.RunAt = q.clock.Now().Add(pause)
	q.waiting = append(q.waiting, w)
	if again {
		return nil
	}
	return err
}

// Abandon puts a job back that was taken, as happens when the process dies that
// works it. That counts as an attempt.
func (q *Queue) Abandon(w Waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(w)
	w.Attempt++
	q.waiting = append(q.waiting, w)
}

// release notes that a job is not taken any more. The caller holds mu.
func (q *Queue) release(w Waiting) {
	if q.taken[nameOf(w.Job)]--; q.taken[nameOf(w.Job)] == 0 {
		delete(q.taken, nameOf(w.Job))
	}
}

// Run works all that becomes due within d, moving the clock along, and leaves
// the clock at the end of it.
func (q *Queue) Run(ctx context.Context, handlers []jobs.Handler, d time.Duration) {
	end := q.clock.Now().Add(d)
	for {
		w, ok := q.Take(end)
		if !ok {
			q.clock.Set(end)
			return
		}
		if w.Job.RunAt.After(q.clock.Now()) {
			q.clock.Set(w.Job.RunAt)
		}
		_ = q.Work(ctx, handlers, w) // noted
	}
}

// Failures returns what handlers have failed with, besides jobs.Again and
// jobs.Drop.
func (q *Queue) Failures() []error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.failures)
}

// Drops returns what handlers have dropped jobs for.
func (q *Queue) Drops() []error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.drops)
}

// WantNoErrors fails the test when a handler has failed, or dropped a job.
func (q *Queue) WantNoErrors(tb testing.TB) {
	tb.Helper()
	for _, err := range slices.Concat(q.Failures(), q.Drops()) {
		tb.Errorf("a handler returned %v", err)
	}
}
