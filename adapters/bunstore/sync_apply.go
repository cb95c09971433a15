package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// Writers implements dirsync.ApplyStore and identity.Store: SQLite has one
// writer, PostgreSQL as many as there are connections; more than a few gain
// nothing.
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
	Entity   dirsync.Entity
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
	list := make([]pendingChangeRow, 0, last-first+1)
	err = s.rows(ctx, `SELECT seq, entity, kind, remote_id, local_id, account, replaces, parent_id, name FROM thirdapp_sync_changes
		WHERE tenant_id = $1 AND run_id = $2 AND seq BETWEEN $3 AND $4 AND state = '' ORDER BY seq`,
		[]any{string(c.Run.Tenant), c.Run.ID, first, last}, func(rows *sql.Rows) error {
			var r pendingChangeRow
			var entity, kind, replaces, parent string // database/sql is slower with types of our own
			err := rows.Scan(&r.Seq, &entity, &kind, &r.RemoteID, &r.LocalID, &r.Account, &replaces, &parent, &r.Name)
			r.Entity, r.Kind = dirsync.Entity(entity), dirsync.Kind(kind)
			r.Replaces, r.ParentID = provider.UserID(replaces), provider.DepartmentID(parent)
			list = append(list, r)
			return err
		})
	return list, err
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
	var read []mirrorDepartmentRow
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
	local, err := s.localDepartments(ctx, c, parents)
	if err != nil {
		return nil, err
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
