package identity

import (
	"context"
	"errors"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Member names somebody at the office app of a tenant.
type Member struct {
	Tenant tenant.ID
	Key
}

// Standing is what a login goes by: who a member of a company is in a tenant.
type Standing struct {
	// Binding is the member's, active or not; its times are not looked at. The
	// zero Binding of somebody who is not bound.
	Binding Binding
	// Account is that of the binding; the zero Account when there is no such
	// user any more.
	Account Account
	// Member are the tenants that the user is an active member of, as of
	// Accounts.AccountTenants; Chosen is that of Store.Choice. They may be empty
	// of somebody who may not come in.
	Member []tenant.ID
	Chosen tenant.ID
}

// Standings answers what a login asks. It is safe for concurrent use and joins
// the transaction of the context.
type Standings interface {
	// BoundAccounts returns binding and account of each of the members, in their
	// order; the rest of a Standing stays empty.
	BoundAccounts(ctx context.Context, members ...Member) ([]Standing, error)

	// Standings is BoundAccounts with the rest.
	Standings(ctx context.Context, members ...Member) ([]Standing, error)
}

// StandingStore is a Store that can answer by itself what a login asks of it
// and of the Accounts, when it keeps these as well. A Store need not be one: it
// saves a login some round trips to the database.
type StandingStore interface {
	// StandingsOf returns nil when the accounts are not kept in this store.
	StandingsOf(accounts Accounts) Standings
}

// StandingsOf returns who answers for a Store and Accounts: the store alone if
// it can, else each for its part.
func StandingsOf(store Store, accounts Accounts) Standings {
	if s, ok := store.(StandingStore); ok {
		if joined := s.StandingsOf(accounts); joined != nil {
			return joined
		}
	}
	return apart{store, accounts}
}

// apart asks a Store and Accounts one after the other.
type apart struct {
	store    Store
	accounts Accounts
}

// BoundAccounts implements Standings.
func (a apart) BoundAccounts(ctx context.Context, members ...Member) ([]Standing, error) {
	return eachOf(ctx, members, a.boundAccount)
}

// Standings implements Standings.
func (a apart) Standings(ctx context.Context, members ...Member) ([]Standing, error) {
	return eachOf(ctx, members, a.standing)
}

func eachOf(
	ctx context.Context, members []Member, ask func(context.Context, Member) (Standing, error),
) ([]Standing, error) {
	list := make([]Standing, len(members))
	for i, m := range members {
		var err error
		if list[i], err = ask(ctx, m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (a apart) boundAccount(ctx context.Context, m Member) (Standing, error) {
	b, err := a.store.Binding(ctx, m.Tenant, m.Key)
	if errors.Is(err, tenant.ErrNotFound) {
		return Standing{}, nil
	}
	if err != nil {
		return Standing{}, err
	}
	account, err := a.accounts.Account(ctx, m.Tenant, b.UserID)
	if errors.Is(err, tenant.ErrNotFound) {
		account, err = Account{}, nil
	}
	return Standing{Binding: b, Account: account}, err
}

func (a apart) standing(ctx context.Context, m Member) (Standing, error) {
	s, err := a.boundAccount(ctx, m)
	if err != nil || s.usable() != nil {
		return s, err
	}
	if s.Member, err = a.accounts.AccountTenants(ctx, s.Binding.UserID); err != nil {
		return Standing{}, err
	}
	s.Chosen, err = a.store.Choice(ctx, s.Binding.UserID)
	return s, err
}

// usable returns why a member may not come in, nil when they may.
func (s Standing) usable() error {
	switch {
	case s.Binding.UserID == "":
		return ErrUnbound.WithCause(tenant.ErrNotFound)
	case !s.Binding.Active:
		return ErrLeft
	case s.Account.UserID == "":
		return ErrStranger.WithCause(tenant.ErrNotFound)
	}
	return s.Account.usable()
}

// reach returns the tenants in which a login of somebody with a union id holds:
// see the package comment.
func (s Standing) reach(union provider.UnionID) []tenant.ID {
	if s.Binding.provedBy(union) {
		return s.Member
	}
	return []tenant.ID{s.Binding.Tenant}
}

// chosenOf returns the last choice if it is one of several tenants.
func chosenOf(choice tenant.ID, tenants []tenant.ID) tenant.ID {
	if len(tenants) < 2 || !slices.Contains(tenants, choice) {
		return ""
	}
	return choice
}
