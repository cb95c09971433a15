package sendtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
)

// TestClockMoves: the clock of the host is set a day ahead, back, and a day
// behind, while messages are under way.
func TestClockMoves(t *testing.T) {
	t.Parallel()
	skew := &clock{}
	s := newSite(t, twice, func(p *plan) {
		right := p.wiring.now
		p.wiring.now = func() time.Time { return right().Add(time.Duration(skew.ahead.Load())) }
		p.wiring.messages.TrackFor = 10 * time.Second // what came of those sent a day ahead is not known any more
	})
	s.furnish(t)
	s.office.Fail(dingtalktest.Fault{Kind: dingtalktest.Throttle, Probability: 0.02, Seed: 5, Path: sendPath})
	s.office.Fail(dingtalktest.Fault{Kind: dingtalktest.Delay, Delay: 100 * time.Millisecond, Probability: 0.5, Seed: 3})
	s.start(t)
	var orders []*order
	const day = 24 * time.Hour
	for i, move := range []time.Duration{0, day, -day, -day, day} {
		skew.pass(move)
		list := s.mixed(fmt.Sprint("clock ", i), 60)
		s.ask(t, list...)
		orders = append(orders, list...)
	}
	s.finish(t)
	states := s.wantTruth(t, orders)
	if states[messaging.DeliveryUncertain]+states[messaging.DeliveryFailed]+states[messaging.DeliveryDead] > 0 {
		t.Errorf("deliveries: %v, want all to arrive", states)
	}
}
