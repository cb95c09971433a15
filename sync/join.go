package sync

import (
	"context"
	"errors"

	"github.com/thirdapp/thirdapp/tenant"
)

// joinTries is how often StartOrJoin looks again when the run that stood in the
// way has just ended.
const joinTries = 3

// StartOrJoin is StartRun, but returns a run that is under way already and was
// asked for in the same direction, dry or not alike; joined is true then. Only
// full runs are joined. Any other run that is under way is refused with [ErrRunActive].
func (s *Service) StartOrJoin(ctx context.Context, t tenant.ID, req RunRequest) (run Run, joined bool, err error) {
	for range joinTries {
		run, err = s.start(ctx, t, req)
		if !errors.Is(err, ErrRunActive) {
			break
		}
		var active Run
		active, joined = s.joinable(ctx, t, req, err)
		if joined {
			return active, true, nil
		}
		if !active.State.Finished() {
			break
		}
	}
	if err != nil {
		s.trail.Refused(ctx, tenant.Operation{Tenant: t, Action: auditStart}, err)
		return Run{}, false, err
	}
	return run, false, nil
}

// joinable returns the run that stands in the way, and whether it does what is
// asked for.
func (s *Service) joinable(ctx context.Context, t tenant.ID, req RunRequest, err error) (Run, bool) {
	var refusal *tenant.Error
	if !errors.As(err, &refusal) {
		return Run{}, false
	}
	active, ok := refusal.Details.(ActiveRun)
	if !ok {
		return Run{}, false
	}
	run, err := s.run(ctx, t, active.RunID)
	if err != nil {
		return Run{}, false
	}
	req, err = req.normalised()
	same := err == nil && run.Direction == req.Direction && run.Mode == Full && req.Mode == Full && run.DryRun == req.DryRun &&
		run.Only == req.Only && run.Deletes == req.Deletes
	return run, same && !run.State.Finished()
}
