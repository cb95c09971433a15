package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// updateTries is how often a change starts again because somebody else changed
// the subscription in between.
const updateTries = 5

// Types returns the types of events that can be subscribed to, in alphabetical
// order. It needs ActionRead on ObjectEvent.
func (s *Service) Types(ctx context.Context, t tenant.ID) ([]Type, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return nil, err
	}
	return s.registry.list(), nil
}

// Subscriptions returns the tenant's subscriptions, oldest first. It needs
// ActionRead on ObjectEvent.
func (s *Service) Subscriptions(ctx context.Context, t tenant.ID) ([]Subscription, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return nil, err
	}
	stored, err := s.store.Subscriptions(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("events: subscriptions: %w", err)
	}
	list := make([]Subscription, len(stored))
	for i, sub := range stored {
		list[i] = sub.Subscription
	}
	return list, nil
}

// Subscription returns one of the tenant's subscriptions. It needs ActionRead
// on ObjectEvent. Refusal: ErrNotFound.
func (s *Service) Subscription(ctx context.Context, t tenant.ID, id string) (Subscription, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return Subscription{}, err
	}
	stored, err := s.store.Subscription(ctx, t, id)
	if err != nil {
		return Subscription{}, fmt.Errorf("events: subscription: %w", missing(err))
	}
	return stored.Subscription, nil
}

func (s *Service) mayRead(ctx context.Context, t tenant.ID) error {
	if _, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectEvent, tenant.ActionRead); err != nil {
		return fmt.Errorf("events: read: %w", err)
	}
	return nil
}

// Create subscribes an endpoint and returns its signing secret, which is never
// shown again. It needs ActionWrite on ObjectEvent.
//
// What was changed in a transaction of the caller's is seen by Publish when
// Config.CacheFor has passed; otherwise at once. The same holds for Update and
// Delete.
//
// Refusals: ErrInvalidURL, ErrUnknownType, ErrInvalidDescription, ErrTooMany; an
// invalid tenant id, such as tenant.Platform.
func (s *Service) Create(ctx context.Context, t tenant.ID, in Input) (Subscription, provider.Secret, error) {
	var created Subscription
	secret := newSecret()
	op := operation(t, "subscription.create", "")
	err := s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		sub, err := s.newSubscription(ctx, t, in, secret)
		if err != nil {
			return err
		}
		created = sub.Subscription
		row.Target, row.After = sub.ID, recordOf(created, secretChanged).json()
		return s.commit(ctx, row, func(ctx context.Context) error {
			return s.store.CreateSubscription(ctx, sub, MaxSubscriptions)
		})
	})
	if err != nil {
		return Subscription{}, provider.Secret{}, err
	}
	return created, secret, nil
}

func (s *Service) newSubscription(
	ctx context.Context, t tenant.ID, in Input, secret provider.Secret,
) (Stored, error) {
	if _, err := tenant.ParseID(string(t)); err != nil {
		return Stored{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Stored{}, fmt.Errorf("new id: %w", err)
	}
	now := stamp(s.cfg.Now())
	sub, err := s.checked(Subscription{
		ID: id.String(), Tenant: t, URL: in.URL, Types: in.Types, Enabled: in.Enabled, Description: in.Description,
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}, nil)
	if err != nil {
		return Stored{}, err
	}
	sealed, err := s.seal(ctx, sub, secret)
	return Stored{Subscription: sub, Secrets: Secrets{Current: sealed}}, err
}

// Update changes a subscription. One that gets another URL, or is switched on
// again, has its Health begin anew. It needs ActionWrite on ObjectEvent.
//
// Refusals: ErrNotFound, ErrInvalidURL, ErrUnknownType, ErrInvalidDescription.
func (s *Service) Update(ctx context.Context, t tenant.ID, id string, change Change) (Subscription, error) {
	return s.change(ctx, operation(t, "subscription.update", id), secretUnchanged,
		func(_ context.Context, sub *Stored) (reset bool, err error) {
			next, reset := change.over(sub.Subscription)
			sub.Subscription, err = s.checked(next, sub.Types)
			return reset, err
		})
}

// Rotate replaces the signing secret of a subscription and returns the new one,
// which is never shown again. For 24 hours deliveries are signed with the old
// one as well, so that the receiver can change over without a loss; a second
// rotation within that time ends it for the oldest. It needs ActionWrite on
// ObjectEvent. Refusal: ErrNotFound.
func (s *Service) Rotate(ctx context.Context, t tenant.ID, id string) (Subscription, provider.Secret, error) {
	secret := newSecret()
	sub, err := s.change(ctx, operation(t, "subscription.rotate", id), secretChanged,
		func(ctx context.Context, sub *Stored) (reset bool, err error) {
			sealed, err := s.seal(ctx, sub.Subscription, secret)
			sub.Secrets = Secrets{
				Current: sealed, Previous: sub.Secrets.Current, PreviousUntil: stamp(s.cfg.Now().Add(rotationPeriod)),
			}
			sub.Version++
			return false, err
		})
	if err != nil {
		return Subscription{}, provider.Secret{}, err
	}
	return sub, secret, nil
}

// edit changes a stored subscription in place. With reset its Health begins
// anew.
type edit func(ctx context.Context, sub *Stored) (reset bool, err error)

// change makes a change of the subscription that op names.
func (s *Service) change(ctx context.Context, op tenant.Operation, secret string, e edit) (Subscription, error) {
	var changed Subscription
	err := s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		var err error
		for range updateTries {
			changed, err = s.changeOnce(ctx, op, row, secret, e)
			if !errors.Is(err, tenant.ErrConflict) {
				return err
			}
		}
		return errChangedMeanwhile(err)
	})
	if err != nil {
		return Subscription{}, err
	}
	return changed, nil
}

// changeOnce reads the subscription, changes it and stores it if nobody else
// did.
func (s *Service) changeOnce(
	ctx context.Context, op tenant.Operation, row *tenant.AuditEntry, secret string, e edit,
) (Subscription, error) {
	old, err := s.store.Subscription(ctx, op.Tenant, op.Target)
	if err != nil {
		return Subscription{}, missing(err)
	}
	next := old
	reset, err := e(ctx, &next)
	if err != nil {
		return Subscription{}, err
	}
	if next.Secrets, err = s.current(ctx, next); err != nil {
		return Subscription{}, err
	}
	next.UpdatedAt = stamp(s.cfg.Now())
	if reset {
		next.Health = Health{}
	}
	row.Before, row.After = recordOf(old.Subscription, secretUnchanged).json(), recordOf(next.Subscription, secret).json()
	return next.Subscription, s.commit(ctx, row, func(ctx context.Context) error {
		return missing(s.store.UpdateSubscription(ctx, next, reset))
	})
}

// Delete removes a subscription with its secrets; events on their way to it are
// dropped. It needs ActionWrite on ObjectEvent. Refusal: ErrNotFound.
func (s *Service) Delete(ctx context.Context, t tenant.ID, id string) error {
	op := operation(t, "subscription.delete", id)
	return s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		old, err := s.store.Subscription(ctx, t, id)
		if err != nil {
			return missing(err)
		}
		row.Before = recordOf(old.Subscription, secretUnchanged).json()
		return s.commit(ctx, row, func(ctx context.Context) error {
			return missing(s.store.DeleteSubscription(ctx, t, id))
		})
	})
}
