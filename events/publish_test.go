package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestEndpointIsTold(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		e := newEndpoint(t)
		sub, secret := b.subscribe(t, here, e.URL+"/hook?token=1")
		b.publish(t, here, finished, "m-1")
		at := b.clock.Now()
		b.set(here, "m-1", map[string]any{"state": "finished", "text": "钉钉 <&>"}) // later than the event
		b.clock.Pass(time.Second)
		b.run(t, 0)

		d := e.want(t, "after it", 1)[0]
		if err := events.VerifyAt(b.clock.Now(), d.header, d.body, secret); err != nil {
			t.Error(err)
		}
		var got map[string]any
		check(t, json.Unmarshal(d.body, &got))
		if len(got) != 5 || got["id"] != d.header.Get("Webhook-Id") || got["type"] != finished || got["tenantId"] != "t-1" ||
			got["timestamp"] != "2026-03-01T08:00:00Z" {
			t.Errorf("got %s", d.body)
		}
		if data, _ := json.Marshal(got["data"]); !json.Valid(data) || !strings.Contains(string(d.body), `"state":"finished"`) {
			t.Errorf("got data %s, want the truth of the moment", data)
		}
		if d.method != "POST" || d.header.Get("Content-Type") != "application/json" {
			t.Errorf("got %s of %s", d.method, d.header.Get("Content-Type"))
		}
		var event events.Event
		check(t, json.Unmarshal(d.body, &event))
		if !event.At.Equal(at) || event.Tenant != here {
			t.Errorf("as an Event: %+v", event)
		}
		h := b.subscription(t, sub).Health
		if want := (events.Health{LastStatus: 204, LastAt: b.clock.Now()}); h != want {
			t.Errorf("got health %+v, want %+v", h, want)
		}
		if b.runner.Len() != 0 || len(b.runner.Failures()) != 0 {
			t.Errorf("%d jobs left, errors %v", b.runner.Len(), b.runner.Failures())
		}
	})
}

// riverjobs is a real job queue on the database.
func (b *bundle) riverjobs(t *testing.T) *riverjobs.Runner {
	t.Helper()
	cfg := riverjobs.Config{
		DB: b.store.DB().DB, Dialect: riverjobs.Postgres, PostgresDSN: b.dsn,
		Tx: b.store.SQLTx, AfterCommit: b.store.AfterCommit, PollInterval: 20 * time.Millisecond,
	}
	if strings.HasPrefix(b.dsn, "sqlite:") {
		cfg.Dialect, cfg.PostgresDSN = riverjobs.SQLite, ""
	}
	queue, err := riverjobs.New(cfg)
	check(t, err)
	check(t, queue.Migrate(t.Context()))
	return queue
}

// TestNoEventWithoutCommit publishes through a real job queue, in a transaction
// that fails and in one that commits.
func TestNoEventWithoutCommit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		queue := b.riverjobs(t)
		s, err := events.New(b.store, queue, b.sealer, roles{}, events.Config{AllowHTTP: true, AllowPrivate: true})
		check(t, err)
		t.Cleanup(s.Close)
		check(t, s.Describe(finished, about, b.describe))
		heard := make(chan events.Event, 10)
		check(t, s.On(finished, func(_ context.Context, e events.Event) error { heard <- e; return nil }))
		check(t, queue.Start(t.Context(), s.Handlers()))
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			check(t, queue.Stop(ctx))
		})
		e := newEndpoint(t)
		_, _, err = s.Create(system(t), here, events.Input{URL: e.URL, Types: []string{finished}, Enabled: true})
		check(t, err)

		failed := errors.New("failed on purpose")
		for subject, outcome := range map[string]error{"lost": failed, "kept": nil} {
			err := b.store.InTx(t.Context(), func(ctx context.Context) error {
				return errors.Join(s.Publish(ctx, here, finished, subject), outcome)
			})
			if !errors.Is(err, outcome) {
				t.Fatal(err)
			}
		}
		check(t, s.Publish(t.Context(), here, finished, "alone")) // without a transaction
		subjects := map[string]bool{}
		for range 2 {
			select {
			case e := <-heard:
				subjects[string(e.Data)] = true
			case <-time.After(30 * time.Second):
				t.Fatal("not told")
			}
		}
		if !subjects[`{"subject":"kept"}`] || !subjects[`{"subject":"alone"}`] {
			t.Errorf("told of %v, want of what was committed", subjects)
		}
		deadline := time.Now().Add(30 * time.Second)
		var told []delivery
		for len(told) < 2 && time.Now().Before(deadline) {
			told = append(told, e.deliveries()...)
			time.Sleep(5 * time.Millisecond)
		}
		for _, d := range told {
			if strings.Contains(string(d.body), "lost") {
				t.Errorf("told of what was rolled back: %s", d.body)
			}
		}
		if len(told) != 2 {
			t.Errorf("the endpoint got %d deliveries, want 2", len(told))
		}
	})
}

