package dingtalktest

import (
	"sync"
	"time"
)

// messageState is what an app has sent today by work notification.
type messageState struct {
	mu       sync.Mutex
	day      string
	everyone int
	seen     map[contentHash]map[string]struct{}
	perDay   map[string]int32
	minute   time.Time
	reached  int
}

// admit decides who of the targets gets a message, and remembers it for the
// limits. Whom a limit hits is dropped without a word to the caller (docs,
// "asynchronous sending of work notifications", read 2026-11-22).
func (s *messageState) admit(t *task, targets []string, drops map[string]drop, opts *Options) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(t.at)
	if t.everyone {
		if s.everyone >= opts.EveryonePerDay {
			return errEveryoneTooMuch
		}
		s.everyone++
	}
	had := s.had(t, len(targets), opts)
	t.targets = len(targets)
	t.receivers = make([]string, 0, len(targets))
	for _, userID := range targets {
		lost, isLost := drops[userID]
		if isLost && lost.failed {
			t.failed = append(t.failed, userID)
			continue
		}
		code := lost.code
		if !isLost {
			code = s.overLimit(userID, had, opts)
		}
		if code != 0 {
			t.forbid(userID, code)
			continue
		}
		if had != nil {
			had[userID] = struct{}{}
		}
		s.perDay[userID]++
		s.reached++
		t.receivers = append(t.receivers, userID)
	}
	return nil
}

// overLimit returns the code of the limit that somebody meets, 0 for none.
func (s *messageState) overLimit(userID string, had map[string]struct{}, opts *Options) int {
	_, duplicate := had[userID]
	switch {
	case duplicate:
		return CodeDuplicate
	case int(s.perDay[userID]) >= opts.MessagesPerPersonPerDay:
		return CodePerDay
	case s.reached >= opts.PeoplePerMinute:
		return CodePerMinute
	}
	return 0
}

// had returns who has had the content today, nil when nobody minds.
func (s *messageState) had(t *task, size int, opts *Options) map[string]struct{} {
	if !opts.obeys(RuleDuplicates) {
		return nil
	}
	had := s.seen[t.hash]
	if had == nil {
		had = make(map[string]struct{}, size)
		s.seen[t.hash] = had
	}
	return had
}

// turn starts new counters when a day or minute is over. Days are those of
// China, as DingTalk's.
func (s *messageState) turn(now time.Time) {
	if day := now.In(chinaTime()).Format(time.DateOnly); day != s.day {
		s.day, s.everyone = day, 0
		s.seen = make(map[contentHash]map[string]struct{})
		s.perDay = make(map[string]int32)
	}
	if age := now.Sub(s.minute); age >= time.Minute || age < 0 {
		s.minute, s.reached = now, 0
	}
}

func chinaTime() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }
