package messaging_test

import (
	"context"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// looks is a store that counts how often somebody looks for room in counters.
type looks struct {
	messaging.Store
	n int
}

func (l *looks) Spend(ctx context.Context, t tenant.ID, uses []messaging.QuotaUse) ([]messaging.QuotaUse, error) {
	l.n++
	return l.Store.Spend(ctx, t, uses)
}

// news counts what is told.
type news struct{ n int }

func (p *news) Publish(context.Context, tenant.ID, string, string) error {
	p.n++
	return nil
}

// TestQuotaOfALargeMessage: the batches of a message that takes a while look for
// room when it is their turn, not all of them all the time.
func TestQuotaOfALargeMessage(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		const people, perMinute = 60, 4
		l := &looks{}
		b := newBundle(t, s, options{
			people: people, limits: provider.Limits{UsersPerSend: 1, PeoplePerMinute: perMinute},
			wrap: func(s messaging.Store) messaging.Store { l.Store = s; return l },
		})
		m := b.send(b.toUsers(upTo(people)...))
		// Of each minute and a half, and of the ten seconds that it may begin late.
		b.run(people / perMinute * 100 * time.Second)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: people})
		b.wantNothingBeyond()
		if most := 5 * people; l.n > most {
			t.Errorf("looked for room %d times, want at most %d", l.n, most)
		}
	})
}

// TestQuotaOfTwoLargeMessages: nor do those of messages that compete.
func TestQuotaOfTwoLargeMessages(t *testing.T) {
	t.Parallel()
	const people, perMinute = 60, 4
	l := &looks{}
	b := newBundle(t, openSQLite(t), options{
		people: people, limits: provider.Limits{UsersPerSend: 1, PeoplePerMinute: perMinute},
		wrap: func(s messaging.Store) messaging.Store { l.Store = s; return l },
	})
	first := b.send(b.toUsers(upTo(people)...))
	second := b.toUsers(upTo(people)...)
	second.Content = provider.NewText("another")
	last := b.send(second)
	b.run(2 * people / perMinute * 110 * time.Second)
	for _, id := range []string{first.ID, last.ID} {
		b.want(id, messaging.Tracking, counts{messaging.DeliveryAccepted: people})
	}
	b.wantNothingBeyond()
	if most := 40 * 2 * people; l.n > most {
		t.Errorf("looked for room %d times, want at most %d", l.n, most)
	}
}

// TestQuotaBeforeExpiry: whose turn would come after the expiry is tried before,
// as those before it may be taken back.
func TestQuotaBeforeExpiry(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{people: 12, limits: provider.Limits{UsersPerSend: 1, PeoplePerMinute: 2}})
	blocking := b.send(b.toUsers(upTo(12)...))
	r := b.toUsers(upTo(8)...)
	r.ExpiresAt = b.clock.Now().Add(5 * time.Minute)
	m := b.send(r)
	b.run(0)
	if _, err := b.svc.Cancel(b.ctx(), here, blocking.ID); err != nil {
		t.Fatal(err)
	}
	b.run(5 * time.Minute)
	b.wantNothingBeyond()
	if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n < 4 {
		t.Errorf("%d were sent before the expiry, want at least 4: %v", n, b.message(m.ID).Counts)
	}
}

// TestWaitIsToldOnce: a batch that looks for room again and again is told of
// when it begins to wait, and when that is over.
func TestWaitIsToldOnce(t *testing.T) {
	t.Parallel()
	told := &news{}
	b := newBundle(t, openSQLite(t), options{events: told, limits: provider.Limits{UsersPerSend: 1, PeoplePerMinute: 1}})
	b.send(b.toUsers(0))
	b.run(0)
	told.n = 0
	b.send(b.toUsers(1))
	b.run(80 * time.Second)
	if told.n != 1 {
		t.Errorf("told %d times of one who waits, want once", told.n)
	}
}
