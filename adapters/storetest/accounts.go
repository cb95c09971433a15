package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

// AccountsHarness is an identity.Accounts with what the suite needs to look into
// it.
type AccountsHarness struct {
	identity.Accounts
	tenant.Transactor
	// CreateUser makes a user who is a member of no tenant, and returns the id.
	CreateUser func(tb testing.TB, username, mobile string) string
	// SetStatus makes a user a member of a tenant in a state, or disables them.
	// It is nil where that cannot be done.
	SetStatus func(tb testing.TB, t tenant.ID, userID string, s identity.AccountStatus)
}

// RunAccounts proves an identity.Accounts.
func RunAccounts(t *testing.T, newHarness func(tb testing.TB) AccountsHarness) {
	t.Helper()
	runEach(t, newHarness, map[string]func(*testing.T, AccountsHarness){
		"find":     accountsFound,
		"states":   accountStates,
		"create":   accountsCreated,
		"admit":    accountsAdmitted,
		"rollback": accountsRolledBack,
	})
}

func accountsFound(t *testing.T, h AccountsHarness) {
	id := h.CreateUser(t, "张'三", "13800000001")
	for name, find := range map[string]func() (identity.Account, error){
		"id":     func() (identity.Account, error) { return h.Account(t.Context(), here, id) },
		"name":   func() (identity.Account, error) { return h.AccountByName(t.Context(), here, "张'三") },
		"mobile": func() (identity.Account, error) { return h.AccountByMobile(t.Context(), here, "13800000001") },
	} {
		a, err := find()
		if err != nil || a.UserID != id || a.Username != "张'三" || a.Mobile != "13800000001" || a.Status != identity.AccountStranger {
			t.Errorf("by %s: got %+v, %v; want the stranger", name, a, err)
		}
	}
	for name, find := range map[string]func() (identity.Account, error){
		"id":           func() (identity.Account, error) { return h.Account(t.Context(), here, "nobody") },
		"name":         func() (identity.Account, error) { return h.AccountByName(t.Context(), here, "nobody") },
		"mobile":       func() (identity.Account, error) { return h.AccountByMobile(t.Context(), here, "1") },
		"empty mobile": func() (identity.Account, error) { return h.AccountByMobile(t.Context(), here, "") },
	} {
		if a, err := find(); !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("nobody by %s: got %+v, %v; want ErrNotFound", name, a, err)
		}
	}
	list, err := h.AccountsByID(t.Context(), here, []string{"nobody", id})
	if err != nil || len(list) != 1 || list[0].UserID != id {
		t.Errorf("AccountsByID: got %+v, %v", list, err)
	}
	if list, err := h.AccountsByID(t.Context(), here, nil); err != nil || len(list) != 0 {
		t.Errorf("AccountsByID of nobody: got %+v, %v", list, err)
	}
}

func accountStates(t *testing.T, h AccountsHarness) {
	if h.SetStatus == nil {
		t.Skip("the harness cannot change states")
	}
	for _, s := range []identity.AccountStatus{
		identity.AccountActive, identity.AccountPending, identity.AccountSuspended, identity.AccountDisabled,
	} {
		id := h.CreateUser(t, "user "+string(s), "")
		h.SetStatus(t, here, id, s)
		if a, err := h.Account(t.Context(), here, id); err != nil || a.Status != s {
			t.Errorf("%s: got %+v, %v", s, a, err)
		}
		other := identity.AccountStranger
		if s == identity.AccountDisabled { // on the whole platform
			other = s
		}
		if a, err := h.Account(t.Context(), there, id); err != nil || a.Status != other {
			t.Errorf("%s, seen from another tenant: got %+v, %v; want %s", s, a, err, other)
		}
		tenants, err := h.AccountTenants(t.Context(), id)
		want := s == identity.AccountActive
		if err != nil || slices.Contains(tenants, here) != want {
			t.Errorf("%s: AccountTenants %v, %v; want here in it: %t", s, tenants, err, want)
		}
	}
	if tenants, err := h.AccountTenants(t.Context(), "nobody"); err != nil || len(tenants) != 0 {
		t.Errorf("AccountTenants of nobody: %v, %v", tenants, err)
	}
}

func accountsCreated(t *testing.T, h AccountsHarness) {
	n := identity.NewAccount{Username: "13800000002", Name: "李四", Mobile: "13800000002"}
	a, err := h.CreateAccount(t.Context(), here, n)
	if err != nil || a.UserID == "" || a.Username != n.Username || a.Name != n.Name || a.Status != identity.AccountActive {
		t.Fatalf("CreateAccount: got %+v, %v", a, err)
	}
	if got, err := h.Account(t.Context(), here, a.UserID); err != nil || got != a {
		t.Errorf("Account: got %+v, %v; want %+v", got, err, a)
	}
	if tenants, err := h.AccountTenants(t.Context(), a.UserID); err != nil || !slices.Equal(tenants, []tenant.ID{here}) {
		t.Errorf("AccountTenants: got %v, %v; want the one", tenants, err)
	}
	for name, n := range map[string]identity.NewAccount{
		"name": {Username: n.Username, Name: "x"}, "mobile": {Username: "other", Name: "x", Mobile: n.Mobile},
	} {
		if _, err := h.CreateAccount(t.Context(), there, n); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("CreateAccount with a %s that is taken: %v, want ErrConflict", name, err)
		}
	}
	for _, username := range []string{"no-mobile-1", "no-mobile-2"} {
		if _, err := h.CreateAccount(t.Context(), here, identity.NewAccount{Username: username, Name: "x"}); err != nil {
			t.Errorf("CreateAccount without mobile: %v", err)
		}
	}
}

func accountsAdmitted(t *testing.T, h AccountsHarness) {
	id := h.CreateUser(t, "user", "")
	if err := h.AdmitAccount(t.Context(), here, id); err != nil {
		t.Fatalf("AdmitAccount: %v", err)
	}
	if a, err := h.Account(t.Context(), here, id); err != nil || a.Status != identity.AccountActive {
		t.Errorf("after: %+v, %v", a, err)
	}
	if a, err := h.Account(t.Context(), there, id); err != nil || a.Status != identity.AccountStranger {
		t.Errorf("in another tenant: %+v, %v", a, err)
	}
}

func accountsRolledBack(t *testing.T, h AccountsHarness) {
	err := h.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := h.CreateAccount(ctx, here, identity.NewAccount{Username: "user", Name: "x"}); err != nil {
			return err
		}
		return errChanged
	})
	if !errors.Is(err, errChanged) {
		t.Fatalf("InTx: %v", err)
	}
	if _, err := h.AccountByName(t.Context(), here, "user"); !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("after a rollback: %v, want ErrNotFound", err)
	}
}
