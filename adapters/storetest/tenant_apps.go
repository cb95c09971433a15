package storetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func appTests() map[string]func(*testing.T, tenant.Store) {
	return map[string]func(*testing.T, tenant.Store){
		"round trip":          appRoundTrip,
		"empty":               appEmpty,
		"time precision":      appTimePrecision,
		"list":                appList,
		"owner":               appOwner,
		"update":              appUpdate,
		"delete":              appDelete,
		"version of enabled":  appVersionOfEnabled,
		"not found":           appNotFound,
		"unique on create":    appUniqueOnCreate,
		"unique on update":    appUniqueOnUpdate,
		"version moved on":    appVersionMovedOn,
		"tenants apart":       appTenantsApart,
		"text nobody can ask": appUnstorableText,
		"tenants of secrets":  appSecretTenants,
		"secret replaced":     appSecretReplaced,
	}
}

func appRoundTrip(t *testing.T, s tenant.Store) {
	want := createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	got, err := s.App(t.Context(), here, "a1")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("App:\n got %+v\nwant %+v", got, want)
	}
}

func appEmpty(t *testing.T, s tenant.Store) {
	a := newApp(here, provider.DingTalk, "a1")
	a.Values, a.Secrets = nil, nil
	createApp(t, s, a)
	got, err := s.App(t.Context(), here, "a1")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Values) != 0 || len(got.Secrets) != 0 {
		t.Errorf("got values %v and secrets %v, want none", got.Values, got.Secrets)
	}
	if got.OrgID() != "" {
		t.Errorf("got org id %q, want none", got.OrgID())
	}
}

func appTimePrecision(t *testing.T, s tenant.Store) {
	a := newApp(here, provider.DingTalk, "a1")
	shanghai := time.FixedZone("CST", 8*60*60)
	a.CreatedAt = time.Date(2026, 3, 1, 0, 30, 0, 123456789, shanghai)
	a.UpdatedAt = time.Date(2026, 3, 1, 0, 30, 0, 0, shanghai)
	createApp(t, s, a)
	got, err := s.App(t.Context(), here, "a1")
	if err != nil {
		t.Fatal(err)
	}
	if want := a.CreatedAt.UTC().Truncate(time.Microsecond); got.CreatedAt != want {
		t.Errorf("CreatedAt: got %v, want %v", got.CreatedAt, want)
	}
	if want := a.UpdatedAt.UTC(); got.UpdatedAt != want {
		t.Errorf("UpdatedAt: got %v, want %v", got.UpdatedAt, want)
	}
}

func appList(t *testing.T, s tenant.Store) {
	// Ages and ids go different ways; two are of one age.
	ages := map[string]int{"b": 0, "c": 1, "a": 1, "d": 2}
	for id, age := range ages {
		a := newApp(here, provider.DingTalk, id)
		a.Enabled, a.CreatedAt = false, instant(age)
		if id == "c" {
			a.Provider = provider.WeCom
		}
		createApp(t, s, a)
	}
	for kind, want := range map[provider.Kind][]string{
		"": {"b", "a", "c", "d"}, provider.DingTalk: {"b", "a", "d"}, provider.WeCom: {"c"}, provider.Feishu: nil,
	} {
		apps, err := s.Apps(t.Context(), here, kind)
		if err != nil {
			t.Fatal(err)
		}
		if got := appIDs(apps); !slices.Equal(got, want) {
			t.Errorf("Apps(%q): got %q, want %q", kind, got, want)
		}
		for _, a := range apps {
			if len(a.Secrets) != 1 {
				t.Errorf("Apps(%q): app %s has %d secrets, want 1", kind, a.ID, len(a.Secrets))
			}
		}
	}
}

