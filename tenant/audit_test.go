package tenant_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// trail returns a tenant's audit trail, oldest first, without the grants that
// setup made.
func trail(tb testing.TB, b *bundle, t tenant.ID) []tenant.AuditEntry {
	tb.Helper()
	list, err := b.Audit(tenant.AsSystem(tb.Context(), "test"), t, tenant.AuditFilter{}, tenant.Page{Limit: tenant.MaxPageLimit})
	if err != nil {
		tb.Fatal(err)
	}
	slices.Reverse(list.Items)
	return slices.DeleteFunc(list.Items, func(e tenant.AuditEntry) bool { return e.ActorID == "system:setup" })
}

func fieldsOf(tb testing.TB, raw json.RawMessage) map[string]any {
	tb.Helper()
	if raw == nil {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		tb.Fatalf("%s: %v", raw, err)
	}
	return m
}

func TestAuditTrail(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		ctx := as(t, "admin@t-1")
		app := create(t, b, here, input("key-1"))
		update(t, b.Service, here, app.ID, tenant.AppChange{Settings: map[string]string{"corpId": "new", "callbackToken": "t0ken"}})
		_, _ = b.CreateApp(ctx, here, input("key-2"))
		_, _ = b.CreateApp(as(t, "viewer@t-1"), here, input("key-2"))
		if err := b.DeleteApp(ctx, here, app.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Grant(ctx, here, "bob", tenant.RoleViewer); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Grant(ctx, here, "bob", tenant.RoleViewer); err != nil { // changes nothing
			t.Fatal(err)
		}
		_, _ = b.Grant(ctx, here, "bob", tenant.RoleOwner)
		if err := b.Revoke(ctx, here, tenant.Grantee{Username: "bob"}, tenant.RoleViewer); err != nil {
			t.Fatal(err)
		}
		_, _ = b.Apps(as(t, "nobody"), here, "") // reading leaves no row

		const admin, bob = "id of admin@t-1", "id of bob"
		first := map[string]any{
			"provider": "dingtalk", "enabled": true, "version": 1.0,
			"settings": map[string]any{"corpId": "ding-corp", "clientId": "key-1"},
		}
		with := func(m map[string]any, changes map[string]any) map[string]any {
			c := map[string]any{}
			for k, v := range m {
				c[k] = v
			}
			for k, v := range changes {
				c[k] = v
			}
			return c
		}
		kept := map[string]any{"clientSecret": "unchanged"}
		settings2 := map[string]any{"corpId": "new", "clientId": "key-1"}
		viewer := map[string]any{"userId": bob, "username": "bob", "role": "viewer"}
		want := []struct {
			actor, action, target, outcome string
			before, after                  map[string]any
		}{
			{admin, "app.create", app.ID, "ok", nil, with(first, map[string]any{"secrets": map[string]any{"clientSecret": "changed"}})},
			{
				"system:test", "app.update", app.ID, "ok", with(first, map[string]any{"secrets": kept}),
				with(first, map[string]any{"version": 2.0, "settings": settings2, "secrets": map[string]any{"clientSecret": "unchanged", "callbackToken": "changed"}}),
			},
			{admin, "app.create", "", "app_exists", nil, nil},
			{"id of viewer@t-1", "app.create", "", "forbidden", nil, nil},
			{
				admin, "app.delete", app.ID, "ok",
				with(first, map[string]any{"version": 2.0, "settings": settings2, "secrets": map[string]any{"clientSecret": "unchanged", "callbackToken": "unchanged"}}), nil,
			},
			{admin, "grant.add", bob, "ok", nil, viewer},
			{admin, "grant.add", "bob", "forbidden", nil, nil},
			{admin, "grant.remove", bob, "ok", viewer, nil},
		}
		got := trail(t, b, here)
		if len(got) != len(want) {
			t.Fatalf("got %d rows, want %d: %+v", len(got), len(want), got)
		}
		for n, w := range want {
			g := got[n]
			if g.ActorID != w.actor || g.Action != w.action || g.Target != w.target || g.Outcome != w.outcome || g.Tenant != here {
				t.Errorf("row %d: got %s %s %q %s, want %s %s %q %s", n, g.ActorID, g.Action, g.Target, g.Outcome, w.actor, w.action, w.target, w.outcome)
			}
			if before := fieldsOf(t, g.Before); !reflect.DeepEqual(before, w.before) {
				t.Errorf("row %d (%s): got before %v, want %v", n, w.action, before, w.before)
			}
			if after := fieldsOf(t, g.After); !reflect.DeepEqual(after, w.after) {
				t.Errorf("row %d (%s): got after %v, want %v", n, w.action, after, w.after)
			}
		}
		if rows := trail(t, b, there); len(rows) != 0 {
			t.Errorf("the other tenant's trail has %d rows, want none", len(rows))
		}
	})
}

func TestAuditTargetsAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, _ = b.UpdateApp(as(t, "viewer@t-1"), here, strings.Repeat("张", 10_000), tenant.AppChange{})
	rows := trail(t, b, here)
	if len(rows) != 1 || len(rows[0].Target) > 210 || !utf8.ValidString(rows[0].Target) {
		t.Errorf("got %d rows, want one with a short target: %.300q", len(rows), rows)
	}
}

// brokenTrail is a store whose audit trail cannot be written.
type brokenTrail struct{ tenant.Store }

var errTrail = errors.New("trail is full")

func (brokenTrail) AppendAudit(context.Context, tenant.AuditEntry) error { return errTrail }

// TestNoChangeWithoutAudit has the trail fail: then nothing changes.
func TestNoChangeWithoutAudit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		ctx := as(t, "admin@t-1")
		app := create(t, b, here, input("key-1"))
		s := b.serviceOver(t, brokenTrail{b.store}, b.keyset, tenant.Config{})
		_, createErr := s.CreateApp(as(t, "admin@t-2"), there, input("key-2"))
		_, updateErr := s.UpdateApp(ctx, here, app.ID, newSecret("new"))
		deleteErr := s.DeleteApp(ctx, here, app.ID)
		_, grantErr := s.Grant(ctx, here, "bob", tenant.RoleViewer)
		revokeErr := s.Revoke(ctx, here, tenant.Grantee{Username: "viewer@t-1"}, tenant.RoleViewer)
		for _, err := range []error{createErr, updateErr, deleteErr, grantErr, revokeErr} {
			if !errors.Is(err, errTrail) {
				t.Errorf("got %v, want %v", err, errTrail)
			}
		}
		if got, err := b.App(ctx, here, app.ID); err != nil || got.Version != 1 {
			t.Errorf("the app: got %+v, %v; want it untouched", got, err)
		}
		if apps, err := b.Apps(as(t, "admin@t-2"), there, ""); err != nil || len(apps) != 0 {
			t.Errorf("the other tenant: got apps %+v, %v; want none", apps, err)
		}
		if err := b.authz.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if can(t, b, "bob", here, tenant.ObjectConfig, tenant.ActionRead) || !can(t, b, "viewer@t-1", here, tenant.ObjectConfig, tenant.ActionRead) {
			t.Error("the grants have changed")
		}

		_, err := s.CreateApp(as(t, "viewer@t-1"), here, input("key-3"))
		wantError(t, "a refusal that cannot be recorded", err, tenant.ErrForbidden)
		if !strings.Contains(b.logs.String(), "refusal not recorded") {
			t.Error("that the refusal could not be recorded was not logged")
		}
	})
}

// TestHostTransaction has the host roll back a transaction with changes in it.
func TestHostTransaction(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		stop := errors.New("stop")
		err := b.store.InTx(as(t, "admin@t-1"), func(ctx context.Context) error {
			if _, err := b.CreateApp(ctx, here, input("key-1")); err != nil {
				return err
			}
			if _, err := b.Grant(ctx, here, "bob", tenant.RoleAdmin); err != nil {
				return err
			}
			if can(t, b, "bob", here, tenant.ObjectConfig, tenant.ActionWrite) {
				t.Error("a grant is in force before it is committed")
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		_, err = b.Connect(t.Context(), here, provider.DingTalk)
		wantError(t, "Connect", err, tenant.ErrNotConfigured)
		if rows := trail(t, b, here); len(rows) != 0 {
			t.Errorf("got %d rows in the trail, want none", len(rows))
		}
	})
}
