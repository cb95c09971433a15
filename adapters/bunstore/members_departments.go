package bunstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// departmentItem is one change of a department on its way through
// ApplyDepartments.
type departmentItem struct {
	*dirsync.DepartmentChange
	// id is the department's own, or the one it gets if it is new.
	id string
}

// ApplyDepartments implements dirsync.Members. A department that left is
// deleted; one that still has members or departments of the platform's own is
// kept and does not belong to the directory any more. One that would come to be
// below itself is refused. An id that is another directory's by now is nobody's:
// the department is created anew, and nothing is removed.
func (p *People) ApplyDepartments(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.DepartmentChange,
) ([]dirsync.Outcome, error) {
	outcomes := make([]dirsync.Outcome, len(changes))
	var keep, remove []departmentItem
	for i := range changes {
		item := departmentItem{&changes[i], changes[i].LocalID}
		if item.Kind == dirsync.KindLeave {
			remove = append(remove, item)
			continue
		}
		if item.id == "" {
			var err error
			if item.id, err = newLocalID(); err != nil {
				return nil, fmt.Errorf("bunstore: apply departments: %w", err)
			}
		}
		keep = append(keep, item)
	}
	err := p.store.InTx(ctx, func(ctx context.Context) error {
		if err := p.leaveElsewhere(ctx, dir, keep); err != nil {
			return err
		}
		rings, err := p.rings(ctx, dir.Tenant, keep)
		if err != nil {
			return err
		}
		standing := slices.DeleteFunc(slices.Clone(keep), func(d departmentItem) bool { return rings[d.id] })
		ids, err := p.upsertDepartments(ctx, dir, standing)
		if err != nil {
			return err
		}
		kept, err := p.removeDepartments(ctx, dir, remove)
		if err != nil {
			return err
		}
		for i, c := range changes {
			outcomes[i].LocalID = ids[c.RemoteID]
			if c.LocalID != "" && rings[c.LocalID] {
				outcomes[i] = dirsync.Outcome{Failure: refusedRing()}
			}
			if c.Kind == dirsync.KindLeave {
				outcomes[i].LocalID = c.LocalID
				if kept[c.LocalID] {
					outcomes[i].Note = noteKept()
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bunstore: apply departments: %w", storeError(err))
	}
	return outcomes, nil
}

// leaveElsewhere gives departments whose id is another directory's a new one.
func (p *People) leaveElsewhere(ctx context.Context, dir dirsync.Directory, list []departmentItem) error {
	if !slices.ContainsFunc(list, func(d departmentItem) bool { return d.LocalID != "" }) {
		return nil
	}
	var ids []string
	err := p.store.idb(ctx).NewRaw(`SELECT d.id FROM ? JOIN thirdapp_departments AS d ON d.tenant_id = ? AND d.id = v.id
		WHERE `+elsewhere, departmentItems(list), dir.Tenant, dir.Provider, dir.OrgID).Scan(ctx, &ids)
	if err != nil {
		return err
	}
	for i := range list {
		if slices.Contains(ids, list[i].id) {
			if list[i].id, err = newLocalID(); err != nil {
				return err
			}
		}
	}
	return nil
}

// elsewhere is the condition that a department d is another directory's.
const elsewhere = "d.remote_id <> '' AND (d.provider <> ? OR d.org_id <> ?)"

func noteKept() provider.Text {
	return provider.Text{
		ZH: "部门下还有平台自有的成员或子部门，已保留为平台部门",
		EN: "it still has members or departments of the platform's own and was kept as one of them",
	}
}

func departmentItems(list []departmentItem) values {
	return valuesOf("v", list).
		text("id", func(d *departmentItem) string { return d.id }).
		text("parent_id", func(d *departmentItem) string { return d.ParentLocalID }).
		text("name", func(d *departmentItem) string { return d.Name }).
		bigint("sort_order", func(d *departmentItem) int64 { return d.Order }).
		text("remote_id", func(d *departmentItem) string { return string(d.RemoteID) }).values
}

// foundDepartment is a department by its id at the office app.
type foundDepartment struct {
	ID       string
	RemoteID provider.DepartmentID
	// Astray is true when its path does not follow from its parent's.
	Astray bool
}

// upsertDepartments makes departments as they should be and returns their ids.
func (p *People) upsertDepartments(
	ctx context.Context, dir dirsync.Directory, list []departmentItem,
) (map[provider.DepartmentID]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	rows, now := departmentItems(list), p.now()
	// Departments that left earlier but were kept come back as what they were.
	_, err := p.store.idb(ctx).NewRaw(`UPDATE thirdapp_departments AS d
		SET provider = ?, org_id = ?, remote_id = v.remote_id, updated_at = ?
		FROM ? WHERE d.tenant_id = ? AND d.id = v.id AND d.remote_id = ''`,
		dir.Provider, dir.OrgID, now, rows, dir.Tenant).Exec(ctx)
	if err != nil {
		return nil, err
	}
	_, err = p.store.idb(ctx).NewRaw(`INSERT INTO thirdapp_departments AS d
			(tenant_id, id, parent_id, name, sort_order, provider, org_id, remote_id, created_at, updated_at, path)
		SELECT ?, v.id, v.parent_id, v.name, v.sort_order, ?, ?, v.remote_id, ?, ?, COALESCE(p.path, '') || '/' || v.id
		FROM ? LEFT JOIN thirdapp_departments AS p ON p.tenant_id = ? AND p.id = v.parent_id WHERE TRUE
		ON CONFLICT (tenant_id, provider, org_id, remote_id) WHERE remote_id <> '' DO UPDATE SET
			parent_id = EXCLUDED.parent_id, name = EXCLUDED.name,
			sort_order = EXCLUDED.sort_order, updated_at = EXCLUDED.updated_at
		WHERE d.parent_id <> EXCLUDED.parent_id OR d.name <> EXCLUDED.name OR d.sort_order <> EXCLUDED.sort_order`,
		dir.Tenant, dir.Provider, dir.OrgID, now, now, rows, dir.Tenant).Exec(ctx)
	if err != nil {
		return nil, err
	}
	var found []foundDepartment
	err = p.store.idb(ctx).NewRaw(`SELECT d.id, d.remote_id,
			p.id IS NOT NULL AND p.path = '' OR d.path <> COALESCE(p.path, '') || '/' || d.id AS astray
		FROM ? JOIN thirdapp_departments AS d
		ON d.tenant_id = ? AND d.provider = ? AND d.org_id = ? AND d.remote_id = v.remote_id
		LEFT JOIN thirdapp_departments AS p ON p.tenant_id = d.tenant_id AND p.id = d.parent_id`,
		rows, dir.Tenant, dir.Provider, dir.OrgID).Scan(ctx, &found)
	ids := make(map[provider.DepartmentID]string, len(found))
	for _, f := range found {
		ids[f.RemoteID] = f.ID
	}
	if err == nil {
		err = p.store.placeDepartments(ctx, dir.Tenant, found)
	}
	if err != nil {
		return nil, err
	}
	return ids, p.store.analyse(ctx, len(list), "thirdapp_departments")
}

// removeDepartments removes departments that left, and returns those that had
// to be kept.
func (p *People) removeDepartments(
	ctx context.Context, dir dirsync.Directory, list []departmentItem,
) (kept map[string]bool, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	rows := departmentItems(list)
	_, err = p.store.idb(ctx).NewRaw(`DELETE FROM thirdapp_departments AS d WHERE d.tenant_id = ? AND NOT (`+elsewhere+`)
		AND d.id IN (SELECT v.id FROM ?
			WHERE NOT EXISTS (SELECT 1 FROM thirdapp_department_members AS m WHERE m.tenant_id = ? AND m.department_id = v.id)
			AND NOT EXISTS (SELECT 1 FROM thirdapp_departments AS c WHERE c.tenant_id = ? AND c.parent_id = v.id))`,
		dir.Tenant, dir.Provider, dir.OrgID, rows, dir.Tenant, dir.Tenant).Exec(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = p.store.idb(ctx).NewRaw(`UPDATE thirdapp_departments AS d SET provider = '', org_id = '', remote_id = '', updated_at = ?
		WHERE d.tenant_id = ? AND d.id IN (SELECT v.id FROM ?) AND NOT (`+elsewhere+`) RETURNING id`,
		p.now(), dir.Tenant, rows, dir.Provider, dir.OrgID).Scan(ctx, &ids)
	kept = make(map[string]bool, len(ids))
	for _, id := range ids {
		kept[id] = true
	}
	return kept, err
}
