package storetest

import (
	"context"
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// wantReplayed replays a message in batches of at most size people and compares
// the numbers of the batches that are returned.
func wantReplayed(
	tb testing.TB, s messaging.Store, m messaging.NewMessage, size int, states []messaging.DeliveryState, want ...int,
) {
	tb.Helper()
	refs, err := s.Replay(tb.Context(), m.Message.Tenant, m.Message.ID, states, size, instant(400))
	if err != nil {
		tb.Fatalf("Replay: %v", err)
	}
	wantRefs(tb, "Replay", m, refs, want...)
}

func replayTests() map[string]func(*testing.T, messaging.Store) {
	only := func(states ...messaging.DeliveryState) []messaging.DeliveryState { return states }
	return map[string]func(*testing.T, messaging.Store){
		"by state, in batches of a size": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1, 3, 2, 1, 1)
			n.Unbound = []messaging.Unbound{{Recipient: messaging.Recipient{Username: "nobody"}, Failure: *failure("")}}
			createMessage(t, s, n)
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryDead)
			sendBatch(t, s, batchOf(n, 2), messaging.DeliveryExpired)
			sendBatch(t, s, batchOf(n, 3), messaging.DeliveryAccepted)
			wantReplayed(t, s, n, 2, only(messaging.DeliveryFailed))
			wantReplayed(t, s, n, 2, nil)
			wantReplayed(t, s, n, 2, only(messaging.DeliveryDead, messaging.DeliveryExpired, messaging.DeliveryUnbound), 5, 6, 7)
			wantBatches(t, s, n, "1 part 0 dead 0", "2 part 0 expired 0", "3 part 0 accepted 1", "4 part 0 pending 1",
				"5 part 0 pending 2", "6 part 0 pending 2", "7 part 0 pending 1")
			wantUsers(t, s, batchOf(n, 5), 0, 1)
			wantUsers(t, s, batchOf(n, 6), 2, 3)
			wantUsers(t, s, batchOf(n, 7), 4)
			wantStates(t, s, n, messaging.DeliveryUnbound, messaging.DeliveryAccepted, messaging.DeliveryPending,
				messaging.DeliveryPending, messaging.DeliveryPending, messaging.DeliveryPending, messaging.DeliveryPending, messaging.DeliveryPending)
			w := readWork(t, s, batchOf(n, 5))
			if w.Batch.Attempts != 0 || w.Claim != "" || w.Batch.Failure != nil || w.Batch.MaybeSent {
				t.Errorf("new batch: got %+v", w)
			}
			wantTime(t, "NextAt", w.Batch.NextAt, instant(400))
			wantTime(t, "UpdatedAt", w.Batch.UpdatedAt, instant(400))
			wantState(t, s, n, messaging.Sending)
			wantReplayed(t, s, n, 2, only(messaging.DeliveryDead, messaging.DeliveryExpired))
		},
		"before the time to send": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1, 2)
			n.Message.SendAt = instant(500)
			createMessage(t, s, n)
			if _, err := s.Cancel(t.Context(), here, n.Message.ID, *failure("c"), instant(90), false); err != nil {
				t.Fatal(err)
			}
			wantReplayed(t, s, n, 0, only(messaging.DeliveryCancelled), 2)
			wantBatches(t, s, n, "1 part 0 cancelled 0", "2 part 0 scheduled 2")
			wantTime(t, "NextAt", readWork(t, s, batchOf(n, 2)).Batch.NextAt, instant(500))
		},
		"single people": func(t *testing.T, s messaging.Store) {
			n, ref := acceptedBatch(t, s, 3)
			report := messaging.Progress{
				Read: []provider.UserID{"p-0"}, At: instant(200),
				Failed: map[provider.UserID]messaging.Failure{"p-1": *failure("1"), "p-2": *failure("2")},
			}
			if open, err := trackOne(t.Context(), s, ref, report); err != nil || open {
				t.Fatalf("Track = %t, %v", open, err)
			}
			wantReplayed(t, s, n, 0, only(messaging.DeliveryFailed), 2)
			wantBatches(t, s, n, "1 part 0 accepted 1", "2 part 0 pending 2")
			wantStates(t, s, n, messaging.DeliveryRead, messaging.DeliveryPending, messaging.DeliveryPending)
			if d := deliveriesOf(t, s, n)[1]; d.Failure != nil {
				t.Errorf("failure of a replayed delivery: got %+v", d.Failure)
			}
			sendBatch(t, s, batchOf(n, 2), messaging.DeliveryAccepted)
			wantStates(t, s, n, messaging.DeliveryRead, messaging.DeliveryAccepted, messaging.DeliveryAccepted)
		},
		"after cancelling": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			wantCancelled(t, s, n, false, 1)
			wantReplayed(t, s, n, 10, only(messaging.DeliveryDead)) // moves nothing
			wantWorkCancelled(t, s, batchOf(n, 1), true)
			wantReplayed(t, s, n, 10, only(messaging.DeliveryCancelled), 2)
			wantWorkCancelled(t, s, batchOf(n, 2), false)
			sendBatch(t, s, batchOf(n, 2), messaging.DeliveryAccepted)
			wantStates(t, s, n, messaging.DeliveryAccepted)
		},
		"after recalling": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1, 1))
			other := createMessage(t, s, newMessage(here, 2, 1))
			claimBatch(t, s, batchOf(n, 2), "c")
			wantCancelled(t, s, n, true, 1)
			wantCancelled(t, s, other, true, 1)
			wantReplayed(t, s, n, 10, only(messaging.DeliveryCancelled), 3)
			for _, number := range []int{2, 3} {
				wantWorkCancelled(t, s, batchOf(n, number), false)
				if at := readWork(t, s, batchOf(n, number)).RecallAt; !at.IsZero() {
					t.Errorf("RecallAt of the work of batch %d: got %s, want none", number, at)
				}
			}
			if at := readMessage(t, s, n).RecallAt; !at.IsZero() {
				t.Errorf("RecallAt: got %s, want none", at)
			}
			wantWorkCancelled(t, s, batchOf(other, 1), true)
			wantTime(t, "RecallAt of another message", readMessage(t, s, other).RecallAt, instant(90))
			wantCancelled(t, s, n, false, 1)
			wantWorkCancelled(t, s, batchOf(n, 2), true)
		},
		"all parts of who has got none": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 2, 3, 2))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryDead)
			settleBatch(t, s, batchOf(n, 2), notAccepted("", messaging.DeliveryFailed))
			wantReplayed(t, s, n, 2, only(messaging.DeliveryDead), 5, 7)
			wantBatches(t, s, n,
				"1 part 1 dead 0", "2 part 2 failed 0", "3 part 1 pending 2", "4 part 2 pending 2",
				"5 part 1 pending 2", "6 part 2 pending 2", "7 part 1 pending 1", "8 part 2 pending 1")
			wantPlace(t, s, n, 5, place{1, "", true})
			wantPlace(t, s, n, 6, place{2, messaging.DeliveryPending, false})
			for _, number := range []int{5, 6} {
				wantUsers(t, s, batchOf(n, number), 0, 1)
			}
			wantPlace(t, s, n, 8, place{2, messaging.DeliveryPending, false})
		},
		"only the parts that are missing": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 3, 2))
			claimBatch(t, s, batchOf(n, 1), "c")
			st := accepted("c")
			st.Refused = map[provider.UserID]messaging.Failure{"p-1": *failure("1")}
			settleBatch(t, s, batchOf(n, 1), st)
			sendBatch(t, s, batchOf(n, 2), messaging.DeliveryDead)
			settleBatch(t, s, batchOf(n, 3), notAccepted("", messaging.DeliveryFailed))
			wantReplayed(t, s, n, 5, only(messaging.DeliveryDead, messaging.DeliveryFailed), 4, 7, 8)
			wantBatches(t, s, n,
				"1 part 1 accepted 1", "2 part 2 dead 0", "3 part 3 failed 0",
				"4 part 1 pending 1", "5 part 2 pending 1", "6 part 3 pending 1",
				"7 part 2 pending 1", "8 part 3 pending 1")
			for number, user := range map[int]int{4: 1, 5: 1, 6: 1, 7: 0, 8: 0} {
				wantUsers(t, s, batchOf(n, number), user)
			}
			wantPlace(t, s, n, 7, place{2, "", false})
			wantPlace(t, s, n, 8, place{3, "", false})
		},
		"not what is being sent": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, splitMessage(here, 1, 2, 1))
			claimBatch(t, s, batchOf(n, 1), "c")
			settleBatch(t, s, batchOf(n, 2), notAccepted("", messaging.DeliveryExpired))
			wantReplayed(t, s, n, 5, only(messaging.DeliveryExpired), 3)
			wantBatches(t, s, n, "1 part 1 sending 1", "2 part 2 expired 0", "3 part 2 pending 1")
			wantPlace(t, s, n, 3, place{2, "", false})
		},
		"parts that wait come along": func(t *testing.T, s messaging.Store) {
			n := splitMessage(here, 1, 2)
			n.Batches = [][]messaging.Recipient{people(0, 2)}
			createMessage(t, s, n)
			before := readWork(t, s, batchOf(n, 2))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryDead)
			wantReplayed(t, s, n, 1, only(messaging.DeliveryDead), 3, 5)
			wantBatches(t, s, n, "1 part 1 dead 0", "3 part 1 pending 1", "4 part 2 pending 1", "5 part 1 pending 1", "6 part 2 pending 1")
			c := messaging.Claim{ID: "c", SeenState: before.Batch.State, SeenClaim: before.Claim, At: instant(401)}
			wantError(t, "Claim of the batch that is gone", claimOne(t.Context(), s, batchOf(n, 2), c), tenant.ErrNotFound)
		},
		"everyone": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, everyone(here, 1))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryUncertain)
			wantReplayed(t, s, n, 100, only(messaging.DeliveryUncertain), 2)
			wantBatches(t, s, n, "2 part 0 pending 0")
			wantStates(t, s, n, messaging.DeliveryPending)
			if w := readWork(t, s, batchOf(n, 2)); !w.Everyone || len(w.Users) != 0 {
				t.Errorf("work: got Everyone %t, Users %v; want true, none", w.Everyone, w.Users)
			}
		},
		"everyone, in parts": func(t *testing.T, s messaging.Store) {
			for i, first := range []messaging.DeliveryState{messaging.DeliveryAccepted, messaging.DeliveryDead} {
				n := everyone(here, i)
				n.Message.Parts = parts(2)
				createMessage(t, s, n)
				sendBatch(t, s, batchOf(n, 1), first)
				sendBatch(t, s, batchOf(n, 2), messaging.DeliveryDead)
				wantReplayed(t, s, n, 1, only(messaging.DeliveryDead), 3)
				if first == messaging.DeliveryAccepted {
					wantBatches(t, s, n, "1 part 1 accepted 0", "3 part 2 pending 0")
					wantStates(t, s, n, messaging.DeliveryAccepted, messaging.DeliveryPending)
				} else {
					wantBatches(t, s, n, "3 part 1 pending 0", "4 part 2 pending 0")
					wantStates(t, s, n, messaging.DeliveryPending, messaging.DeliveryPending)
				}
			}
		},
		"unknown": func(t *testing.T, s messaging.Store) {
			_, err := s.Replay(t.Context(), here, "nothing", only(messaging.DeliveryDead), 1, instant(400))
			wantError(t, "Replay", err, tenant.ErrNotFound)
		},
		"many people": func(t *testing.T, s messaging.Store) {
			const size = 2500
			n := createMessage(t, s, newMessage(here, 1, size))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryDead)
			wantReplayed(t, s, n, 1000, only(messaging.DeliveryDead), 2, 3, 4)
			wantBatches(t, s, n, "1 part 0 dead 0", "2 part 0 pending 1000", "3 part 0 pending 1000", "4 part 0 pending 500")
			if got := readWork(t, s, batchOf(n, 4)).Users[499]; got != person(size-1).ProviderUserID {
				t.Errorf("the last person: got %s", got)
			}
		},
		"twice at once": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 4, 4))
			sendBatch(t, s, batchOf(n, 1), messaging.DeliveryDead)
			sendBatch(t, s, batchOf(n, 2), messaging.DeliveryDead)
			atOnce(t, 4, func(ctx context.Context, _ int) error {
				_, err := s.Replay(ctx, here, n.Message.ID, only(messaging.DeliveryDead), 3, instant(400))
				return err
			})
			wantBatches(t, s, n, "1 part 0 dead 0", "2 part 0 dead 0",
				"3 part 0 pending 3", "4 part 0 pending 3", "5 part 0 pending 2")
			want := map[messaging.DeliveryState]int{messaging.DeliveryPending: 8}
			if got := readMessage(t, s, n).Counts; !reflect.DeepEqual(got, want) {
				t.Errorf("counts: got %v, want %v", got, want)
			}
		},
	}
}
