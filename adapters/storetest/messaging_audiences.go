package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// RunAudiences proves a messaging.Audiences, by departments: that everybody in
// them and below is found once, whatever the pages, with who they are at the
// office app, and in their tenant only.
func RunAudiences(t *testing.T, newHarness func(tb testing.TB) MessagingAccountsHarness) {
	t.Helper()
	runEach(t, newHarness, map[string]func(*testing.T, MessagingAccountsHarness){
		"departments": audienceDepartments,
		"accounts":    audienceAccounts,
		"pages":       audiencePages,
		"not found":   audienceNotFound,
		"tenants":     audienceTenants,
	})
}

// audience reads an audience to its end in pages of a size.
func (h MessagingAccountsHarness) audience(tb testing.TB, t tenant.ID, size int, departments ...string) (all []messaging.Account) {
	tb.Helper()
	of := messaging.Selection{DepartmentIDs: departments}
	seen := map[string]bool{}
	for after := ""; ; {
		list, next, err := h.Audiences.Members(tb.Context(), t, sentBy, sentOrg, of, after, size)
		if err != nil || len(list) > size {
			tb.Fatalf("after %q: %d members, %v; want at most %d", after, len(list), err, size)
		}
		for _, a := range list {
			if seen[a.UserID] {
				tb.Fatalf("%s comes a second time, after %q, in pages of %d", a.Username, after, size)
			}
			seen[a.UserID] = true
		}
		all = append(all, list...)
		switch next {
		case "":
			return all
		case after:
			tb.Fatalf("after %q there is the same position again", after)
		}
		after = next
	}
}

// wantAudience wants users of these names to be in departments.
func (h MessagingAccountsHarness) wantAudience(tb testing.TB, t tenant.ID, departments []string, want ...string) {
	tb.Helper()
	var got []string
	for _, a := range h.audience(tb, t, 100, departments...) {
		got = append(got, a.Username)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		tb.Errorf("in %v of %s: %v, want %v", departments, t, got, want)
	}
}

// audienceDepartments has a tree: the company, research below with a lab, and
// sales beside.
func audienceDepartments(t *testing.T, h MessagingAccountsHarness) {
	company := h.CreateDepartment(t, here, "")
	research, sales := h.CreateDepartment(t, here, company), h.CreateDepartment(t, here, company)
	lab, empty := h.CreateDepartment(t, here, research), h.CreateDepartment(t, here, "")
	in := map[string][]string{"boss": {company}, "ann": {research, sales}, "bob": {lab, research}, "cat": {lab}, "dan": {sales}, "eve": nil}
	for name, departments := range in {
		id := h.CreateAccount(t, name, here)
		for _, d := range departments {
			h.Place(t, here, d, id)
		}
	}
	h.wantAudience(t, here, []string{company}, "boss", "ann", "bob", "cat", "dan")
	h.wantAudience(t, here, []string{research}, "ann", "bob", "cat")
	h.wantAudience(t, here, []string{lab}, "bob", "cat")
	h.wantAudience(t, here, []string{lab, sales}, "ann", "bob", "cat", "dan")
	h.wantAudience(t, here, []string{lab, company, lab}, "boss", "ann", "bob", "cat", "dan")
	h.wantAudience(t, here, []string{empty})
	h.wantAudience(t, here, nil)
}

// audienceAccounts has somebody of each kind: all are told, but for who is no
// member yet.
func audienceAccounts(t *testing.T, h MessagingAccountsHarness) {
	d := h.CreateDepartment(t, here, "")
	active, suspended := h.bound(t, here, "active", true), h.bound(t, here, "suspended", true)
	left, pending := h.bound(t, here, "left", false), h.bound(t, here, "pending", true)
	unbound := messaging.Account{UserID: h.CreateAccount(t, "unbound", here), Username: "unbound"}
	elsewhere := messaging.Account{UserID: h.CreateAccount(t, "elsewhere", here), Username: "elsewhere"}
	h.bind(t, here, "org2", elsewhere.UserID, "d-elsewhere", true)
	for _, a := range []messaging.Account{active, suspended, left, pending, unbound, elsewhere} {
		h.Place(t, here, d, a.UserID)
	}
	h.SetState(t, here, suspended.UserID, "suspended")
	h.SetState(t, here, left.UserID, "suspended")
	h.SetState(t, here, pending.UserID, "pending")
	suspended.Status, left.Status = messaging.AccountSuspended, messaging.AccountLeft
	want := []messaging.Account{active, suspended, left, unbound, elsewhere}
	for _, size := range []int{1, 2, 100} {
		wantRecipients(t, fmt.Sprintf("in pages of %d", size), h.audience(t, here, size, d), nil, want)
	}
}

