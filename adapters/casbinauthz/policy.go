package casbinauthz

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/thirdapp/thirdapp/tenant"
)

//go:embed model.conf
var modelText string

// The prefixes keep the names of different things apart.
func subject(userID string) string { return "u:" + userID }
func role(r tenant.Role) string    { return "r:" + string(r) }
func domain(t tenant.ID) string    { return "t:" + string(t) }
func permission(o tenant.Object, a tenant.Action) string {
	return "perm:" + string(o) + "." + string(a)
}

// newEnforcer returns an enforcer that knows the roles and nobody who has one.
func newEnforcer(roles map[tenant.Role][]tenant.Permission) (*casbin.SyncedEnforcer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("casbinauthz: model: %w", err)
	}
	e, err := casbin.NewSyncedEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("casbinauthz: enforcer: %w", err)
	}
	granted, permitted := newLinks(), newLinks()
	e.SetNamedRoleManager("g", granted)
	e.SetNamedRoleManager("g2", permitted)
	e.AddFunction("may", may(granted, permitted))
	for _, r := range slices.Sorted(maps.Keys(roles)) {
		for _, p := range roles[r] {
			if _, err := e.AddNamedGroupingPolicy("g2", role(r), permission(p.Object, p.Action)); err != nil {
				return nil, fmt.Errorf("casbinauthz: role %s: %w", r, err)
			}
		}
	}
	return e, nil
}

// wellPlaced reports whether a grant is one that Service.Grant hands out: a
// known role, RolePlatformAdmin for all tenants and the others for one. Nothing
// else in the source gives any right.
//
// Casbin knows a line by its parts joined with commas: with none in the role
// and the tenant two lines are never taken for each other, whatever the ids of
// users are.
func wellPlaced(c tenant.GrantChange, roles map[tenant.Role][]tenant.Permission) bool {
	if _, known := roles[c.Role]; !known || c.UserID == "" {
		return false
	}
	if c.Tenant == tenant.Platform {
		return c.Role == tenant.RolePlatformAdmin
	}
	_, err := tenant.ParseID(string(c.Tenant))
	return err == nil && c.Role != tenant.RolePlatformAdmin
}
