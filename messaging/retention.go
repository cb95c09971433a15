package messaging

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/internal/retention"
	"github.com/thirdapp/thirdapp/tenant"
)

// The kinds of the jobs that remove what is kept no longer.
const (
	// RetentionKind begins a pass over all tenants every hour.
	RetentionKind = "messaging.retention"
	// PruneKind is a step of such a pass.
	PruneKind = "messaging.prune"
)

const (
	retentionQueue = "retention"
	// pruneStep is how many messages one transaction removes.
	pruneStep = 200
	// keepQuotas is how long a counter is kept after its window.
	keepQuotas = 48 * time.Hour
)

// StartRetention makes sure that there is a job that removes what is kept no
// longer: messages after Settings.RetentionDays, counters of quotas after two
// days, uploads that have expired. One is enough for all processes; calling it
// again is harmless.
func (s *Service) StartRetention(ctx context.Context) error {
	if err := s.rounds().Start(ctx); err != nil {
		return fmt.Errorf("messaging: start retention: %w", err)
	}
	return nil
}

func (s *Service) rounds() retention.Rounds {
	return retention.Rounds{
		PassKind: RetentionKind, StepKind: PruneKind, Queue: retentionQueue, Jobs: s.queue, Now: s.cfg.Now,
		Next: s.store.NextTenant, Prune: s.pruneTenant,
	}
}

// pruneTenant removes what a tenant keeps no longer.
func (s *Service) pruneTenant(ctx context.Context, t tenant.ID, ends time.Time) (done bool, err error) {
	now := stamp(s.cfg.Now())
	settings, err := s.store.Settings(ctx, t)
	if err != nil {
		return false, err
	}
	if err := s.store.PruneQuotas(ctx, t, now.Add(-keepQuotas)); err != nil {
		return false, err
	}
	if err := s.store.PruneMedia(ctx, t, now.Add(-s.cfg.MediaTTL)); err != nil {
		return false, err
	}
	before := now.AddDate(0, 0, -s.effective(settings).RetentionDays)
	return retention.InSteps(s.cfg.Now, ends, pruneStep, func(limit int) (int, error) {
		return s.store.Prune(ctx, t, before, limit)
	})
}