// audiencePages has more people than a page, in several departments each.
func audiencePages(t *testing.T, h MessagingAccountsHarness) {
	top := h.CreateDepartment(t, here, "")
	departments := []string{top, h.CreateDepartment(t, here, top), h.CreateDepartment(t, here, top)}
	const people = 120 // so many that ids that are numbers get longer
	for n := range people {
		id := h.CreateAccount(t, fmt.Sprintf("user-%03d", n), here)
		h.Place(t, here, departments[n%3], id)
		h.Place(t, here, departments[(n+1)%3], id)
	}
	order := h.audience(t, here, 1000, top)
	if len(order) != people {
		t.Fatalf("%d people in one page, want %d", len(order), people)
	}
	for _, size := range []int{1, 7, 60, 120} {
		if got := h.audience(t, here, size, top); !slices.Equal(got, order) {
			t.Errorf("in pages of %d: %d people %v; want the order of a single page", size, len(got), got)
		}
	}
}

func audienceNotFound(t *testing.T, h MessagingAccountsHarness) {
	d, foreign := h.CreateDepartment(t, here, ""), h.CreateDepartment(t, there, "")
	h.Place(t, here, d, h.CreateAccount(t, "ann", here))
	if foreign == d { // ids may be the tenant's own: one that only the other has
		foreign = h.CreateDepartment(t, there, "")
	}
	for _, c := range []struct {
		unknown string
		asked   []string
	}{
		{"no-such-department", []string{"no-such-department"}},
		{"no-such-department", []string{d, "no-such-department"}},
		{foreign, []string{foreign, d}},
	} {
		_, _, err := h.Audiences.Members(t.Context(), here, sentBy, sentOrg, messaging.Selection{DepartmentIDs: c.asked}, "", 10)
		var refusal *tenant.Error
		if !errors.As(err, &refusal) || refusal.Code != provider.NotFound ||
			!strings.Contains(refusal.Message.EN, c.unknown) || !strings.Contains(refusal.Message.ZH, c.unknown) {
			t.Errorf("departments %v: %v, want a refusal of code NotFound that names %q", c.asked, err, c.unknown)
		}
	}
	_, _, err := h.Audiences.Members(t.Context(), here, sentBy, sentOrg, messaging.Selection{Roles: []string{"no-such-role"}}, "", 10)
	if code := provider.CodeOf(err); code != provider.NotFound && code != provider.Unsupported {
		t.Errorf("a role that does not exist: %v, want it refused as not found or, without roles, as unsupported", err)
	}
}

// audienceTenants has somebody in departments of two tenants.
func audienceTenants(t *testing.T, h MessagingAccountsHarness) {
	ours, theirs := h.CreateDepartment(t, here, ""), h.CreateDepartment(t, there, "")
	both := h.CreateAccount(t, "both", here, there)
	h.Place(t, here, ours, both)
	h.Place(t, there, theirs, both)
	h.Place(t, here, ours, h.CreateAccount(t, "ann", here))
	h.Place(t, there, theirs, h.CreateAccount(t, "bob", there))
	h.bind(t, there, sentOrg, both, "d-both", true)
	h.SetState(t, there, both, "suspended")
	want := []messaging.Account{{UserID: both, Username: "both"}}
	got := slices.DeleteFunc(h.audience(t, here, 10, ours), func(a messaging.Account) bool { return a.UserID != both })
	wantRecipients(t, "in this tenant", got, nil, want)
	want[0].Status, want[0].ProviderUserID = messaging.AccountSuspended, "d-both"
	got = slices.DeleteFunc(h.audience(t, there, 10, theirs), func(a messaging.Account) bool { return a.UserID != both })
	wantRecipients(t, "in the other tenant", got, nil, want)
	h.wantAudience(t, here, []string{ours}, "both", "ann")
	h.wantAudience(t, there, []string{theirs}, "both", "bob")
}
