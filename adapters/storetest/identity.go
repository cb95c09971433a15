package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// IdentityStore is what RunIdentity proves, and the apps that it looks into.
type IdentityStore interface {
	identity.Store
	CreateApp(ctx context.Context, a tenant.App) error
}

// RunIdentity proves an identity.Store: that a member has one account and an
// account one member in each tenant, that things are used once whoever tries at
// the same time, and that tenants never see each other's rows.
func RunIdentity(t *testing.T, newStore func(tb testing.TB) IdentityStore) {
	t.Helper()
	runEach(t, newStore, map[string]func(*testing.T, IdentityStore){
		"bind":                       bindsOnce,
		"bind anew":                  bindsAnew,
		"bind, tenants apart":        bindsApart,
		"bind, two at once":          bindsRaced,
		"bind, rolled back":          bindsRolledBack,
		"unbind":                     unbinds,
		"bindings, pages":            bindingPages,
		"bindings, filter":           bindingFilters,
		"tenants of an organisation": tenantsOfOrg,
		"login settings":             loginSettings,
		"use":                        usesOnce,
		"use, many at once":          usesRaced,
		"use, rolled back":           usesRolledBack,
		"use, given up":              usesGivenUp,
		"tickets":                    ticketsOnce,
		"tickets, many at once":      ticketsRaced,
		"tickets, returned":          ticketsReturned,
		"tickets hold bindings":      ticketsHold,
		"joined":                     joined,
		"choice":                     choices,
		"prune":                      prunesLogins,
		"writers":                    writers[IdentityStore],
	})
}

func newBinding(t tenant.ID, member, user string) identity.Binding {
	return identity.Binding{
		Tenant: t, Key: identity.Key{Provider: provider.DingTalk, OrgID: "org-1", ProviderUserID: provider.UserID(member)},
		UnionID: provider.UnionID("union of " + member), UserID: user, Active: true, Source: identity.SourcePerson,
		ProvedBy: user, CreatedAt: instant(1), UpdatedAt: instant(1),
	}
}

func bind(tb testing.TB, s identity.Store, bindings ...identity.Binding) {
	tb.Helper()
	for _, b := range bindings {
		if err := s.Bind(tb.Context(), b); err != nil {
			tb.Fatalf("Bind(%s, %s): %v", b.ProviderUserID, b.UserID, err)
		}
	}
}

