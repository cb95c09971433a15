package messaging

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Requests that come at the same time share what costs a way to the database.
// Whoever finds less than maxLeaders groups under way does the work of everybody
// who waits; a lone request waits for nobody.
const (
	maxLeaders   = 4
	maxGroup     = 32
	groupTimeout = 10 * time.Second
)

var errNotDone = errors.New("messaging: the shared work ended without an outcome")

// gathering does pieces of work in groups. Its zero value needs only work. It
// is safe for concurrent use.
type gathering[T any] struct {
	// work does a group and sets the err of each. Its context outlives that of
	// any single request.
	work func(ctx context.Context, group []*share[T])

	mu      sync.Mutex
	leaders int
	waiting []*share[T]
}

// share is one request's part in a group.
type share[T any] struct {
	piece T
	err   error
	// lead is closed to make the one who waits do the next group.
	lead chan struct{}
	// done is closed when err is the outcome.
	done chan struct{}
}

// do returns when a piece of work is done or could not be. When ctx ends before
// its turn it is not done.
func (g *gathering[T]) do(ctx context.Context, piece T) error {
	s := &share[T]{piece: piece, lead: make(chan struct{}), done: make(chan struct{})}
	g.enter(s)
	select {
	case <-s.lead:
	case <-s.done:
	case <-ctx.Done():
		if g.leave(s) {
			return ctx.Err()
		}
	}
	select {
	case <-s.lead:
		g.next(ctx, s)
	case <-s.done:
	}
	return s.err
}

// enter lets a piece wait, or lead when there are leaders to spare.
func (g *gathering[T]) enter(s *share[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, s)
	if g.leaders < maxLeaders {
		g.leaders++
		g.appoint()
	}
}

// leave takes back a piece that nobody has begun.
func (g *gathering[T]) leave(s *share[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, s)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// appoint makes the first who waits the next leader; without any there is one
// leader less. g.mu is held.
func (g *gathering[T]) appoint() {
	if len(g.waiting) == 0 {
		g.leaders--
		return
	}
	s := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	close(s.lead)
}

// next does a leader's piece together with those that wait, then appoints the
// next one. The group is done whatever becomes of the leader's request.
func (g *gathering[T]) next(ctx context.Context, leader *share[T]) {
	g.mu.Lock()
	n := min(len(g.waiting), maxGroup-1)
	group := append([]*share[T]{leader}, g.waiting[:n]...)
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.mu.Unlock()
	defer func() {
		for _, s := range group {
			close(s.done)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.appoint()
	}()
	for _, s := range group {
		s.err = errNotDone // unless work returns and says otherwise
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), groupTimeout)
	defer cancel()
	g.work(ctx, group)
}
