package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/jobs/jobstest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// errDead is what a process does that has died.
var errDead = errors.New("the process is dead")

// mortal is the store of a process that dies at one of its steps: a step is the
// beginning or the end of a store call. From then on nothing works.
type mortal struct {
	messaging.Store

	mu     sync.Mutex
	left   int // steps to live
	dead   bool
	buried bool   // its steps are another process's now
	at     string // the last step
}

func (m *mortal) bury() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.buried = true
}

// die ends the process now.
func (m *mortal) die() {
	m.mu.Lock()
	m.left = 0
	m.mu.Unlock()
	m.step("after the yes")
}

// step ends the process when its time has come.
func (m *mortal) step(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.buried {
		return
	}
	if !m.dead {
		m.at = name
	}
	if m.left--; m.left < 0 {
		m.dead = true
	}
	if m.dead {
		panic(errDead)
	}
}

func (m *mortal) call(name string, f func() error) error {
	m.step("before " + name)
	err := f()
	m.step("after " + name)
	return err
}

func (m *mortal) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return m.call("InTx", func() error {
		return m.Store.InTx(ctx, func(ctx context.Context) error {
			err := fn(ctx)
			m.step("before commit")
			return err
		})
	})
}

func (m *mortal) CreateMessages(ctx context.Context, list ...messaging.NewMessage) error {
	return m.call("CreateMessages", func() error { return m.Store.CreateMessages(ctx, list...) })
}

func (m *mortal) Work(
	ctx context.Context, refs ...messaging.BatchRef,
) (found map[messaging.BatchRef]messaging.Work, err error) {
	err = m.call("Work", func() error { found, err = m.Store.Work(ctx, refs...); return err })
	return found, err
}

func (m *mortal) Claim(ctx context.Context, list ...messaging.Claim) (lost map[messaging.BatchRef]error, err error) {
	err = m.call("Claim", func() error { lost, err = m.Store.Claim(ctx, list...); return err })
	return lost, err
}

func (m *mortal) Settle(
	ctx context.Context, list ...messaging.Settlement,
) (lost map[messaging.BatchRef]error, err error) {
	err = m.call("Settle", func() error { lost, err = m.Store.Settle(ctx, list...); return err })
	return lost, err
}

func (m *mortal) Track(
	ctx context.Context, list ...messaging.Progress,
) (tracked map[messaging.BatchRef]messaging.Tracked, err error) {
	err = m.call("Track", func() error { tracked, err = m.Store.Track(ctx, list...); return err })
	return tracked, err
}

// runUntilDeath works jobs until the process dies; the job under way is put
// back, as whoever rescues it does. It reports whether the process died.
func (b *bundle) runUntilDeath(svc *messaging.Service, d time.Duration) (died bool) {
	end := b.clock.Now().Add(d)
	for {
		q, ok := b.queue.Take(end)
		if !ok {
			return false
		}
		if q.Job.RunAt.After(b.clock.Now()) {
			b.clock.Set(q.Job.RunAt)
		}
		if dies(func() { _ = b.queue.Work(b.t.Context(), svc.Handlers(), q) }) {
			b.queue.Abandon(q)
			return true
		}
	}
}

// dies reports whether f ended with the death of the process.
func dies(f func()) (died bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != errDead { //nolint:errorlint // the very value
				panic(r)
			}
			died = true
		}
	}()
	f()
	return false
}

// renew gives the bundle a new office app that nothing was sent through.
func (b *bundle) renew(cfg providertest.FakeConfig) {
	b.t.Helper()
	b.fake = providertest.NewFake(cfg)
	b.conns = newConnector(b.t, b.fake, provider.Environment{Now: b.clock.Now})
}

