package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// StagedDepartments implements dirsync.PlanStore.
func (s *Store) StagedDepartments(ctx context.Context, c dirsync.Claim) ([]dirsync.StagedDepartment, error) {
	var rows []mirrorDepartmentRow
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_departments").
		Column("remote_id", "parent_id", "name", "sort_order").
		Where("tenant_id = ? AND run_id = ?", c.Run.Tenant, c.Run.ID).
		OrderExpr(s.bytewise("remote_id")).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: staged departments: %w", storeError(err))
	}
	list := make([]dirsync.StagedDepartment, len(rows))
	for i, r := range rows {
		list[i] = r.staged()
	}
	return list, nil
}

// mirrorDepartmentRow is a row of thirdapp_sync_departments.
type mirrorDepartmentRow struct {
	RemoteID  provider.DepartmentID
	ParentID  provider.DepartmentID
	Name      string
	SortOrder int64
	LocalID   string
	Gone      bool
}

func (r mirrorDepartmentRow) staged() dirsync.StagedDepartment {
	return dirsync.StagedDepartment{ID: r.RemoteID, ParentID: r.ParentID, Name: r.Name, Order: r.SortOrder}
}

// MirrorDepartments implements dirsync.PlanStore.
func (s *Store) MirrorDepartments(ctx context.Context, dir dirsync.Directory) ([]dirsync.MirrorDepartment, error) {
	var rows []mirrorDepartmentRow
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_departments").
		Column("remote_id", "parent_id", "name", "sort_order", "local_id", "gone").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		OrderExpr(s.bytewise("remote_id")).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: mirror departments: %w", storeError(err))
	}
	list := make([]dirsync.MirrorDepartment, len(rows))
	for i, r := range rows {
		list[i] = dirsync.MirrorDepartment{StagedDepartment: r.staged(), LocalID: r.LocalID, Gone: r.Gone}
	}
	return list, nil
}

// ReadDepartments implements dirsync.PlanStore.
func (s *Store) ReadDepartments(ctx context.Context, c dirsync.Claim) ([]provider.DepartmentID, error) {
	var ids []provider.DepartmentID
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_tasks").Column("remote_id").
		Where("tenant_id = ? AND run_id = ? AND kind = ? AND state = ?",
			c.Run.Tenant, c.Run.ID, dirsync.TaskPeople, dirsync.TaskDone).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("bunstore: read departments: %w", storeError(err))
	}
	return ids, nil
}

// SharedValues implements dirsync.PlanStore.
func (s *Store) SharedValues(ctx context.Context, c dirsync.Claim, by dirsync.MatchBy) (map[string][2]provider.UserID, error) {
	value := "mobile"
	switch by { //nolint:exhaustive // nobody is looked for by the others
	case dirsync.MatchMobile:
	case dirsync.MatchEmail:
		value = "lower(email)"
	case dirsync.MatchJobNumber:
		value = "job_number"
	}
	var rows []struct {
		Value       string
		First, Last provider.UserID
	}
	read, err := s.valuesRead(ctx, c, value)
	if err == nil {
		err = s.planning(ctx, c, func(ctx context.Context) error {
			return s.idb(ctx).NewRaw("SELECT value, min(remote_id) AS first, max(remote_id) AS last FROM (?) AS r"+
				" GROUP BY value HAVING count(*) > 1", read).Scan(ctx, &rows)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: shared values: %w", storeError(err))
	}
	shared := make(map[string][2]provider.UserID, len(rows))
	for _, r := range rows {
		shared[r.Value] = [2]provider.UserID{r.First, r.Last}
	}
	return shared, nil
}

// valuesRead selects the values of the people in the staging rows, and of those
// others who were read that have one of these.
func (s *Store) valuesRead(ctx context.Context, c dirsync.Claim, value string) (schema.QueryAppender, error) {
	compared, err := s.compared(ctx, c)
	if err != nil {
		return nil, err
	}
	of, dir := bun.Safe(value), c.Run.Directory()
	staged := bun.SafeQuery("SELECT ? AS value, remote_id FROM thirdapp_sync_staged_people"+
		" WHERE tenant_id = ? AND run_id = ? AND ? <> ''", of, dir.Tenant, c.Run.ID, of)
	if !compared {
		return staged, nil
	}
	return bun.SafeQuery("WITH s AS (?) SELECT value, remote_id FROM s UNION ALL"+
		" SELECT ?, m.remote_id FROM thirdapp_sync_people AS m WHERE m.tenant_id = ? AND m.provider = ? AND m.org_id = ?"+
		" AND NOT m.gone AND ? IN (SELECT value FROM s)"+
		" AND NOT EXISTS (SELECT 1 FROM thirdapp_sync_staged_people AS st"+
		" WHERE st.tenant_id = ? AND st.run_id = ? AND st.remote_id = m.remote_id)"+
		" AND NOT EXISTS (SELECT 1 FROM thirdapp_sync_unseen AS u"+
		" WHERE u.tenant_id = ? AND u.run_id = ? AND u.remote_id = m.remote_id)",
		staged, of, dir.Tenant, dir.Provider, dir.OrgID, of, dir.Tenant, c.Run.ID, dir.Tenant, c.Run.ID), nil
}

// placesText is the canonical form of a person's places, one line for each
// department: id:leader:order. It is what the mirror keeps and compares.
func (s *Store) placesText(place string) string {
	return fmt.Sprintf("string_agg(%[1]s.department_id || CASE WHEN %[1]s.leader THEN ':1:' ELSE ':0:' END || %[1]s.sort_order,"+
		" '\n' ORDER BY %[2]s)", place, s.bytewise(place+".department_id"))
}
