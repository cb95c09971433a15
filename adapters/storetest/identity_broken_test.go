package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// brokenIdentityEnv names the broken store that TestBrokenIdentityStore runs the
// suite on when it is started by TestIdentitySuiteFindsFaults.
const brokenIdentityEnv = "THIRDAPP_STORETEST_BROKEN_IDENTITY"

// The faults: each is a store that is right but for one thing.
type (
	usesAgain       struct{ *bunstore.Store }
	usesOutside     struct{ *bunstore.Store }
	usesForAll      struct{ *bunstore.Store }
	sharesBindings  struct{ *bunstore.Store }
	takesOver       struct{ *bunstore.Store }
	forgetsProof    struct{ *bunstore.Store }
	countsLeavers   struct{ *bunstore.Store }
	sharesLogins    struct{ *bunstore.Store }
	disabledTenants struct{ *bunstore.Store }
	prunesLogins    struct{ *bunstore.Store }
)

func (s usesAgain) Use(ctx context.Context, t tenant.ID, id string, until time.Time) error {
	if err := s.Store.Use(ctx, t, id, until); !errors.Is(err, tenant.ErrConflict) {
		return err
	}
	return nil
}

func (s usesOutside) Use(_ context.Context, t tenant.ID, id string, until time.Time) error {
	// SQLite has one writer: where the caller has a transaction, this waits for
	// it in vain.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.Store.Use(ctx, t, id, until)
}

func (s usesForAll) Use(ctx context.Context, _ tenant.ID, id string, until time.Time) error {
	return s.Store.Use(ctx, "t-1", id, until)
}

func (s sharesBindings) Unbind(ctx context.Context, t tenant.ID, k identity.Key) error {
	err := s.Store.Unbind(ctx, t, k)
	for _, other := range []tenant.ID{"t-1", "t-2"} {
		if err != nil {
			err = s.Store.Unbind(ctx, other, k)
		}
	}
	return err
}

func (s takesOver) Bind(ctx context.Context, b identity.Binding) error {
	err := s.Store.Bind(ctx, b)
	if errors.Is(err, tenant.ErrConflict) && s.Store.Unbind(ctx, b.Tenant, b.Key) == nil {
		return s.Store.Bind(ctx, b)
	}
	return err
}

func (s forgetsProof) Bind(ctx context.Context, b identity.Binding) error {
	b.ProvedBy = ""
	return s.Store.Bind(ctx, b)
}

func (s countsLeavers) BoundTenants(ctx context.Context, k identity.Key, userID string) ([]tenant.ID, error) {
	list, err := s.Store.BoundTenants(ctx, k, userID)
	if b, missing := s.Binding(ctx, "t-4", k); missing == nil && b.UserID == userID {
		list = append(list, "t-4")
	}
	return list, err
}

func (s sharesLogins) LoginSettings(ctx context.Context, t tenant.ID) (identity.Settings, error) {
	in, err := s.Store.LoginSettings(ctx, "t-1")
	in.Tenant = t
	return in, err
}

func (s disabledTenants) TenantsOf(ctx context.Context, kind provider.Kind, orgID string, limit int) ([]tenant.ID, error) {
	list, err := s.Store.TenantsOf(ctx, kind, orgID, limit)
	if orgID == "org-1" {
		list = append(list, "t-3")
	}
	return list, err
}

func (s prunesLogins) PruneLogins(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.Store.PruneLogins(ctx, now.AddDate(1, 0, 0), limit)
}

// brokenIdentities are the faults with the subtest that must find each.
func brokenIdentities() map[string]struct {
	wrap  func(*bunstore.Store) storetest.IdentityStore
	found string
} {
	return map[string]struct {
		wrap  func(*bunstore.Store) storetest.IdentityStore
		found string
	}{
		"uses again":       {func(s *bunstore.Store) storetest.IdentityStore { return usesAgain{s} }, "use,_many_at_once"},
		"uses outside":     {func(s *bunstore.Store) storetest.IdentityStore { return usesOutside{s} }, "use,_rolled_back"},
		"uses for all":     {func(s *bunstore.Store) storetest.IdentityStore { return usesForAll{s} }, "use"},
		"shares bindings":  {func(s *bunstore.Store) storetest.IdentityStore { return sharesBindings{s} }, "unbind"},
		"takes over":       {func(s *bunstore.Store) storetest.IdentityStore { return takesOver{s} }, "bind"},
		"forgets proof":    {func(s *bunstore.Store) storetest.IdentityStore { return forgetsProof{s} }, "bind"},
		"counts leavers":   {func(s *bunstore.Store) storetest.IdentityStore { return countsLeavers{s} }, "bound_tenants"},
		"shares settings":  {func(s *bunstore.Store) storetest.IdentityStore { return sharesLogins{s} }, "login_settings"},
		"disabled tenants": {func(s *bunstore.Store) storetest.IdentityStore { return disabledTenants{s} }, "tenants_of_an_organisation"},
		"prunes too much":  {func(s *bunstore.Store) storetest.IdentityStore { return prunesLogins{s} }, "prune"},
		"nothing is wrong": {func(s *bunstore.Store) storetest.IdentityStore { return s }, ""},
	}
}

// TestBrokenIdentityStore runs the suite on the store that the environment
// names.
func TestBrokenIdentityStore(t *testing.T) {
	broken, ok := brokenIdentities()[os.Getenv(brokenIdentityEnv)]
	if !ok {
		t.Skip("runs on behalf of TestIdentitySuiteFindsFaults")
	}
	storetest.RunIdentity(t, func(tb testing.TB) storetest.IdentityStore {
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

// TestIdentitySuiteFindsFaults runs the suite in a process of its own on each
// broken store and wants it to fail where the fault is.
func TestIdentitySuiteFindsFaults(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range brokenIdentities() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestBrokenIdentityStore$")
			cmd.Env = append(os.Environ(), brokenIdentityEnv+"="+name)
			out, err := cmd.CombinedOutput()
			if broken.found == "" {
				if err != nil {
					t.Errorf("the suite fails on a store without fault:\n%s", out)
				}
				return
			}
			if want := "--- FAIL: TestBrokenIdentityStore/" + broken.found + " "; err == nil || !strings.Contains(string(out), want) {
				t.Errorf("the suite does not find the fault (want %q):\n%s", want, out)
			}
		})
	}
}