// TestCrashWhileSending kills the process at every step of sending and
// tracking three batches, has another one finish the work, and counts.
func TestCrashWhileSending(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"at most once": false, "at least once": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, options{})
				died, uncertain := true, 0
				for step := 0; died; step++ {
					var one int
					died, one = crashAt(t, b, step, again)
					uncertain += one
					if step > 500 {
						t.Fatal("the process never gets through")
					}
				}
				if (uncertain > 0) == again {
					t.Errorf("%d deliveries were uncertain", uncertain)
				}
			})
		})
	}
}

// crashAt lets the process die at one step; it returns whether it did, and how
// many deliveries are uncertain in the end.
func crashAt(t *testing.T, b *bundle, step int, again bool) (died bool, uncertain int) {
	t.Helper()
	b.renew(providertest.FakeConfig{Limits: provider.Limits{UsersPerSend: 1}})
	life := &mortal{left: step}
	r := b.toUsers(0, 1, 2)
	r.AtLeastOnce = again
	b.svc = b.newService(options{})
	m := b.send(r)
	b.fake.Script(providertest.OpSend,
		providertest.Step{Then: func() { life.step("after the yes") }},
		providertest.Step{Then: func() { life.step("after the yes") }},
		providertest.Step{Then: func() { life.step("after the yes") }})
	for i := range 3 {
		b.fake.Report(fmt.Sprintf("task-%d", i+1), personID(i), outcome(provider.OutcomeRead))
	}
	first := b.newService(options{wrap: func(s messaging.Store) messaging.Store { life.Store = s; return life }})
	died = b.runUntilDeath(first, time.Second)
	life.bury()
	b.run(72 * time.Hour)

	sent := b.sentTo()
	extra := 0
	for _, d := range b.deliveries(m.ID) {
		n := sent[d.Recipient.ProviderUserID]
		extra += max(0, n-1)
		switch d.State {
		case messaging.DeliveryUncertain:
			uncertain++
		case messaging.DeliveryAccepted, messaging.DeliveryDelivered, messaging.DeliveryRead:
			if n == 0 {
				t.Errorf("died at %s: %s was never sent and is %s", life.at, d.Recipient.ProviderUserID, d.State)
			}
		default:
			t.Errorf("died at %s: %s is %s", life.at, d.Recipient.ProviderUserID, d.State)
		}
	}
	most := 0
	if again {
		most = 1
	}
	if extra > most || uncertain > 1-most {
		t.Errorf("died at %s: sent %v, %d uncertain; want at most %d repeated, %d uncertain", life.at, sent, uncertain, most, 1-most)
	}
	if got := b.message(m.ID).State; got != messaging.Finished {
		t.Errorf("died at %s: the message is %s in the end", life.at, got)
	}
	if n := b.queue.Len(); n != 0 {
		t.Errorf("died at %s: %d jobs left", life.at, n)
	}
	return died, uncertain
}

// TestCrashWhileAccepting kills the process at every step of Send: then there
// is a message with its jobs, or neither.
func TestCrashWhileAccepting(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 1}})
		known := 0
		for step, died := 0, true; died; step++ {
			life := &mortal{left: step}
			svc := b.newService(options{wrap: func(s messaging.Store) messaging.Store { life.Store = s; return life }})
			died = dies(func() {
				if _, err := svc.Send(b.ctx(), here, b.toUsers(0, 1)); err != nil {
					t.Errorf("Send: %v", err)
				}
			})
			list, err := s.Messages(t.Context(), here, messaging.MessageFilter{}, tenant.Page{Limit: tenant.MaxPageLimit})
			if err != nil {
				t.Fatal(err)
			}
			n := len(list.Items) - known
			known = len(list.Items)
			if jobs := b.queue.Len(); jobs != 2*known {
				t.Errorf("died at %s: %d messages and %d jobs", life.at, known, jobs)
			}
			if !died && n != 1 {
				t.Errorf("survived, and stored %d messages", n)
			}
		}
		if known < 2 {
			t.Errorf("%d messages, want one of a process that died after the commit as well", known)
		}
	})
}

var _ jobs.Queue = (*jobstest.Queue)(nil)
