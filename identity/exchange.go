package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Exchange is a ticket handed in.
type Exchange struct {
	Ticket  provider.Secret
	Browser provider.Secret
	// Tenant, when it is set, must be that of the ticket.
	Tenant tenant.ID
}

// Login is somebody who is in.
type Login struct {
	Session Session
	Account Account
	// Tenant is the one they logged in to, Provider the office app they came
	// from.
	Tenant   tenant.ID
	Provider provider.Kind
	// Tenants are those in which the session holds, Tenant among them.
	Tenants []tenant.ID
	// Chosen is the one of Tenants that they chose last time, "" when they never
	// did.
	Chosen tenant.ID
}

// Exchange makes a session of a ticket. Of any number of calls with one ticket
// one succeeds.
//
// Refusals: ErrTicket; ErrLeft, ErrSuspended, ErrDisabled, ErrPending,
// ErrStranger when that has come to be since.
func (s *Service) Exchange(ctx context.Context, in Exchange) (Login, error) {
	l, err := s.exchange(ctx, in)
	if err != nil {
		return Login{}, fmt.Errorf("identity: exchange: %w", err)
	}
	return l, nil
}

func (s *Service) exchange(ctx context.Context, in Exchange) (Login, error) {
	v, err := s.open(ctx, forTicket, in.Ticket, in.Browser)
	if err == nil && in.Tenant != "" && in.Tenant != v.tenant {
		err = errors.New("of another tenant")
	}
	if err != nil {
		return Login{}, ErrTicket.WithCause(err)
	}
	var l Login
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.use(ctx, v, ErrTicket); err != nil {
			return err
		}
		l, err = s.enter(ctx, v)
		return err
	})
	return l, err
}

// enter looks the person of a ticket up once more and issues their session.
func (s *Service) enter(ctx context.Context, v voucher) (Login, error) {
	list, err := s.standings.Standings(ctx, Member{v.tenant, v.key()})
	if err != nil {
		return Login{}, err
	}
	who := list[0]
	if who.Binding.UserID != v.UserID {
		return Login{}, ErrTicket.WithCause(errors.New("the member is bound to another account by now"))
	}
	if err := who.usable(); err != nil {
		return Login{}, err
	}
	l := Login{Account: who.Account, Tenant: v.tenant, Provider: v.Provider, Tenants: who.reach()}
	l.Chosen = chosenOf(who.Chosen, l.Tenants)
	l.Session, err = s.sessions.Issue(ctx, SessionRequest{
		UserID: l.Account.UserID, Username: l.Account.Username, Tenant: v.tenant, Provider: v.Provider, Tenants: l.Tenants,
	})
	return l, err
}

// Choose remembers which tenant a user works in, for their next login. The
// tenant must be among those they may act in.
func (s *Service) Choose(ctx context.Context, userID string, tenants []tenant.ID, t tenant.ID) error {
	if !slices.Contains(tenants, t) {
		return fmt.Errorf("identity: choose: %w", tenant.ErrNotAMember)
	}
	if err := s.store.SaveChoice(ctx, userID, t, stamp(s.cfg.Now())); err != nil {
		return fmt.Errorf("identity: choose: %w", err)
	}
	return nil
}

// Chosen returns which of these tenants a user chose last, "" for none.
func (s *Service) Chosen(ctx context.Context, userID string, tenants []tenant.ID) (tenant.ID, error) {
	if len(tenants) < 2 {
		return "", nil
	}
	t, err := s.store.Choice(ctx, userID)
	if err != nil {
		return "", fmt.Errorf("identity: chosen: %w", err)
	}
	return chosenOf(t, tenants), nil
}
