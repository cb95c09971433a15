package bunstore

import (
	"context"
	"fmt"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// DropUnplaced implements dirsync.ReadStore.
func (s *Store) DropUnplaced(ctx context.Context, c dirsync.Claim) error {
	dir := c.Run.Directory()
	_, err := s.idb(ctx).NewRaw(`DELETE FROM thirdapp_sync_staged_people AS s WHERE s.tenant_id = ? AND s.run_id = ?
		AND s.department_id = '' AND NOT EXISTS (SELECT 1 FROM thirdapp_sync_staged_places AS p
			WHERE p.tenant_id = s.tenant_id AND p.run_id = s.run_id AND p.remote_id = s.remote_id)
		AND NOT EXISTS (SELECT 1 FROM thirdapp_sync_people AS m
			WHERE m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND m.remote_id = s.remote_id
			AND m.places = '' AND NOT m.gone)`,
		c.Run.Tenant, c.Run.ID, dir.Tenant, dir.Provider, dir.OrgID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: drop unplaced: %w", storeError(err))
	}
	return nil
}
