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
	MessageStore
	BatchStore
	QuotaStore
	MediaStore
	WebhookStore
	SettingsStore
	TemplateStore

	// AppendAudit adds a row to the tenant's audit trail.
	AppendAudit(ctx context.Context, e tenant.AuditEntry) error
}

// MessageStore keeps messages and their deliveries.
type MessageStore interface {
	// Joined reports whether the context carries a transaction of the store.
	Joined(ctx context.Context) bool

	// CreateMessages stores messages with their batches and deliveries, all or
	// none. One that has an idempotency key comes alone: ErrConflict when the
	// key is held by a message created after KeysSince; nothing was stored
	// then, and the transaction is still good. It waits for another
	// transaction that is storing the same key.
	CreateMessages(ctx context.Context, list ...NewMessage) error

	// Selection returns what is still to be looked up for a message;
	// ErrNotFound when there is no such message, Done when nothing is.
	Selection(ctx context.Context, t tenant.ID, id string) (Selection, error)

	// Extend adds people to a message whose Selection stands as e.Seen says,
	// and returns the batches they are in, first parts only, by number.
	// ErrConflict when it has moved on, or was cancelled; ErrNotFound when
	// there is no such message.
	Extend(ctx context.Context, t tenant.ID, id string, e Extension) ([]BatchRef, error)

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

	// Cancel makes the waiting batches of a message Cancelled, and ends its
	// selection, and returns how many batches that were; ErrNotFound when
	// there is no such message. Batches that are Sending are Cancelled when
	// they come to be tried again. With recall it notes the time as RecallAt.
	Cancel(ctx context.Context, t tenant.ID, id string, f Failure, at time.Time, recall bool) (int, error)

	// Replay moves the deliveries of a message that are in one of the states
	// into new batches of at most size people, Pending, without attempts, and
	// returns them, first parts only, by number; ErrNotFound when there is no
	// such message. Of a split message all parts of a person are moved when
	// one of them is in such a state and none was accepted; else only the
	// parts in such a state, each as a batch that follows no other. The one
	// delivery of a message to everyone becomes Pending in a batch of its own.
	// That the message was cancelled or recalled is forgotten.
	Replay(ctx context.Context, t tenant.ID, id string, states []DeliveryState, size int, at time.Time) ([]BatchRef, error)

	// NextTenant returns the first tenant after another, in byte order, that
	// has messages, "" when there is none. It is the one method that looks
	// beyond a tenant: retention goes through all of them.
	NextTenant(ctx context.Context, after tenant.ID) (tenant.ID, error)

	// Prune removes at most limit messages created before a time, with all
	// that belongs to them, and returns how many there were. Messages that are
	// resolving, or have batches that are waiting, being sent or tracked, stay.
	Prune(ctx context.Context, t tenant.ID, before time.Time, limit int) (int, error)
}

// BatchStore keeps the batches of messages.
type BatchStore interface {
	// Batches returns the batches of a message by number; empty when there is
	// no such message.
	Batches(ctx context.Context, t tenant.ID, messageID string) ([]Batch, error)

	// BatchByTask returns the newest batch that an office app accepted under a
	// task id; ErrNotFound when there is none.
	BatchByTask(ctx context.Context, t tenant.ID, kind provider.Kind, taskID string) (BatchRef, error)

	// Waiting returns batches that are Pending or Scheduled, those after a
	// batch in the order of message and number; the zero BatchRef is before
	// the first.
	Waiting(ctx context.Context, t tenant.ID, after BatchRef, limit int) ([]BatchRef, error)

	// Work returns what is needed to send or track a batch, ErrNotFound when
	// there is no such batch.
	Work(ctx context.Context, ref BatchRef) (Work, error)

	// Claim marks a batch as Sending for the holder of the claim, a string
	// that was never used before, and counts the attempt. It succeeds when the
	// batch stands as c.Seen says; a batch that is found Sending becomes
	// MaybeSent. Repeated with the same claim it succeeds without effect.
	// ErrConflict when the batch has moved on.
	Claim(ctx context.Context, ref BatchRef, c Claim) error

	// Divert moves people without a state of their own out of a batch, and out
	// of the later parts for the same people that wait, into new batches, and
	// returns the first of these. A waiting batch that loses people gets
	// another claim; one that is Sending is diverted by who holds its claim.
	// ErrConflict when the batch is final or none of them is in it.
	Divert(ctx context.Context, ref BatchRef, d Diversion) (BatchRef, error)

	// Settle stores the outcome of an attempt. It succeeds when the batch is
	// still held by s.Claim and is waiting or Sending, or Uncertain while
	// s.State is Accepted or Failed. Repeated it succeeds without effect.
	// ErrConflict when the batch has moved on.
	Settle(ctx context.Context, ref BatchRef, s Settlement) error

	// Track stores what the office app reports on an accepted batch and counts
	// the question. Deliveries go forward only, from accepted over delivered
	// to read, and from accepted or delivered to failed. It ends the tracking
	// when p.Done, or when every delivery is read or failed; open is false
	// then. A batch that is not tracked stays as it is, and open is false.
	Track(ctx context.Context, ref BatchRef, p Progress) (open bool, err error)

	// Recalled stores the outcome of taking an accepted batch back. Without
	// failure the batch is Recalled, with all its deliveries that did not
	// fail, and its tracking ends; with one it is kept as RecallFailure.
	// ErrConflict when the batch is not Accepted; repeating is harmless.
	Recalled(ctx context.Context, ref BatchRef, failure *Failure, at time.Time) error
}

