package messaging

import (
	"github.com/go-kit/kit/metrics"

	"github.com/thirdapp/thirdapp/internal/instrument"
	"github.com/thirdapp/thirdapp/provider"
)

// Metrics are the instruments of a [Service]; zero fields discard. They count
// what is stored, once, in the process that has stored it.
type Metrics struct {
	// Deliveries counts deliveries by the labels "provider", "channel" and
	// "state", as they come into a state that says what became of them: accepted,
	// failed, dead, uncertain and expired when an attempt or the wait for one is
	// over, and delivered, read and failed as the office app reports it. One that
	// is read counts as delivered, too; a message to everyone, a group or a webhook
	// counts as one. What somebody cancelled or recalled is not counted.
	Deliveries metrics.Counter
	// Waits counts batches that a quota of the office app has put off, or people
	// of them, by the labels "provider" and "quota". Each wait counts once.
	Waits metrics.Counter
}

func (m Metrics) withDefaults() Metrics {
	m.Deliveries, m.Waits = instrument.Counter(m.Deliveries), instrument.Counter(m.Waits)
	return m
}

// countSettled counts the outcome of a batch once it is stored.
func (m Metrics) countSettled(w Work, st Settlement) {
	switch st.State { //nolint:exhaustive // the rest is to be tried again, or somebody's wish
	case DeliveryAccepted:
		failed := len(st.Refused)
		m.count(w, DeliveryFailed, failed)
		m.count(w, DeliveryAccepted, w.size()-failed-len(st.again.Users))
	case DeliveryScheduled:
		m.countWait(w.Provider, st.quota)
	case DeliveryFailed, DeliveryDead, DeliveryUncertain, DeliveryExpired:
		m.count(w, st.State, w.size())
	}
}

// countTracked counts what a report has changed once it is stored.
func (m Metrics) countTracked(w Work, t Tracked) {
	m.count(w, DeliveryDelivered, t.Delivered)
	m.count(w, DeliveryRead, t.Read)
	m.count(w, DeliveryFailed, t.Failed)
}

func (m Metrics) count(w Work, state DeliveryState, n int) {
	if n > 0 {
		m.Deliveries.With("provider", string(w.Provider), "channel", string(w.Channel), "state", string(state)).Add(float64(n))
	}
}

// countWait counts a wait once it is stored.
func (m Metrics) countWait(kind provider.Kind, q Quota) {
	m.Waits.With("provider", string(kind), "quota", string(q)).Add(1)
}

// size is how many deliveries an attempt is about.
func (w Work) size() int { return max(1, len(w.Users)) }
