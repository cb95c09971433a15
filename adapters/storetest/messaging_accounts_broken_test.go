package storetest_test

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The faults: each is accounts, or audiences, that are right but for one thing.
type (
	anyTenantsNames  struct{ *bunstore.Store }
	anyTenantsIDs    struct{ *bunstore.Store }
	anyTenantsPeople struct{ *bunstore.Store }
	oneOrganisation  struct{ *bunstore.Store }
	oneOfficeApp     struct{ *bunstore.Store }
	allActive        struct{ *bunstore.Store }
	nobodyLeft       struct{ *bunstore.Store }
	boundOnly        struct{ *bunstore.Store }
	inventsNames     struct{ *bunstore.Store }
	firstHundred     struct{ *bunstore.Store }
	onceForEachName  struct{ *bunstore.Store }

	activeAudience    struct{ *bunstore.Store }
	repeatsMembers    struct{ *bunstore.Store }
	skipsMembers      struct{ *bunstore.Store }
	widePages         struct{ *bunstore.Store }
	endsEarly         struct{ *bunstore.Store }
	reordersPages     struct{ *bunstore.Store }
	forgivesUnknown   struct{ *bunstore.Store }
	silentUnknown     struct{ *bunstore.Store }
	unboundAudience   struct{ *bunstore.Store }
	noNestedPeople    struct{ *bunstore.Store }
	anyTenantsMembers struct{ *bunstore.Store }
)

func (s anyTenantsNames) ByUsername(
	ctx context.Context, _ tenant.ID, kind provider.Kind, orgID string, names []string,
) ([]messaging.Account, error) {
	return s.Store.ByUsername(ctx, "t-2", kind, orgID, names)
}

func (s anyTenantsIDs) ByUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []string,
) ([]messaging.Account, error) {
	list, err := s.Store.ByUserID(ctx, t, kind, orgID, ids)
	if t != "t-1" || err != nil {
		return list, err
	}
	more, err := s.Store.ByUserID(ctx, "t-2", kind, orgID, ids)
	return append(list, more...), err
}

func (s anyTenantsPeople) ByProviderUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []provider.UserID,
) ([]messaging.Account, error) {
	list, err := s.Store.ByProviderUserID(ctx, t, kind, orgID, ids)
	if t != "t-1" || err != nil {
		return list, err
	}
	more, err := s.Store.ByProviderUserID(ctx, "t-2", kind, orgID, ids)
	return append(list, more...), err
}

func (s oneOrganisation) ByUsername(
	ctx context.Context, t tenant.ID, kind provider.Kind, _ string, names []string,
) ([]messaging.Account, error) {
	return s.Store.ByUsername(ctx, t, kind, "org", names)
}

func (s oneOfficeApp) ByProviderUserID(
	ctx context.Context, t tenant.ID, _ provider.Kind, orgID string, ids []provider.UserID,
) ([]messaging.Account, error) {
	return s.Store.ByProviderUserID(ctx, t, "fake", orgID, ids)
}

func (s allActive) ByUsername(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, names []string,
) ([]messaging.Account, error) {
	list, err := s.Store.ByUsername(ctx, t, kind, orgID, names)
	for i := range list {
		list[i].Status = messaging.AccountActive
	}
	return list, err
}

func (s nobodyLeft) ByUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []string,
) ([]messaging.Account, error) {
	list, err := s.Store.ByUserID(ctx, t, kind, orgID, ids)
	return slices.DeleteFunc(list, func(a messaging.Account) bool { return a.Status == messaging.AccountLeft }), err
}

func (s boundOnly) ByUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []string,
) ([]messaging.Account, error) {
	list, err := s.Store.ByUserID(ctx, t, kind, orgID, ids)
	return slices.DeleteFunc(list, func(a messaging.Account) bool { return a.ProviderUserID == "" }), err
}

func (s inventsNames) ByUsername(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, names []string,
) ([]messaging.Account, error) {
	list, err := s.Store.ByUsername(ctx, t, kind, orgID, names)
	for _, name := range names {
		if !slices.ContainsFunc(list, func(a messaging.Account) bool { return a.Username == name }) {
			list = append(list, messaging.Account{Username: name})
		}
	}
	return list, err
}

