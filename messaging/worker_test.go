package messaging_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// steps returns n steps that fail with err.
func steps(n int, err error) []providertest.Step {
	list := make([]providertest.Step, n)
	for i := range list {
		list[i].Err = err
	}
	return list
}

func TestWorkerRetries(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		b.fake.Script(providertest.OpSend, steps(8, unsent())...)
		m := b.send(b.toUsers(0, 1))
		b.run(0)
		b.want(m.ID, messaging.Queued, counts{messaging.DeliveryPending: 2})
		d := b.deliveries(m.ID)[0]
		if d.Attempts != 1 || d.Failure == nil || d.Failure.Upstream != "50001" || d.Failure.RequestID != "r-busy" {
			t.Errorf("after the first attempt: got %+v with %+v", d, d.Failure)
		}
		// Every pause is at least four fifths, at most six fifths of these.
		pauses := []time.Duration{
			5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
			30 * time.Minute, time.Hour, 2 * time.Hour, 5 * time.Hour,
		}
		for i, pause := range pauses {
			left := b.batch(m.ID).NextAt.Sub(b.clock.Now())
			if left < pause*4/5 || left > pause*6/5 {
				t.Errorf("pause before attempt %d: got %s, want %s give or take a fifth", i+2, left, pause)
			}
			b.run(left - time.Millisecond)
			if got := b.fake.Calls(providertest.OpSend); got != i+1 {
				t.Fatalf("before the pause is over: %d calls, want %d", got, i+1)
			}
			b.run(2 * time.Millisecond)
			if got := b.fake.Calls(providertest.OpSend); got != i+2 {
				t.Fatalf("after the pause: %d calls, want %d", got, i+2)
			}
		}
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 2})
		if d := b.deliveries(m.ID)[0]; d.Attempts != 9 || d.Failure != nil {
			t.Errorf("in the end: got %d attempts, failure %+v; want 9, none", d.Attempts, d.Failure)
		}
		b.queue.WantNoErrors(t)
	})
}

// TestWorkerKeepsPace: a call that the pace kept from being made is no attempt.
func TestWorkerKeepsPace(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{cfg: messaging.Config{Backoff: []time.Duration{0, time.Minute}}})
		const turn = 7 * time.Second
		tooFast := &provider.Error{Code: provider.ResourceExhausted, RetryAfter: turn, Unsent: true}
		b.fake.Script(providertest.OpSend, steps(5, tooFast)...)
		m := b.send(b.toUsers(0))
		b.run(0)
		for i := range 5 {
			got := b.batch(m.ID)
			if got.State != messaging.DeliveryPending || got.Attempts != 0 || got.Failure == nil {
				t.Fatalf("after %d turns missed: got %s, %d attempts, failure %v", i+1, got.State, got.Attempts, got.Failure)
			}
			if left := got.NextAt.Sub(b.clock.Now()); left != turn {
				t.Fatalf("next try in %s, want %s", left, turn)
			}
			b.run(turn)
		}
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
		if got := b.batch(m.ID).Attempts; got != 1 {
			t.Errorf("in the end: %d attempts, want 1", got)
		}
		b.queue.WantNoErrors(t)
	})
}

