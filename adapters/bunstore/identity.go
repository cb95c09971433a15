package bunstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ identity.Store = (*Store)(nil)

// loginSettingsRow is a row of thirdapp_login_settings.
type loginSettingsRow struct {
	bun.BaseModel `bun:"table:thirdapp_login_settings"`

	TenantID   tenant.ID
	Unbound    identity.Unbound
	ReturnURLs []string `bun:"return_urls,type:json"`
	UpdatedBy  string
	UpdatedAt  time.Time
}

// LoginSettings implements identity.Store.
func (s *Store) LoginSettings(ctx context.Context, t tenant.ID) (identity.Settings, error) {
	var r loginSettingsRow
	err := storeError(s.idb(ctx).NewSelect().Model(&r).Where("tenant_id = ?", t).Scan(ctx))
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return identity.Settings{Tenant: t, Unbound: identity.UnboundDeny}, nil
	case err != nil:
		return identity.Settings{}, fmt.Errorf("bunstore: login settings: %w", err)
	}
	return identity.Settings{
		Tenant: r.TenantID, Unbound: r.Unbound, ReturnURLs: nilIfEmpty(r.ReturnURLs),
		UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

// SaveLoginSettings implements identity.Store.
func (s *Store) SaveLoginSettings(ctx context.Context, in identity.Settings, over time.Time) error {
	err := checkText(append([]string{string(in.Unbound), in.UpdatedBy}, in.ReturnURLs...)...)
	if err == nil {
		var n int64
		n, err = affected(s.idb(ctx).NewInsert().Model(&loginSettingsRow{
			TenantID: in.Tenant, Unbound: in.Unbound, ReturnURLs: append([]string{}, in.ReturnURLs...),
			UpdatedBy: in.UpdatedBy, UpdatedAt: stored(in.UpdatedAt),
		}).
			On("CONFLICT (tenant_id) DO UPDATE").
			Set("unbound = EXCLUDED.unbound, return_urls = EXCLUDED.return_urls").
			Set("updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at").
			Where("login_settings_row.updated_at = ?", stored(over)).
			Exec(ctx))
		if err == nil && n == 0 {
			err = tenant.ErrConflict
		}
	}
	if err != nil {
		return fmt.Errorf("bunstore: save login settings: %w", storeError(err))
	}
	return nil
}

// Choice implements identity.Store. It is about one person, whatever tenant.
func (s *Store) Choice(ctx context.Context, userID string) (tenant.ID, error) {
	var t tenant.ID
	err := checkText(userID)
	if err == nil {
		err = storeError(s.idb(ctx).NewSelect().Table("thirdapp_login_choices").Column("tenant_id").
			Where("user_id = ?", userID).Scan(ctx, &t))
	}
	if errors.Is(err, tenant.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("bunstore: choice: %w", err)
	}
	return t, nil
}

// SaveChoice implements identity.Store.
func (s *Store) SaveChoice(ctx context.Context, userID string, t tenant.ID, at time.Time) error {
	err := checkText(userID)
	if err == nil {
		_, err = s.idb(ctx).NewRaw(`INSERT INTO thirdapp_login_choices (user_id, tenant_id, updated_at) VALUES (?, ?, ?)
			ON CONFLICT (user_id) DO UPDATE SET tenant_id = EXCLUDED.tenant_id, updated_at = EXCLUDED.updated_at`,
			userID, t, stored(at)).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("bunstore: save choice: %w", storeError(err))
	}
	return nil
}

// TenantsOf implements identity.Store: like the address of a callback, that of
// an app's home page names no tenant.
func (s *Store) TenantsOf(ctx context.Context, kind provider.Kind, orgID string, limit int) ([]tenant.ID, error) {
	err := checkText(string(kind), orgID)
	tenants := []tenant.ID{}
	if err == nil {
		err = s.idb(ctx).NewSelect().Table("thirdapp_apps").Column("tenant_id").
			Where("provider = ? AND enabled AND settings ->> ? = ?", kind, provider.SettingOrgID, orgID).
			OrderExpr(s.bytewise("tenant_id")).Limit(int64(limit)).Scan(ctx, &tenants)
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: tenants of organisation: %w", storeError(err))
	}
	return tenants, nil
}

// PruneLogins implements identity.Store. SQLite, where an index on when sessions
// end would cost every login a page, reads all of them.
func (s *Store) PruneLogins(ctx context.Context, now time.Time, limit int) (int, error) {
	total := 0
	for _, table := range []struct{ name, key string }{
		{"thirdapp_login_used", "tenant_id, id"},
		{"thirdapp_login_sessions", "tenant_id, user_id, id"},
	} {
		n, err := affected(s.idb(ctx).NewRaw("DELETE FROM ? WHERE ("+table.key+") IN (SELECT "+table.key+
			" FROM ? WHERE expires_at <= ? LIMIT ?)",
			bun.Ident(table.name), bun.Ident(table.name), stored(now), limit-total).Exec(ctx))
		if err != nil {
			return total, fmt.Errorf("bunstore: prune logins: %w", storeError(err))
		}
		if total += int(n); total >= limit {
			break
		}
	}
	return total, nil
}
