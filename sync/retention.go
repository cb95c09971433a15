package sync

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/internal/retention"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The kinds of the jobs that remove what is kept no longer.
const (
	// RetentionKind begins a pass over all tenants every hour.
	RetentionKind = "sync.retention"
	// PruneKind is a step of such a pass.
	PruneKind = "sync.prune"
)

const (
	retentionQueue = "sync.retention"
	// pruneStep is how many runs are asked for at a time.
	pruneStep = 20
)

// StartRetention makes sure that there is a job that removes runs, with their
// changes, after Settings.RetentionDays. One is enough for all processes; calling
// it again is harmless.
func (s *Service) StartRetention(ctx context.Context) error {
	if err := s.rounds().Start(ctx); err != nil {
		return fmt.Errorf("sync: start retention: %w", err)
	}
	return nil
}

func (s *Service) rounds() retention.Rounds {
	return retention.Rounds{
		PassKind: RetentionKind, StepKind: PruneKind, Queue: retentionQueue, Jobs: s.queue, Now: s.cfg.Now,
		Next: s.store.NextRunTenant, Prune: s.pruneTenant,
	}
}

// pruneTenant removes what a tenant keeps no longer.
func (s *Service) pruneTenant(ctx context.Context, t tenant.ID, ends time.Time) (done bool, err error) {
	if err := s.store.PruneEvents(ctx, t, s.now().Add(-keepEvents)); err != nil {
		return false, err
	}
	kinds, err := s.store.RunProviders(ctx, t)
	if err != nil {
		return false, err
	}
	for _, kind := range kinds {
		if done, err := s.pruneRuns(ctx, t, kind, ends); err != nil || !done {
			return done, err
		}
	}
	return true, nil
}

// pruneRuns removes the runs with an office app that a tenant keeps no longer.
func (s *Service) pruneRuns(ctx context.Context, t tenant.ID, kind provider.Kind, ends time.Time) (done bool, err error) {
	settings, err := s.settings(ctx, t, kind)
	if err != nil {
		return false, err
	}
	before := s.now().AddDate(0, 0, -s.effective(settings).RetentionDays)
	return retention.InSteps(s.cfg.Now, ends, pruneStep, func(limit int) (int, error) {
		return s.store.PruneRuns(ctx, t, kind, before, limit)
	})
}
