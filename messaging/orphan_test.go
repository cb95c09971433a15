package messaging_test

import (
	"context"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// orphan sends a message whose process dies when the office app has said yes.
// The job is put back, as whoever rescues it does.
func (b *bundle) orphan(r messaging.Request) messaging.Message {
	b.t.Helper()
	m := b.send(r)
	life := &mortal{left: 1 << 30}
	b.fake.Script(providertest.OpSend, providertest.Step{Then: func() { life.die() }})
	dying := b.newService(options{wrap: func(s messaging.Store) messaging.Store { life.Store = s; return life }})
	if !b.runUntilDeath(dying, time.Second) {
		b.t.Fatal("the process did not die")
	}
	life.bury()
	if got := b.batch(m.ID).State; got != messaging.DeliverySending {
		b.t.Fatalf("left behind: a batch that is %s, want sending", got)
	}
	return m
}

// TestOrphanIsSettled: the job of a process that died settles its batch at
// once; another job, which cannot know of the death, when nobody can be at it
// any more.
func TestOrphanIsSettled(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]bool{"by its job": false, "by another job": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, options{})
				m := b.orphan(b.toUsers(0))
				if other {
					b.queue.Take(b.clock.Now())
					b.enqueueSend(m.ID)
					b.run(time.Minute)
					if got := b.batch(m.ID).State; got != messaging.DeliverySending {
						t.Errorf("after a minute: got %s, want sending", got)
					}
					b.run(10 * time.Second)
				}
				b.run(0)
				b.want(m.ID, messaging.Finished, counts{messaging.DeliveryUncertain: 1})
				if n := b.queue.Len(); n != 0 {
					t.Errorf("%d jobs left", n)
				}
				b.queue.WantNoErrors(t)
			})
		})
	}
}

// TestOrphanInAPause: what a dead process has left behind does not stay so
// because messages are held back.
func TestOrphanInAPause(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		again         bool
		paused, after messaging.DeliveryState
		sent          int
	}{
		"at most once":  {false, messaging.DeliveryUncertain, messaging.DeliveryUncertain, 1},
		"at least once": {true, messaging.DeliveryPending, messaging.DeliveryAccepted, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, options{})
				r := b.toUsers(0)
				r.AtLeastOnce = tt.again
				m := b.orphan(r)
				b.saveSettings(messaging.SettingsChange{Paused: ptr(true)})
				b.run(time.Hour)
				if got := b.batch(m.ID); got.State != tt.paused || !got.MaybeSent || b.queue.Len() != 0 {
					t.Errorf("in the pause: got %s, maybe sent %t, %d jobs; want %s, true, none",
						got.State, got.MaybeSent, b.queue.Len(), tt.paused)
				}
				b.saveSettings(messaging.SettingsChange{Paused: ptr(false)})
				b.run(time.Minute)
				if got := b.batch(m.ID).State; got != tt.after || b.sentTo()[personID(0)] != tt.sent {
					t.Errorf("after the pause: got %s, sent %v; want %s, %d times", got, b.sentTo(), tt.after, tt.sent)
				}
				b.queue.WantNoErrors(t)
			})
		})
	}
}

// TestOrphanOfSomethingStopped: what somebody cancels or recalls is not sent
// again, although a repetition was asked for.
func TestOrphanOfSomethingStopped(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*messaging.Service, context.Context, tenant.ID, string) (messaging.Message, error){
		"cancelled": (*messaging.Service).Cancel, "recalled": (*messaging.Service).Recall,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 1}})
				r := b.toUsers(0, 1)
				r.AtLeastOnce = true
				m := b.orphan(r)
				if _, err := stop(b.svc, b.ctx(), here, m.ID); err != nil {
					t.Fatal(err)
				}
				b.run(time.Hour)
				b.want(m.ID, messaging.Finished, counts{messaging.DeliveryUncertain: 1, messaging.DeliveryCancelled: 1})
				if got := b.sentTo(); got[personID(0)] != 1 || got[personID(1)] != 0 {
					t.Errorf("sent to %v, want the first person once", got)
				}
				if n := b.queue.Len(); n != 0 {
					t.Errorf("%d jobs left", n)
				}
				b.queue.WantNoErrors(t)
			})
		})
	}
}

// TestOrphanThatWaits: what may have been sent stays in doubt while a quota
// makes its repetition wait, and is not said to be expired or unsent later.
func TestOrphanThatWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{EveryonePerDay: 1}})
		r := b.toAll()
		r.AtLeastOnce, r.ExpiresAt = true, b.clock.Now().Add(time.Hour)
		m := b.orphan(r)
		b.run(time.Minute)
		if got := b.batch(m.ID); got.State != messaging.DeliveryScheduled || !got.MaybeSent {
			t.Errorf("while it waits: got %s, maybe sent %t; want scheduled, true", got.State, got.MaybeSent)
		}
		b.run(2 * time.Hour)
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryUncertain: 1})
		b.queue.WantNoErrors(t)
	})
}
