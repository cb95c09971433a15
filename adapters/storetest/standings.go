package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

// StandingsHarness is a Store that keeps the accounts as well.
type StandingsHarness struct {
	identity.Store
	Accounts AccountsHarness
}

// RunStandings proves an identity.StandingStore: that it tells what Store and
// Accounts do when they are asked one after the other.
func RunStandings(t *testing.T, newHarness func(tb testing.TB) StandingsHarness) {
	t.Helper()
	runEach(t, newHarness, map[string]func(*testing.T, StandingsHarness){
		"states":      standingsOfStates,
		"tenants":     standingsOfTenants,
		"transaction": standingsInTx,
	})
}

// otherAccounts hides from a Store that it keeps them.
type otherAccounts struct{ identity.Accounts }

// ways returns the store alone, and Store and Accounts one after the other.
func (h StandingsHarness) ways(tb testing.TB) (joined, apart identity.Standings) {
	tb.Helper()
	joined = identity.StandingsOf(h.Store, h.Accounts.Accounts)
	apart = identity.StandingsOf(h.Store, otherAccounts{h.Accounts.Accounts})
	if reflect.TypeOf(joined) == reflect.TypeOf(apart) {
		tb.Fatal("the store does not answer alone")
	}
	return joined, apart
}

// user makes a user who is an active member of tenants.
func (h StandingsHarness) user(tb testing.TB, name string, tenants ...tenant.ID) string {
	tb.Helper()
	id := h.Accounts.CreateUser(tb, name, "")
	for _, t := range tenants {
		if err := h.Accounts.AdmitAccount(tb.Context(), t, id); err != nil {
			tb.Fatal(err)
		}
	}
	return id
}

// wantSame compares both ways of asking for members, each alone and all at
// once, and returns what they say.
func (h StandingsHarness) wantSame(tb testing.TB, members ...identity.Member) []identity.Standing {
	tb.Helper()
	joined, apart := h.ways(tb)
	groups := [][]identity.Member{members}
	for _, m := range members {
		groups = append(groups, []identity.Member{m})
	}
	for _, group := range groups {
		for name, ask := range map[string]func(identity.Standings) ([]identity.Standing, error){
			"BoundAccounts": func(s identity.Standings) ([]identity.Standing, error) {
				return s.BoundAccounts(tb.Context(), group...)
			},
			"Standings": func(s identity.Standings) ([]identity.Standing, error) { return s.Standings(tb.Context(), group...) },
		} {
			got, err := ask(joined)
			want, wantErr := ask(apart)
			if err != nil || wantErr != nil || len(got) != len(want) {
				tb.Fatalf("%s of %d: %d, %v; one after the other: %d, %v", name, len(group), len(got), err, len(want), wantErr)
			}
			for i := range got {
				wantSameStanding(tb, name, got[i], want[i])
			}
		}
	}
	list, err := joined.Standings(tb.Context(), members...)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// wantSameStanding compares what is said of a member, but for the times, and
// the rest of somebody who may not come in.
func wantSameStanding(tb testing.TB, what string, got, want identity.Standing) {
	tb.Helper()
	want.Binding.CreatedAt, want.Binding.UpdatedAt = got.Binding.CreatedAt, got.Binding.UpdatedAt
	slices.Sort(want.Member)
	if !want.Binding.Active || want.Account.Status != identity.AccountActive {
		got.Member, got.Chosen = nil, ""
		want.Member, want.Chosen = nil, ""
	}
	if len(got.Member)+len(want.Member) == 0 {
		got.Member, want.Member = nil, nil
	}
	if !reflect.DeepEqual(got, want) {
		tb.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func memberOf(b identity.Binding) identity.Member {
	return identity.Member{Tenant: b.Tenant, Key: b.Key}
}

func standingsOfStates(t *testing.T, h StandingsHarness) {
	gone := newBinding(here, "gone", "no such user")
	stranger := newBinding(here, "stranger", h.user(t, "stranger"))
	left := inactive(newBinding(here, "left", h.user(t, "left", here)))
	bindings := []identity.Binding{gone, stranger, left}
	for _, s := range []identity.AccountStatus{
		identity.AccountActive, identity.AccountPending, identity.AccountSuspended, identity.AccountDisabled,
	} {
		id := h.Accounts.CreateUser(t, "老'王 "+string(s), "")
		h.Accounts.SetStatus(t, here, id, s)
		bindings = append(bindings, newBinding(here, "member "+string(s), id))
	}
	bind(t, h.Store, bindings...)
	members := []identity.Member{{Tenant: here, Key: newBinding(here, "nobody", "").Key}, {Tenant: there, Key: gone.Key}}
	for _, b := range bindings {
		members = append(members, memberOf(b))
	}
	list := h.wantSame(t, members...)
	want := []identity.AccountStatus{"", "", "", "stranger", "active", "active", "pending", "suspended", "disabled"}
	for i, s := range want {
		if list[i].Account.Status != s {
			t.Errorf("%s: got %q, want %q", members[i].ProviderUserID, list[i].Account.Status, s)
		}
	}
	if list[0].Binding.UserID != "" || list[1].Binding.UserID != "" || list[4].Binding.Active {
		t.Errorf("bound: %+v, %+v, %+v", list[0].Binding, list[1].Binding, list[4].Binding)
	}
}

func standingsOfTenants(t *testing.T, h StandingsHarness) {
	ctx := t.Context()
	user := h.user(t, "user", there, here, "t-3")
	other := h.user(t, "other", here, there)
	proved, said := newBinding("t-3", "proved", user), newBinding(here, "member", user)
	said.ProvedBy = ""
	bind(t, h.Store, said, newBinding("t-4", "member", user), newBinding("t-3", "member", other), proved)
	if err := h.SaveChoice(ctx, user, there, instant(0)); err != nil {
		t.Fatal(err)
	}
	list := h.wantSame(t, memberOf(proved), memberOf(said), memberOf(newBinding("t-3", "member", other)))
	s := list[1]
	if !slices.Equal(s.Member, []tenant.ID{here, there, "t-3"}) || s.Chosen != there {
		t.Errorf("got %+v", s)
	}
	if !list[0].Binding.Proved() || s.Binding.Proved() {
		t.Errorf("proved: %+v, %+v", list[0].Binding, s.Binding)
	}
}

// standingsInTx: what was changed in a transaction counts in it, whichever
// statement a connection has prepared before.
func standingsInTx(t *testing.T, h StandingsHarness) {
	joined, _ := h.ways(t)
	b := newBinding(here, "member", h.user(t, "user", here))
	rollback := errors.New("rolled back")
	for range 3 {
		err := h.InTx(t.Context(), func(ctx context.Context) error {
			if err := h.Bind(ctx, b); err != nil {
				return err
			}
			if err := h.Use(ctx, here, "ticket", instant(60)); err != nil {
				return err
			}
			list, err := joined.Standings(ctx, memberOf(b))
			if err != nil {
				return err
			}
			if list[0].Account.Username != "user" {
				t.Errorf("in the transaction: %+v", list[0])
			}
			return rollback
		})
		if !errors.Is(err, rollback) {
			t.Fatal(err)
		}
		if list, err := joined.Standings(t.Context(), memberOf(b)); err != nil || list[0].Binding.UserID != "" {
			t.Errorf("after it: %+v, %v", list, err)
		}
	}
}