func TestWorkerGivesUp(t *testing.T) {
	t.Parallel()
	minute := messaging.Config{Backoff: []time.Duration{0, time.Minute, time.Minute}}
	for name, c := range map[string]struct {
		errs  []error
		cfg   messaging.Config
		again bool
		want  messaging.DeliveryState
		calls int
	}{
		"refused":              {[]error{refused()}, minute, false, messaging.DeliveryFailed, 1},
		"refused later":        {[]error{unsent(), refused()}, minute, false, messaging.DeliveryFailed, 2},
		"never available":      {[]error{unsent(), unsent(), unsent()}, minute, false, messaging.DeliveryDead, 3},
		"lost":                 {[]error{lost()}, minute, false, messaging.DeliveryUncertain, 1},
		"lost later":           {[]error{unsent(), lost()}, minute, false, messaging.DeliveryUncertain, 2},
		"unknown kind":         {[]error{errors.New("odd")}, minute, false, messaging.DeliveryUncertain, 1},
		"lost, again":          {[]error{lost(), nil}, minute, true, messaging.DeliveryAccepted, 2},
		"always lost":          {[]error{lost(), lost(), lost()}, minute, true, messaging.DeliveryUncertain, 3},
		"lost, then refused":   {[]error{lost(), refused()}, minute, true, messaging.DeliveryUncertain, 2},
		"refused, again":       {[]error{refused()}, minute, true, messaging.DeliveryFailed, 1},
		"unavailable, again":   {[]error{unsent(), unsent(), unsent()}, minute, true, messaging.DeliveryDead, 3},
		"only one attempt":     {[]error{unsent()}, messaging.Config{Backoff: []time.Duration{0}}, false, messaging.DeliveryDead, 1},
		"accepted, never lost": {[]error{nil}, minute, true, messaging.DeliveryAccepted, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), options{cfg: c.cfg})
			for _, err := range c.errs {
				b.fake.Script(providertest.OpSend, providertest.Step{Err: err})
			}
			r := b.toUsers(0)
			r.AtLeastOnce = c.again
			m := b.send(r)
			b.run(time.Hour)
			d := b.deliveries(m.ID)[0]
			if d.State != c.want || d.Attempts != c.calls || b.fake.Calls(providertest.OpSend) != c.calls {
				t.Errorf("got %s after %d attempts and %d calls, want %s after %d",
					d.State, d.Attempts, b.fake.Calls(providertest.OpSend), c.want, c.calls)
			}
			if (d.Failure == nil) != (c.want == messaging.DeliveryAccepted) {
				t.Errorf("failure: got %+v", d.Failure)
			}
			if c.want != messaging.DeliveryAccepted {
				b.want(m.ID, messaging.Finished, counts{c.want: 1})
			}
			if n := b.queue.Len(); n > 1 || n == 1 && c.want != messaging.DeliveryAccepted {
				t.Errorf("%d jobs left", n)
			}
			b.queue.WantNoErrors(t)
		})
	}
}

// TestWorkerRepeatsWhatIsKnown: where the office app tells repeats, a message
// whose answer was lost is sent again, under the same text, and arrives once.
func TestWorkerRepeatsWhatIsKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits  provider.Limits
		channel messaging.Channel
		op      providertest.Op
	}{
		"work":  {provider.Limits{UsersPerSend: 1, SendDeduplicates: true}, messaging.ChannelWork, providertest.OpSend},
		"robot": {provider.Limits{RobotUsersPerSend: 1, RobotDeduplicates: true}, messaging.ChannelRobot, providertest.OpRobotSend},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), options{
				cfg: messaging.Config{Backoff: []time.Duration{0, time.Minute}}, limits: c.limits,
			})
			b.fake.Script(c.op, providertest.Step{Err: lost(), Done: true})
			r := b.toUsers(0, 1)
			r.Channel = c.channel
			m := b.send(r)
			b.run(time.Hour)
			for _, d := range b.deliveries(m.ID) {
				if d.State != messaging.DeliveryAccepted {
					t.Errorf("%+v, want it accepted", d)
				}
			}
			arrived := b.fake.Sent()
			if c.channel == messaging.ChannelRobot {
				arrived = b.fake.RobotSent()
			}
			if calls := b.fake.Calls(c.op); calls != 3 || len(arrived) != 2 {
				t.Errorf("%d calls and %d messages, want 3 calls, one of them a repeat, and 2 messages", calls, len(arrived))
			}
			b.queue.WantNoErrors(t)
		})
	}
}

