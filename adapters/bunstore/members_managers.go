package bunstore

import (
	"context"
	"fmt"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

var _ dirsync.Managers = (*People)(nil)

// CurrentManagers implements dirsync.Managers.
func (p *People) CurrentManagers(ctx context.Context, dir dirsync.Directory, localIDs []string) (map[string]string, error) {
	if len(localIDs) == 0 {
		return nil, nil
	}
	var rows []struct{ PersonID, ManagerID string }
	err := p.store.idb(ctx).NewRaw(`SELECT m.person_id, m.manager_id FROM ? JOIN thirdapp_memberships AS m
		ON m.tenant_id = ? AND m.person_id = v.id WHERE m.manager_id <> ''`,
		valuesOf("v", localIDs).text("id", func(id *string) string { return *id }).values, dir.Tenant).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: current managers: %w", storeError(err))
	}
	managers := make(map[string]string, len(rows))
	for _, r := range rows {
		managers[r.PersonID] = r.ManagerID
	}
	return managers, nil
}

// ApplyManagers implements dirsync.Managers.
func (p *People) ApplyManagers(ctx context.Context, dir dirsync.Directory, changes []dirsync.ManagerChange) error {
	if len(changes) == 0 {
		return nil
	}
	_, err := p.store.idb(ctx).NewRaw(`UPDATE thirdapp_memberships AS m SET manager_id = v.manager_id, updated_at = ?
		FROM ? WHERE m.tenant_id = ? AND m.person_id = v.id AND m.manager_id <> v.manager_id`,
		p.now(), valuesOf("v", changes).
			text("id", func(c *dirsync.ManagerChange) string { return c.LocalID }).
			text("manager_id", func(c *dirsync.ManagerChange) string { return c.ManagerID }).values,
		dir.Tenant).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: apply managers: %w", storeError(err))
	}
	return nil
}
