package thirdapp

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// Reseal seals every stored secret of every tenant with the key that
// Config.Sealer seals with now: those of apps, group webhooks and event
// subscriptions. It is for the operator who changes the key, after every process
// has been given the new one, and asks no Authorizer; no front end should reach
// it.
//
// It needs no Start, works beside everything else and in small steps, which
// remain when ctx ends it or the database is away, and may be repeated. Nobody
// notices: versions and audit trails stay as they are. A secret that cannot be
// read stays and is told. When nothing is Left with an old key it can go, see
// adapters/tinksecrets. With an error the result tells what was done before.
func (m *Module) Reseal(ctx context.Context) (tenant.Resealed, error) {
	r := tenant.NewResealer(m.cfg.Sealer)
	for _, reseal := range []func(context.Context, *tenant.Resealer) error{
		m.tenants.Reseal, m.messages.Reseal, m.events.Reseal,
	} {
		if err := reseal(ctx, r); err != nil {
			return r.Done(), fmt.Errorf("thirdapp: reseal: %w", err)
		}
	}
	done := r.Done()
	m.cfg.Logger.InfoContext(ctx, "secrets sealed anew", "op", "reseal",
		"secrets", done.Secrets, "left", done.Left, "unreadable", len(done.Unreadable))
	return done, nil
}
