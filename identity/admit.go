package identity

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// visitor is a member of a tenant's company who wants to come in.
type visitor struct {
	tenant tenant.ID
	Key
	union   provider.UnionID
	name    string
	browser provider.Secret
}

func (v visitor) binding(userID string, source Source) Binding {
	return Binding{
		Tenant: v.tenant, Key: v.Key, UnionID: v.union, UserID: userID, Active: true, Source: source,
	}
}

// errNobody is against providers that answer for people outside of the company,
// of whom some office apps tell no user id: they would share one account.
var errNobody = errors.New("the provider tells no user id")

// admit gives a ticket to somebody who has proved to be a member of the
// connection's company.
func (s *Service) admit(
	ctx context.Context, conn tenant.Connection, who provider.LoginIdentity, browser provider.Secret,
) (Admission, error) {
	if who.UserID == "" {
		return Admission{}, ErrStranger.WithCause(errNobody)
	}
	v := visitor{
		tenant: conn.App.Tenant, Key: Key{conn.App.Provider, conn.App.OrgID(), who.UserID},
		union: who.UnionID, name: who.Name, browser: browser,
	}
	account, err := s.boundAccount(ctx, v.tenant, v.Key)
	if errors.Is(err, ErrUnbound) {
		account, err = s.welcome(ctx, conn, v)
	}
	if err != nil {
		return Admission{}, err
	}
	return s.ticket(ctx, v, account)
}

// boundAccount returns the account that a member is bound to, if it may be used.
func (s *Service) boundAccount(ctx context.Context, t tenant.ID, k Key) (Account, error) {
	list, err := s.standings.BoundAccounts(ctx, Member{t, k})
	if err != nil {
		return Account{}, err
	}
	return list[0].Account, list[0].usable()
}

func (s *Service) ticket(ctx context.Context, v visitor, account Account) (Admission, error) {
	ticket, err := s.seal(ctx, forTicket, v.voucher(account.UserID), v.browser, s.cfg.TicketTTL)
	return Admission{Tenant: v.tenant, Provider: v.Provider, Ticket: ticket, Account: account}, err
}

func (v visitor) voucher(userID string) voucher {
	return voucher{
		tenant: v.tenant, Provider: v.Provider, OrgID: v.OrgID, ProviderUserID: v.ProviderUserID,
		UnionID: v.union, Name: v.name, UserID: userID,
	}
}

// welcome does with somebody who is not bound what the tenant wants.
func (s *Service) welcome(ctx context.Context, conn tenant.Connection, v visitor) (Account, error) {
	settings, err := s.store.LoginSettings(ctx, v.tenant)
	if err != nil {
		return Account{}, err
	}
	if settings.Unbound == UnboundDeny {
		return Account{}, s.unbound(ctx, v, false)
	}
	known, err := s.askAbout(ctx, conn, v)
	if err != nil {
		return Account{}, err
	}
	mobile := known.Mobile
	v.name = cmp.Or(v.name, known.Name)
	if mobile == "" && settings.Unbound == UnboundBind {
		return Account{}, s.unbound(ctx, v, s.codes != nil)
	}
	return s.settle(ctx, v, settings.Unbound, mobile)
}

// unbound is the refusal that tells what can still be done.
func (s *Service) unbound(ctx context.Context, v visitor, verifyMobile bool) error {
	proof, err := s.seal(ctx, forProof, v.voucher(""), v.browser, s.cfg.ProofTTL)
	if err != nil {
		return err
	}
	return ErrUnbound.WithDetails(UnboundDetails{Proof: proof.Reveal(), VerifyMobile: verifyMobile, Name: v.name})
}

// askAbout asks the office app about a member: for the number, and the name where
// the login told none. What it does not tell is empty.
func (s *Service) askAbout(ctx context.Context, conn tenant.Connection, v visitor) (provider.Person, error) {
	finder, err := provider.As[provider.PersonFinder](conn.Provider)
	if err != nil {
		return provider.Person{}, nil //nolint:nilerr // an office app that has no such ability does not tell
	}
	return finder.PersonByID(ctx, v.ProviderUserID)
}

