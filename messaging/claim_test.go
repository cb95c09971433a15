package messaging_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// slowCounters is a store that lets one tenant wait when it counts.
type slowCounters struct {
	messaging.Store
	of             tenant.ID
	entered, leave chan struct{}
}

func (s *slowCounters) Spend(ctx context.Context, t tenant.ID, uses []messaging.QuotaUse) ([]messaging.QuotaUse, error) {
	if t == s.of {
		s.entered <- struct{}{}
		<-s.leave
	}
	return s.Store.Spend(ctx, t, uses)
}

// TestClaimsOfOthersDoNotWait: a tenant whose counters take long delays nobody
// else.
func TestClaimsOfOthersDoNotWait(t *testing.T) {
	t.Parallel()
	slow := &slowCounters{of: here, entered: make(chan struct{}, 8), leave: make(chan struct{})}
	b := newBundle(t, openPostgres(t), options{
		limits: provider.Limits{UsersPerSend: 1, SameContentPerDay: 1},
		wrap:   func(s messaging.Store) messaging.Store { slow.Store = s; return slow },
	})
	send := func(to tenant.ID) messaging.Message {
		r := b.toUsers()
		r.Recipients.ProviderUserIDs = []provider.UserID{personID(1)}
		m, err := b.svc.Send(b.ctx(), to, r)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	var all sync.WaitGroup
	work := func() <-chan struct{} {
		w, ok := b.queue.Take(b.clock.Now())
		if !ok {
			t.Fatal("no job")
		}
		done := make(chan struct{})
		all.Go(func() {
			defer close(done)
			_ = b.queue.Work(t.Context(), b.svc.Handlers(), w)
		})
		return done
	}
	defer all.Wait()
	defer close(slow.leave)
	send(here)
	work()
	<-slow.entered
	m := send(there)
	select {
	case <-work():
	case <-time.After(20 * time.Second):
		t.Fatal("another tenant's message waits")
	}
	if got, err := b.svc.Message(b.ctx(), there, m.ID); err != nil || got.Counts[messaging.DeliveryAccepted] != 1 {
		t.Errorf("got %v, %v; want it accepted", got.Counts, err)
	}
	if n := b.fake.Calls(providertest.OpSend); n != 1 {
		t.Errorf("%d calls, want that of the other tenant", n)
	}
}