func TestWorkerTellsWhy(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.fake.Script(providertest.OpSend, providertest.Step{Err: refused()})
	m := b.send(b.toUsers(0))
	b.run(0)
	got := b.deliveries(m.ID)[0].Failure
	want := messaging.Failure{
		Code: provider.PermissionDenied, Remedy: provider.Text{ZH: "授予权限", EN: "grant the permission"},
		Provider: b.fake.Kind(), Op: "send", Upstream: "60011", UpstreamMessage: "no permission", RequestID: "r-no",
	}
	if got == nil || *got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWorkerHonoursRetryAfter(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.fake.Script(providertest.OpSend, providertest.Step{Err: &provider.Error{
		Code: provider.ResourceExhausted, RetryAfter: 20 * time.Minute, Unsent: true,
	}})
	m := b.send(b.toUsers(0))
	b.run(20*time.Minute - time.Second)
	if got := b.fake.Calls(providertest.OpSend); got != 1 {
		t.Errorf("before the time asked for: %d calls, want 1", got)
	}
	b.run(time.Second)
	b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
}

func TestWorkerExpiry(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		r := b.toUsers(0)
		r.ExpiresAt = b.clock.Now().Add(time.Minute)
		late := b.send(r)
		b.clock.Set(r.ExpiresAt)
		b.run(0)
		b.want(late.ID, messaging.Finished, counts{messaging.DeliveryExpired: 1})
		if got := b.fake.Calls(providertest.OpSend); got != 0 {
			t.Errorf("%d calls for an expired message, want none", got)
		}
		if f := b.deliveries(late.ID)[0].Failure; f == nil || f.Reason != messaging.ReasonExpired {
			t.Errorf("failure: got %+v", f)
		}

		r.ExpiresAt = b.clock.Now().Add(10 * time.Minute)
		b.fake.Break(providertest.OpSend, providertest.Step{Err: unsent()})
		retried := b.send(r)
		b.run(10*time.Minute - time.Second)
		b.want(retried.ID, messaging.Queued, counts{messaging.DeliveryPending: 1})
		b.run(time.Second)
		b.want(retried.ID, messaging.Finished, counts{messaging.DeliveryExpired: 1})
		if n := b.queue.Len(); n != 0 {
			t.Errorf("%d jobs left, want none", n)
		}
	})
}

func TestWorkerWithoutApp(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"disabled": tenant.ErrAppDisabled, "removed": tenant.ErrAppNotFound, "invalid": tenant.ErrInvalidSettings,
		"unreadable": tenant.Refuse(provider.Internal, "secret_unreadable", "密钥", "secret"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), options{})
			m := b.send(b.toUsers(0))
			b.conns.fail(err)
			b.run(0)
			b.want(m.ID, messaging.Finished, counts{messaging.DeliveryFailed: 1})
			f := b.deliveries(m.ID)[0].Failure
			if f == nil || f.Reason != messaging.ReasonAppGone || f.Remedy.IsZero() || f.Message.IsZero() {
				t.Errorf("failure: got %+v, want reason, message and remedy", f)
			}
		})
	}
	t.Run("database away", func(t *testing.T) {
		t.Parallel()
		b := newBundle(t, openSQLite(t), options{})
		m := b.send(b.toUsers(0))
		b.conns.fail(tenant.ErrUnavailable)
		b.run(10 * time.Second)
		b.want(m.ID, messaging.Queued, counts{messaging.DeliveryPending: 1})
		if d := b.deliveries(m.ID)[0]; d.Attempts != 0 {
			t.Errorf("%d attempts, want none", d.Attempts)
		}
		b.conns.fail(nil)
		b.run(10 * time.Second)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
	})
}

func TestWorkerRefusedPeople(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		b.fake.Refuse(personID(1), &provider.Error{Code: provider.NotFound, Upstream: "33012", UpstreamMessage: "no such user"})
		b.fake.Refuse(personID(2), nil)
		m := b.send(b.toUsers(0, 1, 2))
		b.run(0)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 2, messaging.DeliveryFailed: 1})
		for _, d := range b.deliveries(m.ID) {
			if d.State == messaging.DeliveryFailed && (d.Recipient.ProviderUserID != personID(1) || d.Failure.Upstream != "33012") {
				t.Errorf("failed: got %+v with %+v", d, d.Failure)
			}
		}
	})
}

// oddSender accepts with an answer that is hard to store.
type oddSender struct{ stopping }

func (oddSender) Send(context.Context, provider.Audience, provider.Rendered, string) (provider.Receipt, error) {
	return provider.Receipt{TaskID: "task\x00\xff1", RequestID: "\xff", Raw: []byte("<html>")}, nil
}

func TestWorkerKeepsAnOddYes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		b.conns.conn.Provider = oddSender{stopping{Provider: b.conns.conn.Provider}}
		m := b.send(b.toUsers(0))
		b.run(0)
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryAccepted: 1})
		if got := b.batch(m.ID); got.TaskID != "task1" || got.Answer != nil {
			t.Errorf("got task %q, answer %q", got.TaskID, got.Answer)
		}
	})
}

// outage is a store whose writes by the worker fail while it lasts.
type outage struct {
	messaging.Store
	claims, settles int // how many fail
	calls           int
}

