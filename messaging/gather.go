package messaging

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// What comes at the same time shares what costs a way to the database: requests
// that are accepted, and batches that workers read, claim and settle. Whoever
// finds less groups under way than may be does the work of everybody who waits;
// who is alone waits for nobody.
const (
	groupTimeout = 10 * time.Second

	// Requests come in small numbers, and each waits for its answer.
	requestLeaders = 2
	requestGroup   = 32
	// Few large groups are what makes a backlog of batches short.
	batchLeaders = 1
	batchGroup   = 128
)

var errNotDone = errors.New("messaging: the shared work ended without an outcome")

// gathering does pieces of work in groups. It is safe for concurrent use.
type gathering[T any] struct {
	// work does a group and sets the err of each. Its context outlives that of
	// any single request.
	work func(ctx context.Context, group []*share[T])
	// maxLeaders is how many groups are done at the same time, maxGroup how
	// large they get: by the number of pieces, or by what they weigh.
	maxLeaders int
	maxGroup   int
	weigh      func(piece T) int

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
	if g.leaders < g.maxLeaders {
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

// join takes those that wait into a leader's group, as many as it holds.
func (g *gathering[T]) join(leader *share[T]) []*share[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, size := 0, g.size(leader)
	for n < len(g.waiting) && size+g.size(g.waiting[n]) <= g.maxGroup {
		size += g.size(g.waiting[n])
		n++
	}
	group := append([]*share[T]{leader}, g.waiting[:n]...)
	g.waiting = slices.Delete(g.waiting, 0, n)
	return group
}

func (g *gathering[T]) size(s *share[T]) int {
	if g.weigh == nil {
		return 1
	}
	return g.weigh(s.piece)
}

// next does a leader's piece together with those that wait, then appoints the
// next one. The group is done whatever becomes of the leader's request.
func (g *gathering[T]) next(ctx context.Context, leader *share[T]) {
	group := g.join(leader)
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

// together does a group at once: do returns what became of single pieces, nil
// when all went well, or why nothing was done. Then each is tried alone, so that
// nobody suffers for another, unless the database is away for all.
func together[T any](ctx context.Context, group []*share[T], do func(ctx context.Context, pieces []T) ([]error, error)) {
	pieces := make([]T, len(group))
	for i, s := range group {
		pieces[i] = s.piece
	}
	errs, err := do(ctx, pieces)
	alone := err != nil && len(group) > 1 && !errors.Is(err, tenant.ErrUnavailable) && ctx.Err() == nil
	for i, s := range group {
		switch {
		case alone:
			s.err = aloneIn(ctx, s.piece, do)
		case err != nil:
			s.err = err
		default:
			s.err = errorAt(errs, i)
		}
	}
}

func aloneIn[T any](ctx context.Context, piece T, do func(ctx context.Context, pieces []T) ([]error, error)) error {
	errs, err := do(ctx, []T{piece})
	return cmp.Or(err, errorAt(errs, 0))
}

func errorAt(errs []error, i int) error {
	if errs == nil {
		return nil
	}
	return errs[i]
}
