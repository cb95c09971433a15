package storetest

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func grantTests() map[string]func(*testing.T, tenant.Store) {
	return map[string]func(*testing.T, tenant.Store){
		"add and remove":    grantAddAndRemove,
		"order and paging":  grantPaging,
		"malformed cursors": grantCursors,
		"changes":           grantChanges,
		"tenants apart":     grantTenantsApart,
	}
}

func grantAddAndRemove(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	g := newGrant(here, 1, tenant.RoleAdmin)
	addGrant(t, s, g)
	again := g
	again.GrantedBy, again.CreatedAt = "somebody else", instant(7)
	if changed, err := s.AddGrant(ctx, again); err != nil || changed {
		t.Errorf("AddGrant again = %t, %v; want false, nil", changed, err)
	}
	wantGrants(t, s, here, g)

	if changed, err := s.RemoveGrant(ctx, here, g.UserID, tenant.RoleViewer); err != nil || changed {
		t.Errorf("RemoveGrant of another role = %t, %v; want false, nil", changed, err)
	}
	if changed, err := s.RemoveGrant(ctx, here, g.UserID, g.Role); err != nil || !changed {
		t.Errorf("RemoveGrant = %t, %v; want true, nil", changed, err)
	}
	if changed, err := s.RemoveGrant(ctx, here, g.UserID, g.Role); err != nil || changed {
		t.Errorf("RemoveGrant again = %t, %v; want false, nil", changed, err)
	}
	wantGrants(t, s, here)

	addGrant(t, s, again)
	wantGrants(t, s, here, again)
}

func grantPaging(t *testing.T, s tenant.Store) {
	// By the bytes of the user name, then role, then user id: upper case before
	// lower case, Chinese last, whatever the language of the database.
	var want []tenant.Grant
	for _, name := range []string{"Bob", "Zoe", "_x", "alice", "bob", "bob2", "张三", "李四"} {
		for _, role := range []tenant.Role{tenant.RoleAdmin, tenant.RoleViewer} {
			want = append(want, tenant.Grant{
				Tenant: here, UserID: "id of " + name, Username: name, Role: role, GrantedBy: "root", CreatedAt: instant(0),
			})
		}
	}
	twin := want[0] // another user who has, or had, the same name
	twin.UserID = "id of Bob the second"
	want = slices.Insert(want, 1, twin)
	for _, g := range slices.Backward(want) {
		addGrant(t, s, g)
	}
	addGrant(t, s, newGrant(there, 1, tenant.RoleOwner))
	for _, size := range []int{0, 1, 2, 5, len(want), 200} {
		got := collect(t, size, func(ctx context.Context, p tenant.Page) (tenant.List[tenant.Grant], error) {
			return s.Grants(ctx, here, p)
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("pages of %d:\n got %v\nwant %v", size, got, want)
		}
	}
}

func grantCursors(t *testing.T, s tenant.Store) {
	for n := range 2 {
		appendAudit(t, s, newAudit(here, n))
	}
	audit, err := s.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{Limit: 1})
	if err != nil || audit.Next == "" {
		t.Fatalf("Audit: next %q, %v; want a cursor", audit.Next, err)
	}
	wantCursorRefused(t, audit.Next, func(ctx context.Context, p tenant.Page) (tenant.List[tenant.Grant], error) {
		return s.Grants(ctx, here, p)
	})
}

