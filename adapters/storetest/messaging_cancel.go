package storetest

import (
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// wantCancelled cancels a message and compares how many batches that were.
func wantCancelled(tb testing.TB, s messaging.Store, m messaging.NewMessage, recall bool, want int) {
	tb.Helper()
	n, err := s.Cancel(tb.Context(), m.Message.Tenant, m.Message.ID, *failure("cancelled"), instant(90), recall)
	if err != nil || n != want {
		tb.Errorf("Cancel = %d, %v; want %d batches", n, err, want)
	}
}

func wantWorkCancelled(tb testing.TB, s messaging.Store, ref messaging.BatchRef, want bool) {
	tb.Helper()
	if got := readWork(tb, s, ref).Cancelled; got != want {
		tb.Errorf("Cancelled of the work of batch %d: got %t, want %t", ref.Number, got, want)
	}
}

func cancelTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"what waits": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1, 1, 1, 1, 2))
			other := createMessage(t, s, newMessage(here, 2, 1))
			claimBatch(t, s, batchOf(n, 2), "c")
			sendBatch(t, s, batchOf(n, 3), messaging.DeliveryAccepted)
			sendBatch(t, s, batchOf(n, 4), messaging.DeliveryScheduled)
			wantCancelled(t, s, n, false, 3)
			wantStates(t, s, n, messaging.DeliveryCancelled, messaging.DeliverySending, messaging.DeliveryAccepted,
				messaging.DeliveryCancelled, messaging.DeliveryCancelled, messaging.DeliveryCancelled)
			wantState(t, s, n, messaging.Sending)
			wantState(t, s, other, messaging.Queued)
			d := deliveriesOf(t, s, n)[0]
			if !reflect.DeepEqual(d.Failure, failure("cancelled")) || !d.NextAt.IsZero() {
				t.Errorf("cancelled delivery: got %+v", d)
			}
			wantTime(t, "UpdatedAt", d.UpdatedAt, instant(90))
			if got := readMessage(t, s, n).RecallAt; !got.IsZero() {
				t.Errorf("RecallAt: got %s, want none", got)
			}
			wantCancelled(t, s, n, false, 0)
			settleBatch(t, s, batchOf(n, 2), accepted("c"))
			wantState(t, s, n, messaging.Tracking)
		},
		"stays so": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			before := readWork(t, s, batchOf(n, 1))
			wantCancelled(t, s, n, false, 1)
			for _, seen := range []messaging.DeliveryState{before.Batch.State, messaging.DeliveryCancelled} {
				c := messaging.Claim{ID: "c", SeenState: seen, SeenClaim: before.Claim, At: instant(95)}
				wantError(t, "Claim", claimOne(t.Context(), s, batchOf(n, 1), c), tenant.ErrConflict)
			}
			for _, st := range []messaging.Settlement{
				accepted(""), notAccepted("", messaging.DeliveryPending), notAccepted("", messaging.DeliveryExpired),
			} {
				wantError(t, "Settle", settleOne(t.Context(), s, batchOf(n, 1), st), tenant.ErrConflict)
			}
			wantStates(t, s, n, messaging.DeliveryCancelled)
			wantState(t, s, n, messaging.Finished)
		},
		"with recall": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, selecting(newMessage(here, 1, 1)))
			wantCancelled(t, s, n, true, 1)
			wantTime(t, "RecallAt", readMessage(t, s, n).RecallAt, instant(90))
			wantTime(t, "RecallAt of the work", readWork(t, s, batchOf(n, 1)).RecallAt, instant(90))
			wantSelection(t, s, n, messaging.Selection{Done: true})
			wantCancelled(t, s, n, false, 0)
			wantTime(t, "RecallAt after another cancellation", readMessage(t, s, n).RecallAt, instant(90))
		},
		"is seen by what is being sent": func(t *testing.T, s messaging.Store) {
			for i, recall := range []bool{false, true} {
				n := createMessage(t, s, newMessage(here, i, 1, 1))
				other := createMessage(t, s, newMessage(here, i+2, 1))
				claimBatch(t, s, batchOf(n, 1), "c")
				wantWorkCancelled(t, s, batchOf(n, 1), false)
				wantCancelled(t, s, n, recall, 1)
				for number := range 2 {
					wantWorkCancelled(t, s, batchOf(n, number+1), true)
				}
				wantWorkCancelled(t, s, batchOf(other, 1), false)
				wantStates(t, s, n, messaging.DeliverySending, messaging.DeliveryCancelled)
				settleBatch(t, s, batchOf(n, 1), notAccepted("c", messaging.DeliveryPending))
				wantWorkCancelled(t, s, batchOf(n, 1), true)
			}
		},
		"settled as such": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1, 1, 1, 1))
			claimBatch(t, s, batchOf(n, 2), "c")
			sendBatch(t, s, batchOf(n, 3), messaging.DeliveryScheduled)
			sendBatch(t, s, batchOf(n, 4), messaging.DeliveryAccepted)
			for number, claim := range map[int]string{1: "", 2: "c", 3: readWork(t, s, batchOf(n, 3)).Claim} {
				for range 2 { // repeated without effect
					settleBatch(t, s, batchOf(n, number), notAccepted(claim, messaging.DeliveryCancelled))
				}
			}
			st := notAccepted(readWork(t, s, batchOf(n, 4)).Claim, messaging.DeliveryCancelled)
			wantError(t, "Settle of an accepted batch", settleOne(t.Context(), s, batchOf(n, 4), st), tenant.ErrConflict)
			wantStates(t, s, n, messaging.DeliveryCancelled, messaging.DeliveryCancelled, messaging.DeliveryCancelled,
				messaging.DeliveryAccepted)
			wantWorkCancelled(t, s, batchOf(n, 1), false) // that is the message's
		},
		"unknown": func(t *testing.T, s messaging.Store) {
			_, err := s.Cancel(t.Context(), here, "nothing", *failure(""), instant(90), true)
			wantError(t, "Cancel", err, tenant.ErrNotFound)
		},
		"against claims": func(t *testing.T, s messaging.Store) {
			const batches = 12
			n := newMessage(here, 1)
			for i := range batches {
				n.Batches = append(n.Batches, people(i, 1))
			}
			createMessage(t, s, n)
			claimed := make([]bool, batches)
			var wg sync.WaitGroup
			for i := range batches {
				wg.Go(func() {
					c := messaging.Claim{ID: "c", SeenState: messaging.DeliveryPending, At: instant(80)}
					err := claimOne(t.Context(), s, batchOf(n, i+1), c)
					if err != nil && !errors.Is(err, tenant.ErrConflict) {
						t.Errorf("Claim: %v", err)
					}
					claimed[i] = err == nil
				})
			}
			var stopped int
			wg.Go(func() {
				var err error
				if stopped, err = s.Cancel(t.Context(), here, n.Message.ID, *failure("cancelled"), instant(90), false); err != nil {
					t.Errorf("Cancel: %v", err)
				}
			})
			wg.Wait()
			for i, b := range batchesOf(t, s, n) {
				want := messaging.DeliveryCancelled
				if claimed[i] {
					want = messaging.DeliverySending
				} else {
					stopped--
				}
				if b.State != want {
					t.Errorf("batch %d, claimed: %t: got %s, want %s", b.Number, claimed[i], b.State, want)
				}
			}
			if stopped != 0 {
				t.Errorf("Cancel counted %d batches too many", stopped)
			}
		},
	}
}