func wantBinding(tb testing.TB, s identity.Store, want identity.Binding) {
	tb.Helper()
	got, err := s.Binding(tb.Context(), want.Tenant, want.Key)
	if err != nil || got != want {
		tb.Errorf("Binding:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

func wantNoBinding(tb testing.TB, s identity.Store, t tenant.ID, k identity.Key) {
	tb.Helper()
	if got, err := s.Binding(tb.Context(), t, k); !errors.Is(err, tenant.ErrNotFound) {
		tb.Errorf("Binding: got %+v, %v; want ErrNotFound", got, err)
	}
}

func bindsOnce(t *testing.T, s IdentityStore) {
	b := newBinding(here, "用户'1", "user-1")
	wantNoBinding(t, s, here, b.Key)
	bind(t, s, b)
	wantBinding(t, s, b)
	for name, other := range map[string]identity.Binding{
		"the same":                 b,
		"another account":          newBinding(here, "用户'1", "user-2"),
		"another member":           newBinding(here, "member-2", "user-1"),
		"another member, inactive": inactive(newBinding(here, "member-2", "user-1")),
	} {
		if err := s.Bind(t.Context(), other); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("Bind %s: %v, want ErrConflict", name, err)
		}
	}
	wantBinding(t, s, b)
	elsewhere := newBinding(here, "用户'1", "user-1")
	elsewhere.OrgID = "org-2" // another company of the same tenant
	bind(t, s, elsewhere)
	another := newBinding(here, "用户'1", "user-1")
	another.Provider = provider.WeCom
	bind(t, s, another)
}

func inactive(b identity.Binding) identity.Binding {
	b.Active = false
	return b
}

// bindsAnew: somebody who left and came back with another id is bound again.
func bindsAnew(t *testing.T, s IdentityStore) {
	left := inactive(newBinding(here, "old-id", "user-1"))
	bind(t, s, left)
	again := newBinding(here, "new-id", "user-1")
	bind(t, s, again)
	wantBinding(t, s, again)
	wantNoBinding(t, s, here, left.Key)
	// The binding of somebody else who left stays taken.
	gone := inactive(newBinding(here, "gone", "user-2"))
	bind(t, s, gone)
	if err := s.Bind(t.Context(), newBinding(here, "gone", "user-3")); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("Bind to a member who left: %v, want ErrConflict", err)
	}
	wantBinding(t, s, gone)
}

func bindsApart(t *testing.T, s IdentityStore) {
	mine, other := newBinding(here, "member-1", "user-1"), newBinding(there, "member-1", "user-2")
	bind(t, s, mine, other)
	wantBinding(t, s, mine)
	wantBinding(t, s, other)
	if err := s.Unbind(t.Context(), there, mine.Key); err != nil {
		t.Fatalf("Unbind: %v", err)
	}
	wantBinding(t, s, mine)
}

// bindsRaced: of several accounts that want one member, and of several members
// that want one account, one gets it.
func bindsRaced(t *testing.T, s IdentityStore) {
	users := []string{"user-0", "user-1", "user-2", "user-3"}
	errs := race(func(n int) error { return s.Bind(t.Context(), newBinding(here, "member", users[n])) })
	wantOneUser(t, "one member", errs)
	errs = race(func(n int) error { return s.Bind(t.Context(), newBinding(there, users[n], "user")) })
	wantOneUser(t, "one account", errs)
}

func wantOneUser(tb testing.TB, what string, errs []error) {
	tb.Helper()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, tenant.ErrConflict):
			tb.Errorf("%s: %v, want ErrConflict", what, err)
		}
	}
	if won != 1 {
		tb.Errorf("%s: %d of %d won, want 1", what, won, len(errs))
	}
}

// errChanged is why the tests below roll back.
var errChanged = errors.New("changed my mind")

func bindsRolledBack(t *testing.T, s IdentityStore) {
	b := newBinding(here, "member", "user")
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if err := s.Bind(ctx, b); err != nil {
			return err
		}
		// A conflict leaves the transaction usable.
		if err := s.Bind(ctx, newBinding(here, "member", "other")); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("Bind again: %v, want ErrConflict", err)
		}
		if _, err := s.Binding(ctx, here, b.Key); err != nil {
			t.Errorf("Binding in the transaction: %v", err)
		}
		return errChanged
	})
	if !errors.Is(err, errChanged) {
		t.Fatalf("InTx: %v", err)
	}
	wantNoBinding(t, s, here, b.Key)
}

func unbinds(t *testing.T, s IdentityStore) {
	b := newBinding(here, "member", "user")
	bind(t, s, b, newBinding(here, "bystander", "bystander"))
	if err := s.Unbind(t.Context(), there, b.Key); !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("Unbind in another tenant: %v, want ErrNotFound", err)
	}
	for _, want := range []error{nil, tenant.ErrNotFound} {
		if err := s.Unbind(t.Context(), here, b.Key); !errors.Is(err, want) {
			t.Errorf("Unbind: %v, want %v", err, want)
		}
	}
	wantNoBinding(t, s, here, b.Key)
	wantBinding(t, s, newBinding(here, "bystander", "bystander"))
}

func bindingPages(t *testing.T, s IdentityStore) {
	members := []string{"A", "Z", "a", "z", "张"}
	for _, m := range members {
		bind(t, s, newBinding(here, m, "user of "+m), newBinding(there, m, "user of "+m))
	}
	pages := func(limit int) (got []string) {
		for _, b := range collect(t, limit, func(ctx context.Context, p tenant.Page) (tenant.List[identity.Binding], error) {
			return s.Bindings(ctx, here, identity.BindingFilter{}, p)
		}) {
			got = append(got, string(b.ProviderUserID))
		}
		return got
	}
	got, whole := pages(2), pages(10)
	if !slices.Equal(got, whole) {
		t.Errorf("Bindings: in pages %v, at once %v; want one order", got, whole)
	}
	slices.Sort(got)
	if !slices.Equal(got, members) {
		t.Errorf("Bindings: got %v, want %v", got, members)
	}
	_, err := s.Bindings(t.Context(), here, identity.BindingFilter{}, tenant.Page{Cursor: "!!"})
	if provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("Bindings with a malformed cursor: %v, want InvalidArgument", err)
	}
}

