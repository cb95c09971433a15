package sendtest_test

import (
	"testing"

	kitprometheus "github.com/go-kit/kit/metrics/prometheus"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
)

// TestMetrics: whatever fails and is repeated on the way, two hosts together
// have counted each delivery once for each state it came into.
func TestMetrics(t *testing.T) {
	t.Parallel()
	counted := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "deliveries"}, []string{"provider", "channel", "state"})
	s := newSite(t, twice, func(p *plan) { p.wiring.messages.Metrics.Deliveries = kitprometheus.NewCounter(counted) })
	s.furnish(t)
	check(t, s.office.ForbidMessages(corpID, person(0), dingtalktest.CodeForbiddenContent))
	s.office.Fail(dingtalktest.Unreliable(0.1, 5))
	second := s.another(t)
	s.start(t)
	second.start(t)
	orders := s.mixed("counted", 40)
	s.ask(t, orders...)
	orders = append(orders, s.untimely(t)...)
	s.finish(t)
	states := s.wantTruth(t, orders)
	got := sums(t, counted, "state")
	for state, want := range map[messaging.DeliveryState]int{
		messaging.DeliveryRead:      states[messaging.DeliveryRead],
		messaging.DeliveryDelivered: states[messaging.DeliveryRead] + states[messaging.DeliveryDelivered],
		messaging.DeliveryFailed:    states[messaging.DeliveryFailed],
		messaging.DeliveryExpired:   states[messaging.DeliveryExpired],
		messaging.DeliveryUncertain: states[messaging.DeliveryUncertain],
		messaging.DeliveryDead:      states[messaging.DeliveryDead],
	} {
		if got[string(state)] != want {
			t.Errorf("%s: counted %d, want %d", state, got[string(state)], want)
		}
	}
	if got[string(messaging.DeliveryCancelled)] != 0 || states[messaging.DeliveryRead] == 0 || states[messaging.DeliveryFailed] == 0 {
		t.Errorf("counted %v of deliveries %v", got, states)
	}
}

// sums returns the values of a counter by one of its labels.
func sums(tb testing.TB, c prometheus.Collector, label string) map[string]int {
	tb.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	check(tb, err)
	got := make(map[string]int)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == label {
					got[l.GetValue()] += int(m.GetCounter().GetValue())
				}
			}
		}
	}
	return got
}
