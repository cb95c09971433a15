package messaging_test

import (
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestRecall takes back what was sent and stops what was not.
func TestRecall(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 1, RecallWindow: time.Hour}})
		b.fake.Script(providertest.OpSend, providertest.Step{}, failing(unsent()))
		m := b.send(b.toUsers(0, 1))
		b.run(0)
		if _, err := b.svc.Recall(b.ctx(), here, m.ID); err != nil {
			t.Fatal(err)
		}
		b.run(time.Minute)
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryRecalled: 1, messaging.DeliveryCancelled: 1})
		sent := b.fake.Sent()
		if len(sent) != 1 || !sent[0].Recalled {
			t.Errorf("the office app has %+v, want one recalled message", sent)
		}
		if b.message(m.ID).RecallAt.IsZero() {
			t.Error("RecallAt is not set")
		}
		b.queue.WantNoErrors(t)
	})
}

// TestRecallTries: an office app that is away is asked again.
func TestRecallTries(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{RecallWindow: time.Hour}})
	m := b.send(b.toUsers(0))
	b.run(0)
	b.fake.Fail(providertest.OpRecall, 3, unsent())
	if _, err := b.svc.Recall(b.ctx(), here, m.ID); err != nil {
		t.Fatal(err)
	}
	b.run(time.Minute)
	b.want(m.ID, messaging.Finished, counts{messaging.DeliveryRecalled: 1})
}

// TestRecallTooLate: beyond the window nothing is asked, and the batch says so.
func TestRecallTooLate(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{RecallWindow: time.Hour}})
	m := b.send(b.toUsers(0))
	b.run(0)
	b.clock.Pass(2 * time.Hour)
	if _, err := b.svc.Recall(b.ctx(), here, m.ID); err != nil {
		t.Fatal(err)
	}
	b.run(time.Minute)
	f := b.batch(m.ID).RecallFailure
	if f == nil || f.Reason != messaging.ReasonRecallWindow || b.fake.Calls(providertest.OpRecall) != 0 {
		t.Errorf("got %+v after %d calls, want the window", f, b.fake.Calls(providertest.OpRecall))
	}
	if n := b.message(m.ID).Counts[messaging.DeliveryRecalled]; n != 0 {
		t.Errorf("%d recalled, want 0", n)
	}
}

func TestRecallRefusals(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	if _, err := b.svc.Recall(b.ctx(), here, "no-such"); !errors.Is(err, messaging.ErrMessageNotFound) {
		t.Errorf("unknown: got %v, want %v", err, messaging.ErrMessageNotFound)
	}
	b.fake.Fail(providertest.OpSend, 1, refused())
	m := b.send(b.toUsers(0))
	b.run(0)
	if _, err := b.svc.Recall(b.ctx(), here, m.ID); !errors.Is(err, messaging.ErrNotRecallable) {
		t.Errorf("a failed one: got %v, want %v", err, messaging.ErrNotRecallable)
	}
	if _, err := b.svc.Recall(b.ctx(), there, m.ID); !errors.Is(err, messaging.ErrMessageNotFound) {
		t.Errorf("another tenant's: got %v, want %v", err, messaging.ErrMessageNotFound)
	}
}

// TestReplay sends again what was dead, once the reason is gone.
func TestReplay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{
			limits: provider.Limits{UsersPerSend: 2},
			cfg:    messaging.Config{Backoff: []time.Duration{0, time.Second}},
		})
		b.fake.Fail(providertest.OpSend, 4, unsent())
		m := b.send(b.toUsers(0, 1, 2))
		b.run(time.Minute)
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryDead: 3})
		if _, err := b.svc.Replay(b.ctx(), here, m.ID, []messaging.DeliveryState{messaging.DeliveryDead}); err != nil {
			t.Fatal(err)
		}
		b.run(time.Minute)
		if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n != 3 {
			t.Errorf("after the replay: %v", b.message(m.ID).Counts)
		}
		if _, err := b.svc.Replay(b.ctx(), here, m.ID, nil); !errors.Is(err, messaging.ErrNothingToReplay) {
			t.Errorf("second replay: got %v, want %v", err, messaging.ErrNothingToReplay)
		}
		_, err := b.svc.Replay(b.ctx(), here, m.ID, []messaging.DeliveryState{messaging.DeliveryRead})
		if !errors.Is(err, messaging.ErrInvalidRequest) {
			t.Errorf("replay of what was read: got %v, want %v", err, messaging.ErrInvalidRequest)
		}
		b.queue.WantNoErrors(t)
	})
}

// TestReplayWaits: what was cancelled before its time is not sent before it.
func TestReplayWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		r := b.toUsers(0, 1)
		r.SendAt = b.clock.Now().Add(time.Hour)
		m := b.send(r)
		if _, err := b.svc.Cancel(b.ctx(), here, m.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.svc.Replay(b.ctx(), here, m.ID, []messaging.DeliveryState{messaging.DeliveryCancelled}); err != nil {
			t.Fatal(err)
		}
		b.run(59 * time.Minute)
		b.want(m.ID, messaging.Scheduled, counts{messaging.DeliveryScheduled: 2})
		list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{State: messaging.Scheduled}, tenant.Page{})
		if err != nil || len(list.Items) != 1 {
			t.Errorf("scheduled messages: %+v, %v; want it", list.Items, err)
		}
		b.run(time.Minute)
		if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n != 2 {
			t.Errorf("at its time: %v", b.message(m.ID).Counts)
		}
	})
}

// TestReplayToEveryone: who may not send to everyone any more may not replay
// either.
func TestReplayToEveryone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		roles := grants{"one": tenant.RoleOperator}
		b := newBundle(t, s, options{authz: roles})
		as := tenant.WithActor(t.Context(), tenant.Actor{UserID: "one"})
		r := b.toAll()
		r.SendAt = b.clock.Now().Add(time.Hour)
		m, err := b.svc.Send(as, here, r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.svc.Cancel(as, here, m.ID); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			role tenant.Role
			want error
		}{{tenant.RoleSender, tenant.ErrForbidden}, {tenant.RoleOperator, nil}} {
			roles["one"] = c.role
			_, err = b.svc.Replay(as, here, m.ID, []messaging.DeliveryState{messaging.DeliveryCancelled})
			if !errors.Is(err, c.want) {
				t.Errorf("as %s: got error %v, want %v", c.role, err, c.want)
			}
		}
	})
}

// TestFlowControl: people the office app turns away for now are tried again on
// their own.
func TestFlowControl(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{RobotUsersPerSend: 10}})
		busy := &provider.Error{Code: provider.ResourceExhausted, Unsent: true}
		b.fake.Refuse(personID(1), busy)
		b.fake.Script(providertest.OpRobotSend, providertest.Step{Then: func() { b.fake.Refuse(personID(1), nil) }})
		r := b.toUsers(0, 1, 2)
		r.Channel = messaging.ChannelRobot
		m := b.send(r)
		b.run(time.Minute)
		if n := b.message(m.ID).Counts[messaging.DeliveryAccepted]; n != 3 {
			t.Errorf("got %v, want all accepted", b.message(m.ID).Counts)
		}
		got := map[provider.UserID]int{}
		for _, sent := range b.fake.RobotSent() {
			for _, user := range sent.Users {
				got[user]++
			}
		}
		if got[personID(1)] != 2 || got[personID(0)] != 1 {
			t.Errorf("asked to send to %v, want user 1 twice", got)
		}
	})
}
