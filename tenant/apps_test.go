package tenant_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// input returns an enabled DingTalk app with the given AppKey.
func input(key string) tenant.AppInput {
	return tenant.AppInput{Provider: provider.DingTalk, Enabled: true, Settings: map[string]string{
		"corpId": "ding-corp", "clientId": key, "clientSecret": "s3cr3t of " + key,
	}}
}

func create(tb testing.TB, b *bundle, t tenant.ID, in tenant.AppInput) tenant.AppView {
	tb.Helper()
	v, err := b.CreateApp(as(tb, "admin@"+string(t)), t, in)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func ptr[T any](v T) *T { return &v }

func TestAppLifecycle(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		ctx := as(t, "admin@t-1")
		in := input("key-1")
		in.Settings["clientId"], in.Settings["eventMode"] = "  key-1\t", " "
		created := create(t, b, here, in)
		want := map[string]string{"corpId": "ding-corp", "clientId": "key-1", "clientSecret": tenant.Mask}
		if !maps.Equal(created.Settings, want) || created.Version != 1 || !created.Enabled || created.Tenant != here {
			t.Errorf("created: got %+v, want settings %v and version 1", created, want)
		}

		b.clock.move(time.Minute)
		changed, err := b.UpdateApp(ctx, here, created.ID, tenant.AppChange{Settings: map[string]string{
			"corpId": "ding-2", "clientSecret": tenant.Mask, "callbackToken": "t0ken", "eventMode": "callback",
		}})
		if err != nil {
			t.Fatal(err)
		}
		want = map[string]string{
			"corpId": "ding-2", "clientId": "key-1", "clientSecret": tenant.Mask,
			"callbackToken": tenant.Mask, "eventMode": "callback",
		}
		if !maps.Equal(changed.Settings, want) || changed.Version != 2 || !changed.Enabled {
			t.Errorf("changed: got %+v, want settings %v and version 2", changed, want)
		}
		if changed.CreatedAt != created.CreatedAt || !changed.UpdatedAt.Equal(created.UpdatedAt.Add(time.Minute)) {
			t.Errorf("changed: got times %v and %v", changed.CreatedAt, changed.UpdatedAt)
		}

		removed, err := b.UpdateApp(ctx, here, created.ID, tenant.AppChange{
			Enabled: ptr(false), Settings: map[string]string{"callbackToken": "", "eventMode": ""},
		})
		if err != nil {
			t.Fatal(err)
		}
		want = map[string]string{"corpId": "ding-2", "clientId": "key-1", "clientSecret": tenant.Mask}
		if !maps.Equal(removed.Settings, want) || removed.Enabled || removed.Version != 3 {
			t.Errorf("removed: got %+v, want settings %v, disabled, version 3", removed, want)
		}
		got, err := b.App(as(t, "viewer@t-1"), here, created.ID)
		if err != nil || !maps.Equal(got.Settings, want) {
			t.Errorf("App = %+v, %v; want settings %v", got, err, want)
		}

		if err := b.DeleteApp(ctx, here, created.ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.App(ctx, here, created.ID)
		wantError(t, "App after DeleteApp", err, tenant.ErrAppNotFound)
		create(t, b, there, input("key-1"))
	})
}