func appOwner(t *testing.T, s tenant.Store) {
	a := newApp(here, provider.DingTalk, "a1")
	a.Enabled = false
	createApp(t, s, a)
	if owner, err := s.AppOwner(t.Context(), "a1"); err != nil || owner != here {
		t.Errorf("AppOwner: %q, %v; want %q", owner, err, here)
	}
	for _, id := range []string{"a2", "", "a1\x00"} {
		if owner, err := s.AppOwner(t.Context(), id); owner != "" || err == nil {
			t.Errorf("AppOwner(%q): %q, %v; want an error", id, owner, err)
		}
	}
	if err := s.DeleteApp(t.Context(), here, "a1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AppOwner(t.Context(), "a1"); !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("AppOwner of a deleted app: %v, want ErrNotFound", err)
	}
}

func appUpdate(t *testing.T, s tenant.Store) {
	a := createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	want := next(a, func(a *tenant.App) {
		a.Identity, a.Enabled, a.UpdatedAt = "another", false, instant(9)
		a.Values = map[string]string{"robotCode": "r"}
		a.Secrets = map[string]tenant.Sealed{
			"callbackToken": {KeyID: "key-2", Ciphertext: []byte("t")},
			"signSecret":    {KeyID: "key-2", Ciphertext: []byte("s")},
		}
	})
	if err := s.UpdateApp(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := s.App(t.Context(), here, "a1")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("after UpdateApp:\n got %+v\nwant %+v", got, want)
	}
}

func appDelete(t *testing.T, s tenant.Store) {
	a := createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	if err := s.DeleteApp(t.Context(), here, "a1"); err != nil {
		t.Fatal(err)
	}
	_, err := s.App(t.Context(), here, "a1")
	wantError(t, "App after DeleteApp", err, tenant.ErrNotFound)
	// Everything it was is free again, secrets included.
	createApp(t, s, a)
}

func appVersionOfEnabled(t *testing.T, s tenant.Store) {
	off := newApp(here, provider.DingTalk, "off")
	off.Enabled = false
	createApp(t, s, off)
	_, _, err := s.AppVersion(t.Context(), here, provider.DingTalk)
	wantError(t, "AppVersion with a disabled app only", err, tenant.ErrNotFound)

	on := createApp(t, s, newApp(here, provider.DingTalk, "on"))
	createApp(t, s, newApp(here, provider.WeCom, "other"))
	if err := s.UpdateApp(t.Context(), next(on, func(*tenant.App) {})); err != nil {
		t.Fatal(err)
	}
	id, version, err := s.AppVersion(t.Context(), here, provider.DingTalk)
	if err != nil || id != "on" || version != 2 {
		t.Errorf("AppVersion = %q, %d, %v; want \"on\", 2, nil", id, version, err)
	}
}

func appNotFound(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	_, err := s.App(ctx, here, "none")
	wantError(t, "App", err, tenant.ErrNotFound)
	wantError(t, "UpdateApp", s.UpdateApp(ctx, next(newApp(here, provider.DingTalk, "none"), func(*tenant.App) {})), tenant.ErrNotFound)
	wantError(t, "DeleteApp", s.DeleteApp(ctx, here, "none"), tenant.ErrNotFound)
	_, _, err = s.AppVersion(ctx, here, provider.DingTalk)
	wantError(t, "AppVersion", err, tenant.ErrNotFound)
	apps, err := s.Apps(ctx, here, "")
	if err != nil || len(apps) != 0 {
		t.Errorf("Apps = %v, %v; want none, nil", apps, err)
	}
}

