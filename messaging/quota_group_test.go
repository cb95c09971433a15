package messaging_test

import (
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// once allows the same content to a person once a day, and many in a call.
func once() options {
	return options{people: 24, limits: provider.Limits{UsersPerSend: 20, SameContentPerDay: 1, SendsPerPersonPerDay: 500}}
}

// TestQuotaOfManyIsOneRow: a call to many people leaves one row, not one for
// each person.
func TestQuotaOfManyIsOneRow(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, once())
		b.send(b.toUsers(upTo(20)...))
		b.run(0)
		if groups, single := b.count("thirdapp_quota_groups"), b.count("thirdapp_quota_uses"); groups != 1 || single != 0 {
			t.Errorf("%d groups and %d single counters, want 1 and 0", groups, single)
		}
		// Part of them gets the same again, tomorrow; the others have not had it.
		second := b.send(b.toUsers(0, 5, 21, 22))
		b.run(0)
		b.want(second.ID, messaging.Sending, counts{messaging.DeliveryAccepted: 2, messaging.DeliveryScheduled: 2})
		third := b.send(b.toUsers(upTo(20)...))
		b.run(0)
		b.want(third.ID, messaging.Scheduled, counts{messaging.DeliveryScheduled: 20})
		b.run(49 * time.Hour)
		if n := b.message(third.ID).Counts[messaging.DeliveryAccepted]; n != 20 {
			t.Errorf("in the end %d accepted, want 20", n)
		}
		b.wantNothingBeyond()
	})
}

// TestQuotaOfManyReplayed: who may have got a message gets it again tomorrow, by
// whatever batch; whom it certainly did not reach, today.
func TestQuotaOfManyReplayed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err   error
		state messaging.DeliveryState
		today int
	}{
		"uncertain": {lost(), messaging.DeliveryUncertain, 0},
		"refused":   {refused(), messaging.DeliveryFailed, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, once())
				b.fake.Fail(providertest.OpSend, 1, tt.err)
				m := b.send(b.toUsers(upTo(20)...))
				b.run(0)
				b.want(m.ID, messaging.Finished, counts{tt.state: 20})
				if _, err := b.svc.Replay(b.ctx(), here, m.ID, []messaging.DeliveryState{tt.state}); err != nil {
					t.Fatal(err)
				}
				b.run(0)
				if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n != tt.today {
					t.Errorf("%d accepted on the same day, want %d", n, tt.today)
				}
				b.run(25 * time.Hour)
				if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n != 20 {
					t.Errorf("%d accepted in the end, want 20", n)
				}
				b.wantNothingBeyond()
			})
		})
	}
}

// TestQuotaOfTheTurnedAway: whom the office app turns away has not used their
// quotas, be it for now or until the message is replayed; the others have.
func TestQuotaOfTheTurnedAway(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		people int
		code   provider.Code
		state  messaging.State
		of     messaging.DeliveryState
	}{
		"for now, few":   {3, provider.Unavailable, messaging.Sending, messaging.DeliveryPending},
		"for now, many":  {20, provider.Unavailable, messaging.Sending, messaging.DeliveryPending},
		"for good, few":  {3, provider.NotFound, messaging.Tracking, messaging.DeliveryFailed},
		"for good, many": {20, provider.NotFound, messaging.Tracking, messaging.DeliveryFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, once())
				b.fake.Refuse(personID(1), &provider.Error{Code: tt.code, Unsent: true})
				m := b.send(b.toUsers(upTo(tt.people)...))
				b.run(0)
				b.want(m.ID, tt.state, counts{messaging.DeliveryAccepted: tt.people - 1, tt.of: 1})
				b.fake.Refuse(personID(1), nil)
				if tt.of == messaging.DeliveryFailed {
					if _, err := b.svc.Replay(b.ctx(), here, m.ID, nil); err != nil {
						t.Fatal(err)
					}
				}
				b.run(time.Minute)
				if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n != tt.people {
					t.Errorf("%d accepted on the same day, want %d", n, tt.people)
				}
				again := b.send(b.toUsers(0, 1))
				b.run(0)
				b.want(again.ID, messaging.Scheduled, counts{messaging.DeliveryScheduled: 2})
				b.wantNothingBeyond()
			})
		})
	}
}

// upTo returns the numbers below n.
func upTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}
