package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// conflictRow is a row of thirdapp_sync_conflicts.
type conflictRow struct {
	bun.BaseModel `bun:"table:thirdapp_sync_conflicts,alias:c"`

	TenantID      tenant.ID
	ID            string
	Provider      provider.Kind
	OrgID         string
	RemoteID      provider.UserID
	Field         dirsync.PersonField
	Name          string
	LocalID       string
	Account       string
	PlatformValue string
	ProviderValue string
	ReasonZH      string
	ReasonEN      string
	RunID         string
	CreatedAt     time.Time
}

func (r *conflictRow) conflict() dirsync.Conflict {
	return dirsync.Conflict{
		ID: r.ID, Tenant: r.TenantID, Provider: r.Provider, OrgID: r.OrgID, RemoteID: r.RemoteID, Name: r.Name,
		LocalID: r.LocalID, Account: r.Account,
		FieldConflict: dirsync.FieldConflict{Field: r.Field, Platform: r.PlatformValue, Provider: r.ProviderValue},
		Reason:        provider.Text{ZH: r.ReasonZH, EN: r.ReasonEN}, RunID: r.RunID, CreatedAt: r.CreatedAt.UTC(),
	}
}

// Conflicts implements dirsync.ConflictStore.
func (s *Store) Conflicts(
	ctx context.Context, t tenant.ID, kind provider.Kind, p tenant.Page,
) (tenant.List[dirsync.Conflict], error) {
	list, err := s.conflicts(ctx, t, kind, p)
	if err != nil {
		return list, fmt.Errorf("bunstore: conflicts: %w", err)
	}
	return list, nil
}

func (s *Store) conflicts(
	ctx context.Context, t tenant.ID, kind provider.Kind, p tenant.Page,
) (tenant.List[dirsync.Conflict], error) {
	const name = "conflicts"
	var none tenant.List[dirsync.Conflict]
	if err := checkText(string(kind)); err != nil {
		return none, err
	}
	var rows []conflictRow
	q := s.idb(ctx).NewSelect().Model(&rows).Where("c.tenant_id = ?", t).OrderExpr("c.id").Limit(int64(p.Size()) + 1)
	if kind != "" {
		q = q.Where("c.provider = ?", kind)
	}
	if p.Cursor != "" {
		var id string
		if err := decodeCursor(p.Cursor, name, &id); err != nil {
			return none, err
		}
		q = q.Where("c.id > ?", id)
	}
	if err := q.Scan(ctx); err != nil {
		return none, storeError(err)
	}
	list := make([]dirsync.Conflict, len(rows))
	for i := range rows {
		list[i] = rows[i].conflict()
	}
	return pageOf(list, p.Size(), func(c dirsync.Conflict) string { return encodeCursor(name, c.ID) }), nil
}

// Conflict implements dirsync.ConflictStore.
func (s *Store) Conflict(ctx context.Context, t tenant.ID, id string) (dirsync.Conflict, error) {
	var row conflictRow
	err := tenant.ErrNotFound
	if checkText(id) == nil {
		err = storeError(s.idb(ctx).NewSelect().Model(&row).Where("c.tenant_id = ? AND c.id = ?", t, id).Scan(ctx))
	}
	if err != nil {
		return dirsync.Conflict{}, fmt.Errorf("bunstore: conflict: %w", err)
	}
	return row.conflict(), nil
}

// CloseConflict implements dirsync.ConflictStore.
func (s *Store) CloseConflict(ctx context.Context, t tenant.ID, id string) error {
	err := deleteOne(ctx, s.idb(ctx).NewDelete().Model((*conflictRow)(nil)).Where("tenant_id = ? AND id = ?", t, id))
	if err != nil {
		return fmt.Errorf("bunstore: close conflict: %w", err)
	}
	return nil
}

// Known implements dirsync.ConflictStore.
func (s *Store) Known(ctx context.Context, dir dirsync.Directory, id provider.UserID) (*dirsync.MirrorPerson, string, error) {
	known, bound, err := s.known(ctx, dir, id)
	if err != nil {
		return nil, "", fmt.Errorf("bunstore: known: %w", err)
	}
	return known, bound, nil
}

func (s *Store) known(ctx context.Context, dir dirsync.Directory, id provider.UserID) (*dirsync.MirrorPerson, string, error) {
	if checkText(string(id)) != nil {
		return nil, "", nil
	}
	var bound string
	err := s.idb(ctx).NewSelect().Table("thirdapp_bindings").Column("person_id").
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND provider_user_id = ?", dir.Tenant, dir.Provider, dir.OrgID, id).
		Scan(ctx, &bound)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, "", storeError(err)
	}
	var row struct {
		mirroredRow
		LocalID      string
		Account      string
		Owned        bool
		Gone         bool
		LeavingSince bun.NullTime
	}
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_people").
		Column("union_id", "name", "mobile", "email", "job_number", "title", "avatar_url", "hash", "places",
			"manager_id", "local_id", "account", "owned", "gone", "leaving_since").
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND remote_id = ?", dir.Tenant, dir.Provider, dir.OrgID, id).
		Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, bound, nil
	}
	if err != nil {
		return nil, "", storeError(err)
	}
	m, err := row.mirror(id)
	if err != nil {
		return nil, "", err
	}
	m.LocalID, m.Account, m.Owned, m.Gone, m.LeavingSince = row.LocalID, row.Account, row.Owned, row.Gone, timeOf(row.LeavingSince)
	return m, bound, nil
}

// BindPerson implements dirsync.ConflictStore.
func (s *Store) BindPerson(ctx context.Context, dir dirsync.Directory, id provider.UserID, localID string, at time.Time) error {
	n, err := affected(s.idb(ctx).NewRaw(`INSERT INTO thirdapp_bindings
			(tenant_id, provider, org_id, provider_user_id, union_id, person_id, active, created_at, updated_at)
		VALUES (?, ?, ?, ?, '', ?, TRUE, ?, ?) ON CONFLICT DO NOTHING`,
		dir.Tenant, dir.Provider, dir.OrgID, id, localID, stored(at), stored(at)).Exec(ctx))
	if err == nil && n == 0 {
		err = tenant.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("bunstore: bind person: %w", storeError(err))
	}
	return nil
}
