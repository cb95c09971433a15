package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// extend adds people to a message.
func extend(tb testing.TB, s messaging.Store, m messaging.NewMessage, e messaging.Extension) []messaging.BatchRef {
	tb.Helper()
	if e.At.IsZero() {
		e.At = instant(100)
	}
	refs, err := s.Extend(tb.Context(), m.Message.Tenant, m.Message.ID, e)
	if err != nil {
		tb.Fatalf("Extend(%s): %v", m.Message.ID, err)
	}
	return refs
}

func wantSelection(tb testing.TB, s messaging.Store, m messaging.NewMessage, want messaging.Selection) {
	tb.Helper()
	got, err := s.Selection(tb.Context(), m.Message.Tenant, m.Message.ID)
	if err != nil || !reflect.DeepEqual(got, want) {
		tb.Errorf("Selection = %+v, %v; want %+v", got, err, want)
	}
}

func selectionTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"nothing to look up": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			wantSelection(t, s, n, messaging.Selection{Done: true})
			if readMessage(t, s, n).Resolving {
				t.Error("Resolving: got true")
			}
			_, err := s.Extend(t.Context(), here, n.Message.ID, messaging.Extension{At: instant(100)})
			wantError(t, "Extend", err, tenant.ErrConflict)
			_, err = s.Selection(t.Context(), here, "nothing")
			wantError(t, "Selection of no message", err, tenant.ErrNotFound)
			_, err = s.Extend(t.Context(), here, "nothing", messaging.Extension{At: instant(100)})
			wantError(t, "Extend of no message", err, tenant.ErrNotFound)
		},
		"step by step": selectionStepByStep,
		"nobody in the beginning": func(t *testing.T, s messaging.Store) {
			n := selecting(keyed(here, 1, "key", instant(-1000)))
			n.Batches = nil
			createMessage(t, s, n)
			wantState(t, s, n, messaging.Queued)
			again := n
			again.Message.ID = messageID(2)
			wantError(t, "CreateMessages with the same key", s.CreateMessages(t.Context(), again), tenant.ErrConflict)
			wantRefs(t, "Extend", n, extend(t, s, n, messaging.Extension{Batches: [][]messaging.Recipient{people(0, 2)}, Done: true}), 1)
			wantBatches(t, s, n, "1 part 0 pending 2")
		},
		"in parts": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, selecting(splitMessage(here, 1, 2, 1)))
			refs := extend(t, s, n, messaging.Extension{Batches: [][]messaging.Recipient{people(1, 2), people(3, 1)}, Done: true})
			wantRefs(t, "Extend", n, refs, 3, 5)
			wantBatches(t, s, n,
				"1 part 1 pending 1", "2 part 2 pending 1", "3 part 1 pending 2", "4 part 2 pending 2",
				"5 part 1 pending 1", "6 part 2 pending 1")
			wantPlace(t, s, n, 3, place{1, "", true})
			wantPlace(t, s, n, 4, place{2, messaging.DeliveryPending, false})
		},
		"at a time": func(t *testing.T, s messaging.Store) {
			n := selecting(newMessage(here, 1))
			n.Message.SendAt = instant(300)
			createMessage(t, s, n)
			wantState(t, s, n, messaging.Scheduled)
			extend(t, s, n, messaging.Extension{After: "1", Batches: [][]messaging.Recipient{people(0, 1)}, At: instant(299)})
			extend(t, s, n, messaging.Extension{Seen: "1", Done: true, Batches: [][]messaging.Recipient{people(1, 1)}, At: instant(301)})
			batches := batchesOf(t, s, n)
			wantBatches(t, s, n, "1 part 0 scheduled 1", "2 part 0 pending 1")
			wantTime(t, "NextAt before that time", batches[0].NextAt, instant(300))
			wantTime(t, "NextAt after that time", batches[1].NextAt, instant(301))
		},
		"many people": func(t *testing.T, s messaging.Store) {
			const size, groups = 500, 5
			n := createMessage(t, s, selecting(newMessage(here, 1)))
			var list [][]messaging.Recipient
			for i := range groups {
				list = append(list, people(i*size, size))
			}
			wantRefs(t, "Extend", n, extend(t, s, n, messaging.Extension{Batches: list, Done: true}), 1, 2, 3, 4, 5)
			if got := readMessage(t, s, n).Counts[messaging.DeliveryPending]; got != size*groups {
				t.Errorf("pending: got %d, want %d", got, size*groups)
			}
		},
		"not once cancelled": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, selecting(newMessage(here, 1)))
			if _, err := s.Cancel(t.Context(), here, n.Message.ID, *failure("c"), instant(100), false); err != nil {
				t.Fatalf("Cancel: %v", err)
			}
			_, err := s.Extend(t.Context(), here, n.Message.ID, messaging.Extension{Done: true, At: instant(100)})
			wantError(t, "Extend", err, tenant.ErrConflict)
			wantSelection(t, s, n, messaging.Selection{Done: true})
			wantState(t, s, n, messaging.Finished)
		},
		"rolled back": func(t *testing.T, s messaging.Store) {
			n, stop := createMessage(t, s, selecting(newMessage(here, 1))), errors.New("stop")
			err := s.InTx(t.Context(), func(ctx context.Context) error {
				_, err := s.Extend(ctx, here, n.Message.ID, messaging.Extension{
					After: "1", Batches: [][]messaging.Recipient{people(0, 1)}, At: instant(100),
				})
				return errors.Join(err, stop)
			})
			wantError(t, "InTx", err, stop)
			wantSelection(t, s, n, n.Selection)
			wantRefs(t, "Extend", n, extend(t, s, n, messaging.Extension{Batches: [][]messaging.Recipient{people(0, 1)}}), 1)
		},
		"a race has one winner": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, selecting(newMessage(here, 1)))
			oneWins(t, 8, func(ctx context.Context, _ int) error {
				_, err := s.Extend(ctx, here, n.Message.ID, messaging.Extension{
					After: "1", Batches: [][]messaging.Recipient{people(0, 3)}, At: instant(100),
				})
				return err
			})
			wantBatches(t, s, n, "1 part 0 pending 3")
		},
	}
}

