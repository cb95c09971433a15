package messaging_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

func outcome(o provider.Outcome) provider.PersonOutcome { return provider.PersonOutcome{Outcome: o} }

func TestTrack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{TrackWindow: 24 * time.Hour}})
		m := b.send(b.toUsers(0, 1, 2, 3))
		b.run(time.Second)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 4})

		b.fake.Report("task-1", personID(0), outcome(provider.OutcomeDelivered))
		b.fake.Report("task-1", personID(1), outcome(provider.OutcomeRead))
		b.fake.Report("task-1", personID(2), provider.PersonOutcome{
			Outcome: provider.OutcomeFailed,
			Err:     &provider.Error{Code: provider.ResourceExhausted, Upstream: "143105", UpstreamMessage: "daily limit"},
		})
		b.run(10 * time.Second)
		b.want(m.ID, messaging.Tracking, counts{
			messaging.DeliveryAccepted: 1, messaging.DeliveryDelivered: 1, messaging.DeliveryRead: 1, messaging.DeliveryFailed: 1,
		})
		for _, d := range b.deliveries(m.ID) {
			if d.State == messaging.DeliveryFailed && (d.Failure == nil || d.Failure.Upstream != "143105") {
				t.Errorf("failure: got %+v", d.Failure)
			}
		}

		// What was final stays so, whatever the office app says later.
		b.fake.Report("task-1", personID(1), outcome(provider.OutcomeDelivered))
		b.fake.Report("task-1", personID(2), outcome(provider.OutcomeRead))
		b.fake.Report("task-1", personID(0), outcome(provider.OutcomeRead))
		b.run(time.Minute)
		b.want(m.ID, messaging.Tracking, counts{
			messaging.DeliveryAccepted: 1, messaging.DeliveryRead: 2, messaging.DeliveryFailed: 1,
		})
		b.fake.Report("task-1", personID(3), provider.PersonOutcome{Outcome: provider.OutcomeFailed})
		b.run(time.Hour)
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryRead: 2, messaging.DeliveryFailed: 2})
		if n := b.queue.Len(); n != 0 {
			t.Errorf("%d jobs left, want none", n)
		}
		b.queue.WantNoErrors(t)
	})
}

// told is a publisher that remembers.
type told struct {
	mu   sync.Mutex
	list []string
}

func (p *told) Publish(_ context.Context, _ tenant.ID, eventType, subject string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, eventType+" "+subject)
	return nil
}

// TestTrackTellsNews has an office app repeat itself for a day.
func TestTrackTellsNews(t *testing.T) {
	t.Parallel()
	p := &told{}
	b := newBundle(t, openSQLite(t), options{
		events: p, limits: provider.Limits{UsersPerSend: 1, TrackWindow: 24 * time.Hour},
	})
	m := b.send(b.toUsers(0, 1))
	b.run(0)
	b.fake.Report("task-1", personID(0), outcome(provider.OutcomeDelivered))
	b.run(8 * time.Hour)
	b.fake.Report("task-1", personID(0), outcome(provider.OutcomeRead))
	b.run(12 * time.Hour)
	one := messaging.EventDeliveries + " " + m.ID + "/1"
	if n := len(slices.DeleteFunc(slices.Clone(p.list), func(e string) bool { return e != one })); n != 3 {
		t.Errorf("told %v; want of the first batch: accepted, delivered, read", p.list)
	}
	e, err := b.svc.DescribeDeliveries(b.ctx(), here, m.ID+"/2")
	if err != nil {
		t.Fatal(err)
	}
	if got := e.(messaging.DeliveriesEvent).Deliveries; len(got) != 1 || got[0].ProviderUserID != personID(1) { //nolint:errcheck // its type
		t.Errorf("the event of the second batch has %+v, want its one delivery", got)
	}
}

