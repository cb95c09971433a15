package riverjobs

import (
	"errors"
	"time"

	"github.com/go-kit/kit/metrics"
	"github.com/riverqueue/river"

	"github.com/thirdapp/thirdapp/internal/instrument"
	"github.com/thirdapp/thirdapp/jobs"
)

// Metrics are the instruments of a Runner; zero fields discard.
type Metrics struct {
	// Runs counts runs of jobs in this process by the labels "kind" and
	// "outcome": done, again (it comes back because its work asked for that),
	// failed (it is tried again), panicked (likewise), dropped (it is not), or
	// interrupted (by Stop).
	Runs metrics.Counter
	// Seconds observes how long runs took, by the label "kind".
	Seconds metrics.Histogram
	// Waited observes how many seconds after its time a run began, by the label
	// "kind": what waits for a free worker shows here.
	Waited metrics.Histogram
}

func (m Metrics) withDefaults() Metrics {
	m.Runs = instrument.Counter(m.Runs)
	m.Seconds, m.Waited = instrument.Histogram(m.Seconds), instrument.Histogram(m.Waited)
	return m
}

func (m Metrics) begun(job *river.Job[args], at time.Time) {
	m.Waited.With("kind", job.Kind).Observe(max(0, at.Sub(job.ScheduledAt).Seconds()))
}

func (m Metrics) ended(kind, outcome string, took time.Duration) {
	m.Runs.With("kind", kind, "outcome", outcome).Add(1)
	m.Seconds.With("kind", kind).Observe(took.Seconds())
}

// outcomeOf names how a run has ended; interrupted tells a Runner that stops.
func outcomeOf(err error, interrupted bool) string {
	_, again := jobs.AsAgain(err)
	_, dropped := jobs.AsDrop(err)
	var p *panicError
	switch {
	case err == nil:
		return "done"
	case again:
		return "again"
	case dropped:
		return "dropped"
	case interrupted:
		return "interrupted"
	case errors.As(err, &p):
		return "panicked"
	}
	return "failed"
}
