package riverjobs

import "sync"

// share bounds the jobs of one tenant that a queue works at a time.
type share struct {
	limit int

	mu      sync.Mutex
	running map[string]int // by tenant; absent is 0
}

func newShare(limit int) *share { return &share{limit: limit, running: map[string]int{}} }

// take claims one of the tenant's places and returns how to give it back;
// false when all are taken.
func (s *share) take(tenant string) (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[tenant] >= s.limit {
		return nil, false
	}
	s.running[tenant]++
	return func() { s.release(tenant) }, true
}

func (s *share) release(tenant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[tenant]--; s.running[tenant] == 0 {
		delete(s.running, tenant)
	}
}
