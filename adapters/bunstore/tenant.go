package bunstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ tenant.Store = (*Store)(nil)

// appRow is a row of thirdapp_apps.
type appRow struct {
	bun.BaseModel `bun:"table:thirdapp_apps"`

	TenantID  tenant.ID
	ID        string
	Provider  provider.Kind
	Identity  string
	Enabled   bool
	Version   int64
	Settings  map[string]string `bun:"type:jsonb"`
	CreatedAt time.Time
	UpdatedAt time.Time
}

// secretRow is a row of thirdapp_app_secrets.
type secretRow struct {
	bun.BaseModel `bun:"table:thirdapp_app_secrets"`

	TenantID   tenant.ID
	AppID      string
	Name       string
	KeyID      string
	Ciphertext []byte
}

// CreateApp implements tenant.Store.
func (s *Store) CreateApp(ctx context.Context, a tenant.App) error {
	err := checkApp(a)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			if _, err := s.idb(ctx).NewInsert().Model(rowOfApp(a)).Exec(ctx); err != nil {
				return appError(err)
			}
			return s.insertSecrets(ctx, a)
		})
	}
	if err != nil {
		return fmt.Errorf("bunstore: create app: %w", err)
	}
	return nil
}

// UpdateApp implements tenant.Store.
func (s *Store) UpdateApp(ctx context.Context, a tenant.App) error {
	err := checkApp(a)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			if err := s.updateAppRow(ctx, a); err != nil {
				return err
			}
			if err := s.deleteSecrets(ctx, a); err != nil {
				return err
			}
			return s.insertSecrets(ctx, a)
		})
	}
	if err != nil {
		return fmt.Errorf("bunstore: update app: %w", err)
	}
	return nil
}

func (s *Store) updateAppRow(ctx context.Context, a tenant.App) error {
	n, err := affected(s.idb(ctx).NewUpdate().Model(rowOfApp(a)).
		Column("identity", "enabled", "version", "settings", "updated_at").
		Where("tenant_id = ? AND id = ? AND version = ?", a.Tenant, a.ID, a.Version-1).
		Exec(ctx))
	switch {
	case err != nil:
		return appError(err)
	case n > 0:
		return nil
	}
	there, err := s.idb(ctx).NewSelect().Model((*appRow)(nil)).
		Where("tenant_id = ? AND id = ?", a.Tenant, a.ID).Exists(ctx)
	switch {
	case err != nil:
		return storeError(err)
	case there:
		return &tenant.ConflictError{Key: "version"}
	}
	return tenant.ErrNotFound
}

func (s *Store) deleteSecrets(ctx context.Context, a tenant.App) error {
	_, err := s.idb(ctx).NewDelete().Model((*secretRow)(nil)).
		Where("tenant_id = ? AND app_id = ?", a.Tenant, a.ID).Exec(ctx)
	return storeError(err)
}

func (s *Store) insertSecrets(ctx context.Context, a tenant.App) error {
	if len(a.Secrets) == 0 {
		return nil
	}
	rows := make([]secretRow, 0, len(a.Secrets))
	for name, sealed := range a.Secrets {
		rows = append(rows, secretRow{
			TenantID: a.Tenant, AppID: a.ID, Name: name, KeyID: sealed.KeyID, Ciphertext: sealed.Ciphertext,
		})
	}
	_, err := s.idb(ctx).NewInsert().Model(&rows).Exec(ctx)
	return storeError(err)
}

// DeleteApp implements tenant.Store.
func (s *Store) DeleteApp(ctx context.Context, t tenant.ID, id string) error {
	err := checkText(id)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			// SQLite removes the secrets with the app only where the host's
			// connection has foreign keys switched on.
			if err := s.deleteSecrets(ctx, tenant.App{Tenant: t, ID: id}); err != nil {
				return err
			}
			return deleteOne(ctx, s.idb(ctx).NewDelete().Model((*appRow)(nil)).Where("tenant_id = ? AND id = ?", t, id))
		})
	}
	if err != nil {
		return fmt.Errorf("bunstore: delete app: %w", err)
	}
	return nil
}

// App implements tenant.Store.
func (s *Store) App(ctx context.Context, t tenant.ID, id string) (tenant.App, error) {
	err := checkText(id)
	var apps []tenant.App
	if err == nil {
		apps, err = s.selectApps(ctx, "a.tenant_id = ? AND a.id = ?", t, id)
	}
	if err == nil && len(apps) == 0 {
		err = tenant.ErrNotFound
	}
	if err != nil {
		return tenant.App{}, fmt.Errorf("bunstore: app: %w", err)
	}
	return apps[0], nil
}

