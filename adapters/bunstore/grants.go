package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/tenant"
)

// grantRow is a row of thirdapp_grants. A grant that was taken away stays as a
// row with Removed, so that those who poll for changes see it.
type grantRow struct {
	bun.BaseModel `bun:"table:thirdapp_grants"`

	TenantID  tenant.ID
	UserID    string
	Role      tenant.Role
	Username  string
	GrantedBy string
	CreatedAt time.Time
	Removed   bool
	Version   int64
}

// AddGrant implements tenant.Store.
func (s *Store) AddGrant(ctx context.Context, g tenant.Grant) (changed bool, err error) {
	if err := checkText(g.UserID, g.Username, string(g.Role), g.GrantedBy); err != nil {
		return false, fmt.Errorf("bunstore: add grant: %w", err)
	}
	changed, err = s.changeGrant(ctx, func(ctx context.Context, version int64) (sql.Result, error) {
		return s.idb(ctx).NewInsert().Model(&grantRow{
			TenantID: g.Tenant, UserID: g.UserID, Role: g.Role, Username: g.Username,
			GrantedBy: g.GrantedBy, CreatedAt: stored(g.CreatedAt), Version: version,
		}).
			On("CONFLICT (tenant_id, user_id, role) DO UPDATE").
			Set("username = EXCLUDED.username, granted_by = EXCLUDED.granted_by").
			Set("created_at = EXCLUDED.created_at, removed = FALSE, version = EXCLUDED.version").
			Where("grant_row.removed").
			Exec(ctx)
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: add grant: %w", err)
	}
	return changed, nil
}

// RemoveGrant implements tenant.Store.
func (s *Store) RemoveGrant(ctx context.Context, t tenant.ID, userID string, role tenant.Role) (changed bool, err error) {
	if err := checkText(userID, string(role)); err != nil {
		return false, fmt.Errorf("bunstore: remove grant: %w", err)
	}
	changed, err = s.changeGrant(ctx, func(ctx context.Context, version int64) (sql.Result, error) {
		return s.idb(ctx).NewUpdate().Model((*grantRow)(nil)).
			Set("removed = TRUE, version = ?", version).
			Where("tenant_id = ? AND user_id = ? AND role = ? AND NOT removed", t, userID, role).
			Exec(ctx)
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: remove grant: %w", err)
	}
	return changed, nil
}

// changeGrant makes a change that gets the next grant version. The row with the
// version stays locked until the transaction ends: changes of grants happen one
// after the other, and their versions become visible in their order.
func (s *Store) changeGrant(
	ctx context.Context, change func(ctx context.Context, version int64) (sql.Result, error),
) (changed bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		var version int64
		err := s.idb(ctx).NewRaw(
			"UPDATE thirdapp_grant_version SET version = version + 1 WHERE id = 1 RETURNING version",
		).Scan(ctx, &version)
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("table thirdapp_grant_version has lost its row")
		}
		if err != nil {
			return storeError(err)
		}
		n, err := affected(change(ctx, version))
		changed = n > 0
		return storeError(err)
	})
	return changed && err == nil, err
}

// Grants implements tenant.Store.
func (s *Store) Grants(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[tenant.Grant], error) {
	list, err := s.grants(ctx, t, p)
	if err != nil {
		return tenant.List[tenant.Grant]{}, fmt.Errorf("bunstore: grants: %w", err)
	}
	return list, nil
}

func (s *Store) grants(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[tenant.Grant], error) {
	const name = "grants"
	order := s.bytewise("username") + ", " + s.bytewise("role") + ", " + s.bytewise("user_id")
	var rows []grantRow
	q := s.idb(ctx).NewSelect().Model(&rows).
		Where("tenant_id = ? AND NOT removed", t).
		OrderExpr(order).Limit(int64(p.Size()) + 1)
	if p.Cursor != "" {
		var username, role, userID string
		if err := decodeCursor(p.Cursor, name, &username, &role, &userID); err != nil {
			return tenant.List[tenant.Grant]{}, err
		}
		q = q.Where("("+order+") > (?, ?, ?)", username, role, userID)
	}
	if err := q.Scan(ctx); err != nil {
		return tenant.List[tenant.Grant]{}, storeError(err)
	}
	grants := make([]tenant.Grant, len(rows))
	for i, r := range rows {
		grants[i] = tenant.Grant{
			Tenant: r.TenantID, UserID: r.UserID, Username: r.Username, Role: r.Role,
			GrantedBy: r.GrantedBy, CreatedAt: r.CreatedAt.UTC(),
		}
	}
	return pageOf(grants, p.Size(), func(g tenant.Grant) string {
		return encodeCursor(name, g.Username, string(g.Role), g.UserID)
	}), nil
}

// GrantChanges implements tenant.Store.
func (s *Store) GrantChanges(
	ctx context.Context, after int64, each func(tenant.GrantChange),
) (version int64, err error) {
	version = after
	if after == 0 {
		// The removed grants are left out, and with them perhaps the newest
		// version. It is read first: what is committed later has a higher one.
		if err := s.idb(ctx).NewRaw("SELECT version FROM thirdapp_grant_version WHERE id = 1").
			Scan(ctx, &version); err != nil {
			return 0, fmt.Errorf("bunstore: grant changes: %w", storeError(err))
		}
	}
	newest, err := s.eachGrantChange(ctx, after, each)
	if err != nil {
		return 0, fmt.Errorf("bunstore: grant changes: %w", err)
	}
	return max(version, newest), nil
}

func (s *Store) eachGrantChange(
	ctx context.Context, after int64, each func(tenant.GrantChange),
) (newest int64, err error) {
	rows, err := s.idb(ctx).QueryContext(ctx, `
		SELECT tenant_id, user_id, role, removed, version
		FROM thirdapp_grants
		WHERE version > ? AND NOT (removed AND ? = 0)
		ORDER BY version`, after, after)
	if err != nil {
		return 0, storeError(err)
	}
	defer func() { err = errors.Join(err, storeError(rows.Close())) }()
	for rows.Next() {
		var c tenant.GrantChange
		if err := rows.Scan(&c.Tenant, &c.UserID, &c.Role, &c.Removed, &newest); err != nil {
			return 0, storeError(err)
		}
		each(c)
	}
	return newest, storeError(rows.Err())
}

// affected returns the number of rows a statement changed.
func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
