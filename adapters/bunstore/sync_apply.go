package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// Writers implements dirsync.ApplyStore: SQLite has one writer, PostgreSQL as
// many as there are connections; more than a few gain nothing.
func (s *Store) Writers() int {
	if s.postgres() {
		return 8
	}
	return 1
}

// OpenBatches implements dirsync.ApplyStore.
func (s *Store) OpenBatches(ctx context.Context, c dirsync.Claim) ([]dirsync.Batch, error) {
	var batches []dirsync.Batch
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_batches").Column("number", "stage").
		Where("tenant_id = ? AND run_id = ? AND NOT done", c.Run.Tenant, c.Run.ID).
		OrderExpr("stage, number").Scan(ctx, &batches)
	if err != nil {
		return nil, fmt.Errorf("bunstore: open batches: %w", storeError(err))
	}
	return batches, nil
}

// pendingChangeRow is a change of a batch that has no state of its own yet.
type pendingChangeRow struct {
	Seq      int
	Kind     dirsync.Kind
	RemoteID string
	LocalID  string
	Account  string
	Replaces provider.UserID
	ParentID provider.DepartmentID
	Name     string
}

// pendingChanges reads what is left of a batch.
func (s *Store) pendingChanges(ctx context.Context, c dirsync.Claim, number int) ([]pendingChangeRow, error) {
	var first, last int64
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_batches").Column("first_seq", "last_seq").
		Where("tenant_id = ? AND run_id = ? AND number = ? AND NOT done", c.Run.Tenant, c.Run.ID, number).
		Scan(ctx, &first, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []pendingChangeRow
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_changes").
		Column("seq", "kind", "remote_id", "local_id", "account", "replaces", "parent_id", "name").
		Where("tenant_id = ? AND run_id = ? AND seq BETWEEN ? AND ? AND state = ''", c.Run.Tenant, c.Run.ID, first, last).
		OrderExpr("seq").Scan(ctx, &rows)
	return rows, err
}

// DepartmentBatch implements dirsync.ApplyStore.
func (s *Store) DepartmentBatch(ctx context.Context, c dirsync.Claim, number int) ([]dirsync.PendingDepartment, error) {
	list, err := s.departmentBatch(ctx, c, number)
	if err != nil {
		return nil, fmt.Errorf("bunstore: department batch: %w", storeError(err))
	}
	return list, nil
}

func (s *Store) departmentBatch(ctx context.Context, c dirsync.Claim, number int) ([]dirsync.PendingDepartment, error) {
	rows, err := s.pendingChanges(ctx, c, number)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, parents := make([]string, len(rows)), make([]provider.DepartmentID, len(rows))
	for i, r := range rows {
		ids[i], parents[i] = r.RemoteID, r.ParentID
	}
	var read, applied []mirrorDepartmentRow
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_departments").Column("remote_id", "sort_order").
		Where("tenant_id = ? AND run_id = ? AND remote_id IN (?)", c.Run.Tenant, c.Run.ID, bun.List(ids)).
		Scan(ctx, &read)
	if err != nil {
		return nil, err
	}
	order := make(map[string]int64, len(read))
	for _, r := range read {
		order[string(r.RemoteID)] = r.SortOrder
	}
	dir := c.Run.Directory()
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_departments").Column("remote_id", "local_id").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("NOT gone AND remote_id IN (?)", bun.List(parents)).Scan(ctx, &applied)
	if err != nil {
		return nil, err
	}
	local := make(map[provider.DepartmentID]string, len(applied))
	for _, r := range applied {
		local[r.RemoteID] = r.LocalID
	}
	list := make([]dirsync.PendingDepartment, len(rows))
	for i, r := range rows {
		d := dirsync.PendingDepartment{Seq: r.Seq, DepartmentChange: dirsync.DepartmentChange{
			Kind: r.Kind, RemoteID: provider.DepartmentID(r.RemoteID), LocalID: r.LocalID, Name: r.Name,
			Order: order[r.RemoteID],
		}}
		if id, ok := local[r.ParentID]; ok {
			d.ParentID, d.ParentLocalID = r.ParentID, id
		}
		list[i] = d
	}
	return list, nil
}

// PeopleBatch implements dirsync.ApplyStore. The tables are read one by one and
// joined here: a batch has people who follow each other, so that each read is a
// range of a primary key, whatever PostgreSQL knows about the tables.
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
	}
	return list, nil
}

