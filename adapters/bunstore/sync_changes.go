package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// changeState is a change's own state, else that of its batch, else that of the
// run: what a run that has ended did not get to is skipped.
const changeState = `CASE
	WHEN c.state <> '' THEN c.state
	WHEN b.done THEN 'applied'
	WHEN r.active OR r.state = 'planned' THEN 'pending'
	ELSE 'skipped' END`

// syncChangeRow is a change as it is listed.
type syncChangeRow struct {
	Seq      int64
	Entity   dirsync.Entity
	Kind     dirsync.Kind
	RemoteID string
	Planned  string
	LocalID  string
	Account  string
	Name     string
	Fields   string
	State    dirsync.ChangeState
	ReasonZH string
	ReasonEN string
}

// Changes implements dirsync.RunStore.
func (s *Store) Changes(
	ctx context.Context, t tenant.ID, runID string, f dirsync.ChangeFilter, p tenant.Page,
) (tenant.List[dirsync.Change], error) {
	list, err := s.syncChanges(ctx, t, runID, f, p)
	if err != nil {
		return tenant.List[dirsync.Change]{}, fmt.Errorf("bunstore: changes: %w", err)
	}
	return list, nil
}

func (s *Store) syncChanges(
	ctx context.Context, t tenant.ID, runID string, f dirsync.ChangeFilter, p tenant.Page,
) (tenant.List[dirsync.Change], error) {
	const name = "changes"
	var none tenant.List[dirsync.Change]
	if _, err := s.syncRun(ctx, t, runID, ""); err != nil {
		return none, err
	}
	q, err := s.changesQuery(ctx, t, runID, f)
	if err != nil {
		return none, err
	}
	if p.Cursor != "" {
		var after string
		if err := decodeCursor(p.Cursor, name, &after); err != nil {
			return none, err
		}
		seq, err := strconv.ParseInt(after, 10, 64)
		if err != nil {
			return none, errCursor()
		}
		q = q.Where("c.seq > ?", seq)
	}
	var rows []syncChangeRow
	if err := q.OrderExpr("c.seq").Limit(int64(p.Size())+1).Scan(ctx, &rows); err != nil {
		return none, storeError(err)
	}
	items := make([]dirsync.Change, len(rows))
	for i := range rows {
		if items[i], err = rows[i].change(); err != nil {
			return none, err
		}
	}
	return pageOf(items, p.Size(), func(c dirsync.Change) string { return encodeCursor(name, c.ID) }), nil
}

// Change implements dirsync.RunStore.
func (s *Store) Change(ctx context.Context, t tenant.ID, runID, id string) (dirsync.Change, error) {
	c, err := s.syncChange(ctx, t, runID, id)
	if err != nil {
		return dirsync.Change{}, fmt.Errorf("bunstore: change: %w", err)
	}
	return c, nil
}

func (s *Store) syncChange(ctx context.Context, t tenant.ID, runID, id string) (dirsync.Change, error) {
	seq, err := strconv.ParseInt(id, 10, 64)
	if err != nil || checkText(runID) != nil {
		return dirsync.Change{}, tenant.ErrNotFound
	}
	q, err := s.changesQuery(ctx, t, runID, dirsync.ChangeFilter{})
	if err != nil {
		return dirsync.Change{}, err
	}
	var row syncChangeRow
	if err := q.Where("c.seq = ?", seq).Scan(ctx, &row); err != nil {
		return dirsync.Change{}, storeError(err)
	}
	return row.change()
}

// AppliedCounts implements dirsync.RunStore.
func (s *Store) AppliedCounts(ctx context.Context, t tenant.ID, runID string) (dirsync.Counts, error) {
	if _, err := s.syncRun(ctx, t, runID, ""); err != nil {
		return dirsync.Counts{}, fmt.Errorf("bunstore: applied counts: %w", err)
	}
	var rows []changeCountRow
	err := s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_changes AS c").ColumnExpr("c.entity, c.kind, count(*) AS n").
		Join("LEFT JOIN thirdapp_sync_batches AS b ON b.tenant_id = c.tenant_id AND b.run_id = c.run_id AND b.number = c.batch").
		Where("c.tenant_id = ? AND c.run_id = ?", t, runID).
		Where("(c.state = 'applied' OR c.state = '' AND b.done)").
		Group("c.entity", "c.kind").Scan(ctx, &rows)
	if err != nil {
		return dirsync.Counts{}, fmt.Errorf("bunstore: applied counts: %w", storeError(err))
	}
	return countsOf(rows), nil
}

