package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Bindings returns those of a tenant. It needs ActionRead on ObjectBinding.
func (s *Service) Bindings(ctx context.Context, t tenant.ID, f BindingFilter, p tenant.Page) (tenant.List[BoundAccount], error) {
	if _, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectBinding, tenant.ActionRead); err != nil {
		return tenant.List[BoundAccount]{}, fmt.Errorf("identity: bindings: %w", err)
	}
	list, err := s.bindings(ctx, t, f, p)
	if err != nil {
		return tenant.List[BoundAccount]{}, fmt.Errorf("identity: bindings: %w", err)
	}
	return list, nil
}

// OwnBindings returns the actor's own in a tenant.
func (s *Service) OwnBindings(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[BoundAccount], error) {
	actor, ok := tenant.ActorFrom(ctx)
	if !ok {
		return tenant.List[BoundAccount]{}, fmt.Errorf("identity: own bindings: %w", tenant.ErrNoActor)
	}
	list, err := s.bindings(ctx, t, BindingFilter{UserID: actor.UserID}, p)
	if err != nil {
		return tenant.List[BoundAccount]{}, fmt.Errorf("identity: own bindings: %w", err)
	}
	return list, nil
}

// BoundAccount is a binding with the account, of which only the UserID is known
// when it does not exist any more.
type BoundAccount struct {
	Binding
	Account Account
}

func (s *Service) bindings(ctx context.Context, t tenant.ID, f BindingFilter, p tenant.Page) (tenant.List[BoundAccount], error) {
	found, err := s.store.Bindings(ctx, t, f, p)
	if err != nil {
		return tenant.List[BoundAccount]{}, err
	}
	ids := make([]string, len(found.Items))
	for i, b := range found.Items {
		ids[i] = b.UserID
	}
	accounts, err := s.accounts.AccountsByID(ctx, t, ids)
	if err != nil {
		return tenant.List[BoundAccount]{}, err
	}
	byID := make(map[string]Account, len(accounts))
	for _, a := range accounts {
		byID[a.UserID] = a
	}
	list := tenant.List[BoundAccount]{Items: make([]BoundAccount, len(found.Items)), Next: found.Next}
	for i, b := range found.Items {
		a := byID[b.UserID]
		a.UserID = b.UserID
		list.Items[i] = BoundAccount{b, a}
	}
	return list, nil
}

// NewBinding is who an administrator binds.
type NewBinding struct {
	Provider       provider.Kind
	ProviderUserID provider.UserID
	// UserID, or else Username, names an active member of the tenant.
	UserID   string
	Username string
}

// Bind binds a member of the company that the tenant is connected to. It needs
// ActionWrite on ObjectBinding, and every right in the tenant that the account
// has: whoever logs in as somebody can do what they can.
//
// Refusals: no account or no member is named; tenant.ErrNotConfigured;
// tenant.ErrUserNotFound; ErrSuspended and its like; tenant.ErrStronger;
// ErrBoundElsewhere, ErrAccountBound; what the office app says of a member that
// it does not know.
func (s *Service) Bind(ctx context.Context, t tenant.ID, in NewBinding) (BoundAccount, error) {
	var bound BoundAccount
	op := tenant.Operation{Tenant: t, Need: permissionToBind(), Action: "binding.create", Target: string(in.Provider) + "/" + string(in.ProviderUserID)}
	err := s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		account, err := s.accountToBind(ctx, t, in)
		if err != nil {
			return err
		}
		actor, _ := tenant.ActorFrom(ctx)
		if err := tenant.NoStronger(ctx, s.authz, t, actor, account.UserID); err != nil {
			return err
		}
		b, err := s.memberToBind(ctx, t, in)
		if err != nil {
			return err
		}
		b.UserID = account.UserID
		row.Target = b.ID()
		bound = BoundAccount{b, account}
		return s.storeBinding(ctx, b, row)
	})
	if err != nil {
		return BoundAccount{}, err
	}
	stored, err := s.store.Binding(ctx, t, bound.Key)
	if err != nil {
		return BoundAccount{}, fmt.Errorf("identity: binding.create: %w", err)
	}
	bound.Binding = stored
	return bound, nil
}

func permissionToBind() tenant.Permission {
	return tenant.Permission{Object: tenant.ObjectBinding, Action: tenant.ActionWrite}
}

func (s *Service) accountToBind(ctx context.Context, t tenant.ID, in NewBinding) (account Account, err error) {
	switch {
	case in.UserID != "":
		account, err = s.accounts.Account(ctx, t, in.UserID)
	case in.Username != "":
		account, err = s.accounts.AccountByName(ctx, t, in.Username)
	default:
		return Account{}, tenant.Refuse(provider.InvalidArgument, "no_user",
			"请指定userId或username", "give userId or username").WithField("username")
	}
	// Who exists outside of the tenant is not told.
	if errors.Is(err, tenant.ErrNotFound) || err == nil && account.Status == AccountStranger {
		return Account{}, tenant.ErrUserNotFound.WithField("username")
	}
	if err == nil {
		err = account.usable()
	}
	return account, err
}

