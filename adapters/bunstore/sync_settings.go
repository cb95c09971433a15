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

// syncSettingsRow is a row of thirdapp_sync_settings.
type syncSettingsRow struct {
	bun.BaseModel `bun:"table:thirdapp_sync_settings,alias:s"`

	TenantID  tenant.ID
	Provider  provider.Kind
	Version   int64
	Rules     dirsync.Rules `bun:"type:json"`
	UpdatedBy string
	UpdatedAt time.Time

	RetentionDays int
}

// SyncSettings implements dirsync.SettingsStore.
func (s *Store) SyncSettings(ctx context.Context, t tenant.ID, kind provider.Kind) (dirsync.Settings, error) {
	var r syncSettingsRow
	err := s.idb(ctx).NewSelect().Model(&r).Where("tenant_id = ? AND provider = ?", t, kind).Scan(ctx)
	if err != nil {
		return dirsync.Settings{}, fmt.Errorf("bunstore: sync settings: %w", storeError(err))
	}
	return dirsync.Settings{
		Tenant: r.TenantID, Provider: r.Provider, Version: r.Version, Rules: r.Rules,
		RetentionDays: r.RetentionDays, UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

// SaveSyncSettings implements dirsync.SettingsStore.
func (s *Store) SaveSyncSettings(ctx context.Context, d dirsync.Settings) error {
	err := s.saveSyncSettings(ctx, &syncSettingsRow{
		TenantID: d.Tenant, Provider: d.Provider, Version: d.Version, Rules: d.Rules,
		RetentionDays: d.RetentionDays, UpdatedBy: d.UpdatedBy, UpdatedAt: stored(d.UpdatedAt),
	})
	if err != nil {
		return fmt.Errorf("bunstore: save sync settings: %w", storeError(err))
	}
	return nil
}

func (s *Store) saveSyncSettings(ctx context.Context, r *syncSettingsRow) error {
	if err := checkText(string(r.Provider), r.UpdatedBy); err != nil {
		return err
	}
	save := func() (sql.Result, error) {
		if r.Version == 1 {
			return s.idb(ctx).NewInsert().Model(r).On("CONFLICT (tenant_id, provider) DO NOTHING").Exec(ctx)
		}
		return s.idb(ctx).NewUpdate().Model(r).Column("version", "rules", "retention_days", "updated_by", "updated_at").
			Where("tenant_id = ? AND provider = ? AND version = ?", r.TenantID, r.Provider, r.Version-1).Exec(ctx)
	}
	n, err := affected(save())
	if err == nil && n == 0 {
		return tenant.ErrConflict
	}
	return err
}
