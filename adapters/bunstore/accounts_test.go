package bunstore_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// seedAccounts makes one person of each kind that matters to whom a message can
// be sent, all bound to user ids of the same name with "d-" in front.
func seedAccounts(tb testing.TB, s *bunstore.Store) {
	tb.Helper()
	now := time.Now().UTC()
	exec := func(query string, args ...any) {
		tb.Helper()
		if _, err := s.DB().ExecContext(tb.Context(), query, args...); err != nil {
			tb.Fatalf("%s: %v", query, err)
		}
	}
	for _, p := range []struct {
		id             string
		disabled       bool
		tenant         tenant.ID
		state          string
		org            string
		bound, current bool
	}{
		{"bound", false, "t-1", "active", "org", true, true},
		{"other", false, "t-1", "active", "org", true, true},
		{"unbound", false, "t-1", "active", "org", false, false},
		{"unbinding", false, "t-1", "active", "org", true, false},
		{"elsewhere", false, "t-1", "active", "another org", true, true},
		{"suspended", false, "t-1", "suspended", "org", true, true},
		{"dismissed", false, "t-1", "suspended", "org", false, false},
		{"left", false, "t-1", "suspended", "org", true, false},
		{"pending", false, "t-1", "pending", "org", true, true},
		{"disabled", true, "t-1", "active", "org", true, true},
		{"foreign", false, "t-2", "active", "org", true, true},
	} {
		exec(`INSERT INTO thirdapp_people
			(id, username, realname, avatar_url, disabled, password_hash, must_change_password, created_at, updated_at)
			VALUES (?, ?, '', '', ?, '', FALSE, ?, ?)`, "id-"+p.id, p.id, p.disabled, now, now)
		exec(`INSERT INTO thirdapp_memberships (tenant_id, person_id, state, work_no, title, created_at, updated_at)
			VALUES (?, ?, ?, '', '', ?, ?)`, p.tenant, "id-"+p.id, p.state, now, now)
		if p.bound {
			exec(`INSERT INTO thirdapp_bindings
				(tenant_id, provider, org_id, provider_user_id, union_id, person_id, active, created_at, updated_at)
				VALUES (?, 'dingtalk', ?, ?, '', ?, ?, ?, ?)`, p.tenant, p.org, "d-"+p.id, "id-"+p.id, p.current, now, now)
		}
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		seedAccounts(t, s)
		names := []string{
			"bound", "other", "unbound", "unbinding", "elsewhere", "suspended", "dismissed", "left", "pending",
			"disabled", "foreign", "nobody", "o'neil",
		}
		ids, people := make([]string, len(names)), make([]provider.UserID, len(names))
		for i, n := range names {
			ids[i], people[i] = "id-"+n, provider.UserID("d-"+n)
		}
		account := func(name string, bound bool, status messaging.AccountStatus) messaging.Account {
			a := messaging.Account{UserID: "id-" + name, Username: name, Status: status}
			if bound {
				a.ProviderUserID = provider.UserID("d-" + name)
			}
			return a
		}
		known := []messaging.Account{
			account("bound", true, messaging.AccountActive),
			account("other", true, messaging.AccountActive),
			account("suspended", true, messaging.AccountSuspended),
			account("disabled", true, messaging.AccountSuspended),
			account("unbound", false, messaging.AccountActive),
			account("unbinding", false, messaging.AccountActive),
			account("elsewhere", false, messaging.AccountActive),
			account("dismissed", false, messaging.AccountSuspended),
			account("left", false, messaging.AccountLeft),
		}
		byName, err := s.ByUsername(t.Context(), "t-1", provider.DingTalk, "org", names)
		wantAccounts(t, "ByUsername", byName, err, known)
		byID, err := s.ByUserID(t.Context(), "t-1", provider.DingTalk, "org", ids)
		wantAccounts(t, "ByUserID", byID, err, known)
		byPerson, err := s.ByProviderUserID(t.Context(), "t-1", provider.DingTalk, "org", people)
		wantAccounts(t, "ByProviderUserID", byPerson, err, known[:4])

		// One name takes another path than several.
		for _, a := range known {
			one, err := s.ByUsername(t.Context(), "t-1", provider.DingTalk, "org", []string{a.Username})
			wantAccounts(t, "ByUsername of "+a.Username, one, err, []messaging.Account{a})
		}
		none, err := s.ByUsername(t.Context(), "t-1", provider.DingTalk, "org", []string{"foreign"})
		wantAccounts(t, "ByUsername of another tenant's user", none, err, nil)
		other, err := s.ByUsername(t.Context(), "t-1", provider.WeCom, "org", []string{"bound"})
		wantAccounts(t, "ByUsername at another office app", other, err, []messaging.Account{account("bound", false, messaging.AccountActive)})
		foreign, err := s.ByProviderUserID(t.Context(), "t-2", provider.DingTalk, "org", []provider.UserID{"d-bound"})
		wantAccounts(t, "ByProviderUserID of another tenant", foreign, err, nil)
	})
}

func wantAccounts(tb testing.TB, op string, got []messaging.Account, err error, want []messaging.Account) {
	tb.Helper()
	order := func(a, b messaging.Account) int { return cmp.Compare(a.UserID, b.UserID) }
	got, want = slices.SortedFunc(slices.Values(got), order), slices.SortedFunc(slices.Values(want), order)
	if err != nil || !slices.Equal(got, want) {
		tb.Errorf("%s = %+v, %v; want %+v", op, got, err, want)
	}
}
