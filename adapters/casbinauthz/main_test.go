package casbinauthz_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/adapters/casbinauthz"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// grants is a Source that tests write to.
type grants struct {
	mu      sync.Mutex
	changes []tenant.GrantChange
	// fault is answered instead of changes.
	fault error
	// asked is called with each context it is read with.
	asked func(ctx context.Context)
}

func (g *grants) GrantChanges(ctx context.Context, after int64, each func(tenant.GrantChange)) (int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.asked != nil {
		g.asked(ctx)
	}
	if g.fault != nil {
		return 0, g.fault
	}
	for _, c := range g.changes[after:] {
		each(c)
	}
	return int64(len(g.changes)), nil
}

func (g *grants) add(t tenant.ID, user string, r tenant.Role) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.changes = append(g.changes, tenant.GrantChange{Tenant: t, UserID: user, Role: r})
}

func (g *grants) remove(t tenant.ID, user string, r tenant.Role) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.changes = append(g.changes, tenant.GrantChange{Tenant: t, UserID: user, Role: r, Removed: true})
}

func (g *grants) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fault = err
}

// loaded returns an Authorizer that has read the source.
func loaded(tb testing.TB, source casbinauthz.Source) *casbinauthz.Authorizer {
	tb.Helper()
	a, err := casbinauthz.New(source, casbinauthz.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	refresh(tb, a)
	return a
}

func refresh(tb testing.TB, a *casbinauthz.Authorizer) {
	tb.Helper()
	if err := a.Refresh(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// wantCan fails the test unless the answer to Can is the wanted one.
func wantCan(
	tb testing.TB, a *casbinauthz.Authorizer, user string, t tenant.ID, p tenant.Permission, want bool,
) {
	tb.Helper()
	err := a.Can(tb.Context(), user, t, p.Object, p.Action)
	if want && err != nil || !want && !errors.Is(err, tenant.ErrForbidden) {
		tb.Errorf("Can(%q, %q, %s): got %v, want allowed %t", user, t, p, err, want)
	}
	if code := provider.CodeOf(err); !want && code != provider.PermissionDenied {
		tb.Errorf("Can(%q, %q, %s): got code %s, want %s", user, t, p, code, provider.PermissionDenied)
	}
}

// Permissions that tests ask for.
var (
	readConfig  = tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionRead}
	writeConfig = tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionWrite}
	sendMessage = tenant.Permission{Object: tenant.ObjectMessage, Action: tenant.ActionSend}
	grantOwner  = tenant.Permission{Object: tenant.ObjectGrant, Action: tenant.ActionGrantOwner}
)
