package storetest

import (
	"context"
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

func trackTests() map[string]func(*testing.T, messaging.Store) {
	id := func(n int) provider.UserID { return person(n).ProviderUserID }
	return map[string]func(*testing.T, messaging.Store){
		"forward only": func(t *testing.T, s messaging.Store) {
			n, ref := acceptedBatch(t, s, 4)
			steps := []struct {
				report messaging.Progress
				want   []messaging.DeliveryState
				open   bool
			}{
				{
					messaging.Progress{},
					[]messaging.DeliveryState{messaging.DeliveryAccepted, messaging.DeliveryAccepted, messaging.DeliveryAccepted, messaging.DeliveryAccepted},
					true,
				},
				{
					messaging.Progress{
						Delivered: []provider.UserID{id(0), id(1), "stranger"}, Read: []provider.UserID{id(2)},
						Failed: map[provider.UserID]messaging.Failure{id(3): *failure("1")},
					},
					[]messaging.DeliveryState{messaging.DeliveryDelivered, messaging.DeliveryDelivered, messaging.DeliveryRead, messaging.DeliveryFailed},
					true,
				},
				{
					messaging.Progress{Delivered: []provider.UserID{id(2), id(3)}, Read: []provider.UserID{id(3)}},
					[]messaging.DeliveryState{messaging.DeliveryDelivered, messaging.DeliveryDelivered, messaging.DeliveryRead, messaging.DeliveryFailed},
					true,
				},
				{
					messaging.Progress{
						Read:   []provider.UserID{id(0)},
						Failed: map[provider.UserID]messaging.Failure{id(1): *failure("2"), id(2): *failure("2")},
					},
					[]messaging.DeliveryState{messaging.DeliveryRead, messaging.DeliveryFailed, messaging.DeliveryRead, messaging.DeliveryFailed},
					false,
				},
			}
			for i, step := range steps {
				step.report.At = instant(200 + i)
				open, err := trackOne(t.Context(), s, ref, step.report)
				if err != nil || open != step.open {
					t.Errorf("step %d: Track = %t, %v; want %t", i, open, err, step.open)
				}
				wantStates(t, s, n, step.want...)
			}
			list := deliveriesOf(t, s, n)
			wantTime(t, "UpdatedAt of the first", list[0].UpdatedAt, instant(203))
			wantTime(t, "UpdatedAt of the third", list[2].UpdatedAt, instant(201))
			if !reflect.DeepEqual(list[3].Failure, failure("1")) || list[0].Failure != nil {
				t.Errorf("failures: got %+v and %+v", list[3].Failure, list[0].Failure)
			}
			b := readWork(t, s, ref).Batch
			if b.Tracks != len(steps) || b.Tracking {
				t.Errorf("batch: got %d tracks, tracking %t; want %d, false", b.Tracks, b.Tracking, len(steps))
			}
			wantState(t, s, n, messaging.Finished)
		},
		"done before all have read": func(t *testing.T, s messaging.Store) {
			n, ref := acceptedBatch(t, s, 2)
			open, err := trackOne(t.Context(), s, ref, messaging.Progress{Delivered: []provider.UserID{id(0)}, Done: true, At: instant(200)})
			if err != nil || open {
				t.Errorf("Track = %t, %v; want false, nil", open, err)
			}
			wantStates(t, s, n, messaging.DeliveryDelivered, messaging.DeliveryAccepted)
			wantState(t, s, n, messaging.Finished)
			open, err = trackOne(t.Context(), s, ref, messaging.Progress{Read: []provider.UserID{id(0)}, At: instant(201)})
			if err != nil || open {
				t.Errorf("Track of a finished batch = %t, %v; want false, nil", open, err)
			}
			wantStates(t, s, n, messaging.DeliveryDelivered, messaging.DeliveryAccepted)
		},
		"everyone": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1)
			n.Message.Everyone, n.Batches = true, [][]messaging.Recipient{{{All: true}}}
			createMessage(t, s, n)
			claimBatch(t, s, batchOf(n, 1), "c")
			settleBatch(t, s, batchOf(n, 1), accepted("c"))
			open, err := trackOne(t.Context(), s, batchOf(n, 1), messaging.Progress{At: instant(200)})
			if err != nil || !open {
				t.Errorf("Track = %t, %v; want true, nil", open, err)
			}
			open, err = trackOne(t.Context(), s, batchOf(n, 1), messaging.Progress{AllDelivered: true, Done: true, At: instant(201)})
			if err != nil || open {
				t.Errorf("Track = %t, %v; want false, nil", open, err)
			}
			wantStates(t, s, n, messaging.DeliveryDelivered)
		},
		"other batches and messages stay": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1, 1))
			other := newMessage(here, 2)
			other.Batches = [][]messaging.Recipient{people(0, 1)}
			createMessage(t, s, other)
			for _, ref := range []messaging.BatchRef{batchOf(n, 1), batchOf(n, 2), batchOf(other, 1)} {
				claimBatch(t, s, ref, "c")
				settleBatch(t, s, ref, accepted("c"))
			}
			report := messaging.Progress{Read: []provider.UserID{id(0), id(1)}, At: instant(200)}
			if _, err := trackOne(t.Context(), s, batchOf(n, 1), report); err != nil {
				t.Fatalf("Track: %v", err)
			}
			wantStates(t, s, n, messaging.DeliveryRead, messaging.DeliveryAccepted)
			wantStates(t, s, other, messaging.DeliveryAccepted)
			wantState(t, s, n, messaging.Tracking)
		},
		"not tracked": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			for _, ref := range []messaging.BatchRef{batchOf(n, 1), batchOf(n, 7)} {
				open, err := trackOne(t.Context(), s, ref, messaging.Progress{Read: []provider.UserID{id(0)}, At: instant(200)})
				if err != nil || open {
					t.Errorf("Track(%d) = %t, %v; want false, nil", ref.Number, open, err)
				}
			}
			wantStates(t, s, n, messaging.DeliveryPending)
		},
		"two reports at once": func(t *testing.T, s messaging.Store) {
			const size = 20
			n, ref := acceptedBatch(t, s, size)
			atOnce(t, size, func(ctx context.Context, i int) error {
				_, err := trackOne(ctx, s, ref, messaging.Progress{Read: []provider.UserID{id(i)}, At: instant(200)})
				return err
			})
			if got := readMessage(t, s, n).Counts[messaging.DeliveryRead]; got != size {
				t.Errorf("read: got %d, want %d", got, size)
			}
			wantState(t, s, n, messaging.Finished)
		},
	}
}
