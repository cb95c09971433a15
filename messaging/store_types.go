package messaging

import (
	"encoding/json"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

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
	// Streamed is true when they come in a stream instead.
	Streamed bool `json:"streamed,omitempty"`
	// After is where the looking up, or the stream, goes on; "" is the
	// beginning.
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
	// Provider, AppID, OrgID, Channel, Webhook, Mentions, Everyone,
	// AtLeastOnce, CreatedAt, SendAt, ExpiresAt and RecallAt are the message's.
	Provider    provider.Kind
	AppID       string
	OrgID       string
	Channel     Channel
	Webhook     string
	Mentions    provider.Mentions
	Everyone    bool
	AtLeastOnce bool
	CreatedAt   time.Time
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
	// Moved is true when the people of the batch were in another one before.
	// Those of the other batches, of one part of a message, are different people.
	Moved bool
	// Cancelled is true once somebody has cancelled or recalled the message.
	Cancelled bool
	// Paused is true when the tenant's messages are held.
	Paused bool
	// Users are the people of the batch that have no state of their own yet,
	// while the batch is not final; empty for everyone. In ChannelGroup and
	// ChannelWebhook it is the one recipient, whatever the batch's state.
	Users []provider.UserID

	// kind is that of the job which does the work; job tells it from other jobs
	// of the batch, "" for one that cannot be told.
	kind, job string
	// spent is what the attempt was counted with, and together the group that its
	// people were counted in; nil when each was counted.
	spent    []QuotaUse
	together *QuotaGroup
}

// Claim asks to send a batch.
type Claim struct {
	Batch BatchRef
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
	Batch BatchRef
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
	// AppIdentity is who accepted it; for Accepted only.
	AppIdentity string
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
	// quota is the one that makes a Scheduled batch wait.
	quota Quota
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
	Batch BatchRef
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

// Tracked is what a report has done to a batch.
type Tracked struct {
	// Open is true while the batch is tracked.
	Open bool
	// Delivered, Read and Failed are by how many more deliveries than before are
	// in these states; what is read is delivered, too. When one that was delivered
	// turns out to have failed, Delivered does not tell of another one that is.
	Delivered, Read, Failed int
}

// changed reports whether any delivery has another state than before.
func (t Tracked) changed() bool { return t.Delivered+t.Read+t.Failed > 0 }
