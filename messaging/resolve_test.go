package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// crowd is a department of any size: person n is bound to c<n>, every tenth is
// not bound, every tenth but one suspended.
type crowd struct {
	size int

	mu    sync.Mutex
	fault error
	pages int
}

func (c *crowd) Members(
	_ context.Context, _ tenant.ID, _ provider.Kind, _ string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return nil, "", c.fault
	}
	if !slices.Equal(of.DepartmentIDs, []string{"crowd"}) {
		return nil, "", errNoDepartment
	}
	c.pages++
	from, _ := strconv.Atoi(after)
	var list []messaging.Account
	for n := from; n < min(from+limit, c.size); n++ {
		a := messaging.Account{
			UserID: fmt.Sprintf("u%d", n), Username: fmt.Sprintf("name%d", n),
			ProviderUserID: provider.UserID(fmt.Sprintf("c%d", n)),
		}
		switch n % 10 {
		case 8:
			a.ProviderUserID = ""
		case 9:
			a.Status = messaging.AccountSuspended
		}
		list = append(list, a)
	}
	next := ""
	if from+limit < c.size {
		next = strconv.Itoa(from + limit)
	}
	return list, next, nil
}

func (c *crowd) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = err
}

func (b *bundle) toCrowd() messaging.Request {
	r := b.toUsers()
	r.Recipients.DepartmentIDs = []string{"crowd"}
	return r
}

// TestDepartment sends to a department of several pages, and to somebody of it
// who is named besides.
func TestDepartment(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		const people = 2345
		b := newBundle(t, s, options{audiences: &crowd{size: people}, limits: provider.Limits{UsersPerSend: 100}})
		r := b.toCrowd()
		r.Recipients.ProviderUserIDs = []provider.UserID{"c3"}
		m := b.send(r)
		if !m.Resolving || m.State != messaging.Queued {
			t.Errorf("accepted: got %s, resolving %t; want queued, true", m.State, m.Resolving)
		}
		b.run(0)
		b.queue.WantNoErrors(t)
		const unbound, suspended = people / 10, people / 10
		b.want(m.ID, messaging.Tracking, counts{
			messaging.DeliveryAccepted: people - unbound - suspended, messaging.DeliveryUnbound: unbound + suspended,
		})
		sent := b.sentTo()
		if len(sent) != people-unbound-suspended {
			t.Errorf("sent to %d people, want %d", len(sent), people-unbound-suspended)
		}
		for user, n := range sent {
			if n != 1 {
				t.Errorf("%s got it %d times", user, n)
			}
		}
	})
}

// TestDepartmentGone: a department that does not exist is refused; one that is
// removed while its people are looked up leaves the message with a reason.
func TestDepartmentGone(t *testing.T) {
	t.Parallel()
	c := &crowd{size: 1500}
	b := newBundle(t, openSQLite(t), options{audiences: c})
	r := b.toCrowd()
	r.Recipients.DepartmentIDs = []string{"nobody"}
	if _, err := b.svc.Send(b.ctx(), here, r); !errors.Is(err, errNoDepartment) {
		t.Errorf("got %v, want %v", err, errNoDepartment)
	}
	m := b.send(b.toCrowd())
	c.fail(errNoDepartment)
	b.run(0)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryUnbound: 1})
	if f := b.deliveries(m.ID)[0].Failure; f == nil || f.Reason != messaging.ReasonUnknownGroup {
		t.Errorf("got %+v, want %s", f, messaging.ReasonUnknownGroup)
	}
}

// TestDepartmentWhileTheDatabaseIsAway goes on where it was.
func TestDepartmentWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	c := &crowd{size: 1500}
	b := newBundle(t, openSQLite(t), options{audiences: c})
	m := b.send(b.toCrowd())
	c.fail(tenant.ErrUnavailable)
	b.run(time.Second)
	c.fail(nil)
	b.run(time.Hour)
	if n := len(b.sentTo()); n != 1200 {
		t.Errorf("sent to %d people, want 1200", n)
	}
	if b.message(m.ID).Resolving {
		t.Error("still resolving")
	}
}

// TestDepartmentCancelled: nobody more is looked up.
func TestDepartmentCancelled(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{audiences: &crowd{size: 1500}})
	r := b.toCrowd()
	r.SendAt = b.clock.Now().Add(time.Hour)
	m := b.send(r)
	b.want(m.ID, messaging.Scheduled, counts{})
	if _, err := b.svc.Cancel(b.ctx(), here, m.ID); err != nil {
		t.Fatal(err)
	}
	b.run(2 * time.Hour)
	b.want(m.ID, messaging.Finished, counts{})
	if n := len(b.fake.Sent()); n != 0 {
		t.Errorf("%d calls, want none", n)
	}
}
