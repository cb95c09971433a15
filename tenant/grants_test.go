package tenant_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func can(tb testing.TB, b *bundle, user string, t tenant.ID, o tenant.Object, a tenant.Action) bool {
	tb.Helper()
	return b.authz.Can(tb.Context(), "id of "+user, t, o, a) == nil
}

func TestGrantAndRevoke(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		ctx := as(t, "admin@t-1")
		g, err := b.Grant(ctx, here, "bob", tenant.RoleSender)
		if err != nil {
			t.Fatal(err)
		}
		if g.UserID != "id of bob" || g.Username != "bob" || g.GrantedBy != "id of admin@t-1" || g.Tenant != here {
			t.Errorf("Grant = %+v", g)
		}
		if !can(t, b, "bob", here, tenant.ObjectMessage, tenant.ActionSend) || can(t, b, "bob", there, tenant.ObjectMessage, tenant.ActionSend) {
			t.Error("after Grant: want it in force at once, in this tenant")
		}
		again, err := b.Grant(as(t, "owner@t-1"), here, "bob", tenant.RoleSender)
		if err != nil || again != g {
			t.Errorf("Grant again = %+v, %v; want %+v", again, err, g)
		}

		if err := b.Revoke(ctx, here, tenant.Grantee{Username: "bob"}, tenant.RoleSender); err != nil {
			t.Fatal(err)
		}
		if can(t, b, "bob", here, tenant.ObjectMessage, tenant.ActionSend) {
			t.Error("after Revoke: want it gone at once")
		}
		wantError(t, "Revoke again", b.Revoke(ctx, here, tenant.Grantee{UserID: "id of bob"}, tenant.RoleSender), tenant.ErrGrantNotFound)
	})
}

func TestGrantRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	system := tenant.AsSystem(t.Context(), "test")
	for name, test := range map[string]struct {
		user   string
		tenant tenant.ID
		to     string
		role   tenant.Role
		want   provider.Code
	}{
		"stranger":                    {"admin@t-1", here, "stranger", tenant.RoleViewer, provider.NotFound},
		"unknown role":                {"admin@t-1", here, "bob", "boss", provider.InvalidArgument},
		"no role":                     {"admin@t-1", here, "bob", "", provider.InvalidArgument},
		"owner by admin":              {"admin@t-1", here, "bob", tenant.RoleOwner, provider.PermissionDenied},
		"owner by owner":              {"owner@t-1", here, "bob", tenant.RoleOwner, provider.OK},
		"owner by root":               {"root", here, "bob", tenant.RoleOwner, provider.OK},
		"platform admin in a tenant":  {"root", here, "bob", tenant.RolePlatformAdmin, provider.InvalidArgument},
		"platform admin by owner":     {"owner@t-1", tenant.Platform, "bob", tenant.RolePlatformAdmin, provider.PermissionDenied},
		"platform admin by root":      {"root", tenant.Platform, "bob", tenant.RolePlatformAdmin, provider.OK},
		"owner of the platform":       {"root", tenant.Platform, "bob", tenant.RoleOwner, provider.InvalidArgument},
		"in another tenant":           {"owner@t-1", there, "bob", tenant.RoleViewer, provider.PermissionDenied},
		"to oneself, in another role": {"admin@t-1", here, "admin@t-1", tenant.RoleOwner, provider.PermissionDenied},
	} {
		_, err := b.Grant(as(t, test.user), test.tenant, test.to, test.role)
		if got := provider.CodeOf(err); got != test.want {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, test.want)
		}
	}
	_, err := b.Grant(as(t, "admin@t-1"), here, "stranger", tenant.RoleViewer)
	wantMessage(t, "stranger", err, provider.NotFound, "用户不存在!")

	// Taking away needs the same.
	err = b.Revoke(as(t, "admin@t-1"), here, tenant.Grantee{Username: "owner@t-1"}, tenant.RoleOwner)
	wantError(t, "owner revoked by admin", err, tenant.ErrForbidden)
	err = b.Revoke(as(t, "owner@t-1"), tenant.Platform, tenant.Grantee{Username: "root"}, tenant.RolePlatformAdmin)
	wantError(t, "platform admin revoked by owner", err, tenant.ErrForbidden)
	if err := b.Revoke(system, tenant.Platform, tenant.Grantee{Username: "root"}, tenant.RolePlatformAdmin); err != nil {
		t.Errorf("platform admin revoked by the system: %v", err)
	}
	if everywhere, err := b.authz.Everywhere(t.Context(), "id of root"); err != nil || everywhere {
		t.Errorf("Everywhere = %t, %v; want false", everywhere, err)
	}
}

