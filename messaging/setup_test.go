package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	here  tenant.ID = "t-1"
	there tenant.ID = "t-2"
	appID           = "app-1"
)

// onBoth runs a test on a store of its own on each database.
func onBoth(t *testing.T, test func(t *testing.T, s *bunstore.Store)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) *bunstore.Store{
		"sqlite": openSQLite, "postgres": openPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func openSQLite(tb testing.TB) *bunstore.Store {
	tb.Helper()
	s := openDSN(tb, "sqlite:"+dbtest.SQLite(tb), 4)
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

func openPostgres(tb testing.TB) *bunstore.Store {
	tb.Helper()
	return openDSN(tb, dbtest.PostgresFrom(tb, "messaging", migrateDSN), 8)
}

func openDSN(tb testing.TB, dsn string, conns int) *bunstore.Store {
	tb.Helper()
	s, err := bunstore.Open(tb.Context(), dsn, bunstore.Options{MaxConns: conns})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
	})
	return s
}

func migrateDSN(ctx context.Context, dsn string) error {
	s, err := bunstore.Open(ctx, dsn, bunstore.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// userName, userID and personID name the n-th person of a seeded platform.
func userName(n int) string          { return fmt.Sprintf("user%d", n) }
func userID(n int) string            { return fmt.Sprintf("id-%d", n) }
func personID(n int) provider.UserID { return provider.UserID(fmt.Sprintf("p%d", n)) }

// seed makes n people, members of the tenant and bound to the fake's
// organisation.
func seed(tb testing.TB, s *bunstore.Store, t tenant.ID, n int) {
	tb.Helper()
	now := time.Now().UTC()
	for i := range n {
		exec(tb, s, `INSERT INTO thirdapp_people
			(id, username, realname, avatar_url, disabled, password_hash, must_change_password, created_at, updated_at)
			VALUES (?, ?, ?, '', FALSE, '', FALSE, ?, ?) ON CONFLICT DO NOTHING`,
			userID(i), userName(i), "Name "+userName(i), now, now)
		exec(tb, s, `INSERT INTO thirdapp_memberships
			(tenant_id, person_id, state, work_no, title, created_at, updated_at)
			VALUES (?, ?, 'active', '', '', ?, ?)`, t, userID(i), now, now)
		exec(tb, s, `INSERT INTO thirdapp_bindings
			(tenant_id, provider, org_id, provider_user_id, union_id, person_id, active, created_at, updated_at)
			VALUES (?, ?, ?, ?, '', ?, TRUE, ?, ?)`,
			t, providertest.Kind, providertest.OrgID, personID(i), userID(i), now, now)
	}
}

func exec(tb testing.TB, s *bunstore.Store, query string, args ...any) {
	tb.Helper()
	if _, err := s.DB().ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

// fakeConnector connects every tenant to one fake, or fails.
type fakeConnector struct {
	conn  tenant.Connection
	hooks provider.WebhookSender

	mu      sync.Mutex
	err     error
	hookErr error
}

func newConnector(tb testing.TB, fake *providertest.Fake, env provider.Environment) *fakeConnector {
	tb.Helper()
	p, err := fake.Open(tb.Context(), fake.ValidSettings(), env)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.Close() })
	return &fakeConnector{hooks: fake.Webhooks(env), conn: tenant.Connection{
		App: tenant.App{
			ID: appID, Provider: fake.Kind(), Enabled: true, Version: 1,
			Values: map[string]string{provider.SettingOrgID: providertest.OrgID},
		},
		Provider: p,
	}}
}

// fail makes every connection fail with err; nil ends that.
func (c *fakeConnector) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

func (c *fakeConnector) Connect(_ context.Context, t tenant.ID, _ provider.Kind) (tenant.Connection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn := c.conn
	conn.App.Tenant = t
	return conn, c.err
}

func (c *fakeConnector) ConnectApp(ctx context.Context, t tenant.ID, _ string) (tenant.Connection, error) {
	return c.Connect(ctx, t, "")
}

func (c *fakeConnector) Webhooks(provider.Kind) (provider.WebhookSender, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hooks, c.hookErr
}

// hooksErr makes Webhooks fail with err; nil ends that.
func (c *fakeConnector) hooksErr(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hookErr = err
}

func newSealer(tb testing.TB) tenant.Sealer {
	tb.Helper()
	keyset, err := tinksecrets.GenerateKeyset()
	if err != nil {
		tb.Fatal(err)
	}
	sealer, err := tinksecrets.New(keyset)
	if err != nil {
		tb.Fatal(err)
	}
	return sealer
}
