package storetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The faults: each is a store that is right but for one thing.
type (
	usesAgain       struct{ *bunstore.Store }
	usesOutside     struct{ *bunstore.Store }
	usesForAll      struct{ *bunstore.Store }
	sharesBindings  struct{ *bunstore.Store }
	takesOver       struct{ *bunstore.Store }
	forgetsProof    struct{ *bunstore.Store }
	sharesLogins    struct{ *bunstore.Store }
	savesOverAll    struct{ *bunstore.Store }
	disabledTenants struct{ *bunstore.Store }
	prunesLogins    struct{ *bunstore.Store }
	takesAgain      struct{ *bunstore.Store }
	keepsTickets    struct{ *bunstore.Store }
)

func (s takesAgain) UseTickets(ctx context.Context, wait bool, list ...identity.Ticket) ([]identity.TicketUse, error) {
	uses, err := s.Store.UseTickets(ctx, wait, list...)
	for i := range uses {
		uses[i] = identity.TicketTaken
	}
	return uses, err
}

func (keepsTickets) ReturnTickets(context.Context, ...identity.Ticket) error { return nil }

func (s usesAgain) Use(ctx context.Context, t tenant.ID, id string, until time.Time) error {
	if err := s.Store.Use(ctx, t, id, until); !errors.Is(err, tenant.ErrConflict) {
		return err
	}
	return nil
}

func (s usesOutside) Use(_ context.Context, t tenant.ID, id string, until time.Time) error {
	// SQLite has one writer: where the caller has a transaction, this waits for
	// it in vain.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.Store.Use(ctx, t, id, until)
}

func (s usesForAll) Use(ctx context.Context, _ tenant.ID, id string, until time.Time) error {
	return s.Store.Use(ctx, "t-1", id, until)
}

func (s sharesBindings) Unbind(ctx context.Context, t tenant.ID, k identity.Key) error {
	err := s.Store.Unbind(ctx, t, k)
	for _, other := range []tenant.ID{"t-1", "t-2"} {
		if err != nil {
			err = s.Store.Unbind(ctx, other, k)
		}
	}
	return err
}

func (s takesOver) Bind(ctx context.Context, b identity.Binding) error {
	err := s.Store.Bind(ctx, b)
	if errors.Is(err, tenant.ErrConflict) && s.Store.Unbind(ctx, b.Tenant, b.Key) == nil {
		return s.Store.Bind(ctx, b)
	}
	return err
}

func (s forgetsProof) Bind(ctx context.Context, b identity.Binding) error {
	b.ProvedBy = ""
	return s.Store.Bind(ctx, b)
}

func (s sharesLogins) LoginSettings(ctx context.Context, t tenant.ID) (identity.Settings, error) {
	in, err := s.Store.LoginSettings(ctx, "t-1")
	in.Tenant = t
	return in, err
}

func (s savesOverAll) SaveLoginSettings(ctx context.Context, in identity.Settings, _ time.Time) error {
	now, err := s.LoginSettings(ctx, in.Tenant)
	if err != nil {
		return err
	}
	return s.Store.SaveLoginSettings(ctx, in, now.UpdatedAt)
}

func (s disabledTenants) TenantsOf(ctx context.Context, kind provider.Kind, orgID string, limit int) ([]tenant.ID, error) {
	list, err := s.Store.TenantsOf(ctx, kind, orgID, limit)
	if orgID == "org-1" {
		list = append(list, "t-3")
	}
	return list, err
}

func (s prunesLogins) PruneLogins(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.Store.PruneLogins(ctx, now.AddDate(1, 0, 0), limit)
}

// brokenIdentities are the faults with the subtest that must find each.
func brokenIdentities() map[string]fault[storetest.IdentityStore] {
	return map[string]fault[storetest.IdentityStore]{
		"uses again":       {func(s *bunstore.Store) storetest.IdentityStore { return usesAgain{s} }, "use,_many_at_once"},
		"uses outside":     {func(s *bunstore.Store) storetest.IdentityStore { return usesOutside{s} }, "use,_rolled_back"},
		"takes again":      {func(s *bunstore.Store) storetest.IdentityStore { return takesAgain{s} }, "tickets"},
		"keeps tickets":    {func(s *bunstore.Store) storetest.IdentityStore { return keepsTickets{s} }, "tickets,_returned"},
		"uses for all":     {func(s *bunstore.Store) storetest.IdentityStore { return usesForAll{s} }, "use"},
		"shares bindings":  {func(s *bunstore.Store) storetest.IdentityStore { return sharesBindings{s} }, "unbind"},
		"takes over":       {func(s *bunstore.Store) storetest.IdentityStore { return takesOver{s} }, "bind"},
		"forgets proof":    {func(s *bunstore.Store) storetest.IdentityStore { return forgetsProof{s} }, "bind"},
		"shares settings":  {func(s *bunstore.Store) storetest.IdentityStore { return sharesLogins{s} }, "login_settings"},
		"saves over all":   {func(s *bunstore.Store) storetest.IdentityStore { return savesOverAll{s} }, "login_settings"},
		"disabled tenants": {func(s *bunstore.Store) storetest.IdentityStore { return disabledTenants{s} }, "tenants_of_an_organisation"},
		"prunes too much":  {func(s *bunstore.Store) storetest.IdentityStore { return prunesLogins{s} }, "prune"},
		"nothing is wrong": {func(s *bunstore.Store) storetest.IdentityStore { return s }, ""},
	}
}

// TestBrokenIdentityStore runs the suite on the fault that the environment names.
func TestBrokenIdentityStore(t *testing.T) {
	storetest.RunIdentity(t, theFault(t, brokenIdentities()).open)
}

func TestIdentitySuiteFindsFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenIdentityStore", brokenIdentities())
}
