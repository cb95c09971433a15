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
	bun.BaseModel `bun:"table:thirdapp_messages"`

	TenantID       tenant.ID
	ID             string
	Provider       provider.Kind
	AppID          string
	Channel        messaging.Channel
	Content        provider.Content `bun:"type:json"`
	Degraded       []string         `bun:"type:json,nullzero"`
	Everyone       bool
	Unbound        int
	AtLeastOnce    bool
	IdempotencyKey string `bun:",nullzero"`
	Fingerprint    string `bun:",nullzero"`
	CreatedBy      string
	CreatedByName  string
	ExpiresAt      time.Time `bun:",nullzero"`
	CreatedAt      time.Time
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
	return &messageRow{
		TenantID: m.Tenant, ID: m.ID, Provider: m.Provider, AppID: m.AppID, Channel: m.Channel,
		Content: m.Content, Degraded: m.Degraded, Everyone: m.Everyone, Unbound: len(n.Unbound),
		AtLeastOnce: m.AtLeastOnce, IdempotencyKey: m.IdempotencyKey, Fingerprint: n.Fingerprint,
		CreatedBy: m.CreatedBy, CreatedByName: m.CreatedByName,
		ExpiresAt: storedOrZero(m.ExpiresAt), CreatedAt: stored(m.CreatedAt),
	}
}

// message returns the row with the state and counts that its batches give it.
func (r messageRow) message(batches []batchRow) messaging.Message {
	m := messaging.Message{
		ID: r.ID, Tenant: r.TenantID, Provider: r.Provider, AppID: r.AppID, Channel: r.Channel,
		Content: r.Content, Everyone: r.Everyone, Degraded: nilIfEmpty(r.Degraded), AtLeastOnce: r.AtLeastOnce,
		IdempotencyKey: r.IdempotencyKey, CreatedBy: r.CreatedBy, CreatedByName: r.CreatedByName,
		ExpiresAt: utcOrZero(r.ExpiresAt), CreatedAt: r.CreatedAt.UTC(),
		State: stateOf(batches), Counts: countsOf(batches),
	}
	if r.Unbound > 0 {
		m.Counts[messaging.DeliveryUnbound] += r.Unbound
	}
	return m
}

func stateOf(batches []batchRow) messaging.State {
	waiting, sending, tracking := 0, 0, 0
	for _, b := range batches {
		switch {
		case b.State == messaging.DeliveryPending:
			waiting++
		case b.State == messaging.DeliverySending:
			sending++
		case b.Tracking:
			tracking++
		}
	}
	switch {
	case waiting+sending+tracking == 0:
		return messaging.Finished
	case waiting == len(batches):
		return messaging.Queued
	case waiting+sending > 0:
		return messaging.Sending
	}
	return messaging.Tracking
}

func countsOf(batches []batchRow) map[messaging.DeliveryState]int {
	counts := make(map[messaging.DeliveryState]int)
	for _, b := range batches {
		rest := max(b.Recipients, 1) // everyone is one delivery
		for state, n := range b.Counts {
			counts[state] += n
			rest -= n
		}
		if rest > 0 {
			counts[b.State] += rest
		}
	}
	return counts
}

func (r batchRow) batch() messaging.Batch {
	return messaging.Batch{
		BatchRef:   messaging.BatchRef{Tenant: r.TenantID, MessageID: r.MessageID, Number: r.Number},
		State:      r.State,
		Recipients: r.Recipients, Attempts: r.Attempts, NextAt: r.NextAt.UTC(), MaybeSent: r.MaybeSent,
		TaskID: r.TaskID, RequestID: r.RequestID, Answer: nilIfEmpty(r.Answer), Failure: r.Failure,
		Tracking: r.Tracking, Tracks: r.Tracks,
		AcceptedAt: utcOrZero(r.AcceptedAt), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

// rowsOfBatches returns the batches of a new message and all its deliveries.
func rowsOfBatches(n messaging.NewMessage) ([]batchRow, []deliveryRow) {
	m, at := n.Message, stored(n.Message.CreatedAt)
	batches := make([]batchRow, len(n.Batches))
	deliveries := make([]deliveryRow, 0, len(n.Unbound))
	for i, u := range n.Unbound {
		d := rowOfDelivery(m, 0, i, u.Recipient)
		d.State, d.Failure, d.UpdatedAt = messaging.DeliveryUnbound, &u.Failure, at
		deliveries = append(deliveries, d)
	}
	for i, people := range n.Batches {
		b := batchRow{
			TenantID: m.Tenant, MessageID: m.ID, Number: i + 1, State: messaging.DeliveryPending,
			Recipients: len(people), NextAt: at, UpdatedAt: at,
		}
		if m.Everyone {
			b.Recipients = 0
		}
		batches[i] = b
		for j, r := range people {
			deliveries = append(deliveries, rowOfDelivery(m, b.Number, j, r))
		}
	}
	return batches, deliveries
}

func rowOfDelivery(m messaging.Message, batch, position int, r messaging.Recipient) deliveryRow {
	return deliveryRow{
		TenantID: m.Tenant, MessageID: m.ID, Batch: batch, Position: position,
		Username: r.Username, UserID: r.UserID, ProviderUserID: r.ProviderUserID,
	}
}

// deliveryView is a delivery with what it takes from its batch.
type deliveryView struct {
	deliveryRow `bun:",extend"`

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
		State: v.State, ProviderTaskID: v.TaskID, Attempts: v.Attempts, Failure: v.Failure,
		UpdatedAt: v.UpdatedAt.UTC(),
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
