package messaging_test

import (
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider/providertest"
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
