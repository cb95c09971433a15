package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// rowsPerPrune is how many rows of a run one transaction removes.
const rowsPerPrune = 5000

// NextRunTenant implements dirsync.RunStore.
func (s *Store) NextRunTenant(ctx context.Context, after tenant.ID) (tenant.ID, error) {
	next, err := s.nextTenant(ctx, after, "thirdapp_sync_runs", "thirdapp_sync_events")
	if err != nil {
		return "", fmt.Errorf("bunstore: next tenant with runs: %w", err)
	}
	return next, nil
}

// RunProviders implements dirsync.RunStore.
func (s *Store) RunProviders(ctx context.Context, t tenant.ID) ([]provider.Kind, error) {
	var kinds []provider.Kind
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_runs").ColumnExpr("DISTINCT provider").
		Where("tenant_id = ?", t).OrderExpr("provider").Scan(ctx, &kinds)
	if err != nil {
		return nil, fmt.Errorf("bunstore: providers of runs: %w", storeError(err))
	}
	return kinds, nil
}

// PruneRuns implements dirsync.RunStore. A run has gone when its own row has,
// which is removed last: a failure in between leaves a run with fewer changes.
func (s *Store) PruneRuns(
	ctx context.Context, t tenant.ID, kind provider.Kind, before time.Time, limit int,
) (int, error) {
	var runs []string
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_runs").Column("id").
		Where("tenant_id = ? AND provider = ? AND NOT active AND created_at < ?", t, kind, storedUp(before)).
		Where("id NOT IN (SELECT undoes FROM thirdapp_sync_runs WHERE tenant_id = ? AND provider = ? AND active)", t, kind).
		OrderExpr("id").Limit(int64(limit)).Scan(ctx, &runs)
	if err != nil {
		return 0, fmt.Errorf("bunstore: prune runs: %w", storeError(err))
	}
	for n, run := range runs {
		if err := s.pruneRun(ctx, t, run); err != nil {
			return n, fmt.Errorf("bunstore: prune run: %w", storeError(err))
		}
	}
	return len(runs), nil
}

func (s *Store) pruneRun(ctx context.Context, t tenant.ID, run string) error {
	for _, part := range []struct{ table, key string }{
		{"thirdapp_sync_changes", "seq"},
		{"thirdapp_sync_people_before", "remote_id"},
		{"thirdapp_sync_departments_before", "remote_id"},
		{"thirdapp_sync_batches", "number"},
	} {
		for {
			n, err := affected(s.idb(ctx).NewRaw("DELETE FROM ? WHERE tenant_id = ? AND run_id = ? AND ? IN ("+
				"SELECT ? FROM ? WHERE tenant_id = ? AND run_id = ? ORDER BY 1 LIMIT ?)",
				bun.Ident(part.table), t, run, bun.Ident(part.key),
				bun.Ident(part.key), bun.Ident(part.table), t, run, rowsPerPrune).Exec(ctx))
			if err != nil {
				return err
			}
			if n < rowsPerPrune {
				break
			}
		}
	}
	_, err := s.idb(ctx).NewDelete().Table("thirdapp_sync_runs").
		Where("tenant_id = ? AND id = ? AND NOT active", t, run).Exec(ctx)
	return err
}
