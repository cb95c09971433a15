package casbinauthz

import (
	"fmt"

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
	known map[link]struct{}
}

// link leads from one name to another in a domain; "" where there is none.
type link struct{ from, to, domain string }

func newLinks() *links {
	return &links{RoleManager: defaultrolemanager.NewRoleManager(0), known: make(map[link]struct{})}
}

func linkOf(from, to string, domain []string) link {
	if len(domain) == 0 {
		return link{from, to, ""}
	}
	return link{from, to, domain[0]}
}

// AddLink implements rbac.RoleManager.
func (l *links) AddLink(from, to string, domain ...string) error {
	l.known[linkOf(from, to, domain)] = struct{}{}
	return nil
}

// DeleteLink implements rbac.RoleManager.
func (l *links) DeleteLink(from, to string, domain ...string) error {
	delete(l.known, linkOf(from, to, domain))
	return nil
}

// HasLink implements rbac.RoleManager.
func (l *links) HasLink(from, to string, domain ...string) (bool, error) {
	_, ok := l.known[linkOf(from, to, domain)]
	return ok, nil
}

// Clear implements rbac.RoleManager.
func (l *links) Clear() error {
	clear(l.known)
	return nil
}

// function returns HasLink as a function of the matcher. Casbin's own functions
// of role definitions remember every answer until a grant changes, a memory
// that grows with everybody who asks.
func (l *links) function() func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		var names [3]string
		if len(args) > len(names) {
			return nil, fmt.Errorf("want at most %d names, got %d", len(names), len(args))
		}
		for i, arg := range args {
			names[i], _ = arg.(string) // the matcher passes strings
		}
		return l.HasLink(names[0], names[1], names[2])
	}
}
