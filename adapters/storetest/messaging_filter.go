package storetest

import (
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// wantFound compares the messages that a filter finds by their numbers.
func wantFound(tb testing.TB, s messaging.Store, f messaging.MessageFilter, want ...int) {
	tb.Helper()
	ids := make([]string, len(want))
	for i, n := range want {
		ids[i] = messageID(n)
	}
	for _, size := range []int{1, 0} {
		if got := messageIDs(collect(tb, size, messagesOf(s, here, f))); !slices.Equal(got, ids) {
			tb.Errorf("pages of %d of %+v: got %v, want %v", size, f, got, ids)
		}
	}
}

func filterTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"by what it is": func(t *testing.T, s messaging.Store) {
			for i := range 4 {
				n := newMessage(here, i, 1)
				switch i {
				case 1:
					n.Message.Provider, n.Message.CreatedByName = provider.WeCom, "o'neil"
				case 2:
					n.Message.Channel, n.Message.Webhook = messaging.ChannelWebhook, "ops"
				case 3:
					n.Message.Template = messaging.TemplateRef{Name: "weekly", Version: 1, Language: "zh"}
				}
				createMessage(t, s, n)
			}
			createMessage(t, s, newMessage(there, 1, 1))
			type filter = messaging.MessageFilter
			wantFound(t, s, filter{}, 3, 2, 1, 0)
			wantFound(t, s, filter{Provider: provider.WeCom}, 1)
			wantFound(t, s, filter{Channel: messaging.ChannelWebhook}, 2)
			wantFound(t, s, filter{Channel: messaging.ChannelWork}, 3, 1, 0)
			wantFound(t, s, filter{Webhook: "ops"}, 2)
			wantFound(t, s, filter{Webhook: "op"})
			wantFound(t, s, filter{Template: "weekly"}, 3)
			wantFound(t, s, filter{CreatedBy: "o'neil"}, 1)
			wantFound(t, s, filter{CreatedBy: "张三"}, 3, 2, 0)
			wantFound(t, s, filter{Since: instant(2)}, 3, 2)
			wantFound(t, s, filter{Before: instant(2)}, 1, 0)
			wantFound(t, s, filter{Since: instant(1), Before: instant(3)}, 2, 1)
			wantFound(t, s, filter{Since: instant(2).Add(1)}, 3)
			wantFound(t, s, filter{Before: instant(2).Add(1)}, 2, 1, 0)
			wantFound(t, s, filter{Provider: provider.WeCom, Channel: messaging.ChannelWebhook})
			wantFound(t, s, filter{Provider: provider.DingTalk, State: messaging.Queued, Has: messaging.DeliveryPending, Since: instant(1)}, 3, 2)
			wantFound(t, s, filter{State: "nonsense"})
			wantFound(t, s, filter{Has: "nonsense"})
		},
		"not a text": func(t *testing.T, s messaging.Store) {
			for _, f := range []messaging.MessageFilter{
				{Provider: "a\x00"}, {Channel: "a\x00"}, {Webhook: "a\x00"}, {Template: "a\x00"}, {CreatedBy: "a\x00"}, {Has: "a\x00"},
			} {
				_, err := s.Messages(t.Context(), here, f, tenant.Page{})
				if got := provider.CodeOf(err); got != provider.InvalidArgument {
					t.Errorf("%+v: got code %s (%v), want %s", f, got, err, provider.InvalidArgument)
				}
			}
		},
		"by state, whatever happened":      filterByState,
		"counts, whatever happens at once": countsAtOnce,
	}
}
