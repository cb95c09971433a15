package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// mirrorPersonRow is a person of the mirror.
type mirrorPersonRow struct {
	RemoteID  provider.UserID
	UnionID   provider.UnionID
	Name      string
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	AvatarURL string
	Hash      string
	Places    string
	ManagerID provider.UserID
	// ManagerLocalID is NULL until a manager was synchronised.
	ManagerLocalID sql.NullString
	LocalID        string
	Account        string
	Owned          bool
	Gone           bool
}

func mirrorPersonColumns() []string {
	return []string{
		"remote_id", "union_id", "name", "mobile", "email", "job_number", "title", "avatar_url", "hash",
		"places", "manager_id", "manager_local_id", "local_id", "account", "owned", "gone",
	}
}

func (r *mirrorPersonRow) person() (dirsync.MirrorPerson, error) {
	p := dirsync.MirrorPerson{
		StagedPerson: dirsync.StagedPerson{
			ID: r.RemoteID, UnionID: r.UnionID, Name: r.Name, Mobile: r.Mobile, Email: r.Email,
			JobNumber: r.JobNumber, Title: r.Title, AvatarURL: r.AvatarURL, Hash: r.Hash,
			ManagerID: r.ManagerID, ManagerKnown: r.ManagerID != "" || r.ManagerLocalID.Valid,
		},
		LocalID: r.LocalID, Account: r.Account, Owned: r.Owned, Gone: r.Gone,
	}
	var err error
	p.Places, err = parsePlaces(r.RemoteID, r.Places)
	return p, err
}

// idsOf is a table v of ids.
func idsOf[S ~string](ids []S) values {
	return valuesOf("v", ids).text("id", func(id *S) string { return string(*id) }).values
}

// Bound implements dirsync.PushStore. COALESCE keeps SQLite from beginning with
// the whole of the table that is looked up in.
func (s *Store) Bound(ctx context.Context, dir dirsync.Directory, localIDs []string) (map[string]dirsync.BoundPerson, error) {
	bound := make(map[string]dirsync.BoundPerson, len(localIDs))
	if len(localIDs) == 0 {
		return bound, nil
	}
	var bindings []struct {
		PersonID string
		UserID   provider.UserID
	}
	err := s.idb(ctx).NewRaw("SELECT b.person_id, b.provider_user_id AS user_id FROM ? ? WHERE COALESCE(b.active, FALSE)",
		idsOf(localIDs), s.lookUp(dir, "b", "thirdapp_bindings", "person_id", "v.id")).Scan(ctx, &bindings)
	if err != nil {
		return nil, fmt.Errorf("bunstore: bound: %w", storeError(err))
	}
	users := make([]provider.UserID, len(bindings))
	for i, b := range bindings {
		users[i] = b.UserID
		bound[b.PersonID] = dirsync.BoundPerson{MirrorPerson: dirsync.MirrorPerson{
			StagedPerson: dirsync.StagedPerson{ID: b.UserID}, LocalID: b.PersonID,
		}}
	}
	if len(users) == 0 {
		return bound, nil
	}
	var rows []mirrorPersonRow
	err = s.idb(ctx).NewRaw("SELECT "+strings.Join(mirrorPersonColumns(), ", ")+" FROM ? ? WHERE NOT COALESCE(gone, TRUE)",
		idsOf(users), s.lookUp(dir, "m", "thirdapp_sync_people", "remote_id", "v.id")).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: bound: %w", storeError(err))
	}
	for i := range rows {
		p, err := rows[i].person()
		if err != nil {
			return nil, fmt.Errorf("bunstore: bound: %w", err)
		}
		if b, ok := bound[p.LocalID]; ok && b.ID == p.ID {
			bound[p.LocalID] = dirsync.BoundPerson{MirrorPerson: p, Mirrored: true}
		}
	}
	return bound, nil
}

// MirrorPeople implements dirsync.PushStore.
func (s *Store) MirrorPeople(
	ctx context.Context, dir dirsync.Directory, after provider.UserID, limit int,
) ([]dirsync.MirrorPerson, error) {
	var rows []mirrorPersonRow
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_people").Column(mirrorPersonColumns()...).
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND NOT gone", dir.Tenant, dir.Provider, dir.OrgID).
		Where("remote_id > ?", after).OrderExpr("remote_id").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: mirror people: %w", storeError(err))
	}
	list := make([]dirsync.MirrorPerson, len(rows))
	for i := range rows {
		if list[i], err = rows[i].person(); err != nil {
			return nil, fmt.Errorf("bunstore: mirror people: %w", err)
		}
	}
	return list, nil
}

// Invited implements dirsync.PushStore.
func (s *Store) Invited(
	ctx context.Context, dir dirsync.Directory, localIDs []string, after time.Time,
) (map[string]time.Time, error) {
	invited := make(map[string]time.Time)
	if len(localIDs) == 0 {
		return invited, nil
	}
	var rows []struct {
		LocalID   string
		InvitedAt time.Time
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_invitations").Column("local_id", "invited_at").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("local_id IN (?) AND invited_at > ?", bun.List(localIDs), stored(after)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: invited: %w", storeError(err))
	}
	for _, r := range rows {
		invited[r.LocalID] = r.InvitedAt.UTC()
	}
	return invited, nil
}

