package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func claimTests() map[string]func(*testing.T, messaging.Store) {
	return map[string]func(*testing.T, messaging.Store){
		"marks the batch": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1, 2, 1)
			n.Message.AtLeastOnce, n.Message.ExpiresAt = true, instant(900)
			createMessage(t, s, n)
			ref := batchOf(n, 1)
			before := readWork(t, s, ref)
			want := messaging.Work{
				Batch: messaging.Batch{
					BatchRef: ref, State: messaging.DeliveryPending, Recipients: 2, NextAt: instant(1), UpdatedAt: instant(1),
				},
				Provider: n.Message.Provider, AppID: n.Message.AppID, Content: n.Message.Content,
				AtLeastOnce: true, ExpiresAt: instant(900),
				Users: []provider.UserID{person(0).ProviderUserID, person(1).ProviderUserID},
			}
			if !reflect.DeepEqual(before, want) {
				t.Errorf("work before: got %+v\nwant %+v", before, want)
			}
			claimBatch(t, s, ref, "c-1")
			after := readWork(t, s, ref)
			want.Claim, want.Batch.State, want.Batch.Attempts = "c-1", messaging.DeliverySending, 1
			want.Batch.UpdatedAt = instant(50)
			if !reflect.DeepEqual(after, want) {
				t.Errorf("work after: got %+v\nwant %+v", after, want)
			}
			wantStates(t, s, n, messaging.DeliverySending, messaging.DeliverySending, messaging.DeliveryPending)
			wantState(t, s, n, messaging.Sending)
			if d := deliveriesOf(t, s, n)[0]; d.Attempts != 1 {
				t.Errorf("attempts: got %d, want 1", d.Attempts)
			}
		},
		"repeated": func(t *testing.T, s messaging.Store) {
			ref := batchOf(createMessage(t, s, newMessage(here, 1, 1)), 1)
			c := messaging.Claim{ID: "c-1", SeenState: messaging.DeliveryPending, At: instant(2)}
			for range 2 {
				if err := s.Claim(t.Context(), ref, c); err != nil {
					t.Fatalf("Claim: %v", err)
				}
			}
			if got := readWork(t, s, ref).Batch.Attempts; got != 1 {
				t.Errorf("attempts: got %d, want 1", got)
			}
		},
		"seen differently": func(t *testing.T, s messaging.Store) {
			ref := batchOf(createMessage(t, s, newMessage(here, 1, 1)), 1)
			claimBatch(t, s, ref, "c-1")
			for _, c := range []messaging.Claim{
				{ID: "c-2", SeenState: messaging.DeliveryPending, At: instant(2)},
				{ID: "c-2", SeenState: messaging.DeliverySending, SeenClaim: "c-0", At: instant(2)},
			} {
				wantError(t, fmt.Sprintf("Claim(%+v)", c), s.Claim(t.Context(), ref, c), tenant.ErrConflict)
			}
			missing := messaging.BatchRef{Tenant: here, MessageID: ref.MessageID, Number: 9}
			err := s.Claim(t.Context(), missing, messaging.Claim{ID: "c", SeenState: messaging.DeliveryPending, At: instant(2)})
			wantError(t, "Claim of no batch", err, tenant.ErrNotFound)
		},
		"found sending": func(t *testing.T, s messaging.Store) {
			ref := batchOf(createMessage(t, s, newMessage(here, 1, 1)), 1)
			claimBatch(t, s, ref, "c-1")
			claimBatch(t, s, ref, "c-2")
			b := readWork(t, s, ref).Batch
			if !b.MaybeSent || b.Attempts != 2 || b.State != messaging.DeliverySending {
				t.Errorf("got MaybeSent %t, %d attempts, %s; want true, 2, sending", b.MaybeSent, b.Attempts, b.State)
			}
		},
		"not when final": func(t *testing.T, s messaging.Store) {
			for i, state := range []messaging.DeliveryState{
				messaging.DeliveryAccepted, messaging.DeliveryFailed, messaging.DeliveryDead,
				messaging.DeliveryUncertain, messaging.DeliveryExpired,
			} {
				ref := batchOf(createMessage(t, s, newMessage(here, i, 1)), 1)
				claimBatch(t, s, ref, "c-1")
				settleBatch(t, s, ref, notAccepted("c-1", state))
				err := s.Claim(t.Context(), ref, messaging.Claim{ID: "c-2", SeenState: state, SeenClaim: "c-1", At: instant(2)})
				wantError(t, "Claim of "+string(state), err, tenant.ErrConflict)
			}
		},
		"a race has one winner": func(t *testing.T, s messaging.Store) {
			ref := batchOf(createMessage(t, s, newMessage(here, 1, 1)), 1)
			var won, lost atomic.Int32
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					err := s.Claim(t.Context(), ref, messaging.Claim{
						ID: fmt.Sprintf("c-%d", i), SeenState: messaging.DeliveryPending, At: instant(2),
					})
					switch {
					case err == nil:
						won.Add(1)
					case errors.Is(err, tenant.ErrConflict):
						lost.Add(1)
					default:
						t.Errorf("Claim: %v", err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 || lost.Load() != 7 {
				t.Errorf("got %d winners and %d losers, want 1 and 7", won.Load(), lost.Load())
			}
		},
	}
}

