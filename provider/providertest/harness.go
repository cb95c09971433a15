package providertest

import (
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// Harness is an office app that a suite can look into. Functions that are nil
// leave out, with a line in the log, what cannot be proved without them.
type Harness struct {
	// Factory makes the Providers under test.
	Factory provider.Factory
	// Settings are those of an app that may do everything.
	Settings provider.Settings
	// Environment is given to Open.
	Environment provider.Environment
	// Company is what the app may see, in the words of the contract: the
	// suite compares it with what it reads. It has at least two levels, more
	// people in one department than a page holds, and somebody in two
	// departments.
	Company Company
	// WrongSettings are well formed, and the office app refuses them; zero
	// leaves the tests out.
	WrongSettings provider.Settings
	// Secrets are further texts that must never show, such as the access
	// tokens handed out so far. Those in Settings need not be listed.
	Secrets func() []string
	// Break makes every call fail in that way until restore is called; ok is
	// false where the office app cannot fail so.
	Break func(tb testing.TB, f Fault) (restore func(), ok bool)
	// Received returns the messages that the office app has accepted, in
	// order, whether or not it has sent them already.
	Received func() []Received
	// Expire makes the office app take none of the access tokens that it has
	// handed out so far.
	Expire func(tb testing.TB)
	// Refuse makes the office app turn a person away at once in messages that are
	// sent from now on, and take them for the others.
	Refuse func(tb testing.TB, user provider.UserID)
	// Outcome decides what becomes of messages that are sent to a person from
	// now on; it shows after Finish.
	Outcome func(tb testing.TB, user provider.UserID, o provider.Outcome)
	// Finish makes the office app finish sending a message.
	Finish func(tb testing.TB, taskID string)
	// Recalled reports whether a message of that task was taken back, a work
	// notification or a robot's.
	Recalled func(taskID string) bool
	// Status returns what people see as the status of a notice.
	Status func(taskID string) provider.Status

	// AskConsent makes whoever has a mobile number agree before they join the
	// organisation; accept does that for them.
	AskConsent func(tb testing.TB, mobile string) (accept func())

	// Events are what the office app can tell, each once: those of all kinds that
	// it has, about as many people or departments as one event can be about. nil
	// means one of each kind, about two.
	Events []provider.Event

	// Callback returns the request by which the office app tells of an event
	// now; it has Kind and People or Departments. CallbackCheck returns that by
	// which it checks the address, CallbackGet that of a check by GET and the
	// answer that it wants. CallbackForeign is as Callback, of an event
	// of another organisation that is right otherwise. CallbackHeaders are the
	// headers that what it tells is verified by.
	Callback        func(tb testing.TB, e provider.Event) provider.CallbackRequest
	CallbackCheck   func(tb testing.TB) provider.CallbackRequest
	CallbackGet     func(tb testing.TB) (r provider.CallbackRequest, want string)
	CallbackForeign func(tb testing.TB) provider.CallbackRequest
	CallbackHeaders []string

	// Emit makes the office app tell an event, as in Callback, over a stream;
	// one that was not acknowledged comes again soon. Connected waits until a
	// stream is connected. Disconnect ends all: politely, as when the office app
	// wants a new connection, or not.
	Emit       func(tb testing.TB, e provider.Event)
	Connected  func(tb testing.TB)
	Disconnect func(tb testing.TB, politely bool)

	// Conversation is a group that the robot is a member of; "" leaves out
	// messages to groups.
	Conversation provider.ConversationID
	// RobotReceived is as Received, of the robot's messages. They are not among
	// those of Received.
	RobotReceived func() []Received
	// FinishRobot is as Finish, of a robot's message to people. Outcome holds
	// for it, too.
	FinishRobot func(tb testing.TB, taskID string)

	// Webhook is a webhook that works, signed where the office app has that;
	// zero leaves out what needs one. WrongWebhook passes CheckWebhook, and the
	// office app refuses it.
	Webhook      provider.Webhook
	WrongWebhook provider.Webhook
	// WebhookReceived is as Received, of the messages that the group got by
	// Webhook.
	WebhookReceived func() []Received
	// OfficialWebhook is one at the office app's own address, as its
	// documentation shows them, and OfficialFactory a factory as hosts make it,
	// which takes no other addresses; nil is Factory. Nothing is sent there.
	OfficialWebhook provider.Webhook
	OfficialFactory provider.Factory

	// InAppCode returns a code as a page inside of the office app gets it for
	// somebody.
	InAppCode func(tb testing.TB, user provider.UserID) string
	// Authorize plays somebody who logs in on the page of AuthorizeURL, and
	// returns the address to which the page sends them back.
	Authorize func(tb testing.TB, authorizeURL string, user provider.UserID) string
	// Outsider is as Authorize, of somebody who is not of the organisation.
	Outsider func(tb testing.TB, authorizeURL string) string
	// ValidPage reports whether the office app would let a page of that
	// signature use it.
	ValidPage func(pageURL string, s provider.PageSignature) bool

	// Uploaded returns the files that the office app has, in order; IDs are not
	// looked at.
	Uploaded func() []Uploaded
}

// Received is a message that an office app has accepted.
type Received struct {
	Users    []provider.UserID
	Everyone bool
	// Departments is whom a message to departments went to; an office app that
	// knows the people only lists those in Users.
	Departments []provider.DepartmentID
	// Conversation is the group of a robot's message.
	Conversation provider.ConversationID
	// Body is what the office app got of Rendered.Body, JSON; nil when that
	// cannot be told.
	Body []byte
}

// Fault is a way in which an office app fails.
type Fault string

// The faults.
const (
	// FaultThrottled: the office app refuses, since it is asked too often.
	FaultThrottled Fault = "throttled"
	// FaultDenied: the app lacks the permission. Webhooks need none.
	FaultDenied Fault = "denied"
	// FaultDown: the office app answers that it is out of order.
	FaultDown Fault = "down"
	// FaultGarbled: the office app carries the call out and answers with
	// something that cannot be read.
	FaultGarbled Fault = "garbled"
	// FaultLost: the office app carries the call out, and the answer is lost.
	FaultLost Fault = "lost"
	// FaultHang: the office app does not answer as long as the fault lasts.
	FaultHang Fault = "hang"
)

// Faults returns all faults. The caller owns the slice.
func Faults() []Fault {
	return []Fault{FaultThrottled, FaultDenied, FaultDown, FaultGarbled, FaultLost, FaultHang}
}

// subject is a Provider under test with its office app.
type subject struct {
	Harness
	provider.Provider
}

// newSubject opens a Provider that is closed with the test.
func newSubject(tb testing.TB, newHarness func(testing.TB) Harness) subject {
	tb.Helper()
	h := newHarness(tb)
	return subject{h, open(tb, h, h.Settings)}
}

func open(tb testing.TB, h Harness, s provider.Settings) provider.Provider {
	tb.Helper()
	p, err := h.Factory.Open(tb.Context(), s, h.Environment)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return p
}

// ability returns what the Provider can do, or skips the test.
func ability[T any](tb testing.TB, s subject) T {
	tb.Helper()
	a, err := provider.As[T](s.Provider)
	if err != nil {
		tb.Skipf("%s has no such ability: %v", s.Kind(), err)
	}
	return a
}

// breakDown makes the office app fail until the test ends, or skips the test.
func (s subject) breakDown(tb testing.TB, f Fault) (restore func()) {
	tb.Helper()
	if s.Break == nil {
		tb.Skip("the harness cannot break the office app")
	}
	restore, ok := s.Break(tb, f)
	if !ok {
		tb.Skipf("the office app cannot fail in the way %q", f)
	}
	return restore
}
