package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// plannedRow is a planned change with its place in the plan.
type plannedRow struct {
	*dirsync.PlannedChange
	seq    int64
	batch  int64
	state  dirsync.ChangeState
	fields string
}

// AddChanges implements dirsync.PlanStore.
func (s *Store) AddChanges(
	ctx context.Context, c dirsync.Claim, stage dirsync.Stage, changes []dirsync.PlannedChange, at time.Time,
) (cancel bool, err error) {
	err = s.inLazyTx(ctx, func(ctx context.Context) error {
		if err := s.addChanges(ctx, c, stage, changes); err != nil {
			return err
		}
		cancel, err = s.advanceRun(ctx, c, dirsync.Progress{Changes: len(changes)}, at)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: add changes: %w", err)
	}
	return cancel, nil
}

func (s *Store) addChanges(ctx context.Context, c dirsync.Claim, stage dirsync.Stage, changes []dirsync.PlannedChange) error {
	if len(changes) == 0 {
		return nil
	}
	seq, batch, err := s.planEnd(ctx, c)
	if err != nil {
		return err
	}
	rows, open, err := plannedRows(changes, seq+1, batch+1)
	if err != nil {
		return err
	}
	if open {
		_, err = s.idb(ctx).NewRaw("INSERT INTO thirdapp_sync_batches"+
			" (tenant_id, run_id, number, stage, first_seq, last_seq, done) VALUES (?, ?, ?, ?, ?, ?, FALSE)",
			c.Run.Tenant, c.Run.ID, batch+1, stage, seq+1, seq+int64(len(rows))).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return storeError(s.insertNew(ctx, newRows{"thirdapp_sync_changes", runColumns(c), plannedValues(rows)}))
}

// planEnd returns the highest numbers of changes and batches in the plan. max()
// would read all of them as long as PostgreSQL takes the tables for tiny.
func (s *Store) planEnd(ctx context.Context, c dirsync.Claim) (seq, batch int64, err error) {
	highest := func(table, column string) schema.QueryAppender {
		return bun.SafeQuery("COALESCE((SELECT ? FROM ? WHERE tenant_id = ? AND run_id = ? ORDER BY ? DESC LIMIT 1), 0)",
			bun.Ident(column), bun.Ident(table), c.Run.Tenant, c.Run.ID, bun.Ident(column))
	}
	err = s.idb(ctx).NewSelect().
		ColumnExpr("?, ?", highest("thirdapp_sync_changes", "seq"), highest("thirdapp_sync_batches", "number")).
		Scan(ctx, &seq, &batch)
	return seq, batch, storeError(err)
}

// plannedRows numbers changes; open is true when there is one to be applied.
func plannedRows(changes []dirsync.PlannedChange, seq, batch int64) (rows []plannedRow, open bool, err error) {
	rows = make([]plannedRow, len(changes))
	for i := range changes {
		r := plannedRow{PlannedChange: &changes[i], seq: seq + int64(i), batch: batch}
		if r.Kind == dirsync.KindConflict {
			r.batch, r.state = 0, dirsync.ChangeSkipped
		} else {
			open = true
		}
		fields, err := json.Marshal(r.Fields)
		if err != nil {
			return nil, false, fmt.Errorf("fields of a change: %w", err)
		}
		r.fields = string(fields)
		rows[i] = r
	}
	return rows, open, nil
}

func plannedValues(rows []plannedRow) values {
	return valuesOf("v", rows).
		bigint("seq", func(r *plannedRow) int64 { return r.seq }).
		bigint("batch", func(r *plannedRow) int64 { return r.batch }).
		text("entity", func(r *plannedRow) string { return string(r.Entity) }).
		text("kind", func(r *plannedRow) string { return string(r.Kind) }).
		text("remote_id", func(r *plannedRow) string { return r.RemoteID }).
		text("local_id", func(r *plannedRow) string { return r.LocalID }).
		text("account", func(r *plannedRow) string { return r.Account }).
		text("replaces", func(r *plannedRow) string { return string(r.Replaces) }).
		text("parent_id", func(r *plannedRow) string { return string(r.ParentID) }).
		text("name", func(r *plannedRow) string { return r.Name }).
		text("fields", func(r *plannedRow) string { return r.fields }).
		text("state", func(r *plannedRow) string { return string(r.state) }).
		text("reason_zh", func(r *plannedRow) string { return r.Reason.ZH }).
		text("reason_en", func(r *plannedRow) string { return r.Reason.EN }).values
}

// CountPlan implements dirsync.PlanStore.
func (s *Store) CountPlan(ctx context.Context, c dirsync.Claim) (dirsync.PlanCounts, error) {
	counts, err := s.countPlan(ctx, c)
	if err != nil {
		return dirsync.PlanCounts{}, fmt.Errorf("bunstore: count plan: %w", storeError(err))
	}
	return counts, nil
}

func (s *Store) countPlan(ctx context.Context, c dirsync.Claim) (counts dirsync.PlanCounts, err error) {
	var rows []changeCountRow
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_changes").
		ColumnExpr("entity, kind, count(*) AS n").
		Where("tenant_id = ? AND run_id = ?", c.Run.Tenant, c.Run.ID).
		Group("entity", "kind").Scan(ctx, &rows)
	if err != nil {
		return counts, err
	}
	counts.Counts = countsOf(rows)
	if counts.People[dirsync.KindLeave]+counts.People[dirsync.KindLeaving] == 0 {
		return counts, nil
	}
	dir := c.Run.Directory()
	mirror := s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_people AS m").ColumnExpr("count(*)").
		Where("m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND NOT m.gone", dir.Tenant, dir.Provider, dir.OrgID)
	if err := mirror.Scan(ctx, &counts.Active); err != nil || counts.People[dirsync.KindLeave] == 0 {
		return counts, err
	}
	err = mirror.Where("m.leaving_since IS NOT NULL").
		Where("m.remote_id IN (SELECT remote_id FROM thirdapp_sync_changes"+
			" WHERE tenant_id = ? AND run_id = ? AND entity = ? AND kind = ?)",
			c.Run.Tenant, c.Run.ID, dirsync.EntityPerson, dirsync.KindLeave).Scan(ctx, &counts.Due)
	return counts, err
}
