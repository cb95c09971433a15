package sync

import (
	"context"
	"iter"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// Run returns a run of the tenant, or [ErrNoRun]. It needs sync.read.
func (s *Service) Run(ctx context.Context, t tenant.ID, id string) (Run, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return Run{}, err
	}
	return s.run(ctx, t, id)
}

// Runs returns the tenant's runs that pass a filter, newest first. It needs
// sync.read.
func (s *Service) Runs(ctx context.Context, t tenant.ID, f RunFilter, p tenant.Page) (tenant.List[Run], error) {
	if err := s.mayRead(ctx, t); err != nil {
		return tenant.List[Run]{}, err
	}
	list, err := s.store.Runs(ctx, t, f, p)
	if err != nil {
		return list, noRun(err, "sync: runs")
	}
	return list, nil
}

// Changes returns the plan of a run and what became of it, in the order in
// which it is applied, or [ErrNoRun]. It needs sync.read.
func (s *Service) Changes(ctx context.Context, t tenant.ID, id string, f ChangeFilter, p tenant.Page) (tenant.List[Change], error) {
	if err := s.mayRead(ctx, t); err != nil {
		return tenant.List[Change]{}, err
	}
	list, err := s.store.Changes(ctx, t, id, f, p)
	if err != nil {
		return list, noRun(err, "sync: changes")
	}
	return list, nil
}

// Wait returns the run as soon as its state is [State.Resting], or as it is
// after at most max, or an error when ctx is done. It needs sync.read.
func (s *Service) Wait(ctx context.Context, t tenant.ID, id string, max time.Duration) (Run, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return Run{}, err
	}
	enough := time.NewTimer(max)
	defer enough.Stop()
	for {
		woken, done := s.wake.listen(id)
		run, err := s.run(ctx, t, id)
		if err != nil || run.State.Resting() {
			done()
			return run, err
		}
		stop := s.pause(ctx, woken, enough.C)
		done()
		if ctx.Err() != nil {
			return run, ctx.Err()
		}
		if stop {
			return s.run(ctx, t, id)
		}
	}
}

// Watch yields the run now and after each change that it sees, and ends after
// the first state that is [State.Resting]; changes in quick succession are
// yielded as one. An error is yielded last, also when ctx is done. It needs
// sync.read, at each look.
func (s *Service) Watch(ctx context.Context, t tenant.ID, id string) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		var last Run
		for {
			woken, done := s.wake.listen(id)
			run, err := s.Run(ctx, t, id)
			fresh := err != nil || run.State != last.State || !run.UpdatedAt.Equal(last.UpdatedAt)
			if fresh && !yield(run, err) || err != nil || run.State.Resting() {
				done()
				return
			}
			last = run
			s.pause(ctx, woken, nil)
			done()
			if err := ctx.Err(); err != nil {
				yield(last, err)
				return
			}
		}
	}
}

// pause waits for a wake-up, the poll interval or the end of ctx; it returns
// true when enough fired.
func (s *Service) pause(ctx context.Context, woken <-chan struct{}, enough <-chan time.Time) bool {
	poll := time.NewTimer(s.cfg.PollInterval)
	defer poll.Stop()
	select {
	case <-enough:
		return true
	case <-ctx.Done():
	case <-woken:
	case <-poll.C:
	}
	return false
}

func (s *Service) mayRead(ctx context.Context, t tenant.ID) error {
	_, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectSync, tenant.ActionRead)
	return err
}

func (s *Service) run(ctx context.Context, t tenant.ID, id string) (Run, error) {
	run, err := s.store.Run(ctx, t, id)
	if err != nil {
		return Run{}, noRun(err, "sync: run")
	}
	return run, nil
}

// now is the time of the database boundary: UTC, in microseconds.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }
