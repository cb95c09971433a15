package dingtalktest

import (
	"sync"
	"time"
)

// throttle counts the calls of one app to each API within the current second.
type throttle struct {
	mu      sync.Mutex
	windows map[*route]window
}

type window struct {
	started time.Time
	calls   int
}

// allow reports whether one more call fits. Refused calls do not count (docs,
// "call frequency limit", read 2026-11-22).
func (t *throttle) allow(r *route, now time.Time, perSecond int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.windows == nil {
		t.windows = make(map[*route]window)
	}
	w := t.windows[r]
	if age := now.Sub(w.started); age >= time.Second || age < 0 {
		w = window{started: now}
	}
	if w.calls >= perSecond {
		return false
	}
	w.calls++
	t.windows[r] = w
	return true
}
