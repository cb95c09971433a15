package messaging_test

import (
	"context"

	"github.com/thirdapp/thirdapp/tenant"
)

// nobody is an Authorizer that grants nothing; the system needs no grant.
type nobody struct{}

func (nobody) Can(context.Context, string, tenant.ID, tenant.Object, tenant.Action) error {
	return tenant.ErrForbidden
}
func (nobody) Everywhere(context.Context, string) (bool, error) { return false, nil }
func (nobody) Refresh(context.Context) error                    { return nil }

// grants is an Authorizer in which each user has one role in tenant here.
type grants map[string]tenant.Role

func (g grants) Can(_ context.Context, userID string, t tenant.ID, o tenant.Object, a tenant.Action) error {
	if t != here {
		return tenant.ErrForbidden
	}
	for _, p := range tenant.Roles()[g[userID]] {
		if p.Object == o && p.Action == a {
			return nil
		}
	}
	return tenant.ErrForbidden
}
func (grants) Everywhere(context.Context, string) (bool, error) { return false, nil }
func (grants) Refresh(context.Context) error                    { return nil }
