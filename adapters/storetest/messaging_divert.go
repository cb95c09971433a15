package storetest

import (
	"context"
	"reflect"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// held is a diversion of people that a quota holds back.
func held(numbers ...int) messaging.Diversion {
	d := messaging.Diversion{
		State: messaging.DeliveryScheduled, NextAt: instant(500), Attempts: 3, Failure: failure("quota"), At: instant(70),
	}
	for _, n := range numbers {
		d.Users = append(d.Users, person(n).ProviderUserID)
	}
	return d
}

// wantDiverted diverts people and compares the number of their batch.
func wantDiverted(tb testing.TB, s messaging.Store, m messaging.NewMessage, from, want int, d messaging.Diversion) {
	tb.Helper()
	ref, err := s.Divert(tb.Context(), batchOf(m, from), d)
	if err != nil || ref != batchOf(m, want) {
		tb.Fatalf("Divert = %+v, %v; want batch %d", ref, err, want)
	}
}

func wantNotDiverted(tb testing.TB, s messaging.Store, ref messaging.BatchRef, target error, d messaging.Diversion) {
	tb.Helper()
	_, err := s.Divert(tb.Context(), ref, d)
	wantError(tb, "Divert", err, target)
}

func divertTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"some of a batch": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 3, 1))
			wantDiverted(t, s, n, 1, 3, held(0, 2, 3, 99))
			wantBatches(t, s, n, "1 part 0 pending 1", "2 part 0 pending 1", "3 part 0 scheduled 2")
			wantUsers(t, s, batchOf(n, 1), 1)
			wantUsers(t, s, batchOf(n, 3), 0, 2)
			w := readWork(t, s, batchOf(n, 3))
			if w.Batch.Attempts != 3 || w.Claim != "" || !reflect.DeepEqual(w.Batch.Failure, failure("quota")) {
				t.Errorf("new batch: got %+v", w)
			}
			wantTime(t, "NextAt", w.Batch.NextAt, instant(500))
			wantTime(t, "UpdatedAt", w.Batch.UpdatedAt, instant(70))
			wantStates(t, s, n, messaging.DeliveryPending, messaging.DeliveryPending, messaging.DeliveryScheduled, messaging.DeliveryScheduled)
			wantDiverted(t, s, n, 3, 4, held(2))
			wantUsers(t, s, batchOf(n, 3), 0)
			wantUsers(t, s, batchOf(n, 4), 2)
		},
		"with the later parts": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 3, 2, 2))
			wantDiverted(t, s, n, 1, 7, held(1, 2))
			wantBatches(t, s, n,
				"1 part 1 pending 1", "2 part 2 pending 1", "3 part 3 pending 1",
				"4 part 1 pending 2", "5 part 2 pending 2", "6 part 3 pending 2",
				"7 part 1 scheduled 1", "8 part 2 scheduled 1", "9 part 3 scheduled 1")
			wantPlace(t, s, n, 7, place{1, "", true})
			wantPlace(t, s, n, 8, place{2, messaging.DeliveryScheduled, true})
			wantPlace(t, s, n, 9, place{3, messaging.DeliveryScheduled, false})
			for _, number := range []int{7, 8, 9} {
				wantUsers(t, s, batchOf(n, number), 1)
			}
		},
		"from a later part on": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 3, 2))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryAccepted)
			wantDiverted(t, s, n, 2, 4, held(0))
			wantBatches(t, s, n,
				"1 part 1 accepted 2", "2 part 2 pending 1", "3 part 3 pending 1",
				"4 part 2 scheduled 1", "5 part 3 scheduled 1")
			wantPlace(t, s, n, 4, place{2, "", true})
			wantPlace(t, s, n, 5, place{3, messaging.DeliveryScheduled, false})
			wantPlace(t, s, n, 2, place{2, messaging.DeliveryAccepted, true})
		},
		"not from parts that are over": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 3, 2))
			settleBatch(t, s, batchOf(n, 2), notAccepted("", messaging.DeliveryFailed))
			wantDiverted(t, s, n, 1, 4, held(0))
			wantBatches(t, s, n,
				"1 part 1 pending 1", "2 part 2 failed 2", "3 part 3 pending 2", "4 part 1 scheduled 1")
		},
		"while it is sent": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 2))
			err := s.InTx(t.Context(), func(ctx context.Context) error {
				c := messaging.Claim{ID: "c", SeenState: messaging.DeliveryPending, At: instant(50)}
				if err := claimOne(ctx, s, batchOf(n, 1), c); err != nil {
					return err
				}
				_, err := s.Divert(ctx, batchOf(n, 1), held(0))
				return err
			})
			if err != nil {
				t.Fatalf("InTx: %v", err)
			}
			wantUsers(t, s, batchOf(n, 1), 1)
			settleBatch(t, s, batchOf(n, 1), accepted("c"))
			wantBatches(t, s, n, "1 part 0 accepted 1", "2 part 0 scheduled 1")
		},
		"all of a batch that is sent": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 2))
			claimBatch(t, s, batchOf(n, 1), "c")
			wantDiverted(t, s, n, 1, 2, held(0, 1))
			settleBatch(t, s, batchOf(n, 1), accepted("c"))
			wantBatches(t, s, n, "1 part 0 accepted 0", "2 part 0 scheduled 2")
			wantStates(t, s, n, messaging.DeliveryScheduled, messaging.DeliveryScheduled)
			open, err := trackOne(t.Context(), s, batchOf(n, 1), messaging.Progress{At: instant(200)})
			if err != nil || open {
				t.Errorf("Track of nobody = %t, %v; want false, nil", open, err)
			}
		},
		"all of a batch that waits": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 2))
			wantDiverted(t, s, n, 1, 2, held(0, 1))
			wantBatches(t, s, n, "2 part 0 scheduled 2")
			_, err := workOne(t.Context(), s, batchOf(n, 1))
			wantError(t, "Work of the empty batch", err, tenant.ErrNotFound)
			wantStates(t, s, n, messaging.DeliveryScheduled, messaging.DeliveryScheduled)
		},
		"after the answer": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 3))
			claimBatch(t, s, batchOf(n, 1), "c")
			st := accepted("c")
			st.Refused = map[provider.UserID]messaging.Failure{person(0).ProviderUserID: *failure("1")}
			settleBatch(t, s, batchOf(n, 1), st)
			again := held(0, 1)
			again.State = messaging.DeliveryPending
			wantDiverted(t, s, n, 1, 2, again)
			wantUsers(t, s, batchOf(n, 2), 1)
			wantStates(t, s, n, messaging.DeliveryFailed, messaging.DeliveryAccepted, messaging.DeliveryPending)
		},
		"nobody": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1, 1))
			for _, d := range []messaging.Diversion{held(), held(1), held(99)} {
				wantNotDiverted(t, s, batchOf(n, 1), tenant.ErrConflict, d)
			}
			wantNotDiverted(t, s, batchOf(n, 3), tenant.ErrNotFound, held(0))
			wantNotDiverted(t, s, batchOf(createMessage(t, s, everyone(here, 2)), 1), tenant.ErrConflict, held(0))
			wantBatches(t, s, n, "1 part 0 pending 1", "2 part 0 pending 1")
		},
		"not when it is over": func(t *testing.T, s messaging.Store) {
			for i, state := range []messaging.DeliveryState{
				messaging.DeliveryFailed, messaging.DeliveryDead, messaging.DeliveryUncertain, messaging.DeliveryExpired,
			} {
				n := createMessage(t, s, newMessage(here, i, 2))
				sendBatch(t, s, batchOf(n, 1), state)
				wantNotDiverted(t, s, batchOf(n, 1), tenant.ErrConflict, held(0))
			}
			n := createMessage(t, s, newMessage(here, 9, 2))
			wantCancelled(t, s, n, false, 1)
			wantNotDiverted(t, s, batchOf(n, 1), tenant.ErrConflict, held(0))
		},
		"who has read the batch before cannot send it": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 2, 2))
			before := []messaging.Work{readWork(t, s, batchOf(n, 1)), readWork(t, s, batchOf(n, 2))}
			wantDiverted(t, s, n, 1, 3, held(0))
			for _, w := range before {
				c := messaging.Claim{ID: "c", SeenState: w.Batch.State, SeenClaim: w.Claim, At: instant(80)}
				wantError(t, "Claim", claimOne(t.Context(), s, w.Batch.BatchRef, c), tenant.ErrConflict)
				st := notAccepted(w.Claim, messaging.DeliveryExpired)
				wantError(t, "Settle", settleOne(t.Context(), s, w.Batch.BatchRef, st), tenant.ErrConflict)
				claimBatch(t, s, w.Batch.BatchRef, "c")
			}
		},
		"doubt goes along": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 2))
			claimBatch(t, s, batchOf(n, 1), "c-1")
			claimBatch(t, s, batchOf(n, 1), "c-2")
			wantDiverted(t, s, n, 1, 2, held(0))
			if !readWork(t, s, batchOf(n, 2)).Batch.MaybeSent {
				t.Error("MaybeSent: got false")
			}
		},
		"a race has one winner": divertRace,
		"numbers are given once": func(t *testing.T, s messaging.Store) {
			const each = 6
			n := selecting(newMessage(here, 1))
			for i := range each {
				n.Batches = append(n.Batches, people(2*i, 2))
			}
			createMessage(t, s, n)
			var wg sync.WaitGroup
			for i := range each {
				wg.Go(func() {
					if _, err := s.Divert(t.Context(), batchOf(n, i+1), held(2*i)); err != nil {
						t.Errorf("Divert: %v", err)
					}
				})
			}
			wg.Go(func() {
				e := messaging.Extension{Done: true, Batches: [][]messaging.Recipient{people(100, 1)}, At: instant(100)}
				if _, err := s.Extend(t.Context(), here, n.Message.ID, e); err != nil {
					t.Errorf("Extend: %v", err)
				}
			})
			wg.Wait()
			if got := len(batchesOf(t, s, n)); got != 2*each+1 {
				t.Errorf("got %d batches, want %d", got, 2*each+1)
			}
			counts := map[messaging.DeliveryState]int{messaging.DeliveryPending: each + 1, messaging.DeliveryScheduled: each}
			if got := readMessage(t, s, n).Counts; !reflect.DeepEqual(got, counts) {
				t.Errorf("counts: got %v, want %v", got, counts)
			}
		},
	}
}

// divertRace has several runs claim a batch and divert one of its people in the
// same transaction, as sending does.
func divertRace(t *testing.T, s messaging.Store) {
	n := createMessage(t, s, newMessage(here, 1, 2))
	oneWins(t, 6, func(ctx context.Context, i int) error {
		return s.InTx(ctx, func(ctx context.Context) error {
			c := messaging.Claim{ID: messageID(i), SeenState: messaging.DeliveryPending, At: instant(50)}
			if err := claimOne(ctx, s, batchOf(n, 1), c); err != nil {
				return err
			}
			_, err := s.Divert(ctx, batchOf(n, 1), held(0))
			return err
		})
	})
	wantBatches(t, s, n, "1 part 0 sending 1", "2 part 0 scheduled 1")
}
