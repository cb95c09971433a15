package riverjobs_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

func TestTenantShare(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		var now, most atomic.Int32
		release := make(chan struct{})
		h, runs := handler("test.work", func(_ context.Context, run jobs.Run) error {
			if run.Tenant != "big" {
				return nil
			}
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			<-release
			return nil
		})
		r := s.started(t, func(c *riverjobs.Config) { c.MaxWorkers, c.TenantShare = 4, 2 }, h)
		const n = 20
		broadcast := make([]jobs.Job, n)
		for i := range broadcast {
			broadcast[i] = jobs.Job{Kind: "test.work", Tenant: "big", Key: fmt.Sprint(i)}
		}
		enqueue(t, r, broadcast...)
		receive(t, runs)
		receive(t, runs)
		// The big tenant's share is taken and will not be free: others work.
		for range 10 {
			enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "small"})
			if run := receive(t, runs); run.Tenant != "small" {
				t.Fatalf("got a job of tenant %q, want %q", run.Tenant, "small")
			}
		}
		close(release)
		for range n - 2 {
			if run := receive(t, runs); run.Attempt != 1 {
				t.Errorf("got attempt %d, want 1", run.Attempt)
			}
		}
		if got := most.Load(); got > 2 {
			t.Errorf("got %d jobs of one tenant at a time, want at most 2", got)
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
	})
}

// TestBehindABacklog: whoever comes last behind the quick jobs of a busy tenant
// does not wait for the end of them.
func TestBehindABacklog(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		const n = 10_000
		var before atomic.Int32
		reached := make(chan struct{})
		h := jobs.Handler{Kind: "test.work", Queue: "test", Timeout: time.Minute, Work: func(_ context.Context, run jobs.Run) error {
			if run.Tenant == "big" {
				before.Add(1)
			} else {
				close(reached)
			}
			return nil
		}}
		r := s.runner(t, func(c *riverjobs.Config) { c.MaxWorkers = 20 })
		backlog := make([]jobs.Job, n)
		for i := range backlog {
			backlog[i] = jobs.Job{Kind: "test.work", Tenant: "big"}
		}
		enqueue(t, r, backlog...)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "small"})
		if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
			t.Fatal(err)
		}
		receive(t, reached)
		if got := before.Load(); got > n/2 {
			t.Errorf("the last job came after %d of %d others", got, n)
		}
	})
}

// TestInTheMiddleOfABacklog: nor does who stands between jobs of busy tenants that
// go on adding to them.
func TestInTheMiddleOfABacklog(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		leave, reached := make(chan struct{}), make(chan struct{})
		defer close(leave)
		h := jobs.Handler{Kind: "test.work", Queue: "test", Timeout: time.Minute, Work: func(_ context.Context, run jobs.Run) error {
			if run.Tenant == "big" {
				<-leave
			} else {
				close(reached)
			}
			return nil
		}}
		r := s.started(t, func(c *riverjobs.Config) { c.MaxWorkers, c.TenantShare = 4, 2 }, h)
		const n = 3000
		backlog := make([]jobs.Job, n)
		for i := range backlog {
			backlog[i] = jobs.Job{Kind: "test.work", Tenant: "big"}
		}
		backlog[n/3].Tenant = "small"
		enqueue(t, r, backlog...)
		receive(t, reached)
	})
}

func TestQueuesDoNotDelayEachOther(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		release := make(chan struct{})
		slow, slowRuns := handler("slow.work", func(context.Context, jobs.Run) error { <-release; return nil })
		quick, quickRuns := handler("quick.work", nil)
		quick.Queue = "quick.queue_2"
		r := s.started(t, func(c *riverjobs.Config) { c.MaxWorkers, c.TenantShare = 2, 2 }, slow, quick)
		defer close(release)
		for range 10 {
			enqueue(t, r, jobs.Job{Kind: "slow.work"})
		}
		receive(t, slowRuns)
		receive(t, slowRuns)
		for range 10 {
			enqueue(t, r, jobs.Job{Kind: "quick.work"})
			receive(t, quickRuns)
		}
	})
}

// A handler that does not end costs its queue no worker.
func TestHandlerThatIgnoresItsContext(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		release := make(chan struct{})
		defer close(release)
		h, runs := handler("test.work", func(_ context.Context, run jobs.Run) error {
			if run.Tenant == "stuck" {
				<-release
			}
			return nil
		})
		h.Timeout = time.Second
		r := s.started(t, func(c *riverjobs.Config) { c.MaxWorkers, c.TenantShare = 1, 1 }, h)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "stuck"})
		receive(t, runs)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "next"})
		if run := receive(t, runs); run.Tenant != "next" {
			t.Errorf("got a job of tenant %q, want %q", run.Tenant, "next")
		}
	})
}
