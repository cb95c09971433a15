package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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
// A message whose SendAt is still ahead waits for it; one whose ExpiresAt has
// passed is refused. It needs what [Service.Cancel] needs, and for a message to
// everyone the permission to send one.
//
// Refusals: ErrMessageNotFound; ErrInvalidRequest for other states;
// ErrNothingToReplay when no delivery is in such a state; ErrAppChanged when the
// app has been connected to another organisation since.
func (s *Service) Replay(ctx context.Context, t tenant.ID, id string, states []DeliveryState) (Message, error) {
	if len(states) == 0 {
		states = replayDefault
	}
	for _, state := range states {
		if err := oneOf("states", state, replayable); err != nil {
			return Message{}, fmt.Errorf("messaging: replay: %w", err)
		}
	}
	m, actor, err := s.mayChange(ctx, t, id)
	if err == nil && m.Everyone {
		_, err = s.trail.Authorize(ctx, broadcast(t))
	}
	if err == nil {
		m, err = s.change(ctx, m, actor, "message.replay", func(ctx context.Context, m Message, now time.Time) error {
			return s.replay(ctx, m, slices.Compact(slices.Sorted(slices.Values(states))), now)
		})
	}
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
	size, err := s.perSend(ctx, m)
	if err != nil {
		return err
	}
	refs, err := s.store.Replay(ctx, m.Tenant, m.ID, states, size, now)
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
	return s.enqueueSends(ctx, refs, m.SendAt)
}

// perSend returns how many people of a message go into one batch.
func (s *Service) perSend(ctx context.Context, m Message) (int, error) {
	at, err := s.openAgain(ctx, Work{
		Batch: Batch{BatchRef: BatchRef{Tenant: m.Tenant}}, AppID: m.AppID, OrgID: m.OrgID, Channel: m.Channel, Webhook: m.Webhook,
	})
	switch {
	case errors.Is(err, ErrAppChanged):
		return 0, err
	case err != nil || at.perSend <= 0:
		return 1, nil // any number is right, and the sending itself tells what is wrong
	}
	return at.perSend, nil
}