func selectionStepByStep(t *testing.T, s messaging.Store) {
	n := selecting(newMessage(here, 1, 1))
	n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "first"}, Failure: *failure("a")}}
	createMessage(t, s, n)
	want := n.Selection
	wantSelection(t, s, n, want)
	if !readMessage(t, s, n).Resolving {
		t.Error("Resolving: got false")
	}

	step := messaging.Extension{
		After: "p-'2", Batches: [][]messaging.Recipient{people(1, 2), people(3, 1)},
		Unbound: []messaging.Unbound{{Recipient: messaging.Recipient{Username: "second"}, Failure: *failure("b")}},
	}
	wantRefs(t, "Extend", n, extend(t, s, n, step), 2, 3)
	want.After = "p-'2"
	wantSelection(t, s, n, want)
	step.At = instant(100)
	_, err := s.Extend(t.Context(), here, n.Message.ID, step)
	wantError(t, "Extend with what was seen before", err, tenant.ErrConflict)

	wantRefs(t, "Extend without people", n, extend(t, s, n, messaging.Extension{Seen: "p-'2", After: "p-3"}))
	sendBatch(t, s, batchOf(n, 1), messaging.DeliveryDead)
	sendBatch(t, s, batchOf(n, 2), messaging.DeliveryDead)
	sendBatch(t, s, batchOf(n, 3), messaging.DeliveryDead)
	wantState(t, s, n, messaging.Sending)

	last := messaging.Extension{Seen: "p-3", After: "p-9", Done: true, Unbound: []messaging.Unbound{{Failure: *failure("c")}}}
	wantRefs(t, "the last Extend", n, extend(t, s, n, last))
	wantSelection(t, s, n, messaging.Selection{Done: true})
	wantState(t, s, n, messaging.Finished)
	wantStates(t, s, n, messaging.DeliveryUnbound, messaging.DeliveryUnbound, messaging.DeliveryUnbound,
		messaging.DeliveryDead, messaging.DeliveryDead, messaging.DeliveryDead, messaging.DeliveryDead)
	var got []provider.UserID
	for _, d := range deliveriesOf(t, s, n, messaging.DeliveryDead) {
		got = append(got, d.Recipient.ProviderUserID)
	}
	if want := []provider.UserID{"p-0", "p-1", "p-2", "p-3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("people: got %v, want %v", got, want)
	}
	if got := deliveriesOf(t, s, n)[1]; got.Recipient.Username != "second" || !reflect.DeepEqual(got.Failure, failure("b")) {
		t.Errorf("the second unbound delivery: got %+v", got)
	}
}
