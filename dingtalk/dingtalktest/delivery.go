package dingtalktest

import (
	"slices"
	"time"
)

// Delivery is an accepted message of any channel, and where it arrived.
type Delivery struct {
	Channel Channel `json:"channel"`
	// ID names the message: the task id of a work notification as text, the
	// processQueryKey of an app's robot, a number of the emulator's own for a
	// custom robot.
	ID     string `json:"id"`
	CorpID string `json:"corpId"`
	// ClientID is the app, empty for a custom robot; Webhook is that robot's
	// name.
	ClientID string `json:"clientId,omitempty"`
	Webhook  string `json:"webhook,omitempty"`
	// GroupID is the group it went to, empty for people.
	GroupID string    `json:"groupId,omitempty"`
	Time    time.Time `json:"time"`
	Content Content   `json:"content"`
	// Recipients are those who have it: people, or the members that the group
	// had at the time. Of an inbox, it is its owner. Messages share the list:
	// it must not be changed.
	Recipients []string `json:"recipients"`
	// Read are those of the Recipients who opened it.
	Read []string `json:"read,omitempty"`
	// InvalidUsers were not found, SlowedUsers met flow control (robots only).
	InvalidUsers []string `json:"invalidUsers,omitempty"`
	SlowedUsers  []string `json:"slowedUsers,omitempty"`
	// Mentioned are the user ids and mobile numbers of at that the text names
	// with @ as well; the others nobody notices. MentionsAll is isAtAll. Both
	// are for text and markdown of custom robots.
	Mentioned   []string `json:"mentioned,omitempty"`
	MentionsAll bool     `json:"mentionsAll,omitempty"`
	Recalled    bool     `json:"recalled,omitempty"`
	// AnswerLost is the fault that kept the answer from the caller, who cannot
	// know that the message was accepted; "" when it was answered.
	AnswerLost FaultKind `json:"answerLost,omitempty"`
}

// Deliveries returns the accepted messages of all channels in the order of
// acceptance.
func (em *Emulator) Deliveries() []Delivery {
	return em.deliveries(func(*task) bool { return true })
}

// GroupMessages returns what went to a group, by the robots of apps and custom
// ones, oldest first.
func (em *Emulator) GroupMessages(groupID string) []Delivery {
	g := em.rooms.group(groupID)
	return em.deliveries(func(t *task) bool { return g != nil && t.group == g })
}

// WebhookMessages returns what a custom robot took, oldest first; a message
// repeated with its msgUuid is there once.
func (em *Emulator) WebhookMessages(token string) []Delivery {
	w := em.rooms.webhook(token)
	return em.deliveries(func(t *task) bool { return w != nil && t.webhook == w })
}

func (em *Emulator) deliveries(wanted func(*task) bool) []Delivery {
	found := []Delivery{}
	for _, t := range em.outbox.list() {
		if wanted(t) {
			found = append(found, em.deliver(t))
		}
	}
	return found
}

func (em *Emulator) deliver(t *task) Delivery {
	now := em.opts.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.outline()
	sent, _ := t.progress(now, &em.opts)
	read, _ := t.readers(now, &em.opts)
	d.Recipients, d.Read = t.receivers[:sent:sent], slices.Clip(read)
	return d
}

// outline is a message without who has it. The caller holds the lock.
func (t *task) outline() Delivery {
	d := Delivery{
		Channel: t.channel, ID: t.name(), CorpID: t.company.corpID, Time: t.at, Content: t.content.decode(),
		InvalidUsers: t.badUsers, SlowedUsers: t.slowed,
		Mentioned: t.mentions.people(), MentionsAll: t.mentions.everyone,
		Recalled: t.recalled, AnswerLost: t.lost,
	}
	if t.app != nil {
		d.ClientID = t.app.clientID
	}
	if t.webhook != nil {
		d.Webhook = t.webhook.info.Name
	}
	if t.group != nil {
		d.GroupID = t.group.current().ID
	}
	return d
}

// Inbox returns what somebody has got, oldest first: work notifications and what
// robots sent to the person, recalled messages included. Groups are asked with
// GroupMessages. Whoever got nothing, even somebody who never existed, has an
// empty inbox.
func (em *Emulator) Inbox(corpID, userID string) []Delivery {
	inbox := []Delivery{}
	co, err := em.company(corpID)
	if err != nil {
		return inbox
	}
	for _, a := range em.outbox.inbox(address{co, userID}) {
		if d, arrived := em.deliverTo(a); arrived {
			inbox = append(inbox, d)
		}
	}
	return inbox
}

// deliverTo is a message as one of its receivers sees it, once it is there.
func (em *Emulator) deliverTo(a arrival) (d Delivery, arrived bool) {
	now := em.opts.Now()
	t := a.task
	t.mu.Lock()
	defer t.mu.Unlock()
	if sent, _ := t.progress(now, &em.opts); a.place >= sent {
		return Delivery{}, false
	}
	d = t.outline()
	d.Recipients = t.receivers[a.place : a.place+1 : a.place+1]
	if t.hasRead(d.Recipients[0], &em.opts) {
		d.Read = d.Recipients
	}
	return d, true
}
