package riverjobs_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
)

func TestUniqueKeys(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour)
	base := jobs.Job{Kind: "test.a", Tenant: "t", Key: "k", RunAt: later}
	other := func(change func(*jobs.Job)) jobs.Job { j := base; change(&j); return j }
	onBoth(t, func(t *testing.T, s *store) {
		r := s.runner(t, nil)
		enqueue(t, r, base, base) // twice in one call
		enqueue(t, r, base)       // and again
		enqueue(t, r, other(func(j *jobs.Job) { j.RunAt = time.Time{} }))
		enqueue(t, r, other(func(j *jobs.Job) { j.Payload = []byte(`{"other":1}`) }))
		if n := s.count(t, "SELECT count(*) FROM {job}"); n != 1 {
			t.Errorf("same kind, tenant and key: got %d jobs, want 1", n)
		}
		enqueue(t, r,
			other(func(j *jobs.Job) { j.Kind = "test.b" }),
			other(func(j *jobs.Job) { j.Tenant = "u" }),
			other(func(j *jobs.Job) { j.Key = "l" }),
			other(func(j *jobs.Job) { j.Tenant, j.Key = "t,", "k" }),
		)
		if n := s.count(t, "SELECT count(*) FROM {job}"); n != 5 {
			t.Errorf("with others: got %d jobs, want 5", n)
		}
		enqueue(t, r, other(func(j *jobs.Job) { j.Key = "" }), other(func(j *jobs.Job) { j.Key = "" }))
		if n := s.count(t, "SELECT count(*) FROM {job}"); n != 7 {
			t.Errorf("with two without a key: got %d jobs, want 7", n)
		}
	})
}

func TestUniqueKeyIsTakenUntilTheJobIsFinished(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		release := make(chan error)
		h, runs := handler("test.work", func(context.Context, jobs.Run) error { return <-release })
		r := s.started(t, nil, h)
		job := jobs.Job{Kind: "test.work", Tenant: "t", Key: "k"}

		enqueue(t, r, job)
		receive(t, runs)
		enqueue(t, r, job)                     // while it runs
		release <- jobs.Again(8 * time.Second) // long enough to be seen waiting
		s.await(t, 1, "SELECT count(*) FROM {job} WHERE state = 'available'")
		enqueue(t, r, job) // while it waits
		receive(t, runs)
		if n := s.count(t, "SELECT count(*) FROM {job}"); n != 1 {
			t.Errorf("got %d jobs, want 1", n)
		}
		release <- nil
		s.await(t, 0, "SELECT count(*) FROM {job}")

		enqueue(t, r, job) // it is finished
		receive(t, runs)
		release <- jobs.Drop(errRollback)
		s.await(t, 1, "SELECT count(*) FROM {job} WHERE state = 'cancelled'")
		enqueue(t, r, job) // it was dropped
		receive(t, runs)
		release <- nil
	})
}

func TestUniqueKeysOfTransactionsAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		r := s.runner(t, nil)
		list := []jobs.Job{{Kind: "test.work", Key: "a"}, {Kind: "test.work", Key: "b"}, {Kind: "test.work", Key: "c"}}
		reversed := []jobs.Job{list[2], list[1], list[0]}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				mine := list
				if i%2 == 0 {
					mine = reversed
				}
				if err := s.inTx(t.Context(), func(ctx context.Context) error { return r.Enqueue(ctx, mine...) }); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := s.count(t, "SELECT count(*) FROM {job}"); n != 3 {
			t.Errorf("got %d jobs, want 3", n)
		}
	})
}
