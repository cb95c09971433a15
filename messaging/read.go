package messaging

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// Message returns a message with its counts. It needs ActionRead on
// ObjectMessage; ErrMessageNotFound when the tenant has none of that id.
func (s *Service) Message(ctx context.Context, t tenant.ID, id string) (Message, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return Message{}, fmt.Errorf("messaging: message: %w", err)
	}
	m, err := s.store.Message(ctx, t, id)
	if err != nil {
		return Message{}, fmt.Errorf("messaging: message: %w", errNotFound(err))
	}
	return m, nil
}

// Messages returns the tenant's messages with their counts, newest first. It
// needs ActionRead on ObjectMessage.
func (s *Service) Messages(
	ctx context.Context, t tenant.ID, f MessageFilter, p tenant.Page,
) (tenant.List[Message], error) {
	if err := s.mayRead(ctx, t); err != nil {
		return tenant.List[Message]{}, fmt.Errorf("messaging: messages: %w", err)
	}
	if err := f.validate(); err != nil {
		return tenant.List[Message]{}, fmt.Errorf("messaging: messages: %w", err)
	}
	list, err := s.store.Messages(ctx, t, f, p)
	if err != nil {
		return tenant.List[Message]{}, fmt.Errorf("messaging: messages: %w", err)
	}
	return list, nil
}

// Deliveries returns the deliveries of a message, in a fixed order. It needs
// ActionRead on ObjectMessage; ErrMessageNotFound when the tenant has none of
// that id.
func (s *Service) Deliveries(
	ctx context.Context, t tenant.ID, messageID string, f DeliveryFilter, p tenant.Page,
) (tenant.List[Delivery], error) {
	list, err := s.deliveries(ctx, t, messageID, f, p)
	if err != nil {
		return tenant.List[Delivery]{}, fmt.Errorf("messaging: deliveries: %w", err)
	}
	return list, nil
}

func (s *Service) deliveries(
	ctx context.Context, t tenant.ID, messageID string, f DeliveryFilter, p tenant.Page,
) (list tenant.List[Delivery], err error) {
	if err := s.mayRead(ctx, t); err != nil {
		return list, err
	}
	if err := f.validate(); err != nil {
		return list, err
	}
	list, err = s.store.Deliveries(ctx, t, messageID, f, p)
	if err == nil && len(list.Items) == 0 { // none like that, or no such message
		_, err = s.store.Message(ctx, t, messageID)
	}
	return list, errNotFound(err)
}

// Batches returns the batches of a message with the office app's answers, by
// number. It needs ActionRead on ObjectMessage; ErrMessageNotFound when the
// tenant has none of that id.
func (s *Service) Batches(ctx context.Context, t tenant.ID, messageID string) ([]Batch, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return nil, fmt.Errorf("messaging: batches: %w", err)
	}
	batches, err := s.store.Batches(ctx, t, messageID)
	if err == nil && len(batches) == 0 {
		_, err = s.store.Message(ctx, t, messageID)
	}
	if err != nil {
		return nil, fmt.Errorf("messaging: batches: %w", errNotFound(err))
	}
	return batches, nil
}

func (s *Service) mayRead(ctx context.Context, t tenant.ID) error {
	_, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionRead)
	return err
}

func (f DeliveryFilter) validate() error {
	for _, st := range f.States {
		if err := oneOf("state", st, DeliveryStates()); err != nil {
			return err
		}
	}
	return nil
}

func (f MessageFilter) validate() error {
	if f.Channel != "" {
		if err := oneOf("channel", f.Channel, Channels()); err != nil {
			return err
		}
	}
	if f.State != "" {
		if err := oneOf("state", f.State, States()); err != nil {
			return err
		}
	}
	if f.Has != "" {
		return oneOf("has", f.Has, DeliveryStates())
	}
	return nil
}
