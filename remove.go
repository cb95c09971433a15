package thirdapp

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// RemoveTenant removes everything that the module keeps of a tenant, for a
// customer who has left, and returns how many rows that was. It needs no Start.
// Who may call it, what stays, and how it goes on after it was cut short, is
// described at [tenant.Service.RemoveTenant]. No path of the HTTP API leads to
// it: requests act within a tenant.
//
// The host sees to what is its own first: its own people and departments, that
// nobody is a member of the tenant any more, and what it has in the tenant's
// name elsewhere. Jobs of the tenant find nothing when their time comes, and
// end.
func (m *Module) RemoveTenant(ctx context.Context, t tenant.ID, what tenant.Removal) (rows int, err error) {
	rows, err = m.tenants.RemoveTenant(ctx, t, what)
	if err != nil {
		return rows, fmt.Errorf("thirdapp: remove tenant: %w", err)
	}
	m.cfg.Logger.InfoContext(ctx, "tenant removed", "op", "tenant.remove", "tenant", t, "rows", rows)
	return rows, nil
}
