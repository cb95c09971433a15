package sync

import "time"

// NextTimes returns the next n times of a schedule, or why it can have none.
func NextTimes(s Schedule, jitter time.Duration, now time.Time, n int) ([]time.Time, error) {
	times, err := s.times(jitter, now)
	if err != nil {
		return nil, err
	}
	list := make([]time.Time, n)
	for i := range list {
		now = times.next(now)
		list[i] = now
	}
	return list, nil
}