// settle binds a member to the account of a mobile number, or to a new one
// where the policy wants it.
func (s *Service) settle(ctx context.Context, v visitor, policy Unbound, mobile string) (Account, error) {
	var account Account
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		var source Source
		var err error
		if account, source, err = s.accountFor(ctx, v, policy, mobile); err != nil {
			return err
		}
		return s.bind(ctx, v.binding(account.UserID, source))
	})
	switch {
	case errors.Is(err, ErrBoundElsewhere), errors.Is(err, tenant.ErrConflict):
		return s.lostRace(ctx, v, err)
	case errors.Is(err, ErrUnbound):
		return Account{}, s.unbound(ctx, v, s.codes != nil)
	case err != nil:
		return Account{}, err
	}
	return account, nil
}

// lostRace: the same person has come in twice at once, and the other was first.
func (s *Service) lostRace(ctx context.Context, v visitor, cause error) (Account, error) {
	account, err := s.boundAccount(ctx, v.tenant, v.Key)
	if errors.Is(err, ErrUnbound) {
		return Account{}, ErrAccountBound.WithCause(cause)
	}
	return account, err
}

func (s *Service) accountFor(ctx context.Context, v visitor, policy Unbound, mobile string) (Account, Source, error) {
	account, err := Account{}, error(tenant.ErrNotFound)
	if mobile != "" {
		account, err = s.accounts.AccountByMobile(ctx, v.tenant, mobile)
	}
	missing := errors.Is(err, tenant.ErrNotFound)
	switch {
	case err != nil && !missing:
		return Account{}, "", err
	case missing && policy == UnboundCreate:
		account, err = s.create(ctx, v, mobile)
		return account, SourceCreated, err
	case missing:
		return Account{}, "", ErrUnbound.WithCause(err)
	case account.Status == AccountStranger && policy == UnboundCreate:
		err = s.accounts.AdmitAccount(ctx, v.tenant, account.UserID)
		account.Status = AccountActive
		return account, SourceMobile, err
	case account.Status == AccountStranger:
		return Account{}, "", ErrUnbound
	}
	return account, SourceMobile, account.usable()
}

// create makes an account. Its name is the mobile number, as that of accounts a
// directory pull makes.
func (s *Service) create(ctx context.Context, v visitor, mobile string) (Account, error) {
	username := mobile
	if username == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return Account{}, err
		}
		username = id.String()
	}
	return s.accounts.CreateAccount(ctx, v.tenant, NewAccount{Username: username, Name: v.name, Mobile: mobile})
}

// bind stores a binding that no administrator made, with its row in the audit
// trail.
func (s *Service) bind(ctx context.Context, b Binding) error {
	row, err := s.trail.Entry(loginActor(), tenant.Operation{Tenant: b.Tenant, Action: "binding.create", Target: b.ID()})
	if err != nil {
		return err
	}
	return s.storeBinding(ctx, b, &row)
}

// storeBinding stores a binding with a row in the audit trail.
func (s *Service) storeBinding(ctx context.Context, b Binding, row *tenant.AuditEntry) error {
	b.CreatedAt = stamp(s.cfg.Now())
	b.UpdatedAt = b.CreatedAt
	row.After = recordOf(b)
	return s.trail.Commit(ctx, row, func(ctx context.Context) error {
		err := s.store.Bind(ctx, b)
		if errors.Is(err, tenant.ErrConflict) {
			return s.conflictOf(ctx, b, err)
		}
		return err
	})
}

// conflictOf tells which side of a binding is taken.
func (s *Service) conflictOf(ctx context.Context, b Binding, cause error) error {
	if _, err := s.store.Binding(ctx, b.Tenant, b.Key); err == nil {
		return ErrBoundElsewhere.WithCause(cause)
	}
	return ErrAccountBound.WithCause(cause)
}