// addStaged fills in what was read.
func (s *Store) addStaged(ctx context.Context, c dirsync.Claim, p *pendingBatch) error {
	var rows []struct {
		RemoteID  provider.UserID
		UnionID   provider.UnionID
		Name      string
		Mobile    string
		Email     string
		JobNumber string
		Title     string
		AvatarURL string
		Hash      string
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_people").
		Column("remote_id", "union_id", "name", "mobile", "email", "job_number", "title", "avatar_url", "hash").
		Where("tenant_id = ? AND run_id = ? AND remote_id BETWEEN ? AND ?", c.Run.Tenant, c.Run.ID, p.first, p.last).
		Scan(ctx, &rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		person := p.index[r.RemoteID]
		if person == nil || person.Kind == dirsync.KindLeave {
			continue
		}
		person.Person = dirsync.StagedPerson{
			ID: r.RemoteID, UnionID: r.UnionID, Name: r.Name, Mobile: r.Mobile, Email: r.Email,
			JobNumber: r.JobNumber, Title: r.Title, AvatarURL: r.AvatarURL, Hash: r.Hash,
		}
		change := &person.PersonChange
		change.UnionID, change.Mobile, change.Email = r.UnionID, r.Mobile, r.Email
		change.JobNumber, change.Title, change.AvatarURL = r.JobNumber, r.Title, r.AvatarURL
	}
	for i := range p.list {
		if p.list[i].Kind != dirsync.KindLeave && p.list[i].Person.ID == "" {
			return fmt.Errorf("change %d is of somebody who was not read", p.list[i].Seq)
		}
	}
	return nil
}

// addPlaces fills in the places of people.
func (s *Store) addPlaces(ctx context.Context, c dirsync.Claim, p *pendingBatch) error {
	var rows []struct {
		RemoteID     provider.UserID
		DepartmentID provider.DepartmentID
		Leader       bool
		SortOrder    int64
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_places").
		Column("remote_id", "department_id", "leader", "sort_order").
		Where("tenant_id = ? AND run_id = ? AND remote_id BETWEEN ? AND ?", c.Run.Tenant, c.Run.ID, p.first, p.last).
		OrderExpr("remote_id, ?", bun.Safe(s.bytewise("department_id"))).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return err
	}
	departments, err := s.MirrorDepartments(ctx, c.Run.Directory())
	if err != nil {
		return err
	}
	local := make(map[provider.DepartmentID]string, len(departments))
	for _, d := range departments {
		if !d.Gone {
			local[d.ID] = d.LocalID
		}
	}
	for _, r := range rows {
		person := p.index[r.RemoteID]
		if person == nil || person.Kind == dirsync.KindLeave {
			continue
		}
		id, ok := local[r.DepartmentID]
		if !ok {
			person.Unplaced++
			continue
		}
		person.Placed = append(person.Placed, dirsync.StagedPlace{
			PersonID: r.RemoteID, DepartmentID: r.DepartmentID, Leader: r.Leader, Order: r.SortOrder,
		})
		person.Places = append(person.Places, dirsync.Place{DepartmentLocalID: id, Leader: r.Leader, Order: r.SortOrder})
	}
	return nil
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
	}
	q := s.idb(ctx).NewSelect().Table("thirdapp_sync_people").Column("remote_id", "owned").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID)
	if len(replaced) == 0 {
		q = q.Where("remote_id BETWEEN ? AND ?", p.first, p.last)
	} else {
		q = q.Where("(remote_id BETWEEN ? AND ? OR remote_id IN (?))", p.first, p.last,
			bun.List(slices.Collect(maps.Keys(replaced))))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		if person := p.index[r.RemoteID]; person != nil {
			person.Known = true
			person.Owned = person.Owned || r.Owned
		}
		if person := replaced[r.RemoteID]; person != nil {
			person.Owned = person.Owned || r.Owned
		}
	}
	return nil
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
		if err := s.mirrorDepartments(ctx, c.Run.Directory(), applied, at); err != nil {
			return err
		}
		if err := s.markGone(ctx, "thirdapp_sync_departments", c.Run.Directory(), at, valuesOf("v", gone).
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
	ctx context.Context, dir dirsync.Directory, applied []dirsync.DoneDepartment, at time.Time,
) error {
	if len(applied) == 0 {
		return nil
	}
	rows := valuesOf("v", applied).
		text("remote_id", func(d *dirsync.DoneDepartment) string { return string(d.Change.RemoteID) }).
		text("parent_id", func(d *dirsync.DoneDepartment) string { return string(d.Change.ParentID) }).
		text("name", func(d *dirsync.DoneDepartment) string { return d.Change.Name }).
		bigint("sort_order", func(d *dirsync.DoneDepartment) int64 { return d.Change.Order }).
		text("local_id", func(d *dirsync.DoneDepartment) string { return d.Outcome.LocalID }).values
	_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_departments
			(tenant_id, provider, org_id, remote_id, parent_id, name, sort_order, local_id, gone, updated_at)
		SELECT ?, ?, ?, v.remote_id, v.parent_id, v.name, v.sort_order, v.local_id, FALSE, ? FROM ? WHERE TRUE
		ON CONFLICT (tenant_id, provider, org_id, remote_id) DO UPDATE SET parent_id = EXCLUDED.parent_id,
			name = EXCLUDED.name, sort_order = EXCLUDED.sort_order, local_id = EXCLUDED.local_id,
			gone = FALSE, updated_at = EXCLUDED.updated_at`,
		dir.Tenant, dir.Provider, dir.OrgID, stored(at), rows).Exec(ctx)
	if err != nil {
		return storeError(err)
	}
	return s.analyse(ctx, len(applied), "thirdapp_sync_departments")
}

// RecordPeople implements dirsync.ApplyStore.
func (s *Store) RecordPeople(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.DonePerson, last bool, at time.Time,
) (cancel bool, err error) {
	var applied, gone, replacing []dirsync.DonePerson
	results := make([]changeResult, len(done))
	for i, d := range done {
		results[i] = changeResult{d.Change.Seq, d.Outcome}
		if results[i].failed() {
			continue
		}
		if d.Change.Kind == dirsync.KindLeave {
			gone = append(gone, d)
			continue
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
		if err := s.dropReplaced(ctx, dir, replacing); err != nil {
			return err
		}
		if err := s.mirrorPeople(ctx, c, applied, at); err != nil {
			return err
		}
		if err := s.peopleGone(ctx, dir, gone, at); err != nil {
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
// the batch fails and is applied in parts.
func (s *Store) mirrorPeople(ctx context.Context, c dirsync.Claim, applied []dirsync.DonePerson, at time.Time) error {
	var fresh, known []dirsync.DonePerson
	for _, d := range applied {
		if d.Change.LocalID == "" && !d.Change.Known {
			fresh = append(fresh, d)
		} else {
			known = append(known, d)
		}
	}
	dir := c.Run.Directory()
	for _, group := range []struct {
		people            []dirsync.DonePerson
		mirrors, bindings string
	}{{fresh, "", ""}, {known, replaceMirror, replaceBinding}} {
		if len(group.people) == 0 {
			continue
		}
		_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_people (tenant_id, provider, org_id, remote_id, union_id, name,
				mobile, email, job_number, title, avatar_url, hash, places, local_id, account, owned, gone, updated_at)
			SELECT ?, ?, ?, v.*, FALSE, ? FROM ? WHERE TRUE`+group.mirrors,
			dir.Tenant, dir.Provider, dir.OrgID, stored(at), mirrorValues(group.people)).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
		_, err = s.idb(ctx).NewRaw(`INSERT INTO thirdapp_bindings AS b
				(tenant_id, provider, org_id, provider_user_id, union_id, person_id, active, created_at, updated_at)
			SELECT ?, ?, ?, v.*, TRUE, ?, ? FROM ? WHERE TRUE`+group.bindings,
			dir.Tenant, dir.Provider, dir.OrgID, stored(at), stored(at), bindingValues(group.people)).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

