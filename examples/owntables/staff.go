package main

import (
	"context"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// hire makes a user a member of the tenant who was none.
func (m *Members) hire(ctx context.Context, dir dirsync.Directory, id int64, state dirsync.JoinState, number, title string) error {
	_, err := m.db(ctx).ExecContext(ctx, "INSERT INTO staff (tenant, user_id, status, number, job_title) VALUES ($1, $2, $3, $4, $5)",
		string(dir.Tenant), id, string(state), number, title)
	return err
}

// admit makes somebody a member as they should be. Only who rejoins is admitted
// again; who was suspended otherwise stays so.
func (m *Members) admit(ctx context.Context, dir dirsync.Directory, c *dirsync.PersonChange, u user) error {
	if u.status == "" {
		return m.hire(ctx, dir, u.id, c.Join, c.JobNumber, c.Title)
	}
	status, number, title := u.status, c.JobNumber, c.Title
	if c.Kind == dirsync.KindRejoin && status == "suspended" {
		status = "active"
	}
	if c.Keep.Has(dirsync.FieldJobNumber) {
		number = u.number
	}
	if c.Keep.Has(dirsync.FieldTitle) {
		title = u.title
	}
	_, err := m.db(ctx).ExecContext(ctx, "UPDATE staff SET status = $1, number = $2, job_title = $3 WHERE tenant = $4 AND user_id = $5",
		status, number, title, string(dir.Tenant), u.id)
	return err
}

// leave takes somebody out of the directory's units and, unless they are at home
// in another directory or only about to leave, suspends them. Nobody is deleted.
func (m *Members) leave(ctx context.Context, dir dirsync.Directory, c *dirsync.PersonChange, u user) error {
	if err := m.place(ctx, dir, u.id, nil); err != nil || c.Kind == dirsync.KindLeaving || c.BoundElsewhere {
		return err
	}
	_, err := m.db(ctx).ExecContext(ctx, "UPDATE staff SET status = 'suspended' WHERE tenant = $1 AND user_id = $2",
		string(dir.Tenant), u.id)
	return err
}

// place puts somebody into units, and out of all others of the directory. Units
// of other directories, and of the host, are not touched.
func (m *Members) place(ctx context.Context, dir dirsync.Directory, id int64, places []dirsync.Place) error {
	_, err := m.db(ctx).ExecContext(ctx, `DELETE FROM unit_staff WHERE tenant = $1 AND user_id = $2
		AND unit_id IN (SELECT id FROM units WHERE tenant = $1 AND provider = $3 AND org_id = $4)`,
		string(dir.Tenant), id, string(dir.Provider), dir.OrgID)
	if err != nil {
		return err
	}
	for _, p := range places {
		_, err := m.db(ctx).ExecContext(ctx, "INSERT INTO unit_staff (unit_id, tenant, user_id, head, sort) VALUES ($1, $2, $3, $4, $5)",
			number(p.DepartmentLocalID), string(dir.Tenant), id, p.Leader, p.Order)
		if err != nil {
			return err
		}
	}
	return nil
}