// changeCountRow is the number of changes of a kind.
type changeCountRow struct {
	Entity dirsync.Entity
	Kind   dirsync.Kind
	N      int
}

func countsOf(rows []changeCountRow) dirsync.Counts {
	counts := dirsync.Counts{Departments: map[dirsync.Kind]int{}, People: map[dirsync.Kind]int{}}
	for _, r := range rows {
		if r.Entity == dirsync.EntityDepartment {
			counts.Departments[r.Kind] = r.N
		} else {
			counts.People[r.Kind] = r.N
		}
	}
	return counts
}

// changesQuery selects changes. What was not known when they were planned, the
// ids of what they created, is taken from the mirror.
func (s *Store) changesQuery(
	ctx context.Context, t tenant.ID, runID string, f dirsync.ChangeFilter,
) (*bun.SelectQuery, error) {
	if err := checkText(string(f.Kind), string(f.State), string(f.Entity)); err != nil {
		return nil, err
	}
	const mirror = ".tenant_id = c.tenant_id AND %[1]s.provider = r.provider" +
		" AND %[1]s.org_id = r.org_id AND %[1]s.remote_id = c.remote_id AND c.entity = "
	q := s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_changes AS c").
		ColumnExpr("c.seq, c.entity, c.kind, c.remote_id, c.name, c.fields, c.reason_zh, c.reason_en").
		ColumnExpr("c.local_id AS planned").
		ColumnExpr("COALESCE(NULLIF(c.local_id, ''), p.local_id, d.local_id, '') AS local_id").
		ColumnExpr("COALESCE(NULLIF(c.account, ''), p.account, '') AS account").
		ColumnExpr(changeState+" AS state").
		Join("JOIN thirdapp_sync_runs AS r ON r.tenant_id = c.tenant_id AND r.id = c.run_id").
		Join("LEFT JOIN thirdapp_sync_batches AS b ON b.tenant_id = c.tenant_id AND b.run_id = c.run_id AND b.number = c.batch").
		Join(fmt.Sprintf("LEFT JOIN thirdapp_sync_people AS p ON p"+mirror+"'person'", "p")).
		Join(fmt.Sprintf("LEFT JOIN thirdapp_sync_departments AS d ON d"+mirror+"'department'", "d")).
		Where("c.tenant_id = ? AND c.run_id = ?", t, runID)
	if f.Entity != "" {
		q = q.Where("c.entity = ?", f.Entity)
	}
	if f.Kind != "" {
		q = q.Where("c.kind = ?", f.Kind)
	}
	if f.State != "" {
		q = q.Where(changeState+" = ?", f.State)
	}
	return q, nil
}

func (r *syncChangeRow) change() (dirsync.Change, error) {
	c := dirsync.Change{
		ID: strconv.FormatInt(r.Seq, 10), Entity: r.Entity, Kind: r.Kind,
		RemoteID: r.RemoteID, LocalID: r.LocalID, Account: r.Account, Name: r.Name,
		Existing: r.Entity == dirsync.EntityPerson && r.Kind == dirsync.KindCreate && r.Planned != "",
		State:    r.State, Reason: provider.Text{ZH: r.ReasonZH, EN: r.ReasonEN},
	}
	if err := json.Unmarshal([]byte(r.Fields), &c.Fields); err != nil {
		return c, fmt.Errorf("fields of change %d: %w", r.Seq, err)
	}
	return c, nil
}

// jsonText returns a value as JSON for a column of that type, NULL for nil.
func jsonText(v any) (any, error) {
	b, err := json.Marshal(v)
	switch {
	case err != nil:
		return nil, err
	case string(b) == "null":
		return nil, nil //nolint:nilnil // nil is the value NULL
	}
	return string(b), nil
}
