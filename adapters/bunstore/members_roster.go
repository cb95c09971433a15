package bunstore

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

var _ dirsync.Roster = (*People)(nil)

// RosterDepartments implements dirsync.Roster.
func (p *People) RosterDepartments(ctx context.Context, dir dirsync.Directory) ([]dirsync.RosterDepartment, error) {
	var list []dirsync.RosterDepartment
	err := p.store.idb(ctx).NewSelect().TableExpr("thirdapp_departments AS d").Column("id", "parent_id", "name").
		ColumnExpr("("+elsewhere+") AS elsewhere", dir.Provider, dir.OrgID).
		Where("tenant_id = ?", dir.Tenant).OrderExpr("id").Scan(ctx, &list)
	if err != nil {
		return nil, fmt.Errorf("bunstore: roster departments: %w", storeError(err))
	}
	return list, nil
}

// RosterPeople implements dirsync.Roster. Disabled accounts are not in it.
func (p *People) RosterPeople(
	ctx context.Context, dir dirsync.Directory, query dirsync.RosterQuery,
) ([]dirsync.RosterPerson, error) {
	if query.IDs != nil && len(query.IDs) == 0 {
		return nil, nil
	}
	var rows []struct {
		ID        string
		Username  string
		Name      string
		Mobile    string
		Email     string
		JobNumber string
		Title     string
		ManagerID string
	}
	q := p.store.idb(ctx).NewSelect().TableExpr("thirdapp_memberships AS m").
		Join("JOIN thirdapp_people AS p ON p.id = m.person_id").
		ColumnExpr("p.id, p.username, p.realname AS name, COALESCE(p.phone, '') AS mobile, COALESCE(p.email, '') AS email").
		// A pull fills in the user id where there is no job number. With EXISTS
		// PostgreSQL would read all bindings for every page.
		ColumnExpr("COALESCE((SELECT '' FROM thirdapp_bindings AS b WHERE b.tenant_id = m.tenant_id"+
			" AND b.person_id = m.person_id AND b.provider_user_id = m.work_no LIMIT 1), m.work_no) AS job_number").
		ColumnExpr("m.title, m.manager_id").
		Where("m.tenant_id = ? AND m.state = 'active' AND NOT p.disabled", dir.Tenant).
		OrderExpr("m.person_id") // as the index has them, so that a page reads no more than its people
	if query.IDs != nil {
		q = q.Where("m.person_id ?", oneOf[string](query.IDs))
	} else {
		q = q.Where("m.person_id > ?0 AND p.id > ?0", query.After).Limit(int64(query.Limit))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("bunstore: roster people: %w", storeError(err))
	}
	list := make([]dirsync.RosterPerson, len(rows))
	index := make(map[string]*dirsync.RosterPerson, len(rows))
	ids := make([]string, len(rows))
	for i, r := range rows {
		list[i] = dirsync.RosterPerson{
			ID: r.ID, Username: r.Username, Name: r.Name, Mobile: r.Mobile, Email: r.Email, JobNumber: r.JobNumber, Title: r.Title,
			ManagerID: r.ManagerID, Leads: []string{},
		}
		index[r.ID], ids[i] = &list[i], r.ID
	}
	if len(ids) == 0 {
		return list, nil
	}
	if err := p.rosterPlaces(ctx, dir, ids, index); err != nil {
		return nil, fmt.Errorf("bunstore: roster people: %w", storeError(err))
	}
	return list, nil
}

// rosterPlaces fills in the places of people. An order of 0 means not set.
func (p *People) rosterPlaces(
	ctx context.Context, dir dirsync.Directory, ids []string, people map[string]*dirsync.RosterPerson,
) error {
	var places []struct {
		PersonID     string
		DepartmentID string
		Leader       bool
		SortOrder    int64
	}
	err := p.store.idb(ctx).NewSelect().Table("thirdapp_department_members").
		Column("person_id", "department_id", "leader", "sort_order").
		Where("tenant_id = ? AND person_id ?", dir.Tenant, oneOf[string](ids)).
		OrderExpr("person_id, department_id").Scan(ctx, &places)
	for _, at := range places {
		person := people[at.PersonID]
		person.DepartmentIDs = append(person.DepartmentIDs, at.DepartmentID)
		if at.Leader {
			person.Leads = append(person.Leads, at.DepartmentID)
		}
		if at.SortOrder != 0 {
			if person.Orders == nil {
				person.Orders = make(map[string]int64)
			}
			person.Orders[at.DepartmentID] = at.SortOrder
		}
	}
	return err
}

// BindDepartment implements dirsync.Roster.
func (p *People) BindDepartment(
	ctx context.Context, dir dirsync.Directory, localID string, remoteID provider.DepartmentID,
) error {
	if remoteID == "" {
		return p.releaseDepartment(ctx, dir, localID)
	}
	_, err := p.store.idb(ctx).NewRaw("UPDATE thirdapp_departments SET provider = ?, org_id = ?, remote_id = ?"+
		" WHERE tenant_id = ? AND id = ? AND (remote_id = '' OR provider = ? AND org_id = ?)",
		dir.Provider, dir.OrgID, remoteID, dir.Tenant, localID, dir.Provider, dir.OrgID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: bind department: %w", storeError(err))
	}
	return nil
}

// releaseDepartment makes a department of the directory the platform's own.
func (p *People) releaseDepartment(ctx context.Context, dir dirsync.Directory, localID string) error {
	_, err := p.store.idb(ctx).NewRaw("UPDATE thirdapp_departments SET provider = '', org_id = '', remote_id = ''"+
		" WHERE tenant_id = ? AND id = ? AND provider = ? AND org_id = ?",
		dir.Tenant, localID, dir.Provider, dir.OrgID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: release department: %w", storeError(err))
	}
	return nil
}
