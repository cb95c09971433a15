package gather

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// timeout bounds the work of a group.
const timeout = 10 * time.Second

var errNotDone = errors.New("gather: the shared work ended without an outcome")

// Queue does pieces of work in groups. Its fields are set before the first use;
// it is safe for concurrent use.
type Queue[T any] struct {
	// Work does a group and sets the Err of each. Its context outlives that of
	// any single caller, and ends after 10 s.
	Work func(ctx context.Context, group []*Share[T])
	// MaxLeaders is how many groups are done at the same time, MaxGroup how
	// large they get: by the number of pieces, or by what they Weigh.
	MaxLeaders int
	MaxGroup   int
	Weigh      func(piece T) int

	mu      sync.Mutex
	leaders int
	waiting []*Share[T]
}

// Share is one caller's part in a group.
type Share[T any] struct {
	Piece T
	Err   error
	// turn says that the caller is to do the next group; it is closed when Err
	// is the outcome. Who leads at once has none.
	turn chan struct{}
}

// Do returns when a piece of work is done or could not be. When ctx ends before
// its turn it is not done.
func (q *Queue[T]) Do(ctx context.Context, piece T) error {
	s := &Share[T]{Piece: piece}
	if q.enter(s) {
		q.lead(ctx, s)
		return s.Err
	}
	var lead bool
	select {
	case _, lead = <-s.turn:
	case <-ctx.Done():
		if q.leave(s) {
			return ctx.Err()
		}
		_, lead = <-s.turn // begun, or about to
	}
	if lead {
		q.lead(ctx, s)
	}
	return s.Err
}

// enter reports whether a piece leads at once; it waits otherwise.
func (q *Queue[T]) enter(s *Share[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.leaders < q.MaxLeaders {
		q.leaders++
		return true
	}
	s.turn = make(chan struct{}, 1)
	q.waiting = append(q.waiting, s)
	return false
}

// leave takes back a piece that nobody has begun.
func (q *Queue[T]) leave(s *Share[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, s)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// appoint makes the first who waits the next leader; without any there is one
// leader less.
func (q *Queue[T]) appoint() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.leaders--
		return
	}
	s := q.waiting[0]
	q.waiting = slices.Delete(q.waiting, 0, 1)
	s.turn <- struct{}{}
}

// join takes those that wait into a leader's group, as many as it holds.
func (q *Queue[T]) join(leader *Share[T]) []*Share[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, q.size(leader)
	for n < len(q.waiting) && size+q.size(q.waiting[n]) <= q.MaxGroup {
		size += q.size(q.waiting[n])
		n++
	}
	group := append([]*Share[T]{leader}, q.waiting[:n]...)
	q.waiting = slices.Delete(q.waiting, 0, n)
	return group
}

func (q *Queue[T]) size(s *Share[T]) int {
	if q.Weigh == nil {
		return 1
	}
	return q.Weigh(s.Piece)
}

// lead does a leader's piece together with those that wait, then appoints the
// next one. The group is done whatever becomes of the leader's own request.
func (q *Queue[T]) lead(ctx context.Context, leader *Share[T]) {
	group := q.join(leader)
	defer func() {
		for _, s := range group[1:] {
			close(s.turn)
		}
		q.appoint()
	}()
	for _, s := range group {
		s.Err = errNotDone // unless Work returns and says otherwise
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	q.Work(ctx, group)
}
