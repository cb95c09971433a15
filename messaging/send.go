package messaging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Send accepts a message: when it returns without error, message, deliveries
// and the jobs that will send them are stored, in the transaction of the
// context if it carries one. The office app has not been called yet.
//
// Recipients that are unknown or not bound become deliveries in state unbound;
// when that is all of them the message is Finished at once, with no error.
//
// Refusals: the Err… values of this package, tenant.ErrForbidden and
// tenant.ErrNoActor, what the Connector refuses, and an error that
// errors.Is(err, provider.ErrUnsupported) finds when the office app has no work
// notifications. Everything it refuses it has not stored.
func (s *Service) Send(ctx context.Context, t tenant.ID, r Request) (Message, error) {
	m, err := s.send(ctx, t, r.normal())
	if err != nil {
		return Message{}, fmt.Errorf("messaging: send: %w", err)
	}
	return m, nil
}

func (s *Service) send(ctx context.Context, t tenant.ID, r Request) (Message, error) {
	actor, err := s.maySend(ctx, t, r)
	if err != nil {
		return Message{}, err
	}
	now := stamp(s.cfg.Now())
	if err := r.validate(now, s.cfg.MaxRecipients); err != nil {
		return Message{}, err
	}
	fingerprint := r.fingerprint()
	if m, found, err := s.earlier(ctx, t, r.IdempotencyKey, fingerprint); found || err != nil {
		return m, err
	}
	n, err := s.compose(ctx, t, r)
	if err != nil {
		return Message{}, err
	}
	n.Message.CreatedBy, n.Message.CreatedByName, n.Message.CreatedAt = actor.UserID, actor.Username, now
	n.Fingerprint, n.KeysSince = fingerprint, now.Add(-s.cfg.KeyTTL)
	err = s.accept(ctx, n)
	if errors.Is(err, tenant.ErrConflict) && r.IdempotencyKey != "" {
		// Another request with this key came first.
		if m, found, err := s.earlier(ctx, t, r.IdempotencyKey, fingerprint); found || err != nil {
			return m, err
		}
	}
	return n.Message, err
}

// maySend asks for the permissions that a request needs. Who may not send to
// everyone leaves a row in the audit trail, like who did.
func (s *Service) maySend(ctx context.Context, t tenant.ID, r Request) (tenant.Actor, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionSend)
	if err != nil || !r.Recipients.All {
		return actor, err
	}
	_, err = tenant.Authorize(ctx, s.authz, t, tenant.ObjectBroadcast, tenant.ActionSend)
	if errors.Is(err, tenant.ErrForbidden) {
		s.recordRefusedBroadcast(ctx, t, actor)
	}
	return actor, err
}

// earlier returns the message that a request with this key has created.
func (s *Service) earlier(ctx context.Context, t tenant.ID, key, fingerprint string) (m Message, found bool, err error) {
	if key == "" {
		return Message{}, false, nil
	}
	m, stored, err := s.store.MessageByKey(ctx, t, key, stamp(s.cfg.Now()).Add(-s.cfg.KeyTTL))
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return Message{}, false, nil
	case err != nil:
		return Message{}, false, err
	case stored != fingerprint:
		return Message{}, false, ErrKeyReused
	}
	return m, true, nil
}

// fingerprint stands for everything a request asks for. Two requests are the
// same when theirs are equal.
func (r Request) fingerprint() string {
	if r.IdempotencyKey == "" {
		return ""
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // a validated request holds nothing that has no encoding
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// compose prepares what is to be stored, short of who asked and when.
func (s *Service) compose(ctx context.Context, t tenant.ID, r Request) (NewMessage, error) {
	conn, err := s.conns.Connect(ctx, t, r.Provider)
	if err != nil {
		return NewMessage{}, err
	}
	sender, err := provider.As[provider.MessageSender](conn.Provider)
	if err != nil {
		return NewMessage{}, err
	}
	rendered, err := sender.Render(r.Content)
	if err != nil {
		return NewMessage{}, err
	}
	limits := conn.Provider.Limits()
	if err := r.fits(rendered, limits); err != nil {
		return NewMessage{}, err
	}
	id, err := newID()
	if err != nil {
		return NewMessage{}, err
	}
	n := NewMessage{Message: Message{
		ID: id, Tenant: t, Provider: r.Provider, AppID: conn.App.ID, Channel: r.Channel, Content: r.Content,
		Everyone: r.Recipients.All, Degraded: rendered.Degraded, AtLeastOnce: r.AtLeastOnce,
		IdempotencyKey: r.IdempotencyKey, ExpiresAt: r.ExpiresAt,
	}}
	if err := s.address(ctx, &n, conn.App, r.Recipients, limits.UsersPerSend); err != nil {
		return NewMessage{}, err
	}
	return n, nil
}

// address fills in batches and unbound recipients, and the state they give.
func (s *Service) address(ctx context.Context, n *NewMessage, app tenant.App, to Recipients, perSend int) error {
	pending := 1
	if to.All {
		n.Batches = [][]Recipient{{{All: true}}}
	} else {
		ro, err := s.resolve(ctx, app, to)
		if err != nil {
			return err
		}
		n.Batches, n.Unbound = ro.batches(perSend), ro.unbound
		pending = len(ro.bound)
	}
	n.Message.State = Queued
	if pending == 0 {
		n.Message.State = Finished
	}
	n.Message.Counts = make(map[DeliveryState]int, 2)
	if pending > 0 {
		n.Message.Counts[DeliveryPending] = pending
	}
	if len(n.Unbound) > 0 {
		n.Message.Counts[DeliveryUnbound] = len(n.Unbound)
	}
	return nil
}

// newID returns an id that sorts by the time of its creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return id.String(), nil
}
