package riverjobs

import (
	"context"
	"slices"
	"sync"
	"time"
)

// share bounds the jobs of one tenant that a queue works at a time.
type share struct {
	limit int

	mu sync.Mutex
	by map[string]*places
}

// places are those of one tenant.
type places struct {
	taken   int
	waiting []chan struct{} // in the order in which they came
}

func newShare(limit int) *share { return &share{limit: limit, by: map[string]*places{}} }

// take claims one of the tenant's places and returns how to give it back;
// false when all are taken and none becomes free within patience. Quick jobs
// thus follow each other without a way through the database. Half as many wait
// as have a place: the others are refused at once, to make room for tenants
// whose jobs are behind them.
func (s *share) take(ctx context.Context, tenant string, patience time.Duration) (release func(), ok bool) {
	release = func() { s.release(tenant) }
	turn, ok := s.enter(tenant)
	if turn == nil || !ok {
		return release, ok
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	gone := false
	select {
	case <-turn:
	case <-late.C:
		gone = s.leave(tenant, turn)
	case <-ctx.Done():
		gone = s.leave(tenant, turn)
	}
	if gone {
		return nil, false
	}
	return release, true
}

// enter takes a place, or returns what is closed when one is handed over; false
// when enough are waiting already.
func (s *share) enter(tenant string) (turn chan struct{}, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.by[tenant]
	if p == nil {
		p = &places{}
		s.by[tenant] = p
	}
	if p.taken < s.limit {
		p.taken++
		return nil, true
	}
	if len(p.waiting) >= (s.limit+1)/2 {
		return nil, false
	}
	turn = make(chan struct{})
	p.waiting = append(p.waiting, turn)
	return turn, true
}

// leave gives up waiting; false when a place was handed over meanwhile.
func (s *share) leave(tenant string, turn chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.by[tenant]
	if p == nil {
		return false
	}
	i := slices.Index(p.waiting, turn)
	if i < 0 {
		return false
	}
	p.waiting = slices.Delete(p.waiting, i, i+1)
	return true
}

func (s *share) release(tenant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.by[tenant]
	if len(p.waiting) > 0 { // the place goes to who has waited longest
		close(p.waiting[0])
		p.waiting = slices.Delete(p.waiting, 0, 1)
		return
	}
	if p.taken--; p.taken == 0 {
		delete(s.by, tenant)
	}
}
