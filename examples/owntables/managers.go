package main

import (
	"context"
	"fmt"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

var _ dirsync.Managers = (*Members)(nil)

// CurrentManagers implements dirsync.Managers.
func (m *Members) CurrentManagers(ctx context.Context, dir dirsync.Directory, localIDs []string) (map[string]string, error) {
	managers := map[string]string{}
	for _, id := range localIDs {
		var manager int64
		err := m.db(ctx).QueryRowContext(ctx,
			"SELECT COALESCE(max(manager_id), 0) FROM staff WHERE tenant = $1 AND user_id = $2", string(dir.Tenant), number(id)).Scan(&manager)
		if err != nil {
			return nil, fmt.Errorf("current managers: %w", err)
		}
		if manager != 0 {
			managers[id] = text(manager)
		}
	}
	return managers, nil
}

// ApplyManagers implements dirsync.Managers.
func (m *Members) ApplyManagers(ctx context.Context, dir dirsync.Directory, changes []dirsync.ManagerChange) error {
	for _, c := range changes {
		_, err := m.db(ctx).ExecContext(ctx, "UPDATE staff SET manager_id = $1 WHERE tenant = $2 AND user_id = $3",
			orNull(number(c.ManagerID)), string(dir.Tenant), number(c.LocalID))
		if err != nil {
			return fmt.Errorf("apply managers: %w", err)
		}
	}
	return nil
}
