package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/tenant"
)

// brokenEnv names the broken store that TestBrokenTenantStore runs the suite on
// when it is started by TestTenantSuiteFindsFaults.
const brokenEnv = "THIRDAPP_STORETEST_BROKEN"

// The faults: each is a store that is right but for one thing.
type (
	sharesApps     struct{ tenant.Store }
	wrongKey       struct{ tenant.Store }
	losesVersions  struct{ tenant.Store }
	eatsRollback   struct{ tenant.Store }
	skipsRemovals  struct{ tenant.Store }
	forgetsCursor  struct{ tenant.Store }
	coarseTimes    struct{ tenant.Store }
	sharesAudit    struct{ tenant.Store }
	grantsEveryone struct{ tenant.Store }
)

func (s sharesApps) App(ctx context.Context, _ tenant.ID, id string) (tenant.App, error) {
	a, err := s.Store.App(ctx, "t-1", id)
	if errors.Is(err, tenant.ErrNotFound) {
		return s.Store.App(ctx, "t-2", id)
	}
	return a, err
}

func (s wrongKey) CreateApp(ctx context.Context, a tenant.App) error {
	err := s.Store.CreateApp(ctx, a)
	if errors.Is(err, tenant.ErrConflict) {
		return &tenant.ConflictError{Key: "enabled"}
	}
	return err
}

func (s losesVersions) UpdateApp(ctx context.Context, a tenant.App) error {
	old, err := s.App(ctx, a.Tenant, a.ID)
	if err != nil {
		return err
	}
	a.Version = old.Version + 1
	return s.Store.UpdateApp(ctx, a)
}

func (s eatsRollback) InTx(ctx context.Context, fn func(context.Context) error) error {
	var failed error
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		failed = fn(ctx)
		return nil
	})
	return errors.Join(failed, err)
}

func (s skipsRemovals) GrantChanges(ctx context.Context, after int64, each func(tenant.GrantChange)) (int64, error) {
	return s.Store.GrantChanges(ctx, after, func(c tenant.GrantChange) {
		if !c.Removed {
			each(c)
		}
	})
}

func (s forgetsCursor) Grants(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[tenant.Grant], error) {
	list, err := s.Store.Grants(ctx, t, p)
	list.Next = ""
	return list, err
}

func (s coarseTimes) CreateApp(ctx context.Context, a tenant.App) error {
	a.CreatedAt = a.CreatedAt.Truncate(1_000_000)
	return s.Store.CreateApp(ctx, a)
}

func (s sharesAudit) Audit(ctx context.Context, _ tenant.ID, p tenant.Page) (tenant.List[tenant.AuditEntry], error) {
	return s.Store.Audit(ctx, "t-1", p)
}

func (s grantsEveryone) AddGrant(ctx context.Context, g tenant.Grant) (bool, error) {
	_, err := s.Store.AddGrant(ctx, g)
	return true, err
}

// brokenStores are the faults with the subtest that must find each.
func brokenStores() map[string]struct {
	wrap  func(tenant.Store) tenant.Store
	found string
} {
	return map[string]struct {
		wrap  func(tenant.Store) tenant.Store
		found string
	}{
		"shares apps":      {func(s tenant.Store) tenant.Store { return sharesApps{s} }, "apps/tenants_apart"},
		"wrong key":        {func(s tenant.Store) tenant.Store { return wrongKey{s} }, "apps/unique_on_create"},
		"loses versions":   {func(s tenant.Store) tenant.Store { return losesVersions{s} }, "apps/version_moved_on"},
		"eats rollback":    {func(s tenant.Store) tenant.Store { return eatsRollback{s} }, "transactions/rollback"},
		"skips removals":   {func(s tenant.Store) tenant.Store { return skipsRemovals{s} }, "grants/changes"},
		"forgets cursor":   {func(s tenant.Store) tenant.Store { return forgetsCursor{s} }, "grants/order_and_paging"},
		"coarse times":     {func(s tenant.Store) tenant.Store { return coarseTimes{s} }, "apps/time_precision"},
		"shares audit":     {func(s tenant.Store) tenant.Store { return sharesAudit{s} }, "audit/tenants_apart"},
		"always a change":  {func(s tenant.Store) tenant.Store { return grantsEveryone{s} }, "grants/add_and_remove"},
		"nothing is wrong": {func(s tenant.Store) tenant.Store { return s }, ""},
	}
}

// TestBrokenTenantStore runs the suite on the store that the environment names.
func TestBrokenTenantStore(t *testing.T) {
	broken, ok := brokenStores()[os.Getenv(brokenEnv)]
	if !ok {
		t.Skip("runs on behalf of TestTenantSuiteFindsFaults")
	}
	storetest.RunTenant(t, func(tb testing.TB) tenant.Store {
		tb.Helper()
		s, err := bunstore.Open(tb.Context(), "sqlite:"+dbtest.SQLite(tb), bunstore.Options{MaxConns: 8})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		return broken.wrap(s)
	})
}

// TestTenantSuiteFindsFaults runs the suite in a process of its own on each
// broken store and wants it to fail where the fault is.
func TestTenantSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range brokenStores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pattern := "^TestBrokenTenantStore$"
			if broken.found != "" {
				group, test, _ := strings.Cut(broken.found, "/")
				pattern += "/^" + group + "$/^" + test + "$"
			}
			cmd := exec.CommandContext(t.Context(), self, "-test.run", pattern, "-test.count=1")
			cmd.Env = append(os.Environ(), brokenEnv+"="+name)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case err != nil && !errors.As(err, &exit):
				t.Fatal(err)
			case broken.found == "" && err != nil:
				t.Errorf("the suite fails on a store without a fault:\n%s", out)
			case broken.found != "" && !strings.Contains(string(out), "--- FAIL: TestBrokenTenantStore/"+broken.found+" "):
				t.Errorf("the suite does not fail in %s:\n%s", broken.found, out)
			}
		})
	}
}
