package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// wantPruned prunes messages created before the n-th and compares how many
// there were and which stay.
func wantPruned(tb testing.TB, s messaging.Store, before, limit, want int, stay ...int) {
	tb.Helper()
	n, err := s.Prune(tb.Context(), here, instant(before), limit)
	if err != nil || n != want {
		tb.Errorf("Prune = %d, %v; want %d", n, err, want)
	}
	var ids []string
	for _, i := range stay {
		ids = append(ids, messageID(i))
	}
	if got := messageIDs(collect(tb, 0, messagesOf(s, here, messaging.MessageFilter{}))); !slices.Equal(got, ids) {
		tb.Errorf("messages that stay: got %v, want %v", got, ids)
	}
}

// endBatch gives a batch that waits its last state at the n-th instant.
func endBatch(tb testing.TB, s messaging.Store, ref messaging.BatchRef, state messaging.DeliveryState, n int) {
	tb.Helper()
	st := notAccepted("", state)
	st.At = instant(n)
	settleBatch(tb, s, ref, st)
}

func pruneTests() map[string]func(*testing.T, messaging.Store) {
	// ended creates the n-th message, that is over.
	ended := func(tb testing.TB, s messaging.Store, t tenant.ID, n int) messaging.NewMessage {
		tb.Helper()
		m := createMessage(tb, s, newMessage(t, n, 2, 1))
		endBatch(tb, s, batchOf(m, 1), messaging.DeliveryDead, n)
		endBatch(tb, s, batchOf(m, 2), messaging.DeliveryFailed, n)
		return m
	}
	return map[string]func(*testing.T, messaging.Store){
		"the oldest, with all that belongs to them": func(t *testing.T, s messaging.Store) {
			var list []messaging.NewMessage
			for i := range 5 {
				list = append(list, ended(t, s, here, i))
			}
			other := ended(t, s, there, 0)
			wantPruned(t, s, 0, 10, 0, 4, 3, 2, 1, 0)
			wantPruned(t, s, 4, 3, 3, 4, 3)
			for _, n := range list[:3] {
				if b, d := batchesOf(t, s, n), deliveriesOf(t, s, n); len(b) != 0 || len(d) != 0 {
					t.Errorf("left of message %s: %d batches, %d deliveries", n.Message.ID, len(b), len(d))
				}
			}
			if got := len(deliveriesOf(t, s, list[3])); got != 3 {
				t.Errorf("deliveries of a message that stays: got %d, want 3", got)
			}
			wantPruned(t, s, 4, 3, 1, 4)
			wantState(t, s, other, messaging.Finished)
			createMessage(t, s, list[0]) // nothing of it is left
		},
		"not what is under way": func(t *testing.T, s messaging.Store) {
			createMessage(t, s, newMessage(here, 1, 1))
			sendBatch(t, s, batchOf(createMessage(t, s, newMessage(here, 2, 1)), 1), messaging.DeliveryScheduled)
			claimBatch(t, s, batchOf(createMessage(t, s, newMessage(here, 3, 1, 1)), 2), "c")
			sendBatch(t, s, batchOf(createMessage(t, s, newMessage(here, 4, 1)), 1), messaging.DeliveryAccepted)
			createMessage(t, s, selecting(newMessage(here, 5)))
			ended(t, s, here, 6)
			wantPruned(t, s, 100, 100, 1, 5, 4, 3, 2, 1)
		},
		"not what has changed since": func(t *testing.T, s messaging.Store) {
			m := createMessage(t, s, newMessage(here, 1, 1, 1))
			endBatch(t, s, batchOf(m, 1), messaging.DeliveryDead, 2)
			endBatch(t, s, batchOf(m, 2), messaging.DeliveryDead, 20)
			ended(t, s, here, 3)
			wantPruned(t, s, 20, 10, 1, 1)
			if got := len(deliveriesOf(t, s, m)); got != 2 {
				t.Errorf("deliveries of a message that stays: got %d, want 2", got)
			}
			wantPruned(t, s, 21, 10, 1)
		},
		"not what was to be sent since": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1)
			n.Message.SendAt = instant(20)
			n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
			createMessage(t, s, n)
			wantPruned(t, s, 20, 10, 0, 1)
			wantPruned(t, s, 21, 10, 1)
		},
		"without batches": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1)
			n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
			createMessage(t, s, n)
			wantPruned(t, s, 100, 100, 1)
			if d := deliveriesOf(t, s, n); len(d) != 0 {
				t.Errorf("deliveries: got %v, want none", d)
			}
		},
		"many": func(t *testing.T, s messaging.Store) {
			const n = 130
			for i := range n {
				m := createMessage(t, s, newMessage(here, i, 1))
				settleBatch(t, s, batchOf(m, 1), notAccepted("", messaging.DeliveryExpired))
			}
			wantPruned(t, s, n-1, 1000, n-1, n-1)
		},
		"keys are free again": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, keyed(here, 1, "key", instant(-1000)))
			settleBatch(t, s, batchOf(n, 1), notAccepted("", messaging.DeliveryExpired))
			wantPruned(t, s, 100, 10, 1)
			createMessage(t, s, keyed(here, 2, "key", instant(-1000)))
		},
		"from tenant to tenant": func(t *testing.T, s messaging.Store) {
			if got, err := s.NextTenant(t.Context(), ""); err != nil || got != "" {
				t.Errorf("NextTenant of none = %q, %v", got, err)
			}
			for i, id := range []tenant.ID{"b", "a-1", "B", "ü", "a1", "Z", "a"} {
				createMessage(t, s, newMessage(id, i, 1))
				createMessage(t, s, newMessage(id, i+50, 1))
			}
			got := allTenants(t, s.NextTenant)
			slices.Sort(got)
			if want := []tenant.ID{"B", "Z", "a", "a-1", "a1", "b", "ü"}; !slices.Equal(got, want) {
				t.Errorf("tenants: got %v, want %v", got, want)
			}
			if next, err := s.NextTenant(t.Context(), "a0"); err != nil || next != "a1" { // whatever the order is
				t.Errorf("NextTenant after one that is not there = %q, %v; want a1", next, err)
			}
		},
		"tenants without messages": func(t *testing.T, s messaging.Store) {
			saveMedia(t, s, newMedia("media"))
			spend(t, s, "uses", useOf(1, 3))
			if _, err := s.SpendGroups(t.Context(), "groups", one(groupOf(1, 0, 4))); err != nil {
				t.Fatalf("SpendGroups: %v", err)
			}
			createMessage(t, s, newMessage("media", 1, 1))
			got := allTenants(t, s.NextTenant)
			slices.Sort(got)
			if want := []tenant.ID{"groups", "media", "uses"}; !slices.Equal(got, want) {
				t.Errorf("tenants: got %v, want %v", got, want)
			}
		},
	}
}

