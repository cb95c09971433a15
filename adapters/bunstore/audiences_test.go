package bunstore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// place makes a department, below another unless parent is "", and puts people
// into it.
func place(tb testing.TB, s *bunstore.Store, t tenant.ID, id, parent string, people ...string) {
	tb.Helper()
	now := time.Now().UTC()
	statement(tb, s, `INSERT INTO thirdapp_departments
		(tenant_id, id, parent_id, name, sort_order, provider, org_id, remote_id, created_at, updated_at)
		VALUES (?, ?, ?, ?, 0, '', '', '', ?, ?)`, t, id, parent, id, now, now)
	for _, p := range people {
		statement(tb, s, `INSERT INTO thirdapp_department_members
			(tenant_id, department_id, person_id, leader, sort_order) VALUES (?, ?, ?, FALSE, 0)`, t, id, "id-"+p)
	}
}

func statement(tb testing.TB, s *bunstore.Store, query string, args ...any) {
	tb.Helper()
	if _, err := s.DB().ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

// members reads an audience to its end in pieces of the given size.
func members(tb testing.TB, s *bunstore.Store, t tenant.ID, size int, departments ...string) []messaging.Account {
	tb.Helper()
	var all []messaging.Account
	after := ""
	for range 100 {
		list, next, err := s.Members(tb.Context(), t, provider.DingTalk, "org",
			messaging.Selection{DepartmentIDs: departments}, after, size)
		if err != nil || len(list) > size {
			tb.Fatalf("Members(%v) after %q = %d accounts, %v; want at most %d", departments, after, len(list), err, size)
		}
		all = append(all, list...)
		if next == "" {
			return all
		}
		after = next
	}
	tb.Fatal("the audience does not end")
	return nil
}

func names(accounts []messaging.Account) string {
	list := make([]string, len(accounts))
	for i, a := range accounts {
		list[i] = a.Username
	}
	return strings.Join(list, " ")
}

func TestAudiences(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		seedAccounts(t, s)
		place(t, s, "t-1", "company", "", "bound", "suspended")
		place(t, s, "t-1", "research", "company", "bound", "unbound", "pending")
		place(t, s, "t-1", "lab", "research", "other", "disabled")
		place(t, s, "t-1", "sales", "", "elsewhere", "other", "nobody")
		place(t, s, "t-2", "sales", "", "foreign")
		place(t, s, "t-2", "far", "company", "foreign")

		for _, c := range []struct {
			departments []string
			want        string
		}{
			{[]string{"company"}, "bound disabled other suspended unbound"},
			{[]string{"research"}, "bound disabled other unbound"},
			{[]string{"lab", "sales"}, "disabled elsewhere other"},
			{[]string{"lab", "company", "sales", "lab"}, "bound disabled elsewhere other suspended unbound"},
			{nil, ""},
		} {
			for size := 1; size < 8; size++ {
				if got := names(members(t, s, "t-1", size, c.departments...)); got != c.want {
					t.Errorf("%v in pieces of %d: got %q, want %q", c.departments, size, got, c.want)
				}
			}
		}
		if got := names(members(t, s, "t-2", 5, "sales")); got != "foreign" {
			t.Errorf("another tenant's department of the same id: got %q, want foreign", got)
		}
		want := []messaging.Account{
			{UserID: "id-bound", Username: "bound", ProviderUserID: "d-bound", Status: messaging.AccountActive},
			{UserID: "id-disabled", Username: "disabled", ProviderUserID: "d-disabled", Status: messaging.AccountSuspended},
			{UserID: "id-other", Username: "other", ProviderUserID: "d-other", Status: messaging.AccountActive},
			{UserID: "id-suspended", Username: "suspended", ProviderUserID: "d-suspended", Status: messaging.AccountSuspended},
			{UserID: "id-unbound", Username: "unbound", Status: messaging.AccountActive},
		}
		if got := members(t, s, "t-1", 10, "company"); !slices.Equal(got, want) {
			t.Errorf("company:\n got %+v\nwant %+v", got, want)
		}
	})
}

func TestAudiencesInACircle(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		seedAccounts(t, s)
		place(t, s, "t-1", "a", "b", "bound")
		place(t, s, "t-1", "b", "a", "other")
		if got := names(members(t, s, "t-1", 5, "a")); got != "bound other" {
			t.Errorf("departments that are each other's parents: got %q, want everybody once", got)
		}
	})
}

func TestAudiencesRefusals(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		place(t, s, "t-1", "lab", "")
		place(t, s, "t-2", "far", "")
		for _, c := range []struct {
			of    messaging.Selection
			code  provider.Code
			names string
		}{
			{messaging.Selection{DepartmentIDs: []string{"lab", "gone"}}, provider.NotFound, "gone"},
			{messaging.Selection{DepartmentIDs: []string{"far"}}, provider.NotFound, "far"},
			{messaging.Selection{DepartmentIDs: []string{"lab"}, Roles: []string{"boss"}}, provider.Unsupported, ""},
			{messaging.Selection{DepartmentIDs: []string{"l\x00b"}}, provider.InvalidArgument, ""},
		} {
			_, _, err := s.Members(t.Context(), "t-1", provider.DingTalk, "org", c.of, "", 10)
			var refusal *tenant.Error
			if !errors.As(err, &refusal) || refusal.Code != c.code ||
				!strings.Contains(refusal.Message.EN, c.names) || !strings.Contains(refusal.Message.ZH, c.names) {
				t.Errorf("%+v: got %v, want a refusal of code %s that names %q", c.of, err, c.code, c.names)
			}
		}
	})
}

// TestAudiencesOfManyDepartments has a deep tree, in which everybody is in
// several departments.
func TestAudiencesOfManyDepartments(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		const depth, people = 40, 60
		now := time.Now().UTC()
		all := make([]string, people)
		for n := range all {
			all[n] = fmt.Sprintf("p%02d", n)
			statement(t, s, `INSERT INTO thirdapp_people
				(id, username, realname, avatar_url, disabled, password_hash, must_change_password, created_at, updated_at)
				VALUES (?, ?, '', '', FALSE, '', FALSE, ?, ?)`, "id-"+all[n], all[n], now, now)
			statement(t, s, `INSERT INTO thirdapp_memberships
				(tenant_id, person_id, state, work_no, title, created_at, updated_at)
				VALUES ('t-1', ?, 'active', '', '', ?, ?)`, "id-"+all[n], now, now)
		}
		parent := ""
		for n := range depth {
			id := fmt.Sprint("d", n)
			place(t, s, "t-1", id, parent, all[n%people], all[(n+1)%people])
			parent = id
		}
		if got, want := names(members(t, s, "t-1", 7, "d0", "d5")), strings.Join(all[:depth+1], " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
