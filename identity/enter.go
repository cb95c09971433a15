package identity

import (
	"context"
	"errors"
	"slices"

	"github.com/thirdapp/thirdapp/internal/gather"
)

// Concurrent exchanges share a transaction: most of the cost of one is its
// commit. entryLeaders is how many such transactions there
// are at a time, where the store can write more than one.
const (
	entryLeaders = 2
	entryGroup   = 32
)

// entry is an exchange on its way: a ticket, and what comes of it.
type entry struct {
	voucher
	login Login
	// err is why this one is refused, whatever becomes of others.
	err error
}

func (e *entry) ticket() Ticket {
	return Ticket{Member: Member{e.tenant, e.key()}, ID: e.ID, Until: e.until()}
}

// errHeldUp is the refusal of an entry whose binding is not there, or is being
// changed.
var errHeldUp = errors.New("the member is not bound")

// enter uses a ticket up and issues a session. Where Sessions or Accounts are
// the host's own, which may take their time, nobody else waits for them.
func (s *Service) enter(ctx context.Context, v voucher) (Login, error) {
	e := &entry{voucher: v}
	if s.issuer != nil && s.joined && !s.store.Joined(ctx) {
		err := s.entries.Do(ctx, e)
		if !errors.Is(err, errHeldUp) {
			return e.login, err
		}
	}
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.enterAll(ctx, true, e); err != nil {
			return err
		}
		return e.err
	})
	if err != nil {
		return Login{}, err
	}
	return e.login, nil
}

// enterTogether lets a group enter in one transaction. Who is held up does not
// hold up the group.
func (s *Service) enterTogether(ctx context.Context, group []*gather.Share[*entry]) {
	gather.Together(ctx, group, func(ctx context.Context, list []*entry) ([]error, error) {
		err := s.store.InTx(ctx, func(ctx context.Context) error { return s.enterAll(ctx, false, list...) })
		if err != nil {
			return nil, err
		}
		errs := make([]error, len(list))
		for i, e := range list {
			errs[i] = e.err
		}
		return errs, nil
	})
}

// enterAll uses tickets up, looks their people up once more and issues their
// sessions, or says in the err of each why not. Who is refused keeps the ticket.
func (s *Service) enterAll(ctx context.Context, wait bool, list ...*entry) error {
	taken, err := s.useTickets(ctx, wait, list)
	if err != nil || len(taken) == 0 {
		return err
	}
	if err := s.lookUp(ctx, taken); err != nil {
		return err
	}
	if list = unrefused(taken); len(list) < len(taken) {
		if err := s.store.ReturnTickets(ctx, ticketsOf(refused(taken))...); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	sessions, err := s.issueAll(ctx, requests(list))
	if err != nil {
		return err
	}
	for i, e := range list {
		e.login.Session = sessions[i]
	}
	return nil
}

// useTickets returns those whose tickets it could use.
func (s *Service) useTickets(ctx context.Context, wait bool, list []*entry) ([]*entry, error) {
	uses, err := s.store.UseTickets(ctx, wait, ticketsOf(list)...)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		switch uses[i] {
		case TicketTaken:
			e.err = nil
		case TicketSpent:
			e.err = ErrTicket.WithCause(errUsed)
		case TicketHeldUp:
			e.err = ErrTicket.WithCause(errHeldUp)
		}
	}
	return unrefused(list), nil
}

func (s *Service) lookUp(ctx context.Context, list []*entry) error {
	members := make([]Member, len(list))
	for i, e := range list {
		members[i] = e.ticket().Member
	}
	standings, err := s.standings.Standings(ctx, members...)
	if err != nil {
		return err
	}
	for i, e := range list {
		e.login, e.err = e.loginOf(standings[i])
	}
	return nil
}

// loginOf returns the login of a ticket but for its session, or why its person
// may not enter.
func (e *entry) loginOf(who Standing) (Login, error) {
	if who.Binding.UserID != e.UserID {
		return Login{}, ErrTicket.WithCause(errors.New("the member is bound to another account by now"))
	}
	if err := who.usable(); err != nil {
		return Login{}, err
	}
	reach := who.reach(e.UnionID)
	return Login{
		Account: who.Account, Tenant: e.tenant, Provider: e.Provider, Tenants: reach, Chosen: chosenOf(who.Chosen, reach),
	}, nil
}

func (s *Service) issueAll(ctx context.Context, list []SessionRequest) ([]Session, error) {
	if s.issuer != nil {
		return s.issuer.IssueAll(ctx, list...)
	}
	sessions := make([]Session, len(list))
	for i, r := range list {
		var err error
		if sessions[i], err = s.sessions.Issue(ctx, r); err != nil {
			return nil, err
		}
	}
	return sessions, nil
}

func requests(list []*entry) []SessionRequest {
	out := make([]SessionRequest, len(list))
	for i, e := range list {
		l := e.login
		out[i] = SessionRequest{
			UserID: l.Account.UserID, Username: l.Account.Username, Tenant: l.Tenant, Provider: l.Provider, Tenants: l.Tenants,
		}
	}
	return out
}

func ticketsOf(list []*entry) []Ticket {
	out := make([]Ticket, len(list))
	for i, e := range list {
		out[i] = e.ticket()
	}
	return out
}

func unrefused(list []*entry) []*entry {
	return slices.DeleteFunc(slices.Clone(list), func(e *entry) bool { return e.err != nil })
}

func refused(list []*entry) []*entry {
	return slices.DeleteFunc(slices.Clone(list), func(e *entry) bool { return e.err == nil })
}
