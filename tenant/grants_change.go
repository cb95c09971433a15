package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// mayHandOut refuses a role that does not belong into the tenant, and RoleOwner
// from the hands of those who may not give it.
func (s *Service) mayHandOut(ctx context.Context, t ID, role Role) error {
	if _, known := Roles()[role]; !known {
		return errUnknownRole(role)
	}
	if (t == Platform) != (role == RolePlatformAdmin) {
		return errMisplacedRole(role)
	}
	if _, err := ParseID(string(t)); err != nil && t != Platform {
		return err
	}
	if role != RoleOwner {
		return nil
	}
	_, err := Authorize(ctx, s.authz, t, ObjectGrant, ActionGrantOwner)
	return err
}

// changeGrant writes a grant and, if that changed anything, the audit row, in
// one transaction.
func (s *Service) changeGrant(
	ctx context.Context, row *AuditEntry, write func(ctx context.Context) (changed bool, err error),
) error {
	return s.store.InTx(ctx, func(ctx context.Context) error {
		changed, err := write(ctx)
		if err != nil || !changed {
			return err
		}
		return s.store.AppendAudit(ctx, *row)
	})
}

// held finds a grant by its holder.
func (s *Service) held(ctx context.Context, t ID, who Grantee, role Role) (Grant, error) {
	userID, err := s.userID(ctx, t, who)
	if err != nil {
		return Grant{}, err
	}
	var byName *Grant
	for g, err := range s.eachGrant(ctx, t) {
		switch {
		case err != nil:
			return Grant{}, err
		case g.Role != role:
		case g.UserID == userID:
			return g, nil
		case who.UserID == "" && g.Username == who.Username && byName == nil:
			byName = &g
		}
	}
	if byName == nil {
		return Grant{}, ErrGrantNotFound
	}
	return *byName, nil
}

// userID returns the id of a grantee, "" when nobody has their name any more.
func (s *Service) userID(ctx context.Context, t ID, who Grantee) (string, error) {
	if who.UserID != "" {
		return who.UserID, nil
	}
	user, err := s.users.UserByName(ctx, t, who.Username)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	return user.ID, nil
}

// takeAway removes a grant unless nobody would be left to manage the others.
// The store makes transactions that change grants wait for each other, so that
// two managers cannot remove one another at the same time.
func (s *Service) takeAway(ctx context.Context, g Grant) (changed bool, err error) {
	changed, err = s.store.RemoveGrant(ctx, g.Tenant, g.UserID, g.Role)
	if err != nil {
		return false, err
	}
	if !changed { // somebody else was faster
		return false, ErrGrantNotFound
	}
	if !managesGrants(g.Role) {
		return true, nil
	}
	spared, err := s.mayLeaveNobody(ctx, g.Tenant)
	if err != nil || spared {
		return spared, err
	}
	return true, s.refuseNobodyLeft(ctx, g.Tenant)
}

// mayLeaveNobody reports whether the actor can grant the role again without
// holding any grant in the tenant.
func (s *Service) mayLeaveNobody(ctx context.Context, t ID) (bool, error) {
	actor, _ := ActorFrom(ctx)
	if actor.System {
		return true, nil
	}
	if t == Platform {
		return false, nil
	}
	return s.authz.Everywhere(ctx, actor.UserID)
}

func (s *Service) refuseNobodyLeft(ctx context.Context, t ID) error {
	for g, err := range s.eachGrant(ctx, t) {
		if err != nil {
			return err
		}
		if managesGrants(g.Role) {
			return nil
		}
	}
	return ErrLastManager
}

func managesGrants(r Role) bool {
	return slices.Contains(Roles()[r], Permission{ObjectGrant, ActionWrite})
}

// refresh shows the authorizer a committed change. Should it fail, the
// authorizer finds the change by itself a little later.
func (s *Service) refresh(ctx context.Context, t ID) {
	if err := s.authz.Refresh(ctx); err != nil {
		s.cfg.Logger.WarnContext(ctx, "grants not refreshed",
			"tenant", t, "op", "grant.refresh", "code", provider.CodeOf(err).String(), "error", err)
	}
}

// userMissing turns the answer of Users into the refusal a person reads.
func userMissing(err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrUserNotFound.WithField("username").WithCause(err)
	}
	return err
}

// recordOfGrant returns the audit form of a grant.
func recordOfGrant(g Grant) json.RawMessage {
	return mustJSON(struct {
		UserID   string `json:"userId"`
		Username string `json:"username"`
		Role     Role   `json:"role"`
	}{g.UserID, g.Username, g.Role})
}
