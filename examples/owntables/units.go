package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// ApplyDepartments implements dirsync.Members.
func (m *Members) ApplyDepartments(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.DepartmentChange,
) ([]dirsync.Outcome, error) {
	outcomes := make([]dirsync.Outcome, len(changes))
	for i := range changes {
		apply := m.keepUnit
		if changes[i].Kind == dirsync.KindLeave {
			apply = m.removeUnit
		}
		var err error
		if outcomes[i], err = apply(ctx, dir, &changes[i]); err != nil {
			return nil, fmt.Errorf("apply departments: %w", err)
		}
	}
	return outcomes, nil
}

// keepUnit makes a unit as it should be. It is found by where it came from: a
// batch may come a second time.
func (m *Members) keepUnit(ctx context.Context, dir dirsync.Directory, c *dirsync.DepartmentChange) (dirsync.Outcome, error) {
	parent := orNull(number(c.ParentLocalID))
	var id int64
	err := m.db(ctx).QueryRowContext(ctx,
		"SELECT id FROM units WHERE tenant = $1 AND provider = $2 AND org_id = $3 AND remote_id = $4",
		string(dir.Tenant), string(dir.Provider), dir.OrgID, string(c.RemoteID)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) { // one that left and was kept comes back as what it was
		err = m.db(ctx).QueryRowContext(ctx,
			"SELECT id FROM units WHERE tenant = $1 AND id = $2 AND remote_id IS NULL",
			string(dir.Tenant), number(c.LocalID)).Scan(&id)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = m.db(ctx).QueryRowContext(ctx, `INSERT INTO units (tenant, parent_id, title, sort, provider, org_id, remote_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			string(dir.Tenant), parent, c.Name, c.Order, string(dir.Provider), dir.OrgID, string(c.RemoteID)).Scan(&id)
	case err == nil:
		_, err = m.db(ctx).ExecContext(ctx, `UPDATE units SET parent_id = $1, title = $2, sort = $3,
			provider = $4, org_id = $5, remote_id = $6 WHERE tenant = $7 AND id = $8`,
			parent, c.Name, c.Order, string(dir.Provider), dir.OrgID, string(c.RemoteID), string(dir.Tenant), id)
	}
	return dirsync.Outcome{LocalID: text(id)}, err
}

// elsewhere is the condition that a unit is another directory's than that of $3
// and $4.
const elsewhere = "(remote_id IS NOT NULL AND (provider <> $3 OR org_id <> $4))"

// removeUnit removes a unit that left. One in which the host still has something
// of its own becomes a unit of the host.
func (m *Members) removeUnit(ctx context.Context, dir dirsync.Directory, c *dirsync.DepartmentChange) (dirsync.Outcome, error) {
	out := dirsync.Outcome{LocalID: c.LocalID}
	done, err := m.db(ctx).ExecContext(ctx, `DELETE FROM units WHERE tenant = $1 AND id = $2 AND NOT `+elsewhere+`
		AND NOT EXISTS (SELECT 1 FROM unit_staff s WHERE s.unit_id = units.id)
		AND NOT EXISTS (SELECT 1 FROM units c WHERE c.parent_id = units.id)`,
		string(dir.Tenant), number(c.LocalID), string(dir.Provider), dir.OrgID)
	if err != nil {
		return out, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return out, err
	}
	kept, err := m.db(ctx).ExecContext(ctx, `UPDATE units SET provider = NULL, org_id = NULL, remote_id = NULL
		WHERE tenant = $1 AND id = $2 AND NOT `+elsewhere,
		string(dir.Tenant), number(c.LocalID), string(dir.Provider), dir.OrgID)
	if err != nil {
		return out, err
	}
	if n, err := kept.RowsAffected(); err != nil || n == 0 {
		return out, err
	}
	out.Note = provider.Text{
		ZH: "部门下还有平台自有的成员或子部门，已保留", EN: "it still has members or departments of the platform's own, and was kept",
	}
	return out, nil
}