// Disputed implements dirsync.PushStore.
func (s *Store) Disputed(
	ctx context.Context, dir dirsync.Directory, people []provider.UserID,
) (map[provider.UserID]dirsync.FieldSet, error) {
	disputed := make(map[provider.UserID]dirsync.FieldSet)
	if len(people) == 0 {
		return disputed, nil
	}
	var open []conflictRow
	err := s.idb(ctx).NewSelect().Model(&open).Column("remote_id", "field").
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND field <> ''", dir.Tenant, dir.Provider, dir.OrgID).
		Where("remote_id IN (?)", bun.List(people)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("bunstore: disputed: %w", storeError(err))
	}
	for _, o := range open {
		disputed[o.RemoteID] = disputed[o.RemoteID].With(o.Field)
	}
	return disputed, nil
}

// PendingChanges implements dirsync.PushStore.
func (s *Store) PendingChanges(ctx context.Context, c dirsync.Claim, number int) ([]dirsync.PendingChange, error) {
	rows, err := s.pendingChanges(ctx, c, number)
	if err != nil {
		return nil, fmt.Errorf("bunstore: pending changes: %w", storeError(err))
	}
	list := make([]dirsync.PendingChange, len(rows))
	for i, r := range rows {
		list[i] = dirsync.PendingChange{Seq: r.Seq, PlannedChange: dirsync.PlannedChange{
			Entity: r.Entity, Kind: r.Kind, RemoteID: r.RemoteID, LocalID: r.LocalID, Account: r.Account,
			Name: r.Name, ParentID: r.ParentID, Replaces: r.Replaces,
		}}
	}
	return list, nil
}

// RecordPush implements dirsync.PushStore.
func (s *Store) RecordPush(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.Pushed, orders []dirsync.StagedDepartment,
	last bool, at time.Time,
) (cancel bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		if err := s.stillHeld(ctx, c); err != nil {
			return err
		}
		results := make([]changeResult, len(done))
		for i := range done {
			results[i] = changeResult{done[i].Change.Seq, dirsync.Outcome{
				LocalID: done[i].Change.LocalID, Failure: done[i].Failure, Note: done[i].Note,
			}}
			if err := s.recordPushed(ctx, c, &done[i], at); err != nil {
				return err
			}
		}
		if err := s.recordOrders(ctx, c.Run.Directory(), orders); err != nil {
			return err
		}
		cancel, err = s.settleBatch(ctx, c, b, results, last, at)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: record push: %w", err)
	}
	return cancel, nil
}

// recordPushed keeps what became of one change.
func (s *Store) recordPushed(ctx context.Context, c dirsync.Claim, d *dirsync.Pushed, at time.Time) error {
	dir := c.Run.Directory()
	if !d.Failure.IsZero() {
		return nil
	}
	if err := s.keepPushed(ctx, c, d); err != nil {
		return err
	}
	leaves := d.Change.Kind == dirsync.KindLeave || d.Change.Kind == dirsync.KindUnbind
	switch {
	case leaves && d.Change.Entity == dirsync.EntityPerson:
		return s.peopleGone(ctx, c.Run, []dirsync.DonePerson{pushedPerson(d)}, at)
	case leaves:
		return s.markGone(ctx, "thirdapp_sync_departments", c.Run, at, valuesOf("v", []string{d.Change.RemoteID}).
			text("remote_id", func(id *string) string { return *id }).values)
	case d.Invited:
		return s.recordInvitation(ctx, dir, d.Change.LocalID, at)
	case d.Department != nil:
		err := s.mirrorDepartments(ctx, c, []dirsync.DoneDepartment{pushedDepartment(d)}, at)
		if err != nil {
			return err
		}
	case d.Person != nil:
		if err := s.bindPushed(ctx, c, d, at); err != nil {
			return err
		}
	}
	if d.RemoteID == d.Change.RemoteID {
		return nil
	}
	_, err := s.idb(ctx).NewRaw("UPDATE thirdapp_sync_changes SET remote_id = ? WHERE tenant_id = ? AND run_id = ? AND seq = ?",
		d.RemoteID, c.Run.Tenant, c.Run.ID, d.Change.Seq).Exec(ctx)
	return storeError(err)
}

func pushedDepartment(d *dirsync.Pushed) dirsync.DoneDepartment {
	return dirsync.DoneDepartment{
		Change: dirsync.PendingDepartment{
			ParentID: d.Department.ParentID,
			DepartmentChange: dirsync.DepartmentChange{
				RemoteID: d.Department.ID, LocalID: d.Change.LocalID, Name: d.Department.Name, Order: d.Department.Order,
			},
		},
		Outcome: dirsync.Outcome{LocalID: d.Change.LocalID},
	}
}

