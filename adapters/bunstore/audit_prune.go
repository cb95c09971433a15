package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// NextAuditTenant implements tenant.Store.
func (s *Store) NextAuditTenant(ctx context.Context, after tenant.ID) (tenant.ID, error) {
	next, err := s.nextTenant(ctx, after, "thirdapp_audit")
	if err != nil {
		return "", fmt.Errorf("bunstore: next audit tenant: %w", err)
	}
	return next, nil
}

// PruneAudit implements tenant.Store. The oldest are those with the lowest ids:
// nothing but them is looked at, however long the trail is.
func (s *Store) PruneAudit(ctx context.Context, t tenant.ID, before time.Time, limit int) (int, error) {
	n, err := affected(s.idb(ctx).NewRaw(`
		DELETE FROM thirdapp_audit WHERE tenant_id = ?0 AND id IN (
			SELECT id FROM (SELECT id, at FROM thirdapp_audit WHERE tenant_id = ?0 ORDER BY id LIMIT ?1) AS oldest
			WHERE at < ?2
		)`, t, limit, storedUp(before)).Exec(ctx))
	if err != nil {
		return 0, fmt.Errorf("bunstore: prune audit: %w", storeError(err))
	}
	return int(n), nil
}
