package storetest

import (
	"context"
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func clearTests() map[string]func(*testing.T, tenant.Store) {
	return map[string]func(*testing.T, tenant.Store){
		"everything":         clearEverything,
		"keep the audit":     clearKeepsAudit,
		"apps and grants":    clearBegins,
		"in steps":           clearInSteps,
		"grants are changes": clearTellsGrants,
		"rollback":           clearRollback,
	}
}

// clearTenant removes here to the end and returns how many rows that was.
func clearTenant(tb testing.TB, s tenant.Store, what tenant.Removal, limit int) int {
	tb.Helper()
	rows := 0
	for range 1000 {
		n, err := s.ClearTenant(tb.Context(), here, what, limit)
		if err != nil {
			tb.Fatalf("ClearTenant after %d rows: %v", rows, err)
		}
		if n == 0 {
			return rows
		}
		rows += n
	}
	tb.Fatal("ClearTenant finds rows for ever")
	return 0
}

// populate gives a tenant an app, two grants and five rows of its trail.
func populate(tb testing.TB, s tenant.Store, t tenant.ID) {
	tb.Helper()
	createApp(tb, s, newApp(t, provider.DingTalk, "app of "+string(t)))
	addGrant(tb, s, newGrant(t, 1, tenant.RoleOwner))
	addGrant(tb, s, newGrant(t, 2, tenant.RoleViewer))
	for n := range 5 {
		appendAudit(tb, s, newAudit(t, n))
	}
}

// inventory counts the apps, grants and rows of the trail.
func inventory(tb testing.TB, s tenant.Store, t tenant.ID) [3]int {
	tb.Helper()
	apps, err := s.Apps(tb.Context(), t, "")
	if err != nil {
		tb.Fatal(err)
	}
	grants := collect(tb, 0, func(ctx context.Context, p tenant.Page) (tenant.List[tenant.Grant], error) {
		return s.Grants(ctx, t, p)
	})
	trail := collect(tb, 0, func(ctx context.Context, p tenant.Page) (tenant.List[tenant.AuditEntry], error) {
		return s.Audit(ctx, t, tenant.AuditFilter{}, p)
	})
	return [3]int{len(apps), len(grants), len(trail)}
}

func wantInventory(tb testing.TB, s tenant.Store, t tenant.ID, apps, grants, trail int) {
	tb.Helper()
	if got, want := inventory(tb, s, t), [3]int{apps, grants, trail}; got != want {
		tb.Errorf("%s has %v apps, grants and rows of the trail, want %v", t, got, want)
	}
}

func clearEverything(t *testing.T, s tenant.Store) {
	populate(t, s, here)
	populate(t, s, there)
	if rows := clearTenant(t, s, tenant.Removal{}, 1000); rows < 8 {
		t.Errorf("ClearTenant says %d rows, want at least 8", rows)
	}
	wantInventory(t, s, here, 0, 0, 0)
	wantInventory(t, s, there, 1, 2, 5)
	if rows := clearTenant(t, s, tenant.Removal{}, 1000); rows != 0 {
		t.Errorf("a second time: %d rows, want none", rows)
	}
	populate(t, s, here) // its keys are free
	wantInventory(t, s, here, 1, 2, 5)
}

func clearKeepsAudit(t *testing.T, s tenant.Store) {
	populate(t, s, here)
	clearTenant(t, s, tenant.Removal{KeepAudit: true}, 1000)
	wantInventory(t, s, here, 0, 0, 5)
	clearTenant(t, s, tenant.Removal{}, 1000) // later
	wantInventory(t, s, here, 0, 0, 0)
}

// clearBegins: nobody can add to what is removed step by step.
func clearBegins(t *testing.T, s tenant.Store) {
	populate(t, s, here)
	if _, err := s.ClearTenant(t.Context(), here, tenant.Removal{}, 1); err != nil {
		t.Fatal(err)
	}
	wantInventory(t, s, here, 0, 0, 5)
}

func clearInSteps(t *testing.T, s tenant.Store) {
	populate(t, s, here)
	if _, err := s.ClearTenant(t.Context(), here, tenant.Removal{}, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2, 2, 1, 0} { // the trail
		n, err := s.ClearTenant(t.Context(), here, tenant.Removal{}, 2)
		if err != nil || n != want {
			t.Errorf("ClearTenant of at most 2 = %d, %v; want %d", n, err, want)
		}
	}
}

func clearTellsGrants(t *testing.T, s tenant.Store) {
	populate(t, s, here)
	populate(t, s, there)
	version, err := s.GrantChanges(t.Context(), 0, func(tenant.GrantChange) {})
	if err != nil {
		t.Fatal(err)
	}
	clearTenant(t, s, tenant.Removal{}, 1000)
	got := make(map[tenant.GrantChange]bool)
	if _, err := s.GrantChanges(t.Context(), version, func(c tenant.GrantChange) { got[c] = true }); err != nil {
		t.Fatal(err)
	}
	want := map[tenant.GrantChange]bool{
		{Tenant: here, UserID: "user-001", Role: tenant.RoleOwner, Removed: true}:  true,
		{Tenant: here, UserID: "user-002", Role: tenant.RoleViewer, Removed: true}: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("changes of grants: %+v, want %+v", got, want)
	}
}

func clearRollback(t *testing.T, s tenant.Store) {
	populate(t, s, here)
	_ = s.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.ClearTenant(ctx, here, tenant.Removal{}, 1000); err != nil {
			t.Error(err)
		}
		return context.Canceled
	})
	wantInventory(t, s, here, 1, 2, 5)
}
