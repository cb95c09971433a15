package dingtalktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
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

// everyonePerDay is how many messages a day may go to everyone (docs, "global
// error codes", 41045, read 2026-11-22).
const everyonePerDay = 3

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
}

// Forbidden says why somebody did not get a message.
type Forbidden struct {
	UserID string `json:"userId"`
	Code   int    `json:"code"`
}

// outbox knows every message by its task id.
type outbox struct {
	mu     sync.RWMutex
	lastID int64
	tasks  map[int64]*task
}

// firstTaskID makes task ids as long as real ones.
const firstTaskID = 256_271_667_000

func (o *outbox) init() {
	o.tasks = make(map[int64]*task)
	o.lastID = firstTaskID
}

func (o *outbox) add(t *task) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lastID++
	t.id = o.lastID
	o.tasks[t.id] = t
}

func (o *outbox) find(id int64) *task {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.tasks[id]
}

// task is an accepted message. What comes after the blank line is guarded by
// app.messages.mu.
type task struct {
	id          int64
	app         *app
	agentID     int64
	at          time.Time
	kind        string
	body        []byte
	everyone    bool
	targets     int
	receivers   []string
	forbidden   []Forbidden
	failed      []string
	badUsers    []string
	badDepts    []int64
	contentHash contentHash

	polls     int
	read      map[string]struct{}
	readByAll bool
	recalled  bool
	// kept is how many receivers had the message when it was recalled.
	kept int
}

// messageState is what an app has sent today. Tasks of the app are guarded by
// its lock, too.
type messageState struct {
	mu       sync.Mutex
	day      string
	everyone int
	seen     map[contentHash]map[string]struct{}
	perDay   map[string]int32
	minute   time.Time
	reached  int
}

// drop tells how messages to somebody get lost: with a code in forbidden_list,
// or as failed.
type drop struct {
	code   int
	failed bool
}

// admit decides who of the targets gets a message, and remembers it for the
// limits. Whom a limit hits is dropped without a word to the caller (docs,
// "asynchronous sending of work notifications", read 2026-11-22).
func (s *messageState) admit(t *task, targets []string, drops map[string]drop, opts *Options) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(t.at)
	if t.everyone {
		if s.everyone >= everyonePerDay {
			return errEveryoneTooMuch
		}
		s.everyone++
	}
	had := s.seen[t.contentHash]
	if had == nil {
		had = make(map[string]struct{}, len(targets))
		s.seen[t.contentHash] = had
	}
	t.targets = len(targets)
	t.receivers = make([]string, 0, len(targets))
	for _, userID := range targets {
		lost, isLost := drops[userID]
		_, duplicate := had[userID]
		switch {
		case isLost && lost.failed:
			t.failed = append(t.failed, userID)
		case isLost:
			t.forbid(userID, lost.code)
		case duplicate:
			t.forbid(userID, CodeDuplicate)
		case int(s.perDay[userID]) >= opts.MessagesPerPersonPerDay:
			t.forbid(userID, CodePerDay)
		case opts.PeoplePerMinute > 0 && s.reached >= opts.PeoplePerMinute:
			t.forbid(userID, CodePerMinute)
		default:
			had[userID] = struct{}{}
			s.perDay[userID]++
			s.reached++
			t.receivers = append(t.receivers, userID)
		}
	}
	return nil
}

func (t *task) forbid(userID string, code int) {
	t.forbidden = append(t.forbidden, Forbidden{UserID: userID, Code: code})
}

// turn starts new counters when a day or minute is over. Days are those of
// China, as DingTalk's.
func (s *messageState) turn(now time.Time) {
	if day := now.In(chinaTime()).Format(time.DateOnly); day != s.day {
		s.day, s.everyone = day, 0
		s.seen = make(map[contentHash]map[string]struct{})
		s.perDay = make(map[string]int32)
	}
	if age := now.Sub(s.minute); age >= time.Minute || age < 0 {
		s.minute, s.reached = now, 0
	}
}

func chinaTime() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// progress returns how many receivers have the message and how far sending is,
// 0 to 1. The caller holds the lock.
func (t *task) progress(now time.Time, opts *Options) (sent int, done float64) {
	done = 1
	if opts.SendSteps > 0 {
		done = min(done, float64(t.polls)/float64(opts.SendSteps))
	}
	if opts.SendTime > 0 {
		done = min(done, max(0, float64(now.Sub(t.at))/float64(opts.SendTime)))
	}
	if t.recalled {
		return t.kept, done
	}
	return int(float64(len(t.receivers)) * done), done
}

