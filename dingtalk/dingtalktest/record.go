package dingtalktest

import (
	"sync"
	"time"
)

// Call is one request as the emulator saw it.
type Call struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	// CorpID and ClientID name the app whose token or credentials came with the
	// call; empty when they belong to nobody. A custom robot has no ClientID.
	CorpID   string `json:"corpId,omitempty"`
	ClientID string `json:"clientId,omitempty"`
	// Params are the parameters as text, without secrets and access tokens.
	// Lists and objects are JSON.
	Params map[string]string `json:"params"`
	// Outcome is "ok", the error number or name of a refusal, "fault:" and a
	// FaultKind, or "" while the call is under way.
	Outcome string `json:"outcome"`
	// Served is false when a fault kept the call from being looked at.
	Served bool `json:"served"`
}

// recorder remembers the newest calls and counts all of them.
type recorder struct {
	mu     sync.Mutex
	ring   []*recordEntry
	next   int
	total  int
	counts map[string]int
}

// recordEntry is a remembered call. Its parameters are turned into text only
// when somebody looks.
type recordEntry struct {
	recorder *recorder
	call     Call
	params   params
}

func (r *recorder) init(history int) {
	r.ring = make([]*recordEntry, 0, history)
	r.counts = make(map[string]int)
}

// begin records a call that has just been read.
func (r *recorder) begin(c *call) *recordEntry {
	e := &recordEntry{recorder: r, params: c.params, call: Call{
		Time: c.at, Method: c.r.Method, Path: c.r.URL.Path,
	}}
	e.call.CorpID = c.corpID()
	if c.app != nil {
		e.call.ClientID = c.app.clientID
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	if c.route != nil || r.counts[c.r.URL.Path] > 0 || len(r.counts) < maxCountedPaths {
		r.counts[c.r.URL.Path]++
	}
	if len(r.ring) < cap(r.ring) {
		r.ring = append(r.ring, e)
		return e
	}
	r.ring[r.next] = e
	r.next = (r.next + 1) % len(r.ring)
	return e
}

// maxCountedPaths bounds the counters of paths that do not exist.
const maxCountedPaths = 1000

func (e *recordEntry) finish(outcome string, served bool) {
	e.recorder.mu.Lock()
	defer e.recorder.mu.Unlock()
	e.call.Outcome, e.call.Served = outcome, served
}

// Calls returns the newest calls, oldest first, at most Options.CallHistory.
func (em *Emulator) Calls() []Call {
	r := &em.record
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := make([]Call, 0, len(r.ring))
	for i := range r.ring {
		e := r.ring[(r.next+i)%len(r.ring)]
		one := e.call
		one.Params = e.params.shown()
		calls = append(calls, one)
	}
	return calls
}

// CallCount returns how many calls a path got since the start or the last
// Reset, whatever became of them; "" counts all paths.
func (em *Emulator) CallCount(path string) int {
	r := &em.record
	r.mu.Lock()
	defer r.mu.Unlock()
	if path == "" {
		return r.total
	}
	return r.counts[path]
}

// Reset forgets the recorded calls, the messages with everything that was
// counted for their limits, and the events, also those that were not told yet.
// Companies, tokens and faults stay.
func (em *Emulator) Reset() {
	em.record.reset()
	em.resetMessages()
	em.resetEvents()
}

func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.ring)
	r.ring, r.next, r.total = r.ring[:0], 0, 0
	clear(r.counts)
}
