package riverjobs

import (
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

const (
	firstRetry   = time.Second
	longestRetry = time.Minute
)

// retryPolicy is the pause before the next attempt of a failed job.
type retryPolicy struct{}

var _ river.ClientRetryPolicy = retryPolicy{}

// NextRetry implements river.ClientRetryPolicy.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(jittered(doubled(firstRetry, job.Attempt-1, longestRetry), 0.75))
}

// doubled returns d doubled n times, at most limit.
func doubled(d time.Duration, n int, limit time.Duration) time.Duration {
	for ; n > 0 && d < limit; n-- {
		d *= 2
	}
	return min(d, limit)
}

// jittered returns between least times d and d.
func jittered(d time.Duration, least float64) time.Duration {
	return time.Duration(float64(d) * (least + (1-least)*rand.Float64())) //nolint:gosec // spreads load, guards nothing
}