func bindingFilters(t *testing.T, s IdentityStore) {
	ding, wecom := newBinding(here, "member", "user"), newBinding(here, "member", "user")
	wecom.Provider = provider.WeCom
	bind(t, s, ding, wecom, newBinding(here, "other", "other"), newBinding(there, "member", "user"))
	for name, c := range map[string]struct {
		filter identity.BindingFilter
		want   []identity.Binding
	}{
		"by provider": {identity.BindingFilter{Provider: provider.WeCom}, []identity.Binding{wecom}},
		"by user":     {identity.BindingFilter{UserID: "user"}, []identity.Binding{ding, wecom}},
		"by both":     {identity.BindingFilter{Provider: provider.DingTalk, UserID: "user"}, []identity.Binding{ding}},
		"nobody":      {identity.BindingFilter{UserID: "nobody"}, []identity.Binding{}},
	} {
		list, err := s.Bindings(t.Context(), here, c.filter, tenant.Page{})
		if err != nil || list.Next != "" || len(list.Items) != len(c.want) || len(c.want) > 0 && !reflect.DeepEqual(list.Items, c.want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, list.Items, err, c.want)
		}
	}
}

func tenantsOfOrg(t *testing.T, s IdentityStore) {
	for _, a := range []struct {
		tenant  tenant.ID
		org     string
		enabled bool
	}{{there, "org-1", true}, {here, "org-1", true}, {"t-3", "org-1", false}, {"t-4", "org-2", true}} {
		app := newApp(a.tenant, provider.DingTalk, "app of "+string(a.tenant))
		app.Values, app.Enabled = map[string]string{provider.SettingOrgID: a.org}, a.enabled
		if err := s.CreateApp(t.Context(), app); err != nil {
			t.Fatalf("CreateApp: %v", err)
		}
	}
	both := []tenant.ID{here, there}
	slices.Sort(both)
	for org, c := range map[string]struct {
		limit int
		want  []tenant.ID
	}{"org-1": {2, both}, "org-2": {2, []tenant.ID{"t-4"}}, "org'3": {2, []tenant.ID{}}} {
		got, err := s.TenantsOf(t.Context(), provider.DingTalk, org, c.limit)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("TenantsOf(%s): got %v, %v; want %v", org, got, err, c.want)
		}
	}
	if got, err := s.TenantsOf(t.Context(), provider.DingTalk, "org-1", 1); err != nil || len(got) != 1 {
		t.Errorf("TenantsOf with a limit: got %v, %v; want one", got, err)
	}
	if got, err := s.TenantsOf(t.Context(), provider.WeCom, "org-1", 2); err != nil || len(got) != 0 {
		t.Errorf("TenantsOf another provider: got %v, %v; want none", got, err)
	}
}

func loginSettings(t *testing.T, s IdentityStore) {
	want := func(want identity.Settings) {
		t.Helper()
		got, err := s.LoginSettings(t.Context(), want.Tenant)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("LoginSettings:\n got %+v, %v\nwant %+v", got, err, want)
		}
	}
	nobody := identity.Settings{Tenant: there, Unbound: identity.UnboundDeny}
	want(nobody)
	saved := identity.Settings{
		Tenant: here, Unbound: identity.UnboundCreate, ReturnURLs: []string{"https://a.example.com", "https://b.example.com/x"},
		UpdatedBy: "o'neil", UpdatedAt: instant(1),
	}
	var over time.Time
	for _, next := range []identity.Settings{saved, {Tenant: here, Unbound: identity.UnboundBind, UpdatedAt: instant(2)}} {
		if err := s.SaveLoginSettings(t.Context(), next, over); err != nil {
			t.Fatalf("SaveLoginSettings: %v", err)
		}
		want(next)
		if err := s.SaveLoginSettings(t.Context(), saved, over); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("SaveLoginSettings over what is no more: %v, want %v", err, tenant.ErrConflict)
		}
		want(next)
		over = next.UpdatedAt
	}
	want(nobody)
}

