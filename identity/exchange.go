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
		err = ErrTicket.WithCause(err)
		s.cfg.Metrics.countFailure("", err)
		return Login{}, err
	}
	l, err := s.enter(ctx, v)
	s.cfg.Metrics.count(v.Provider, err)
	return l, err
}

// Choose remembers which tenant a user works in, for their next login. The
// tenant must be among those they may act in. Of one tenant nothing is
// remembered: a login that holds in it alone decides nothing for the others.
func (s *Service) Choose(ctx context.Context, userID string, tenants []tenant.ID, t tenant.ID) error {
	if !slices.Contains(tenants, t) {
		return fmt.Errorf("identity: choose: %w", tenant.ErrNotAMember)
	}
	if len(tenants) < 2 {
		return nil
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
