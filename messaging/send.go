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
// errors.Is(err, provider.ErrUnsupported) finds when the office app does not
// have the channel. Everything it refuses it has not stored.
func (s *Service) Send(ctx context.Context, t tenant.ID, r Request) (Message, error) {
	m, _, err := s.send(ctx, t, r.normal())
	if err != nil {
		return Message{}, fmt.Errorf("messaging: send: %w", err)
	}
	return m, nil
}

// send returns the message, and whether this request has created it: a repeat
// has not.
func (s *Service) send(ctx context.Context, t tenant.ID, r Request) (m Message, created bool, err error) {
	actor, err := s.maySend(ctx, t, r)
	if err != nil {
		return Message{}, false, err
	}
	now := stamp(s.cfg.Now())
	if err := r.validate(now, s.cfg.MaxRecipients); err != nil {
		return Message{}, false, err
	}
	fingerprint := r.fingerprint()
	if m, found, err := s.earlier(ctx, t, r.IdempotencyKey, fingerprint); found || err != nil {
		return m, false, err
	}
	if err := r.inTime(now); err != nil { // a repeat may come later
		return Message{}, false, err
	}
	n, err := s.compose(ctx, t, r)
	if err != nil {
		return Message{}, false, err
	}
	n.Message.CreatedBy, n.Message.CreatedByName, n.Message.CreatedAt = actor.UserID, actor.Username, now
	n.Fingerprint, n.KeysSince = fingerprint, now.Add(-s.cfg.KeyTTL)
	err = s.accept(ctx, n)
	if errors.Is(err, tenant.ErrConflict) && r.IdempotencyKey != "" {
		// Another request with this key came first.
		if m, found, err := s.earlier(ctx, t, r.IdempotencyKey, fingerprint); found || err != nil {
			return m, false, err
		}
	}
	return n.Message, err == nil, err
}

// maySend asks for the permissions that a request needs. Who may not send to
// everyone leaves a row in the audit trail, like who did.
func (s *Service) maySend(ctx context.Context, t tenant.ID, r Request) (tenant.Actor, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionSend)
	if err != nil || !r.Recipients.All {
		return actor, err
	}
	return s.trail.Authorize(ctx, broadcast(t))
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
	r, from, err := s.filledIn(ctx, t, r)
	if err != nil {
		return NewMessage{}, err
	}
	to, err := s.openFor(ctx, t, r)
	if err != nil {
		return NewMessage{}, err
	}
	r.Provider = to.kind
	if r, err = s.withAttachments(ctx, t, r); err != nil {
		return NewMessage{}, err
	}
	mentions, missing, err := s.mentioned(ctx, t, r)
	if err != nil {
		return NewMessage{}, err
	}
	f, err := r.fit(to, mentions, missing)
	if err != nil {
		return NewMessage{}, err
	}
	id, err := newID()
	if err != nil {
		return NewMessage{}, err
	}
	n := NewMessage{Message: Message{
		ID: id, Tenant: t, Provider: to.kind, AppID: to.appID, OrgID: to.orgID, Channel: r.Channel, Webhook: r.Webhook,
		Content: f.content, Parts: f.parts, Template: from, Mentions: mentions, Everyone: r.Recipients.All,
		Degraded: f.degraded, AtLeastOnce: r.AtLeastOnce || to.deduplicates, IdempotencyKey: r.IdempotencyKey,
		SendAt: r.SendAt, ExpiresAt: r.ExpiresAt,
	}}
	if err := s.address(ctx, &n, to, r); err != nil {
		return NewMessage{}, err
	}
	return n, nil
}

// filledIn returns the request with the content that its template makes.
func (s *Service) filledIn(ctx context.Context, t tenant.ID, r Request) (Request, TemplateRef, error) {
	if r.Template == nil {
		return r, TemplateRef{}, nil
	}
	content, from, err := s.fromTemplate(ctx, t, *r.Template)
	if err != nil {
		return r, from, err
	}
	r.Content = content
	return r, from, validContent(content)
}

// withAttachments returns the request with its files uploaded.
func (s *Service) withAttachments(ctx context.Context, t tenant.ID, r Request) (Request, error) {
	if len(r.Attachments) == 0 && !namesAttachments(r.Content) {
		return r, nil
	}
	if r.Channel == ChannelWebhook {
		return r, errUnsupported("attachments",
			"群机器人Webhook不支持附件，请在内容中使用图片的公网地址",
			"a group webhook takes no files; use the public address of a picture in the content")
	}
	conn, err := s.conns.Connect(ctx, t, r.Provider)
	if err != nil {
		return r, err
	}
	r.Content, err = s.attach(ctx, t, conn, r.Content, r.Attachments)
	return r, err
}

// address fills in batches, unbound recipients and those still to be looked up,
// and the state they give.
func (s *Service) address(ctx context.Context, n *NewMessage, at channel, r Request) error {
	m, to := &n.Message, r.Recipients
	n.Selection = Selection{
		DepartmentIDs: to.DepartmentIDs, Roles: to.Roles, Streamed: r.streamed, Done: !to.selected() && !r.streamed,
	}
	people := 1
	switch {
	case m.Channel == ChannelWebhook:
		n.Batches = [][]Recipient{{{ProviderUserID: provider.UserID(m.Webhook)}}}
	case to.All:
		n.Batches = [][]Recipient{{{All: true}}}
	default:
		ro, err := s.resolve(ctx, m.Tenant, at, to)
		if err != nil {
			return err
		}
		n.Batches, n.Unbound, m.Duplicates = ro.batches(at.perSend), ro.unbound, ro.duplicates
		people = len(ro.bound)
		if err := s.checkSelection(ctx, n, at, ro.bound); err != nil {
			return err
		}
	}
	m.Resolving = !n.Selection.Done
	m.State, m.Counts = n.begin(people)
	return nil
}

// checkSelection refuses departments and roles that do not exist, and notes who
// is known already.
func (s *Service) checkSelection(ctx context.Context, n *NewMessage, at channel, bound []Recipient) error {
	if n.Selection.Done || n.Selection.Streamed {
		return nil
	}
	for _, r := range bound {
		n.Selection.Known = append(n.Selection.Known, r.ProviderUserID)
	}
	_, _, err := s.audiences.Members(ctx, n.Message.Tenant, at.kind, at.orgID, n.Selection, "", 1)
	if err != nil {
		return fmt.Errorf("audiences: %w", err)
	}
	return nil
}

// begin returns the state and counts that a new message has.
func (n NewMessage) begin(people int) (State, map[DeliveryState]int) {
	counts := make(map[DeliveryState]int, 2)
	if len(n.Unbound) > 0 {
		counts[DeliveryUnbound] = len(n.Unbound)
	}
	people *= max(1, len(n.Message.Parts))
	switch {
	case people == 0 && n.Selection.Done:
		return Finished, counts
	case n.Message.SendAt.IsZero():
		if people > 0 {
			counts[DeliveryPending] = people
		}
		return Queued, counts
	}
	if people > 0 {
		counts[DeliveryScheduled] = people
	}
	return Scheduled, counts
}

// newID returns an id that sorts by the time of its creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return id.String(), nil
}