// AppOwner implements tenant.Store.
func (s *Store) AppOwner(ctx context.Context, id string) (tenant.ID, error) {
	var owner tenant.ID
	err := checkText(id)
	if err == nil {
		err = storeError(s.idb(ctx).NewSelect().Model((*appRow)(nil)).Column("tenant_id").Where("id = ?", id).Scan(ctx, &owner))
	}
	if err != nil {
		return "", fmt.Errorf("bunstore: app owner: %w", err)
	}
	return owner, nil
}

// Apps implements tenant.Store.
func (s *Store) Apps(ctx context.Context, t tenant.ID, kind provider.Kind) ([]tenant.App, error) {
	apps, err := s.selectApps(ctx, "a.tenant_id = ? AND ? IN ('', a.provider)", t, kind)
	if err != nil {
		return nil, fmt.Errorf("bunstore: apps: %w", err)
	}
	return apps, nil
}

// AppVersion implements tenant.Store.
func (s *Store) AppVersion(ctx context.Context, t tenant.ID, kind provider.Kind) (id string, version int64, err error) {
	err = s.idb(ctx).NewSelect().Model((*appRow)(nil)).Column("id", "version").
		Where("tenant_id = ? AND provider = ? AND enabled", t, kind).
		Scan(ctx, &id, &version)
	if err != nil {
		return "", 0, fmt.Errorf("bunstore: app version: %w", storeError(err))
	}
	return id, version, nil
}

// appWithSecret is an app beside one of its secrets, or beside nothing when it
// has none.
type appWithSecret struct {
	appRow `bun:",extend"`

	Name       *string
	KeyID      *string
	Ciphertext []byte
}

// selectApps reads apps with their secrets in one statement, so that both are
// of one version.
func (s *Store) selectApps(ctx context.Context, where string, args ...any) ([]tenant.App, error) {
	var rows []appWithSecret
	err := s.idb(ctx).NewRaw(`
		SELECT a.*, s.name, s.key_id, s.ciphertext
		FROM thirdapp_apps a
		LEFT JOIN thirdapp_app_secrets s ON s.tenant_id = a.tenant_id AND s.app_id = a.id
		WHERE `+where+`
		ORDER BY a.created_at, a.id`, args...).Scan(ctx, &rows)
	if err != nil {
		return nil, storeError(err)
	}
	var apps []tenant.App
	for _, row := range rows {
		if len(apps) == 0 || apps[len(apps)-1].ID != row.ID {
			apps = append(apps, row.app())
		}
		if row.Name != nil {
			apps[len(apps)-1].Secrets[*row.Name] = tenant.Sealed{KeyID: *row.KeyID, Ciphertext: row.Ciphertext}
		}
	}
	return apps, nil
}

func (r appRow) app() tenant.App {
	return tenant.App{
		ID: r.ID, Tenant: r.TenantID, Provider: r.Provider, Identity: r.Identity, Enabled: r.Enabled,
		Version: r.Version, Values: r.Settings, Secrets: map[string]tenant.Sealed{},
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func rowOfApp(a tenant.App) *appRow {
	settings := a.Values
	if settings == nil {
		settings = map[string]string{}
	}
	return &appRow{
		TenantID: a.Tenant, ID: a.ID, Provider: a.Provider, Identity: a.Identity, Enabled: a.Enabled,
		Version: a.Version, Settings: settings, CreatedAt: stored(a.CreatedAt), UpdatedAt: stored(a.UpdatedAt),
	}
}

func checkApp(a tenant.App) error {
	values := []string{a.ID, a.Identity}
	for name, v := range a.Values {
		values = append(values, name, v)
	}
	return checkText(values...)
}

// appError says which unique key of an app is taken.
func appError(err error) error {
	translated := storeError(err)
	if !errors.Is(translated, tenant.ErrConflict) {
		return translated
	}
	switch c := constraintOf(err); {
	case strings.Contains(c, "thirdapp_apps_identity"), strings.Contains(c, "thirdapp_apps.identity"):
		return &tenant.ConflictError{Key: "identity"}
	case strings.Contains(c, "thirdapp_apps_enabled"), strings.Contains(c, "thirdapp_apps.provider"):
		return &tenant.ConflictError{Key: "enabled"}
	}
	return &tenant.ConflictError{Key: "id"}
}
