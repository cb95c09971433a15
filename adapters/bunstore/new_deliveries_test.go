package bunstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestNewDeliveries adds people to a message, few and many, of whom some cannot
// be sent to: each is a delivery with all that was given.
func TestNewDeliveries(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 90} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) { testNewDeliveries(t, s, n) })
		})
	}
}

func testNewDeliveries(t *testing.T, s *bunstore.Store, n int) {
	t.Helper()
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	err := s.CreateMessages(t.Context(), messaging.NewMessage{Message: messaging.Message{
		ID: "m1", Tenant: "t1", Channel: messaging.ChannelWork, Content: provider.NewText("hello"), CreatedAt: at,
	}, Selection: messaging.Selection{DepartmentIDs: []string{"d1"}}})
	if err != nil {
		t.Fatal(err)
	}
	e := messaging.Extension{Done: true, At: at, Batches: make([][]messaging.Recipient, 2)}
	for i, p := range newPeople(n) {
		r := messaging.Recipient{Username: p.Name, UserID: fmt.Sprint("id", i), ProviderUserID: p.RemoteID}
		e.Batches[i%2] = append(e.Batches[i%2], r)
		e.Unbound = append(e.Unbound, messaging.Unbound{
			Recipient: messaging.Recipient{Username: p.Name, UserID: fmt.Sprint("lost", i)}, Failure: messaging.Failure{Reason: p.Name},
		})
	}
	if _, err := s.Extend(t.Context(), "t1", "m1", e); err != nil {
		t.Fatal(err)
	}
	list, err := s.Deliveries(t.Context(), "t1", "m1", messaging.DeliveryFilter{}, tenant.Page{Limit: tenant.MaxPageLimit})
	if err != nil {
		t.Fatal(err)
	}
	var want []messaging.Recipient
	for _, u := range e.Unbound {
		want = append(want, u.Recipient)
	}
	for _, batch := range e.Batches {
		want = append(want, batch...)
	}
	for i, d := range list.Items {
		state := messaging.DeliveryPending
		if i < n {
			state = messaging.DeliveryUnbound
		}
		if d.Recipient != want[i] || d.State != state || i < n && d.Failure.Reason != want[i].Username {
			t.Errorf("delivery %d: %+v, want %+v, %s", i, d, want[i], state)
		}
	}
	if total := count(t, s, "thirdapp_deliveries"); total != 2*n {
		t.Errorf("%d deliveries, want %d", total, 2*n)
	}
}