// TestAppRefusals pins what existing front ends show, and in which order the
// checks are made.
func TestAppRefusals(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		ctx := as(t, "admin@t-1")
		const second = "操作失败,同一个租户下只允许绑定一个钉钉或者企业微信"
		const keyTaken = "AppKey已存在，请勿重复添加"
		const missing = "数据不存在"
		first := create(t, b, here, input("key-1"))

		_, err := b.CreateApp(ctx, here, input("key-1"))
		wantMessage(t, "same again", err, provider.AlreadyExists, second)
		_, err = b.CreateApp(ctx, here, input("key-2"))
		wantMessage(t, "second enabled", err, provider.AlreadyExists, second)
		disabled := input("key-2")
		disabled.Enabled = false
		_, err = b.CreateApp(ctx, here, disabled)
		wantMessage(t, "second disabled beside an enabled one", err, provider.AlreadyExists, second)
		_, err = b.CreateApp(as(t, "admin@t-2"), there, input("key-1"))
		wantMessage(t, "key of another tenant", err, provider.AlreadyExists, keyTaken)

		wecom := input("key-1") // another provider's key is another key
		wecom.Provider = provider.WeCom
		create(t, b, here, wecom)

		if _, err := b.UpdateApp(ctx, here, first.ID, tenant.AppChange{Enabled: ptr(false)}); err != nil {
			t.Fatal(err)
		}
		other := create(t, b, here, input("key-2"))
		_, err = b.UpdateApp(ctx, here, first.ID, tenant.AppChange{Enabled: ptr(true)})
		wantMessage(t, "enable beside an enabled one", err, provider.AlreadyExists, second)
		_, err = b.UpdateApp(ctx, here, other.ID, tenant.AppChange{Settings: map[string]string{"clientId": "key-1"}})
		wantMessage(t, "change to a taken key", err, provider.AlreadyExists, keyTaken)

		for _, id := range []string{"none", "", "a\x00b", other.ID + " "} {
			_, err = b.UpdateApp(ctx, here, id, tenant.AppChange{})
			wantRefused(t, "UpdateApp", err)
			wantRefused(t, "DeleteApp", b.DeleteApp(ctx, here, id))
			_, err = b.App(ctx, here, id)
			wantRefused(t, "App", err)
		}
		_, err = b.UpdateApp(ctx, here, "none", tenant.AppChange{})
		wantMessage(t, "UpdateApp of none", err, provider.NotFound, missing)
		wantMessage(t, "DeleteApp of none", b.DeleteApp(ctx, here, "none"), provider.NotFound, missing)
		if !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("UpdateApp of none: got %v, want it to be %v, too", err, tenant.ErrNotFound)
		}
		for _, id := range []tenant.ID{tenant.Platform, "", "no tenant"} {
			_, err = b.CreateApp(tenant.AsSystem(t.Context(), "test"), id, input("key-3"))
			wantRefused(t, fmt.Sprintf("CreateApp in tenant %q", id), err)
			_, err = b.Grant(tenant.AsSystem(t.Context(), "test"), id, "bob", tenant.RoleViewer)
			wantRefused(t, fmt.Sprintf("Grant in tenant %q", id), err)
		}
		_, err = b.CreateApp(ctx, here, tenant.AppInput{Provider: "lotus_notes"})
		if provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("unknown provider: got %v, want %s", err, provider.InvalidArgument)
		}
	})
}

func wantRefused(tb testing.TB, op string, err error) {
	tb.Helper()
	if code := provider.CodeOf(err); code != provider.NotFound && code != provider.InvalidArgument {
		tb.Errorf("%s: got %s (%v), want it refused", op, code, err)
	}
}

func TestAppInvalidSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.CreateApp(as(t, "admin@t-1"), here, tenant.AppInput{
		Provider: provider.DingTalk, Settings: map[string]string{
			"corpId": "  ", "clientId": "key", "clientSecret": strings.Repeat("s3cr3t", 10), "eventMode": "stream", "clientSecrte": "s3cr3t",
		},
	})
	wantError(t, "CreateApp", err, tenant.ErrInvalidSettings)
	var refusal *tenant.Error
	errors.As(err, &refusal)
	problems, _ := refusal.Details.([]tenant.SettingProblem)
	var fields []string
	for _, p := range problems {
		fields = append(fields, p.Field)
		name := p.Title.ZH
		if name == "" {
			name = p.Field
		}
		if !strings.Contains(refusal.Message.ZH, name+"：") || p.Problem.IsZero() {
			t.Errorf("field %s: message %q does not name %q, or there is no problem", p.Field, refusal.Message.ZH, name)
		}
	}
	want := []string{"corpId", "clientSecret", "eventMode", "clientSecrte"}
	if !slices.Equal(fields, want) || refusal.Field != want[0] {
		t.Errorf("got problems with %q, first %q; want %q", fields, refusal.Field, want)
	}
	if strings.Contains(fmt.Sprintf("%v %+v", err, refusal), "s3cr3t") {
		t.Error("the error shows a secret")
	}

	in := input("key")
	in.Settings["clientSecret"] = tenant.Mask // nothing is stored that it could stand for
	_, err = b.CreateApp(as(t, "admin@t-1"), here, in)
	wantError(t, "CreateApp with the mask", err, tenant.ErrInvalidSettings)
	app := create(t, b, here, input("key"))
	_, err = b.UpdateApp(as(t, "admin@t-1"), here, app.ID, tenant.AppChange{Settings: map[string]string{"clientSecret": ""}})
	wantError(t, "UpdateApp that takes a required secret away", err, tenant.ErrInvalidSettings)
}

func TestAppReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, "viewer@t-1")
	_, err := b.AppFor(ctx, here, provider.DingTalk)
	wantError(t, "AppFor of none", err, tenant.ErrAppNotFound)
	if kinds, err := b.EnabledKinds(ctx, here); err != nil || len(kinds) != 0 {
		t.Errorf("EnabledKinds of none = %v, %v", kinds, err)
	}

	var ids []string
	for n := range 3 { // the first two become disabled
		b.clock.move(time.Second)
		ids = append(ids, create(t, b, here, input(fmt.Sprint("key-", n))).ID)
		if n < 2 {
			disable(t, b, here, ids[n])
		}
	}
	wecom := input("key-9")
	wecom.Provider = provider.WeCom
	ids = append(ids, create(t, b, here, wecom).ID)
	apps, err := b.Apps(ctx, here, "")
	var got []string
	for _, a := range apps {
		got = append(got, a.ID)
	}
	if err != nil || !slices.Equal(got, ids) {
		t.Errorf("Apps = %q, %v; want %q", got, err, ids)
	}
	if app, err := b.AppFor(ctx, here, provider.DingTalk); err != nil || app.ID != ids[2] {
		t.Errorf("AppFor = %s, %v; want the enabled one", app.ID, err)
	}
	if kinds, err := b.EnabledKinds(ctx, here); err != nil || !slices.Equal(kinds, []provider.Kind{provider.DingTalk, provider.WeCom}) {
		t.Errorf("EnabledKinds = %v, %v; want both", kinds, err)
	}
	disable(t, b, here, ids[2])
	if app, err := b.AppFor(ctx, here, provider.DingTalk); err != nil || app.ID != ids[2] {
		t.Errorf("AppFor with none enabled = %s, %v; want the newest", app.ID, err)
	}
	if kinds, err := b.EnabledKinds(ctx, here); err != nil || !slices.Equal(kinds, []provider.Kind{provider.WeCom}) {
		t.Errorf("EnabledKinds = %v, %v; want WeCom", kinds, err)
	}
}

func disable(tb testing.TB, b *bundle, t tenant.ID, id string) {
	tb.Helper()
	if _, err := b.UpdateApp(as(tb, "admin@"+string(t)), t, id, tenant.AppChange{Enabled: ptr(false)}); err != nil {
		tb.Fatal(err)
	}
}

// TestPermissions tries every operation as every role, of this tenant and of
// another.
func TestPermissions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := create(t, b, here, input("key-1"))
	operations := map[string]struct {
		need tenant.Permission
		do   func(user string) error
	}{
		"CreateApp": {tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionWrite}, func(user string) error {
			_, err := b.CreateApp(as(t, user), here, tenant.AppInput{Provider: provider.DingTalk})
			return err
		}},
		"UpdateApp": {tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionWrite}, func(user string) error {
			_, err := b.UpdateApp(as(t, user), here, app.ID, tenant.AppChange{})
			return err
		}},
		"DeleteApp": {tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionWrite}, func(user string) error {
			return b.DeleteApp(as(t, user), here, "none")
		}},
		"App": {tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionRead}, func(user string) error {
			_, err := b.App(as(t, user), here, app.ID)
			return err
		}},
		"Apps": {tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionRead}, func(user string) error {
			_, err := b.Apps(as(t, user), here, "")
			return err
		}},
		"AppFor": {tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionRead}, func(user string) error {
			_, err := b.AppFor(as(t, user), here, provider.DingTalk)
			return err
		}},
		"Verify": {tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionRead}, func(user string) error {
			_, err := b.Verify(as(t, user), here, app.ID)
			return err
		}},
		"Grant": {tenant.Permission{Object: tenant.ObjectGrant, Action: tenant.ActionWrite}, func(user string) error {
			_, err := b.Grant(as(t, user), here, "stranger", tenant.RoleViewer)
			return err
		}},
		"Revoke": {tenant.Permission{Object: tenant.ObjectGrant, Action: tenant.ActionWrite}, func(user string) error {
			return b.Revoke(as(t, user), here, tenant.Grantee{Username: "stranger"}, tenant.RoleViewer)
		}},
		"Grants": {tenant.Permission{Object: tenant.ObjectGrant, Action: tenant.ActionRead}, func(user string) error {
			_, err := b.Grants(as(t, user), here, tenant.Page{})
			return err
		}},
		"Audit": {tenant.Permission{Object: tenant.ObjectAudit, Action: tenant.ActionRead}, func(user string) error {
			_, err := b.Audit(as(t, user), here, tenant.AuditFilter{}, tenant.Page{})
			return err
		}},
	}
	for name, op := range operations {
		for role, permissions := range tenant.Roles() {
			users := map[string]bool{
				string(role) + "@t-1": slices.Contains(permissions, op.need),
				string(role) + "@t-2": false,
			}
			if role == tenant.RolePlatformAdmin {
				users = map[string]bool{"root": true}
			}
			for user, allowed := range users {
				if err := op.do(user); errors.Is(err, tenant.ErrForbidden) == allowed {
					t.Errorf("%s as %s: got %v, want allowed %t", name, user, err, allowed)
				}
			}
		}
		wantError(t, name+" as nobody", op.do("nobody"), tenant.ErrForbidden)
	}
	_, err := b.Apps(t.Context(), here, "")
	wantError(t, "Apps without an actor", err, tenant.ErrNoActor)
	_, err = b.EnabledKinds(t.Context(), here)
	wantError(t, "EnabledKinds without an actor", err, tenant.ErrNoActor)
	if kinds, err := b.EnabledKinds(as(t, "nobody"), here); err != nil || !slices.Equal(kinds, []provider.Kind{provider.DingTalk}) {
		t.Errorf("EnabledKinds as nobody: %v, %v; want DingTalk", kinds, err)
	}
	_, err = b.CreateApp(t.Context(), here, input("key-2"))
	wantError(t, "CreateApp without an actor", err, tenant.ErrNoActor)
	if _, err := b.Apps(tenant.AsSystem(t.Context(), "test"), here, ""); err != nil {
		t.Errorf("Apps as the system: %v", err)
	}
}

