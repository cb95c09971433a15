package events_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/jobs/jobstest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	here  tenant.ID = "t-1"
	there tenant.ID = "t-2"
)

// The types of events that the tests' platform has.
const (
	finished = "message.finished"
	left     = "person.left"
)

// about is what a type of event is about.
var about = provider.Text{ZH: "测试事件", EN: "an event of a test"}

// firstOfMarch is when the clocks of tests begin.
var firstOfMarch = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// bundle is a service on a database of its own, with a platform whose subjects
// have a state.
type bundle struct {
	*events.Service
	dsn    string
	store  *bunstore.Store
	sealer *tinksecrets.Sealer
	clock  *jobstest.Clock
	runner *jobstest.Queue
	logs   *lockedBuffer

	mu sync.Mutex
	// subjects are what the describers say, by tenant and subject; nil is gone.
	subjects map[string]any
	handlers []jobs.Handler
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	for name, newDSN := range map[string]func(testing.TB) string{"sqlite": sqliteDSN, "postgres": postgresDSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setupOn(t, newDSN(t), nil))
		})
	}
}

// setup returns a service on SQLite.
func setup(tb testing.TB, change func(*events.Config)) *bundle {
	tb.Helper()
	return setupOn(tb, sqliteDSN(tb), change)
}

func setupOn(tb testing.TB, dsn string, change func(*events.Config)) *bundle {
	tb.Helper()
	b := &bundle{dsn: dsn, clock: jobstest.NewClock(firstOfMarch), logs: &lockedBuffer{}, subjects: map[string]any{}}
	b.store = openDSN(tb, dsn)
	b.runner = jobstest.New(b.clock, b.store.AfterCommit)
	keyset, err := tinksecrets.GenerateKeyset()
	check(tb, err)
	b.sealer, err = tinksecrets.New(keyset)
	check(tb, err)
	b.Service = b.another(tb, b.store, change)
	return b
}

// another returns a further service on the same database, as another process
// has one.
func (b *bundle) another(tb testing.TB, store events.Store, change func(*events.Config)) *events.Service {
	tb.Helper()
	cfg := events.Config{
		AllowHTTP: true, AllowPrivate: true, Now: b.clock.Now,
		Logger: slog.New(slog.NewTextHandler(b.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg)
	}
	s, err := events.New(store, b.runner, b.sealer, roles{}, cfg)
	check(tb, err)
	tb.Cleanup(s.Close)
	for _, eventType := range []string{finished, left} {
		check(tb, s.Describe(eventType, about, b.describe))
	}
	return s
}

// describe is the platform's Describer.
func (b *bundle) describe(_ context.Context, t tenant.ID, subject string) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, known := b.subjects[string(t)+"/"+subject]
	if failed, ok := data.(error); ok {
		return nil, failed
	}
	if known && data == nil {
		return nil, fmt.Errorf("platform: %w", tenant.ErrNotFound)
	}
	if !known {
		data = map[string]string{"subject": subject}
	}
	return data, nil
}

// set says what the describers say from now on.
func (b *bundle) set(t tenant.ID, subject string, data any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subjects[string(t)+"/"+subject] = data
}

// run works what becomes due within d.
func (b *bundle) run(tb testing.TB, d time.Duration) {
	tb.Helper()
	if b.handlers == nil {
		b.handlers = b.Handlers()
	}
	b.runner.Run(tb.Context(), b.handlers, d)
}

func (b *bundle) publish(tb testing.TB, t tenant.ID, eventType, subject string) {
	tb.Helper()
	check(tb, b.Publish(tb.Context(), t, eventType, subject))
}

// subscribe subscribes an endpoint to everything.
func (b *bundle) subscribe(tb testing.TB, t tenant.ID, url string, types ...string) (events.Subscription, string) {
	tb.Helper()
	if len(types) == 0 {
		types = []string{events.All}
	}
	sub, secret, err := b.Create(system(tb), t, events.Input{URL: url, Types: types, Enabled: true})
	check(tb, err)
	return sub, secret.Reveal()
}

func (b *bundle) subscription(tb testing.TB, s events.Subscription) events.Subscription {
	tb.Helper()
	sub, err := b.Subscription(system(tb), s.Tenant, s.ID)
	check(tb, err)
	return sub
}

