package bunstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// messageRow is a row of thirdapp_messages.
type messageRow struct {
	bun.BaseModel `bun:"table:thirdapp_messages,alias:m"`

	TenantID       tenant.ID
	ID             string
	Provider       provider.Kind
	AppID          string
	Channel        messaging.Channel
	Content        provider.Content `bun:"type:json"`
	Degraded       degradations     `bun:"type:json,nullzero"`
	Everyone       bool
	Unbound        int
	AtLeastOnce    bool
	IdempotencyKey string `bun:",nullzero"`
	Fingerprint    string `bun:",nullzero"`
	CreatedBy      string
	CreatedByName  string
	ExpiresAt      time.Time `bun:",nullzero"`
	CreatedAt      time.Time
	Webhook        string
	Parts          []provider.Content `bun:"type:json,nullzero"`
	TemplateName   string
	Template       *messaging.TemplateRef `bun:"type:json"`
	Mentions       *provider.Mentions     `bun:"type:json"`
	Duplicates     []string               `bun:"type:json,nullzero"`
	// Selection is nil when nothing is left to be looked up.
	Selection *messaging.Selection `bun:"type:json"`
	SendAt    time.Time            `bun:",nullzero"`
	RecallAt  time.Time            `bun:",nullzero"`
	OrgID     string
	// Batches is the number of the last batch.
	Batches int
	// Resolving is true when there is a Selection.
	Resolving bool `bun:",scanonly"`
}

// batchRow is a row of thirdapp_message_batches.
type batchRow struct {
	bun.BaseModel `bun:"table:thirdapp_message_batches"`

	TenantID   tenant.ID
	MessageID  string
	Number     int
	State      messaging.DeliveryState
	Recipients int
	Claim      string
	Attempts   int
	NextAt     time.Time
	MaybeSent  bool
	TaskID     string
	RequestID  string
	Answer     json.RawMessage    `bun:"type:json,nullzero"`
	Failure    *messaging.Failure `bun:"type:json"`
	Tracking   bool
	Tracks     int
	Counts     map[messaging.DeliveryState]int `bun:"type:json,nullzero"`
	AcceptedAt time.Time                       `bun:",nullzero"`
	UpdatedAt  time.Time
	Part       int
	// Follows is true when the batch with the number before has the part before
	// for the same people.
	Follows bool
	// Moved is true when its people were in another batch before.
	Moved         bool
	RecallFailure *messaging.Failure `bun:"type:json"`
	AppIdentity   string
}

// deliveryRow is a row of thirdapp_deliveries.
type deliveryRow struct {
	bun.BaseModel `bun:"table:thirdapp_deliveries"`

	TenantID       tenant.ID
	MessageID      string
	Batch          int
	Position       int
	Username       string
	UserID         string
	ProviderUserID provider.UserID
	State          messaging.DeliveryState `bun:",nullzero"`
	Failure        *messaging.Failure      `bun:"type:json"`
	UpdatedAt      time.Time               `bun:",nullzero"`
}

func rowOfMessage(n messaging.NewMessage) *messageRow {
	m := n.Message
	r := &messageRow{
		TenantID: m.Tenant, ID: m.ID, Provider: m.Provider, AppID: m.AppID, OrgID: m.OrgID, Channel: m.Channel,
		Content: m.Content, Degraded: m.Degraded, Everyone: m.Everyone, Unbound: len(n.Unbound),
		AtLeastOnce: m.AtLeastOnce, IdempotencyKey: m.IdempotencyKey, Fingerprint: n.Fingerprint,
		CreatedBy: m.CreatedBy, CreatedByName: m.CreatedByName,
		ExpiresAt: storedOrZero(m.ExpiresAt), CreatedAt: stored(m.CreatedAt),
		Webhook: m.Webhook, Parts: m.Parts, TemplateName: m.Template.Name, Duplicates: m.Duplicates,
		SendAt: storedOrZero(m.SendAt), Batches: len(n.Batches) * max(1, len(m.Parts)),
	}
	if m.Template != (messaging.TemplateRef{}) {
		r.Template = &m.Template
	}
	if !m.Mentions.IsZero() {
		r.Mentions = &m.Mentions
	}
	if !n.Selection.Done {
		r.Selection = &n.Selection
	}
	return r
}