func appUniqueOnCreate(t *testing.T, s tenant.Store) {
	createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	for _, test := range []struct {
		name string
		edit func(*tenant.App)
		key  string
	}{
		{"same id", func(a *tenant.App) { a.ID, a.Enabled = "a1", false }, "id"},
		{"same id in another tenant", func(a *tenant.App) { a.ID, a.Tenant = "a1", there }, "id"},
		{"same identity", func(a *tenant.App) { a.Identity, a.Enabled = "identity of a1", false }, "identity"},
		{"same identity in another tenant", func(a *tenant.App) { a.Identity, a.Tenant = "identity of a1", there }, "identity"},
		{"second enabled", func(*tenant.App) {}, "enabled"},
		{"second disabled", func(a *tenant.App) { a.Enabled = false }, ""},
		{"same identity of another provider", func(a *tenant.App) { a.ID, a.Provider = "a3", provider.WeCom; a.Identity = "identity of a1" }, ""},
	} {
		a := newApp(here, provider.DingTalk, "a2")
		test.edit(&a)
		err := s.CreateApp(t.Context(), a)
		switch {
		case test.key != "":
			wantConflict(t, test.name, err, test.key)
		case err != nil:
			t.Errorf("%s: got error %v, want none", test.name, err)
		}
	}
	if apps, err := s.Apps(t.Context(), there, ""); err != nil || len(apps) != 0 {
		t.Errorf("after refused creations: Apps = %v, %v; want none, nil", apps, err)
	}
}

func appUniqueOnUpdate(t *testing.T, s tenant.Store) {
	createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	second := newApp(here, provider.DingTalk, "a2")
	second.Enabled = false
	createApp(t, s, second)

	err := s.UpdateApp(t.Context(), next(second, func(a *tenant.App) { a.Enabled = true }))
	wantConflict(t, "enable the second", err, "enabled")
	err = s.UpdateApp(t.Context(), next(second, func(a *tenant.App) { a.Identity = "identity of a1" }))
	wantConflict(t, "take another's identity", err, "identity")
	got, err := s.App(t.Context(), here, "a2")
	if err != nil || !reflect.DeepEqual(got, second) {
		t.Errorf("after refused updates:\n got %+v, %v\nwant %+v", got, err, second)
	}
}

func appVersionMovedOn(t *testing.T, s tenant.Store) {
	a := createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	second := next(a, func(*tenant.App) {})
	if err := s.UpdateApp(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	wantConflict(t, "update of the version before", s.UpdateApp(t.Context(), second), "version")
	fourth := second
	fourth.Version = 4
	wantConflict(t, "update that leaves a version out", s.UpdateApp(t.Context(), fourth), "version")
}

// appTenantsApart tries every method with the id of another tenant's app.
func appTenantsApart(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	want := createApp(t, s, newApp(here, provider.DingTalk, "a1"))
	_, err := s.App(ctx, there, "a1")
	wantError(t, "App", err, tenant.ErrNotFound)
	if apps, err := s.Apps(ctx, there, ""); err != nil || len(apps) != 0 {
		t.Errorf("Apps = %v, %v; want none, nil", apps, err)
	}
	_, _, err = s.AppVersion(ctx, there, provider.DingTalk)
	wantError(t, "AppVersion", err, tenant.ErrNotFound)
	foreign := next(want, func(a *tenant.App) { a.Tenant, a.Identity, a.Enabled = there, "stolen", false })
	wantError(t, "UpdateApp", s.UpdateApp(ctx, foreign), tenant.ErrNotFound)
	wantError(t, "DeleteApp", s.DeleteApp(ctx, there, "a1"), tenant.ErrNotFound)

	createApp(t, s, newApp(there, provider.DingTalk, "a2"))
	got, err := s.App(ctx, here, "a1")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("after all that:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

// appUnstorableText looks for what cannot be stored: it is refused or not
// found, and never a fault of the database.
func appUnstorableText(t *testing.T, s tenant.Store) {
	ctx := t.Context()
	a := newApp(here, provider.DingTalk, "a1")
	a.Values = map[string]string{"note": "a\x00b"}
	if got := provider.CodeOf(s.CreateApp(ctx, a)); got != provider.InvalidArgument {
		t.Errorf("CreateApp: got code %s, want %s", got, provider.InvalidArgument)
	}
	_, err := s.App(ctx, here, "a1\x00")
	wantNowhere(t, "App", err)
	wantNowhere(t, "DeleteApp", s.DeleteApp(ctx, here, "a1\x00"))
}

func appIDs(apps []tenant.App) []string {
	var ids []string
	for _, a := range apps {
		ids = append(ids, a.ID)
	}
	return ids
}