func (o *outage) Claim(ctx context.Context, list ...messaging.Claim) (map[messaging.BatchRef]error, error) {
	o.calls++
	if o.claims--; o.claims >= 0 {
		return nil, tenant.ErrUnavailable
	}
	return o.Store.Claim(ctx, list...)
}

func (o *outage) Settle(ctx context.Context, list ...messaging.Settlement) (map[messaging.BatchRef]error, error) {
	o.calls++
	if o.settles--; o.settles >= 0 {
		return nil, tenant.ErrUnavailable
	}
	return o.Store.Settle(ctx, list...)
}

func TestWorkerSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	away := &outage{claims: 2, settles: 3}
	b := newBundle(t, openSQLite(t), options{wrap: func(s messaging.Store) messaging.Store {
		away.Store = s
		return away
	}})
	m := b.send(b.toUsers(0))
	b.run(0)
	b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
	if got := b.sentTo()[personID(0)]; got != 1 || away.calls != 7 {
		t.Errorf("sent %d times with %d writes, want once with 7", got, away.calls)
	}
	b.queue.WantNoErrors(t)
}

// TestWorkerStopped ends the context of a run at several points.
func TestWorkerStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step providertest.Step
		want messaging.DeliveryState
	}{
		"answered": {providertest.Step{}, messaging.DeliveryAccepted},
		"unsent":   {providertest.Step{Err: unsent()}, messaging.DeliveryPending},
		"lost":     {providertest.Step{Err: lost(), Done: true}, messaging.DeliveryUncertain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), options{})
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			c.step.Then = stop
			if c.step.Err != nil && !c.step.Done {
				b.conns.conn.Provider = stopping{b.conns.conn.Provider, stop, c.step.Err}
			} else {
				b.fake.Script(providertest.OpSend, c.step)
			}
			m := b.send(b.toUsers(0))
			q, _ := b.queue.Take(b.clock.Now())
			_ = b.queue.Work(ctx, b.svc.Handlers(), q)
			if got := b.deliveries(m.ID)[0].State; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("before the call", func(t *testing.T) {
		t.Parallel()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		b := newBundle(t, openSQLite(t), options{wrap: func(s messaging.Store) messaging.Store {
			return &stoppingClaim{s, stop}
		}})
		m := b.send(b.toUsers(0))
		q, _ := b.queue.Take(b.clock.Now())
		_ = b.queue.Work(ctx, b.svc.Handlers(), q)
		b.want(m.ID, messaging.Queued, counts{messaging.DeliveryPending: 1})
		if got := b.fake.Calls(providertest.OpSend); got != 0 {
			t.Errorf("%d calls, want none", got)
		}
		b.run(0)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
	})
}

// stopping is a sender that fails while the process is being stopped.
type stopping struct {
	provider.Provider
	stop func()
	err  error
}

func (s stopping) Render(c provider.Content) (provider.Rendered, error) {
	return provider.Rendered{Body: []byte(c.Text.Content)}, nil
}

func (s stopping) Send(context.Context, provider.Audience, provider.Rendered, string) (provider.Receipt, error) {
	s.stop()
	return provider.Receipt{}, s.err
}

// stoppingClaim stops the process right after a claim.
type stoppingClaim struct {
	messaging.Store
	stop func()
}

func (s *stoppingClaim) Claim(ctx context.Context, list ...messaging.Claim) (map[messaging.BatchRef]error, error) {
	defer s.stop()
	return s.Store.Claim(ctx, list...)
}

// TestWorkerWaitsForAnother runs the job of a batch again while its first run
// is in the middle of a call that the office app turns away for now.
func TestWorkerWaitsForAnother(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"at most once": false, "at least once": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, options{})
				r := b.toUsers(0)
				r.AtLeastOnce = again
				m := b.send(r)
				goOn := b.blockCall(unsent())
				first := b.workAside()
				b.enqueueSend(m.ID)
				b.clock.Pass(30 * time.Second)
				b.run(0)
				if got := b.batch(m.ID); got.State != messaging.DeliverySending || got.Attempts != 1 {
					t.Errorf("beside the first run: got %s, %d attempts; want sending, 1", got.State, got.Attempts)
				}
				goOn()
				if err := <-first; err != nil {
					t.Errorf("first run: %v", err)
				}
				b.want(m.ID, messaging.Queued, counts{messaging.DeliveryPending: 1})
				b.run(2 * time.Minute)
				b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
				if got := b.sentTo()[personID(0)]; got != 1 {
					t.Errorf("sent %d times, want once", got)
				}
				if n := b.queue.Len(); n != 1 {
					t.Errorf("%d jobs left, want the one that tracks", n)
				}
				b.queue.WantNoErrors(t)
			})
		})
	}
}