// TestAppsApart uses the ids of one tenant in another where the actor may do
// everything.
func TestAppsApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := create(t, b, here, input("key-1"))
	ctx := as(t, "owner@t-2")
	_, err := b.App(ctx, there, app.ID)
	wantError(t, "App", err, tenant.ErrAppNotFound)
	_, err = b.UpdateApp(ctx, there, app.ID, tenant.AppChange{Settings: map[string]string{"corpId": "stolen"}})
	wantError(t, "UpdateApp", err, tenant.ErrAppNotFound)
	wantError(t, "DeleteApp", b.DeleteApp(ctx, there, app.ID), tenant.ErrAppNotFound)
	_, err = b.Verify(ctx, there, app.ID)
	wantError(t, "Verify", err, tenant.ErrAppNotFound)
	_, err = b.ConnectApp(ctx, there, app.ID)
	wantError(t, "ConnectApp", err, tenant.ErrAppNotFound)
	_, err = b.Connect(ctx, there, provider.DingTalk)
	wantError(t, "Connect", err, tenant.ErrNotConfigured)
	got, err := b.App(as(t, "admin@t-1"), here, app.ID)
	if err != nil || got.Version != 1 {
		t.Errorf("after all that: got %+v, %v; want it untouched", got, err)
	}
}

// TestUpdatesTogether has several admins change different settings at once:
// none may be lost.
func TestUpdatesTogether(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		app := create(t, b, here, input("key-1"))
		changes := []map[string]string{{"corpId": "new"}, {"callbackToken": "new"}, {"eventMode": "none"}}
		var wg sync.WaitGroup
		for _, settings := range changes {
			wg.Go(func() {
				if _, err := b.UpdateApp(as(t, "admin@t-1"), here, app.ID, tenant.AppChange{Settings: settings}); err != nil {
					t.Errorf("UpdateApp %v: %v", settings, err)
				}
			})
		}
		wg.Wait()
		got, err := b.App(as(t, "admin@t-1"), here, app.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"corpId": "new", "clientId": "key-1", "clientSecret": tenant.Mask, "callbackToken": tenant.Mask, "eventMode": "none",
		}
		if !maps.Equal(got.Settings, want) || got.Version != 4 {
			t.Errorf("got version %d, settings %v; want 4, %v", got.Version, got.Settings, want)
		}
	})
}

// TestUpdatesOfOneVersion has three admins change what all of them have read.
func TestUpdatesOfOneVersion(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		app := create(t, b, here, input("key-1"))
		refused := make(chan error, 3)
		var wg sync.WaitGroup
		for _, corp := range []string{"a", "b", "c"} {
			wg.Go(func() {
				_, err := b.UpdateApp(as(t, "admin@t-1"), here, app.ID, tenant.AppChange{
					Expected: ptr(int64(1)), Settings: map[string]string{"corpId": corp},
				})
				if err != nil {
					refused <- err
				}
			})
		}
		wg.Wait()
		close(refused)
		n := 0
		for err := range refused {
			if n++; !errors.Is(err, tenant.ErrAppChanged) {
				t.Errorf("got %v, want ErrAppChanged", err)
			}
		}
		if got, err := b.App(as(t, "admin@t-1"), here, app.ID); err != nil || n != 2 || got.Version != 2 {
			t.Errorf("%d refused, version %d, %v; want 2 refused and one change", n, got.Version, err)
		}
	})
}

// TestCreatorsTogether has two admins connect an app at once.
func TestCreatorsTogether(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b *bundle) {
		errs := make([]error, 4)
		var wg sync.WaitGroup
		for n := range errs {
			wg.Go(func() { _, errs[n] = b.CreateApp(as(t, "admin@t-1"), here, input(fmt.Sprint("key-", n))) })
		}
		wg.Wait()
		created := 0
		for _, err := range errs {
			if err == nil {
				created++
			} else {
				wantError(t, "a loser", err, tenant.ErrAppExists)
			}
		}
		if created != 1 {
			t.Errorf("got %d apps created, want 1", created)
		}
	})
}