func TestTrackSlowsDown(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{TrackWindow: 24 * time.Hour}})
	m := b.send(b.toUsers(0))
	b.run(3 * time.Second)
	if got := b.fake.Calls(providertest.OpTrack); got != 1 {
		t.Errorf("after 3 s: %d questions, want 1", got)
	}
	b.run(time.Hour)
	if got := b.fake.Calls(providertest.OpTrack); got < 5 || got > 8 {
		t.Errorf("after an hour: %d questions, want about 6", got)
	}
	b.run(23*time.Hour - time.Hour)
	b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
	// The last question is asked right before the window closes.
	b.fake.Report("task-1", personID(0), outcome(provider.OutcomeDelivered))
	b.run(2 * time.Hour)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryDelivered: 1})
	if got := b.fake.Calls(providertest.OpTrack); got > 25 {
		t.Errorf("in a day: %d questions, want at most 25", got)
	}
	if n := b.queue.Len(); n != 0 {
		t.Errorf("%d jobs left, want none", n)
	}
}

func TestTrackEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options options
		spoil   func(b *bundle)
		want    counts
	}{
		"without a tracker": {
			options{fake: providertest.FakeConfig{NoTracking: true}},
			func(*bundle) {},
			counts{messaging.DeliveryAccepted: 2},
		},
		"task forgotten": {
			options{}, func(b *bundle) {
				b.fake.Break(providertest.OpTrack, providertest.Step{Err: &provider.Error{Code: provider.NotFound}})
			}, counts{messaging.DeliveryAccepted: 2},
		},
		"app gone": {
			options{}, func(b *bundle) { b.conns.fail(tenant.ErrAppNotFound) }, counts{messaging.DeliveryAccepted: 2},
		},
		"no word on single people": {
			options{limits: provider.Limits{TrackUsers: 1}},
			func(b *bundle) { b.fake.Progress("task-1", 100) },
			counts{messaging.DeliveryAccepted: 2},
		},
		"window over while nobody asked": {
			options{limits: provider.Limits{TrackWindow: time.Minute}},
			func(b *bundle) { b.clock.Pass(time.Hour) },
			counts{messaging.DeliveryAccepted: 2},
		},
		"own bound": {
			options{cfg: messaging.Config{TrackFor: 30 * time.Second}},
			func(b *bundle) { b.fake.Report("task-1", personID(0), outcome(provider.OutcomeRead)) },
			counts{messaging.DeliveryAccepted: 1, messaging.DeliveryRead: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), c.options)
			m := b.send(b.toUsers(0, 1))
			b.run(0)
			c.spoil(b)
			b.run(5 * time.Minute)
			b.want(m.ID, messaging.Finished, c.want)
			if n := b.queue.Len(); n != 0 {
				t.Errorf("%d jobs left, want none", n)
			}
			b.queue.WantNoErrors(t)
		})
	}
}

func TestTrackGoesOnAfterErrors(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.fake.Script(providertest.OpTrack, providertest.Step{Err: unsent()}, providertest.Step{Err: refused()}, providertest.Step{
		Err: &provider.Error{Code: provider.ResourceExhausted, RetryAfter: 20 * time.Minute},
	})
	m := b.send(b.toUsers(0))
	b.run(0)
	b.fake.Report("task-1", personID(0), outcome(provider.OutcomeRead))
	b.run(20 * time.Minute)
	if got := b.fake.Calls(providertest.OpTrack); got != 3 {
		t.Errorf("%d questions before the time asked for, want 3", got)
	}
	b.run(5 * time.Minute)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryRead: 1})
	b.queue.WantNoErrors(t)
}

func TestTrackWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	m := b.send(b.toUsers(0))
	b.run(0)
	b.fake.Report("task-1", personID(0), outcome(provider.OutcomeRead))
	b.conns.fail(tenant.ErrUnavailable)
	b.run(10 * time.Second)
	b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
	b.conns.fail(nil)
	b.run(10 * time.Second)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryRead: 1})
}