// blockCall has the next call of the fake fail with err, or succeed, once the
// returned function is called.
func (b *bundle) blockCall(err error) (goOn func()) {
	gate := make(chan struct{})
	b.fake.Script(providertest.OpSend, providertest.Step{Wait: gate, Err: err})
	return func() { close(gate) }
}

// workAside works the job that is due beside the test, and returns when its
// batch has been claimed and the office app is being called.
func (b *bundle) workAside() <-chan error {
	b.t.Helper()
	q, ok := b.queue.Take(b.clock.Now())
	if !ok {
		b.t.Fatal("no job is due")
	}
	done := make(chan error, 1)
	calls := b.fake.Calls(providertest.OpSend)
	go func() { done <- b.queue.Work(b.t.Context(), b.svc.Handlers(), q) }()
	for end := time.Now().Add(time.Minute); b.fake.Calls(providertest.OpSend) == calls; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatal("the office app is not called")
		}
	}
	return done
}

// enqueueSend enqueues another job of a message's first batch.
func (b *bundle) enqueueSend(id string) {
	b.t.Helper()
	payload := json.RawMessage(`{"message":"` + id + `","batch":1}`)
	err := b.queue.Enqueue(b.t.Context(), jobs.Job{Kind: messaging.SendKind, Tenant: string(here), Payload: payload})
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestWorkerBesideItself runs the job of a batch again while its first run is
// in the middle of the call, as happens to a process that is taken for dead.
func TestWorkerBesideItself(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"at most once": false, "at least once": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := newBundle(t, s, options{})
				inCall, goOn := make(chan struct{}), make(chan struct{})
				b.fake.Script(providertest.OpSend, providertest.Step{Then: func() { close(inCall); <-goOn }})
				r := b.toUsers(0)
				r.AtLeastOnce = again
				m := b.send(r)
				q, _ := b.queue.Take(b.clock.Now())
				first := make(chan error, 1)
				go func() { first <- b.queue.Work(t.Context(), b.svc.Handlers(), q) }()
				<-inCall
				if err := b.queue.Work(t.Context(), b.newService(options{}).Handlers(), q); err != nil {
					t.Errorf("second run: %v", err)
				}
				want := messaging.DeliveryUncertain
				if again {
					want = messaging.DeliveryAccepted
				}
				if got := b.deliveries(m.ID)[0].State; got != want {
					t.Errorf("after the second run: got %s, want %s", got, want)
				}
				close(goOn)
				if err := <-first; err != nil {
					t.Errorf("first run: %v", err)
				}
				b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
				calls := 1
				if again {
					calls = 2
				}
				if got := b.sentTo()[personID(0)]; got != calls {
					t.Errorf("sent %d times, want %d", got, calls)
				}
			})
		})
	}
}

func TestWorkerDropsWhatIsNotThere(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	for _, h := range b.svc.Handlers() {
		switch h.Kind {
		case messaging.ResumeKind, messaging.RetentionKind, messaging.PruneKind: // are about no message
			continue
		}
		for _, payload := range []string{`{"message":"nothing","batch":1}`, `{`, `[]`} {
			err := h.Work(t.Context(), jobs.Run{Kind: h.Kind, Tenant: string(here), Payload: []byte(payload)})
			if _, ok := jobs.AsDrop(err); !ok {
				t.Errorf("%s of %s: got %v, want a drop", h.Kind, payload, err)
			}
		}
	}
}

func TestWorkerLogsNoContent(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.fake.Script(providertest.OpSend, providertest.Step{}, providertest.Step{Err: refused()}, providertest.Step{Err: lost()})
	b.fake.Script(providertest.OpTrack, providertest.Step{Err: unsent()})
	for range 3 {
		b.send(b.toUsers(0))
	}
	b.run(time.Hour)
	log := b.log.String()
	for _, want := range []string{"tenant=t-1", "provider=fake", "op=messaging.send", "op=messaging.track", "code=permission_denied", "attempt=1"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range []string{"body-7f3a", userName(0), "你好", "no permission", providertest.ClientSecret} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q in it:\n%s", secret, log)
		}
	}
}
