package thirdapp

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/internal/retention"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	auditRetentionKind = "tenant.retention"
	auditPruneKind     = "tenant.prune"
	// auditRetentionQueue is shared with the removal of messages.
	auditRetentionQueue = "retention"
	// auditPruneStep is how many entries one statement removes.
	auditPruneStep = 1000
)

// startAuditRetention makes sure that there is a job that removes old entries of
// the audit trails, if they are not kept for ever. It may have been left by a
// process with another configuration.
func (m *Module) startAuditRetention(ctx context.Context) error {
	if m.cfg.Tenants.AuditRetentionDays == 0 {
		return nil
	}
	if err := m.auditRounds().Start(ctx); err != nil {
		return fmt.Errorf("thirdapp: start retention of the audit trail: %w", err)
	}
	return nil
}

func (m *Module) auditRounds() retention.Rounds {
	return retention.Rounds{
		PassKind: auditRetentionKind, StepKind: auditPruneKind, Queue: auditRetentionQueue, Jobs: m.cfg.Jobs, Now: m.cfg.Now,
		Next: m.cfg.Store.NextAuditTenant, Prune: m.pruneAudit,
	}
}

// pruneAudit removes what of a tenant's audit trail is kept no longer.
func (m *Module) pruneAudit(ctx context.Context, t tenant.ID, ends time.Time) (done bool, err error) {
	days := m.cfg.Tenants.AuditRetentionDays
	if days == 0 {
		return true, nil
	}
	before := m.cfg.Now().AddDate(0, 0, -days)
	return retention.InSteps(m.cfg.Now, ends, auditPruneStep, func(limit int) (int, error) {
		return m.cfg.Store.PruneAudit(ctx, t, before, limit)
	})
}
