package identity

import (
	"github.com/go-kit/kit/metrics"

	"github.com/thirdapp/thirdapp/internal/instrument"
	"github.com/thirdapp/thirdapp/provider"
)

// Metrics are the instruments of a [Service]; zero fields discard.
type Metrics struct {
	// Logins counts logins by the labels "provider" and "code", the name of a
	// provider.Code: "ok" once the session is stored, else why a step of a login
	// was refused or failed. A login of which it is not known yet where it leads,
	// such as one with a wrong state, is of provider "unknown".
	Logins metrics.Counter
}

func (m Metrics) withDefaults() Metrics {
	m.Logins = instrument.Counter(m.Logins)
	return m
}

// unknownProvider stands for what a request merely claims: whatever somebody
// writes into an address must not become a label.
const unknownProvider provider.Kind = "unknown"

func (m Metrics) count(kind provider.Kind, err error) {
	if kind == "" {
		kind = unknownProvider
	}
	m.Logins.With("provider", string(kind), "code", provider.CodeOf(err).String()).Add(1)
}

// countFailure counts a step that is not the last one: with it alone nobody is
// in.
func (m Metrics) countFailure(kind provider.Kind, err error) {
	if err != nil {
		m.count(kind, err)
	}
}
