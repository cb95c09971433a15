package sendtest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// order is a message that somebody asks for, with a text that nobody else has.
type order struct {
	tenant  tenant.ID
	corp    string
	text    string
	request messaging.Request
	// id is known once it is accepted.
	id string
}

// work is a work notification to people of here.
func work(text string, people ...provider.UserID) *order {
	return &order{tenant: here, corp: corpID, text: text, request: messaging.Request{
		Provider: provider.DingTalk, Content: provider.NewText(text), Recipients: messaging.Recipients{ProviderUserIDs: people},
	}}
}

// robot is a message of the app's robot.
func robot(text string, people ...provider.UserID) *order {
	o := work(text, people...)
	o.request.Channel = messaging.ChannelRobot
	return o
}

// group is a message of the app's robot to a group chat.
func group(text, id string) *order {
	o := work(text)
	o.request.Channel = messaging.ChannelGroup
	o.request.Recipients.ConversationIDs = []provider.ConversationID{provider.ConversationID(id)}
	return o
}

// webhook is a message of a custom robot.
func webhook(text, name string) *order {
	o := work(text)
	o.request.Channel, o.request.Webhook = messaging.ChannelWebhook, name
	return o
}

// each changes every n-th of a list of orders.
func each(n int, list []*order, change func(*order)) {
	for i := n - 1; i < len(list); i += n {
		change(list[i])
	}
}

// mixed returns single messages, some of them in special circumstances, and
// beside them messages to many and by the other channels.
func (s *site) mixed(prefix string, singles int) []*order {
	text := func(kind string, i int) string { return fmt.Sprintf("%s %s %d", prefix, kind, i) }
	list := make([]*order, singles)
	for i := range list {
		list[i] = work(text("single", i), persons(i%140, 1)...)
	}
	each(10, list, func(o *order) { o.request.AtLeastOnce = true })
	each(25, list, func(o *order) { o.request.Recipients.Usernames = []string{"nobody"} })
	for i := range 1 + singles/100 {
		list = append(list, work(text("batch", i), persons(i, 120+5*i)...))
	}
	for i := range max(3, singles/20) {
		list = append(list, robot(text("robot", i), persons(i, 1)...))
		list = append(list, group(text("group", i), s.groups[i%len(s.groups)]))
		list = append(list, webhook(text("webhook", i), s.hooks[i%len(s.hooks)]))
	}
	return append(list, robot(text("robots", 0), persons(20, 45)...))
}

// ask has a host accept orders, several at a time.
func (h *host) ask(tb testing.TB, orders ...*order) {
	tb.Helper()
	const clients = 8
	errs := make([]error, clients)
	var asking sync.WaitGroup
	for c := range clients {
		asking.Go(func() {
			for i := c; i < len(orders) && errs[c] == nil; i += clients {
				errs[c] = h.accept(tb.Context(), orders[i])
			}
		})
	}
	asking.Wait()
	for _, err := range errs {
		check(tb, err)
	}
}

func (h *host) accept(ctx context.Context, o *order) error {
	m, err := h.module.Messages().Send(tenant.AsSystem(ctx, "test"), o.tenant, o.request)
	o.id = m.ID
	return err
}

// insist asks again until the order is accepted.
func (h *host) insist(tb testing.TB, o *order) {
	tb.Helper()
	o.request.IdempotencyKey = o.id + fmt.Sprintf("%x", o.text)
	var err error
	await(tb, o.text, func() bool {
		ctx, cancel := context.WithTimeout(tb.Context(), 5*time.Second)
		defer cancel()
		err = h.accept(ctx, o)
		return err == nil
	})
}
