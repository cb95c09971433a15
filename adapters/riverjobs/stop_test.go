package riverjobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

func TestStopWaitsForJobsUnderWay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		release := make(chan struct{})
		h, runs := handler("test.work", func(ctx context.Context, run jobs.Run) error {
			if run.Tenant == "under way" {
				<-release
			}
			return ctx.Err()
		})
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "under way"})
		receive(t, runs)
		stopped := make(chan error, 2)
		for range 2 {
			go func() { stopped <- r.Stop(t.Context()) }()
		}
		notTaken(t, r, runs)
		select {
		case err := <-stopped:
			t.Fatalf("stopped with a job under way: %v", err)
		default:
		}
		close(release)
		for range 2 {
			if err := receive(t, stopped); err != nil {
				t.Error(err)
			}
		}
		if err := r.Stop(t.Context()); err != nil {
			t.Errorf("again: %v", err)
		}
		if n := s.count(t, "SELECT count(*) FROM {job} WHERE state = 'available' AND attempt = 0"); n != 1 {
			t.Errorf("got %d jobs left, want the 1 that was not taken", n)
		}
	})
}

// notTaken adds jobs until one is left alone for longer than workers that look
// for jobs would leave it.
func notTaken(t *testing.T, r *riverjobs.Runner, runs <-chan jobs.Run) {
	t.Helper()
	for range 20 {
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		select {
		case <-runs:
		case <-time.After(2 * time.Second):
			return
		}
	}
	t.Fatal("jobs are still being taken after Stop")
}

func TestStopInterruptsJobsUnderWay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", func(ctx context.Context, _ jobs.Run) error {
			<-ctx.Done()
			return errors.New("interrupted")
		})
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work", Key: "k"})
		receive(t, runs)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := r.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		// It is left as it was found, for the next process.
		next, runs := handler("test.work", nil)
		s.started(t, nil, next)
		if run := receive(t, runs); run.Attempt != 1 || run.Key != "k" {
			t.Errorf("got %+v, want attempt 1 of the same job", run)
		}
	})
}

func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, _ := handler("test.work", nil)
		r := s.runner(t, nil)
		for range 2 {
			if err := r.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := r.Start(t.Context(), []jobs.Handler{h}); err == nil {
			t.Error("started after Stop")
		}
		enqueue(t, r, jobs.Job{Kind: "test.work"})
	})
}

// Whatever is enqueued while one process ends and the next begins is worked.
func TestRestart(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		const restarts, each = 5, 50
		for range restarts {
			r := s.started(t, nil, h)
			for range each {
				enqueue(t, r, jobs.Job{Kind: "test.work"})
			}
			if err := r.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		s.started(t, nil, h)
		for range restarts * each {
			receive(t, runs)
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
		if n := len(runs); n != 0 {
			t.Errorf("%d jobs were worked twice", n)
		}
	})
}
