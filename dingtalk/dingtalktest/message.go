package dingtalktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Codes of forbidden_list (docs, "get the result of sending work
// notifications", read 2026-11-22).
const (
	// CodePerMinute: the app reaches too many people in this minute.
	CodePerMinute = 143103
	// CodePerDay: the person had enough messages of this app today.
	CodePerDay = 143105
	// CodeDuplicate: the person had this very message of this app today.
	CodeDuplicate = 143106
	// CodeForbiddenContent: the content breaks DingTalk's rules.
	CodeForbiddenContent = 1430002
)

// Message is a work notification that was accepted, and what became of it.
type Message struct {
	TaskID   int64     `json:"taskId"`
	CorpID   string    `json:"corpId"`
	ClientID string    `json:"clientId"`
	AgentID  int64     `json:"agentId"`
	Time     time.Time `json:"time"`
	// Type is the msgtype, Body the whole msg.
	Type string          `json:"type"`
	Body json.RawMessage `json:"body"`
	// Everyone is true for a message with to_all_user.
	Everyone bool `json:"everyone,omitempty"`
	// Recipients are those who have it, in the order of sending. While a
	// message is being sent, and when it was recalled meanwhile, they are not
	// all who should get it.
	Recipients []string `json:"recipients"`
	// Read are those of the Recipients who opened it.
	Read []string `json:"read,omitempty"`
	// Forbidden are those for whom it was silently dropped, Failed those for
	// whom sending failed.
	Forbidden []Forbidden `json:"forbidden,omitempty"`
	Failed    []string    `json:"failed,omitempty"`
	// InvalidUsers and InvalidDepartments do not exist or are out of scope.
	InvalidUsers       []string `json:"invalidUsers,omitempty"`
	InvalidDepartments []int64  `json:"invalidDepartments,omitempty"`
	Recalled           bool     `json:"recalled,omitempty"`
	// StatusBar is what status_bar/update put there.
	StatusBar *StatusBar `json:"statusBar,omitempty"`
	// AnswerLost is the fault that kept the answer from the caller, who cannot
	// know that the message was accepted; "" when it was answered.
	AnswerLost FaultKind `json:"answerLost,omitempty"`
}

// StatusBar is the coloured line of a message of type oa.
type StatusBar struct {
	Value string `json:"value"`
	// Background has the form 0xFFRRGGBB.
	Background string `json:"background,omitempty"`
}

// Forbidden says why somebody did not get a message.
type Forbidden struct {
	UserID string `json:"userId"`
	Code   int    `json:"code"`
}

// Sent returns the accepted work notifications in the order of acceptance, with
// who has got each.
func (em *Emulator) Sent() []Message {
	messages := []Message{}
	for _, t := range em.outbox.list() {
		if t.channel == ChannelWork {
			messages = append(messages, em.describe(t))
		}
	}
	return messages
}

func (em *Emulator) describe(t *task) Message {
	now := em.opts.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	sent, _ := t.progress(now, &em.opts)
	read, _ := t.readers(now, &em.opts)
	m := Message{
		TaskID: t.id, CorpID: t.company.corpID, ClientID: t.app.clientID, AgentID: t.agentID,
		Time: t.at, Type: t.content.kind, Body: slices.Clone(t.content.raw), Everyone: t.everyone,
		Recipients: slices.Clone(t.receivers[:sent]), Read: slices.Clone(read),
		Forbidden: slices.Clone(t.forbidden), Failed: slices.Clone(t.failed),
		InvalidUsers: slices.Clone(t.badUsers), InvalidDepartments: slices.Clone(t.badDepts),
		Recalled: t.recalled, AnswerLost: t.lost,
	}
	if t.bar != nil {
		bar := *t.bar
		m.StatusBar = &bar
	}
	return m
}

// Received returns how many messages each person of a company has got, by work
// notification and from robots one by one, recalled ones included, those who got
// none left out.
func (em *Emulator) Received(corpID string) map[string]int {
	co, err := em.company(corpID)
	if err != nil {
		return map[string]int{}
	}
	counts := em.outbox.forgottenOf(co)
	now := em.opts.Now()
	for _, t := range em.outbox.list() {
		if t.company != co || !t.personal() {
			continue
		}
		t.mu.Lock()
		sent, _ := t.progress(now, &em.opts)
		t.mu.Unlock()
		for _, userID := range t.receivers[:sent] {
			counts[userID]++
		}
	}
	return counts
}

// Read lets somebody open a work notification. It returns ErrNotFound for a
// task that does not exist or that the person has not got.
func (em *Emulator) Read(userID string, taskID int64) error {
	return em.open(em.outbox.find(taskID), userID, fmt.Sprintf("task %d", taskID))
}

// ReadDelivery lets somebody open a message of any channel, named by
// Delivery.ID: a processQueryKey, or a task id as text. It returns ErrNotFound
// like Read.
func (em *Emulator) ReadDelivery(userID, id string) error {
	return em.open(em.outbox.findName(id), userID, fmt.Sprintf("message %q", id))
}

func (em *Emulator) open(t *task, userID, name string) error {
	if t == nil {
		return fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	now := em.opts.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	sent, _ := t.progress(now, &em.opts)
	if t.recalled || !slices.Contains(t.receivers[:sent], userID) {
		return fmt.Errorf("%w: %s at person %q", ErrNotFound, name, userID)
	}
	if t.read == nil {
		t.read = make(map[string]struct{})
	}
	t.read[userID] = struct{}{}
	return nil
}

// ReadAll lets everybody open a work notification as soon as they have it. It
// returns ErrNotFound for a task that does not exist.
func (em *Emulator) ReadAll(taskID int64) error {
	return openToAll(em.outbox.find(taskID), fmt.Sprintf("task %d", taskID))
}

// ReadDeliveryByAll is ReadAll for a message of any channel, named by
// Delivery.ID.
func (em *Emulator) ReadDeliveryByAll(id string) error {
	return openToAll(em.outbox.findName(id), fmt.Sprintf("message %q", id))
}

func openToAll(t *task, name string) error {
	if t == nil {
		return fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readByAll = true
	return nil
}

func (em *Emulator) resetMessages() {
	em.outbox.reset()
	em.rooms.reset()
	for _, a := range em.allApps() {
		a.messages.mu.Lock()
		a.messages.day = ""
		a.messages.minute = time.Time{}
		a.messages.mu.Unlock()
	}
}
