package sync

import (
	"github.com/go-kit/kit/metrics"

	"github.com/thirdapp/thirdapp/internal/instrument"
)

// Metrics are the instruments of a [Service]; zero fields discard. A run counts
// once, when its end is stored.
type Metrics struct {
	// Runs counts ended runs by the labels "provider", "direction" and "state".
	Runs metrics.Counter
	// Seconds observes how long runs took from when they were asked for, the wait
	// for an approval included, by the labels "provider" and "direction".
	Seconds metrics.Histogram
	// People counts the people that pulls have read, somebody in two departments
	// twice, by the label "provider".
	People metrics.Counter
	// Changes counts the changes of ended runs by the labels "provider",
	// "direction" and "result", which is applied or failed.
	Changes metrics.Counter
}

func (m Metrics) withDefaults() Metrics {
	m.Runs, m.People, m.Changes = instrument.Counter(m.Runs), instrument.Counter(m.People), instrument.Counter(m.Changes)
	m.Seconds = instrument.Histogram(m.Seconds)
	return m
}

// count counts a run whose end is stored.
func (m Metrics) count(r Run) {
	of := []string{"provider", string(r.Provider), "direction", string(r.Direction)}
	m.Runs.With(of...).With("state", string(r.State)).Add(1)
	m.Seconds.With(of...).Observe(r.FinishedAt.Sub(r.CreatedAt).Seconds())
	m.People.With("provider", string(r.Provider)).Add(float64(r.Progress.PeopleRead))
	changes := m.Changes.With(of...)
	changes.With("result", "applied").Add(float64(r.Progress.ChangesApplied))
	changes.With("result", "failed").Add(float64(r.Progress.ChangesFailed))
}