func settleTests() map[string]func(*testing.T, messaging.Store) {
	tests := map[string]func(*testing.T, messaging.Store){
		"accepted": func(t *testing.T, s messaging.Store) {
			n, ref := acceptedBatch(t, s, 2)
			want := messaging.Batch{
				BatchRef: ref, State: messaging.DeliveryAccepted, Recipients: 2, Attempts: 1, NextAt: instant(60),
				TaskID: "task-1", RequestID: "request-1", Answer: []byte(`{"errcode":0}`),
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
				wantError(t, "Settle under "+claim, s.Settle(t.Context(), ref, accepted(claim)), tenant.ErrConflict)
			}
			wantStates(t, s, n, messaging.DeliverySending)
			missing := messaging.BatchRef{Tenant: here, MessageID: ref.MessageID, Number: 9}
			wantError(t, "Settle of no batch", s.Settle(t.Context(), missing, accepted("c-2")), tenant.ErrNotFound)
		},
		"a late answer ends the uncertainty": func(t *testing.T, s messaging.Store) {
			for i, late := range []messaging.Settlement{accepted("c-1"), notAccepted("c-1", messaging.DeliveryFailed)} {
				n := createMessage(t, s, newMessage(here, i, 1))
				ref := batchOf(n, 1)
				claimBatch(t, s, ref, "c-1")
				settleBatch(t, s, ref, notAccepted("c-1", messaging.DeliveryUncertain))
				wantError(t, "Settle pending", s.Settle(t.Context(), ref, notAccepted("c-1", messaging.DeliveryPending)), tenant.ErrConflict)
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
		err := s.Settle(t.Context(), ref, notAccepted("c-1", other))
		wantError(t, "Settle as "+string(other), err, tenant.ErrConflict)
	}
	wantStates(t, s, n, state, state)
}

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
				open, err := s.Track(t.Context(), ref, step.report)
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
			open, err := s.Track(t.Context(), ref, messaging.Progress{Delivered: []provider.UserID{id(0)}, Done: true, At: instant(200)})
			if err != nil || open {
				t.Errorf("Track = %t, %v; want false, nil", open, err)
			}
			wantStates(t, s, n, messaging.DeliveryDelivered, messaging.DeliveryAccepted)
			wantState(t, s, n, messaging.Finished)
			open, err = s.Track(t.Context(), ref, messaging.Progress{Read: []provider.UserID{id(0)}, At: instant(201)})
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
			open, err := s.Track(t.Context(), batchOf(n, 1), messaging.Progress{At: instant(200)})
			if err != nil || !open {
				t.Errorf("Track = %t, %v; want true, nil", open, err)
			}
			open, err = s.Track(t.Context(), batchOf(n, 1), messaging.Progress{AllDelivered: true, Done: true, At: instant(201)})
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
			if _, err := s.Track(t.Context(), batchOf(n, 1), report); err != nil {
				t.Fatalf("Track: %v", err)
			}
			wantStates(t, s, n, messaging.DeliveryRead, messaging.DeliveryAccepted)
			wantStates(t, s, other, messaging.DeliveryAccepted)
			wantState(t, s, n, messaging.Tracking)
		},
		"not tracked": func(t *testing.T, s messaging.Store) {
			n := createMessage(t, s, newMessage(here, 1, 1))
			for _, ref := range []messaging.BatchRef{batchOf(n, 1), batchOf(n, 7)} {
				open, err := s.Track(t.Context(), ref, messaging.Progress{Read: []provider.UserID{id(0)}, At: instant(200)})
				if err != nil || open {
					t.Errorf("Track(%d) = %t, %v; want false, nil", ref.Number, open, err)
				}
			}
			wantStates(t, s, n, messaging.DeliveryPending)
		},
		"two reports at once": func(t *testing.T, s messaging.Store) {
			const size = 20
			n, ref := acceptedBatch(t, s, size)
			var wg sync.WaitGroup
			for i := range size {
				wg.Go(func() {
					report := messaging.Progress{Read: []provider.UserID{id(i)}, At: instant(200)}
					if _, err := s.Track(t.Context(), ref, report); err != nil {
						t.Errorf("Track: %v", err)
					}
				})
			}
			wg.Wait()
			if got := readMessage(t, s, n).Counts[messaging.DeliveryRead]; got != size {
				t.Errorf("read: got %d, want %d", got, size)
			}
			wantState(t, s, n, messaging.Finished)
		},
	}
}

