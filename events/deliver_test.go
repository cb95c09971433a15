package events_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// attempts is how often a receiver is tried by default.
const attempts = 10

func TestRetries(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		e := newEndpoint(t)
		sub, secret := b.subscribe(t, here, e.URL)
		e.status(http.StatusInternalServerError)
		b.publish(t, here, finished, "m-1")
		b.run(t, 0)
		first := e.want(t, "at once", 1)[0]
		failing := b.subscription(t, sub)
		began := b.clock.Now()
		if want := (events.Health{
			LastStatus: 500, LastReason: events.ReasonStatus, LastAt: began, FailingSince: began,
		}); failing.Health != want {
			t.Errorf("got health %+v, want %+v", failing.Health, want)
		}
		b.run(t, 3*time.Second)
		e.want(t, "before five seconds are nearly over", 0)
		b.run(t, 4*time.Second)
		e.want(t, "after seven", 1)

		b.set(here, "m-1", "news")
		e.status(http.StatusOK)
		b.run(t, time.Minute)
		last := e.want(t, "after a minute", 1)[0]
		if first.header.Get("Webhook-Id") != last.header.Get("Webhook-Id") {
			t.Error("the id of a retry is another one")
		}
		if first.header.Get("Webhook-Timestamp") == last.header.Get("Webhook-Timestamp") {
			t.Error("the time of a retry is the first one's")
		}
		if !strings.Contains(string(last.body), `"data":"news"`) || !strings.Contains(string(last.body), `"timestamp":"2026-03-01T08:00:00Z"`) {
			t.Errorf("got %s, want what is true now under the event's own time", last.body)
		}
		sent, err := strconv.ParseInt(last.header.Get("Webhook-Timestamp"), 10, 64)
		check(t, err)
		check(t, events.VerifyAt(time.Unix(sent, 0), last.header, last.body, secret))
		if h := b.subscription(t, sub).Health; !h.FailingSince.IsZero() || h.LastReason != "" || h.LastStatus != 200 {
			t.Errorf("got health %+v, want it well", h)
		}
		b.run(t, 48*time.Hour)
		e.want(t, "after the success", 0)
	})
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	sub, _ := b.subscribe(t, here, e.URL+"/?token=hush")
	e.status(http.StatusBadGateway)
	b.publish(t, here, finished, "m-1")
	b.run(t, 30*time.Hour)
	got := e.want(t, "all in all", attempts)
	for _, d := range got {
		if d.header.Get("Webhook-Id") != got[0].header.Get("Webhook-Id") {
			t.Error("an attempt has another id")
		}
	}
	if b.runner.Len() != 0 {
		t.Errorf("%d jobs left", b.runner.Len())
	}
	now := b.subscription(t, sub)
	if !now.Enabled || now.Health.FailingSince != time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) {
		t.Errorf("got %+v, want it enabled and failing since the first attempt", now)
	}
	logged := b.logs.String()
	if !strings.Contains(logged, "event given up") || strings.Contains(logged, "hush") {
		t.Errorf("log: %s", logged)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	b.subscribe(t, here, e.URL)
	e.status(http.StatusTooManyRequests, "Retry-After", "3600")
	b.publish(t, here, finished, "m-1")
	b.run(t, time.Hour-time.Second)
	e.want(t, "within the hour", 1)
	b.run(t, time.Second)
	e.want(t, "after the hour", 1)
}

func TestReadRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "-1": 0, "1.5": 0, "soon": 0,
		"86400": 24 * time.Hour, "86401": 24 * time.Hour, "9223372036854775807": 24 * time.Hour, "99999999999999999999": 0,
		"Sun, 01 Mar 2026 08:01:00 GMT": time.Minute, "Sun, 01 Mar 2026 07:00:00 GMT": 0,
		"Fri, 01 Mar 2030 08:01:00 GMT": 24 * time.Hour,
	} {
		if got := events.RetryAfter(value, now); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"120", "Sun, 01 Mar 2026 08:01:00 GMT", "-0", "1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if d := events.RetryAfter(value, time.Unix(vectorTime, 0)); d < 0 || d > 24*time.Hour {
			t.Errorf("%q: got %s", value, d)
		}
	})
}