func grantChanges(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	if version, changes := grantChangesAfter(t, s, 0); version != 0 || len(changes) != 0 {
		t.Errorf("in an empty store: version %d, changes %v; want 0, none", version, changes)
	}
	kept, gone := newGrant(here, 1, tenant.RoleAdmin), newGrant(there, 2, tenant.RoleViewer)
	addGrant(t, s, kept)
	addGrant(t, s, gone)
	first, changes := grantChangesAfter(t, s, 0)
	wantChanges(t, "the first two", changes, added(kept), added(gone))

	if _, err := s.RemoveGrant(ctx, there, gone.UserID, gone.Role); err != nil {
		t.Fatal(err)
	}
	last := newGrant(here, 3, tenant.RoleSender)
	addGrant(t, s, last)
	second, changes := grantChangesAfter(t, s, first)
	wantChanges(t, "since then", changes, removed(gone), added(last))
	if second <= first {
		t.Errorf("version went from %d to %d, want it to grow", first, second)
	}

	if _, err := s.RemoveGrant(ctx, here, last.UserID, last.Role); err != nil {
		t.Fatal(err)
	}
	third, changes := grantChangesAfter(t, s, 0)
	wantChanges(t, "every grant there is", changes, added(kept))
	if third <= second {
		t.Errorf("version went from %d to %d with a removal, want it to grow", second, third)
	}
	if version, changes := grantChangesAfter(t, s, third); version != third || len(changes) != 0 {
		t.Errorf("after the newest: version %d, changes %v; want %d, none", version, changes, third)
	}
}

func grantTenantsApart(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	g := newGrant(here, 1, tenant.RoleAdmin)
	addGrant(t, s, g)
	wantGrants(t, s, there)
	if changed, err := s.RemoveGrant(ctx, there, g.UserID, g.Role); err != nil || changed {
		t.Errorf("RemoveGrant in another tenant = %t, %v; want false, nil", changed, err)
	}
	foreign := g
	foreign.Tenant = there
	addGrant(t, s, foreign)
	if _, err := s.RemoveGrant(ctx, there, g.UserID, g.Role); err != nil {
		t.Fatal(err)
	}
	wantGrants(t, s, here, g)
	wantGrants(t, s, tenant.Platform)

	// A cursor is a position and opens nothing.
	addGrant(t, s, newGrant(here, 2, tenant.RoleAdmin))
	addGrant(t, s, newGrant(there, 3, tenant.RoleAdmin))
	list, err := s.Grants(ctx, here, tenant.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	list, err = s.Grants(ctx, there, tenant.Page{Cursor: list.Next})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range list.Items {
		if g.Tenant != there {
			t.Errorf("with another tenant's cursor: got a grant of tenant %s", g.Tenant)
		}
	}
}

func wantGrants(tb testing.TB, s tenant.Store, t tenant.ID, want ...tenant.Grant) {
	tb.Helper()
	list, err := s.Grants(tb.Context(), t, tenant.Page{})
	if err != nil {
		tb.Fatal(err)
	}
	if len(list.Items) != len(want) || len(want) > 0 && !reflect.DeepEqual(list.Items, want) {
		tb.Errorf("Grants(%s):\n got %+v\nwant %+v", t, list.Items, want)
	}
}

func grantChangesAfter(tb testing.TB, s tenant.Store, after int64) (int64, []tenant.GrantChange) {
	tb.Helper()
	var changes []tenant.GrantChange
	version, err := s.GrantChanges(tb.Context(), after, func(c tenant.GrantChange) { changes = append(changes, c) })
	if err != nil {
		tb.Fatalf("GrantChanges(%d): %v", after, err)
	}
	return version, changes
}

func wantChanges(tb testing.TB, op string, got []tenant.GrantChange, want ...tenant.GrantChange) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Errorf("%s:\n got %+v\nwant %+v", op, got, want)
	}
}

func added(g tenant.Grant) tenant.GrantChange {
	return tenant.GrantChange{Tenant: g.Tenant, UserID: g.UserID, Role: g.Role}
}

func removed(g tenant.Grant) tenant.GrantChange {
	c := added(g)
	c.Removed = true
	return c
}

// wantNowhere fails the test unless err says that there is no such thing or
// that nothing can be called that.
func wantNowhere(tb testing.TB, op string, err error) {
	tb.Helper()
	if code := provider.CodeOf(err); code != provider.InvalidArgument {
		wantError(tb, op, err, tenant.ErrNotFound)
	}
}
