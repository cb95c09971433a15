package tenant_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/casbinauthz"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestMain(m *testing.M) {
	code := dbtest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// The tenants of the tests and their people, by role: "admin@t-1" is an admin
// of t-1 and nothing elsewhere; "root" is the platform admin.
const (
	here  tenant.ID = "t-1"
	there tenant.ID = "t-2"
)

// bundle is a service on a database of its own.
type bundle struct {
	*tenant.Service
	dsn      string
	store    *bunstore.Store
	keyset   provider.Secret
	authz    *casbinauthz.Authorizer
	dingtalk *office
	wecom    *office
	clock    *clock
	logs     *logs
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	for name, newDSN := range map[string]func(testing.TB) string{"sqlite": sqliteDSN, "postgres": postgresDSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setupOn(t, newDSN(t)))
		})
	}
}

// setup returns a service on SQLite.
func setup(tb testing.TB) *bundle {
	tb.Helper()
	return setupOn(tb, sqliteDSN(tb))
}

func setupOn(tb testing.TB, dsn string) *bundle {
	tb.Helper()
	b := &bundle{
		dsn: dsn, clock: &clock{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}, logs: &logs{},
		dingtalk: newOffice(provider.DingTalk, "钉钉", "DingTalk"),
		wecom:    newOffice(provider.WeCom, "企业微信", "WeCom"),
	}
	b.store = openStore(tb, dsn)
	b.keyset = must(tinksecrets.GenerateKeyset())(tb)
	b.authz = must(casbinauthz.New(b.store, casbinauthz.Config{}))(tb)
	if err := b.authz.Refresh(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	b.Service = b.another(tb, tenant.Config{})
	for _, t := range []tenant.ID{here, there} {
		for role := range tenant.Roles() {
			if role != tenant.RolePlatformAdmin {
				b.grant(tb, t, string(role)+"@"+string(t), role)
			}
		}
	}
	b.grant(tb, tenant.Platform, "root", tenant.RolePlatformAdmin)
	return b
}

// another returns a further service on the same database, as another process
// has one.
func (b *bundle) another(tb testing.TB, cfg tenant.Config) *tenant.Service {
	tb.Helper()
	return b.serviceOver(tb, b.store, b.keyset, cfg)
}

func (b *bundle) serviceOver(tb testing.TB, store tenant.Store, keyset provider.Secret, cfg tenant.Config) *tenant.Service {
	tb.Helper()
	registry := must(provider.NewRegistry(b.dingtalk, b.wecom))(tb)
	sealer := must(tinksecrets.New(keyset))(tb)
	cfg.Now, cfg.Logger = b.clock.Now, slog.New(slog.NewTextHandler(b.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := must(tenant.New(store, registry, sealer, b.authz, people{}, cfg))(tb)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close service: %v", err)
		}
	})
	return s
}

func (b *bundle) grant(tb testing.TB, t tenant.ID, username string, role tenant.Role) {
	tb.Helper()
	if _, err := b.Grant(tenant.AsSystem(tb.Context(), "setup"), t, username, role); err != nil {
		tb.Fatal(err)
	}
}

// as returns a context in which a person acts.
func as(tb testing.TB, username string) context.Context {
	tb.Helper()
	return tenant.WithActor(tb.Context(), tenant.Actor{UserID: "id of " + username, Username: username})
}

// people finds everybody, except for "stranger".
type people struct{}

func (people) UserByName(_ context.Context, _ tenant.ID, username string) (tenant.User, error) {
	if username == "stranger" {
		return tenant.User{}, fmt.Errorf("people: %w", tenant.ErrNotFound)
	}
	return tenant.User{ID: "id of " + username, Username: username}, nil
}

func sqliteDSN(tb testing.TB) string {
	tb.Helper()
	dsn := "sqlite:" + dbtest.SQLite(tb)
	if err := migrateDSN(tb.Context(), dsn); err != nil {
		tb.Fatal(err)
	}
	return dsn
}

func postgresDSN(tb testing.TB) string {
	tb.Helper()
	return dbtest.PostgresFrom(tb, "tenant", migrateDSN)
}

func migrateDSN(ctx context.Context, dsn string) error {
	s, err := bunstore.Open(ctx, dsn, bunstore.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

func openStore(tb testing.TB, dsn string) *bunstore.Store {
	tb.Helper()
	s := must(bunstore.Open(tb.Context(), dsn, bunstore.Options{MaxConns: 8}))(tb)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
	})
	return s
}

// must returns v, or ends the test with the error.
func must[T any](v T, err error) func(tb testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logs is what was logged.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// wantError fails the test unless err is the target, with a code and a message
// in both languages.
func wantError(tb testing.TB, op string, err, target error) {
	tb.Helper()
	if !errors.Is(err, target) {
		tb.Errorf("%s: got error %v, want %v", op, err, target)
		return
	}
	var refusal *tenant.Error
	if target != nil && (!errors.As(err, &refusal) || refusal.Code == provider.OK ||
		refusal.Message.ZH == "" || refusal.Message.EN == "") {
		tb.Errorf("%s: got error %v, want a tenant.Error with code and messages", op, err)
	}
}

func wantMessage(tb testing.TB, op string, err error, code provider.Code, zh string) {
	tb.Helper()
	var refusal *tenant.Error
	if !errors.As(err, &refusal) {
		tb.Errorf("%s: got error %v, want a tenant.Error", op, err)
		return
	}
	if refusal.Code != code || refusal.Message.ZH != zh {
		tb.Errorf("%s: got %s %q, want %s %q", op, refusal.Code, refusal.Message.ZH, code, zh)
	}
}
