package riverjobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

var errRollback = errors.New("roll back")

func TestRolledBackTransactionLeavesNoJob(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		r := s.started(t, nil, h)
		err := s.inTx(t.Context(), func(ctx context.Context) error {
			if err := r.Enqueue(ctx, jobs.Job{Kind: "test.work", Tenant: "rolled back"}); err != nil {
				return err
			}
			return errRollback
		})
		if !errors.Is(err, errRollback) {
			t.Fatalf("got %v, want %v", err, errRollback)
		}
		if n := s.count(t, "SELECT count(*) FROM {job}"); n != 0 {
			t.Errorf("got %d jobs, want 0", n)
		}
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "later"})
		if run := receive(t, runs); run.Tenant != "later" {
			t.Errorf("worked the job of tenant %q, want %q", run.Tenant, "later")
		}
	})
}

func TestCommittedJobsAreWorked(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*store) func(context.Context, func(context.Context) error) error{
		"transaction of the store": func(s *store) func(context.Context, func(context.Context) error) error { return s.inTx },
		"transaction of the host":  func(s *store) func(context.Context, func(context.Context) error) error { return s.inHostTx },
		"no transaction": func(*store) func(context.Context, func(context.Context) error) error {
			return func(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }
		},
	}
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		r := s.started(t, nil, h)
		for name, way := range ways {
			want := jobs.Run{Kind: "test.work", Tenant: name, Key: "k-" + name, Payload: json.RawMessage(`{"z":1, "a":"\u0000\ud800"}`), Trace: "00-" + strings.Repeat("a", 52), Attempt: 1}
			err := way(s)(t.Context(), func(ctx context.Context) error {
				return r.Enqueue(ctx, jobs.Job{Kind: want.Kind, Tenant: want.Tenant, Key: want.Key, Payload: want.Payload, Trace: want.Trace})
			})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := receive(t, runs); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("%s: got %+v, want %+v", name, got, want)
			}
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
	})
}

func TestWorkersAreToldOfCommittedJobs(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		r := s.runner(t, nil)
		r.SetPoll(time.Hour) // they do not find out by themselves
		if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
			t.Fatal(err)
		}
		listens(t, r, runs)
		ways := []func(context.Context, func(context.Context) error) error{s.inTx}
		if s.dialect == riverjobs.Postgres {
			ways = append(ways, s.inHostTx) // on SQLite nobody hears of its commit
		}
		for i := range 40 {
			job := jobs.Job{Kind: "test.work"}
			err := ways[i%len(ways)](t.Context(), func(ctx context.Context) error { return r.Enqueue(ctx, job) })
			if err != nil {
				t.Fatal(err)
			}
			receive(t, runs)
			enqueue(t, r, job)
			receive(t, runs)
		}
	})
}

// listens returns when workers that do not poll are up.
func listens(t *testing.T, r *riverjobs.Runner, runs <-chan jobs.Run) {
	t.Helper()
	added := 0
	eventually(t, func() error {
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		added++
		select {
		case <-runs:
			added--
			return nil
		case <-time.After(50 * time.Millisecond):
			return errors.New("no job was worked")
		}
	})
	for range added { // those that were waiting
		receive(t, runs)
	}
}

// Of many transactions that add jobs at once, and of which some are rolled
// back, the last one is told of as well.
func TestWorkersAreToldOfEveryTransaction(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		r := s.runner(t, nil)
		r.SetPoll(time.Hour)
		if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
			t.Fatal(err)
		}
		listens(t, r, runs)
		for range 20 {
			const n = 8
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					err := s.inTx(t.Context(), func(ctx context.Context) error {
						if err := r.Enqueue(ctx, jobs.Job{Kind: "test.work"}); err != nil {
							return err
						}
						if i%2 == 0 {
							return errRollback
						}
						return nil
					})
					if err != nil && !errors.Is(err, errRollback) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for range n / 2 {
				receive(t, runs)
			}
		}
	})
}

func TestJobsOfOneCallAreAddedTogether(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		const n = 2500 // more than one statement
		h, runs := handler("test.work", nil)
		r := s.started(t, nil, h)
		list := make([]jobs.Job, n)
		for i := range list {
			list[i] = jobs.Job{Kind: "test.work", Tenant: fmt.Sprint(i), Key: "k"}
		}
		enqueue(t, r, list...)
		seen := map[string]bool{}
		for range n {
			run := receive(t, runs)
			if seen[run.Tenant] {
				t.Fatalf("job %s worked twice", run.Tenant)
			}
			seen[run.Tenant] = true
		}
	})
}

