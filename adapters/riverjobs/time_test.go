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
		came := make(map[string]time.Duration) // in either order, if the worker itself was late
		for range 2 {
			came[receive(t, runs).Tenant] = time.Since(start)
		}
		if _, ok := came["past"]; !ok || len(came) != 2 {
			t.Fatalf("got the jobs %v, want \"past\" and \"later\"", came)
		}
		waited(t, "RunAt", came["later"], 1500*time.Millisecond)
		if n := s.count(t, "SELECT count(*) FROM {job} WHERE attempt = 0"); n != 1 {
			t.Errorf("got %d jobs waiting, want 1", n)
		}
	})
}

// spell is when a job was worked.
type spell struct{ began, ended time.Time }

// timed is work that tells when it was done. The test itself may look late.
func timed(work func(context.Context, jobs.Run) error) (timed func(context.Context, jobs.Run) error, spells <-chan spell) {
	list := make(chan spell, 100)
	return func(ctx context.Context, run jobs.Run) error {
		began := time.Now()
		err := work(ctx, run)
		list <- spell{began, time.Now()}
		return err
	}, list
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
		work, spells := timed(func(context.Context, jobs.Run) error {
			if d, ok := <-next; ok {
				return jobs.Again(d)
			}
			return nil
		})
		h, runs := handler("test.work", work)
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work", Key: "k"})
		receive(t, runs)
		last := receive(t, spells)
		for _, d := range pauses {
			run, now := receive(t, runs), receive(t, spells)
			waited(t, "Again", now.began.Sub(last.ended)+50*time.Millisecond, max(d, 0))
			if run.Attempt != 1 || run.Key != "k" {
				t.Errorf("got %+v, want attempt 1 of the same job", run)
			}
			last = now
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
	})
}

func TestFailedJobIsRetried(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		work, spells := timed(func(_ context.Context, run jobs.Run) error {
			if run.Attempt < 4 {
				return errors.New("not yet")
			}
			return nil
		})
		h, runs := handler("test.work", work)
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		receive(t, runs)
		last := receive(t, spells)
		for i, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			run, now := receive(t, runs), receive(t, spells)
			waited(t, "retry", now.began.Sub(last.ended)+50*time.Millisecond, pause*3/4)
			if run.Attempt != i+2 {
				t.Errorf("got attempt %d, want %d", run.Attempt, i+2)
			}
			last = now
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
	})
}
