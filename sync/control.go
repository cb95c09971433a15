package sync

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// Cancel asks a run to end. A run that waits (queued, or for approval) ends at
// once; one under way ends within one step, and what it has applied stays. It
// needs sync.run and refuses with [ErrFinished] when the run has ended. It
// returns the run as it is now.
func (s *Service) Cancel(ctx context.Context, t tenant.ID, id string) (Run, error) {
	return s.control(ctx, t, id, auditCancel, func(run *Run) error {
		switch {
		case run.State.Finished():
			return ErrFinished
		case run.State == StateQueued, run.State == StateNeedsApproval:
			run.State = StateCancelled
		}
		run.CancelRequested = true
		return nil
	})
}

// Approve lets a run that waits apply its plan. It needs sync.run and refuses
// with [ErrNotWaiting].
func (s *Service) Approve(ctx context.Context, t tenant.ID, id string) (Run, error) {
	return s.control(ctx, t, id, auditApprove, func(run *Run) error {
		if run.State != StateNeedsApproval {
			return ErrNotWaiting
		}
		run.State, run.Phase, run.Approved = StateApplying, PhaseApply, true
		return nil
	})
}

// Discard ends a run that waits, without applying anything. It needs sync.run
// and refuses with [ErrNotWaiting].
func (s *Service) Discard(ctx context.Context, t tenant.ID, id string) (Run, error) {
	return s.control(ctx, t, id, auditDiscard, func(run *Run) error {
		if run.State != StateNeedsApproval {
			return ErrNotWaiting
		}
		run.State = StateDiscarded
		return nil
	})
}

// control changes a run on behalf of somebody.
func (s *Service) control(ctx context.Context, t tenant.ID, id, action string, change func(*Run) error) (Run, error) {
	run, err := s.changeRun(ctx, t, id, action, change)
	if err != nil {
		s.trail.Refused(ctx, tenant.Operation{Tenant: t, Action: action, Target: id}, err)
		return Run{}, err
	}
	s.wake.notify(run.ID)
	return run, nil
}

// changeRun has permission, change, audit row and job in one transaction.
func (s *Service) changeRun(ctx context.Context, t tenant.ID, id, action string, change func(*Run) error) (Run, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectSync, tenant.ActionRun)
	if err != nil {
		return Run{}, err
	}
	var run Run
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		run, err = s.store.ChangeRun(ctx, t, id, func(r *Run) error {
			r.UpdatedAt = s.now()
			if err := change(r); err != nil {
				return err
			}
			if r.State.Finished() {
				r.FinishedAt = r.UpdatedAt
			}
			return nil
		})
		if err != nil {
			return noRun(err, action)
		}
		if err := s.record(ctx, actor, action, run); err != nil {
			return err
		}
		if run.State.Finished() {
			if err := s.publishRun(ctx, EventRunFinished, run); err != nil {
				return err
			}
			return s.settleTargets(ctx, run, false)
		}
		if action == auditApprove && run.Mode == Undo && run.Direction == Pull {
			if err := s.pauseAfterUndo(ctx, actor, run); err != nil {
				return err
			}
		}
		// After Approve the job applies the plan; after Cancel it takes the run
		// from a worker that may be waiting for the office app, and ends it.
		return s.enqueue(ctx, run, run.ID+"."+action)
	})
	if err == nil && run.State.Finished() {
		s.cfg.Metrics.count(run)
	}
	return run, err
}

// noRun turns a store's ErrNotFound into the refusal that names the thing.
func noRun(err error, op string) error {
	var refusal *tenant.Error
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return ErrNoRun
	case errors.As(err, &refusal):
		return refusal
	}
	return fmt.Errorf("%s: %w", op, err)
}
