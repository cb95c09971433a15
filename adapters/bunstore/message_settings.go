package bunstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.SettingsStore = (*Store)(nil)

// messageSettingsRow is a row of thirdapp_message_settings.
type messageSettingsRow struct {
	bun.BaseModel `bun:"table:thirdapp_message_settings"`

	TenantID      tenant.ID
	RetentionDays int
	Paused        bool
	UpdatedBy     string
	UpdatedAt     time.Time
}

// LockSettings implements messaging.SettingsStore. On SQLite a transaction is
// the only one that writes.
func (s *Store) LockSettings(ctx context.Context, t tenant.ID) error {
	if !s.postgres() {
		return nil
	}
	_, err := s.idb(ctx).ExecContext(ctx,
		"SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", "thirdapp_message_settings "+string(t))
	if err != nil {
		return fmt.Errorf("bunstore: lock message settings: %w", storeError(err))
	}
	return nil
}

// Settings implements messaging.SettingsStore.
func (s *Store) Settings(ctx context.Context, t tenant.ID) (messaging.Settings, error) {
	var r messageSettingsRow
	err := storeError(s.idb(ctx).NewSelect().Model(&r).Where("tenant_id = ?", t).Scan(ctx))
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return messaging.Settings{Tenant: t}, nil
	case err != nil:
		return messaging.Settings{}, fmt.Errorf("bunstore: message settings: %w", err)
	}
	return messaging.Settings{
		Tenant: r.TenantID, RetentionDays: r.RetentionDays, Paused: r.Paused,
		UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

// SaveSettings implements messaging.SettingsStore.
func (s *Store) SaveSettings(ctx context.Context, m messaging.Settings) error {
	err := checkText(m.UpdatedBy)
	if err == nil {
		_, err = s.idb(ctx).NewInsert().Model(&messageSettingsRow{
			TenantID: m.Tenant, RetentionDays: m.RetentionDays, Paused: m.Paused,
			UpdatedBy: m.UpdatedBy, UpdatedAt: stored(m.UpdatedAt),
		}).
			On("CONFLICT (tenant_id) DO UPDATE").
			Set("retention_days = EXCLUDED.retention_days, paused = EXCLUDED.paused").
			Set("updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at").
			Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("bunstore: save message settings: %w", storeError(err))
	}
	return nil
}