// messagingIsolation calls every method for a tenant that has none of the rows
// another has.
func messagingIsolation(t *testing.T, s messaging.Store) {
	ctx := t.Context()
	n := createMessage(t, s, keyed(here, 1, "key", instant(-1000)))
	foreign := batchOf(n, 1)
	foreign.Tenant = there

	_, err := s.Message(ctx, there, n.Message.ID)
	wantError(t, "Message", err, tenant.ErrNotFound)
	_, _, err = s.MessageByKey(ctx, there, "key", instant(-1000))
	wantError(t, "MessageByKey", err, tenant.ErrNotFound)
	if list, err := s.Messages(ctx, there, messaging.MessageFilter{}, tenant.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("Messages = %v, %v; want none", list.Items, err)
	}
	if list, err := s.Deliveries(ctx, there, n.Message.ID, messaging.DeliveryFilter{}, tenant.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("Deliveries = %v, %v; want none", list.Items, err)
	}
	if list, err := s.Batches(ctx, there, n.Message.ID); err != nil || len(list) != 0 {
		t.Errorf("Batches = %v, %v; want none", list, err)
	}
	_, err = s.Work(ctx, foreign)
	wantError(t, "Work", err, tenant.ErrNotFound)
	claim := messaging.Claim{ID: "c", SeenState: messaging.DeliveryPending, At: time.Now()}
	wantError(t, "Claim", s.Claim(ctx, foreign, claim), tenant.ErrNotFound)
	wantError(t, "Settle", s.Settle(ctx, foreign, notAccepted("", messaging.DeliveryExpired)), tenant.ErrNotFound)

	claimBatch(t, s, batchOf(n, 1), "c-1")
	settleBatch(t, s, batchOf(n, 1), accepted("c-1"))
	report := messaging.Progress{Read: []provider.UserID{person(0).ProviderUserID}, Done: true, At: instant(200)}
	if open, err := s.Track(ctx, foreign, report); err != nil || open {
		t.Errorf("Track = %t, %v; want false, nil", open, err)
	}
	wantStates(t, s, n, messaging.DeliveryAccepted)

	// The same ids in the other tenant are rows of their own.
	twin := n
	twin.Message.Tenant = there
	createMessage(t, s, twin)
	wantStates(t, s, twin, messaging.DeliveryPending)
	wantStates(t, s, n, messaging.DeliveryAccepted)
}
