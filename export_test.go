package thirdapp

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// PruneAudit is the step of the job that a process with another configuration
// may have left.
func (m *Module) PruneAudit(ctx context.Context, t tenant.ID) (done bool, err error) {
	return m.pruneAudit(ctx, t, m.cfg.Now().Add(time.Minute))
}
