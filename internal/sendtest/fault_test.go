package sendtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// twice lets the office app deliver a repeated text, so that a repetition shows.
func twice(p *plan) { p.office.RulesOff = []dingtalktest.Rule{dingtalktest.RuleDuplicates} }

// TestUnreliableOffice: three calls in ten fail, in every way that leaves open
// what became of them.
func TestUnreliableOffice(t *testing.T) {
	t.Parallel()
	s := newSite(t, twice)
	s.furnish(t)
	check(t, s.office.ForbidMessages(corpID, person(0), dingtalktest.CodeForbiddenContent))
	faults := dingtalktest.Unreliable(0.3, 11)
	for i := range faults.Mix {
		if faults.Mix[i].Kind != dingtalktest.Throttle { // each makes the client pause for a second
			faults.Mix[i].Weight = 4
		}
	}
	s.office.Fail(faults)
	s.start(t)
	orders := s.mixed("unreliable", 300)
	s.ask(t, orders...)
	extra := s.untimely(t)
	s.finish(t)
	states := s.wantTruth(t, append(orders, extra...))
	for state, least := range map[messaging.DeliveryState]int{
		messaging.DeliveryRead: len(orders) / 2, messaging.DeliveryUncertain: 1, messaging.DeliveryFailed: 1,
		messaging.DeliveryUnbound: 1, messaging.DeliveryExpired: 1, messaging.DeliveryCancelled: 1,
	} {
		if states[state] < least {
			t.Errorf("%d deliveries are %s, want at least %d", states[state], state, least)
		}
	}
}

// TestRepetition: answers get lost of messages that are to arrive at least once.
// They are repeated soon, and what is said of them is true also where the office
// app recognises the repetition by its content.
func TestRepetition(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]func(*plan){"delivered": twice, "recognised": unchanged} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, plan)
			s.furnish(t)
			s.begin(noon)
			s.office.Fail(dingtalktest.Fault{Kind: dingtalktest.Truncate, Path: sendPath, Times: 20})
			s.start(t)
			orders := make([]*order, 40)
			for i := range orders {
				orders[i] = work(fmt.Sprint("repeated ", i), persons(i, 1)...)
				orders[i].request.AtLeastOnce = true
			}
			s.ask(t, orders...)
			s.finish(t)
			states := s.wantTruth(t, orders)
			// Of a message whose repetition was recognised it is not known
			// whether it was read: that is said of the task without an answer.
			if states[messaging.DeliveryRead]+states[messaging.DeliveryDelivered] != len(orders) {
				t.Errorf("deliveries: %v, want all delivered or read", states)
			}
		})
	}
}

// untimely asks for a message that is cancelled, and for one that expires.
func (s *site) untimely(t *testing.T) []*order {
	t.Helper()
	dropped, late := work("dropped", persons(1, 1)...), work("late", persons(1, 1)...)
	dropped.request.SendAt = s.clock.Now().Add(time.Hour)
	late.request.SendAt = s.clock.Now().Add(time.Hour)
	late.request.ExpiresAt = late.request.SendAt.Add(time.Microsecond)
	s.ask(t, dropped, late)
	_, err := s.module.Messages().Cancel(tenant.AsSystem(t.Context(), "test"), here, dropped.id)
	check(t, err)
	return []*order{dropped, late}
}
