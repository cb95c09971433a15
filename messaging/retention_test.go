package messaging_test

import (
	"context"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs/jobstest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

const day = 24 * time.Hour

func (b *bundle) startRetention() {
	b.t.Helper()
	if err := b.svc.StartRetention(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// left returns how many messages a tenant has.
func (b *bundle) left(t tenant.ID) int {
	b.t.Helper()
	n := 0
	for p := (tenant.Page{Limit: tenant.MaxPageLimit}); ; {
		list, err := b.svc.Messages(b.ctx(), t, messaging.MessageFilter{}, p)
		if err != nil {
			b.t.Fatal(err)
		}
		n += len(list.Items)
		if p.Cursor = list.Next; p.Cursor == "" {
			return n
		}
	}
}

func TestRetention(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{SendsPerPersonPerDay: 5}})
		seedPerson(t, s, there)
		send := func(at tenant.ID) {
			t.Helper()
			if _, err := b.svc.Send(b.ctx(), at, b.toUsers(0)); err != nil {
				t.Fatal(err)
			}
		}
		begin := b.clock.Now()
		b.saveSettings(messaging.SettingsChange{RetentionDays: ptr(10)})
		send(here)
		send(there)
		if _, err := b.upload(provider.MediaImage, "a.png", png(1)); err != nil {
			t.Fatal(err)
		}
		b.run(5 * day)
		send(here)
		b.run(0)
		if n := b.count("thirdapp_quota_uses"); n != 3 {
			t.Errorf("%d counters, want 3", n)
		}
		b.startRetention()
		b.run(time.Minute)
		if b.left(here) != 2 || b.left(there) != 1 {
			t.Errorf("%d and %d messages after 5 days, want 2 and 1", b.left(here), b.left(there))
		}
		if n := b.count("thirdapp_quota_uses"); n != 1 {
			t.Errorf("%d counters, want only that of today", n)
		}
		b.run(begin.Add(10*day + time.Hour).Sub(b.clock.Now()))
		if b.left(here) != 1 || b.left(there) != 1 {
			t.Errorf("%d and %d messages after 10 days, want 1 and 1", b.left(here), b.left(there))
		}
		if b.count("thirdapp_media") != 1 {
			t.Error("the upload was forgotten after 10 days")
		}
		b.run(begin.Add(30*day + 2*time.Hour).Sub(b.clock.Now()))
		if b.left(here) != 0 || b.left(there) != 1 {
			t.Errorf("%d and %d messages after 30 days, want 0 and 1", b.left(here), b.left(there))
		}
		b.run(begin.Add(90*day + time.Hour).Sub(b.clock.Now()))
		if b.left(there) != 0 {
			t.Errorf("%d messages after 90 days, want none", b.left(there))
		}
		b.queue.WantNoErrors(t)
	})
}

// TestRetentionBeginsWithTheLastSending: a message that was sent long after it
// was entered can be looked at and replayed for as long as any other.
func TestRetentionBeginsWithTheLastSending(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// after is when it is sent, after it was entered.
		after time.Duration
		send  func(b *bundle) messaging.Message
	}{
		"at a time": {5 * day, func(b *bundle) messaging.Message {
			r := b.toUsers(0)
			r.SendAt = b.clock.Now().Add(5 * day)
			return b.send(r)
		}},
		"paused": {5 * day, func(b *bundle) messaging.Message {
			b.saveSettings(messaging.SettingsChange{Paused: ptr(true)})
			m := b.send(b.toUsers(0))
			b.run(5 * day)
			b.saveSettings(messaging.SettingsChange{Paused: ptr(false)})
			return m
		}},
		"replayed": {day, func(b *bundle) messaging.Message {
			b.fake.Script(providertest.OpSend, failing(refused()))
			m := b.send(b.toUsers(0))
			b.run(day - time.Minute)
			if _, err := b.svc.Replay(b.ctx(), here, m.ID, nil); err != nil {
				b.t.Fatal(err)
			}
			return m
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, options{cfg: messaging.Config{RetentionDays: 1, TrackFor: time.Minute}})
				b.startRetention()
				m := c.send(b)
				b.run(m.CreatedAt.Add(c.after + 20*time.Hour).Sub(b.clock.Now()))
				b.want(m.ID, messaging.Finished, counts{messaging.DeliveryAccepted: 1})
				b.run(2 * day)
				if n := b.left(here); n != 0 {
					t.Errorf("%d messages two days later, want none", n)
				}
			})
		})
	}
}

// TestRetentionWithoutMessages: uploads of a tenant that sends nothing expire,
// too.
func TestRetentionWithoutMessages(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	if _, err := b.upload(provider.MediaImage, "a.png", png(1)); err != nil {
		t.Fatal(err)
	}
	b.startRetention()
	b.run(31 * day)
	if n := b.count("thirdapp_media"); n != 0 {
		t.Errorf("%d uploads are left after 31 days, want none", n)
	}
	b.queue.WantNoErrors(t)
}

// seedPerson makes the first person a member of another tenant as well.
func seedPerson(tb testing.TB, s *bunstore.Store, t tenant.ID) {
	tb.Helper()
	seed(tb, s, t, 1)
}

func (b *bundle) count(table string) int {
	b.t.Helper()
	var n int
	if err := b.store.DB().QueryRowContext(b.t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// slowStore lets the clock go on with every piece that is removed.
type slowStore struct {
	messaging.Store
	clock *jobstest.Clock
	took  time.Duration
	// seen are the tenants in the order in which they were gone through.
	seen *[]tenant.ID
}

func (s slowStore) Prune(ctx context.Context, t tenant.ID, before time.Time, limit int) (int, error) {
	s.clock.Pass(s.took)
	*s.seen = append(*s.seen, t)
	return s.Store.Prune(ctx, t, before, limit)
}

// TestRetentionGoesOnWhereItWas has steps that take longer than one run may.
func TestRetentionGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	for name, took := range map[string]time.Duration{"a tenant a run": 30 * time.Second, "two tenants a run": 15 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen []tenant.ID
			o := options{cfg: messaging.Config{RetentionDays: 1}, people: 1}
			b := newBundle(t, openSQLite(t), o)
			tenants := []tenant.ID{"t-3", "t-4", "t-5"}
			for _, other := range tenants {
				seed(t, b.store, other, 1)
				if _, err := b.svc.Send(b.ctx(), other, b.toUsers(0)); err != nil {
					t.Fatal(err)
				}
			}
			b.run(5 * day) // until nothing is tracked any more
			if b.left("t-3") != 1 {
				t.Fatal("messages went away by themselves")
			}
			o.wrap = func(s messaging.Store) messaging.Store { return slowStore{s, b.clock, took, &seen} }
			b.svc = b.newService(o)
			b.startRetention()
			b.run(10 * time.Minute)
			for _, other := range tenants {
				if n := b.left(other); n != 0 {
					t.Errorf("%d messages of tenant %s are left", n, other)
				}
			}
			if len(seen) != len(tenants) {
				t.Errorf("went through %v, want each tenant once", seen)
			}
			b.queue.WantNoErrors(t)
		})
	}
}
