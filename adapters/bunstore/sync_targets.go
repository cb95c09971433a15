package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// How long targets wait after a run that failed.
const (
	firstTargetPause = 30 * time.Second
	maxTargetPause   = time.Hour
	maxTargetTries   = 10
)

func targetValues(targets []dirsync.Target) values {
	return valuesOf("v", targets).
		text("entity", func(t *dirsync.Target) string { return string(t.Entity) }).
		text("remote_id", func(t *dirsync.Target) string { return t.ID }).
		boolean("removed", func(t *dirsync.Target) bool { return t.Removed }).values
}

// Touch implements dirsync.TouchStore.
func (s *Store) Touch(ctx context.Context, q dirsync.TouchQueue, targets []dirsync.Target, at time.Time) error {
	if err := s.addTargets(ctx, q, "", targets, at); err != nil {
		return fmt.Errorf("bunstore: touch: %w", err)
	}
	return nil
}

// AddTargets implements dirsync.TouchStore.
func (s *Store) AddTargets(ctx context.Context, r dirsync.Run, targets []dirsync.Target, at time.Time) error {
	if err := s.addTargets(ctx, r.Queue(), r.ID, targets, at); err != nil {
		return fmt.Errorf("bunstore: add targets: %w", err)
	}
	return nil
}

func (s *Store) addTargets(
	ctx context.Context, q dirsync.TouchQueue, run string, targets []dirsync.Target, at time.Time,
) error {
	if len(targets) == 0 {
		return nil
	}
	for _, target := range targets {
		if err := checkText(target.ID); err != nil {
			return err
		}
	}
	_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_targets
			(tenant_id, app_id, direction, run_id, entity, remote_id, removed, asked, attempts, due_at)
		SELECT ?, ?, ?, ?, v.entity, v.remote_id, v.removed, ?, 0, ? FROM ? WHERE TRUE
		ON CONFLICT (tenant_id, app_id, direction, run_id, entity, remote_id)
			DO UPDATE SET attempts = 0, due_at = EXCLUDED.due_at, removed = EXCLUDED.removed`,
		q.Tenant, q.AppID, q.Direction, run, run != "", stored(at), targetValues(targets)).Exec(ctx)
	return storeError(err)
}

// Touched implements dirsync.TouchStore.
func (s *Store) Touched(ctx context.Context, q dirsync.TouchQueue, at time.Time) (due int, next time.Time, err error) {
	waiting := func() *bun.SelectQuery {
		return s.idb(ctx).NewSelect().Table("thirdapp_sync_targets").
			Where("tenant_id = ? AND app_id = ? AND direction = ? AND run_id = ''", q.Tenant, q.AppID, q.Direction)
	}
	n, err := waiting().Where("due_at <= ?", stored(at)).Count(ctx)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("bunstore: touched: %w", storeError(err))
	}
	var times []time.Time
	err = waiting().Column("due_at").Where("due_at > ?", stored(at)).OrderExpr("due_at").Limit(1).Scan(ctx, &times)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("bunstore: touched: %w", storeError(err))
	}
	if len(times) > 0 {
		next = times[0].UTC()
	}
	return int(n), next, nil
}

// TouchQueues implements dirsync.TouchStore.
func (s *Store) TouchQueues(ctx context.Context, t tenant.ID) ([]dirsync.TouchQueue, error) {
	var rows []struct {
		AppID     string
		Direction dirsync.Direction
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_targets").ColumnExpr("DISTINCT app_id, direction").
		Where("tenant_id = ? AND run_id = ''", t).OrderExpr("app_id, direction").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: touch queues: %w", storeError(err))
	}
	queues := make([]dirsync.TouchQueue, len(rows))
	for i, r := range rows {
		queues[i] = dirsync.TouchQueue{Tenant: t, AppID: r.AppID, Direction: r.Direction}
	}
	return queues, nil
}

// TakeTouched implements dirsync.TouchStore. A target that is being touched is
// left: the transaction that touches it may be the host's, which may touch
// others that are held here, one after the other in any order.
func (s *Store) TakeTouched(ctx context.Context, r dirsync.Run, at time.Time) error {
	skip := ""
	if s.postgres() {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	_, err := s.idb(ctx).NewRaw(`
		WITH due AS (
			SELECT entity, remote_id FROM thirdapp_sync_targets
			WHERE tenant_id = ? AND app_id = ? AND direction = ? AND run_id = '' AND due_at <= ?`+skip+`
		)
		UPDATE thirdapp_sync_targets AS t SET run_id = ? FROM due
		WHERE t.tenant_id = ? AND t.app_id = ? AND t.direction = ? AND t.run_id = ''
			AND t.entity = due.entity AND t.remote_id = due.remote_id`,
		r.Tenant, r.AppID, r.Direction, stored(at), r.ID, r.Tenant, r.AppID, r.Direction).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: take touched: %w", storeError(err))
	}
	return nil
}

// Targets implements dirsync.TouchStore.
func (s *Store) Targets(ctx context.Context, r dirsync.Run) ([]dirsync.Target, error) {
	var rows []struct {
		Entity   dirsync.Entity
		RemoteID string
		Removed  bool
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_targets").Column("entity", "remote_id", "removed").
		Where("tenant_id = ? AND app_id = ? AND direction = ? AND run_id = ?", r.Tenant, r.AppID, r.Direction, r.ID).
		OrderExpr("entity, ?", bun.Safe(s.bytewise("remote_id"))).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: targets: %w", storeError(err))
	}
	targets := make([]dirsync.Target, len(rows))
	for i, row := range rows {
		targets[i] = dirsync.Target{Entity: row.Entity, ID: row.RemoteID, Removed: row.Removed}
	}
	return targets, nil
}

// SettleTargets implements dirsync.TouchStore.
func (s *Store) SettleTargets(ctx context.Context, r dirsync.Run, again bool, at time.Time) error {
	err := s.InTx(ctx, func(ctx context.Context) error {
		if again {
			if err := s.waitAgain(ctx, r, at); err != nil {
				return err
			}
		}
		_, err := s.idb(ctx).NewRaw("DELETE FROM thirdapp_sync_targets"+
			" WHERE tenant_id = ? AND app_id = ? AND direction = ? AND run_id = ?",
			r.Tenant, r.AppID, r.Direction, r.ID).Exec(ctx)
		return storeError(err)
	})
	if err != nil {
		return fmt.Errorf("bunstore: settle targets: %w", err)
	}
	return nil
}

// waitAgain has a run's targets wait again, unless they do already, each as
// long as its number of tries asks for. It goes in the order in which Changed
// touches them, lest the two wait for each other.
func (s *Store) waitAgain(ctx context.Context, r dirsync.Run, at time.Time) error {
	var tries []int
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_targets").ColumnExpr("DISTINCT attempts").
		Where("tenant_id = ? AND app_id = ? AND direction = ? AND run_id = ? AND NOT asked",
			r.Tenant, r.AppID, r.Direction, r.ID).
		Where("attempts + 1 < ?", maxTargetTries).Scan(ctx, &tries)
	if err != nil {
		return storeError(err)
	}
	for _, n := range tries {
		due := at.Add(min(firstTargetPause<<n, maxTargetPause))
		_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_targets
				(tenant_id, app_id, direction, run_id, entity, remote_id, removed, asked, attempts, due_at)
			SELECT tenant_id, app_id, direction, '', entity, remote_id, removed, asked, attempts + 1, ? FROM thirdapp_sync_targets
			WHERE tenant_id = ? AND app_id = ? AND direction = ? AND run_id = ? AND NOT asked AND attempts = ?
			ORDER BY entity, `+s.bytewise("remote_id")+`
			ON CONFLICT (tenant_id, app_id, direction, run_id, entity, remote_id) DO NOTHING`,
			stored(due), r.Tenant, r.AppID, r.Direction, r.ID, n).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// ForgetTouched implements dirsync.TouchStore.
func (s *Store) ForgetTouched(ctx context.Context, q dirsync.TouchQueue) error {
	_, err := s.idb(ctx).NewRaw("DELETE FROM thirdapp_sync_targets WHERE tenant_id = ? AND app_id = ? AND direction = ? AND run_id = ''",
		q.Tenant, q.AppID, q.Direction).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: forget touched: %w", storeError(err))
	}
	return nil
}
