package tenant

import (
	"cmp"
	"context"
	"fmt"
	"iter"
)

// Grantee names the holder of a grant to be taken away.
type Grantee struct {
	// UserID is the platform user's id. When it is empty Username decides:
	// the member of that name now, else the grant shown with that name.
	UserID   string
	Username string
}

// Grant gives a role to the user of that name, an active member of the tenant,
// and returns the grant; one that was there is left as it is. It needs
// ActionWrite on ObjectGrant, and for RoleOwner ActionGrantOwner, too.
// RolePlatformAdmin is granted in Platform and nowhere else; only a holder of
// that role, or the system, may grant it.
//
// Refusals: ErrUserNotFound; a role that is unknown or does not belong there.
func (s *Service) Grant(ctx context.Context, t ID, username string, role Role) (Grant, error) {
	var grant Grant
	op := Operation{Tenant: t, Need: Permission{ObjectGrant, ActionWrite}, Action: "grant.add", Target: username}
	err := s.administer(ctx, op, func(ctx context.Context, row *AuditEntry) error {
		if err := s.mayHandOut(ctx, t, role); err != nil {
			return err
		}
		user, err := s.users.UserByName(ctx, t, username)
		if err != nil {
			return userMissing(err)
		}
		grant = Grant{
			Tenant: t, UserID: user.ID, Username: user.Username, Role: role,
			GrantedBy: row.ActorID, CreatedAt: row.At,
		}
		row.Target, row.After = user.ID, recordOfGrant(grant)
		return s.changeGrant(ctx, row, func(ctx context.Context) (bool, error) {
			added, err := s.store.AddGrant(ctx, grant)
			if err == nil && !added {
				grant, err = s.held(ctx, t, Grantee{UserID: user.ID}, role)
			}
			return added, err
		})
	})
	if err != nil {
		return Grant{}, err
	}
	s.refresh(ctx, t)
	return grant, nil
}

// Revoke takes a role away. It needs what Grant needs; the user need not be a
// member of the tenant any more.
//
// Refusals: ErrGrantNotFound when there is no such grant; ErrLastManager when
// nobody would be left who may manage the tenant's grants, unless the actor may
// do so anyway.
func (s *Service) Revoke(ctx context.Context, t ID, who Grantee, role Role) error {
	op := Operation{
		Tenant: t, Need: Permission{ObjectGrant, ActionWrite}, Action: "grant.remove",
		Target: cmp.Or(who.UserID, who.Username),
	}
	err := s.administer(ctx, op, func(ctx context.Context, row *AuditEntry) error {
		if err := s.mayHandOut(ctx, t, role); err != nil {
			return err
		}
		grant, err := s.held(ctx, t, who, role)
		if err != nil {
			return err
		}
		row.Target, row.Before = grant.UserID, recordOfGrant(grant)
		return s.changeGrant(ctx, row, func(ctx context.Context) (bool, error) {
			return s.takeAway(ctx, grant)
		})
	})
	if err != nil {
		return err
	}
	s.refresh(ctx, t)
	return nil
}

// Grants returns the grants in a tenant, by user name and role. It needs
// ActionRead on ObjectGrant.
func (s *Service) Grants(ctx context.Context, t ID, p Page) (List[Grant], error) {
	if _, err := Authorize(ctx, s.authz, t, ObjectGrant, ActionRead); err != nil {
		return List[Grant]{}, fmt.Errorf("tenant: grants: %w", err)
	}
	list, err := s.store.Grants(ctx, t, p)
	if err != nil {
		return List[Grant]{}, fmt.Errorf("tenant: grants: %w", err)
	}
	return list, nil
}

// eachGrant yields the grants in a tenant, piece by piece.
func (s *Service) eachGrant(ctx context.Context, t ID) iter.Seq2[Grant, error] {
	return func(yield func(Grant, error) bool) {
		for p := (Page{Limit: MaxPageLimit}); ; {
			list, err := s.store.Grants(ctx, t, p)
			if err != nil {
				yield(Grant{}, err)
				return
			}
			for _, g := range list.Items {
				if !yield(g, nil) {
					return
				}
			}
			if list.Next == "" {
				return
			}
			p.Cursor = list.Next
		}
	}
}
