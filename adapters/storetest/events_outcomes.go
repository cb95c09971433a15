package storetest

import (
	"testing"

	"github.com/thirdapp/thirdapp/events"
)

func subscriptionOutcomes(t *testing.T, s events.Store) {
	sub := createSubscription(t, s, newSubscription(here, 1))
	bystander := createSubscription(t, s, newSubscription(here, 2))
	steps := []struct {
		name   string
		status int
		reason events.Reason
		want   events.Health
	}{
		{"success", 204, "", events.Health{LastStatus: 204, LastAt: instant(0)}},
		{"first failure", 500, events.ReasonStatus, events.Health{
			LastStatus: 500, LastReason: events.ReasonStatus, LastAt: instant(1), FailingSince: instant(1),
		}},
		{"second failure", 0, events.ReasonTimeout, events.Health{
			LastReason: events.ReasonTimeout, LastAt: instant(2), FailingSince: instant(1),
		}},
		{"success again", 200, "", events.Health{LastStatus: 200, LastAt: instant(3)}},
		{"failure again", 410, events.ReasonGone, events.Health{
			LastStatus: 410, LastReason: events.ReasonGone, LastAt: instant(4), FailingSince: instant(4),
		}},
	}
	for n, step := range steps {
		recordOutcome(t, s, sub, step.status, step.reason, instant(n))
		got := readSubscription(t, s, here, sub.ID)
		if got.Health != step.want || got.Version != sub.Version {
			t.Errorf("%s: got %+v, version %d; want %+v, version %d", step.name, got.Health, got.Version, step.want, sub.Version)
		}
	}
	if got := readSubscription(t, s, here, bystander.ID).Health; got != (events.Health{}) {
		t.Errorf("another subscription: got %+v, want nothing", got)
	}
}

func subscriptionFormerOutcome(t *testing.T, s events.Store) {
	old := createSubscription(t, s, newSubscription(here, 1))
	if err := s.UpdateSubscription(t.Context(), changedSubscription(old), false); err != nil {
		t.Fatal(err)
	}
	recordOutcome(t, s, old, 500, events.ReasonStatus, instant(1))
	if got := readSubscription(t, s, here, old.ID).Health; got != (events.Health{}) {
		t.Errorf("got %+v, want nothing of the version before", got)
	}
	old.ID = "nobody"
	recordOutcome(t, s, old, 500, events.ReasonStatus, instant(1))
}