func TestTenantsAreKeptApart(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	mine, theirs := newEndpoint(t), newEndpoint(t)
	b.subscribe(t, here, mine.URL)
	b.subscribe(t, there, theirs.URL)
	b.set(there, "m-1", "secret of t-2")
	b.publish(t, here, finished, "m-1")
	b.run(t, 24*time.Hour)
	if got := string(mine.want(t, "mine", 1)[0].body); strings.Contains(got, "secret of t-2") {
		t.Errorf("got %s", got)
	}
	theirs.want(t, "theirs", 0)
}

func TestOnlyWantedTypesAreSent(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	all, some, off := newEndpoint(t), newEndpoint(t), newEndpoint(t)
	b.subscribe(t, here, all.URL)
	b.subscribe(t, here, some.URL, left)
	_, _, err := b.Create(system(t), here, events.Input{URL: off.URL, Types: []string{events.All}})
	check(t, err)
	b.publish(t, here, finished, "m-1")
	b.publish(t, here, left, "p-1")
	b.run(t, 0)
	all.want(t, "all", 2)
	some.want(t, "some", 1)
	off.want(t, "disabled", 0)
}

// What was changed while an event was on its way decides.
func TestChangesBeforeTheDelivery(t *testing.T) {
	t.Parallel()
	no := false
	for name, change := range map[string]func(b *bundle, sub events.Subscription) error{
		"deleted":  func(b *bundle, sub events.Subscription) error { return b.Delete(system(t), here, sub.ID) },
		"disabled": func(b *bundle, sub events.Subscription) error { return update(t, b, sub, events.Change{Enabled: &no}) },
		"another type": func(b *bundle, sub events.Subscription) error {
			return update(t, b, sub, events.Change{Types: []string{left}})
		},
		"subject gone": func(b *bundle, _ events.Subscription) error { b.set(here, "m-1", nil); return nil },
		"too much to say": func(b *bundle, _ events.Subscription) error {
			b.set(here, "m-1", strings.Repeat("x", 256<<10))
			return nil
		},
		"nothing that can be said": func(b *bundle, _ events.Subscription) error {
			b.set(here, "m-1", func() {})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, nil)
			e := newEndpoint(t)
			sub, _ := b.subscribe(t, here, e.URL)
			b.publish(t, here, finished, "m-1")
			check(t, change(b, sub))
			b.run(t, 24*time.Hour)
			e.want(t, name, 0)
			if len(b.runner.Failures()) != 0 || b.runner.Len() != 0 {
				t.Errorf("errors %v, %d jobs left", b.runner.Failures(), b.runner.Len())
			}
		})
	}
}

func update(tb testing.TB, b *bundle, sub events.Subscription, c events.Change) error {
	tb.Helper()
	_, err := b.Update(system(tb), here, sub.ID, c)
	return err
}

// A describer that cannot tell at the moment is asked again, and costs the
// receiver no attempt.
func TestDescriberFailsForAWhile(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	e := newEndpoint(t)
	sub, _ := b.subscribe(t, here, e.URL)
	b.set(here, "m-1", errors.New("database away"))
	b.publish(t, here, finished, "m-1")
	b.run(t, 2*time.Second)
	e.want(t, "meanwhile", 0)
	if len(b.runner.Failures()) == 0 || b.subscription(t, sub).Health != (events.Health{}) {
		t.Errorf("errors %v, health %+v", b.runner.Failures(), b.subscription(t, sub).Health)
	}
	b.set(here, "m-1", "well again")
	b.run(t, 2*time.Second)
	e.want(t, "afterwards", 1)

	b.set(here, "m-2", errors.New("database away for ever"))
	b.publish(t, here, finished, "m-2")
	b.run(t, time.Hour)
	if len(b.runner.Drops()) != 1 || b.runner.Len() != 0 {
		t.Errorf("dropped %v, %d jobs left; want it given up", b.runner.Drops(), b.runner.Len())
	}
}

func TestPublishRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for name, args := range map[string][2]string{
		"unknown type": {"message.lost", "m-1"}, "all types": {events.All, "m-1"}, "ping": {events.Ping, "m-1"},
		"no subject": {finished, ""}, "long subject": {finished, strings.Repeat("x", 257)}, "bytes": {finished, "\xff"},
	} {
		if err := b.Publish(t.Context(), here, args[0], args[1]); err == nil {
			t.Errorf("%s: published", name)
		}
	}
	if n := b.runner.Len(); n != 0 {
		t.Errorf("%d jobs", n)
	}
}

