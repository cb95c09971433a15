package dingtalktest

import (
	"slices"
	"strconv"
	"sync"
)

// firstTaskID makes task ids as long as real ones.
const firstTaskID = 256_271_667_000

// outbox knows every accepted message that is not forgotten.
type outbox struct {
	// limit is how many messages are kept; 0 is all.
	limit int

	mu     sync.RWMutex
	lastID int64
	tasks  []*task // oldest first
	byID   map[int64]*task
	byKey  map[string]*task
	// forgotten counts what people got of messages that are no longer kept.
	forgotten map[address]int
	contents  map[contentKey]*content

	// indexed is how many of tasks are in inboxes, from the oldest on. The
	// index is built when somebody looks, so that sending does not pay for it.
	indexed int
	inboxes map[address][]arrival
}

// address is one person of one company.
type address struct {
	company *company
	userID  string
}

// arrival is a message in somebody's inbox, and the place among its receivers.
type arrival struct {
	task  *task
	place int
}

type contentKey struct{ kind, raw string }

// sharedContents bounds how many bodies are compared with new ones.
const sharedContents = 256

func (o *outbox) init(limit int) {
	o.limit = limit
	o.lastID = firstTaskID
	o.reset()
}

func (o *outbox) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tasks, o.indexed = nil, 0
	o.byID = make(map[int64]*task)
	o.byKey = make(map[string]*task)
	o.forgotten = make(map[address]int)
	o.contents = make(map[contentKey]*content)
	o.inboxes = make(map[address][]arrival)
}

// share returns the content of an earlier message with the same body, or a new
// one.
func (o *outbox) share(kind, inner string, raw []byte) *content {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := contentKey{kind, string(raw)}
	if same := o.contents[key]; same != nil {
		return same
	}
	if len(o.contents) >= sharedContents {
		clear(o.contents)
	}
	fresh := &content{kind: kind, inner: inner, raw: raw}
	o.contents[key] = fresh
	return fresh
}

// add gives a message its id and keeps it.
func (o *outbox) add(t *task) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lastID++
	t.id = o.lastID
	o.tasks = append(o.tasks, t)
	o.byID[t.id] = t
	if t.key != "" {
		o.byKey[t.key] = t
	}
	if o.limit > 0 && len(o.tasks) > o.limit {
		o.forget()
	}
}

// forget drops the oldest message. The caller holds the lock.
func (o *outbox) forget() {
	t := o.tasks[0]
	o.tasks[0] = nil
	o.tasks = o.tasks[1:]
	delete(o.byID, t.id)
	delete(o.byKey, t.key)
	wasIndexed := o.indexed > 0
	if wasIndexed {
		o.indexed--
	}
	if !t.personal() {
		return
	}
	for _, userID := range t.receivers {
		to := address{t.company, userID}
		o.forgotten[to]++
		if wasIndexed {
			// Being the oldest, it is the first of every inbox it is in.
			o.inboxes[to] = o.inboxes[to][1:]
		}
	}
}

// personal tells whether the message goes to people rather than to a group.
func (t *task) personal() bool { return t.channel == ChannelWork || t.channel == ChannelRobot }

// find returns a message by its id, nil when there is none.
func (o *outbox) find(id int64) *task {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.byID[id]
}

func (o *outbox) findKey(key string) *task {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.byKey[key]
}

// findName finds a message by what task.name returns.
func (o *outbox) findName(name string) *task {
	if t := o.findKey(name); t != nil {
		return t
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return nil
	}
	return o.find(id)
}

// list returns the kept messages, oldest first.
func (o *outbox) list() []*task {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return slices.Clone(o.tasks)
}

// inbox returns what was sent to somebody, oldest first.
func (o *outbox) inbox(to address) []arrival {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.tasks[o.indexed:] {
		o.indexed++
		if !t.personal() {
			continue
		}
		for place, userID := range t.receivers {
			at := address{t.company, userID}
			o.inboxes[at] = append(o.inboxes[at], arrival{t, place})
		}
	}
	return slices.Clone(o.inboxes[to])
}

// forgottenOf copies how many forgotten messages the people of a company got.
func (o *outbox) forgottenOf(co *company) map[string]int {
	o.mu.RLock()
	defer o.mu.RUnlock()
	counts := make(map[string]int)
	for to, n := range o.forgotten {
		if to.company == co {
			counts[to.userID] = n
		}
	}
	return counts
}
