package sendtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// there is the tenant that has little to say, otherCorp its company.
const (
	there     tenant.ID = "t2"
	otherCorp string    = "dingthere"
)

// TestFairness: while a tenant keeps the workers busy, or its office app lets
// them wait, single messages of another one arrive.
func TestFairness(t *testing.T) {
	t.Parallel()
	const begun = 30 // so many calls or failures, and the noise is in full swing
	for _, tt := range []struct {
		name string
		// noise is what the tenant sends, fault what its office app does to it.
		noise func(*testing.T, *site) []*order
		fault dingtalktest.Fault
		// people is how many the company of the tenant has: where no message
		// arrives, they need not be there.
		people int
		// refused is true when the tenant's credentials are wrong.
		refused bool
		// most is how many calls of the tenant may come before a message of the
		// other one that was asked for after it.
		most int
	}{
		{
			name: "broadcast", noise: oneBroadcast, most: 300, people: crowd,
			fault: dingtalktest.Fault{Kind: dingtalktest.Delay, Delay: 200 * time.Millisecond},
		},
		{name: "broadcast with wrong credentials", noise: oneBroadcast, refused: true},
		{name: "broadcast that hangs", noise: oneBroadcast, most: 100, fault: dingtalktest.Fault{Kind: dingtalktest.Timeout}},
		{name: "many messages that hang", noise: manySingles, most: 100, fault: dingtalktest.Fault{Kind: dingtalktest.Timeout}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(p *plan) {
				p.dsn = crowded(t)
				p.office.Companies = []dingtalktest.Company{company(corpID, tt.people), company(otherCorp, 10)}
				p.office.RulesOff = []dingtalktest.Rule{dingtalktest.RulePerMinute}
				p.wiring.jobs.MaxWorkers = 100 // the bounds below are for a share of 50
				p.wiring.ding.CallTimeout, p.wiring.messages.SendTimeout = 2*time.Minute, 40*time.Second
			})
			s.connect(t, here, corpID)
			s.connect(t, there, otherCorp)
			app := s.office.Apps(corpID)[0]
			tt.fault.ClientID, tt.fault.Path = app.ClientID, sendPath
			if tt.refused {
				s.changeSecret(t, app, "another-secret")
				tt.fault = dingtalktest.Fault{Kind: dingtalktest.Busy, Path: "/none"}
			}
			calls := s.office.Fail(tt.fault)
			s.start(t)
			noise := tt.noise(t, s)
			s.ask(t, noise...)
			await(t, "noise", func() bool { return calls.Hits() >= begun || s.ended(t, noise) >= begun })
			for i := range 5 {
				o := work(fmt.Sprint("quiet ", i), persons(i, 1)...)
				o.tenant, o.corp = there, otherCorp
				s.ask(t, o)
				before := calls.Hits()
				await(t, o.text, func() bool { return len(s.office.Inbox(otherCorp, person(i))) == 1 })
				if n := calls.Hits() - before; n > tt.most {
					t.Errorf("%s arrived after %d calls of the other tenant, want at most %d", o.text, n, tt.most)
				}
			}
			if n := s.ended(t, noise); n > crowd/2 {
				t.Errorf("%d deliveries of the other tenant have ended: too many to prove anything", n)
			}
			s.silence(t, noise)
		})
	}
}

func oneBroadcast(*testing.T, *site) []*order { return []*order{broadcast("broadcast")} }

func manySingles(*testing.T, *site) []*order {
	list := make([]*order, 300)
	for i := range list {
		list[i] = work(fmt.Sprint("noise ", i), persons(i, 1)...)
	}
	return list
}

// ended returns how many deliveries of the first orders the office app has
// answered.
func (s *site) ended(t *testing.T, orders []*order) int {
	t.Helper()
	n := 0
	for _, o := range orders[:min(len(orders), 10)] {
		m, err := s.module.Messages().Message(tenant.AsSystem(t.Context(), "test"), o.tenant, o.id)
		check(t, err)
		for state, count := range m.Counts {
			if state != messaging.DeliveryPending && state != messaging.DeliverySending {
				n += count
			}
		}
	}
	return n
}

// silence cancels what is left, and lets go of the calls that hang.
func (s *site) silence(t *testing.T, orders []*order) {
	t.Helper()
	for _, o := range orders {
		_, _ = s.module.Messages().Cancel(tenant.AsSystem(t.Context(), "test"), o.tenant, o.id) // or it is sent already
	}
	s.office.Close()
}