func pushedPerson(d *dirsync.Pushed) dirsync.DonePerson {
	p := dirsync.DonePerson{
		Change: dirsync.PendingPerson{
			Known: true, Account: d.Change.Account, Placed: d.Places,
			PersonChange: dirsync.PersonChange{RemoteID: provider.UserID(d.RemoteID), LocalID: d.Change.LocalID},
		},
		Outcome: dirsync.Outcome{LocalID: d.Change.LocalID, Account: d.Change.Account},
	}
	if d.Person != nil {
		p.Change.Person, p.Change.UnionID = *d.Person, d.Person.UnionID
	}
	return p
}

// forgetOthers removes who an account was at the office app besides a user, and
// that it is invited. In the mirror it is looked up by the account: an expression
// is in no index, so that no database takes the key, which would be the whole
// directory, for as good.
func (s *Store) forgetOthers(ctx context.Context, dir dirsync.Directory, localID, remoteID string) error {
	for _, statement := range []string{
		"DELETE FROM thirdapp_bindings" +
			" WHERE tenant_id = ?0 AND provider = ?1 AND org_id = ?2 AND person_id = ?3 AND provider_user_id <> ?4",
		"DELETE FROM thirdapp_sync_people" +
			" WHERE local_id = ?3 AND tenant_id = ?0 AND provider || '' = ?1 AND org_id || '' = ?2 AND remote_id <> ?4",
		"DELETE FROM thirdapp_sync_invitations WHERE tenant_id = ?0 AND provider = ?1 AND org_id = ?2 AND local_id = ?3",
	} {
		_, err := s.idb(ctx).NewRaw(statement, dir.Tenant, dir.Provider, dir.OrgID, localID, remoteID).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// bindPushed binds somebody to who they are at the office app, and keeps how
// they are there. Nobody loses a binding that is in use.
func (s *Store) bindPushed(ctx context.Context, c dirsync.Claim, d *dirsync.Pushed, at time.Time) error {
	dir := c.Run.Directory()
	taken, err := s.idb(ctx).NewSelect().Table("thirdapp_bindings").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("provider_user_id = ? AND person_id <> ? AND active", d.RemoteID, d.Change.LocalID).Exists(ctx)
	if err != nil {
		return storeError(err)
	}
	if taken {
		return fmt.Errorf("user %s: %w", d.RemoteID, tenant.ErrConflict)
	}
	if err := s.forgetOthers(ctx, dir, d.Change.LocalID, d.RemoteID); err != nil {
		return err
	}
	p := pushedPerson(d)
	var before []struct {
		Owned     bool
		ManagerID provider.UserID
	}
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_people").Column("owned", "manager_id").
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND remote_id = ?", dir.Tenant, dir.Provider, dir.OrgID, d.RemoteID).
		Scan(ctx, &before)
	if err != nil {
		return storeError(err)
	}
	if len(before) > 0 {
		p.Change.Owned, p.Change.Base = before[0].Owned, &dirsync.StagedPerson{ManagerID: before[0].ManagerID}
	}
	if err := s.mirrorPeople(ctx, c, []dirsync.DonePerson{p}, at); err != nil || !d.ManagerSettled {
		return err
	}
	_, err = s.idb(ctx).NewRaw(`UPDATE thirdapp_sync_people AS m SET manager_local_id = COALESCE((
			SELECT b.person_id FROM thirdapp_bindings AS b WHERE b.tenant_id = m.tenant_id AND b.provider = m.provider
				AND b.org_id = m.org_id AND b.provider_user_id = m.manager_id AND b.active), '')
		WHERE m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND m.remote_id = ?`,
		dir.Tenant, dir.Provider, dir.OrgID, d.RemoteID).Exec(ctx)
	return storeError(err)
}

func (s *Store) recordInvitation(ctx context.Context, dir dirsync.Directory, localID string, at time.Time) error {
	_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_invitations (tenant_id, provider, org_id, local_id, invited_at)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, provider, org_id, local_id) DO UPDATE SET invited_at = EXCLUDED.invited_at`,
		dir.Tenant, dir.Provider, dir.OrgID, localID, stored(at)).Exec(ctx)
	return storeError(err)
}

// recordOrders keeps the order of departments in the mirror.
func (s *Store) recordOrders(ctx context.Context, dir dirsync.Directory, orders []dirsync.StagedDepartment) error {
	if len(orders) == 0 {
		return nil
	}
	_, err := s.idb(ctx).NewRaw(`UPDATE thirdapp_sync_departments AS d SET sort_order = v.sort_order
		FROM ? WHERE d.tenant_id = ? AND d.provider = ? AND d.org_id = ? AND d.remote_id = v.remote_id
			AND d.sort_order <> v.sort_order`,
		valuesOf("v", orders).
			text("remote_id", func(d *dirsync.StagedDepartment) string { return string(d.ID) }).
			bigint("sort_order", func(d *dirsync.StagedDepartment) int64 { return d.Order }).values,
		dir.Tenant, dir.Provider, dir.OrgID).Exec(ctx)
	return storeError(err)
}