func usesOnce(t *testing.T, s IdentityStore) {
	for _, c := range []struct {
		tenant tenant.ID
		id     string
		want   error
	}{{here, "a", nil}, {here, "a", tenant.ErrConflict}, {there, "a", nil}, {here, "A", nil}, {here, "b", nil}} {
		if err := s.Use(t.Context(), c.tenant, c.id, instant(60)); !errors.Is(err, c.want) {
			t.Errorf("Use(%s, %s): %v, want %v", c.tenant, c.id, err, c.want)
		}
	}
}

func usesRaced(t *testing.T, s IdentityStore) {
	wantOneUser(t, "use", race(func(int) error { return s.Use(t.Context(), here, "ticket", instant(60)) }))
	// In transactions, as tickets are exchanged.
	wantOneUser(t, "use in transactions", race(func(int) error {
		return s.InTx(t.Context(), func(ctx context.Context) error { return s.Use(ctx, here, "another", instant(60)) })
	}))
}

func usesRolledBack(t *testing.T, s IdentityStore) {
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if err := s.Use(ctx, here, "ticket", instant(60)); err != nil {
			return err
		}
		if err := s.Use(ctx, here, "ticket", instant(60)); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("Use again: %v, want ErrConflict", err)
		}
		return errChanged
	})
	if !errors.Is(err, errChanged) {
		t.Fatalf("InTx: %v", err)
	}
	if err := s.Use(t.Context(), here, "ticket", instant(60)); err != nil {
		t.Errorf("Use after a rollback: %v", err)
	}
}

func choices(t *testing.T, s IdentityStore) {
	want := func(user string, want tenant.ID) {
		t.Helper()
		if got, err := s.Choice(t.Context(), user); err != nil || got != want {
			t.Errorf("Choice(%s): got %q, %v; want %q", user, got, err, want)
		}
	}
	want("user", "")
	for n, chosen := range []tenant.ID{here, there} {
		if err := s.SaveChoice(t.Context(), "user", chosen, instant(n)); err != nil {
			t.Fatalf("SaveChoice: %v", err)
		}
		want("user", chosen)
	}
	want("other", "")
}

// usesGivenUp has a caller go away in the middle of a transaction: nothing of it
// is kept.
func usesGivenUp(t *testing.T, s IdentityStore) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.InTx(ctx, func(ctx context.Context) error {
		if err := s.Use(ctx, here, "a", instant(9)); err != nil {
			return err
		}
		cancel()
		_ = s.Use(ctx, here, "b", instant(9))
		return nil
	})
	if err == nil {
		t.Error("a transaction whose caller went away was committed")
	}
	for _, id := range []string{"a", "b"} {
		if err := s.Use(t.Context(), here, id, instant(9)); err != nil {
			t.Errorf("Use(%s): %v", id, err)
		}
	}
}

func prunesLogins(t *testing.T, s IdentityStore) {
	for n, id := range []string{"a", "b", "c", "d"} {
		if err := s.Use(t.Context(), here, id, instant(n)); err != nil {
			t.Fatalf("Use: %v", err)
		}
	}
	prune := func(now time.Time, limit, want int) {
		t.Helper()
		if n, err := s.PruneLogins(t.Context(), now, limit); err != nil || n != want {
			t.Errorf("PruneLogins: got %d, %v; want %d", n, err, want)
		}
	}
	prune(instant(2), 2, 2)
	prune(instant(2), 2, 1)
	prune(instant(2), 2, 0)
	if err := s.Use(t.Context(), here, "d", instant(9)); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("Use of what has not run out: %v, want ErrConflict", err)
	}
}
