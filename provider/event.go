package provider

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// EventKind is what an event says, in the words of this module.
type EventKind string

// The kinds. Events of other kinds have Kind "".
const (
	PersonJoined  EventKind = "person_joined"
	PersonChanged EventKind = "person_changed"
	// PersonActivated: the person has begun to use the office app.
	PersonActivated   EventKind = "person_activated"
	PersonLeft        EventKind = "person_left"
	DepartmentCreated EventKind = "department_created"
	DepartmentChanged EventKind = "department_changed"
	DepartmentRemoved EventKind = "department_removed"
)

// Event is a fact that the office app reports. It is a reason to look, not to
// believe: events come twice, late, out of order, or not at all.
type Event struct {
	// ID is the same whenever the office app reports the same fact again, and
	// different otherwise within one organisation and app; never empty.
	ID   string
	Kind EventKind
	// Type is the office app's own name, such as "user_add_org".
	Type string
	// OrgID is the organisation the event is about; "" when the office app does
	// not say.
	OrgID string
	// At is when it happened, by the office app's clock; zero when it does not
	// say.
	At time.Time
	// People and Departments are whom it is about, each once.
	People      []UserID
	Departments []DepartmentID
}

// EventDecoder reads the requests that an office app makes to tell of events.
type EventDecoder interface {
	// DecodeEvent verifies, decrypts and decodes one request. The caller has
	// bounded the body, keeps the events first, and answers with what it got
	// only then. A request that carries no event, such as a check of the
	// address, has an answer and no events. It makes no call and is fast.
	//
	// An error means that nothing in the request can be believed: of code
	// Unauthenticated when the signature is wrong or the request too old or too
	// far ahead of CallbackRequest.At, PermissionDenied when it is meant for
	// another app, InvalidArgument when it cannot be read, and
	// FailedPrecondition when the tenant has not entered what is needed to
	// verify. The caller answers with no detail.
	DecodeEvent(ctx context.Context, r CallbackRequest) (CallbackAnswer, error)
}

// CallbackChecker is an EventDecoder whose office app finds out by GET whether
// the address of callbacks is the app's own. A check by POST is DecodeEvent's.
type CallbackChecker interface {
	// CheckCallback verifies a request, whose query has everything and which has
	// no body, and returns how to answer it, without events. It makes no call
	// and is fast. Errors are those of DecodeEvent.
	CheckCallback(ctx context.Context, r CallbackRequest) (CallbackAnswer, error)
}

// CallbackRequest is a request of an office app as it came.
type CallbackRequest struct {
	Query  url.Values
	Header http.Header
	Body   []byte
	// At is when it came.
	At time.Time
}

// CallbackAnswer is what a request held and how to answer it, with status 200.
// Body may be empty where the office app looks at the status alone.
type CallbackAnswer struct {
	Events      []Event
	Body        []byte
	ContentType string
}

// EventStreamer holds a long connection over which the office app tells of
// events.
type EventStreamer interface {
	// StreamEvents connects and hands over what comes until ctx is done or the
	// connection ends; it returns after the last call of h did. It does not
	// connect a second time: the caller calls again, after a pause that grows
	// while it fails.
	//
	// The error is nil when the office app asked for a new connection, the
	// context's when that is done, and otherwise what ended the connection.
	// An organisation may have several connections of one app; each event comes
	// over one of them.
	StreamEvents(ctx context.Context, h StreamHandler) error
}

// StreamHandler is who a stream tells.
type StreamHandler struct {
	// Connected is called once, when the connection stands and before the first
	// event; nil is told nothing. It returns soon.
	Connected func()
	// Event is called for each event, one at a time and in the order they come.
	// It keeps the event and returns soon; its context ends with the connection.
	// When it returns nil the event is acknowledged, otherwise the office app
	// sends it again later.
	Event func(ctx context.Context, e Event) error
}

// CallbackRegistrar tells the office app where to send events. Where an app has
// no such ability, an administrator enters the address in its console.
type CallbackRegistrar interface {
	// CallbackRegistration returns what the office app has; zero when nothing.
	CallbackRegistration(ctx context.Context) (CallbackRegistration, error)

	// RegisterCallback makes url the address for all kinds of events of this
	// module, with what the settings hold to sign and encrypt; it replaces an
	// earlier one. The office app asks the address before this returns, so that
	// EventDecoder must be reachable there; an address that does not answer as
	// it should is an error of code FailedPrecondition.
	RegisterCallback(ctx context.Context, url string) error

	// UnregisterCallback takes the address back; without one it does nothing.
	UnregisterCallback(ctx context.Context) error
}

// CallbackRegistration is where an office app sends events.
type CallbackRegistration struct {
	// URL is empty when nothing is registered.
	URL string
	// Complete is true when all kinds of events of this module go there.
	Complete bool
}
