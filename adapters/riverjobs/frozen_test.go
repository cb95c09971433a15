package riverjobs_test

import (
	"context"
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

// takenUp puts running jobs back, as a process does with those of one that has
// not beaten for a while.
const takenUp = "UPDATE {job} SET state = 'available' WHERE state = 'running'"

// TestTakenForDead: a process that was taken for dead, and finds a job that it
// still works among those to be worked, does not work it twice at a time. The
// tenant keeps all its places.
func TestTakenForDead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		leave := make(chan struct{})
		h, runs := handler("test.work", func(context.Context, jobs.Run) error { <-leave; return nil })
		r := s.started(t, func(c *riverjobs.Config) { c.MaxWorkers, c.TenantShare = 8, 2 }, h)
		for range 2 {
			enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "t"})
			receive(t, runs)
			s.exec(t, takenUp)
			s.await(t, 1, "SELECT count(*) FROM {job} WHERE state = 'running'")
			leave <- struct{}{}
			s.await(t, 0, "SELECT count(*) FROM {job}")
		}
		if n := len(runs); n > 0 {
			t.Errorf("%d runs beside one that is under way", n)
		}
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "t"}, jobs.Job{Kind: "test.work", Tenant: "t"})
		receive(t, runs)
		receive(t, runs)
		close(leave)
	})
}

// TestOutcomeOfOneTakenForDead: what becomes of a job is up to the process that
// works it now.
func TestOutcomeOfOneTakenForDead(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]error{
		"success": nil, "failure": errors.New("broken"), "again": jobs.Again(0), "drop": jobs.Drop(errors.New("gone")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, riverjobs.Postgres)
			first, second := make(chan struct{}), make(chan struct{})
			frozen, frozenRuns := handler("test.work", func(context.Context, jobs.Run) error { <-first; return outcome })
			other, otherRuns := handler("test.work", func(context.Context, jobs.Run) error { <-second; return nil })
			a := s.started(t, func(c *riverjobs.Config) { c.MaxWorkers = 1 }, frozen)
			enqueue(t, a, jobs.Job{Kind: "test.work", Tenant: "t", Key: "k"})
			receive(t, frozenRuns)
			s.started(t, nil, other)
			s.exec(t, takenUp)
			receive(t, otherRuns)
			close(first)
			if err := a.Stop(t.Context()); err != nil { // it has recorded the outcome then
				t.Fatal(err)
			}
			if n := s.count(t, "SELECT count(*) FROM {job} WHERE state = 'running'"); n != 1 {
				t.Errorf("%d jobs are running, want that of the other process", n)
			}
			close(second)
			s.await(t, 0, "SELECT count(*) FROM {job}")
			if n := len(otherRuns) + len(frozenRuns); n > 0 {
				t.Errorf("%d runs too many", n)
			}
		})
	}
}