func TestJobsEnqueuedBeforeStartAreWorked(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		r := s.runner(t, nil)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "early"})
		if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
			t.Fatal(err)
		}
		receive(t, runs)
	})
}

func TestProcessThatOnlyEnqueues(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	h, runs := handler("test.work", nil)
	s.started(t, nil, h)
	enqueues := s.runner(t, nil)
	if err := enqueues.Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	enqueue(t, enqueues, jobs.Job{Kind: "test.work"}, jobs.Job{Kind: "test.nobody"})
	receive(t, runs)
	s.await(t, 1, "SELECT count(*) FROM {job} WHERE state = 'available' AND queue = 'unrouted'")
}

func TestJobsOfUnknownKindsAreLeftAlone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		first, runs := handler("test.first", nil)
		r := s.started(t, nil, first)
		s.exec(t, `INSERT INTO {job} (queue, kind, args, max_attempts, scheduled_at, created_at)
			SELECT 'test', 'test.second', '{}', 1, scheduled_at, created_at FROM (SELECT `+s.now()+` AS scheduled_at, `+s.now()+` AS created_at) AS t`)
		enqueue(t, r, jobs.Job{Kind: "test.first"})
		receive(t, runs)
		if n := s.count(t, "SELECT count(*) FROM {job} WHERE kind = 'test.second' AND state = 'available' AND attempt = 0"); n != 1 {
			t.Errorf("got %d untouched jobs of the other kind, want 1", n)
		}
	})
}

// now is the database's time as its job table keeps it.
func (s *store) now() string {
	if s.dialect == riverjobs.SQLite {
		return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	}
	return "now()"
}

func TestMalformedJobs(t *testing.T) {
	t.Parallel()
	tests := map[string]jobs.Job{
		"no kind":         {},
		"short kind":      {Kind: "a"},
		"long kind":       {Kind: strings.Repeat("a", 65)},
		"capital":         {Kind: "Test.work"},
		"dot first":       {Kind: ".work"},
		"NUL in key":      {Kind: "test.work", Key: "a\x00b"},
		"tenant no UTF-8": {Kind: "test.work", Tenant: "\xff"},
		"payload no JSON": {Kind: "test.work", Payload: json.RawMessage(`{`)},
		"trace long":      {Kind: "test.work", Trace: strings.Repeat("0", 65)},
		"payload large":   {Kind: "test.work", Payload: json.RawMessage(`"` + strings.Repeat("x", 64<<10) + `"`)},
	}
	onBoth(t, func(t *testing.T, s *store) {
		r := s.runner(t, nil)
		for name, job := range tests {
			if err := r.Enqueue(t.Context(), jobs.Job{Kind: "test.good"}, job); err == nil {
				t.Errorf("%s: got no error", name)
			}
		}
		if n := s.count(t, "SELECT count(*) FROM {job}"); n != 0 {
			t.Errorf("got %d jobs, want 0", n)
		}
		if err := r.Enqueue(t.Context()); err != nil {
			t.Errorf("no jobs: %v", err)
		}
		enqueue(t, r, jobs.Job{Kind: "_a", Payload: json.RawMessage(`"` + strings.Repeat("x", 64<<10-2) + `"`)})
	})
}

// TestProcessWithoutWorkers: a process that is started without workers works
// nothing, and puts jobs where another one finds them.
func TestProcessWithoutWorkers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		idle := h
		idle.Work = func(context.Context, jobs.Run) error {
			t.Error("worked by the process without workers")
			return nil
		}
		web := s.started(t, func(c *riverjobs.Config) { c.MaxWorkers = -1 }, idle)
		enqueue(t, web, jobs.Job{Kind: "test.work", Tenant: "before"})
		if n := s.count(t, "SELECT count(*) FROM {job} WHERE queue = 'test' AND state = 'available'"); n != 1 {
			t.Errorf("%d jobs wait in the queue of their kind, want 1", n)
		}
		s.started(t, nil, h)
		if run := receive(t, runs); run.Tenant != "before" {
			t.Errorf("worked the job of tenant %q, want %q", run.Tenant, "before")
		}
		enqueue(t, web, jobs.Job{Kind: "test.work", Tenant: "after"})
		if run := receive(t, runs); run.Tenant != "after" {
			t.Errorf("worked the job of tenant %q, want %q", run.Tenant, "after")
		}
	})
}
