package gather_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/tenant"
)

var errBad = errors.New("bad piece")

// gate is work that is held back until it is opened, and remembers its groups.
type gate struct {
	open   chan struct{}
	begun  atomic.Int32
	mu     sync.Mutex
	groups [][]int
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) work(_ context.Context, group []*gather.Share[int]) {
	g.begun.Add(1)
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	var pieces []int
	for _, s := range group {
		pieces = append(pieces, s.Piece)
		s.Err = nil
		if s.Piece < 0 {
			s.Err = errBad
		}
	}
	g.groups = append(g.groups, pieces)
}

// eventually fails the test when something has not come true after a while.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("it never came true")
		}
		runtime.Gosched()
	}
}

// callers are calls of Do, one after the other in the queue.
type callers struct {
	t   *testing.T
	q   *gather.Queue[int]
	all sync.WaitGroup
}

// arrive makes a call, and returns once it waits.
func (c *callers) arrive(ctx context.Context, piece int, want error) {
	c.t.Helper()
	before := c.q.Waiting()
	c.all.Go(func() {
		if err := c.q.Do(ctx, piece); !errors.Is(err, want) {
			c.t.Errorf("piece %d: %v, want %v", piece, err, want)
		}
	})
	eventually(c.t, func() bool { return c.q.Waiting() == before+1 })
}

// begin makes the call that leads the first group.
func (c *callers) begin(g *gate, piece int) {
	c.t.Helper()
	n := g.begun.Load()
	c.all.Go(func() {
		if err := c.q.Do(c.t.Context(), piece); err != nil {
			c.t.Errorf("piece %d: %v", piece, err)
		}
	})
	eventually(c.t, func() bool { return g.begun.Load() == n+1 })
}

func (g *gate) want(t *testing.T, groups ...[]int) {
	t.Helper()
	if !slices.EqualFunc(g.groups, groups, slices.Equal) {
		t.Errorf("groups %v, want %v", g.groups, groups)
	}
}

// TestGroups: what comes while a group is under way is the next group, in order
// and up to its size; each piece has its own outcome.
func TestGroups(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := callers{t: t, q: &gather.Queue[int]{Work: g.work, MaxLeaders: 1, MaxGroup: 3}}
	c.begin(g, 0)
	for _, piece := range []int{1, -2, 3, 4} {
		var want error
		if piece < 0 {
			want = errBad
		}
		c.arrive(t.Context(), piece, want)
	}
	close(g.open)
	c.all.Wait()
	g.want(t, []int{0}, []int{1, -2, 3}, []int{4})
	if err := c.q.Do(t.Context(), 5); err != nil { // nobody is left behind as a leader
		t.Error(err)
	}
}

// TestLeaders: as many groups are done at the same time as may be.
func TestLeaders(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := callers{t: t, q: &gather.Queue[int]{Work: g.work, MaxLeaders: 2, MaxGroup: 8}}
	c.begin(g, 0)
	c.begin(g, 1)
	c.arrive(t.Context(), 2, nil)
	if n := g.begun.Load(); n != 2 {
		t.Errorf("%d groups are under way, want 2", n)
	}
	close(g.open)
	c.all.Wait()
}

// TestWeight: a group holds what its pieces weigh.
func TestWeight(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := callers{t: t, q: &gather.Queue[int]{Work: g.work, MaxLeaders: 1, MaxGroup: 10, Weigh: func(n int) int { return n }}}
	c.begin(g, 1)
	for _, weight := range []int{4, 5, 2, 100, 1} {
		c.arrive(t.Context(), weight, nil)
	}
	close(g.open)
	c.all.Wait()
	g.want(t, []int{1}, []int{4, 5}, []int{2}, []int{100}, []int{1})
}

// TestKey: pieces of one key wait for each other, and those of others for none of
// them while there is a leader left.
func TestKey(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := callers{t: t, q: &gather.Queue[int]{Work: g.work, MaxLeaders: 3, MaxGroup: 8, Key: func(n int) string {
		return strconv.Itoa(n / 10)
	}}}
	c.begin(g, 11)
	for _, piece := range []int{12, 13} {
		c.arrive(t.Context(), piece, nil)
	}
	c.begin(g, 21)
	c.arrive(t.Context(), 22, nil)
	if n := g.begun.Load(); n != 2 {
		t.Errorf("%d groups are under way, want 2", n)
	}
	c.begin(g, 31)
	close(g.open)
	c.all.Wait()
	for _, group := range g.groups {
		if len(group) == 1 && (group[0] == 12 || group[0] == 13) {
			t.Errorf("groups %v, want 12 and 13 together", g.groups)
		}
	}
	if err := c.q.Do(t.Context(), 12); err != nil { // no key is left behind
		t.Error(err)
	}
}