// TestRevokeByName has grants of people who have left or changed their names.
func TestRevokeByName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, "admin@t-1")
	for _, g := range []tenant.Grant{
		{Tenant: here, UserID: "left", Username: "stranger", Role: tenant.RoleViewer}, // nobody has that name now
		{Tenant: here, UserID: "renamed", Username: "bob", Role: tenant.RoleViewer},   // somebody else has it now
	} {
		if _, err := b.store.AddGrant(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Revoke(ctx, here, tenant.Grantee{Username: "stranger"}, tenant.RoleViewer); err != nil {
		t.Errorf("who has left: %v", err)
	}
	b.grant(t, here, "bob", tenant.RoleViewer)
	for _, want := range []string{"id of bob", "renamed"} { // who has the name now comes first
		if err := b.Revoke(ctx, here, tenant.Grantee{Username: "bob"}, tenant.RoleViewer); err != nil {
			t.Errorf("revoke of bob: %v", err)
		}
		if changed, err := b.store.RemoveGrant(t.Context(), here, want, tenant.RoleViewer); err != nil || changed {
			t.Errorf("the grant of %s is still there (%v)", want, err)
		}
	}
	wantError(t, "nobody left", b.Revoke(ctx, here, tenant.Grantee{Username: "bob"}, tenant.RoleViewer), tenant.ErrGrantNotFound)
}

func TestLastManager(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const t3 tenant.ID = "t-3"
	b.grant(t, t3, "first", tenant.RoleOwner)
	b.grant(t, t3, "other", tenant.RoleOperator)
	who := tenant.Grantee{Username: "first"}
	wantError(t, "the only owner", b.Revoke(as(t, "first"), t3, who, tenant.RoleOwner), tenant.ErrLastManager)
	if !can(t, b, "first", t3, tenant.ObjectGrant, tenant.ActionWrite) {
		t.Error("after the refusal: want the grant in force")
	}
	b.grant(t, t3, "second", tenant.RoleAdmin)
	if err := b.Revoke(as(t, "first"), t3, who, tenant.RoleOwner); err != nil {
		t.Errorf("an owner beside an admin: %v", err)
	}
	who = tenant.Grantee{Username: "second"}
	wantError(t, "the only admin", b.Revoke(as(t, "second"), t3, who, tenant.RoleAdmin), tenant.ErrLastManager)
	if err := b.Revoke(as(t, "root"), t3, who, tenant.RoleAdmin); err != nil {
		t.Errorf("the only admin, by a platform admin: %v", err)
	}
	err := b.Revoke(as(t, "root"), tenant.Platform, tenant.Grantee{Username: "root"}, tenant.RolePlatformAdmin)
	wantError(t, "the only platform admin", err, tenant.ErrLastManager)
}

// TestManagersRemoveEachOther has two managers take away each other's role at
// the same time: one must stay.
func TestManagersRemoveEachOther(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		const t3 tenant.ID = "t-3"
		b.grant(t, t3, "first", tenant.RoleOwner)
		b.grant(t, t3, "second", tenant.RoleOwner)
		var wg sync.WaitGroup
		var errs [2]error
		wg.Go(func() { errs[0] = b.Revoke(as(t, "first"), t3, tenant.Grantee{Username: "second"}, tenant.RoleOwner) })
		wg.Go(func() { errs[1] = b.Revoke(as(t, "second"), t3, tenant.Grantee{Username: "first"}, tenant.RoleOwner) })
		wg.Wait()
		grants, err := b.Grants(as(t, "root"), t3, tenant.Page{})
		if err != nil || len(grants.Items) != 1 {
			t.Errorf("got %d managers left, %v, after %v; want 1", len(grants.Items), err, errors.Join(errs[:]...))
		}
	})
}

func TestEnter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	member := []tenant.ID{here, tenant.Default}
	for name, test := range map[string]struct {
		user      string
		requested tenant.ID
		want      provider.Code
	}{
		"member":                  {"bob", here, provider.OK},
		"the default tenant":      {"bob", tenant.Default, provider.OK},
		"not a member":            {"bob", there, provider.PermissionDenied},
		"platform admin":          {"root", there, provider.OK},
		"the platform":            {"root", tenant.Platform, provider.InvalidArgument},
		"no tenant":               {"root", "", provider.InvalidArgument},
		"malformed":               {"root", "t 1", provider.InvalidArgument},
		"role without membership": {"owner@t-2", there, provider.PermissionDenied},
	} {
		err := b.Enter(t.Context(), "id of "+test.user, member, test.requested)
		if got := provider.CodeOf(err); got != test.want {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, test.want)
		}
	}
}
