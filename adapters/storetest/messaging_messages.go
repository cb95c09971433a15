package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func messageTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"all fields are kept": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1, 2, 1)
			n.Message.Degraded = []provider.Text{{ZH: "表格", EN: "markdown: shown as text"}, {ZH: "…"}}
			n.Message.AtLeastOnce = true
			n.Message.IdempotencyKey, n.Fingerprint = "key-1", "print"
			n.Message.ExpiresAt, n.Message.SendAt = instant(500), instant(400)
			n.Message.Channel, n.Message.Webhook = messaging.ChannelWebhook, "群-1"
			n.Message.Parts = parts(2)
			n.Message.Template = messaging.TemplateRef{Name: "周报", Version: 3, Language: "zh"}
			n.Message.Mentions = provider.Mentions{Users: []provider.UserID{"p-1"}, Mobiles: []string{"13800000000"}, All: true}
			n.Message.Duplicates = []string{"alice", "o'neil"}
			n.Message.Resolving = true
			n.Selection = messaging.Selection{DepartmentIDs: []string{"d-1"}}
			n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
			createMessage(t, s, n)
			want := n.Message
			want.State = messaging.Scheduled
			want.Counts = map[messaging.DeliveryState]int{messaging.DeliveryScheduled: 6, messaging.DeliveryUnbound: 1}
			if got := readMessage(t, s, n); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		},
		"without optional fields": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			want := n.Message
			want.State, want.Counts = messaging.Queued, map[messaging.DeliveryState]int{messaging.DeliveryPending: 1}
			if got := readMessage(t, s, n); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		},
		"an unbound message is finished": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1)
			n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
			createMessage(t, s, n)
			wantState(t, s, n, messaging.Finished)
			wantStates(t, s, n, messaging.DeliveryUnbound)
			if batches, err := s.Batches(t.Context(), here, n.Message.ID); err != nil || len(batches) != 0 {
				t.Errorf("Batches = %v, %v; want none", batches, err)
			}
		},
		"a message to everyone has one delivery": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1)
			n.Message.Everyone = true
			n.Batches = [][]messaging.Recipient{{{All: true}}}
			createMessage(t, s, n)
			wantStates(t, s, n, messaging.DeliveryPending)
			if d := deliveriesOf(t, s, n)[0]; d.Recipient != (messaging.Recipient{All: true}) {
				t.Errorf("recipient: got %+v, want All", d.Recipient)
			}
			w := readWork(t, s, batchOf(n, 1))
			if !w.Everyone || len(w.Users) != 0 || w.Batch.Recipients != 0 {
				t.Errorf("work: got Everyone %t, Users %v, Recipients %d; want true, none, 0", w.Everyone, w.Users, w.Batch.Recipients)
			}
		},
		"unknown": func(t *testing.T, s messaging.Store) {
			for _, id := range []string{"", "nothing", "a\x00b"} {
				if _, err := s.Message(t.Context(), here, id); err == nil {
					t.Errorf("Message(%q): got no error", id)
				}
			}
			_, err := s.Message(t.Context(), here, "nothing")
			wantError(t, "Message", err, tenant.ErrNotFound)
			_, err = workOne(t.Context(), s, messaging.BatchRef{Tenant: here, MessageID: "nothing", Number: 1})
			wantError(t, "Work", err, tenant.ErrNotFound)
			n := createMessage(t, s, newMessage(here, 1, 1))
			_, err = workOne(t.Context(), s, batchOf(n, 2))
			wantError(t, "Work of another batch", err, tenant.ErrNotFound)
		},
		"one id twice": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			wantError(t, "CreateMessages", s.CreateMessages(t.Context(), n), tenant.ErrConflict)
		},
		"the newest come first, in pages": func(t *testing.T, s messaging.Store) {
			var want []string
			for i := range 7 {
				n := newMessage(here, i, 1)
				if i == 3 {
					n.Message.Provider = provider.WeCom
				}
				createMessage(t, s, n)
				want = append([]string{n.Message.ID}, want...)
			}
			createMessage(t, s, newMessage(there, 9, 1))
			for _, size := range []int{1, 3, 7, 8, 0} {
				got := messageIDs(collect(t, size, messagesOf(s, here, messaging.MessageFilter{})))
				if !reflect.DeepEqual(got, want) {
					t.Errorf("pages of %d: got %v, want %v", size, got, want)
				}
			}
			only := collect(t, 2, messagesOf(s, here, messaging.MessageFilter{Provider: provider.WeCom}))
			if got := messageIDs(only); !reflect.DeepEqual(got, []string{messageID(3)}) {
				t.Errorf("of one provider: got %v, want message 3", got)
			}
		},
		"foreign cursors": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 3))
			createMessage(t, s, newMessage(here, 2, 1))
			messages, err := s.Messages(t.Context(), here, messaging.MessageFilter{}, tenant.Page{Limit: 1})
			if err != nil || messages.Next == "" {
				t.Fatalf("Messages: %v, next %q", err, messages.Next)
			}
			deliveries, err := s.Deliveries(t.Context(), here, n.Message.ID, messaging.DeliveryFilter{}, tenant.Page{Limit: 1})
			if err != nil || deliveries.Next == "" {
				t.Fatalf("Deliveries: %v, next %q", err, deliveries.Next)
			}
			wantCursorRefused(t, deliveries.Next, messagesOf(s, here, messaging.MessageFilter{}))
			wantCursorRefused(t, messages.Next, deliveriesIn(s, here, n.Message.ID))
		},
		"rolled back": func(t *testing.T, s messaging.Store) {
			n, stop := newMessage(here, 1, 2), errors.New("stop")
			err := s.InTx(t.Context(), func(ctx context.Context) error {
				if err := s.CreateMessages(ctx, n); err != nil {
					t.Errorf("CreateMessages: %v", err)
				}
				return stop
			})
			wantError(t, "InTx", err, stop)
			_, err = s.Message(t.Context(), here, n.Message.ID)
			wantError(t, "Message", err, tenant.ErrNotFound)
		},
		"many recipients": func(t *testing.T, s messaging.Store) {
			const size, batches = 500, 5
			n := newMessage(here, 1, size, size, size, size, size)
			createMessage(t, s, n)
			if got := readMessage(t, s, n).Counts[messaging.DeliveryPending]; got != size*batches {
				t.Errorf("pending: got %d, want %d", got, size*batches)
			}
			seen := make(map[messaging.Recipient]bool)
			for _, d := range deliveriesOf(t, s, n) {
				seen[d.Recipient] = true
			}
			if len(seen) != size*batches {
				t.Errorf("got %d different recipients, want %d", len(seen), size*batches)
			}
			w := readWork(t, s, batchOf(n, 3))
			if len(w.Users) != size || w.Users[0] != person(2*size).ProviderUserID {
				t.Errorf("work: got %d users from %s, want %d from %s", len(w.Users), w.Users[0], size, person(2*size).ProviderUserID)
			}
		},
	}
}

