package messaging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// replayable are the states from which a delivery can be sent again, and those
// that Replay takes by default.
var (
	replayable    = []DeliveryState{DeliveryDead, DeliveryFailed, DeliveryExpired, DeliveryCancelled, DeliveryUncertain} //nolint:gochecknoglobals,lll // constant
	replayDefault = []DeliveryState{DeliveryDead, DeliveryFailed}                                                        //nolint:gochecknoglobals // constant
)

// Replay sends deliveries of a message again that did not get through: those in
// one of the states, or, without any, the dead and the failed ones. Uncertain
// ones may then arrive twice. They begin a new life: pending, without attempts.
// A message whose ExpiresAt has passed is refused. It needs what
// [Service.Cancel] needs.
//
// Refusals: ErrMessageNotFound; ErrInvalidRequest for other states;
// ErrNothingToReplay when no delivery is in such a state.
func (s *Service) Replay(ctx context.Context, t tenant.ID, id string, states []DeliveryState) (Message, error) {
	if len(states) == 0 {
		states = replayDefault
	}
	for _, state := range states {
		if err := oneOf("states", state, replayable); err != nil {
			return Message{}, fmt.Errorf("messaging: replay: %w", err)
		}
	}
	m, err := s.stop(ctx, t, id, "message.replay", func(ctx context.Context, m Message, now time.Time) error {
		return s.replay(ctx, m, slices.Compact(slices.Sorted(slices.Values(states))), now)
	})
	if err != nil {
		return Message{}, fmt.Errorf("messaging: replay: %w", err)
	}
	return m, nil
}

// replay is the part of Replay that is in the transaction.
func (s *Service) replay(ctx context.Context, m Message, states []DeliveryState, now time.Time) error {
	if !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(now) {
		return errInvalidRequest("expiresAt",
			fmt.Sprintf("消息已于%s过期，请重新发送", m.ExpiresAt.Format(time.RFC3339)),
			fmt.Sprintf("the message expired at %s; send a new one", m.ExpiresAt.Format(time.RFC3339)))
	}
	refs, err := s.store.Replay(ctx, m.Tenant, m.ID, states, s.perSend(ctx, m), now)
	if err != nil {
		return err
	}
	if len(refs) == 0 {
		return ErrNothingToReplay
	}
	for _, ref := range refs {
		if err := s.publishBatch(ctx, ref); err != nil {
			return err
		}
	}
	return s.enqueueSends(ctx, refs, time.Time{})
}

// perSend returns how many people of a message go into one batch.
func (s *Service) perSend(ctx context.Context, m Message) int {
	at, err := s.openAgain(ctx, Work{
		Batch: Batch{BatchRef: BatchRef{Tenant: m.Tenant}}, AppID: m.AppID, Channel: m.Channel, Webhook: m.Webhook,
	})
	if err != nil || at.perSend <= 0 {
		return 1 // any number is right, and the sending itself tells what is wrong
	}
	return at.perSend
}

// UpdateStatus changes the status bar of a notice that was sent, for everybody
// it was accepted for. It needs what [Service.Cancel] needs.
//
// Refusals: ErrMessageNotFound; ErrInvalidContent when s cannot be shown;
// ErrUnsupported for a channel or office app without status bars; what the
// office app answered, a *provider.Error.
func (s *Service) UpdateStatus(ctx context.Context, t tenant.ID, id string, status provider.Status) error {
	m, err := s.stop(ctx, t, id, "message.status", func(context.Context, Message, time.Time) error {
		if err := status.Validate(); err != nil {
			return errInvalidContent(err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("messaging: update status: %w", err)
	}
	if err := s.updateStatus(ctx, m, status); err != nil {
		return fmt.Errorf("messaging: update status: %w", err)
	}
	return nil
}

func (s *Service) updateStatus(ctx context.Context, m Message, status provider.Status) error {
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
		if err := updater.UpdateStatus(ctx, b.TaskID, status); err != nil {
			return err
		}
	}
	return nil
}