// countingStore counts how often it is asked who has subscribed.
type countingStore struct {
	events.Store
	asked, failing atomic.Int32
}

func (s *countingStore) Subscriptions(ctx context.Context, t tenant.ID) ([]events.Stored, error) {
	s.asked.Add(1)
	if s.failing.Load() > 0 {
		return nil, tenant.ErrUnavailable
	}
	return s.Store.Subscriptions(ctx, t)
}

func TestNobodyIsAskedForEveryEvent(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	store := &countingStore{Store: b.store}
	s := b.another(t, store, nil)
	publish := func(n int) {
		t.Helper()
		for range n {
			check(t, s.Publish(t.Context(), here, finished, "m-1"))
		}
	}
	want := func(when string, asked int32, jobs int) {
		t.Helper()
		if got := store.asked.Load(); got != asked || b.runner.Len() != jobs {
			t.Errorf("%s: asked %d times with %d jobs, want %d and %d", when, got, b.runner.Len(), asked, jobs)
		}
	}
	publish(100)
	want("a tenant without subscriptions", 1, 0)
	b.clock.Pass(3 * time.Second)
	publish(100)
	want("three seconds later", 2, 0)

	// A change through the same service holds at once.
	sub, _, err := s.Create(system(t), here, events.Input{URL: "https://example.com/", Types: []string{events.All}, Enabled: true})
	check(t, err)
	publish(1)
	want("after a new subscription", 3, 1)
	check(t, s.Delete(system(t), here, sub.ID))
	publish(1)
	want("after it was deleted", 4, 1)

	// One through another process is seen a little later.
	b.subscribe(t, here, "https://example.com/")
	publish(1)
	want("before it is seen", 4, 1)
	b.clock.Pass(3 * time.Second)
	publish(1)
	want("when it is seen", 5, 2)

	// Other tenants are asked for on their own, and an error is not remembered.
	store.failing.Store(1)
	if err := s.Publish(t.Context(), there, finished, "m-1"); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("got %v, want the store's error", err)
	}
	store.failing.Store(0)
	check(t, s.Publish(t.Context(), there, finished, "m-1"))
	want("another tenant", 7, 2)
}

func TestEventsAboutSeveralSubjects(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		check(t, b.PublishAll(t.Context(), here, finished, []string{"m-1", "m-2"}))
		if n := b.runner.Len(); n != 0 {
			t.Errorf("%d jobs where nobody wants to know", n)
		}
		e := newEndpoint(t)
		b.subscribe(t, here, e.URL)
		check(t, b.PublishAll(t.Context(), here, finished, nil))
		check(t, b.PublishAll(t.Context(), here, finished, []string{"m-1", "m-2"}))
		if b.PublishAll(t.Context(), here, finished, []string{"m-3", ""}) == nil {
			t.Error("published about a subject that is none")
		}
		b.run(t, 0)
		ids, subjects := map[string]bool{}, map[string]bool{}
		for _, d := range e.want(t, "about two subjects", 2) {
			var got events.Event
			check(t, json.Unmarshal(d.body, &got))
			ids[got.ID], subjects[string(got.Data)] = true, true
		}
		if len(ids) != 2 || !subjects[`{"subject":"m-1"}`] || !subjects[`{"subject":"m-2"}`] {
			t.Errorf("told of %v under the ids %v", subjects, ids)
		}
	})
}

// TestManyEventsAtOnce has a real job queue take as many as a synchronisation
// tells of at most, for as many endpoints as a tenant can have.
func TestManyEventsAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		queue := b.riverjobs(t)
		s, err := events.New(b.store, queue, b.sealer, roles{}, events.Config{AllowHTTP: true, AllowPrivate: true})
		check(t, err)
		t.Cleanup(s.Close)
		check(t, s.Describe(finished, about, b.describe))
		for range events.MaxSubscriptions {
			_, _, err := s.Create(system(t), here, events.Input{URL: "https://example.com/", Types: []string{events.All}, Enabled: true})
			check(t, err)
		}
		subjects := make([]string, 1000)
		for i := range subjects {
			subjects[i] = fmt.Sprint("subject-", i)
		}
		check(t, b.store.InTx(t.Context(), func(ctx context.Context) error { return s.PublishAll(ctx, here, finished, subjects) }))
		var n int
		table := "thirdapp_jobs.river_job" // see riverjobs
		if strings.HasPrefix(b.dsn, "sqlite:") {
			table = "thirdapp_river_job"
		}
		check(t, b.store.DB().NewRaw("SELECT count(*) FROM "+table).Scan(t.Context(), &n))
		if want := len(subjects) * events.MaxSubscriptions; n != want {
			t.Errorf("%d jobs, want %d", n, want)
		}
	})
}
