package dingtalk

import (
	"time"

	"github.com/go-kit/kit/metrics"

	"github.com/thirdapp/thirdapp/internal/instrument"
	"github.com/thirdapp/thirdapp/provider"
)

// Metrics are the instruments of calls to DingTalk, of all apps together; zero
// fields discard. Their labels have a "provider", always "dingtalk", so that
// other office apps can share the instruments.
type Metrics struct {
	// Calls counts calls, each attempt by itself, by the labels "provider", "api",
	// the path of the API, and "code", the name of a provider.Code.
	Calls metrics.Counter
	// Seconds observes how long calls took, without the wait for their turn, by
	// the labels "provider" and "api".
	Seconds metrics.Histogram
	// Paced observes how long calls waited for their turn under the pace that
	// DingTalk allows, in seconds, by the labels "provider" and "api".
	Paced metrics.Histogram
}

func (m Metrics) withDefaults() Metrics {
	m.Calls = instrument.Counter(m.Calls)
	m.Seconds, m.Paced = instrument.Histogram(m.Seconds), instrument.Histogram(m.Paced)
	return m
}

func (m Metrics) called(a api, err error, took time.Duration) {
	m.Calls.With("provider", string(provider.DingTalk), "api", a.path, "code", provider.CodeOf(err).String()).Add(1)
	m.Seconds.With("provider", string(provider.DingTalk), "api", a.path).Observe(took.Seconds())
}

func (m Metrics) waited(a api, d time.Duration) {
	m.Paced.With("provider", string(provider.DingTalk), "api", a.path).Observe(d.Seconds())
}
