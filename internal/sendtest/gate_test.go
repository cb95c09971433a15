package sendtest_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
)

// isSend reports whether a path sends something.
func isSend(path string) bool {
	switch path {
	case sendPath, "/v1.0/robot/oToMessages/batchSend", "/v1.0/robot/groupMessages/send", "/robot/send":
		return true
	default:
		return false
	}
}

// moment is a step of a call that sends something, as the office app sees it.
type moment string

const (
	beforeEffect moment = "before the office app has it"
	beforeAnswer moment = "before it is answered"
	afterAnswer  moment = "right after the answer"
)

// gate stands before the office app and sees every call.
type gate struct {
	office http.Handler
	// sends counts the calls that send something and were answered.
	sends atomic.Int64
	// seen is called with each such call that comes, unless it is nil.
	seen func()

	mu   sync.Mutex
	trap *trap
}

// trap springs at a moment of the n-th call that sends something.
type trap struct {
	at     moment
	left   int
	spring func()
}

// set sets a trap; nil takes it away.
func (g *gate) set(t *trap) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trap = t
}

// caught returns the trap that a call steps into, nil for none.
func (g *gate) caught() *trap {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.trap == nil {
		return nil
	}
	if g.trap.left--; g.trap.left > 0 {
		return nil
	}
	t := g.trap
	g.trap = nil
	return t
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isSend(r.URL.Path) {
		g.office.ServeHTTP(w, r)
		return
	}
	if g.seen != nil {
		g.seen()
	}
	defer g.sends.Add(1)
	t := g.caught()
	switch {
	case t == nil:
		g.office.ServeHTTP(w, r)
	case t.at == beforeEffect:
		t.spring()
		panic(http.ErrAbortHandler)
	case t.at == beforeAnswer:
		g.office.ServeHTTP(httptest.NewRecorder(), r)
		t.spring()
		panic(http.ErrAbortHandler)
	default:
		g.office.ServeHTTP(w, r)
		_ = http.NewResponseController(w).Flush()
		t.spring()
	}
}