const (
	replaceMirror = ` ON CONFLICT (tenant_id, provider, org_id, remote_id) DO UPDATE SET
		union_id = EXCLUDED.union_id, name = EXCLUDED.name, mobile = EXCLUDED.mobile, email = EXCLUDED.email,
		job_number = EXCLUDED.job_number, title = EXCLUDED.title, avatar_url = EXCLUDED.avatar_url,
		hash = EXCLUDED.hash, places = EXCLUDED.places, local_id = EXCLUDED.local_id, account = EXCLUDED.account,
		owned = EXCLUDED.owned, gone = FALSE, updated_at = EXCLUDED.updated_at`
	replaceBinding = ` ON CONFLICT (tenant_id, provider, org_id, provider_user_id) DO UPDATE SET
		union_id = EXCLUDED.union_id, person_id = EXCLUDED.person_id, active = TRUE, updated_at = EXCLUDED.updated_at
		WHERE b.union_id <> EXCLUDED.union_id OR b.person_id <> EXCLUDED.person_id OR NOT b.active`
)

func bindingValues(applied []dirsync.DonePerson) values {
	return valuesOf("v", applied).
		text("remote_id", func(d *dirsync.DonePerson) string { return string(d.Change.RemoteID) }).
		text("union_id", func(d *dirsync.DonePerson) string { return string(d.Change.UnionID) }).
		text("local_id", func(d *dirsync.DonePerson) string { return d.Outcome.LocalID }).values
}

