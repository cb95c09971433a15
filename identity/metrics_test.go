package identity_test

import (
	"maps"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
)

// TestLoginsAreCounted: a login counts when the session is there, a refusal when
// it is made, and what somebody merely claims is no label.
func TestLoginsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	browser := identity.NewBrowser()
	if _, err := w.inApp(t, here, browser); err == nil {
		t.Fatal("somebody who is not bound came in")
	}
	w.person(t, "ann", w.member(), here)
	a, err := w.inApp(t, here, browser)
	check(t, err)
	for range 2 {
		_, err = w.Exchange(t.Context(), identity.Exchange{Ticket: a.Ticket, Browser: browser})
	}
	if err == nil {
		t.Error("a ticket was good twice")
	}
	_, err = w.Finish(t.Context(), identity.Returned{Provider: "made-up", State: provider.NewSecret("x"), Browser: browser})
	if err == nil {
		t.Error("a state of nobody's was good")
	}
	want := map[string]int{
		"dingtalk ok": 1, "dingtalk " + provider.CodeOf(identity.ErrUnbound).String(): 1,
		"dingtalk " + provider.CodeOf(identity.ErrTicket).String(): 1, "unknown " + provider.CodeOf(identity.ErrState).String(): 1,
	}
	if got := w.counted(t); !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// counted returns the logins by "provider code".
func (w *world) counted(tb testing.TB) map[string]int {
	tb.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(w.logins)
	families, err := registry.Gather()
	check(tb, err)
	got := make(map[string]int)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := m.GetLabel() // by name
			got[labels[1].GetValue()+" "+labels[0].GetValue()] += int(m.GetCounter().GetValue())
		}
	}
	return got
}
