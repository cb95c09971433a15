package casbinauthz

import (
	"fmt"
	"slices"

	"github.com/casbin/casbin/v2/rbac"
	defaultrolemanager "github.com/casbin/casbin/v2/rbac/default-role-manager"
)

// links is a role manager that knows direct links only, which is what there is:
// from a user to a role of a tenant, and from a role to a permission. Casbin's
// own one is made for chains and patterns of roles: it takes about 1 kB per
// link, makes and drops objects for every name it does not know, and holds that
// every name has the role of that name.
//
// It is written and read under the lock of the enforcer.
type links struct {
	// What Casbin asks of a role manager besides, nothing here uses.
	rbac.RoleManager
	known map[origin][]string
}

// origin is where links begin: a name in a domain, "" where there is none.
type origin struct{ name, domain string }

func newLinks() *links {
	return &links{RoleManager: defaultrolemanager.NewRoleManager(0), known: make(map[origin][]string)}
}

func originOf(name string, domain []string) origin {
	if len(domain) == 0 {
		return origin{name, ""}
	}
	return origin{name, domain[0]}
}

// AddLink implements rbac.RoleManager.
func (l *links) AddLink(from, to string, domain ...string) error {
	at := originOf(from, domain)
	if !slices.Contains(l.known[at], to) {
		l.known[at] = append(l.known[at], to)
	}
	return nil
}

// DeleteLink implements rbac.RoleManager.
func (l *links) DeleteLink(from, to string, domain ...string) error {
	at := originOf(from, domain)
	left := slices.DeleteFunc(l.known[at], func(known string) bool { return known == to })
	if len(left) == 0 {
		delete(l.known, at)
	} else {
		l.known[at] = left
	}
	return nil
}

// HasLink implements rbac.RoleManager.
func (l *links) HasLink(from, to string, domain ...string) (bool, error) {
	return slices.Contains(l.known[originOf(from, domain)], to), nil
}

// Clear implements rbac.RoleManager.
func (l *links) Clear() error {
	clear(l.known)
	return nil
}

// may returns the function of the matcher that follows the links of a user in
// a tenant to roles, and theirs to permissions. Casbin's own functions of role
// definitions remember every answer until a grant changes, a memory that grows
// with everybody who asks, and would be asked once for each role.
func may(granted, permitted *links) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		if len(args) != 3 {
			return nil, fmt.Errorf("want a user, a tenant and a permission, got %d names", len(args))
		}
		user, _ := args[0].(string) // the matcher passes strings
		tenant, _ := args[1].(string)
		permission, _ := args[2].(string)
		for _, role := range granted.known[origin{user, tenant}] {
			if slices.Contains(permitted.known[origin{role, ""}], permission) {
				return true, nil
			}
		}
		return false, nil
	}
}
