package messaging_test

import (
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// TestMentionsLeaveTheRequestAlone: what is looked up goes into the message, not
// into the caller's list, even where that has room.
func TestMentionsLeaveTheRequestAlone(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.createHook("ops")
	all := []provider.UserID{"p-9", "the host's own"}
	m := b.send(messaging.Request{
		Provider: b.fake.Kind(), Channel: messaging.ChannelWebhook, Webhook: "ops", Content: provider.NewText("hello"),
		Mentions: messaging.Mentions{ProviderUserIDs: all[:1], Usernames: []string{userName(0)}},
	})
	if want := []provider.UserID{"p-9", personID(0)}; !slices.Equal(m.Mentions.Users, want) {
		t.Errorf("mentioned: got %v, want %v", m.Mentions.Users, want)
	}
	if want := []provider.UserID{"p-9", "the host's own"}; !slices.Equal(all, want) {
		t.Errorf("the caller's list: got %v, want %v", all, want)
	}
}
