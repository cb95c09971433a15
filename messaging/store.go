package messaging

import (
	"context"
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
	tenant.TrailStore
	MessageStore
	BatchStore
	QuotaStore
	MediaStore
	WebhookStore
	SettingsStore
	TemplateStore
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
	// there is no such message. Batches that are Sending are not tried again.
	// With recall it notes the time as RecallAt.
	Cancel(ctx context.Context, t tenant.ID, id string, f Failure, at time.Time, recall bool) (int, error)

	// Replay moves the deliveries of a message that are in one of the states
	// into new batches of at most size people, without attempts, and returns
	// them, first parts only, by number; ErrNotFound when there is no such
	// message. The batches are Pending or, when the message's SendAt is after
	// at, Scheduled for then. Of a split message all parts of a person are moved when
	// one of them is in such a state and none was accepted; else only the
	// parts in such a state, each as a batch that follows no other. The one
	// delivery of a message to everyone gets a batch of its own.
	// That the message was cancelled or recalled is forgotten.
	Replay(ctx context.Context, t tenant.ID, id string, states []DeliveryState, size int, at time.Time) ([]BatchRef, error)

	// NextTenant returns the first tenant after another that has messages,
	// counters of quotas or uploads, "" when there is none. The order is the
	// store's own, the same each time, and begins after "". It is the one method
	// that looks beyond a tenant: retention goes through all of them.
	NextTenant(ctx context.Context, after tenant.ID) (tenant.ID, error)

	// Prune removes at most limit messages with all that belongs to them, and
	// returns how many there were: those that were created, were to be sent,
	// and whose batches have changed, before a time. Messages that are
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

	// Work returns what is needed to send or track batches; those that do not
	// exist are missing.
	Work(ctx context.Context, refs ...BatchRef) (map[BatchRef]Work, error)

	// Claim marks batches as Sending, each for the holder of its claim, a string
	// that was never used before, and counts the attempts. A claim succeeds when
	// the batch stands as its SeenState and SeenClaim say; a batch that is found
	// Sending becomes MaybeSent. Repeated with the same claim it succeeds
	// without effect. lost tells why the others did not: ErrConflict when the
	// batch has moved on, ErrNotFound when there is none. A batch that is named
	// twice is an error, and nothing is changed.
	Claim(ctx context.Context, list ...Claim) (lost map[BatchRef]error, err error)

	// Divert moves people without a state of their own out of a batch, and out
	// of the later parts for the same people that wait, into new batches, and
	// returns the first of these. A waiting batch that loses people gets
	// another claim; one that is Sending is diverted by who holds its claim.
	// ErrConflict when the batch is final or none of them is in it.
	Divert(ctx context.Context, ref BatchRef, d Diversion) (BatchRef, error)

	// Settle stores the outcomes of attempts. It succeeds for a batch that is
	// still held by the Claim and is waiting or Sending, or Uncertain while the
	// new State is Accepted or Failed. Repeated it succeeds without effect. lost
	// tells why others were not settled: ErrConflict when the batch has moved
	// on, ErrNotFound when there is none. A batch that is named twice is an
	// error, and nothing is changed.
	Settle(ctx context.Context, list ...Settlement) (lost map[BatchRef]error, err error)

	// Track stores what the office app reports on accepted batches and counts
	// the questions. Deliveries go forward only, from accepted over delivered
	// to read, and from accepted or delivered to failed. It ends the tracking
	// of a batch when Done, or when every delivery is read or failed; the
	// others are Open. It returns what it did to the batches that are tracked;
	// the others stay as they are. A batch that is named twice is an error, and
	// nothing is changed.
	Track(ctx context.Context, list ...Progress) (tracked map[BatchRef]Tracked, err error)

	// Recalled stores the outcome of taking an accepted batch back. Without
	// failure the batch is Recalled, with all its deliveries that did not
	// fail, and its tracking ends; with one it is kept as RecallFailure.
	// ErrConflict when the batch is not Accepted; repeating is harmless.
	Recalled(ctx context.Context, ref BatchRef, failure *Failure, at time.Time) error
}

// QuotaStore counts what quotas of office apps have been used.
type QuotaStore interface {
	// Spend adds to counters, each only where it stays within Most, and
	// returns all of them, in their order, with the count they stand at and
	// Over set where it was not added. It changes all in one statement and waits for
	// transactions that change the same ones, with Since also for those that
	// change other windows of them.
	Spend(ctx context.Context, t tenant.ID, uses []QuotaUse) ([]QuotaUse, error)

	// Refund takes back what Spend has added.
	Refund(ctx context.Context, t tenant.ID, uses []QuotaUse) error

	// SpendGroups counts a group's people together where it is certain that
	// each of them has room, and tells of which groups it is. Single counters
	// are better for the others. What it has counted Spend counts, too, and the
	// other way round. It waits like Spend.
	SpendGroups(ctx context.Context, t tenant.ID, groups []QuotaGroup) (counted map[BatchRef]bool, err error)

	// RefundGroups takes back what SpendGroups has counted for the Users that
	// are named now; the others of the group stay counted.
	RefundGroups(ctx context.Context, t tenant.ID, groups []QuotaGroup) error

	// Quotas returns the counters whose window ends after now: those of apps
	// and webhooks, and those of single people that have used at least share
	// percent, 20 or more, the fullest first; at most limit. Those of
	// QuotaContent are left out: one use is all they have.
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
	// WebhookSecretTenants returns at most limit tenants after another, in byte
	// order, that have secrets of webhooks sealed with any key but the given
	// one. It looks beyond a tenant, as NextTenant does.
	WebhookSecretTenants(ctx context.Context, key string, after tenant.ID, limit int) ([]tenant.ID, error)
	// ReplaceWebhookSecrets stores URL and SignSecret of next in the place of
	// old's, and changes nothing else; ErrConflict when old's are not what is
	// stored.
	ReplaceWebhookSecrets(ctx context.Context, old, next Webhook) error
}

// SettingsStore keeps the tenants' settings.
type SettingsStore interface {
	// LockSettings waits until no other transaction holds the lock of the
	// tenant's settings, and holds it until the transaction of the context
	// ends. There must be one.
	LockSettings(ctx context.Context, t tenant.ID) error
	// Settings returns a tenant's settings; the zero value, with the tenant,
	// when it has none.
	Settings(ctx context.Context, t tenant.ID) (Settings, error)
	// SaveSettings stores them.
	SaveSettings(ctx context.Context, s Settings) error
}
