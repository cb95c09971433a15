package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Settings are a tenant's rules for one office app.
type Settings struct {
	Tenant   tenant.ID
	Provider provider.Kind
	// Version grows by one with each change; 0 is a tenant that has changed
	// nothing, whose rules are those of [Config].
	Version int64
	Rules   Rules
	// RetentionDays is how many days runs with this office app are kept, 1 to
	// 3650; 0 means Config.RetentionDays.
	RetentionDays int
	// UpdatedBy is the username of who changed them last.
	UpdatedBy string
	UpdatedAt time.Time
}

// SettingsChange is a change of settings; what is nil stays as it is.
type SettingsChange struct {
	RulesChange
	// RetentionDays is 1 to 3650; 0 goes back to Config.RetentionDays.
	RetentionDays *int `json:"retentionDays"`
}

// SettingsStore keeps the settings that tenants have saved.
type SettingsStore interface {
	// SyncSettings returns the settings that were saved, tenant.ErrNotFound
	// when there are none.
	SyncSettings(ctx context.Context, t tenant.ID, kind provider.Kind) (Settings, error)

	// SaveSyncSettings stores settings whose version is one more than that of
	// those stored, 1 when there are none; tenant.ErrConflict, storing nothing,
	// when it is not.
	SaveSyncSettings(ctx context.Context, s Settings) error
}

const auditSettings = "sync.settings"

// Settings returns the tenant's settings for an office app, RetentionDays with
// its default. It needs sync.read.
func (s *Service) Settings(ctx context.Context, t tenant.ID, kind provider.Kind) (Settings, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return Settings{}, err
	}
	settings, err := s.settings(ctx, t, kind)
	if err != nil {
		return Settings{}, fmt.Errorf("sync: settings: %w", err)
	}
	return s.effective(settings), nil
}

// effective returns settings in which nothing is left to the configuration.
func (s *Service) effective(settings Settings) Settings {
	def(&settings.RetentionDays, s.cfg.RetentionDays)
	return settings
}

// settings returns what was saved, or the defaults.
func (s *Service) settings(ctx context.Context, t tenant.ID, kind provider.Kind) (Settings, error) {
	settings, err := s.store.SyncSettings(ctx, t, kind)
	if errors.Is(err, tenant.ErrNotFound) {
		return Settings{Tenant: t, Provider: kind, Rules: s.cfg.defaultRules()}, nil
	}
	settings.Rules = s.cfg.completed(settings.Rules)
	return settings, err
}

// SaveSettings changes the tenant's settings for an office app, the rules for
// runs that are started from now on, and returns all of them. The version is
// that of the settings the change is for. It needs sync.write and refuses with
// [ErrSettingsChanged] when they have another one by now, and with
// [ErrInvalidRules].
func (s *Service) SaveSettings(
	ctx context.Context, t tenant.ID, kind provider.Kind, version int64, change SettingsChange,
) (Settings, error) {
	var saved Settings
	err := s.trail.Do(ctx, writeOf(t, auditSettings, kind), func(ctx context.Context, row *tenant.AuditEntry) (err error) {
		saved, err = s.saveSettings(ctx, row, kind, version, change)
		return err
	})
	if err != nil {
		return Settings{}, fmt.Errorf("sync: save settings: %w", err)
	}
	return s.effective(saved), nil
}

// writeOf is a change of what the tenant has decided for an office app.
func writeOf(t tenant.ID, action string, kind provider.Kind) tenant.Operation {
	return tenant.Operation{
		Tenant: t, Need: tenant.Permission{Object: tenant.ObjectSync, Action: tenant.ActionWrite},
		Action: action, Target: string(kind),
	}
}

// settingsRecord is how settings look in the audit trail.
type settingsRecord struct {
	Rules
	RetentionDays int `json:"retentionDays"`
}

// saveSettings has change and audit row in one transaction.
func (s *Service) saveSettings(
	ctx context.Context, row *tenant.AuditEntry, kind provider.Kind, version int64, change SettingsChange,
) (next Settings, err error) {
	err = s.trail.Commit(ctx, row, func(ctx context.Context) error {
		old, err := s.settings(ctx, row.Tenant, kind)
		if err != nil {
			return err
		}
		if old.Version != version {
			return ErrSettingsChanged
		}
		next = old
		next.Version, next.Rules = version+1, change.applied(old.Rules).normal()
		set(&next.RetentionDays, change.RetentionDays)
		next.UpdatedBy, next.UpdatedAt = row.ActorName, row.At
		if err := s.checkSettings(next); err != nil {
			return err
		}
		err = s.store.SaveSyncSettings(ctx, next)
		if errors.Is(err, tenant.ErrConflict) {
			return ErrSettingsChanged.WithCause(err)
		}
		if err != nil {
			return err
		}
		if row.Before, err = json.Marshal(settingsRecord{old.Rules, old.RetentionDays}); err != nil {
			return err
		}
		row.After, err = json.Marshal(settingsRecord{next.Rules, next.RetentionDays})
		return err
	})
	return next, err
}