func messagesOf(
	s messaging.Store, t tenant.ID, f messaging.MessageFilter,
) func(context.Context, tenant.Page) (tenant.List[messaging.Message], error) {
	return func(ctx context.Context, p tenant.Page) (tenant.List[messaging.Message], error) {
		return s.Messages(ctx, t, f, p)
	}
}

func deliveriesIn(
	s messaging.Store, t tenant.ID, id string,
) func(context.Context, tenant.Page) (tenant.List[messaging.Delivery], error) {
	return func(ctx context.Context, p tenant.Page) (tenant.List[messaging.Delivery], error) {
		return s.Deliveries(ctx, t, id, messaging.DeliveryFilter{}, p)
	}
}

func messageIDs(list []messaging.Message) []string {
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	return ids
}

func deliveryTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"in pages, unbound ones first": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1, 2, 2)
			n.Unbound = []messaging.Unbound{
				{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("a")},
				{Recipient: messaging.Recipient{UserID: "no-id"}, Failure: *failure("b")},
			}
			createMessage(t, s, n)
			createMessage(t, s, newMessage(here, 2, 5))
			var want []messaging.Recipient
			for _, u := range n.Unbound {
				want = append(want, u.Recipient)
			}
			want = append(want, people(0, 4)...)
			for _, size := range []int{1, 2, 5, 0} {
				var got []messaging.Recipient
				ids := make(map[string]bool)
				for _, d := range collect(t, size, deliveriesIn(s, here, n.Message.ID)) {
					got = append(got, d.Recipient)
					ids[d.ID] = true
				}
				if !reflect.DeepEqual(got, want) || len(ids) != len(want) {
					t.Errorf("pages of %d: got %v with %d ids, want %v", size, got, len(ids), want)
				}
			}
			first := deliveriesOf(t, s, n)[0]
			if first.State != messaging.DeliveryUnbound || !reflect.DeepEqual(first.Failure, failure("a")) || first.Attempts != 0 {
				t.Errorf("unbound delivery: got %+v", first)
			}
			wantTime(t, "UpdatedAt", first.UpdatedAt, instant(1))
		},
		"by state": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1, 2, 2)
			n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
			createMessage(t, s, n)
			claimBatch(t, s, batchOf(n, 2), "c")
			for _, c := range []struct {
				states []messaging.DeliveryState
				want   int
			}{
				{[]messaging.DeliveryState{messaging.DeliveryUnbound}, 1},
				{[]messaging.DeliveryState{messaging.DeliverySending}, 2},
				{[]messaging.DeliveryState{messaging.DeliverySending, messaging.DeliveryUnbound}, 3},
				{[]messaging.DeliveryState{messaging.DeliveryRead}, 0},
				{nil, 5},
			} {
				if got := deliveriesOf(t, s, n, c.states...); len(got) != c.want {
					t.Errorf("states %v: got %d deliveries, want %d", c.states, len(got), c.want)
				}
			}
		},
		"of a batch": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 2, 3, 1))
			for number, want := range map[int][]messaging.Recipient{1: people(0, 2), 2: people(2, 3), 3: people(5, 1), 4: nil} {
				var got []messaging.Recipient
				of := func(ctx context.Context, p tenant.Page) (tenant.List[messaging.Delivery], error) {
					return s.Deliveries(ctx, here, n.Message.ID, messaging.DeliveryFilter{Batch: number}, p)
				}
				for _, d := range collect(t, 2, of) {
					got = append(got, d.Recipient)
				}
				if !slices.Equal(got, want) {
					t.Errorf("batch %d: got %v, want %v", number, got, want)
				}
			}
		},
	}
}
