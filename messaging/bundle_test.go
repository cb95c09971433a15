package messaging_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs/jobstest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// firstOfMarch is when the clocks of tests begin.
var firstOfMarch = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// bundle is a platform of one tenant with eight bound people, a fake office
// app, and a service whose jobs run when the test says so.
type bundle struct {
	t     *testing.T
	clock *jobstest.Clock
	store *bunstore.Store
	fake  *providertest.Fake
	conns *fakeConnector
	queue *jobstest.Queue
	svc   *messaging.Service
	log   *syncBuffer
}

// options change what newBundle makes; zero fields are the ordinary.
type options struct {
	limits provider.Limits
	fake   providertest.FakeConfig
	cfg    messaging.Config
	authz  tenant.Authorizer
	people int
	// events is told what happens; nil for nobody.
	events messaging.Publisher
	// audiences replaces the store's.
	audiences messaging.Audiences
	// wrap puts a store in front of the real one.
	wrap func(messaging.Store) messaging.Store
}

func newBundle(t *testing.T, s *bunstore.Store, o options) *bundle {
	t.Helper()
	b := &bundle{t: t, clock: jobstest.NewClock(firstOfMarch), store: s, log: &syncBuffer{}}
	b.queue = jobstest.New(b.clock, s.AfterCommit)
	o.fake.Limits = o.limits
	b.fake = providertest.NewFake(o.fake)
	b.conns = newConnector(t, b.fake, provider.Environment{Now: b.clock.Now})
	if o.people == 0 {
		o.people = 8
	}
	seed(t, s, here, o.people)
	b.svc = b.newService(o)
	return b
}

// newService returns another service on the same database, as after a restart.
func (b *bundle) newService(o options) *messaging.Service {
	b.t.Helper()
	if o.authz == nil {
		o.authz = nobody{}
	}
	o.cfg.Now = b.clock.Now
	o.cfg.Logger = slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var store messaging.Store = b.store
	if o.wrap != nil {
		store = o.wrap(store)
	}
	if o.audiences == nil {
		o.audiences = b.store
	}
	svc, err := messaging.New(messaging.Ports{
		Store: store, Connector: b.conns, Accounts: b.store, Audiences: o.audiences, Queue: b.queue, Events: o.events,
		Authorizer: o.authz, Sealer: newSealer(b.t),
	}, o.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return svc
}

func (b *bundle) ctx() context.Context { return tenant.AsSystem(b.t.Context(), "test") }

// toUsers is a request to the people of these numbers.
func (b *bundle) toUsers(numbers ...int) messaging.Request {
	r := messaging.Request{Provider: b.fake.Kind(), Content: provider.NewText("body-7f3a 你好")}
	for _, n := range numbers {
		r.Recipients.Usernames = append(r.Recipients.Usernames, userName(n))
	}
	return r
}

func (b *bundle) toAll() messaging.Request {
	r := b.toUsers()
	r.Recipients.All = true
	return r
}

func (b *bundle) send(r messaging.Request) messaging.Message {
	b.t.Helper()
	m, err := b.svc.Send(b.ctx(), here, r)
	if err != nil {
		b.t.Fatalf("Send: %v", err)
	}
	return m
}

// run works all jobs that become due within d.
func (b *bundle) run(d time.Duration) {
	b.t.Helper()
	b.queue.Run(b.t.Context(), b.svc.Handlers(), d)
}

func (b *bundle) message(id string) messaging.Message {
	b.t.Helper()
	m, err := b.svc.Message(b.ctx(), here, id)
	if err != nil {
		b.t.Fatalf("Message: %v", err)
	}
	return m
}

func (b *bundle) deliveries(id string, states ...messaging.DeliveryState) []messaging.Delivery {
	b.t.Helper()
	list, err := b.svc.Deliveries(b.ctx(), here, id, messaging.DeliveryFilter{States: states}, tenant.Page{Limit: tenant.MaxPageLimit})
	if err != nil {
		b.t.Fatalf("Deliveries: %v", err)
	}
	return list.Items
}

func (b *bundle) batch(id string) messaging.Batch {
	b.t.Helper()
	list, err := b.svc.Batches(b.ctx(), here, id)
	if err != nil || len(list) == 0 {
		b.t.Fatalf("Batches = %v, %v; want some", list, err)
	}
	return list[0]
}

type counts map[messaging.DeliveryState]int

// want compares a message's state and counts.
func (b *bundle) want(id string, state messaging.State, want counts) {
	b.t.Helper()
	m := b.message(id)
	if m.State != state || !maps.Equal(m.Counts, want) {
		b.t.Errorf("message is %s with %v, want %s with %v", m.State, m.Counts, state, want)
	}
}

// sentTo counts how often the fake accepted a message for each person.
func (b *bundle) sentTo() map[provider.UserID]int {
	got := make(map[provider.UserID]int)
	for _, s := range b.fake.Sent() {
		for _, u := range s.Users {
			got[u]++
		}
	}
	return got
}

// wantRefusal fails the test unless err is a refusal like want, of that field.
func wantRefusal(tb testing.TB, err error, want *tenant.Error, field string) {
	tb.Helper()
	var got *tenant.Error
	if !errors.As(err, &got) || !errors.Is(err, want) || got.Field != field || got.Code != want.Code {
		tb.Errorf("got error %v, want %s of field %q", err, want.Reason, field)
		return
	}
	if got.Message.ZH == "" || got.Message.EN == "" {
		tb.Errorf("message %+v lacks a language", got.Message)
	}
}

// syncBuffer is a buffer for a logger.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// unsent is an error that passes; refused one that does not; lost one that
// leaves open what happened.
func unsent() error {
	return &provider.Error{
		Code: provider.Unavailable, Upstream: "50001", UpstreamMessage: "busy", RequestID: "r-busy", Unsent: true,
	}
}

// failing is a call that fails with err, without an effect.
func failing(err error) providertest.Step { return providertest.Step{Err: err} }

func refused() error {
	return &provider.Error{
		Code: provider.PermissionDenied, Upstream: "60011", UpstreamMessage: "no permission", RequestID: "r-no",
		Unsent: true, Remedy: provider.Text{ZH: "授予权限", EN: "grant the permission"},
	}
}

func lost() error {
	return &provider.Error{Code: provider.DeadlineExceeded, Err: context.DeadlineExceeded}
}
