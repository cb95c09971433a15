package storetest

import (
	"errors"
	"maps"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// togetherTests are about batches of several messages and tenants in one call.
func togetherTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"work": func(t *testing.T, s messaging.Store) {
			refs := severalBatches(t, s)
			gone := messaging.BatchRef{Tenant: here, MessageID: messageID(9), Number: 1}
			found, err := s.Work(t.Context(), append(refs, gone)...)
			if err != nil || len(found) != len(refs) {
				t.Fatalf("Work: %d, %v; want %d", len(found), err, len(refs))
			}
			for _, ref := range refs {
				if w := found[ref]; w.Batch.BatchRef != ref || len(w.Users) != 1 {
					t.Errorf("work of %v: got that of %v to %v", ref, w.Batch.BatchRef, w.Users)
				}
			}
			if found, err := s.Work(t.Context()); err != nil || len(found) != 0 {
				t.Errorf("Work of nothing: got %v, %v", found, err)
			}
		},
		"claim": func(t *testing.T, s messaging.Store) {
			refs := severalBatches(t, s)
			claimBatch(t, s, refs[1], "before")
			gone := messaging.BatchRef{Tenant: here, MessageID: messageID(9), Number: 1}
			var list []messaging.Claim
			for _, ref := range append(refs, gone) {
				list = append(list, messaging.Claim{
					Batch: ref, ID: "claim of " + ref.MessageID + string(ref.Tenant),
					SeenState: messaging.DeliveryPending, At: instant(2),
				})
			}
			for range 2 { // repeated without effect
				lost, err := s.Claim(t.Context(), list...)
				wantLosses(t, lost, err, map[messaging.BatchRef]error{refs[1]: tenant.ErrConflict, gone: tenant.ErrNotFound})
			}
			for i, ref := range refs {
				want := list[i].ID
				if i == 1 {
					want = "before"
				}
				p := messaging.Progress{Batch: ref, Done: true, At: instant(3)}
				if _, err := s.Track(t.Context(), p, p); err == nil {
					t.Error("Track of a batch twice: no error")
				}
				if w := readWork(t, s, ref); w.Claim != want || w.Batch.Attempts != 1 {
					t.Errorf("batch %d: claim %q, %d attempts; want %q, 1", i, w.Claim, w.Batch.Attempts, want)
				}
			}
		},
		"settle": func(t *testing.T, s messaging.Store) {
			refs := severalBatches(t, s)
			list := make([]messaging.Settlement, len(refs))
			for i, ref := range refs {
				claimBatch(t, s, ref, "c")
				list[i] = accepted("c")
				list[i].Batch = ref
			}
			list[0] = notAccepted("c", messaging.DeliveryFailed)
			list[0].Batch, list[1].Claim = refs[0], "another"
			for range 2 { // repeated without effect
				lost, err := s.Settle(t.Context(), list...)
				wantLosses(t, lost, err, map[messaging.BatchRef]error{refs[1]: tenant.ErrConflict})
			}
			for i, want := range []messaging.DeliveryState{
				messaging.DeliveryFailed, messaging.DeliverySending, messaging.DeliveryAccepted,
			} {
				if b := readWork(t, s, refs[i]).Batch; b.State != want || (b.TaskID != "") != (want == messaging.DeliveryAccepted) {
					t.Errorf("batch %d: got %s, task %q; want %s", i, b.State, b.TaskID, want)
				}
			}
		},
		"track": func(t *testing.T, s messaging.Store) {
			refs := severalBatches(t, s)
			reports := make([]messaging.Progress, len(refs))
			for i, ref := range refs {
				if i != 1 { // that is not tracked
					claimBatch(t, s, ref, "c")
					settleBatch(t, s, ref, accepted("c"))
				}
				reports[i] = messaging.Progress{Batch: ref, Read: []provider.UserID{person(0).ProviderUserID}, At: instant(70)}
			}
			reports[2].Read, reports[2].Delivered = nil, reports[2].Read
			got, err := s.Track(t.Context(), reports...)
			want := map[messaging.BatchRef]messaging.Tracked{
				refs[0]: {Delivered: 1, Read: 1}, refs[2]: {Open: true, Delivered: 1},
			}
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("Track: got %v, %v; want %v", got, err, want)
			}
			reports[2].Read = reports[2].Delivered
			got, err = s.Track(t.Context(), reports...)
			if want := map[messaging.BatchRef]messaging.Tracked{refs[2]: {Read: 1}}; err != nil || !maps.Equal(got, want) {
				t.Errorf("Track again: got %v, %v; want %v: what was known before is not told again", got, err, want)
			}
			for i, want := range []messaging.DeliveryState{
				messaging.DeliveryRead, messaging.DeliveryPending, messaging.DeliveryRead,
			} {
				m := messaging.NewMessage{Message: messaging.Message{Tenant: refs[i].Tenant, ID: refs[i].MessageID}}
				wantStates(t, s, m, want)
			}
		},
		"no batch twice": func(t *testing.T, s messaging.Store) {
			ref := severalBatches(t, s)[0]
			c := messaging.Claim{Batch: ref, ID: "c", SeenState: messaging.DeliveryPending, At: instant(2)}
			if _, err := s.Claim(t.Context(), c, c); err == nil {
				t.Error("Claim of a batch twice: no error")
			}
			st := notAccepted("", messaging.DeliveryExpired)
			st.Batch = ref
			if _, err := s.Settle(t.Context(), st, st); err == nil {
				t.Error("Settle of a batch twice: no error")
			}
			p := messaging.Progress{Batch: ref, Done: true, At: instant(3)}
			if _, err := s.Track(t.Context(), p, p); err == nil {
				t.Error("Track of a batch twice: no error")
			}
			if w := readWork(t, s, ref); w.Claim != "" || w.Batch.State != messaging.DeliveryPending {
				t.Errorf("got claim %q, %s; want nothing changed", w.Claim, w.Batch.State)
			}
		},
	}
}

// severalBatches creates messages of one batch: two of here, and one of another
// tenant that has the id of the first.
func severalBatches(tb testing.TB, s messaging.Store) []messaging.BatchRef {
	tb.Helper()
	return []messaging.BatchRef{
		batchOf(createMessage(tb, s, newMessage(here, 1, 1)), 1),
		batchOf(createMessage(tb, s, newMessage(here, 2, 1)), 1),
		batchOf(createMessage(tb, s, newMessage("t-9", 1, 1)), 1),
	}
}

func wantLosses(tb testing.TB, got map[messaging.BatchRef]error, err error, want map[messaging.BatchRef]error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	if !maps.EqualFunc(got, want, func(a, b error) bool { return errors.Is(a, b) }) {
		tb.Errorf("lost: got %v, want %v", got, want)
	}
}