func TestGoneDisables(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		e := newEndpoint(t)
		sub, _ := b.subscribe(t, here, e.URL)
		e.status(http.StatusGone)
		b.publish(t, here, finished, "m-1")
		b.run(t, 48*time.Hour)
		e.want(t, "all in all", 1)
		now := b.subscription(t, sub)
		if now.Enabled || now.Version != 2 || now.Health.LastReason != events.ReasonGone || now.Health.LastStatus != 410 {
			t.Errorf("got %+v, want it disabled", now)
		}
		b.publish(t, here, finished, "m-2")
		if b.runner.Len() != 0 {
			t.Error("an event for a disabled subscription")
		}
		trail := b.audit(t, here)
		row := trail[len(trail)-1]
		if row.Action != "subscription.disable" || row.Target != sub.ID || row.ActorID != "system:events" ||
			row.Outcome != "ok" || !strings.Contains(string(row.After), `"gone"`) {
			t.Errorf("audit: %+v %s", row, row.After)
		}
		yes := true
		enabled, err := b.Update(system(t), here, sub.ID, events.Change{Enabled: &yes})
		check(t, err)
		if enabled.Health != (events.Health{}) {
			t.Errorf("enabled again: got health %+v, want a new beginning", enabled.Health)
		}
		e.status(http.StatusOK)
		b.publish(t, here, finished, "m-3")
		b.run(t, 0)
		e.want(t, "enabled again", 1)
	})
}