// readers splits the receivers who have the message. The caller holds the lock.
func (t *task) readers(now time.Time, opts *Options) (read, unread []string) {
	sent, _ := t.progress(now, opts)
	have := t.receivers[:sent]
	if opts.AutoRead || t.readByAll {
		return have, nil
	}
	for _, userID := range have {
		if _, ok := t.read[userID]; ok {
			read = append(read, userID)
		} else {
			unread = append(unread, userID)
		}
	}
	return read, unread
}

// Sent returns the accepted messages in the order of acceptance, with who has
// got each.
func (em *Emulator) Sent() []Message {
	em.outbox.mu.RLock()
	tasks := slices.Collect(maps.Values(em.outbox.tasks))
	em.outbox.mu.RUnlock()
	slices.SortFunc(tasks, func(a, b *task) int { return cmp.Compare(a.id, b.id) })
	messages := make([]Message, len(tasks))
	for i, t := range tasks {
		messages[i] = em.describe(t)
	}
	return messages
}

func (em *Emulator) describe(t *task) Message {
	now := em.opts.Now()
	t.app.messages.mu.Lock()
	defer t.app.messages.mu.Unlock()
	sent, _ := t.progress(now, &em.opts)
	read, _ := t.readers(now, &em.opts)
	return Message{
		TaskID: t.id, CorpID: t.app.company.corpID, ClientID: t.app.clientID, AgentID: t.agentID,
		Time: t.at, Type: t.kind, Body: slices.Clone(t.body), Everyone: t.everyone,
		Recipients: slices.Clone(t.receivers[:sent]), Read: slices.Clone(read),
		Forbidden: slices.Clone(t.forbidden), Failed: slices.Clone(t.failed),
		InvalidUsers: slices.Clone(t.badUsers), InvalidDepartments: slices.Clone(t.badDepts),
		Recalled: t.recalled,
	}
}

// Received returns how many messages each person of a company has got, recalled
// ones included, those who got none left out.
func (em *Emulator) Received(corpID string) map[string]int {
	counts := make(map[string]int)
	for _, m := range em.Sent() {
		if m.CorpID != corpID {
			continue
		}
		for _, userID := range m.Recipients {
			counts[userID]++
		}
	}
	return counts
}

// Read lets somebody open a message. It returns ErrNotFound for a task that
// does not exist or that the person has not got.
func (em *Emulator) Read(userID string, taskID int64) error {
	t := em.outbox.find(taskID)
	if t == nil {
		return fmt.Errorf("%w: task %d", ErrNotFound, taskID)
	}
	now := em.opts.Now()
	t.app.messages.mu.Lock()
	defer t.app.messages.mu.Unlock()
	sent, _ := t.progress(now, &em.opts)
	if t.recalled || !slices.Contains(t.receivers[:sent], userID) {
		return fmt.Errorf("%w: task %d at person %q", ErrNotFound, taskID, userID)
	}
	if t.read == nil {
		t.read = make(map[string]struct{})
	}
	t.read[userID] = struct{}{}
	return nil
}

// ReadAll lets everybody open a message as soon as they have it. It returns
// ErrNotFound for a task that does not exist.
func (em *Emulator) ReadAll(taskID int64) error {
	t := em.outbox.find(taskID)
	if t == nil {
		return fmt.Errorf("%w: task %d", ErrNotFound, taskID)
	}
	t.app.messages.mu.Lock()
	defer t.app.messages.mu.Unlock()
	t.readByAll = true
	return nil
}

// ForbidMessages drops every later message to somebody with a code in
// forbidden_list, such as CodeForbiddenContent; code 0 lets them through again.
// It returns ErrNotFound for the company.
func (em *Emulator) ForbidMessages(corpID, userID string, code int) error {
	return em.setDrop(corpID, userID, drop{code: code}, code != 0)
}

// FailMessages lets sending of every later message to somebody fail, or not. It
// returns ErrNotFound for the company.
func (em *Emulator) FailMessages(corpID, userID string, fail bool) error {
	return em.setDrop(corpID, userID, drop{failed: true}, fail)
}

func (em *Emulator) setDrop(corpID, userID string, d drop, on bool) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	co.dropMu.Lock()
	defer co.dropMu.Unlock()
	// Replaced rather than changed: a send in progress reads the old one.
	drops := maps.Clone(co.drops)
	if drops == nil {
		drops = make(map[string]drop)
	}
	delete(drops, userID)
	if on {
		drops[userID] = d
	}
	co.drops = drops
	return nil
}

func (co *company) currentDrops() map[string]drop {
	co.dropMu.Lock()
	defer co.dropMu.Unlock()
	return co.drops
}

func (em *Emulator) resetMessages() {
	em.outbox.mu.Lock()
	em.outbox.tasks = make(map[int64]*task)
	em.outbox.mu.Unlock()
	for _, a := range em.allApps() {
		a.messages.mu.Lock()
		a.messages.day = ""
		a.messages.minute = time.Time{}
		a.messages.mu.Unlock()
	}
}