func (s firstHundred) ByUserID(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, ids []string,
) ([]messaging.Account, error) {
	return s.Store.ByUserID(ctx, t, kind, orgID, ids[:min(len(ids), 100)])
}

// ByUsername returns somebody as often as they are named.
func (s onceForEachName) ByUsername(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, names []string,
) ([]messaging.Account, error) {
	found, err := s.Store.ByUsername(ctx, t, kind, orgID, names)
	var list []messaging.Account
	for _, name := range names {
		for _, a := range found {
			if a.Username == name {
				list = append(list, a)
			}
		}
	}
	return list, err
}

func (s activeAudience) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, next, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	return slices.DeleteFunc(list, func(a messaging.Account) bool { return a.Status != messaging.AccountActive }), next, err
}

// Members begins a page with the last one of the page before.
func (s repeatsMembers) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, next, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	if err != nil || after == "" {
		return list, next, err
	}
	again, err := s.ByUserID(ctx, t, kind, orgID, []string{after})
	list = append(again, list...)
	return list[:min(len(list), limit)], next, err
}

// Members misses the first one of a page.
func (s skipsMembers) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, next, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	if after != "" && len(list) > 0 {
		list = list[1:]
	}
	return list, next, err
}

func (s widePages) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	return s.Store.Members(ctx, t, kind, orgID, of, after, limit*2)
}

// Members ends after the first page.
func (s endsEarly) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, _, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	return list, "", err
}

// Members has another order in pages of some sizes.
func (s reordersPages) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, next, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	slices.SortFunc(list, func(a, b messaging.Account) int { return cmp.Compare(b.Username, a.Username) })
	return list, next, err
}

// Members leaves departments out that do not exist.
func (s forgivesUnknown) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	of.DepartmentIDs = slices.DeleteFunc(slices.Clone(of.DepartmentIDs), func(id string) bool {
		_, _, err := s.Store.Members(ctx, t, kind, orgID, messaging.Selection{DepartmentIDs: []string{id}}, "", 1)
		return err != nil
	})
	return s.Store.Members(ctx, t, kind, orgID, of, after, limit)
}

// Members does not say which department does not exist.
func (s silentUnknown) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, next, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	if provider.CodeOf(err) == provider.NotFound {
		err = tenant.Refuse(provider.NotFound, "not_found", "部门不存在", "there is no such department")
	}
	return list, next, err
}

func (s unboundAudience) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, _ string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	return s.Store.Members(ctx, t, kind, "another", of, after, limit)
}

// Members knows only who is in the departments themselves.
func (s noNestedPeople) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, next, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	var in []string
	for _, id := range of.DepartmentIDs {
		var ids []string
		if err := s.DB().NewRaw("SELECT person_id FROM thirdapp_department_members WHERE tenant_id = ? AND department_id = ?", t, id).
			Scan(ctx, &ids); err != nil {
			return nil, "", err
		}
		in = append(in, ids...)
	}
	return slices.DeleteFunc(list, func(a messaging.Account) bool { return !slices.Contains(in, a.UserID) }), next, err
}

// Members tells of people what they are in the first tenant.
func (s anyTenantsMembers) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) ([]messaging.Account, string, error) {
	list, next, err := s.Store.Members(ctx, t, kind, orgID, of, after, limit)
	for i, a := range list {
		own, err := s.ByUserID(ctx, "t-1", kind, orgID, []string{a.UserID})
		if err != nil {
			return nil, "", err
		}
		if len(own) == 1 {
			list[i] = own[0]
		}
	}
	return list, next, err
}

// recipientFault makes what messages are sent to wrong.
type recipientFault struct {
	found  string
	change func(*storetest.MessagingAccountsHarness, *bunstore.Store)
}

func (f recipientFault) foundIn() string { return f.found }

