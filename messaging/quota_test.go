package messaging_test

import (
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// TestQuotaPerPerson: who has had their messages of the day gets the next one
// tomorrow; the others of the batch get it now.
func TestQuotaPerPerson(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 10, SendsPerPersonPerDay: 1}})
		b.send(b.toUsers(1))
		b.run(0)
		second := b.toUsers(0, 1, 2)
		second.Content = provider.NewText("another")
		m := b.send(second)
		b.run(0)
		b.want(m.ID, messaging.Sending, counts{messaging.DeliveryAccepted: 2, messaging.DeliveryScheduled: 1})
		tomorrow := b.clock.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		for _, d := range b.deliveries(m.ID) {
			if d.State != messaging.DeliveryScheduled {
				continue
			}
			if d.Recipient.Username != userName(1) || !d.NextAt.Equal(tomorrow) {
				t.Errorf("got %+v, want user 1 at %s", d, tomorrow)
			}
			if d.Failure == nil || d.Failure.Reason != messaging.ReasonQuota {
				t.Errorf("got failure %+v, want the quota", d.Failure)
			}
		}
		b.run(25 * time.Hour)
		if got := b.message(m.ID).Counts[messaging.DeliveryScheduled]; got != 0 {
			t.Errorf("the day after: %d are still scheduled", got)
		}
		b.wantNothingBeyond()
	})
}

// TestQuotaSameContent: the same text goes to a person once a day.
func TestQuotaSameContent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 10, SameContentPerDay: 1}})
		first, second := b.send(b.toUsers(0, 1)), b.send(b.toUsers(0, 1))
		b.run(0)
		got := b.message(first.ID).Counts[messaging.DeliveryAccepted] + b.message(second.ID).Counts[messaging.DeliveryAccepted]
		if got != 2 {
			t.Errorf("%d accepted today, want 2", got)
		}
		b.run(25 * time.Hour)
		if n := len(b.fake.Sent()); n != 2 {
			t.Errorf("%d calls after a day, want 2", n)
		}
		b.wantNothingBeyond()
	})
}

// TestQuotaEveryone: a message to everyone that is one too many waits for the
// next day.
func TestQuotaEveryone(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{EveryonePerDay: 2}})
	for range 3 {
		b.send(b.toAll())
	}
	b.run(time.Minute)
	if n := len(b.fake.Sent()); n != 2 {
		t.Errorf("%d calls today, want 2", n)
	}
	b.run(25 * time.Hour)
	if n := len(b.fake.Sent()); n != 3 {
		t.Errorf("%d calls after a day, want 3", n)
	}
	b.wantNothingBeyond()
}

// TestQuotaPeoplePerMinute: batches beyond the people of a minute wait for the
// next one.
func TestQuotaPeoplePerMinute(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{UsersPerSend: 2, PeoplePerMinute: 4}})
	m := b.send(b.toUsers(0, 1, 2, 3, 4, 5, 6, 7))
	b.run(0)
	if n := len(b.fake.Sent()); n != 2 {
		t.Errorf("%d calls in the first minute, want 2", n)
	}
	b.run(2 * time.Minute)
	if n := b.message(m.ID).Counts[messaging.DeliveryScheduled]; n != 0 || len(b.fake.Sent()) != 4 {
		t.Errorf("after a minute: %d scheduled, %d calls; want 0, 4", n, len(b.fake.Sent()))
	}
	b.wantNothingBeyond()
}

// TestQuotaRefund: what the office app refused was not used.
func TestQuotaRefund(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{UsersPerSend: 10, SameContentPerDay: 1, PeoplePerMinute: 2}})
	b.fake.Fail(providertest.OpSend, 1, refused())
	failed := b.send(b.toUsers(0, 1))
	b.run(0)
	b.want(failed.ID, messaging.Finished, counts{messaging.DeliveryFailed: 2})
	if _, err := b.svc.Replay(b.ctx(), here, failed.ID, nil); err != nil {
		t.Fatal(err)
	}
	b.run(0)
	if n := b.message(failed.ID).Counts[messaging.DeliveryAccepted]; n != 2 {
		t.Errorf("%d accepted, want 2: %v", n, b.message(failed.ID).Counts)
	}
}

// TestQuotaAndExpiry: what cannot be sent before its expiry expires.
func TestQuotaAndExpiry(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{EveryonePerDay: 1}})
	b.send(b.toAll())
	late := b.toAll()
	late.ExpiresAt = b.clock.Now().Add(time.Hour)
	m := b.send(late)
	b.run(2 * time.Hour)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryExpired: 1})
}

// TestQuotaOfSomeAndExpiry: so do those people of a batch who must wait longer,
// and are told at once.
func TestQuotaOfSomeAndExpiry(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), once())
	b.send(b.toUsers(0))
	b.run(0)
	late := b.toUsers(0, 1)
	late.ExpiresAt = b.clock.Now().Add(time.Hour)
	m := b.send(late)
	b.run(0)
	held := b.deliveries(m.ID, messaging.DeliveryScheduled)
	if len(held) != 1 || !strings.Contains(held[0].Failure.Message.ZH, "不再发送") || !strings.Contains(held[0].Failure.Message.EN, "expires before") {
		t.Errorf("held back: %+v, want one who is told that it expires", held)
	}
	b.run(2 * time.Hour)
	if got := b.message(m.ID).Counts; got[messaging.DeliveryExpired] != 1 || got[messaging.DeliveryScheduled] != 0 {
		t.Errorf("after the expiry: %v, want one expired", got)
	}
}

// wantNothingBeyond fails the test when the office app was asked for more than
// it allows.
func (b *bundle) wantNothingBeyond() {
	b.t.Helper()
	b.queue.WantNoErrors(b.t)
	for _, sent := range b.fake.Sent() {
		if len(sent.Beyond) > 0 {
			b.t.Errorf("sent beyond the quotas: %+v", sent.Beyond)
		}
	}
}