// memberToBind asks the office app for the member.
func (s *Service) memberToBind(ctx context.Context, t tenant.ID, in NewBinding) (Binding, error) {
	if in.ProviderUserID == "" {
		return Binding{}, tenant.Refuse(provider.InvalidArgument, "no_provider_user",
			"请指定providerUserId（办公应用中的用户ID）", "give providerUserId, the person's user id at the office app").
			WithField("providerUserId")
	}
	conn, err := s.connector.Connect(ctx, t, in.Provider)
	if err != nil {
		return Binding{}, err
	}
	finder, err := provider.As[provider.PersonFinder](conn.Provider)
	if err != nil {
		return Binding{}, err
	}
	p, err := finder.PersonByID(ctx, in.ProviderUserID)
	if err != nil {
		return Binding{}, err
	}
	return Binding{
		Tenant: t, Key: Key{in.Provider, conn.App.OrgID(), p.UserID}, UnionID: p.UnionID,
		Active: true, Source: SourceAdmin,
	}, nil
}

// Unbind removes a binding and ends the sessions that came out of it. It needs
// ActionWrite on ObjectBinding. Refusal: ErrBindingNotFound.
func (s *Service) Unbind(ctx context.Context, t tenant.ID, id string) error {
	op := tenant.Operation{Tenant: t, Need: permissionToBind(), Action: "binding.delete", Target: id}
	return s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		return s.unbind(ctx, t, id, row, func(Binding) bool { return true })
	})
}

// UnbindOwn is Unbind of one of the actor's own, which needs no permission.
// Anybody else's is ErrBindingNotFound.
func (s *Service) UnbindOwn(ctx context.Context, t tenant.ID, id string) error {
	op := tenant.Operation{Tenant: t, Action: "binding.delete", Target: id}
	return s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		return s.unbind(ctx, t, id, row, func(b Binding) bool { return b.UserID == row.ActorID })
	})
}

func (s *Service) unbind(ctx context.Context, t tenant.ID, id string, row *tenant.AuditEntry, may func(Binding) bool) error {
	k, ok := ParseBindingID(id)
	if !ok {
		return ErrBindingNotFound
	}
	return s.trail.Commit(ctx, row, func(ctx context.Context) error {
		b, err := s.store.Binding(ctx, t, k)
		if errors.Is(err, tenant.ErrNotFound) || err == nil && !may(b) {
			return ErrBindingNotFound.WithCause(err)
		}
		if err != nil {
			return err
		}
		if err := s.store.Unbind(ctx, t, k); err != nil {
			return err
		}
		row.Before = recordOf(b)
		return s.EndSessions(ctx, t, b.UserID)
	})
}

// BindOwn is what somebody who is signed in binds to their own account.
type BindOwn struct {
	// Proof is that of UnboundDetails: that they are a member of the tenant's
	// company.
	Proof   provider.Secret
	Browser provider.Secret
	// Everywhere is true when their session was not itself made by a login of
	// this package, and holds in all of their tenants.
	Everywhere bool
}

// BindOwn binds the actor to the member that they have proved to be. A binding
// that is there already stays. Refusals: ErrProof, ErrBoundElsewhere,
// ErrAccountBound; ErrSuspended and its like.
func (s *Service) BindOwn(ctx context.Context, t tenant.ID, in BindOwn) (BoundAccount, error) {
	var bound BoundAccount
	op := tenant.Operation{Tenant: t, Action: "binding.create"}
	err := s.administer(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		v, err := s.openProof(ctx, t, in.Proof, in.Browser)
		if err != nil {
			return err
		}
		row.Target = v.key().ID()
		account, err := s.accounts.Account(ctx, t, row.ActorID)
		if errors.Is(err, tenant.ErrNotFound) {
			err = ErrStranger.WithCause(err)
		}
		if err == nil {
			err = account.usable()
		}
		if err != nil {
			return err
		}
		b := v.visitor(in.Browser).binding(row.ActorID, SourcePerson)
		if in.Everywhere {
			b.ProvedBy = row.ActorID
		}
		bound = BoundAccount{b, account}
		return s.store.InTx(ctx, func(ctx context.Context) error {
			if err := s.use(ctx, v, ErrProof); err != nil {
				return err
			}
			return s.storeBinding(ctx, b, row)
		})
	})
	if errors.Is(err, ErrBoundElsewhere) {
		if old, storeErr := s.store.Binding(ctx, t, bound.Key); storeErr == nil && old.UserID == bound.UserID && old.Active {
			err = nil
		}
	}
	if err != nil {
		return BoundAccount{}, err
	}
	stored, err := s.store.Binding(ctx, t, bound.Key)
	if err != nil {
		return BoundAccount{}, fmt.Errorf("identity: binding.create: %w", err)
	}
	bound.Binding = stored
	return bound, nil
}

// openProof returns a proof that is good in a tenant; "" is the proof's own.
func (s *Service) openProof(ctx context.Context, t tenant.ID, proof, browser provider.Secret) (voucher, error) {
	v, err := s.open(ctx, forProof, proof, browser)
	if err == nil && t != "" && v.tenant != t {
		err = errors.New("of another tenant")
	}
	if err != nil {
		return voucher{}, ErrProof.WithCause(err)
	}
	return v, nil
}

// visitor is who a proof is of.
func (v voucher) visitor(browser provider.Secret) visitor {
	return visitor{tenant: v.tenant, Key: v.key(), union: v.UnionID, name: v.Name, browser: browser}
}
