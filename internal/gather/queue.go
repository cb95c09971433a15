package gather

import (
	"context"
	"errors"
	"runtime"
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
	// Patient lets callers whose group is done run before the next one is taken:
	// those who come back at once are in it. That pays where each group costs a
	// commit.
	Patient bool
	// Key says whose a piece is: those of one key are in one group at a time, so
	// that slow groups of one leave the other leaders to others. nil is nobody's.
	Key func(piece T) string

	mu      sync.Mutex
	leaders int
	waiting []*Share[T]
	busy    map[string]bool // by the keys of the groups that are being done
}

// Share is one caller's part in a group.
type Share[T any] struct {
	Piece T
	Err   error

	ctx context.Context //nolint:containedctx // the caller's, which waits in Do
	// done is closed when Err is the outcome of one who waited.
	done chan struct{}
	// panicked is what the work of the group ended with, if this is its first.
	panicked any
}

func (s *Share[T]) outcome() error {
	if s.panicked != nil {
		panic(s.panicked)
	}
	return s.Err
}

// Do returns when a piece of work is done or could not be. When ctx ends before
// its turn it is not done. A panic of the work is one of the first caller of its
// group, and an error of the others.
func (q *Queue[T]) Do(ctx context.Context, piece T) error {
	s := &Share[T]{Piece: piece, ctx: ctx}
	if q.enter(s) {
		q.workAlone(s)
		return s.Err
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		if q.leave(s) {
			return ctx.Err()
		}
		<-s.done
	}
	return s.outcome()
}

// enter reports whether a piece can be done at once; it waits otherwise.
func (q *Queue[T]) enter(s *Share[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.leaders < q.MaxLeaders && q.free(s) {
		q.leaders++
		q.occupy([]*Share[T]{s}, true)
		return true
	}
	s.done = make(chan struct{})
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

// workAlone does the first piece, for which nobody else waits, and has those
// who came meanwhile done by another goroutine: this caller has its answer.
func (q *Queue[T]) workAlone(s *Share[T]) {
	alone := []*Share[T]{s}
	defer func() {
		if group := q.next(alone); group != nil {
			go q.lead(group)
		}
	}()
	q.work(alone)
}

// lead does one group after the other until nobody waits.
func (q *Queue[T]) lead(group []*Share[T]) {
	for group != nil {
		q.workFor(group)
		group = q.next(group)
	}
}

// workFor is work for callers who wait.
func (q *Queue[T]) workFor(group []*Share[T]) {
	defer func() {
		group[0].panicked = recover()
		for _, s := range group {
			close(s.done)
		}
	}()
	q.work(group)
}

// next takes the next group after one that is done out of those that wait, as
// many as it holds. Without any there is one leader less.
func (q *Queue[T]) next(done []*Share[T]) []*Share[T] {
	if q.Patient {
		runtime.Gosched()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.occupy(done, false)
	group, size := []*Share[T](nil), 0
	for _, s := range q.waiting {
		if !q.free(s) {
			continue
		}
		if size += q.size(s); size > q.MaxGroup && len(group) > 0 {
			break
		}
		group = append(group, s)
	}
	if len(group) == 0 {
		q.leaders--
		return nil
	}
	q.occupy(group, true)
	taken := 0
	q.waiting = slices.DeleteFunc(q.waiting, func(s *Share[T]) bool { // the group is in their order
		is := taken < len(group) && group[taken] == s
		if is {
			taken++
		}
		return is
	})
	return group
}

// free reports whether no group has pieces of the same key.
func (q *Queue[T]) free(s *Share[T]) bool { return q.Key == nil || !q.busy[q.Key(s.Piece)] }

// occupy notes the keys of a group that is begun, or done.
func (q *Queue[T]) occupy(group []*Share[T], begun bool) {
	if q.Key == nil {
		return
	}
	if q.busy == nil {
		q.busy = make(map[string]bool)
	}
	for _, s := range group {
		if begun {
			q.busy[q.Key(s.Piece)] = true
		} else {
			delete(q.busy, q.Key(s.Piece))
		}
	}
}

func (q *Queue[T]) size(s *Share[T]) int {
	if q.Weigh == nil {
		return 1
	}
	return q.Weigh(s.Piece)
}

// work does a group, whatever becomes of the callers' own requests.
func (q *Queue[T]) work(group []*Share[T]) {
	for _, s := range group {
		s.Err = errNotDone // unless Work returns and says otherwise
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(group[0].ctx), timeout)
	defer cancel()
	q.Work(ctx, group)
}