// allTenants goes from tenant to tenant.
func allTenants(tb testing.TB, next func(context.Context, tenant.ID) (tenant.ID, error)) []tenant.ID {
	tb.Helper()
	var got []tenant.ID
	for last := tenant.ID(""); len(got) < 20; {
		t, err := next(tb.Context(), last)
		if err != nil {
			tb.Fatalf("next tenant: %v", err)
		}
		if t == "" {
			break
		}
		got, last = append(got, t), t
	}
	return got
}

func waitingTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"in order, in pieces": func(t *testing.T, s messaging.Store) {
			first := createMessage(t, s, newMessage(here, 1, 1, 1, 1))
			second := newMessage(here, 2, 1, 1)
			second.Message.SendAt = instant(900)
			createMessage(t, s, second)
			createMessage(t, s, newMessage(there, 3, 1))
			claimBatch(t, s, batchOf(first, 1), "c")
			sendBatch(t, s, batchOf(first, 3), messaging.DeliveryScheduled)
			sendBatch(t, s, batchOf(second, 2), messaging.DeliveryDead)
			want := []messaging.BatchRef{batchOf(first, 2), batchOf(first, 3), batchOf(second, 1)}
			for _, size := range []int{1, 2, 10} {
				var got []messaging.BatchRef
				for after := (messaging.BatchRef{}); ; {
					refs, err := s.Waiting(t.Context(), here, after, size)
					if err != nil {
						t.Fatalf("Waiting: %v", err)
					}
					if len(refs) == 0 {
						break
					}
					got, after = append(got, refs...), refs[len(refs)-1]
				}
				if !slices.Equal(got, want) {
					t.Errorf("pieces of %d: got %v, want %v", size, got, want)
				}
			}
		},
		"by task": func(t *testing.T, s messaging.Store) {
			first := createMessage(t, s, newMessage(here, 1, 1, 1))
			wecom := newMessage(here, 2, 1)
			wecom.Message.Provider = provider.WeCom
			createMessage(t, s, wecom)
			foreign := createMessage(t, s, newMessage(there, 3, 1))
			for i, ref := range []messaging.BatchRef{batchOf(first, 2), batchOf(first, 1), batchOf(wecom, 1), batchOf(foreign, 1)} {
				claimBatch(t, s, ref, "c")
				st := accepted("c")
				st.At = instant(60 + i)
				settleBatch(t, s, ref, st)
			}
			for _, c := range []struct {
				kind provider.Kind
				want messaging.BatchRef
			}{{provider.DingTalk, batchOf(first, 1)}, {provider.WeCom, batchOf(wecom, 1)}} {
				if got, err := s.BatchByTask(t.Context(), here, c.kind, "task-1"); err != nil || got != c.want {
					t.Errorf("BatchByTask of %s = %+v, %v; want %+v", c.kind, got, err, c.want)
				}
			}
			createMessage(t, s, newMessage(here, 4, 1))
			for _, task := range []string{"", "task-2"} {
				_, err := s.BatchByTask(t.Context(), here, provider.DingTalk, task)
				wantError(t, "BatchByTask("+task+")", err, tenant.ErrNotFound)
			}
		},
	}
}
