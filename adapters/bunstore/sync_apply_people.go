package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// PeopleBatch implements dirsync.ApplyStore. The tables are read one by one and
// joined here: each read is by a primary key, or a range of one, whatever
// PostgreSQL knows about the tables.
func (s *Store) PeopleBatch(ctx context.Context, c dirsync.Claim, number int) ([]dirsync.PendingPerson, error) {
	list, err := s.peopleBatch(ctx, c, number)
	if err != nil {
		return nil, fmt.Errorf("bunstore: people batch: %w", storeError(err))
	}
	return list, nil
}

func (s *Store) peopleBatch(ctx context.Context, c dirsync.Claim, number int) ([]dirsync.PendingPerson, error) {
	list, err := s.pendingPeople(ctx, c, number)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	p := &pendingBatch{
		list: list, index: make(map[provider.UserID]*dirsync.PendingPerson, len(list)),
		first: list[0].RemoteID, last: list[len(list)-1].RemoteID,
	}
	for i := range list {
		p.index[list[i].RemoteID] = &list[i]
	}
	for _, step := range []func(context.Context, dirsync.Claim, *pendingBatch) error{
		s.addStaged, s.addPlaces, s.addMirror, s.addElsewhere,
	} {
		if err := step(ctx, c, p); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// pendingBatch are the changes of a batch while they are put together.
type pendingBatch struct {
	list  []dirsync.PendingPerson
	index map[provider.UserID]*dirsync.PendingPerson
	// first and last are the bounds of the people in the batch.
	first, last provider.UserID
}

func (s *Store) pendingPeople(ctx context.Context, c dirsync.Claim, number int) ([]dirsync.PendingPerson, error) {
	rows, err := s.pendingChanges(ctx, c, number)
	if err != nil {
		return nil, err
	}
	list := make([]dirsync.PendingPerson, len(rows))
	for i, r := range rows {
		list[i] = dirsync.PendingPerson{
			Seq: r.Seq, Account: r.Account, Replaces: r.Replaces,
			PersonChange: dirsync.PersonChange{
				Kind: r.Kind, RemoteID: provider.UserID(r.RemoteID), LocalID: r.LocalID, Name: r.Name,
			},
		}
		if r.Kind == dirsync.KindUnbind { // leaves the directory, as somebody at home elsewhere
			list[i].Kind, list[i].BoundElsewhere = dirsync.KindLeave, true
		}
	}
	return list, nil
}

// addStaged fills in what was read.
func (s *Store) addStaged(ctx context.Context, c dirsync.Claim, p *pendingBatch) error {
	err := s.rows(ctx, stagedPeople+"AND remote_id BETWEEN $3 AND $4",
		[]any{string(c.Run.Tenant), c.Run.ID, string(p.first), string(p.last)}, func(rows *sql.Rows) error {
			staged, places, err := scanStaged(rows)
			if person := p.index[staged.ID]; person != nil && !person.Kind.Removes() {
				fillIn(person, staged)
				person.Placed = places
			}
			return err
		})
	if err != nil {
		return err
	}
	for i := range p.list {
		if !p.list[i].Kind.Removes() && p.list[i].Person.ID == "" {
			return fmt.Errorf("change %d is of somebody who was not read", p.list[i].Seq)
		}
	}
	return nil
}

// fillIn fills in what was read of a person.
func fillIn(p *dirsync.PendingPerson, read dirsync.StagedPerson) {
	p.Person = read
	change := &p.PersonChange
	change.UnionID, change.Mobile, change.Email = read.UnionID, read.Mobile, read.Email
	change.JobNumber, change.Title, change.AvatarURL = read.JobNumber, read.Title, read.AvatarURL
}

// addPlaces fills in the places of people.
func (s *Store) addPlaces(ctx context.Context, c dirsync.Claim, p *pendingBatch) error {
	return s.stagedPlaces(ctx, c, p.first, p.last, func(place dirsync.StagedPlace) {
		if person := p.index[place.PersonID]; person != nil && !person.Kind.Removes() {
			person.Placed = addPlace(person.Placed, place)
		}
	})
}

// localDepartments returns the platform's ids of departments that are applied.
func (s *Store) localDepartments(
	ctx context.Context, c dirsync.Claim, ids []provider.DepartmentID,
) (map[provider.DepartmentID]string, error) {
	dir := c.Run.Directory()
	var rows []mirrorDepartmentRow
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_departments").Column("remote_id", "local_id").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("NOT gone AND remote_id IN (SELECT id FROM ?)",
			valuesOf("v", ids).text("id", func(id *provider.DepartmentID) string { return string(*id) }).values).
		Scan(ctx, &rows)
	local := make(map[provider.DepartmentID]string, len(rows))
	for _, r := range rows {
		local[r.RemoteID] = r.LocalID
	}
	return local, err
}

// addMirror fills in whom the mirror has, and whose accounts pulls have
// created.
func (s *Store) addMirror(ctx context.Context, c dirsync.Claim, p *pendingBatch) error {
	dir := c.Run.Directory()
	replaced := make(map[provider.UserID]*dirsync.PendingPerson)
	for i := range p.list {
		if old := p.list[i].Replaces; old != "" {
			replaced[old] = &p.list[i]
		}
	}
	var rows []struct {
		RemoteID provider.UserID
		Owned    bool
		mirroredRow
	}
	ids := slices.Collect(maps.Keys(replaced))
	if some, err := s.mirrored(ctx, dir, p); err != nil {
		return err
	} else if some {
		ids = slices.AppendSeq(ids, maps.Keys(p.index))
	}
	if len(ids) == 0 {
		return nil
	}
	if err := s.mirrorOf(ctx, dir, ids, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		if person := p.index[r.RemoteID]; person != nil {
			person.Known, person.Base = true, &dirsync.StagedPerson{
				ID: r.RemoteID, Name: r.Name, Mobile: r.Mobile, Email: r.Email,
				JobNumber: r.JobNumber, Title: r.Title, AvatarURL: r.AvatarURL,
				ManagerID: r.ManagerID,
			}
			person.Owned = person.Owned || r.Owned
		}
		if person := replaced[r.RemoteID]; person != nil {
			person.Owned = person.Owned || r.Owned
		}
	}
	return nil
}

// mirrored reports whether somebody of a batch may be in the mirror. When there
// is nobody from first to last, as in a first pull, they need not be asked for
// one by one. Who was read lies between these, a leaver may not.
func (s *Store) mirrored(ctx context.Context, dir dirsync.Directory, p *pendingBatch) (some bool, err error) {
	if slices.ContainsFunc(p.list, func(c dirsync.PendingPerson) bool { return c.Kind.Removes() }) {
		return true, nil
	}
	err = s.rows(ctx, `SELECT EXISTS (SELECT 1 FROM thirdapp_sync_people
		WHERE tenant_id = $1 AND provider = $2 AND org_id = $3 AND remote_id BETWEEN $4 AND $5)`,
		[]any{string(dir.Tenant), string(dir.Provider), dir.OrgID, string(p.first), string(p.last)},
		func(rows *sql.Rows) error { return rows.Scan(&some) })
	return some, err
}

// mirrorOf reads what the mirror has of people. They are named one by one:
// between the first and the last of a few changes may lie the whole company.
func (s *Store) mirrorOf(ctx context.Context, dir dirsync.Directory, ids []provider.UserID, into any) error {
	const columns = "remote_id, owned, name, mobile, email, job_number, title, avatar_url, manager_id"
	if !s.postgres() {
		return s.idb(ctx).NewSelect().Table("thirdapp_sync_people").ColumnExpr(columns).
			Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
			Where("remote_id IN (?)", bun.List(ids)).Scan(ctx, into)
	}
	// As long as PostgreSQL knows nothing about the table, as in the first pull, it
	// takes the directory for a row or two, and would read all of it for a list of
	// ids. OFFSET 0 has it look for each by the whole key.
	return s.idb(ctx).NewRaw("SELECT m.* FROM ? CROSS JOIN LATERAL (SELECT "+columns+` FROM thirdapp_sync_people
			WHERE tenant_id = ? AND provider = ? AND org_id = ? AND remote_id = v.id OFFSET 0) AS m`,
		valuesOf("v", ids).text("id", func(id *provider.UserID) string { return string(*id) }).values,
		dir.Tenant, dir.Provider, dir.OrgID).Scan(ctx, into)
}

// addElsewhere fills in which leavers the tenant has by another directory.
func (s *Store) addElsewhere(ctx context.Context, c dirsync.Claim, p *pendingBatch) error {
	dir := c.Run.Directory()
	leavers := make(map[string]*dirsync.PendingPerson)
	for i := range p.list {
		if p.list[i].Kind == dirsync.KindLeave {
			leavers[p.list[i].LocalID] = &p.list[i]
		}
	}
	if len(leavers) == 0 {
		return nil
	}
	var bound []string
	err := s.idb(ctx).NewSelect().Table("thirdapp_bindings").Column("person_id").
		Where("tenant_id = ? AND active AND person_id IN (?)", dir.Tenant, bun.List(slices.Collect(maps.Keys(leavers)))).
		Where("(provider <> ? OR org_id <> ?)", dir.Provider, dir.OrgID).Scan(ctx, &bound)
	for _, id := range bound {
		leavers[id].BoundElsewhere = true
	}
	return err
}
