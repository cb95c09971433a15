package events_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs"
)

// clock is a time that only tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *clock) pass(d time.Duration) { c.set(c.Now().Add(d)) }

// runner keeps the promises of package jobs, one job at a time and by the
// test's clock.
type runner struct {
	store *bunstore.Store
	clock *clock

	mu   sync.Mutex
	jobs []queued
	// drops and errs are what handlers returned besides Again.
	drops, errs []error
}

type queued struct {
	job     jobs.Job
	attempt int
}

// Enqueue implements jobs.Queue.
func (r *runner) Enqueue(ctx context.Context, list ...jobs.Job) error {
	add := func() {
		for _, j := range list {
			r.add(queued{job: j, attempt: 1})
		}
	}
	if !r.store.AfterCommit(ctx, add) {
		add()
	}
	return nil
}

func (r *runner) add(q queued) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if q.job.RunAt.IsZero() {
		q.job.RunAt = r.clock.Now()
	}
	r.jobs = append(r.jobs, q)
}

// next takes the job that is due first, if one is due by the given time.
func (r *runner) next(by time.Time) (queued, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := -1
	for i, q := range r.jobs {
		if !q.job.RunAt.After(by) && (first < 0 || q.job.RunAt.Before(r.jobs[first].job.RunAt)) {
			first = i
		}
	}
	if first < 0 {
		return queued{}, false
	}
	q := r.jobs[first]
	r.jobs = slices.Delete(r.jobs, first, first+1)
	return q, true
}

// pending returns how many jobs wait.
func (r *runner) pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.jobs)
}

// runOne works a job once and puts it back if it has to come again.
func (r *runner) runOne(ctx context.Context, handlers []jobs.Handler, q queued) {
	i := slices.IndexFunc(handlers, func(h jobs.Handler) bool { return h.Kind == q.job.Kind })
	err := handlers[i].Work(ctx, jobs.Run{
		Kind: q.job.Kind, Tenant: q.job.Tenant, Key: q.job.Key, Payload: q.job.Payload, Attempt: q.attempt,
	})
	pause, again := jobs.AsAgain(err)
	_, drop := jobs.AsDrop(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		return
	case drop:
		r.drops = append(r.drops, err)
		return
	case again:
		q.job.RunAt = r.clock.Now().Add(pause)
	default:
		r.errs = append(r.errs, err)
		q.attempt++
		q.job.RunAt = r.clock.Now().Add(time.Second)
	}
	r.jobs = append(r.jobs, q)
}

// run works everything that becomes due within d, moving the clock along, and
// leaves the clock at the end of it.
func (r *runner) run(ctx context.Context, handlers []jobs.Handler, d time.Duration) {
	end := r.clock.Now().Add(d)
	for {
		q, ok := r.next(end)
		if !ok {
			r.clock.set(end)
			return
		}
		if q.job.RunAt.After(r.clock.Now()) {
			r.clock.set(q.job.RunAt)
		}
		r.runOne(ctx, handlers, q)
	}
}