func recallTests() map[string]func(*testing.T, messaging.Store) {
	id := func(n int) provider.UserID { return person(n).ProviderUserID }
	recalled := func(tb testing.TB, s messaging.Store, ref messaging.BatchRef, f *messaging.Failure) {
		tb.Helper()
		if err := s.Recalled(tb.Context(), ref, f, instant(300)); err != nil {
			tb.Fatalf("Recalled: %v", err)
		}
	}
	return map[string]func(*testing.T, messaging.Store){
		"taken back": func(t *testing.T, s messaging.Store) {
			n, ref := acceptedBatch(t, s, 4)
			report := messaging.Progress{
				Delivered: []provider.UserID{id(1)}, Read: []provider.UserID{id(2)},
				Failed: map[provider.UserID]messaging.Failure{id(3): *failure("1")}, At: instant(200),
			}
			if _, err := trackOne(t.Context(), s, ref, report); err != nil {
				t.Fatalf("Track: %v", err)
			}
			recalled(t, s, ref, failure("not yet"))
			for range 2 { // repeated without effect
				recalled(t, s, ref, nil)
			}
			wantStates(t, s, n, messaging.DeliveryRecalled, messaging.DeliveryRecalled, messaging.DeliveryRecalled, messaging.DeliveryFailed)
			wantState(t, s, n, messaging.Finished)
			list := deliveriesOf(t, s, n)
			wantTime(t, "UpdatedAt of the third", list[2].UpdatedAt, instant(300))
			wantTime(t, "UpdatedAt of the failed one", list[3].UpdatedAt, instant(200))
			b := readWork(t, s, ref).Batch
			if b.Tracking || b.RecallFailure != nil || b.TaskID != "task-1" {
				t.Errorf("batch: got %+v", b)
			}
			if open, err := trackOne(t.Context(), s, ref, report); err != nil || open {
				t.Errorf("Track = %t, %v; want false, nil", open, err)
			}
			wantError(t, "Settle", settleOne(t.Context(), s, ref, notAccepted("claim-1", messaging.DeliveryFailed)), tenant.ErrConflict)
			wantError(t, "Recalled with a failure", s.Recalled(t.Context(), ref, failure("late"), instant(301)), tenant.ErrConflict)
			wantStates(t, s, n, messaging.DeliveryRecalled, messaging.DeliveryRecalled, messaging.DeliveryRecalled, messaging.DeliveryFailed)
		},
		"not taken back": func(t *testing.T, s messaging.Store) {
			n, ref := acceptedBatch(t, s, 1)
			want := readWork(t, s, ref).Batch
			recalled(t, s, ref, failure("too late"))
			want.RecallFailure = failure("too late")
			if got := batchesOf(t, s, n)[0]; !reflect.DeepEqual(got, want) {
				t.Errorf("batch: got %+v\nwant %+v", got, want)
			}
			wantStates(t, s, n, messaging.DeliveryAccepted)
			wantState(t, s, n, messaging.Tracking)
		},
		"everyone": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, everyone(here, 1))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryAccepted)
			recalled(t, s, batchOf(n, 1), nil)
			wantStates(t, s, n, messaging.DeliveryRecalled)
		},
		"not accepted": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			for _, f := range []*messaging.Failure{nil, failure("x")} {
				wantError(t, "Recalled", s.Recalled(t.Context(), batchOf(n, 1), f, instant(300)), tenant.ErrConflict)
				wantError(t, "Recalled of no batch", s.Recalled(t.Context(), batchOf(n, 2), f, instant(300)), tenant.ErrNotFound)
			}
			wantStates(t, s, n, messaging.DeliveryPending)
		},
	}
}
