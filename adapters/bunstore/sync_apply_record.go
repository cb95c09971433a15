package bunstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// RecordDepartments implements dirsync.ApplyStore.
func (s *Store) RecordDepartments(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.DoneDepartment, last bool, at time.Time,
) (cancel bool, err error) {
	var applied, gone []dirsync.DoneDepartment
	results := make([]changeResult, len(done))
	for i, d := range done {
		results[i] = changeResult{d.Change.Seq, d.Outcome}
		switch {
		case results[i].failed():
		case d.Change.Kind == dirsync.KindLeave:
			gone = append(gone, d)
		default:
			applied = append(applied, d)
		}
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		if err := s.keepDepartments(ctx, c, slices.Concat(applied, gone)); err != nil {
			return err
		}
		if err := s.mirrorDepartments(ctx, c, applied, at); err != nil {
			return err
		}
		if err := s.markGone(ctx, "thirdapp_sync_departments", c.Run, at, valuesOf("v", gone).
			text("remote_id", func(d *dirsync.DoneDepartment) string { return string(d.Change.RemoteID) }).values); err != nil {
			return err
		}
		cancel, err = s.settleBatch(ctx, c, b, results, last, at)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: record departments: %w", err)
	}
	return cancel, nil
}

func (s *Store) mirrorDepartments(
	ctx context.Context, c dirsync.Claim, applied []dirsync.DoneDepartment, at time.Time,
) error {
	if len(applied) == 0 {
		return nil
	}
	dir := c.Run.Directory()
	rows := valuesOf("v", applied).
		text("remote_id", func(d *dirsync.DoneDepartment) string { return string(d.Change.RemoteID) }).
		text("parent_id", func(d *dirsync.DoneDepartment) string { return string(d.Change.ParentID) }).
		text("name", func(d *dirsync.DoneDepartment) string { return d.Change.Name }).
		bigint("sort_order", func(d *dirsync.DoneDepartment) int64 { return d.Change.Order }).
		text("local_id", func(d *dirsync.DoneDepartment) string { return d.Outcome.LocalID }).values
	_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_departments
			(tenant_id, provider, org_id, remote_id, parent_id, name, sort_order, local_id, gone, updated_at, run_id)
		SELECT ?, ?, ?, v.remote_id, v.parent_id, v.name, v.sort_order, v.local_id, FALSE, ?, ? FROM ? WHERE TRUE
		ON CONFLICT (tenant_id, provider, org_id, remote_id) DO UPDATE SET parent_id = EXCLUDED.parent_id,
			name = EXCLUDED.name, sort_order = EXCLUDED.sort_order, local_id = EXCLUDED.local_id,
			gone = FALSE, updated_at = EXCLUDED.updated_at, run_id = EXCLUDED.run_id`,
		dir.Tenant, dir.Provider, dir.OrgID, stored(at), c.Run.ID, rows).Exec(ctx)
	if err != nil {
		return storeError(err)
	}
	return s.analyse(ctx, len(applied), "thirdapp_sync_departments")
}

// RecordPeople implements dirsync.ApplyStore.
func (s *Store) RecordPeople(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.DonePerson, last bool, at time.Time,
) (cancel bool, err error) {
	var gone, leaving, replacing []dirsync.DonePerson
	applied := make([]dirsync.DonePerson, 0, len(done)) // most are, and each is large
	results := make([]changeResult, len(done))
	for i, d := range done {
		results[i] = changeResult{d.Change.Seq, d.Outcome}
		if results[i].failed() {
			continue
		}
		switch d.Change.Kind {
		case dirsync.KindLeave:
			gone = append(gone, d)
			continue
		case dirsync.KindLeaving:
			leaving = append(leaving, d)
			continue
		default:
		}
		applied = append(applied, d)
		if d.Change.Replaces != "" {
			replacing = append(replacing, d)
		}
	}
	dir := c.Run.Directory()
	err = s.InTx(ctx, func(ctx context.Context) error {
		// What another worker has recorded meanwhile would look like a
		// conflict.
		if err := s.stillHeld(ctx, c); err != nil {
			return err
		}
		if err := s.keepPeople(ctx, c, applied, gone, leaving); err != nil {
			return err
		}
		if err := s.dropReplaced(ctx, dir, replacing); err != nil {
			return err
		}
		if err := s.mirrorPeople(ctx, c, applied, at); err != nil {
			return err
		}
		if err := s.fieldConflicts(ctx, c, applied, at); err != nil {
			return err
		}
		if err := s.peopleGone(ctx, c.Run, gone, at); err != nil {
			return err
		}
		if err := s.peopleLeaving(ctx, c.Run, leaving, at); err != nil {
			return err
		}
		cancel, err = s.settleBatch(ctx, c, b, results, last, at)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: record people: %w", err)
	}
	return cancel, nil
}

// dropReplaced removes what is kept under user ids that others have taken over.
func (s *Store) dropReplaced(ctx context.Context, dir dirsync.Directory, replacing []dirsync.DonePerson) error {
	if len(replacing) == 0 {
		return nil
	}
	old := valuesOf("v", replacing).
		text("remote_id", func(d *dirsync.DonePerson) string { return string(d.Change.Replaces) }).values
	for table, column := range map[string]string{
		"thirdapp_bindings": "provider_user_id", "thirdapp_sync_people": "remote_id",
	} {
		_, err := s.idb(ctx).NewRaw("DELETE FROM ? WHERE tenant_id = ? AND provider = ? AND org_id = ?"+
			" AND ? IN (SELECT remote_id FROM ?)",
			bun.Ident(table), dir.Tenant, dir.Provider, dir.OrgID, bun.Ident(column), old).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// mirrorPeople keeps what was applied, and the bindings that follow from it.
// People who are new everywhere are inserted without looking for rows to
// replace: that is much less work. Should somebody have bound them this moment,
// the batch fails and is applied in parts. It orders the list anew.
func (s *Store) mirrorPeople(ctx context.Context, c dirsync.Claim, applied []dirsync.DonePerson, at time.Time) error {
	// Those who are new come first.
	isKnown := func(d *dirsync.DonePerson) bool { return d.Change.LocalID != "" || d.Change.Known }
	n := 0
	for i := range applied {
		if !isKnown(&applied[i]) {
			applied[i], applied[n] = applied[n], applied[i]
			n++
		}
	}
	if err := s.mirrorNew(ctx, c.Run, applied[:n], at); err != nil {
		return err
	}
	return s.mirrorKnown(ctx, c.Run, applied[n:], at)
}

func (s *Store) mirrorNew(ctx context.Context, run dirsync.Run, people []dirsync.DonePerson, at time.Time) error {
	if err := s.insertNew(ctx, mirrorRows(run, people, at)); err != nil {
		return storeError(err)
	}
	return storeError(s.insertNew(ctx, bindingRows(run, people, at)))
}

func (s *Store) mirrorKnown(ctx context.Context, run dirsync.Run, people []dirsync.DonePerson, at time.Time) error {
	if len(people) == 0 {
		return nil
	}
	mirror, bindings := mirrorRows(run, people, at), bindingRows(run, people, at)
	if _, err := mirror.insert(s.idb(ctx), replaceMirror).Exec(ctx); err != nil {
		return storeError(err)
	}
	_, err := bindings.insert(s.idb(ctx), replaceBinding).Exec(ctx)
	return storeError(err)
}

const (
	replaceMirror = ` ON CONFLICT (tenant_id, provider, org_id, remote_id) DO UPDATE SET
		union_id = EXCLUDED.union_id, name = EXCLUDED.name, mobile = EXCLUDED.mobile, email = EXCLUDED.email,
		job_number = EXCLUDED.job_number, title = EXCLUDED.title, avatar_url = EXCLUDED.avatar_url,
		hash = EXCLUDED.hash, places = EXCLUDED.places, manager_id = EXCLUDED.manager_id, local_id = EXCLUDED.local_id, account = EXCLUDED.account,
		owned = EXCLUDED.owned, gone = FALSE, leaving_since = NULL, updated_at = EXCLUDED.updated_at, run_id = EXCLUDED.run_id`
	// Another union id is another person, of whom nothing is proved.
	replaceBinding = ` ON CONFLICT (tenant_id, provider, org_id, provider_user_id) DO UPDATE SET
		union_id = EXCLUDED.union_id, person_id = EXCLUDED.person_id, active = TRUE, updated_at = EXCLUDED.updated_at,
		proved_by = CASE WHEN thirdapp_bindings.union_id IN ('', EXCLUDED.union_id) THEN thirdapp_bindings.proved_by ELSE '' END
		WHERE thirdapp_bindings.union_id <> EXCLUDED.union_id OR thirdapp_bindings.person_id <> EXCLUDED.person_id
			OR NOT thirdapp_bindings.active`
)

func bindingRows(run dirsync.Run, applied []dirsync.DonePerson, at time.Time) newRows {
	return newRows{
		"thirdapp_bindings",
		append(directoryColumns(run), sameColumn{"active", true},
			sameColumn{"created_at", stored(at)}, sameColumn{"updated_at", stored(at)}),
		valuesOf("v", applied).
			text("provider_user_id", func(d *dirsync.DonePerson) string { return string(d.Change.RemoteID) }).
			text("union_id", func(d *dirsync.DonePerson) string { return string(d.Change.UnionID) }).
			text("person_id", func(d *dirsync.DonePerson) string { return d.Outcome.LocalID }).values,
	}
}

func mirrorRows(run dirsync.Run, applied []dirsync.DonePerson, at time.Time) newRows {
	person := func(of func(*dirsync.StagedPerson) string) func(*dirsync.DonePerson) string {
		return func(d *dirsync.DonePerson) string { return of(&d.Change.Person) }
	}
	return newRows{
		"thirdapp_sync_people",
		append(directoryColumns(run), sameColumn{"gone", false},
			sameColumn{"updated_at", stored(at)}, sameColumn{"run_id", run.ID}),
		valuesOf("v", applied).
			text("remote_id", person(func(p *dirsync.StagedPerson) string { return string(p.ID) })).
			text("union_id", person(func(p *dirsync.StagedPerson) string { return string(p.UnionID) })).
			text("name", person(func(p *dirsync.StagedPerson) string { return p.Name })).
			text("mobile", person(func(p *dirsync.StagedPerson) string { return p.Mobile })).
			text("email", person(func(p *dirsync.StagedPerson) string { return p.Email })).
			text("job_number", person(func(p *dirsync.StagedPerson) string { return p.JobNumber })).
			text("title", person(func(p *dirsync.StagedPerson) string { return p.Title })).
			text("avatar_url", person(func(p *dirsync.StagedPerson) string { return p.AvatarURL })).
			text("hash", person(func(p *dirsync.StagedPerson) string { return p.Hash })).
			text("places", func(d *dirsync.DonePerson) string { return formatPlaces(d.Change.Placed) }).
			text("manager_id", managerOf).
			text("local_id", func(d *dirsync.DonePerson) string { return d.Outcome.LocalID }).
			text("account", func(d *dirsync.DonePerson) string { return d.Outcome.Account }).
			boolean("owned", func(d *dirsync.DonePerson) bool { return d.Change.Owned }).values,
	}
}

// directoryColumns say which directory a row belongs to.
func directoryColumns(run dirsync.Run) []sameColumn {
	dir := run.Directory()
	return []sameColumn{{"tenant_id", string(dir.Tenant)}, {"provider", string(dir.Provider)}, {"org_id", dir.OrgID}}
}

// managerOf is the manager whom the office app has told, now or else before.
func managerOf(d *dirsync.DonePerson) string {
	if p := d.Change.Person; p.ManagerKnown || d.Change.Base == nil {
		return string(p.ManagerID)
	}
	return string(d.Change.Base.ManagerID)
}

// peopleGone marks leavers; their bindings stay, inactive.
func (s *Store) peopleGone(ctx context.Context, run dirsync.Run, gone []dirsync.DonePerson, at time.Time) error {
	rows := valuesOf("v", gone).
		text("remote_id", func(d *dirsync.DonePerson) string { return string(d.Change.RemoteID) }).values
	if err := s.markGone(ctx, "thirdapp_sync_people", run, at, rows); err != nil || len(gone) == 0 {
		return err
	}
	dir := run.Directory()
	_, err := s.idb(ctx).NewRaw("UPDATE thirdapp_bindings SET active = FALSE, updated_at = ?"+
		" WHERE tenant_id = ? AND provider = ? AND org_id = ? AND active"+
		" AND provider_user_id IN (SELECT remote_id FROM ?)",
		stored(at), dir.Tenant, dir.Provider, dir.OrgID, rows).Exec(ctx)
	return storeError(err)
}

// peopleLeaving marks people whose grace period has begun; they stay bound.
func (s *Store) peopleLeaving(ctx context.Context, run dirsync.Run, leaving []dirsync.DonePerson, at time.Time) error {
	if len(leaving) == 0 {
		return nil
	}
	dir := run.Directory()
	_, err := s.idb(ctx).NewRaw("UPDATE thirdapp_sync_people SET leaving_since = ?, updated_at = ?, run_id = ?"+
		" WHERE tenant_id = ? AND provider = ? AND org_id = ? AND remote_id IN (SELECT remote_id FROM ?)",
		stored(at), stored(at), run.ID, dir.Tenant, dir.Provider, dir.OrgID, valuesOf("v", leaving).
			text("remote_id", func(d *dirsync.DonePerson) string { return string(d.Change.RemoteID) }).values).Exec(ctx)
	return storeError(err)
}

// markGone marks rows of a mirror.
func (s *Store) markGone(ctx context.Context, table string, run dirsync.Run, at time.Time, rows values) error {
	if rows.rows == 0 {
		return nil
	}
	dir := run.Directory()
	_, err := s.idb(ctx).NewRaw("UPDATE ? SET gone = TRUE, updated_at = ?, run_id = ?"+
		" WHERE tenant_id = ? AND provider = ? AND org_id = ? AND remote_id IN (SELECT remote_id FROM ?)",
		bun.Ident(table), stored(at), run.ID, dir.Tenant, dir.Provider, dir.OrgID, rows).Exec(ctx)
	return storeError(err)
}
