package storetest

import (
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

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
	_, err = workOne(ctx, s, foreign)
	wantError(t, "Work", err, tenant.ErrNotFound)
	claim := messaging.Claim{ID: "c", SeenState: messaging.DeliveryPending, At: time.Now()}
	wantError(t, "Claim", claimOne(ctx, s, foreign, claim), tenant.ErrNotFound)
	wantError(t, "Settle", settleOne(ctx, s, foreign, notAccepted("", messaging.DeliveryExpired)), tenant.ErrNotFound)

	claimBatch(t, s, batchOf(n, 1), "c-1")
	settleBatch(t, s, batchOf(n, 1), accepted("c-1"))
	report := messaging.Progress{Read: []provider.UserID{person(0).ProviderUserID}, Done: true, At: instant(200)}
	if open, err := trackOne(ctx, s, foreign, report); err != nil || open {
		t.Errorf("Track = %t, %v; want false, nil", open, err)
	}
	wantStates(t, s, n, messaging.DeliveryAccepted)

	_, err = s.Selection(ctx, there, n.Message.ID)
	wantError(t, "Selection", err, tenant.ErrNotFound)
	_, err = s.Extend(ctx, there, n.Message.ID, messaging.Extension{Done: true, At: time.Now()})
	wantError(t, "Extend", err, tenant.ErrNotFound)
	_, err = s.Cancel(ctx, there, n.Message.ID, *failure("c"), instant(200), true)
	wantError(t, "Cancel", err, tenant.ErrNotFound)
	_, err = s.Replay(ctx, there, n.Message.ID, []messaging.DeliveryState{messaging.DeliveryAccepted}, 1, instant(200))
	wantError(t, "Replay", err, tenant.ErrNotFound)
	_, err = s.Divert(ctx, foreign, held(0))
	wantError(t, "Divert", err, tenant.ErrNotFound)
	wantError(t, "Recalled", s.Recalled(ctx, foreign, nil, instant(200)), tenant.ErrNotFound)
	_, err = s.BatchByTask(ctx, there, n.Message.Provider, "task-1")
	wantError(t, "BatchByTask", err, tenant.ErrNotFound)
	if pruned, err := s.Prune(ctx, there, instant(1000), 10); err != nil || pruned != 0 {
		t.Errorf("Prune = %d, %v; want none", pruned, err)
	}
	waiting := createMessage(t, s, newMessage(here, 2, 1))
	if refs, err := s.Waiting(ctx, there, messaging.BatchRef{}, 10); err != nil || len(refs) != 0 {
		t.Errorf("Waiting = %v, %v; want none", refs, err)
	}
	wantStates(t, s, waiting, messaging.DeliveryPending)
	wantStates(t, s, n, messaging.DeliveryAccepted)

	// The same ids in the other tenant are rows of their own.
	twin := n
	twin.Message.Tenant = there
	createMessage(t, s, twin)
	wantStates(t, s, twin, messaging.DeliveryPending)
	wantStates(t, s, n, messaging.DeliveryAccepted)
}
