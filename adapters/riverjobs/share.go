package riverjobs

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// lookBehindEvery is the least time between two looks behind the backlog of a
// queue.
const lookBehindEvery = 50 * time.Millisecond

// share bounds the jobs of one tenant that a queue works at a time. Jobs take
// their places as they are claimed; none is claimed that would have none.
type share struct {
	limit int
	// wake makes the queue look for jobs again.
	wake func()

	mu     sync.Mutex
	places map[int64]string // tenants by job id
	taken  map[string]int   // places by tenant
	// behind is true while jobs may be waiting for a place.
	behind bool
	// lookedAt is when the queue last looked behind its backlog; timer is set
	// while it is to do so.
	lookedAt time.Time
	timer    *time.Timer
	// further is where it goes on to look for those in the middle, nil for from
	// the newest; every other look is for those and onward tells which.
	further *position
	onward  bool
}

func newShare(limit int, wake func()) *share {
	return &share{limit: limit, wake: wake, places: map[int64]string{}, taken: map[string]int{}}
}

// room is how many jobs can be claimed, whosever they are, so that nobody gets
// more than the share.
func (s *share) room() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := 0
	for _, n := range s.taken {
		most = max(most, n)
	}
	return max(0, s.limit-most)
}

// take gives places to claimed jobs.
func (s *share) take(rows []*rivertype.JobRow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range rows {
		t := tenantOf(row)
		s.places[row.ID] = t
		s.taken[t]++
	}
}

func tenantOf(row *rivertype.JobRow) string {
	var a args
	_ = json.Unmarshal(row.EncodedArgs, &a) // what cannot be read is nobody's; River says so
	return a.Tenant
}

// release gives a job's place back, if it has one. Who may have waited for it
// is looked for.
func (s *share) release(id int64) {
	s.mu.Lock()
	t, ok := s.places[id]
	wake := ok && s.behind
	if ok {
		delete(s.places, id)
		if s.taken[t]--; s.taken[t] == 0 {
			delete(s.taken, t)
		}
	}
	s.mu.Unlock()
	if wake {
		s.wake()
	}
}

// setBehind notes whether jobs may be waiting for a place.
func (s *share) setBehind(behind bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind = behind
}

// each is how many jobs a tenant that is not busy can be given.
func (s *share) each() int { return s.limit - s.limit/2 }

// lookBehind reports whether it is time to look behind the backlog, and returns
// where: at the newest jobs, or further on, less those of the tenants that have
// much of their share already. When it is not time yet, the queue is woken when
// it is.
func (s *share) lookBehind(now time.Time) (where stretch, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := lookBehindEvery - now.Sub(s.lookedAt); wait > 0 {
		s.lookIn(wait)
		return stretch{}, false
	}
	s.lookedAt = now
	where = stretch{before: newest(), busy: []string{}, each: s.each()}
	if s.onward = s.further != nil && !s.onward; s.onward {
		where.before = *s.further
	}
	for t, n := range s.taken {
		if n > s.limit-s.each() {
			where.busy = append(where.busy, t)
		}
	}
	return where, true
}

// looked notes where the stretch ends that was looked at, and has the queue go on
// from there: of the jobs between the oldest and the newest some may be of a
// tenant that has nothing else.
func (s *share) looked(end *position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.onward || s.further == nil {
		s.further = end
	}
	if s.further != nil {
		s.lookIn(lookBehindEvery)
	}
}

// lookIn has the queue look for jobs after a while.
func (s *share) lookIn(wait time.Duration) {
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, s.lookAgain)
	}
}

func (s *share) lookAgain() {
	s.mu.Lock()
	s.timer = nil
	s.mu.Unlock()
	s.wake()
}
