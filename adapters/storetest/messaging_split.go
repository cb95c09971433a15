package storetest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// place is where a batch of a split message stands.
type place struct {
	part    int
	earlier messaging.DeliveryState
	later   bool
}

func splitTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"each group has each part": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 3, 2, 1))
			wantBatches(t, s, n,
				"1 part 1 pending 2", "2 part 2 pending 2", "3 part 3 pending 2",
				"4 part 1 pending 1", "5 part 2 pending 1", "6 part 3 pending 1")
			for number, want := range []place{
				{1, "", true},
				{2, messaging.DeliveryPending, true},
				{3, messaging.DeliveryPending, false},
				{1, "", true},
				{2, messaging.DeliveryPending, true},
				{3, messaging.DeliveryPending, false},
			} {
				wantPlace(t, s, n, number+1, want)
			}
			wantUsers(t, s, batchOf(n, 3), 0, 1)
			wantUsers(t, s, batchOf(n, 5), 2)
			var got []int
			for _, d := range deliveriesOf(t, s, n) {
				got = append(got, d.Part)
			}
			if want := []int{1, 1, 2, 2, 3, 3, 1, 2, 3}; !slices.Equal(got, want) {
				t.Errorf("parts of the deliveries: got %v, want %v", got, want)
			}
		},
		"one person": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 2, 1))
			wantBatches(t, s, n, "1 part 1 pending 1", "2 part 2 pending 1")
			wantUsers(t, s, batchOf(n, 1), 0)
			wantUsers(t, s, batchOf(n, 2), 0)
		},
		"everyone": func(t *testing.T, s messaging.Store) {
			n := everyone(here, 1)
			n.Message.Parts = parts(2)
			createMessage(t, s, n)
			wantBatches(t, s, n, "1 part 1 pending 0", "2 part 2 pending 0")
			wantStates(t, s, n, messaging.DeliveryPending, messaging.DeliveryPending)
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryAccepted)
			wantStates(t, s, n, messaging.DeliveryAccepted, messaging.DeliveryPending)
		},
		"the earlier part's state": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 2, 1, 1))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryDead)
			wantPlace(t, s, n, 2, place{2, messaging.DeliveryDead, false})
			wantPlace(t, s, n, 3, place{1, "", true})
			if got := readWork(t, s, batchOf(createMessage(t, s, newMessage(here, 2, 1, 1)), 1)); got.Later || got.Parts != 0 {
				t.Errorf("not split: got Later %t, Parts %d; want false, 0", got.Later, got.Parts)
			}
		},
		"unbound recipients have no parts": func(t *testing.T, s messaging.Store) {
			n := splitMessage(here, 1, 2, 1)
			n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
			createMessage(t, s, n)
			wantStates(t, s, n, messaging.DeliveryUnbound, messaging.DeliveryPending, messaging.DeliveryPending)
			if d := deliveriesOf(t, s, n)[0]; d.Part != 0 || d.Recipient.Username != "nobody" {
				t.Errorf("unbound delivery: got %+v", d)
			}
		},
		"at a time": func(t *testing.T, s messaging.Store) {
			for i, n := range []messaging.NewMessage{newMessage(here, 0, 1), newMessage(here, 1, 2, 1), splitMessage(here, 2, 2, 1)} {
				n.Message.SendAt = instant(300)
				createMessage(t, s, n)
				wantState(t, s, n, messaging.Scheduled)
				for _, d := range deliveriesOf(t, s, n) {
					if d.State != messaging.DeliveryScheduled {
						t.Errorf("message %d: got a delivery %s, want scheduled", i, d.State)
					}
					wantTime(t, "NextAt of the delivery", d.NextAt, instant(300))
				}
				w := readWork(t, s, batchOf(n, 1))
				wantTime(t, "SendAt", w.SendAt, instant(300))
				wantTime(t, "NextAt", w.Batch.NextAt, instant(300))
				claimBatch(t, s, batchOf(n, 1), "c")
				if d := deliveriesOf(t, s, n)[0]; !d.NextAt.IsZero() {
					t.Errorf("NextAt while it is sent: got %s, want none", d.NextAt)
				}
			}
		},
		"what is needed to send": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1)
			n.Message.Channel, n.Message.Webhook, n.Message.AppID = messaging.ChannelWebhook, "ops", ""
			n.Message.Mentions = provider.Mentions{Mobiles: []string{"13800000000"}}
			n.Batches = [][]messaging.Recipient{{{ProviderUserID: "ops"}}}
			createMessage(t, s, n)
			for _, state := range []messaging.DeliveryState{messaging.DeliveryPending, messaging.DeliveryAccepted} {
				w := readWork(t, s, batchOf(n, 1))
				if w.Batch.State != state || !slices.Equal(w.Users, []provider.UserID{"ops"}) {
					t.Errorf("users of a %s batch: got %v, want the webhook", w.Batch.State, w.Users)
				}
				if w.Channel != messaging.ChannelWebhook || w.Webhook != "ops" || !reflect.DeepEqual(w.Mentions, n.Message.Mentions) {
					t.Errorf("work: got %+v", w)
				}
				if state == messaging.DeliveryPending {
					sendBatch(t, s, batchOf(n, 1), messaging.DeliveryAccepted)
				}
			}
		},
		"paused": func(t *testing.T, s messaging.Store) {
			ref := batchOf(createMessage(t, s, newMessage(here, 1, 1)), 1)
			saveSettings(t, s, newSettings(there))
			if readWork(t, s, ref).Paused {
				t.Error("Paused: got true for the pause of another tenant")
			}
			saveSettings(t, s, newSettings(here))
			if !readWork(t, s, ref).Paused {
				t.Error("Paused: got false")
			}
		},
	}
}

func wantPlace(tb testing.TB, s messaging.Store, n messaging.NewMessage, number int, want place) {
	tb.Helper()
	w := readWork(tb, s, batchOf(n, number))
	if got := (place{w.Batch.Part, w.Earlier, w.Later}); got != want {
		tb.Errorf("batch %d: got %+v, want %+v", number, got, want)
	}
	if content := n.Message.Parts[want.part-1]; w.Parts != len(n.Message.Parts) || !reflect.DeepEqual(w.Content, content) {
		tb.Errorf("batch %d: got %d parts and %+v, want %d and %+v", number, w.Parts, w.Content, len(n.Message.Parts), content)
	}
}
