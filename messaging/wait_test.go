package messaging_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// work runs the jobs of a service beside the test until it ends.
func (b *bundle) work(svc *messaging.Service) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if q, ok := b.queue.Take(b.clock.Now()); ok {
					_ = b.queue.Work(ctx, svc.Handlers(), q)
				}
			}
		}
	}()
	b.t.Cleanup(func() { stop(); <-done })
}

// TestSendToDepartmentAndWait waits for the people of a department to be looked
// up, too.
func TestSendToDepartmentAndWait(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		const people = 1500
		b := newBundle(t, s, options{audiences: &crowd{size: people}, limits: provider.Limits{UsersPerSend: 100}})
		b.work(b.svc)
		res, err := b.svc.SendAndWait(b.ctx(), here, b.toCrowd(), patience)
		if err != nil || !res.Answered || res.Message.Resolving {
			t.Fatalf("SendAndWait = answered %t, resolving %t, %v; want true, false", res.Answered, res.Message.Resolving, err)
		}
		const unbound, suspended = people / 10, people / 10
		if n := res.Message.Counts[messaging.DeliveryAccepted]; n != people-unbound-suspended {
			t.Errorf("%d accepted, want %d: %+v", n, people-unbound-suspended, res.Message.Counts)
		}
	})
}

func TestSendAndWait(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 1}})
		b.work(b.svc)
		r := b.toUsers(0, 1)
		r.Recipients.Usernames = append(r.Recipients.Usernames, "ghost")
		res, err := b.svc.SendAndWait(b.ctx(), here, r, patience)
		if err != nil || !res.Answered {
			t.Fatalf("SendAndWait = answered %t, %v; want true", res.Answered, err)
		}
		if len(res.Batches) != 2 || res.Batches[0].TaskID == "" || len(res.Batches[0].Answer) == 0 {
			t.Errorf("batches: got %+v", res.Batches)
		}
		if len(res.Unbound) != 1 || res.Unbound[0].Recipient.Username != "ghost" {
			t.Errorf("unbound: got %+v", res.Unbound)
		}
		if res.Message.Counts[messaging.DeliveryAccepted] != 2 {
			t.Errorf("message: got %+v", res.Message)
		}
	})
}

func TestSendAndWaitForAnotherProcess(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.work(b.newService(options{}))
	res, err := b.svc.SendAndWait(b.ctx(), here, b.toUsers(0), patience)
	if err != nil || !res.Answered {
		t.Errorf("SendAndWait = answered %t, %v; want true", res.Answered, err)
	}
}

func TestSendAndWaitForARefusal(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.work(b.svc)
	b.fake.Script(providertest.OpSend, providertest.Step{Err: refused()})
	res, err := b.svc.SendAndWait(b.ctx(), here, b.toUsers(0), patience)
	if err != nil || !res.Answered || res.Batches[0].State != messaging.DeliveryFailed || res.Batches[0].Failure.Upstream != "60011" {
		t.Errorf("SendAndWait = %+v, %v; want the refusal", res, err)
	}
	// A failure whose next attempt lies beyond the wait ends it.
	b.fake.Script(providertest.OpSend, providertest.Step{Err: unsent()})
	res, err = b.svc.SendAndWait(b.ctx(), here, b.toUsers(0), time.Second)
	if err != nil || res.Answered || res.Batches[0].State != messaging.DeliveryPending || res.Batches[0].Failure.Upstream != "50001" {
		t.Errorf("SendAndWait = %+v, %v; want the failure of the first attempt", res, err)
	}
}

func TestSendAndWaitTooShort(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	res, err := b.svc.SendAndWait(b.ctx(), here, b.toUsers(0), 10*time.Millisecond)
	if err != nil || res.Answered || res.Message.State != messaging.Queued || len(res.Batches) != 1 {
		t.Errorf("SendAndWait = %+v, %v; want an unanswered message", res, err)
	}
	r := b.toUsers()
	r.Recipients.Usernames = []string{"ghost"}
	res, err = b.svc.SendAndWait(b.ctx(), here, r, patience)
	if err != nil || !res.Answered || len(res.Batches) != 0 || len(res.Unbound) != 1 {
		t.Errorf("to nobody bound: SendAndWait = %+v, %v", res, err)
	}
	if _, err = b.svc.SendAndWait(b.ctx(), here, messaging.Request{}, patience); err == nil {
		t.Error("an invalid request: got no error")
	}
}

func TestSendAndWaitCancelled(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	ctx, cancel := context.WithTimeout(b.ctx(), 100*time.Millisecond)
	defer cancel()
	res, err := b.svc.SendAndWait(ctx, here, b.toUsers(0), patience)
	if !errors.Is(err, context.DeadlineExceeded) || res.Message.ID == "" {
		t.Errorf("SendAndWait = %+v, %v; want the message and %v", res, err, context.DeadlineExceeded)
	}
	b.run(0)
	b.want(res.Message.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
}
