package storetest_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/tenant"
)

// brokenStandings is a store whose standings have a fault.
type brokenStandings struct {
	*bunstore.Store
	wrap func(identity.Standings) identity.Standings
}

func (s brokenStandings) StandingsOf(accounts identity.Accounts) identity.Standings {
	if standings := s.Store.StandingsOf(accounts); standings != nil {
		return s.wrap(standings)
	}
	return nil
}

// right is what a fault is in.
type right = identity.Standings

// The faults: each is right but for one thing.
type (
	admitsStrangers struct{ right }
	anyMemberFirst  struct{ right }
	boundAnywhere   struct{ right }
	accountsOnly    struct{ right }
	onlyTheirOwn    struct{ right }
	asksOutside     struct{ right }
	remembersAll    struct {
		right
		known *sync.Map
	}
)

func (s admitsStrangers) Standings(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	list, err := s.right.Standings(ctx, members...)
	for i := range list {
		if list[i].Account.Status == "stranger" {
			list[i].Account.Status = identity.AccountActive
		}
	}
	return list, err
}

func (s anyMemberFirst) BoundAccounts(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	list, err := s.right.BoundAccounts(ctx, members...)
	slices.Reverse(list)
	return list, err
}

func (s boundAnywhere) BoundAccounts(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	list, err := s.right.BoundAccounts(ctx, members...)
	for i, m := range members {
		if err == nil && list[i].Binding.UserID == "" {
			m.Tenant = "t-1"
			var one []identity.Standing
			if one, err = s.right.BoundAccounts(ctx, m); err == nil {
				list[i] = one[0]
			}
		}
	}
	return list, err
}

func (s accountsOnly) Standings(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	return s.BoundAccounts(ctx, members...)
}

// Standings forgets the other tenants somebody is a member of.
func (s onlyTheirOwn) Standings(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	list, err := s.right.Standings(ctx, members...)
	for i := range list {
		if len(list[i].Member) > 1 {
			list[i].Member = []tenant.ID{members[i].Tenant}
		}
	}
	return list, err
}

func (s asksOutside) Standings(_ context.Context, members ...identity.Member) ([]identity.Standing, error) {
	return s.right.Standings(context.Background(), members...)
}

func (s remembersAll) Standings(ctx context.Context, members ...identity.Member) ([]identity.Standing, error) {
	if len(members) != 1 {
		return s.right.Standings(ctx, members...)
	}
	if known, ok := s.known.Load(members[0]); ok {
		list, _ := known.([]identity.Standing)
		return slices.Clone(list), nil
	}
	list, err := s.right.Standings(ctx, members...)
	if err == nil {
		s.known.Store(members[0], slices.Clone(list))
	}
	return list, err
}

// standingsFault is a fault with the subtest that must find it.
type standingsFault struct {
	wrap  func(identity.Standings) identity.Standings
	found string
}

func (f standingsFault) foundIn() string { return f.found }

// standingsFaults are the faults with the subtest that must find each.
func standingsFaults() map[string]standingsFault {
	known := &sync.Map{}
	return map[string]standingsFault{
		"admits strangers": {func(s identity.Standings) identity.Standings { return admitsStrangers{s} }, "states"},
		"any member first": {func(s identity.Standings) identity.Standings { return anyMemberFirst{s} }, "states"},
		"bound anywhere":   {func(s identity.Standings) identity.Standings { return boundAnywhere{s} }, "states"},
		"not by itself":    {func(identity.Standings) identity.Standings { return nil }, "states"},
		"accounts only":    {func(s identity.Standings) identity.Standings { return accountsOnly{s} }, "tenants"},
		"only their own":   {func(s identity.Standings) identity.Standings { return onlyTheirOwn{s} }, "tenants"},
		"asks outside":     {func(s identity.Standings) identity.Standings { return asksOutside{s} }, "transaction"},
		"remembers all":    {func(s identity.Standings) identity.Standings { return remembersAll{s, known} }, "transaction"},
		"nothing is wrong": {func(s identity.Standings) identity.Standings { return s }, ""},
	}
}

// TestBrokenStandings runs the suite with the fault that the environment names.
func TestBrokenStandings(t *testing.T) {
	fault := theFault(t, standingsFaults())
	storetest.RunStandings(t, func(tb testing.TB) storetest.StandingsHarness {
		tb.Helper()
		s := sqlite(tb)
		return storetest.StandingsHarness{Store: brokenStandings{s, fault.wrap}, Accounts: bunstoretest.Accounts(s)}
	})
}

func TestStandingsSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenStandings", standingsFaults())
}
