package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

var _ dirsync.Roster = (*Members)(nil)

// RosterDepartments implements dirsync.Roster.
func (m *Members) RosterDepartments(ctx context.Context, dir dirsync.Directory) (list []dirsync.RosterDepartment, err error) {
	rows, err := m.db(ctx).QueryContext(ctx, `SELECT id, COALESCE(parent_id, 0), title,
			remote_id IS NOT NULL AND (provider <> $2 OR org_id <> $3)
		FROM units WHERE tenant = $1`, string(dir.Tenant), string(dir.Provider), dir.OrgID)
	if err != nil {
		return nil, fmt.Errorf("roster departments: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, parent int64
		var d dirsync.RosterDepartment
		if err := rows.Scan(&id, &parent, &d.Name, &d.Elsewhere); err != nil {
			return nil, fmt.Errorf("roster departments: %w", err)
		}
		d.ID, d.ParentID = text(id), textOrNone(parent)
		list = append(list, d)
	}
	return list, rows.Err()
}

// RosterPeople implements dirsync.Roster.
func (m *Members) RosterPeople(ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery) ([]dirsync.RosterPerson, error) {
	if q.IDs != nil && len(q.IDs) == 0 {
		return nil, nil
	}
	list, err := m.activeStaff(ctx, dir, q)
	if err == nil && len(list) > 0 {
		err = m.addUnits(ctx, dir, list)
	}
	if err != nil {
		return nil, fmt.Errorf("roster people: %w", err)
	}
	return list, nil
}

// activeStaff returns people without their units.
func (m *Members) activeStaff(
	ctx context.Context, dir dirsync.Directory, q dirsync.RosterQuery,
) (list []dirsync.RosterPerson, err error) {
	which, args := "u.id > $2 ORDER BY u.id LIMIT $3", []any{string(dir.Tenant), number(q.After), q.Limit}
	if q.IDs != nil {
		ids := numbers(q.IDs)
		which, args = "u.id IN ("+places(2, len(ids))+")", append([]any{string(dir.Tenant)}, ids...)
	}
	rows, err := m.db(ctx).QueryContext(ctx, `SELECT u.id, u.login, u.full_name, COALESCE(u.phone, ''), COALESCE(u.mail, ''),
			s.number, s.job_title, COALESCE(s.manager_id, 0)
		FROM users u JOIN staff s ON s.tenant = $1 AND s.user_id = u.id AND s.status = 'active' WHERE `+which, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, manager int64
		p := dirsync.RosterPerson{Leads: []string{}} // not nil: of everybody it is known what they lead
		err := rows.Scan(&id, &p.Username, &p.Name, &p.Mobile, &p.Email, &p.JobNumber, &p.Title, &manager)
		if err != nil {
			return nil, err
		}
		p.ID, p.ManagerID = text(id), textOrNone(manager)
		list = append(list, p)
	}
	return list, rows.Err()
}

// addUnits fills in the units of people, which of them they head, and where they
// stand in those in which somebody has said so.
func (m *Members) addUnits(ctx context.Context, dir dirsync.Directory, list []dirsync.RosterPerson) (err error) {
	people := make(map[int64]*dirsync.RosterPerson, len(list))
	args := []any{string(dir.Tenant)}
	for i := range list {
		id := number(list[i].ID)
		people[id], args = &list[i], append(args, id)
	}
	rows, err := m.db(ctx).QueryContext(ctx, `SELECT user_id, unit_id, head, sort FROM unit_staff
		WHERE tenant = $1 AND user_id IN (`+places(2, len(list))+")", args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var user, unit, sort int64
		var head bool
		if err := rows.Scan(&user, &unit, &head, &sort); err != nil {
			return err
		}
		p := people[user]
		p.DepartmentIDs = append(p.DepartmentIDs, text(unit))
		if head {
			p.Leads = append(p.Leads, text(unit))
		}
		if sort != 0 {
			if p.Orders == nil {
				p.Orders = map[string]int64{}
			}
			p.Orders[text(unit)] = sort
		}
	}
	return rows.Err()
}

// BindDepartment implements dirsync.Roster. Units of other directories stay as
// they are.
func (m *Members) BindDepartment(
	ctx context.Context, dir dirsync.Directory, localID string, remoteID provider.DepartmentID,
) error {
	query, args := `UPDATE units SET provider = $3, org_id = $4, remote_id = $5
		WHERE tenant = $1 AND id = $2 AND (remote_id IS NULL OR provider = $3 AND org_id = $4)`,
		[]any{string(dir.Tenant), number(localID), string(dir.Provider), dir.OrgID, string(remoteID)}
	if remoteID == "" { // the host's own again
		query, args = `UPDATE units SET provider = NULL, org_id = NULL, remote_id = NULL
			WHERE tenant = $1 AND id = $2 AND provider = $3 AND org_id = $4`, args[:4]
	}
	if _, err := m.db(ctx).ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("bind department: %w", err)
	}
	return nil
}
