package dingtalk

import (
	"context"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

const (
	// A token is renewed this long before it expires, DingTalk's own advice
	// (docs, "server API calling guide", read 2026-11-22), but never earlier
	// than after seven eighths of its life.
	renewBefore = 10 * time.Minute
	renewShare  = 8
	// failureMemory is how long a refused request for a token stands for all
	// callers: long enough that a storm of them makes one call, short enough
	// that nobody waits after putting things right at DingTalk.
	failureMemory = 5 * time.Second
)

// accessToken is a token and its times.
type accessToken struct {
	value   string
	renew   time.Time
	expires time.Time
}

// tokenSource keeps the access token of one app. One request for a token is
// under way at a time, whatever the number of callers; it goes on when they
// give up. It is safe for concurrent use.
type tokenSource struct {
	fetch   func(context.Context) (string, time.Duration, error)
	now     func() time.Time
	timeout time.Duration

	mu     sync.Mutex
	held   accessToken
	flight *flight
	// failed is the outcome of the last flight when it failed, known until
	// failedUntil.
	failed      error
	failedUntil time.Time
	closed      bool
	flights     sync.WaitGroup
}

// flight is a request for a token that is under way. Its outcome is readable
// after done is closed.
type flight struct {
	done   chan struct{}
	cancel context.CancelFunc
	value  string
	err    error
}

func newTokenSource(
	fetch func(context.Context) (string, time.Duration, error), now func() time.Time, timeout time.Duration,
) *tokenSource {
	return &tokenSource{fetch: fetch, now: now, timeout: timeout}
}

// token returns a token that is valid now. Shortly before the end of its life a
// renewal begins and callers go on with the token at hand. The error is that of
// the fetch, the context's, or errClosed.
func (s *tokenSource) token(ctx context.Context) (string, error) {
	value, f, err := s.begin(ctx)
	if f == nil {
		return value, err
	}
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// begin returns the token at hand, or the flight to wait for.
func (s *tokenSource) begin(ctx context.Context) (string, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	failedLately := s.failed != nil && now.Before(s.failedUntil)
	switch {
	case s.closed:
		return "", nil, errClosed
	case now.Before(s.held.expires):
		if !now.Before(s.held.renew) && !failedLately {
			s.launch(ctx)
		}
		return s.held.value, nil, nil
	case failedLately && !provider.Retryable(s.failed):
		return "", nil, s.failed
	}
	return "", s.launch(ctx), nil
}

// launch starts a flight, or returns the one under way. s.mu is held.
func (s *tokenSource) launch(ctx context.Context) *flight {
	if s.flight != nil {
		return s.flight
	}
	// The flight serves all callers: it keeps the first one's values, not its
	// end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	s.flight = f
	s.flights.Go(func() {
		defer cancel()
		value, life, err := s.fetch(ctx)
		s.land(f, value, life, err)
	})
	return f
}

// land keeps the outcome of a flight.
func (s *tokenSource) land(f *flight, value string, life time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	f.value, f.err, s.failed = value, err, err
	if err == nil {
		s.held = accessToken{
			value:   value,
			renew:   now.Add(life - min(renewBefore, life/renewShare)),
			expires: now.Add(life),
		}
	} else {
		s.failedUntil = now.Add(failureMemory)
	}
	s.flight = nil
	close(f.done)
}

// drop forgets a token that DingTalk refused, unless it was replaced already.
func (s *tokenSource) drop(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.value == value {
		s.held = accessToken{}
	}
}

// close ends the flight under way and waits for it.
func (s *tokenSource) close() {
	s.mu.Lock()
	s.closed = true
	s.held = accessToken{}
	if s.flight != nil {
		s.flight.cancel()
	}
	s.mu.Unlock()
	s.flights.Wait()
}