// mirrorValues has the columns of thirdapp_sync_people from remote_id to owned.
func mirrorValues(applied []dirsync.DonePerson) values {
	person := func(of func(*dirsync.StagedPerson) string) func(*dirsync.DonePerson) string {
		return func(d *dirsync.DonePerson) string { return of(&d.Change.Person) }
	}
	return valuesOf("v", applied).
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
		text("local_id", func(d *dirsync.DonePerson) string { return d.Outcome.LocalID }).
		text("account", func(d *dirsync.DonePerson) string { return d.Outcome.Account }).
		boolean("owned", func(d *dirsync.DonePerson) bool { return d.Change.Owned }).values
}

// peopleGone marks leavers; their bindings stay, inactive.
func (s *Store) peopleGone(ctx context.Context, dir dirsync.Directory, gone []dirsync.DonePerson, at time.Time) error {
	rows := valuesOf("v", gone).
		text("remote_id", func(d *dirsync.DonePerson) string { return string(d.Change.RemoteID) }).values
	if err := s.markGone(ctx, "thirdapp_sync_people", dir, at, rows); err != nil || len(gone) == 0 {
		return err
	}
	_, err := s.idb(ctx).NewRaw("UPDATE thirdapp_bindings SET active = FALSE, updated_at = ?"+
		" WHERE tenant_id = ? AND provider = ? AND org_id = ? AND active"+
		" AND provider_user_id IN (SELECT remote_id FROM ?)",
		stored(at), dir.Tenant, dir.Provider, dir.OrgID, rows).Exec(ctx)
	return storeError(err)
}

// markGone marks rows of a mirror.
func (s *Store) markGone(ctx context.Context, table string, dir dirsync.Directory, at time.Time, rows values) error {
	if rows.rows == 0 {
		return nil
	}
	_, err := s.idb(ctx).NewRaw("UPDATE ? SET gone = TRUE, updated_at = ?"+
		" WHERE tenant_id = ? AND provider = ? AND org_id = ? AND remote_id IN (SELECT remote_id FROM ?)",
		bun.Ident(table), stored(at), dir.Tenant, dir.Provider, dir.OrgID, rows).Exec(ctx)
	return storeError(err)
}

// changeResult is what became of a change.
type changeResult struct {
	seq int
	dirsync.Outcome
}

func (r changeResult) failed() bool { return !r.Failure.IsZero() }

// settleBatch ends the record of a batch, or of a part of it.
func (s *Store) settleBatch(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, results []changeResult, last bool, at time.Time,
) (cancel bool, err error) {
	var special []settledChange
	progress := dirsync.Progress{}
	for _, r := range results {
		row := settledChange{seq: int64(r.seq), reason: r.Note}
		if r.failed() {
			row.state, row.reason = dirsync.ChangeFailed, r.Failure
			progress.ChangesFailed++
		} else {
			progress.ChangesApplied++
			if !last {
				row.state = dirsync.ChangeApplied
			}
		}
		if row.state != "" || !row.reason.IsZero() {
			special = append(special, row)
		}
	}
	if err := s.settleChanges(ctx, c, special); err != nil {
		return false, err
	}
	if last {
		n, err := affected(s.idb(ctx).NewRaw("UPDATE thirdapp_sync_batches SET done = TRUE"+
			" WHERE tenant_id = ? AND run_id = ? AND number = ? AND NOT done",
			c.Run.Tenant, c.Run.ID, b.Number).Exec(ctx))
		if err != nil {
			return false, storeError(err)
		}
		if n == 0 {
			return false, errors.Join(dirsync.ErrLost, tenant.ErrConflict)
		}
	}
	return s.advanceRun(ctx, c, progress, at)
}

// settledChange is a change whose row says more than that of its batch.
type settledChange struct {
	seq    int64
	state  dirsync.ChangeState
	reason provider.Text
}

func (s *Store) settleChanges(ctx context.Context, c dirsync.Claim, rows []settledChange) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := s.idb(ctx).NewRaw(`UPDATE thirdapp_sync_changes AS c SET state = v.state,
			reason_zh = CASE v.reason_zh WHEN '' THEN c.reason_zh ELSE v.reason_zh END,
			reason_en = CASE v.reason_zh WHEN '' THEN c.reason_en ELSE v.reason_en END
		FROM ? WHERE c.tenant_id = ? AND c.run_id = ? AND c.seq = v.seq`,
		valuesOf("v", rows).
			bigint("seq", func(r *settledChange) int64 { return r.seq }).
			text("state", func(r *settledChange) string { return string(r.state) }).
			text("reason_zh", func(r *settledChange) string { return r.reason.ZH }).
			text("reason_en", func(r *settledChange) string { return r.reason.EN }).values,
		c.Run.Tenant, c.Run.ID).Exec(ctx)
	return storeError(err)
}
