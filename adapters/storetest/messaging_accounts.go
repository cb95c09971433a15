package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// MessagingAccountsHarness is an empty platform to whose users messages are to
// be sent, and the ways to fill it.
type MessagingAccountsHarness struct {
	Accounts messaging.Accounts
	// CreateAccount adds a user who is an active member of the given tenants,
	// and returns the id.
	CreateAccount func(tb testing.TB, username string, tenants ...tenant.ID) (userID string)
	// SetState makes a member "active", "pending" or "suspended".
	SetState func(tb testing.TB, t tenant.ID, userID, state string)
	// Bind stores who a user is at the office app; inactive is a binding of
	// somebody who has left there. bunstore.Store has it, for hosts as well.
	Bind func(ctx context.Context, b identity.Binding) error

	// Audiences, with what makes departments and puts members into them, are
	// for RunAudiences only.
	Audiences        messaging.Audiences
	CreateDepartment func(tb testing.TB, t tenant.ID, parentID string) (id string)
	Place            func(tb testing.TB, t tenant.ID, departmentID, userID string)
}

// RunMessagingAccounts proves a messaging.Accounts: that users are found by
// their names and ids on both sides, with who they are at the office app and
// whether they can be sent anything, and in their tenant only.
func RunMessagingAccounts(t *testing.T, newHarness func(tb testing.TB) MessagingAccountsHarness) {
	t.Helper()
	runEach(t, newHarness, map[string]func(*testing.T, MessagingAccountsHarness){
		"found":    recipientsFound,
		"unknown":  recipientsUnknown,
		"statuses": recipientStatuses,
		"bindings": recipientBindings,
		"tenants":  recipientTenants,
		"many":     recipientsMany,
	})
}

const (
	sentBy  provider.Kind = "fake"
	sentOrg string        = "org"
)

// bound makes a new user who is bound to the person "d-" + username, or was.
func (h MessagingAccountsHarness) bound(tb testing.TB, t tenant.ID, username string, active bool) messaging.Account {
	tb.Helper()
	a := messaging.Account{UserID: h.CreateAccount(tb, username, t), Username: username, Status: messaging.AccountActive}
	person := provider.UserID("d-" + username)
	h.bind(tb, t, sentOrg, a.UserID, person, active)
	if active {
		a.ProviderUserID = person
	}
	return a
}

