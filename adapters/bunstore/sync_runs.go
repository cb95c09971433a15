package bunstore

import (
	"context"
	"fmt"

	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// Runs implements dirsync.RunStore.
func (s *Store) Runs(
	ctx context.Context, t tenant.ID, f dirsync.RunFilter, p tenant.Page,
) (tenant.List[dirsync.Run], error) {
	list, err := s.syncRuns(ctx, t, f, p)
	if err != nil {
		return tenant.List[dirsync.Run]{}, fmt.Errorf("bunstore: runs: %w", err)
	}
	return list, nil
}

func (s *Store) syncRuns(
	ctx context.Context, t tenant.ID, f dirsync.RunFilter, p tenant.Page,
) (tenant.List[dirsync.Run], error) {
	const name = "runs"
	if err := checkText(string(f.Provider), string(f.Direction), string(f.State)); err != nil {
		return tenant.List[dirsync.Run]{}, err
	}
	var rows []syncRunRow
	q := s.idb(ctx).NewSelect().Model(&rows).Where("tenant_id = ?", t).
		OrderExpr("id DESC").Limit(int64(p.Size()) + 1)
	for column, want := range map[string]string{
		"provider": string(f.Provider), "direction": string(f.Direction), "state": string(f.State),
	} {
		if want != "" {
			q = q.Where(column+" = ?", want)
		}
	}
	if !f.From.IsZero() {
		q = q.Where("created_at >= ?", storedUp(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("created_at < ?", storedUp(f.To))
	}
	if p.Cursor != "" {
		var id string
		if err := decodeCursor(p.Cursor, name, &id); err != nil {
			return tenant.List[dirsync.Run]{}, err
		}
		q = q.Where("id < ?", id)
	}
	if err := q.Scan(ctx); err != nil {
		return tenant.List[dirsync.Run]{}, storeError(err)
	}
	runs := make([]dirsync.Run, len(rows))
	for i := range rows {
		runs[i] = rows[i].run()
	}
	return pageOf(runs, p.Size(), func(r dirsync.Run) string { return encodeCursor(name, r.ID) }), nil
}
