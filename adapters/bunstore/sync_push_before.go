package bunstore

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// keepPushed keeps how something was at the office app before a push has changed
// it, and that it was not there before the push has created it.
func (s *Store) keepPushed(ctx context.Context, c dirsync.Claim, d *dirsync.Pushed) error {
	if d.RemoteID == "" {
		return nil
	}
	var err error
	switch before := d.BeforePerson; {
	case before != nil:
		_, err = s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_people_before (tenant_id, run_id, remote_id, union_id, name,
				mobile, email, job_number, title, avatar_url, hash, places, gone, manager_id, seq)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.Run.Tenant, c.Run.ID, d.RemoteID, before.UnionID, before.Name, before.Mobile, before.Email, before.JobNumber,
			before.Title, before.AvatarURL, before.Hash, formatPlaces(before.Places), before.Gone, before.ManagerID, d.Change.Seq).Exec(ctx)
	case d.BeforeDepartment != nil:
		was := d.BeforeDepartment
		_, err = s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_departments_before
				(tenant_id, run_id, remote_id, parent_id, name, sort_order, gone)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.Run.Tenant, c.Run.ID, d.RemoteID, was.ParentID, was.Name, was.Order, was.Gone).Exec(ctx)
	case d.Change.Entity == dirsync.EntityPerson && d.Change.Kind.Removes():
		return s.keepPeople(ctx, c, []dirsync.DonePerson{pushedPerson(d)})
	case d.Change.Entity == dirsync.EntityDepartment && d.Change.Kind.Removes():
		return s.keepDepartments(ctx, c, []dirsync.DoneDepartment{{Change: dirsync.PendingDepartment{
			DepartmentChange: dirsync.DepartmentChange{RemoteID: provider.DepartmentID(d.Change.RemoteID), LocalID: d.Change.LocalID},
		}}})
	}
	return storeError(err)
}
