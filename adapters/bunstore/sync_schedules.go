package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// syncScheduleRow is a row of thirdapp_sync_schedules.
type syncScheduleRow struct {
	bun.BaseModel `bun:"table:thirdapp_sync_schedules,alias:s"`

	TenantID        tenant.ID
	Provider        provider.Kind
	Version         int64
	Enabled         bool
	Cron            string
	IntervalMinutes int
	TimeZone        string
	NextAt          bun.NullTime
	LastAt          bun.NullTime
	LastRunID       string
	LastOutcome     dirsync.ScheduleOutcome
	LastFailure     *dirsync.Failure `bun:"type:jsonb"`
	UpdatedBy       string
	UpdatedAt       time.Time
}

func syncScheduleRowOf(d dirsync.Schedule) *syncScheduleRow {
	return &syncScheduleRow{
		TenantID: d.Tenant, Provider: d.Provider, Version: d.Version,
		Enabled: d.Enabled, Cron: d.Cron, IntervalMinutes: d.IntervalMinutes, TimeZone: d.TimeZone,
		NextAt: nullTime(d.NextAt), LastAt: nullTime(d.LastAt), LastRunID: d.LastRunID,
		LastOutcome: d.LastOutcome, LastFailure: d.LastFailure,
		UpdatedBy: d.UpdatedBy, UpdatedAt: stored(d.UpdatedAt),
	}
}

// SyncSchedule implements dirsync.ScheduleStore.
func (s *Store) SyncSchedule(ctx context.Context, t tenant.ID, kind provider.Kind) (dirsync.Schedule, error) {
	var r syncScheduleRow
	err := s.idb(ctx).NewSelect().Model(&r).Where("tenant_id = ? AND provider = ?", t, kind).Scan(ctx)
	if err != nil {
		return dirsync.Schedule{}, fmt.Errorf("bunstore: sync schedule: %w", storeError(err))
	}
	return dirsync.Schedule{
		Tenant: r.TenantID, Provider: r.Provider, Version: r.Version,
		Timing: dirsync.Timing{
			Enabled: r.Enabled, Cron: r.Cron, IntervalMinutes: r.IntervalMinutes, TimeZone: r.TimeZone,
		},
		NextAt: timeOf(r.NextAt), LastAt: timeOf(r.LastAt), LastRunID: r.LastRunID,
		LastOutcome: r.LastOutcome, LastFailure: r.LastFailure,
		UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

// SaveSyncSchedule implements dirsync.ScheduleStore.
func (s *Store) SaveSyncSchedule(ctx context.Context, d dirsync.Schedule) error {
	r := syncScheduleRowOf(d)
	err := checkText(string(r.Provider), r.Cron, r.TimeZone, r.LastRunID, string(r.LastOutcome), r.UpdatedBy)
	if err == nil {
		err = oneChanged(func() (sql.Result, error) {
			if r.Version == 1 {
				return s.idb(ctx).NewInsert().Model(r).On("CONFLICT (tenant_id, provider) DO NOTHING").Exec(ctx)
			}
			return s.idb(ctx).NewUpdate().Model(r).ExcludeColumn("tenant_id", "provider").
				Where("tenant_id = ? AND provider = ? AND version = ?", r.TenantID, r.Provider, r.Version-1).Exec(ctx)
		})
	}
	if err != nil {
		return fmt.Errorf("bunstore: save sync schedule: %w", storeError(err))
	}
	return nil
}

// AdvanceSyncSchedule implements dirsync.ScheduleStore.
func (s *Store) AdvanceSyncSchedule(ctx context.Context, d dirsync.Schedule, due time.Time) error {
	r := syncScheduleRowOf(d)
	err := oneChanged(func() (sql.Result, error) {
		return s.idb(ctx).NewUpdate().Model(r).
			Column("next_at", "last_at", "last_run_id", "last_outcome", "last_failure").
			Where("tenant_id = ? AND provider = ? AND version = ?", r.TenantID, r.Provider, r.Version).
			Where("next_at = ?", stored(due)).Exec(ctx)
	})
	if err != nil {
		return fmt.Errorf("bunstore: advance sync schedule: %w", storeError(err))
	}
	return nil
}

// oneChanged is tenant.ErrConflict when a statement has changed no row.
func oneChanged(change func() (sql.Result, error)) error {
	n, err := affected(change())
	if err == nil && n == 0 {
		return tenant.ErrConflict
	}
	return err
}
