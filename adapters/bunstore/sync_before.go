package bunstore

import (
	"context"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// keepPeople keeps the rows of the mirror that a batch is about to replace, for
// an undo. Who is new has none, so that a first pull keeps nothing.
func (s *Store) keepPeople(ctx context.Context, c dirsync.Claim, groups ...[]dirsync.DonePerson) error {
	var known []string
	for _, done := range groups {
		for i := range done {
			if change := &done[i].Change; change.Known || change.Kind.Removes() {
				known = append(known, string(change.RemoteID))
			}
		}
	}
	if len(known) == 0 {
		return nil
	}
	dir := c.Run.Directory()
	_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_people_before (tenant_id, run_id, remote_id, union_id, name,
			mobile, email, job_number, title, avatar_url, hash, places, gone, manager_id)
		SELECT p.tenant_id, ?, p.remote_id, p.union_id, p.name,
			p.mobile, p.email, p.job_number, p.title, p.avatar_url, p.hash, p.places, p.gone, p.manager_id
		FROM thirdapp_sync_people AS p WHERE p.tenant_id = ? AND p.provider = ? AND p.org_id = ?
			AND p.remote_id IN (SELECT remote_id FROM ?)
		ON CONFLICT DO NOTHING`, c.Run.ID, dir.Tenant, dir.Provider, dir.OrgID,
		valuesOf("v", known).text("remote_id", func(id *string) string { return *id }).values).Exec(ctx)
	return storeError(err)
}

// keepDepartments is keepPeople for departments.
func (s *Store) keepDepartments(ctx context.Context, c dirsync.Claim, done []dirsync.DoneDepartment) error {
	var known []dirsync.DoneDepartment
	for _, d := range done {
		if d.Change.LocalID != "" {
			known = append(known, d)
		}
	}
	if len(known) == 0 {
		return nil
	}
	dir := c.Run.Directory()
	_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_departments_before
			(tenant_id, run_id, remote_id, parent_id, name, sort_order, gone)
		SELECT d.tenant_id, ?, d.remote_id, d.parent_id, d.name, d.sort_order, d.gone
		FROM thirdapp_sync_departments AS d WHERE d.tenant_id = ? AND d.provider = ? AND d.org_id = ?
			AND d.remote_id IN (SELECT remote_id FROM ?)
		ON CONFLICT DO NOTHING`, c.Run.ID, dir.Tenant, dir.Provider, dir.OrgID,
		valuesOf("v", known).
			text("remote_id", func(d *dirsync.DoneDepartment) string { return string(d.Change.RemoteID) }).values).Exec(ctx)
	return storeError(err)
}