// brokenRecipients are the faults with the subtest that must find each.
func brokenRecipients() map[string]recipientFault {
	type harness = storetest.MessagingAccountsHarness
	accounts := func(found string, wrap func(*bunstore.Store) messaging.Accounts) recipientFault {
		return recipientFault{"accounts/" + found, func(h *harness, s *bunstore.Store) { h.Accounts = wrap(s) }}
	}
	audiences := func(found string, wrap func(*bunstore.Store) messaging.Audiences) recipientFault {
		return recipientFault{"audiences/" + found, func(h *harness, s *bunstore.Store) { h.Audiences = wrap(s) }}
	}
	return map[string]recipientFault{
		"any tenant's names":  accounts("tenants", func(s *bunstore.Store) messaging.Accounts { return anyTenantsNames{s} }),
		"any tenant's ids":    accounts("tenants", func(s *bunstore.Store) messaging.Accounts { return anyTenantsIDs{s} }),
		"any tenant's people": accounts("tenants", func(s *bunstore.Store) messaging.Accounts { return anyTenantsPeople{s} }),
		"one organisation":    accounts("bindings", func(s *bunstore.Store) messaging.Accounts { return oneOrganisation{s} }),
		"one office app":      accounts("bindings", func(s *bunstore.Store) messaging.Accounts { return oneOfficeApp{s} }),
		"all active":          accounts("statuses", func(s *bunstore.Store) messaging.Accounts { return allActive{s} }),
		"nobody left":         accounts("statuses", func(s *bunstore.Store) messaging.Accounts { return nobodyLeft{s} }),
		"bound only":          accounts("found", func(s *bunstore.Store) messaging.Accounts { return boundOnly{s} }),
		"invents names":       accounts("unknown", func(s *bunstore.Store) messaging.Accounts { return inventsNames{s} }),
		"first hundred":       accounts("many", func(s *bunstore.Store) messaging.Accounts { return firstHundred{s} }),
		"once for each name":  accounts("many", func(s *bunstore.Store) messaging.Accounts { return onceForEachName{s} }),
		"admits all": {"accounts/statuses", func(h *harness, _ *bunstore.Store) {
			set := h.SetState
			h.SetState = func(tb testing.TB, t tenant.ID, userID, state string) {
				tb.Helper()
				if state != "pending" {
					set(tb, t, userID, state)
				}
			}
		}},
		"old bindings": {"accounts/bindings", func(h *harness, s *bunstore.Store) {
			h.Bind = func(ctx context.Context, b identity.Binding) error {
				b.Active = true
				return s.Bind(ctx, b)
			}
		}},

		"active audience":      audiences("accounts", func(s *bunstore.Store) messaging.Audiences { return activeAudience{s} }),
		"unbound audience":     audiences("accounts", func(s *bunstore.Store) messaging.Audiences { return unboundAudience{s} }),
		"repeats members":      audiences("pages", func(s *bunstore.Store) messaging.Audiences { return repeatsMembers{s} }),
		"skips members":        audiences("pages", func(s *bunstore.Store) messaging.Audiences { return skipsMembers{s} }),
		"wide pages":           audiences("pages", func(s *bunstore.Store) messaging.Audiences { return widePages{s} }),
		"ends early":           audiences("pages", func(s *bunstore.Store) messaging.Audiences { return endsEarly{s} }),
		"reorders pages":       audiences("pages", func(s *bunstore.Store) messaging.Audiences { return reordersPages{s} }),
		"forgives unknown":     audiences("not_found", func(s *bunstore.Store) messaging.Audiences { return forgivesUnknown{s} }),
		"silent unknown":       audiences("not_found", func(s *bunstore.Store) messaging.Audiences { return silentUnknown{s} }),
		"no nested people":     audiences("departments", func(s *bunstore.Store) messaging.Audiences { return noNestedPeople{s} }),
		"any tenant's members": audiences("tenants", func(s *bunstore.Store) messaging.Audiences { return anyTenantsMembers{s} }),

		"nothing is wrong": {"", func(*harness, *bunstore.Store) {}},
	}
}

// TestBrokenRecipients runs the suites on the fault that the environment names.
func TestBrokenRecipients(t *testing.T) {
	fault := theFault(t, brokenRecipients())
	newHarness := func(tb testing.TB) storetest.MessagingAccountsHarness {
		tb.Helper()
		s := sqlite(tb)
		h := bunstoretest.Recipients(s)
		fault.change(&h, s)
		return h
	}
	t.Run("accounts", func(t *testing.T) { storetest.RunMessagingAccounts(t, newHarness) })
	t.Run("audiences", func(t *testing.T) { storetest.RunAudiences(t, newHarness) })
}

func TestRecipientSuitesFindFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenRecipients", brokenRecipients())
}