func (h MessagingAccountsHarness) bind(
	tb testing.TB, t tenant.ID, orgID, userID string, person provider.UserID, active bool,
) {
	tb.Helper()
	err := h.Bind(tb.Context(), identity.Binding{
		Tenant: t, Key: identity.Key{Provider: sentBy, OrgID: orgID, ProviderUserID: person}, UserID: userID,
		Active: active, Source: identity.SourceDirectory, CreatedAt: instant(0), UpdatedAt: instant(0),
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// wantByName and the others look users up and want exactly these.
func (h MessagingAccountsHarness) wantByName(tb testing.TB, t tenant.ID, orgID string, names []string, want ...messaging.Account) {
	tb.Helper()
	got, err := h.Accounts.ByUsername(tb.Context(), t, sentBy, orgID, names)
	wantRecipients(tb, "by username", got, err, want)
}

func (h MessagingAccountsHarness) wantByID(tb testing.TB, t tenant.ID, orgID string, ids []string, want ...messaging.Account) {
	tb.Helper()
	got, err := h.Accounts.ByUserID(tb.Context(), t, sentBy, orgID, ids)
	wantRecipients(tb, "by user id", got, err, want)
}

func (h MessagingAccountsHarness) wantByPerson(tb testing.TB, t tenant.ID, orgID string, ids []provider.UserID, want ...messaging.Account) {
	tb.Helper()
	got, err := h.Accounts.ByProviderUserID(tb.Context(), t, sentBy, orgID, ids)
	wantRecipients(tb, "by the office app's id", got, err, want)
}

// wantRecipients compares users, in any order.
func wantRecipients(tb testing.TB, op string, got []messaging.Account, err error, want []messaging.Account) {
	tb.Helper()
	got, want = statedByName(got), statedByName(want)
	if err != nil || !slices.Equal(got, want) {
		tb.Errorf("%s:\n got %+v, %v\nwant %+v", op, got, err, want)
	}
}

// statedByName sorts users and spells their status out.
func statedByName(list []messaging.Account) []messaging.Account {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Status == "" {
			list[i].Status = messaging.AccountActive
		}
	}
	slices.SortFunc(list, func(a, b messaging.Account) int { return strings.Compare(a.Username, b.Username) })
	return list
}

func recipientsFound(t *testing.T, h MessagingAccountsHarness) {
	odd := h.bound(t, here, `张'三 "%\?`, true)
	plain := h.bound(t, here, "li.si", true)
	unbound := messaging.Account{UserID: h.CreateAccount(t, "wang.wu", here), Username: "wang.wu"}
	h.wantByName(t, here, sentOrg, []string{odd.Username, unbound.Username, plain.Username}, odd, unbound, plain)
	h.wantByID(t, here, sentOrg, []string{unbound.UserID, plain.UserID, odd.UserID}, odd, unbound, plain)
	h.wantByPerson(t, here, sentOrg, []provider.UserID{plain.ProviderUserID, odd.ProviderUserID}, odd, plain)
	for _, a := range []messaging.Account{odd, plain, unbound} {
		h.wantByName(t, here, sentOrg, []string{a.Username}, a)
		h.wantByID(t, here, sentOrg, []string{a.UserID}, a)
	}
}

func recipientsUnknown(t *testing.T, h MessagingAccountsHarness) {
	a := h.bound(t, here, "li.si", true)
	h.wantByName(t, here, sentOrg, []string{"nobody", "", "%", a.Username, "li_si"}, a)
	h.wantByID(t, here, sentOrg, []string{"nobody", "", "0", "-1", a.UserID, "o'neil"}, a)
	h.wantByPerson(t, here, sentOrg, []provider.UserID{"nobody", "", a.ProviderUserID, "%"}, a)
	h.wantByName(t, here, sentOrg, []string{"nobody"})
	h.wantByName(t, here, sentOrg, nil)
	h.wantByID(t, here, sentOrg, nil)
	h.wantByPerson(t, here, sentOrg, nil)
}

// recipientStatuses has somebody of each kind. Who is suspended and not bound
// any more has left; who waits for approval is no member yet.
func recipientStatuses(t *testing.T, h MessagingAccountsHarness) {
	active, suspended := h.bound(t, here, "active", true), h.bound(t, here, "suspended", true)
	left, unbinding := h.bound(t, here, "left", false), h.bound(t, here, "unbinding", false)
	pending := h.bound(t, here, "pending", true)
	h.SetState(t, here, suspended.UserID, "suspended")
	h.SetState(t, here, left.UserID, "suspended")
	h.SetState(t, here, pending.UserID, "pending")
	suspended.Status, left.Status = messaging.AccountSuspended, messaging.AccountLeft
	all := []messaging.Account{active, suspended, left, unbinding, pending}
	var names, ids []string
	var people []provider.UserID
	for _, a := range all {
		names, ids, people = append(names, a.Username), append(ids, a.UserID), append(people, provider.UserID("d-"+a.Username))
	}
	h.wantByName(t, here, sentOrg, names, active, suspended, left, unbinding)
	h.wantByID(t, here, sentOrg, ids, active, suspended, left, unbinding)
	h.wantByPerson(t, here, sentOrg, people, active, suspended)
	h.SetState(t, here, suspended.UserID, "active")
	suspended.Status = messaging.AccountActive
	h.wantByName(t, here, sentOrg, []string{suspended.Username}, suspended)
}

// recipientBindings has people be somebody else in each organisation.
func recipientBindings(t *testing.T, h MessagingAccountsHarness) {
	both, one := h.bound(t, here, "both", true), h.bound(t, here, "one", true)
	gone := h.bound(t, here, "gone", false)
	h.bind(t, here, "org2", both.UserID, "d-one", true) // another person of that id
	names := []string{"both", "one", "gone"}
	h.wantByName(t, here, sentOrg, names, both, one, gone)
	h.wantByPerson(t, here, sentOrg, []provider.UserID{"d-both", "d-one", "d-gone"}, both, one)
	abroad := both
	abroad.ProviderUserID, one.ProviderUserID = "d-one", ""
	h.wantByName(t, here, "org2", names, abroad, one, gone)
	h.wantByID(t, here, "org2", []string{both.UserID, one.UserID}, abroad, one)
	h.wantByPerson(t, here, "org2", []provider.UserID{"d-both", "d-one", "d-gone"}, abroad)

	both.ProviderUserID = ""
	got, err := h.Accounts.ByUsername(t.Context(), here, "other", sentOrg, names)
	wantRecipients(t, "by username, at another office app", got, err, []messaging.Account{both, one, gone})
	got, err = h.Accounts.ByProviderUserID(t.Context(), here, "other", sentOrg, []provider.UserID{"d-both", "d-one"})
	wantRecipients(t, "by the id of another office app", got, err, nil)
}

// recipientTenants has people in one tenant, in both, and suspended in one.
func recipientTenants(t *testing.T, h MessagingAccountsHarness) {
	foreign, both := h.bound(t, there, "foreign", true), h.bound(t, here, "both", true)
	guest := messaging.Account{UserID: h.CreateAccount(t, "guest", here, there), Username: "guest"}
	h.bind(t, there, sentOrg, guest.UserID, "d-both", true) // the same person, in the other tenant
	h.SetState(t, here, guest.UserID, "suspended")
	names, ids := []string{"foreign", "both", "guest"}, []string{foreign.UserID, both.UserID, guest.UserID}
	people := []provider.UserID{"d-foreign", "d-both"}
	guest.Status = messaging.AccountSuspended
	h.wantByName(t, here, sentOrg, names, both, guest)
	h.wantByID(t, here, sentOrg, ids, both, guest)
	h.wantByPerson(t, here, sentOrg, people, both)
	guest.Status, guest.ProviderUserID = messaging.AccountActive, "d-both"
	h.wantByName(t, there, sentOrg, names, foreign, guest)
	h.wantByID(t, there, sentOrg, ids, foreign, guest)
	h.wantByPerson(t, there, sentOrg, people, foreign, guest)
	h.wantByName(t, "t-3", sentOrg, names)
}

// mostNamed is how many people one message can name.
const mostNamed = 10_000

// recipientsMany looks as many names up at once as a message can have, some of
// them twice.
func recipientsMany(t *testing.T, h MessagingAccountsHarness) {
	var want []messaging.Account
	var names, ids []string
	var people []provider.UserID
	for n := range 120 {
		a := h.bound(t, here, fmt.Sprintf("user-%03d", n), true)
		want = append(want, a)
		names, ids, people = append(names, a.Username), append(ids, a.UserID), append(people, a.ProviderUserID)
	}
	names, ids, people = append(names, names[:10]...), append(ids, ids[:10]...), append(people, people[:10]...)
	for n := range mostNamed - len(names) {
		name := fmt.Sprint("nobody-", n)
		names, ids, people = append(names, name), append(ids, name), append(people, provider.UserID(name))
	}
	h.wantByName(t, here, sentOrg, names, want...)
	h.wantByID(t, here, sentOrg, ids, want...)
	h.wantByPerson(t, here, sentOrg, people, want...)
}
