package providertest

import (
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Sent is one message that the Fake accepted.
type Sent struct {
	// TaskID is that of the Receipt; webhook messages have none.
	TaskID string
	// Users is who it went to, refused ones included; nil for everyone,
	// departments and groups.
	Users       []provider.UserID
	Departments []provider.DepartmentID
	Everyone    bool
	// Conversation is the group of a robot's message.
	Conversation provider.ConversationID
	// Webhook is the name of the group, as given to Fake.Webhook.
	Webhook string
	Body    string
	At      time.Time
	// Beyond are the people who do not get it, since the sender sent more than
	// Limits allow: the Fake drops it without an error, and Track says so.
	Beyond []Beyond
	// Recalled is true once it was taken back.
	Recalled bool
	// Status is what a notice was changed to; zero before.
	Status provider.Status
}

// Beyond says which limit a message went beyond.
type Beyond struct {
	// Limit is the name of the field of provider.Limits.
	Limit string
	// User is who does not get it; "" for a message to everyone.
	User provider.UserID
}

// task is a sent message with what became of it.
type task struct {
	sent Sent
	// by is the kind of call that sent it.
	by       Op
	done     bool
	percent  int
	outcomes map[provider.UserID]provider.PersonOutcome
}

// Sent returns the work notifications that were accepted so far, in order. The
// caller owns the slice.
func (f *Fake) Sent() []Sent { return f.copies(&f.sent) }

// RobotSent returns the robot's messages that were accepted so far, in order.
// The caller owns the slice.
func (f *Fake) RobotSent() []Sent { return f.copies(&f.robot) }

// WebhookSent returns the messages that groups got by webhook so far, in order.
// The caller owns the slice.
func (f *Fake) WebhookSent() []Sent { return f.copies(&f.webhooks) }

func (f *Fake) copies(list *[]*task) []Sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	var sent []Sent
	for _, t := range *list {
		c := t.sent
		c.Users, c.Departments, c.Beyond = slices.Clone(c.Users), slices.Clone(c.Departments), slices.Clone(c.Beyond)
		sent = append(sent, c)
	}
	return sent
}

// Report decides what Track and TrackRobot say about one person of a sent
// message.
func (f *Fake) Report(taskID string, user provider.UserID, o provider.PersonOutcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[taskID]; t != nil {
		t.outcomes[user] = o
	}
}

// Progress decides how far Track and TrackRobot say the sending is: 100 is
// done.
func (f *Fake) Progress(taskID string, percent int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[taskID]; t != nil {
		t.percent, t.done = percent, percent >= 100
	}
}

// keep remembers an accepted message. The lock is held.
func (f *Fake) keep(list *[]*task, by Op, s Sent) {
	t := &task{sent: s, by: by, outcomes: make(map[provider.UserID]provider.PersonOutcome)}
	*list = append(*list, t)
	if s.TaskID != "" {
		f.tasks[s.TaskID] = t
	}
	for _, b := range s.Beyond {
		if b.User == "" {
			continue
		}
		t.outcomes[b.User] = provider.PersonOutcome{Outcome: provider.OutcomeFailed, Err: &provider.Error{
			Code: provider.ResourceExhausted, Provider: f.cfg.Kind, Op: string(by), Upstream: b.Limit,
		}}
	}
}

// within returns a task that was sent in that way and is no older than window, 0
// for any age. The lock is held.
func (f *Fake) within(op, by Op, id string, window time.Duration, now time.Time) (*task, error) {
	t := f.tasks[id]
	if t == nil || t.by != by || window > 0 && now.Sub(t.sent.At) > window {
		return nil, f.errorf(op, provider.NotFound, "no such task")
	}
	return t, nil
}

// report says what became of a task for those it went to, and for those whom
// Report has named.
func (t *task) report() map[provider.UserID]provider.PersonOutcome {
	outcomes := make(map[provider.UserID]provider.PersonOutcome, len(t.sent.Users))
	for _, u := range t.sent.Users {
		outcomes[u] = provider.PersonOutcome{Outcome: provider.OutcomePending}
	}
	for u, o := range t.outcomes {
		if t.sent.Conversation != "" || slices.Contains(t.sent.Users, u) {
			outcomes[u] = o
		}
	}
	return outcomes
}

// refusals returns those of the users who are turned away. The lock is held.
func (f *Fake) refusals(users []provider.UserID) map[provider.UserID]*provider.Error {
	var refused map[provider.UserID]*provider.Error
	for _, u := range users {
		if e := f.refused[u]; e != nil {
			if refused == nil {
				refused = make(map[provider.UserID]*provider.Error)
			}
			refused[u] = e
		}
	}
	return refused
}