// QuotaStore counts what quotas of office apps have been used.
type QuotaStore interface {
	// Spend adds to counters, each only where it stays within Most, and
	// returns all of them with the count they stand at and Over set where it
	// was not added. It changes all in one statement and waits for
	// transactions that change the same ones.
	Spend(ctx context.Context, t tenant.ID, uses []QuotaUse) ([]QuotaUse, error)

	// Refund takes back what Spend has added.
	Refund(ctx context.Context, t tenant.ID, uses []QuotaUse) error

	// Quotas returns the counters whose window ends after now: those of apps
	// and webhooks, and those of single people that have used at least share
	// percent, the fullest first; at most limit. Those of QuotaContent are left
	// out: one use is all they have.
	Quotas(ctx context.Context, t tenant.ID, now time.Time, share, limit int) ([]QuotaUse, error)

	// PruneQuotas removes counters whose window ended before a time.
	PruneQuotas(ctx context.Context, t tenant.ID, before time.Time) error
}

// MediaStore remembers uploads.
type MediaStore interface {
	// Media returns what was uploaded through an app with that hash;
	// ErrNotFound when nothing was.
	Media(ctx context.Context, t tenant.ID, appID string, kind provider.MediaKind, hash string) (Media, error)
	// SaveMedia stores an upload, in place of an older one of the same hash.
	SaveMedia(ctx context.Context, m Media) error
	// PruneMedia removes what expired, or was uploaded, before a time.
	PruneMedia(ctx context.Context, t tenant.ID, before time.Time) error
}

// WebhookStore keeps group webhooks, by name.
type WebhookStore interface {
	// CreateWebhook stores a new one; ErrConflict when the name is taken.
	CreateWebhook(ctx context.Context, w Webhook) error
	// UpdateWebhook stores a changed one, whose Version was read and becomes
	// one higher; ErrConflict when it was changed since, ErrNotFound when it
	// is gone.
	UpdateWebhook(ctx context.Context, w Webhook) error
	// DeleteWebhook removes one; ErrNotFound when there is none.
	DeleteWebhook(ctx context.Context, t tenant.ID, name string) error
	// Webhook returns one; ErrNotFound when there is none.
	Webhook(ctx context.Context, t tenant.ID, name string) (Webhook, error)
	// Webhooks returns all by name.
	Webhooks(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[Webhook], error)
}

// SettingsStore keeps the tenants' settings.
type SettingsStore interface {
	// Settings returns a tenant's settings; the zero value, with the tenant,
	// when it has none.
	Settings(ctx context.Context, t tenant.ID) (Settings, error)
	// SaveSettings stores them.
	SaveSettings(ctx context.Context, s Settings) error
}

// NewMessage is a message to be stored.
type NewMessage struct {
	// Message is stored as it is, without State and Counts. Each batch exists
	// once for each of its Parts; batches are Scheduled when SendAt is set.
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
	// Selection is what is still to be looked up; Done when nothing is.
	Selection Selection
}

// Selection is the part of a message's recipients that is looked up when the
// message is worked on.
type Selection struct {
	DepartmentIDs []string `json:"departmentIds,omitempty"`
	Roles         []string `json:"roles,omitempty"`
	// Known are the people who are in batches already because they were named.
	Known []provider.UserID `json:"known,omitempty"`
	// After is where the looking up goes on; "" is the beginning.
	After string `json:"after,omitempty"`
	// Done is true when nothing is left to be looked up.
	Done bool `json:"-"`
}

// Extension is what looking up a piece of a Selection has found.
type Extension struct {
	// Seen is the Selection.After that it went on from.
	Seen string
	// After is where it goes on; Done when it does not.
	After   string
	Done    bool
	Batches [][]Recipient
	Unbound []Unbound
	At      time.Time
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
	// Provider, AppID, Channel, Webhook, Mentions, Everyone, AtLeastOnce,
	// SendAt, ExpiresAt and RecallAt are the message's.
	Provider    provider.Kind
	AppID       string
	Channel     Channel
	Webhook     string
	Mentions    provider.Mentions
	Everyone    bool
	AtLeastOnce bool
	SendAt      time.Time
	ExpiresAt   time.Time
	RecallAt    time.Time
	// Content is the message's, or that of the batch's part.
	Content provider.Content
	// Parts is the number of parts; 0 when the message is not split.
	Parts int
	// Earlier is the state of the batch with the part before, "" when this is
	// the first or follows no other.
	Earlier DeliveryState
	// Later is true when there is a batch with the part after.
	Later bool
	// Cancelled is true once somebody has cancelled or recalled the message.
	Cancelled bool
	// Paused is true when the tenant's messages are held.
	Paused bool
	// Users are the people of the batch that have no state of their own yet,
	// while the batch is not final; empty for everyone. In ChannelGroup and
	// ChannelWebhook it is the one recipient, whatever the batch's state.
	Users []provider.UserID

	// kind is that of the job which does the work.
	kind string
	// spent is what the attempt was counted with.
	spent []QuotaUse
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
	// Scheduled when it is to wait, Accepted, Failed, Dead, Uncertain, Expired
	// or Cancelled.
	State DeliveryState
	// NextAt is the earliest time of the next attempt; for Pending and
	// Scheduled only.
	NextAt time.Time
	// Unclaimed is true when the attempt that the claim has counted was not
	// made: it does not count.
	Unclaimed bool
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

	// again are people of an accepted batch who are tried again on their own.
	again Diversion
}

// Diversion moves people to new batches.
type Diversion struct {
	Users []provider.UserID
	// State is Scheduled or Pending; NextAt the earliest time of the attempt.
	State  DeliveryState
	NextAt time.Time
	// Attempts is what the new batches begin with.
	Attempts int
	Failure  *Failure
	At       time.Time
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
