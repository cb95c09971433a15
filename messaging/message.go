package messaging

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Message is what was asked to be sent, and how far it is.
type Message struct {
	// ID is opaque and unique in the tenant.
	ID     string
	Tenant tenant.ID
	// Provider and AppID name the connection it is sent through.
	Provider provider.Kind
	AppID    string
	// OrgID is the organisation that the app was connected to: the recipients
	// are people of it. "" for webhooks, and when it is not known.
	OrgID   string
	Channel Channel
	// Webhook names the webhook it goes to; for ChannelWebhook only.
	Webhook string
	Content provider.Content
	// Parts are what is sent instead of Content when that was too long; nil
	// when it is sent as it is.
	Parts []provider.Content
	// Template is what Content was made from; zero for none.
	Template TemplateRef
	// Mentions are the people it calls by name, in the office app's ids.
	Mentions provider.Mentions
	// Everyone is true for a message to all; it has one delivery.
	Everyone bool
	// Resolving is true while the people of departments and roles are being
	// looked up; deliveries are added until then.
	Resolving bool
	// Duplicates are the recipients that were named more than once, as they
	// were named; nil when none.
	Duplicates []string
	// State sums up the batches; see the package comment.
	State State
	// Counts is the number of deliveries in each state; states without any are
	// left out.
	Counts map[DeliveryState]int
	// Degraded names what the office app shows differently, such as "markdown:
	// table shown as text"; nil when nothing.
	Degraded []provider.Text
	// AtLeastOnce and IdempotencyKey are the request's.
	AtLeastOnce    bool
	IdempotencyKey string
	// CreatedBy and CreatedByName are the actor's user id and username.
	CreatedBy     string
	CreatedByName string
	// SendAt is zero for at once, ExpiresAt for never.
	SendAt    time.Time
	ExpiresAt time.Time
	CreatedAt time.Time
	// RecallAt is when somebody asked to take it back; zero when nobody did.
	RecallAt time.Time
}

// State is how far a message is.
type State string

// The states of a message; the package comment defines them.
const (
	Scheduled State = "scheduled"
	Queued    State = "queued"
	Sending   State = "sending"
	Tracking  State = "tracking"
	Finished  State = "finished"
)

// States returns all states of a message, in order. The caller owns the slice.
func States() []State { return []State{Scheduled, Queued, Sending, Tracking, Finished} }

// Delivery is a message on its way to one recipient.
type Delivery struct {
	// ID is opaque and unique in the tenant.
	ID        string
	MessageID string
	Recipient Recipient
	// Part is which part of a split message it is, from 1; 0 when the message
	// is not split.
	Part  int
	State DeliveryState
	// NextAt is when it will be sent, or tried again; for Pending and
	// Scheduled only.
	NextAt time.Time
	// ProviderTaskID is the office app's name for the batch the delivery was
	// sent in; "" before it was accepted.
	ProviderTaskID string
	// Attempts counts the calls to the office app.
	Attempts int
	// Failure says why the delivery is unbound, failed, dead, uncertain, expired
	// or cancelled, which quota a scheduled one waits for, or why the last attempt
	// of a pending one did not succeed; nil otherwise.
	Failure   *Failure
	UpdatedAt time.Time
}

// Recipient is who a delivery goes to. What is not known is empty.
type Recipient struct {
	// Username and UserID are the platform's.
	Username string
	UserID   string
	// ProviderUserID is the office app's. In ChannelGroup it is the id of the
	// conversation, in ChannelWebhook the name of the webhook.
	ProviderUserID provider.UserID
	// All is true for the one delivery that stands for everyone.
	All bool
}

// DeliveryState is what is known about one delivery. Read, Failed, Dead,
// Recalled, Unbound, Expired and Cancelled are final, and so is Uncertain, unless the
// answer that was thought lost arrives after all. Accepted and Delivered stay
// as they are when the office app has nothing more to tell.
type DeliveryState string

// The states of a delivery.
const (
	// DeliveryPending: waits for its turn or its next attempt.
	DeliveryPending DeliveryState = "pending"
	// DeliveryScheduled: waits for the time the request names, or for the time
	// when a quota of the office app allows it; the Failure names the quota.
	DeliveryScheduled DeliveryState = "scheduled"
	// DeliverySending: the office app is being called.
	DeliverySending DeliveryState = "sending"
	// DeliveryAccepted: the office app took it. Acceptance is not delivery.
	DeliveryAccepted DeliveryState = "accepted"
	// DeliveryDelivered: it arrived and was not read yet. For everyone: the
	// office app reports that it has finished sending.
	DeliveryDelivered DeliveryState = "delivered"
	// DeliveryRead: the person opened it.
	DeliveryRead DeliveryState = "read"
	// DeliveryFailed: it will not arrive; repeating is useless until somebody
	// acts as the Failure says.
	DeliveryFailed DeliveryState = "failed"
	// DeliveryDead: every attempt failed for a passing reason.
	DeliveryDead DeliveryState = "dead"
	// DeliveryRecalled: it was taken back.
	DeliveryRecalled DeliveryState = "recalled"
	// DeliveryUnbound: the recipient is unknown, has no account at the office
	// app, is suspended or has left; or it stands for recipients who are missing.
	DeliveryUnbound DeliveryState = "unbound"
	// DeliveryUncertain: it may or may not have arrived; nobody knows.
	DeliveryUncertain DeliveryState = "uncertain"
	// DeliveryExpired: the request's ExpiresAt passed first.
	DeliveryExpired DeliveryState = "expired"
	// DeliveryCancelled: somebody cancelled the message before it was sent.
	DeliveryCancelled DeliveryState = "cancelled"
)

// DeliveryStates returns all states, in the order of a delivery's life. The
// caller owns the slice.
func DeliveryStates() []DeliveryState {
	return []DeliveryState{
		DeliveryPending, DeliveryScheduled, DeliverySending, DeliveryAccepted, DeliveryDelivered,
		DeliveryRead, DeliveryFailed, DeliveryDead, DeliveryRecalled, DeliveryUnbound,
		DeliveryUncertain, DeliveryExpired, DeliveryCancelled,
	}
}

// MessageFilter chooses messages. Zero fields choose all.
type MessageFilter struct {
	Provider provider.Kind
	Channel  Channel
	// Webhook and Template are names.
	Webhook  string
	Template string
	// State chooses messages in one state.
	State State
	// Has chooses messages that have a delivery in this state.
	Has DeliveryState
	// CreatedBy is a username.
	CreatedBy string
	// Since and Before bound CreatedAt: not before the one, before the other.
	Since, Before time.Time
}

// DeliveryFilter chooses deliveries of a message.
type DeliveryFilter struct {
	// States leaves out deliveries in other states; empty is all.
	States []DeliveryState
	// Batch leaves out deliveries of other batches; 0 is all.
	Batch int
}

// Result is what is known when [Service.SendAndWait] returns.
type Result struct {
	Message Message
	// Answered is true when the office app has answered for every batch, with
	// yes or no; false when the wait ended first. True when nobody could be
	// sent anything.
	Answered bool
	// Batches has the answers, in order; it is empty when all recipients are
	// unbound.
	Batches []Batch
	// Unbound are the recipients that nothing was sent to, each with the
	// reason.
	Unbound []Delivery
}
