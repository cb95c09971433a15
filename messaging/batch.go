package messaging

import (
	"encoding/json"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// Batch is the part of a message that the office app is given in one call.
type Batch struct {
	BatchRef
	// Part is which part of a split message it is, from 1; 0 when the message
	// is not split. The parts for the same people have consecutive numbers.
	Part int
	// State is that of its deliveries, as long as they have none of their own:
	// pending, scheduled, sending, accepted, failed, dead, uncertain, expired,
	// cancelled or recalled.
	State DeliveryState
	// Recipients is the number of people; 0 for everyone.
	Recipients int
	// Attempts counts the calls to the office app.
	Attempts int
	// NextAt is the earliest time of the next attempt of a waiting batch.
	NextAt time.Time
	// MaybeSent is true once an attempt ended without a known outcome.
	MaybeSent bool
	// TaskID and RequestID are the office app's names for an accepted batch
	// and its call.
	TaskID    string
	RequestID string
	// AppIdentity is the tenant.App.Identity that the app had when the batch was
	// accepted: no other app at the office app knows the task. "" before that,
	// for webhooks, and when it is not known.
	AppIdentity string
	// Answer is the office app's own answer, JSON; nil before it was accepted.
	Answer json.RawMessage
	// Failure is why the last attempt did not succeed; nil when it did.
	Failure *Failure
	// Tracking is true while the office app is being asked what became of it.
	Tracking bool
	// Tracks counts how often that was done.
	Tracks int
	// AcceptedAt is when the office app said yes; zero before.
	AcceptedAt time.Time
	// RecallFailure is why it could not be taken back; nil otherwise.
	RecallFailure *Failure
	UpdatedAt     time.Time
}

// BatchRef names a batch.
type BatchRef struct {
	Tenant    tenant.ID
	MessageID string
	// Number counts from 1 inside the message.
	Number int
}

// answered reports whether the office app has said yes or no, or never will.
func (b Batch) answered() bool { return !b.waiting() && b.State != DeliverySending }

// waiting reports whether the batch is still to be sent.
func (b Batch) waiting() bool { return b.State == DeliveryPending || b.State == DeliveryScheduled }
