package messaging

import (
	"context"
	"encoding/json"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Store is where messages are kept. adapters/bunstore implements it; package
// adapters/storetest proves it. Every method is safe for concurrent use, joins
// the transaction of the context, sees rows of the given tenant only, and keeps
// times to the microsecond. A malformed cursor is a tenant.Error of code
// InvalidArgument.
type Store interface {
	tenant.Transactor

	// Joined reports whether the context carries a transaction of the store.
	Joined(ctx context.Context) bool

	// CreateMessage stores a message with its batches and deliveries.
	// ErrConflict when its idempotency key is held by a message created after
	// KeysSince; nothing was stored then, and the transaction is still good.
	// It waits for another transaction that is storing the same key.
	CreateMessage(ctx context.Context, m NewMessage) error

	// MessageByKey returns the message that was created after since with an
	// idempotency key, and its fingerprint; ErrNotFound when there is none.
	MessageByKey(ctx context.Context, t tenant.ID, key string, since time.Time) (m Message, fingerprint string, err error)

	// Message returns a message with its State and Counts, ErrNotFound when
	// there is none.
	Message(ctx context.Context, t tenant.ID, id string) (Message, error)

	// Messages returns messages with their State and Counts, newest first.
	Messages(ctx context.Context, t tenant.ID, f MessageFilter, p tenant.Page) (tenant.List[Message], error)

	// Deliveries returns the deliveries of a message in a fixed order, those
	// that are in no batch first. It is empty when there is no such message.
	Deliveries(ctx context.Context, t tenant.ID, messageID string, f DeliveryFilter, p tenant.Page) (tenant.List[Delivery], error)

	// Batches returns the batches of a message by number; empty when there is
	// no such message.
	Batches(ctx context.Context, t tenant.ID, messageID string) ([]Batch, error)

	// Work returns what is needed to send or track a batch, ErrNotFound when
	// there is no such batch.
	Work(ctx context.Context, ref BatchRef) (Work, error)

	// Claim marks a batch as Sending for the holder of the claim, a string
	// that was never used before, and counts the attempt. It succeeds when the
	// batch stands as c.Seen says; a batch that is found Sending becomes
	// MaybeSent. Repeated with the same claim it succeeds without effect.
	// ErrConflict when the batch has moved on.
	Claim(ctx context.Context, ref BatchRef, c Claim) error

	// Settle stores the outcome of an attempt. It succeeds when the batch is
	// still held by s.Claim and is Pending or Sending, or Uncertain while
	// s.State is Accepted or Failed. Repeated it succeeds without effect.
	// ErrConflict when the batch has moved on.
	Settle(ctx context.Context, ref BatchRef, s Settlement) error

	// Track stores what the office app reports on an accepted batch and counts
	// the question. Deliveries go forward only, from accepted over delivered
	// to read, and from accepted or delivered to failed. It ends the tracking
	// when p.Done, or when every delivery is read or failed; open is false
	// then. A batch that is not tracked stays as it is, and open is false.
	Track(ctx context.Context, ref BatchRef, p Progress) (open bool, err error)

	// AppendAudit adds a row to the tenant's audit trail.
	AppendAudit(ctx context.Context, e tenant.AuditEntry) error
}

// NewMessage is a message to be stored.
type NewMessage struct {
	// Message is stored as it is, without State and Counts.
	Message Message
	// Fingerprint stands for the request; "" without idempotency key.
	Fingerprint string
	// KeysSince is the time from which on idempotency keys hold.
	KeysSince time.Time
	// Batches are the people of each batch, in order; a message to everyone
	// has one batch with the one recipient All.
	Batches [][]Recipient
	// Unbound are the recipients without batch.
	Unbound []Unbound
}

// Unbound is a recipient that nothing is sent to.
type Unbound struct {
	Recipient Recipient
	Failure   Failure
}

// Work is a batch with what is needed of its message.
type Work struct {
	Batch Batch
	// Claim is the last one; "" before the first.
	Claim string
	// Provider, AppID, Content, Everyone, AtLeastOnce and ExpiresAt are the
	// message's.
	Provider    provider.Kind
	AppID       string
	Content     provider.Content
	Everyone    bool
	AtLeastOnce bool
	ExpiresAt   time.Time
	// Users are the people of the batch that have no state of their own yet,
	// while the batch is not final; empty for everyone.
	Users []provider.UserID
}

// Claim asks to send a batch.
type Claim struct {
	// ID is the new claim.
	ID string
	// SeenState and SeenClaim are the Batch.State and Claim of the Work that
	// was read.
	SeenState DeliveryState
	SeenClaim string
	At        time.Time
}

// Settlement is the outcome of an attempt to send a batch.
type Settlement struct {
	// Claim is the one the attempt was made under, or Work.Claim when the
	// batch is settled without an attempt.
	Claim string
	// State is the batch's from now on: Pending when it is to be tried again,
	// Accepted, Failed, Dead, Uncertain or Expired.
	State DeliveryState
	// NextAt is the earliest time of the next attempt; for Pending only.
	NextAt time.Time
	// MaybeSent is true when the outcome of the attempt is not known.
	MaybeSent bool
	// TaskID, RequestID and Answer are the receipt's; for Accepted only.
	TaskID    string
	RequestID string
	Answer    json.RawMessage
	// Refused are people the office app turned away; they become Failed. For
	// Accepted only.
	Refused map[provider.UserID]Failure
	// Tracking is true when the batch is to be tracked; for Accepted only.
	Tracking bool
	// Failure is nil for Accepted only.
	Failure *Failure
	At      time.Time
}

// Progress is what an office app reports on an accepted batch.
type Progress struct {
	// Delivered, Read and Failed are the people in these states. For everyone,
	// AllDelivered instead.
	Delivered    []provider.UserID
	Read         []provider.UserID
	Failed       map[provider.UserID]Failure
	AllDelivered bool
	// Done ends the tracking whatever the deliveries' states.
	Done bool
	At   time.Time
}
