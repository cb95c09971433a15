package sync

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// Undo is the mode of a run that takes back what another one has done. Only
// Service.Undo starts such a run.
const Undo Mode = "undo"

const auditUndo = "sync.undo"

// UndoRequest says how a run is taken back.
type UndoRequest struct {
	// DryRun stops after planning.
	DryRun bool
	// Deletes lets the undo of a push remove at the office app whom and what
	// that push has created there. It is for a push only.
	Deletes bool
}

// Undo stores a run that takes back what another run of the tenant has applied.
//
// Of a pull, who was created or joined is suspended in the tenant, who left comes
// back, fields and places become what they were, departments that were created
// go when nobody is left in them. What was edited on the platform stays. Nothing
// is read from the office app, and no account is ever deleted. Approving it
// pauses the tenant's schedule: the next pull would do again what was taken back.
//
// Of a push, at the office app: what was changed is set back to what it was
// before, bindings that the push has made are released, and, with Deletes, whom
// and what it has created is removed, departments only when they are empty. What
// somebody has changed there since is a conflict that shows both values, and
// stays. An invitation that was sent cannot be taken back, nor can a removal.
// Nothing changes on the platform, so that the next push does it all again.
//
// The plan is made first, and then waits for Approve; with DryRun it is only
// made. Whatever has been changed by a later run, or cannot be taken back, is a
// conflict in the plan that says why. An undo can be undone.
//
// It needs sync.run and refuses with [ErrNoRun], [ErrNotUndoable] and
// [ErrRunActive].
func (s *Service) Undo(ctx context.Context, t tenant.ID, id string, req UndoRequest) (Run, error) {
	run, err := s.undo(ctx, t, id, req)
	if err != nil {
		s.trail.Refused(ctx, tenant.Operation{Tenant: t, Action: auditUndo, Target: id}, err)
		return Run{}, err
	}
	return run, nil
}

func (s *Service) undo(ctx context.Context, t tenant.ID, id string, asked UndoRequest) (Run, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectSync, tenant.ActionRun)
	if err != nil {
		return Run{}, err
	}
	done, err := s.store.Run(ctx, t, id)
	if err != nil {
		return Run{}, noRun(err, "sync: undo")
	}
	if !done.State.Finished() || done.Progress.ChangesApplied == 0 {
		return Run{}, ErrNotUndoable
	}
	if done.Direction == Pull && asked.Deletes {
		return Run{}, errPushOnly()
	}
	req := RunRequest{
		Provider: done.Provider, Direction: done.Direction, Mode: Undo, DryRun: asked.DryRun, Deletes: asked.Deletes,
	}
	run, err := s.newRun(t, req, tenant.App{ID: done.AppID}, actor)
	if err != nil {
		return Run{}, err
	}
	run.OrgID, run.Rules, run.Undoes, run.Phase = done.OrgID, s.cfg.completed(done.Rules), done.ID, PhasePlan
	if run.Direction == Push {
		run.Phase = PhaseRead // it begins as every push does
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error { return s.create(ctx, run, actor) })
	return run, err
}

// pauseAfterUndo pauses the schedule of the office app whose run is undone,
// within the transaction of the approval.
func (s *Service) pauseAfterUndo(ctx context.Context, actor tenant.Actor, run Run) error {
	schedule, err := s.schedule(ctx, run.Tenant, run.Provider)
	if err != nil || !schedule.Enabled {
		return err
	}
	row, err := s.trail.Entry(actor, tenant.Operation{Tenant: run.Tenant, Action: auditSchedule, Target: string(run.Provider)})
	if err != nil {
		return err
	}
	paused := false
	if _, err := s.changeSchedule(ctx, &row, schedule, TimingChange{Enabled: &paused}); err != nil {
		return fmt.Errorf("sync: undo: pause schedule: %w", err)
	}
	return nil
}
