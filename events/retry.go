package events

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxRetryAfter bounds how long an endpoint may ask to be left alone.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header Retry-After (RFC 9110, 10.2.3): seconds or a
// date. What is neither, or lies in the past, is 0.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	seconds, err := strconv.ParseUint(value, 10, 63)
	switch {
	case err != nil:
		return 0
	case seconds > uint64(maxRetryAfter/time.Second):
		return maxRetryAfter
	}
	return time.Duration(seconds) * time.Second
}

// vary returns d, more or less by up to a fifth: what failed together should
// not come back together.
func vary(d time.Duration) time.Duration {
	fifth := int64(d / 5)
	if fifth <= 0 {
		return d
	}
	return d + time.Duration(rand.Int64N(2*fifth+1)-fifth) //nolint:gosec // spreads load, guards nothing
}

// turns lets one delivery at a time go to each endpoint that fails.
type turns struct {
	mu    sync.Mutex
	taken map[turn]bool
}

type turn struct{ tenant, subscription string }

// take claims an endpoint and returns how to give it back; false when another
// delivery has it.
func (f *turns) take(t turn) (release func(), ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.taken[t] {
		return nil, false
	}
	if f.taken == nil {
		f.taken = make(map[turn]bool)
	}
	f.taken[t] = true
	return func() { f.release(t) }, true
}

func (f *turns) release(t turn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.taken, t)
}

// The bounds of the pause before a delivery asks for its turn again.
const (
	minTurnPause = 5 * time.Second
	maxTurnPause = 10 * time.Minute
)

// turnPause grows with the time that an endpoint has been failing, so that a
// long queue for a dead one is no work.
func turnPause(failing time.Duration) time.Duration {
	return vary(min(max(failing, minTurnPause), maxTurnPause))
}
