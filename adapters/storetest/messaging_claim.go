package storetest

import (
	"context"
	"fmt"
	"reflect"
	"testing"

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
				Provider: n.Message.Provider, AppID: n.Message.AppID, OrgID: n.Message.OrgID, Channel: messaging.ChannelWork, Content: n.Message.Content,
				AtLeastOnce: true, CreatedAt: n.Message.CreatedAt, ExpiresAt: instant(900),
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
				if err := claimOne(t.Context(), s, ref, c); err != nil {
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
				wantError(t, fmt.Sprintf("Claim(%+v)", c), claimOne(t.Context(), s, ref, c), tenant.ErrConflict)
			}
			missing := messaging.BatchRef{Tenant: here, MessageID: ref.MessageID, Number: 9}
			err := claimOne(t.Context(), s, missing, messaging.Claim{ID: "c", SeenState: messaging.DeliveryPending, At: instant(2)})
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
		"scheduled": func(t *testing.T, s messaging.Store) {
			n := newMessage(here, 1, 1)
			n.Message.SendAt = instant(300)
			ref := batchOf(createMessage(t, s, n), 1)
			claimBatch(t, s, ref, "c-1")
			if b := readWork(t, s, ref).Batch; b.State != messaging.DeliverySending || b.MaybeSent {
				t.Errorf("got %s, MaybeSent %t; want sending, false", b.State, b.MaybeSent)
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
				err := claimOne(t.Context(), s, ref, messaging.Claim{ID: "c-2", SeenState: state, SeenClaim: "c-1", At: instant(2)})
				wantError(t, "Claim of "+string(state), err, tenant.ErrConflict)
			}
		},
		"a race has one winner": func(t *testing.T, s messaging.Store) {
			ref := batchOf(createMessage(t, s, newMessage(here, 1, 1)), 1)
			oneWins(t, 8, func(ctx context.Context, i int) error {
				return claimOne(ctx, s, ref, messaging.Claim{
					ID: fmt.Sprintf("c-%d", i), SeenState: messaging.DeliveryPending, At: instant(2),
				})
			})
		},
	}
}
