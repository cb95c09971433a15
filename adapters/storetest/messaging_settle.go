package storetest

import (
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func settleTests() map[string]func(*testing.T, messaging.Store) {
	tests := map[string]func(*testing.T, messaging.Store){
		"accepted": func(t *testing.T, s messaging.Store) {
			n, ref := acceptedBatch(t, s, 2)
			want := messaging.Batch{
				BatchRef: ref, State: messaging.DeliveryAccepted, Recipients: 2, Attempts: 1, NextAt: instant(60),
				TaskID: "task-1", RequestID: "request-1", AppIdentity: "key's 1", Answer: []byte(`{"errcode":0}`),
				Tracking: true, AcceptedAt: instant(60), UpdatedAt: instant(60),
			}
			got, err := s.Batches(t.Context(), here, n.Message.ID)
			if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
				t.Errorf("Batches = %+v, %v\nwant %+v", got, err, want)
			}
			wantStates(t, s, n, messaging.DeliveryAccepted, messaging.DeliveryAccepted)
			wantState(t, s, n, messaging.Tracking)
			d := deliveriesOf(t, s, n)[0]
			if d.ProviderTaskID != "task-1" || d.Failure != nil {
				t.Errorf("delivery: got %+v", d)
			}
			wantTime(t, "UpdatedAt", d.UpdatedAt, instant(60))
			if w := readWork(t, s, ref); len(w.Users) != 0 {
				t.Errorf("users of an accepted batch: got %v, want none", w.Users)
			}
		},
		"accepted, not tracked": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			claimBatch(t, s, batchOf(n, 1), "c-1")
			st := accepted("c-1")
			st.Tracking, st.TaskID, st.Answer = false, "", nil
			settleBatch(t, s, batchOf(n, 1), st)
			wantState(t, s, n, messaging.Finished)
		},
		"some refused": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 4))
			ref := batchOf(n, 1)
			claimBatch(t, s, ref, "c-1")
			st := accepted("c-1")
			st.Refused = map[provider.UserID]messaging.Failure{
				person(1).ProviderUserID: *failure("1"), person(3).ProviderUserID: *failure("2"), "stranger": *failure("1"),
			}
			for range 2 { // repeated without effect
				settleBatch(t, s, ref, st)
			}
			wantStates(t, s, n, messaging.DeliveryAccepted, messaging.DeliveryFailed, messaging.DeliveryAccepted, messaging.DeliveryFailed)
			list := deliveriesOf(t, s, n)
			for i, want := range []*messaging.Failure{nil, failure("1"), nil, failure("2")} {
				if !reflect.DeepEqual(list[i].Failure, want) {
					t.Errorf("delivery %d: got failure %+v, want %+v", i, list[i].Failure, want)
				}
			}
		},
		"tried again": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			ref := batchOf(n, 1)
			claimBatch(t, s, ref, "c-1")
			st := notAccepted("c-1", messaging.DeliveryPending)
			st.MaybeSent = true
			settleBatch(t, s, ref, st)
			w := readWork(t, s, ref)
			if w.Batch.State != messaging.DeliveryPending || !w.Batch.MaybeSent || w.Batch.Attempts != 1 || w.Claim != "c-1" {
				t.Errorf("got %+v", w)
			}
			wantTime(t, "NextAt", w.Batch.NextAt, instant(100))
			if d := deliveriesOf(t, s, n)[0]; !reflect.DeepEqual(d.Failure, failure("40001")) {
				t.Errorf("failure of the last attempt: got %+v", d.Failure)
			}
			wantState(t, s, n, messaging.Queued)
			claimBatch(t, s, ref, "c-2")
			settleBatch(t, s, ref, accepted("c-2"))
			b := readWork(t, s, ref).Batch
			if b.Attempts != 2 || !b.MaybeSent || b.Failure != nil {
				t.Errorf("after the second attempt: got %+v", b)
			}
		},
		"for another time": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			ref := batchOf(n, 1)
			for range 2 { // repeated without effect
				settleBatch(t, s, ref, notAccepted("", messaging.DeliveryScheduled))
			}
			wantStates(t, s, n, messaging.DeliveryScheduled)
			d := deliveriesOf(t, s, n)[0]
			wantTime(t, "NextAt", d.NextAt, instant(100))
			if d.Attempts != 0 || !reflect.DeepEqual(d.Failure, failure("40001")) {
				t.Errorf("delivery: got %+v", d)
			}
			sendBatch(t, s, ref, messaging.DeliveryAccepted)
			wantStates(t, s, n, messaging.DeliveryAccepted)
		},
		"what was no attempt does not count": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			ref := batchOf(n, 1)
			unclaimed := func(claim string, state messaging.DeliveryState, want int) {
				t.Helper()
				st := notAccepted(claim, state)
				st.Unclaimed = true
				for range 2 { // repeated without effect
					settleBatch(t, s, ref, st)
					if b := readWork(t, s, ref).Batch; b.Attempts != want || b.State != state {
						t.Errorf("got %d attempts, %s; want %d, %s", b.Attempts, b.State, want, state)
					}
				}
			}
			unclaimed("", messaging.DeliveryScheduled, 0)
			claimBatch(t, s, ref, "c-1")
			unclaimed("c-1", messaging.DeliveryPending, 0)
			sendBatch(t, s, ref, messaging.DeliveryPending)
			unclaimed("claim of 1, pending", messaging.DeliveryScheduled, 1)
			claimBatch(t, s, ref, "c-2")
			claimBatch(t, s, ref, "c-3")
			unclaimed("c-3", messaging.DeliveryPending, 2)
			if !readWork(t, s, ref).Batch.MaybeSent {
				t.Error("MaybeSent: got false")
			}
		},
		"without a claim": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			settleBatch(t, s, batchOf(n, 1), notAccepted("", messaging.DeliveryExpired))
			wantStates(t, s, n, messaging.DeliveryExpired)
		},
		"under another claim": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			ref := batchOf(n, 1)
			claimBatch(t, s, ref, "c-1")
			claimBatch(t, s, ref, "c-2")
			for _, claim := range []string{"", "c-1", "c-3"} {
				wantError(t, "Settle under "+claim, settleOne(t.Context(), s, ref, accepted(claim)), tenant.ErrConflict)
			}
			wantStates(t, s, n, messaging.DeliverySending)
			missing := messaging.BatchRef{Tenant: here, MessageID: ref.MessageID, Number: 9}
			wantError(t, "Settle of no batch", settleOne(t.Context(), s, missing, accepted("c-2")), tenant.ErrNotFound)
		},
		"a late answer ends the uncertainty": func(t *testing.T, s messaging.Store) {
			for i, late := range []messaging.Settlement{accepted("c-1"), notAccepted("c-1", messaging.DeliveryFailed)} {
				n := createMessage(t, s, newMessage(here, i, 1))
				ref := batchOf(n, 1)
				claimBatch(t, s, ref, "c-1")
				settleBatch(t, s, ref, notAccepted("c-1", messaging.DeliveryUncertain))
				wantError(t, "Settle pending", settleOne(t.Context(), s, ref, notAccepted("c-1", messaging.DeliveryPending)), tenant.ErrConflict)
				settleBatch(t, s, ref, late)
				wantStates(t, s, n, late.State)
			}
		},
	}
	for _, state := range []messaging.DeliveryState{
		messaging.DeliveryFailed, messaging.DeliveryDead, messaging.DeliveryUncertain, messaging.DeliveryExpired,
	} {
		tests[string(state)] = func(t *testing.T, s messaging.Store) { settledFinally(t, s, state) }
	}
	return tests
}

// settledFinally proves that a batch stays as it is once it is settled, that
// settling it so again is no error, and that its deliveries tell the reason.
func settledFinally(t *testing.T, s messaging.Store, state messaging.DeliveryState) {
	t.Helper()
	n := createMessage(t, s, newMessage(here, 1, 2))
	ref := batchOf(n, 1)
	claimBatch(t, s, ref, "c-1")
	for range 2 {
		settleBatch(t, s, ref, notAccepted("c-1", state))
	}
	wantStates(t, s, n, state, state)
	wantState(t, s, n, messaging.Finished)
	if d := deliveriesOf(t, s, n)[1]; !reflect.DeepEqual(d.Failure, failure("40001")) {
		t.Errorf("failure: got %+v", d.Failure)
	}
	for _, other := range []messaging.DeliveryState{messaging.DeliveryPending, messaging.DeliveryDead, messaging.DeliveryExpired} {
		if other == state {
			continue
		}
		err := settleOne(t.Context(), s, ref, notAccepted("c-1", other))
		wantError(t, "Settle as "+string(other), err, tenant.ErrConflict)
	}
	wantStates(t, s, n, state, state)
}