// message returns the row with the state and counts that its batches give it.
func (r messageRow) message(batches []batchRow) messaging.Message {
	m := messaging.Message{
		ID: r.ID, Tenant: r.TenantID, Provider: r.Provider, AppID: r.AppID, OrgID: r.OrgID, Channel: r.Channel, Webhook: r.Webhook,
		Content: r.Content, Parts: nilIfEmpty(r.Parts), Template: orZero(r.Template), Mentions: orZero(r.Mentions),
		Everyone: r.Everyone, Resolving: r.Resolving, Duplicates: nilIfEmpty(r.Duplicates),
		Degraded: nilIfEmpty(r.Degraded), AtLeastOnce: r.AtLeastOnce,
		IdempotencyKey: r.IdempotencyKey, CreatedBy: r.CreatedBy, CreatedByName: r.CreatedByName,
		SendAt: utcOrZero(r.SendAt), ExpiresAt: utcOrZero(r.ExpiresAt), CreatedAt: r.CreatedAt.UTC(),
		RecallAt: utcOrZero(r.RecallAt), State: r.stateOf(batches), Counts: r.countsOf(batches),
	}
	if r.Unbound > 0 {
		m.Counts[messaging.DeliveryUnbound] += r.Unbound
	}
	return m
}

func (r batchRow) ref() messaging.BatchRef {
	return messaging.BatchRef{Tenant: r.TenantID, MessageID: r.MessageID, Number: r.Number}
}

// waiting reports whether the batch is still to be sent.
func (r batchRow) waiting() bool {
	return r.State == messaging.DeliveryPending || r.State == messaging.DeliveryScheduled
}

func (r batchRow) batch() messaging.Batch {
	return messaging.Batch{
		BatchRef: r.ref(), Part: r.Part, State: r.State,
		Recipients: r.Recipients, Attempts: r.Attempts, NextAt: r.NextAt.UTC(), MaybeSent: r.MaybeSent,
		TaskID: r.TaskID, RequestID: r.RequestID, AppIdentity: r.AppIdentity, Answer: nilIfEmpty(r.Answer), Failure: r.Failure,
		Tracking: r.Tracking, Tracks: r.Tracks,
		AcceptedAt: utcOrZero(r.AcceptedAt), RecallFailure: r.RecallFailure, UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// deliveryView is a delivery with what it takes from its batch.
type deliveryView struct {
	deliveryRow `bun:",extend"`

	Part     int
	NextAt   time.Time `bun:",nullzero"`
	TaskID   string
	Attempts int
}

func (v deliveryView) delivery() messaging.Delivery {
	return messaging.Delivery{
		ID:        fmt.Sprintf("%s-%d-%d", v.MessageID, v.Batch, v.Position),
		MessageID: v.MessageID,
		Recipient: messaging.Recipient{
			Username: v.Username, UserID: v.UserID, ProviderUserID: v.ProviderUserID,
			All: v.Batch > 0 && v.ProviderUserID == "",
		},
		Part: v.Part, State: v.State, NextAt: utcOrZero(v.NextAt), ProviderTaskID: v.TaskID,
		Attempts: v.Attempts, Failure: v.Failure, UpdatedAt: v.UpdatedAt.UTC(),
	}
}

func storedOrZero(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return stored(t)
}

func utcOrZero(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// nilIfEmpty undoes what reading a NULL as JSON does.
func nilIfEmpty[S ~[]E, E any](s S) S {
	if len(s) == 0 {
		return nil
	}
	return s
}

func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
