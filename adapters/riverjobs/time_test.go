package riverjobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
)

// waited checks that a pause was not cut short. How much longer it was is for
// whoever reads the log: a timing must not fail a test.
func waited(tb testing.TB, what string, got, d time.Duration) {
	tb.Helper()
	if got < d {
		tb.Errorf("%s: came after %s, want at least %s", what, got, d)
	}
	tb.Logf("%s: came after %s, wanted %s", what, got, d)
}

func TestJobWaitsForItsTime(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", nil)
		r := s.started(t, nil, h)
		start := time.Now()
		enqueue(t, r,
			jobs.Job{Kind: "test.work", Tenant: "later", RunAt: start.Add(1500 * time.Millisecond)},
			jobs.Job{Kind: "test.work", Tenant: "past", RunAt: start.Add(-time.Hour)},
			jobs.Job{Kind: "test.work", Tenant: "tomorrow", RunAt: start.Add(24 * time.Hour)})
		for _, want := range []string{"past", "later"} {
			if run := receive(t, runs); run.Tenant != want {
				t.Fatalf("got the job %q, want %q", run.Tenant, want)
			}
		}
		waited(t, "RunAt", time.Since(start), 1500*time.Millisecond)
		if n := s.count(t, "SELECT count(*) FROM {job} WHERE attempt = 0"); n != 1 {
			t.Errorf("got %d jobs waiting, want 1", n)
		}
	})
}

func TestAgainIsNoAttempt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		pauses := []time.Duration{0, time.Second, 6 * time.Second, -time.Second}
		next := make(chan time.Duration, len(pauses))
		for _, d := range pauses {
			next <- d
		}
		close(next)
		h, runs := handler("test.work", func(context.Context, jobs.Run) error {
			if d, ok := <-next; ok {
				return jobs.Again(d)
			}
			return nil
		})
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work", Key: "k"})
		receive(t, runs)
		for _, d := range pauses {
			start := time.Now()
			run := receive(t, runs)
			waited(t, "Again", time.Since(start)+50*time.Millisecond, max(d, 0))
			if run.Attempt != 1 || run.Key != "k" {
				t.Errorf("got %+v, want attempt 1 of the same job", run)
			}
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
	})
}

func TestFailedJobIsRetried(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", func(_ context.Context, run jobs.Run) error {
			if run.Attempt < 4 {
				return errors.New("not yet")
			}
			return nil
		})
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		receive(t, runs)
		for i, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			start := time.Now()
			run := receive(t, runs)
			waited(t, "retry", time.Since(start)+50*time.Millisecond, pause*3/4)
			if run.Attempt != i+2 {
				t.Errorf("got attempt %d, want %d", run.Attempt, i+2)
			}
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
	})
}