func TestFailingForDaysDisables(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	sub, _ := b.subscribe(t, here, e.URL)
	e.status(http.StatusInternalServerError)
	b.publish(t, here, finished, "m-1")
	b.run(t, 30*time.Hour)
	b.run(t, 4*24*time.Hour) // nothing happens
	b.publish(t, here, finished, "m-2")
	b.run(t, time.Hour)
	if !b.subscription(t, sub).Enabled {
		t.Fatal("disabled although the event has attempts left")
	}
	b.run(t, 30*time.Hour)
	now := b.subscription(t, sub)
	if now.Enabled || now.Health.FailingSince.IsZero() {
		t.Errorf("got %+v, want it disabled and failing since the first time", now)
	}
	trail := b.audit(t, here)
	if row := trail[len(trail)-1]; row.Action != "subscription.disable" || row.ActorID != "system:events" {
		t.Errorf("audit: %+v", row)
	}
	if !strings.Contains(b.logs.String(), "subscription disabled") {
		t.Error("the log does not say so")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	elsewhere, e := newEndpoint(t), newEndpoint(t)
	sub, _ := b.subscribe(t, here, e.URL)
	e.status(http.StatusTemporaryRedirect, "Location", elsewhere.URL)
	b.publish(t, here, finished, "m-1")
	b.run(t, 0)
	e.want(t, "the endpoint", 1)
	elsewhere.want(t, "where it points", 0)
	if h := b.subscription(t, sub).Health; h.LastReason != events.ReasonRedirect || h.LastStatus != 307 {
		t.Errorf("got health %+v", h)
	}
}

// What a name leads to is only known when it is dialled.
func TestPrivateAddressesAreNotDialled(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	port := e.Listener.Addr().String()[strings.LastIndex(e.Listener.Addr().String(), ":"):]
	strict := b.another(t, b.store, func(c *events.Config) { c.AllowPrivate = false })
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		sub, _ := b.subscribe(t, here, "http://"+host+port)
		report, err := strict.Test(system(t), here, sub.ID)
		if err != nil || report.Reason != events.ReasonAddress || report.Status != 0 {
			t.Errorf("%s: got %+v, %v; want it not dialled", host, report, err)
		}
		e.want(t, host, 0)
	}
	sub, _ := b.subscribe(t, here, e.URL)
	if report, err := b.Test(system(t), here, sub.ID); err != nil || !report.OK() {
		t.Errorf("where it is allowed: %+v, %v", report, err)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *events.Config) { c.Timeout = time.Second })
	secure := httptest.NewTLSServer(http.NotFoundHandler()) // of a certificate nobody knows
	t.Cleanup(secure.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	slow, broken := newEndpoint(t), newEndpoint(t)
	slow.will(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	broken.will(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, tt := range map[string]struct {
		url  string
		want events.Reason
	}{
		"certificate": {secure.URL, events.ReasonTLS},
		"refused":     {closed.URL, events.ReasonConnection},
		"slow":        {slow.URL, events.ReasonTimeout},
		"broken":      {broken.URL, events.ReasonConnection},
	} {
		sub, _ := b.subscribe(t, here, tt.url)
		report, err := b.Test(system(t), here, sub.ID)
		if err != nil || report.Reason != tt.want || report.OK() {
			t.Errorf("%s: got %+v, %v; want %s", name, report, err, tt.want)
		}
	}
}

func TestReasonTexts(t *testing.T) {
	t.Parallel()
	for _, r := range []events.Reason{
		events.ReasonStatus, events.ReasonRedirect, events.ReasonGone, events.ReasonTimeout, events.ReasonHost,
		events.ReasonAddress, events.ReasonTLS, events.ReasonConnection, events.ReasonSecret,
	} {
		problem, remedy := r.Text()
		if problem.ZH == "" || problem.EN == "" || remedy.ZH == "" || remedy.EN == "" {
			t.Errorf("%s: got %+v, %+v; want both languages", r, problem, remedy)
		}
	}
	if problem, _ := events.Reason("of another release").Text(); problem != (provider.Text{}) {
		t.Errorf("got %+v", problem)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		e := newEndpoint(t)
		sub, first := b.subscribe(t, here, e.URL)
		rotate := func() string {
			t.Helper()
			rotated, secret, err := b.Rotate(system(t), here, sub.ID)
			check(t, err)
			if rotated.Version <= sub.Version {
				t.Errorf("got version %d, want a later one than %d", rotated.Version, sub.Version)
			}
			return secret.Reveal()
		}
		signed := func(when string, good, bad []string) {
			t.Helper()
			b.publish(t, here, finished, "m-1")
			b.run(t, 0)
			d := e.want(t, when, 1)[0]
			if n := len(strings.Fields(d.header.Get("Webhook-Signature"))); n != len(good) {
				t.Errorf("%s: got %d signatures, want %d", when, n, len(good))
			}
			for i, secret := range append(good, bad...) {
				if err := events.VerifyAt(b.clock.Now(), d.header, d.body, secret); (err == nil) != (i < len(good)) {
					t.Errorf("%s: secret %d: %v", when, i, err)
				}
			}
		}
		signed("at first", []string{first}, nil)
		second := rotate()
		signed("after a rotation", []string{second, first}, nil)
		b.clock.Pass(24*time.Hour - time.Second)
		signed("within a day", []string{second, first}, nil)
		b.clock.Pass(time.Second)
		signed("after a day", []string{second}, []string{first})
		third, fourth := rotate(), rotate()
		signed("after two more", []string{fourth, third}, []string{first, second})
		if len(first) != len("whsec_")+44 || first == second || !strings.HasPrefix(first, "whsec_") {
			t.Error("the secrets are not of the standard's form")
		}
	})
}

// An endpoint that fails is told one event at a time.
func TestFailingEndpointsTakeTurns(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	b.subscribe(t, here, e.URL)
	e.status(http.StatusInternalServerError)
	b.publish(t, here, finished, "m-1")
	b.run(t, 0)
	e.want(t, "the first", 1)

	handlers := b.Handlers()
	entered, leave := make(chan struct{}), make(chan struct{})
	e.will(func(http.ResponseWriter, *http.Request) { close(entered); <-leave })
	first, ok := b.runner.Take(b.clock.Now().Add(time.Minute))
	if !ok {
		t.Fatal("no retry")
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = b.runner.Work(t.Context(), handlers, first) }()
	<-entered
	b.publish(t, here, finished, "m-2")
	before := b.clock.Now()
	second, ok := b.runner.Take(before)
	if !ok {
		t.Fatal("no second event")
	}
	_ = b.runner.Work(t.Context(), handlers, second)
	e.want(t, "while the first is being sent", 1)
	waiting, ok := b.runner.Take(before.Add(time.Minute))
	if !ok || !waiting.Job.RunAt.After(before) || waiting.Attempt != 1 {
		t.Errorf("got %+v, want the second event to wait", waiting)
	}
	close(leave)
	<-done
	e.status(http.StatusOK)
	_ = b.runner.Work(t.Context(), handlers, waiting)
	e.want(t, "in its turn", 1)

	for failing, most := range map[time.Duration]time.Duration{
		-time.Hour: 6 * time.Second, 0: 6 * time.Second, time.Minute: 72 * time.Second, 48 * time.Hour: 12 * time.Minute,
	} {
		if d := events.TurnPause(failing); d > most || d < most/2 {
			t.Errorf("failing for %s: waits %s, want about %s", failing, d, most)
		}
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	sub, secret := b.subscribe(t, here, e.URL, left)
	report, err := b.Test(as(t, tenant.RoleAdmin), here, sub.ID)
	if err != nil || !report.OK() || report.Status != 204 {
		t.Fatalf("got %+v, %v", report, err)
	}
	d := e.want(t, "the ping", 1)[0]
	check(t, events.VerifyAt(b.clock.Now(), d.header, d.body, secret))
	var got events.Event
	check(t, json.Unmarshal(d.body, &got))
	if got.Type != events.Ping || got.ID != report.EventID || got.Tenant != here || string(got.Data) != `{"subscriptionId":"`+sub.ID+`"}` {
		t.Errorf("got %s", d.body)
	}
	e.status(http.StatusNotFound)
	report, err = b.Test(as(t, tenant.RoleAdmin), here, sub.ID)
	if err != nil || report.OK() || report.Status != 404 || report.Reason != events.ReasonStatus {
		t.Errorf("got %+v, %v", report, err)
	}
	if h := b.subscription(t, sub).Health; h != (events.Health{}) {
		t.Errorf("a test counts in the health: %+v", h)
	}
	trail := b.audit(t, here)
	row := trail[len(trail)-1]
	if row.Action != "subscription.test" || row.ActorID != "admin" || !strings.Contains(string(row.After), "404") {
		t.Errorf("audit: %+v %s", row, row.After)
	}
}
