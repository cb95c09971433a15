package sendtest_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// arrival is a text at somebody: a person, a group chat or a custom robot.
type arrival struct {
	channel  dingtalktest.Channel
	corp, to string
	text     string
}

// arrivals returns how often each text has really arrived, and where.
func (s *site) arrivals() map[arrival]int {
	counts := make(map[arrival]int)
	for _, d := range s.office.Deliveries() {
		a := arrival{channel: d.Channel, corp: d.CorpID, text: d.Content.Fields["content"]}
		switch d.Channel {
		case dingtalktest.ChannelGroup:
			a.to = d.GroupID
			counts[a]++
		case dingtalktest.ChannelWebhook:
			a.to = d.Webhook
			counts[a]++
		default:
			for _, user := range d.Recipients {
				a.to = user
				counts[a]++
			}
		}
	}
	return counts
}

// deliveries returns all deliveries of an order.
func (s *site) deliveries(tb testing.TB, o *order) []messaging.Delivery {
	tb.Helper()
	var all []messaging.Delivery
	for page := (tenant.Page{Limit: tenant.MaxPageLimit}); ; {
		list, err := s.module.Messages().Deliveries(
			tenant.AsSystem(tb.Context(), "test"), o.tenant, o.id, messaging.DeliveryFilter{}, page)
		check(tb, err)
		all = append(all, list.Items...)
		if page.Cursor = list.Next; list.Next == "" {
			return all
		}
	}
}

// wantTruth compares what is said of orders with what has really arrived, and
// returns how many deliveries are in each state. Nothing may have arrived that
// was not ordered.
func (s *site) wantTruth(tb testing.TB, orders []*order) map[messaging.DeliveryState]int {
	tb.Helper()
	states, truth := make(map[messaging.DeliveryState]int), s.arrivals()
	for _, o := range orders {
		list := s.deliveries(tb, o)
		if want := o.recipients(); len(list) != want {
			tb.Errorf("%s: %d deliveries, want %d", o.text, len(list), want)
		}
		for _, d := range list {
			states[d.State]++
			at := o.arrivalOf(d)
			if n := truth[at]; !o.isTrue(d.State, n) {
				tb.Errorf("%s: the delivery to %s is %s after %d attempts (%+v), and has arrived %d times",
					o.text, at.to, d.State, d.Attempts, d.Failure, n)
			}
			delete(truth, at)
		}
	}
	for at, n := range truth {
		tb.Errorf("%+v has arrived %d times and was not ordered", at, n)
	}
	tb.Logf("deliveries: %v", states)
	return states
}

// recipients returns how many deliveries an order must have.
func (o *order) recipients() int {
	if o.request.Channel == messaging.ChannelWebhook || o.request.Recipients.All {
		return 1
	}
	to := o.request.Recipients
	return len(to.Usernames) + len(to.ProviderUserIDs) + len(to.ConversationIDs)
}

func (o *order) arrivalOf(d messaging.Delivery) arrival {
	channel := dingtalktest.Channel(o.request.Channel)
	if channel == "" {
		channel = dingtalktest.ChannelWork
	}
	return arrival{channel: channel, corp: o.corp, to: string(d.Recipient.ProviderUserID), text: o.text}
}

// isTrue reports whether a delivery may be in a state when its message has
// arrived n times. A state in which it cannot stay is not true.
func (o *order) isTrue(state messaging.DeliveryState, n int) bool {
	most := 1
	if o.request.AtLeastOnce {
		most = max(1, n)
	}
	switch state {
	case messaging.DeliveryAccepted, messaging.DeliveryDelivered, messaging.DeliveryRead, messaging.DeliveryRecalled:
		return n >= 1 && n <= most
	case messaging.DeliveryUncertain:
		return n <= most
	case messaging.DeliveryFailed, messaging.DeliveryDead, messaging.DeliveryUnbound,
		messaging.DeliveryExpired, messaging.DeliveryCancelled:
		return n == 0
	default:
		return false
	}
}