// TestGivesUpWaiting: whoever goes away before their turn is left out, and
// nobody else; who goes away during the work of others does not end it.
func TestGivesUpWaiting(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := callers{t: t, q: &gather.Queue[int]{Work: g.work, MaxLeaders: 1, MaxGroup: 8}}
	c.begin(g, 0)
	ctx, cancel := context.WithCancel(t.Context())
	c.arrive(ctx, 1, context.Canceled)
	c.arrive(t.Context(), 2, nil)
	cancel()
	eventually(t, func() bool { return c.q.Waiting() == 1 })
	close(g.open)
	c.all.Wait()
	g.want(t, []int{0}, []int{2})
}

// TestOutlivesItsLeader: a group is done although its leader went away.
func TestOutlivesItsLeader(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	q := gather.Queue[int]{MaxLeaders: 1, MaxGroup: 8, Work: func(inner context.Context, group []*gather.Share[int]) {
		cancel()
		for _, s := range group {
			s.Err = inner.Err()
		}
		if _, ok := inner.Deadline(); !ok {
			t.Error("the work of a group is not bounded")
		}
	}}
	if err := q.Do(ctx, 1); err != nil {
		t.Errorf("got error %v", err)
	}
}

// TestPanic: work that breaks off is a panic of its first caller and an error of
// the others, and holds up nobody after it.
func TestPanic(t *testing.T) {
	t.Parallel()
	g := newGate()
	broken := errors.New("broken")
	q := &gather.Queue[int]{MaxLeaders: 1, MaxGroup: 2}
	q.Work = func(ctx context.Context, group []*gather.Share[int]) {
		if group[0].Piece == 1 {
			panic(broken)
		}
		g.work(ctx, group)
	}
	do := func() (panicked any, err error) {
		defer func() { panicked = recover() }()
		return nil, q.Do(t.Context(), 1)
	}
	c := callers{t: t, q: q}
	c.begin(g, 0)
	c.all.Go(func() {
		if p, err := do(); p != broken { //nolint:errorlint // the very value
			t.Errorf("the first: %v, panic %v", err, p)
		}
	})
	eventually(t, func() bool { return q.Waiting() == 1 })
	c.all.Go(func() {
		if p, err := do(); err == nil || p != nil {
			t.Errorf("the other: %v, panic %v; want an error", err, p)
		}
	})
	eventually(t, func() bool { return q.Waiting() == 2 })
	c.arrive(t.Context(), 3, nil)
	close(g.open)
	c.all.Wait()
	if p, err := do(); p != broken { //nolint:errorlint // the very value
		t.Errorf("alone: %v, panic %v", err, p)
	}
	if err := q.Do(t.Context(), 4); err != nil {
		t.Error(err)
	}
}

// TestTogether: a group that cannot be done is done one by one, so that only the
// bad piece fails, unless the database is away.
func TestTogether(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pieces []int
		cause  error
		want   []error
		calls  int
	}{
		"all well":              {[]int{1, 2}, nil, []error{nil, nil}, 1},
		"an outcome of its own": {[]int{1, 0}, nil, []error{nil, errBad}, 1},
		"one bad":               {[]int{1, -1, 3}, errBad, []error{nil, errBad, nil}, 4},
		"the only one":          {[]int{-1}, errBad, []error{errBad}, 1},
		"away":                  {[]int{1, -1}, tenant.ErrUnavailable, []error{tenant.ErrUnavailable, tenant.ErrUnavailable}, 1},
	} {
		calls := 0
		var group []*gather.Share[int]
		for _, p := range test.pieces {
			group = append(group, &gather.Share[int]{Piece: p})
		}
		gather.Together(t.Context(), group, func(_ context.Context, pieces []int) ([]error, error) {
			calls++
			if slices.Contains(pieces, -1) {
				return nil, test.cause
			}
			if i := slices.Index(pieces, 0); i >= 0 {
				errs := make([]error, len(pieces))
				errs[i] = errBad
				return errs, nil
			}
			return nil, nil
		})
		for i, s := range group {
			if !errors.Is(s.Err, test.want[i]) {
				t.Errorf("%s: piece %d: %v, want %v", name, test.pieces[i], s.Err, test.want[i])
			}
		}
		if calls != test.calls {
			t.Errorf("%s: %d attempts, want %d", name, calls, test.calls)
		}
	}
}
