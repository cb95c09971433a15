package dingtalk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// recovery is how long a slowed API takes from a standstill to full speed.
	recovery = 10 * time.Second
	// slowest is the least share of the full speed.
	slowest = 1.0 / 16
	// margin is the share of the allowed speed that is used, so that a call
	// that is late on its way does not fall into the second of the next ones.
	margin = 0.95
	// settle is how long after a slowing further throttling answers are taken
	// as being to calls from before it.
	settle = time.Second
)

// pacer keeps an app's calls under what DingTalk allows, each API by itself. It
// works on real time, not on the injected clock, as DingTalk does. It is safe
// for concurrent use.
type pacer struct {
	full rate.Limit

	mu      sync.Mutex
	buckets map[string]*bucket
}

// newPacer returns a pacer; -1 means no pacing.
func newPacer(callsPerSecond int) *pacer {
	full := margin * rate.Limit(callsPerSecond)
	if callsPerSecond < 0 {
		full = rate.Inf
	}
	return &pacer{full: full, buckets: make(map[string]*bucket)}
}

// wait returns when a call of the API may be made. The error is the context's,
// or a *tooLateError at once when the turn comes after its deadline.
func (p *pacer) wait(ctx context.Context, path string) error {
	return p.bucket(path).wait(ctx)
}

// slow halves the speed of an API, which then recovers by and by, and makes no
// call for the given time.
func (p *pacer) slow(path string, pause time.Duration) {
	p.bucket(path).slow(time.Now(), pause)
}

func (p *pacer) bucket(path string) *bucket {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.buckets[path]
	if !ok {
		// Calls are spread evenly: a burst would fill the second that DingTalk
		// counts twice.
		b = &bucket{full: p.full, limiter: rate.NewLimiter(p.full, 1)}
		p.buckets[path] = b
	}
	return b
}

// bucket paces one API.
type bucket struct {
	full rate.Limit

	mu sync.Mutex
	// limiter hands out turns; a new one takes its place when the speed is
	// lowered.
	limiter *rate.Limiter
	// slowed is when the speed was last lowered, to low; zero at full speed.
	slowed time.Time
	low    rate.Limit
	// closedUntil is the end of a pause DingTalk asked for.
	closedUntil time.Time
}

// wait takes a turn. Whoever waits for one while the API is slowed or closed
// takes another: their turn was one of the speed that was too much.
func (b *bucket) wait(ctx context.Context) error {
	for {
		queue, pause := b.prepare(time.Now())
		if pause > longestRest {
			return &tooLateError{pause}
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		now := time.Now()
		turn := queue.ReserveN(now, 1)
		if err := sleep(ctx, turn.DelayFrom(now)); err != nil {
			turn.Cancel()
			return err
		}
		if still, pause := b.prepare(time.Now()); still == queue && pause <= 0 {
			return nil
		}
	}
}

// prepare sets the speed of this moment and returns the queue for turns and the
// pause still to keep.
func (b *bucket) prepare(now time.Time) (*rate.Limiter, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.slowed.IsZero() {
		b.limiter.SetLimitAt(now, b.speed(now))
	}
	return b.limiter, b.closedUntil.Sub(now)
}

// speed is the speed of this moment; b.mu is held.
func (b *bucket) speed(now time.Time) rate.Limit {
	if b.slowed.IsZero() {
		return b.full
	}
	speed := b.low + b.full*rate.Limit(now.Sub(b.slowed).Seconds()/recovery.Seconds())
	if speed >= b.full {
		b.slowed = time.Time{}
		return b.full
	}
	return speed
}

func (b *bucket) slow(now time.Time, pause time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := now.Add(pause); until.After(b.closedUntil) {
		b.closedUntil = until
	}
	if b.full == rate.Inf || now.Sub(b.slowed) < settle {
		return
	}
	b.low = max(b.speed(now)/2, b.full*slowest)
	b.slowed = now
	b.limiter = rate.NewLimiter(b.low, 1)
	b.limiter.AllowN(now, 1) // the call that was refused had a turn
}

// tooLateError says that a call's turn does not come in time.
type tooLateError struct{ wait time.Duration }

// Error implements error.
func (e *tooLateError) Error() string {
	return fmt.Sprintf("next call allowed in %s", e.wait.Round(time.Millisecond))
}

// sleep waits for d. When the context ends before, it returns a *tooLateError
// at once; when it is cancelled meanwhile, its error.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return &tooLateError{d}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
