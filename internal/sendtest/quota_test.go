package sendtest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
)

// TestQuotas sends more than DingTalk takes, with two hosts at once: nothing is
// dropped or refused for it, and all arrives when it may.
func TestQuotas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		plan func(*plan)
		// at is when the burst begins, in China, after midnight.
		at     time.Duration
		orders func() []*order
		// least is how much later the last one must arrive.
		least time.Duration
	}{
		{"webhook", unchanged, noon, toWebhook, time.Minute},
		{"webhook at the turn of a minute", unchanged, noon + 57*time.Second, toWebhook, time.Minute},
		{"people in a minute", paced, noon, toThousands, time.Minute},
		{"people in a minute, at its turn", paced, noon + 57*time.Second, toThousands, time.Minute},
		{"person in a day", unchanged, noon, toOne, 11 * time.Hour},
		{"same content in a day", unchanged, noon, repeated, 35 * time.Hour},
		{"everyone in a day", unchanged, noon, toEveryone, 11 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, tt.plan, patient)
			s.furnish(t)
			second := s.another(t)
			s.begin(tt.at)
			began := s.clock.Now()
			s.start(t)
			second.start(t)
			orders := tt.orders()
			s.ask(t, orders...)
			s.finish(t)
			s.wantWithinQuotas(t)
			s.wantAllArrived(t, orders)
			if took := s.clock.Now().Sub(began); took < tt.least {
				t.Errorf("all has arrived within %s: too soon to have waited", took)
			}
		})
	}
}

// TestQuotaOfRepetitions: messages to a webhook that did not get through are
// repeated minutes later, beside others that waited for their minute.
func TestQuotaOfRepetitions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.furnish(t)
	s.begin(noon)
	// The first 20 fail twice, before the next 20 may be sent; the client itself
	// makes three calls each time.
	s.office.Fail(dingtalktest.Fault{Kind: dingtalktest.ServerError, Path: "/robot/send", Times: 2 * 3 * 20})
	s.start(t)
	orders := make([]*order, 45)
	for i := range orders {
		orders[i] = webhook(fmt.Sprint("again ", i), "hook-0")
	}
	s.ask(t, orders...)
	s.finish(t)
	s.wantWithinQuotas(t)
	s.wantAllArrived(t, orders)
}

const noon = 12 * time.Hour

// begin moves the clock to a time of the next day in China.
func (s *site) begin(at time.Duration) {
	const day, ahead = 24 * time.Hour, 8 * time.Hour
	now := s.clock.Now().Add(ahead)
	s.clock.pass(now.Truncate(day).Add(day + at).Sub(now))
}

func unchanged(*plan) {}

// patient gives a call the most time there is: where nothing fails, one that a
// busy machine makes late must not count as one that got no answer.
func patient(p *plan) {
	p.wiring.ding.CallTimeout, p.wiring.messages.SendTimeout = 2*time.Minute, 40*time.Second
}

// wantWithinQuotas looks for what the office app has refused or dropped since
// it was too much.
func (s *site) wantWithinQuotas(t *testing.T) {
	t.Helper()
	refused := make(map[string]int)
	for _, c := range s.office.Calls() {
		if c.Outcome != "ok" && !strings.HasPrefix(c.Outcome, "fault:") {
			refused[c.Path+" "+c.Outcome]++
		}
	}
	for _, m := range s.office.Sent() {
		for _, f := range m.Forbidden {
			refused["dropped "+strconv.Itoa(f.Code)]++
		}
	}
	if len(refused) > 0 {
		t.Errorf("the office app has refused or dropped %v, want nothing", refused)
	}
}

// wantAllArrived wants all deliveries to have arrived once for each time they
// were ordered.
func (s *site) wantAllArrived(t *testing.T, orders []*order) {
	t.Helper()
	want, states := make(map[arrival]int), make(map[messaging.DeliveryState]int)
	for _, o := range orders {
		for _, d := range s.deliveries(t, o) {
			states[d.State]++
			at := o.arrivalOf(d)
			if d.Recipient.All {
				for p := range s.office.People(o.corp) {
					at.to = p.UserID
					want[at]++
				}
				continue
			}
			want[at]++
		}
	}
	got, wrong := s.arrivals(), 0
	for at, n := range want {
		if got[at] != n {
			wrong++
		}
		delete(got, at)
	}
	if wrong+len(got) > 0 {
		t.Errorf("%d of %d recipients have not got what they should, %d got what they should not; deliveries: %v",
			wrong, len(want), len(got), states)
	}
}

// paced makes the client keep DingTalk's pace, without which the people it
// reaches in a minute are not counted, at a speed at which they are too many.
func paced(p *plan) {
	p.wiring.ding.CallsPerSecond = 1000
	p.office.Companies = []dingtalktest.Company{company(corpID, 7000)}
}

func toWebhook() []*order {
	list := make([]*order, 45)
	for i := range list {
		list[i] = webhook(fmt.Sprint("webhook ", i), "hook-0")
	}
	return list
}

// toThousands goes to 7,000 people.
func toThousands() []*order {
	return []*order{work("to the first", persons(0, 4000)...), work("to the others", persons(4000, 3000)...)}
}

func toOne() []*order {
	list := make([]*order, 520)
	for i := range list {
		list[i] = work(fmt.Sprint("to one ", i), persons(7, 1)...)
	}
	return list
}

// repeated says the same three times, each time to other people as well.
func repeated() []*order {
	list := make([]*order, 3)
	for i := range list {
		list[i] = work("the same", persons(5*i, 20)...)
	}
	return list
}

func toEveryone() []*order {
	list := make([]*order, 5)
	for i := range list {
		list[i] = work(fmt.Sprint("to everyone ", i))
		list[i].request.Recipients.All = true
	}
	return list
}
