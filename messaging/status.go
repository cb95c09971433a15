package messaging

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// UpdateStatus changes the status bar of a notice that was sent, for everybody
// it was accepted for. It needs what [Service.Cancel] needs.
//
// Refusals: ErrMessageNotFound; ErrInvalidContent when s cannot be shown;
// ErrUnsupported for a channel or office app without status bars; ErrAppChanged;
// what the office app answered, a *provider.Error.
func (s *Service) UpdateStatus(ctx context.Context, t tenant.ID, id string, status provider.Status) error {
	m, actor, err := s.mayChange(ctx, t, id)
	if err == nil {
		err = s.updateStatus(ctx, m, status)
		err = errors.Join(err, s.recordStatus(ctx, m, actor, err))
	}
	if err != nil {
		return fmt.Errorf("messaging: update status: %w", err)
	}
	return nil
}

// recordStatus adds what came of a change to the audit trail: afterwards, since
// the office app may refuse it.
func (s *Service) recordStatus(ctx context.Context, m Message, actor tenant.Actor, outcome error) error {
	row, err := s.trail.Entry(actor, tenant.Operation{Tenant: m.Tenant, Action: "message.status", Target: m.ID})
	if err != nil {
		return err
	}
	if outcome != nil {
		row.Outcome = outcomeOf(outcome)
	}
	return persistBeyond(ctx, func(ctx context.Context) error { return s.store.AppendAudit(ctx, row) })
}

func (s *Service) updateStatus(ctx context.Context, m Message, status provider.Status) error {
	if err := status.Validate(); err != nil {
		return errInvalidContent(err)
	}
	if m.Channel != ChannelWork || m.Content.Notice == nil || m.Content.Notice.Status == nil {
		return errUnsupported("status", "只有带状态栏（status）的notice工作通知可以更新状态",
			"only a work notification of type notice that was sent with a status has a status bar")
	}
	conn, err := s.conns.ConnectApp(ctx, m.Tenant, m.AppID)
	if err != nil {
		return err
	}
	updater, err := provider.As[provider.StatusUpdater](conn.Provider)
	if err != nil {
		return err
	}
	batches, err := s.store.Batches(ctx, m.Tenant, m.ID)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if b.State != DeliveryAccepted {
			continue
		}
		if err := b.knownTo(conn.App.Identity, conn.App.OrgID(), m.OrgID); err != nil {
			return err
		}
		if err := updater.UpdateStatus(ctx, b.TaskID, status); err != nil {
			return err
		}
	}
	return nil
}