// audit returns the tenant's audit trail, oldest first.
func (b *bundle) audit(tb testing.TB, t tenant.ID) []tenant.AuditEntry {
	tb.Helper()
	list, err := b.store.Audit(tb.Context(), t, tenant.AuditFilter{}, tenant.Page{})
	check(tb, err)
	for i, j := 0, len(list.Items)-1; i < j; i, j = i+1, j-1 {
		list.Items[i], list.Items[j] = list.Items[j], list.Items[i]
	}
	return list.Items
}

func system(tb testing.TB) context.Context { tb.Helper(); return tenant.AsSystem(tb.Context(), "test") }

// as returns a context in which a person acts, whose role in tenant here is
// their name.
func as(tb testing.TB, role tenant.Role) context.Context {
	tb.Helper()
	return tenant.WithActor(tb.Context(), tenant.Actor{UserID: string(role), Username: string(role)})
}

// roles is an Authorizer in which users have the role of their name, in tenant
// here.
type roles struct{}

func (roles) Can(_ context.Context, userID string, t tenant.ID, o tenant.Object, a tenant.Action) error {
	for _, p := range tenant.Roles()[tenant.Role(userID)] {
		if t == here && p.Object == o && p.Action == a {
			return nil
		}
	}
	return tenant.ErrForbidden
}
func (roles) Everywhere(context.Context, string) (bool, error) { return false, nil }
func (roles) Refresh(context.Context) error                    { return nil }

// endpoint is a receiver that remembers what it got.
type endpoint struct {
	*httptest.Server

	mu     sync.Mutex
	got    []delivery
	answer http.HandlerFunc
}

type delivery struct {
	header http.Header
	method string
	body   []byte
}

// newEndpoint starts a receiver that answers 204 unless told otherwise.
func newEndpoint(tb testing.TB) *endpoint {
	tb.Helper()
	e := &endpoint{answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }}
	e.Server = httptest.NewServer(http.HandlerFunc(e.serve))
	tb.Cleanup(e.Close)
	return e
}

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.got = append(e.got, delivery{r.Header, r.Method, body})
	answer := e.answer
	e.mu.Unlock()
	answer(w, r)
}

// will makes the endpoint answer otherwise from now on.
func (e *endpoint) will(answer http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = answer
}

// status makes the endpoint answer a status from now on.
func (e *endpoint) status(code int, header ...string) {
	e.will(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	})
}

// deliveries returns what came since the last call.
func (e *endpoint) deliveries() []delivery {
	e.mu.Lock()
	defer e.mu.Unlock()
	got := e.got
	e.got = nil
	return got
}

// want fails the test unless n deliveries came since the last call.
func (e *endpoint) want(tb testing.TB, when string, n int) []delivery {
	tb.Helper()
	got := e.deliveries()
	if len(got) != n {
		tb.Fatalf("%s: got %d deliveries, want %d", when, len(got), n)
	}
	return got
}

func sqliteDSN(tb testing.TB) string {
	tb.Helper()
	dsn := "sqlite:" + dbtest.SQLite(tb)
	check(tb, migrateDSN(tb.Context(), dsn))
	return dsn
}

func postgresDSN(tb testing.TB) string {
	tb.Helper()
	return dbtest.PostgresFrom(tb, "events", migrateDSN)
}

func migrateDSN(ctx context.Context, dsn string) error {
	s, err := bunstore.Open(ctx, dsn, bunstore.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

func openDSN(tb testing.TB, dsn string) *bunstore.Store {
	tb.Helper()
	s, err := bunstore.Open(tb.Context(), dsn, bunstore.Options{MaxConns: 8})
	check(tb, err)
	tb.Cleanup(func() { check(tb, s.Close()) })
	return s
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// wantRefusal fails the test unless err is the refusal, in both languages.
func wantRefusal(tb testing.TB, op string, err error, want *tenant.Error) {
	tb.Helper()
	var got *tenant.Error
	if !errors.As(err, &got) || !errors.Is(err, want) || got.Code != want.Code {
		tb.Errorf("%s: got %v, want %s", op, err, want.Reason)
		return
	}
	if got.Message.ZH == "" || got.Message.EN == "" {
		tb.Errorf("%s: got message %+v, want both languages", op, got.Message)
	}
}

// wantCode fails the test unless err has the code.
func wantCode(tb testing.TB, op string, err error, want provider.Code) {
	tb.Helper()
	if got := provider.CodeOf(err); got != want {
		tb.Errorf("%s: got code %s (%v), want %s", op, got, err, want)
	}
}
