package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// SettleConflicts implements dirsync.ConflictStore.
func (s *Store) SettleConflicts(ctx context.Context, c dirsync.Claim, at time.Time) error {
	err := s.InTx(ctx, func(ctx context.Context) error {
		if err := s.stillHeld(ctx, c); err != nil {
			return err
		}
		if c.Run.Undoes != "" {
			return nil
		}
		if err := s.openMatchConflicts(ctx, c, at); err != nil {
			return err
		}
		return s.closeMatched(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("bunstore: settle conflicts: %w", err)
	}
	return nil
}

// openMatchConflicts makes the conflicts of a plan those of the tenant.
func (s *Store) openMatchConflicts(ctx context.Context, c dirsync.Claim, at time.Time) error {
	var planned []struct {
		RemoteID provider.UserID
		Name     string
		ReasonZH string
		ReasonEN string
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_changes").Column("remote_id", "name", "reason_zh", "reason_en").
		Where("tenant_id = ? AND run_id = ? AND entity = ? AND kind = ?",
			c.Run.Tenant, c.Run.ID, dirsync.EntityPerson, dirsync.KindConflict).OrderExpr("seq").Scan(ctx, &planned)
	if err != nil {
		return storeError(err)
	}
	rows := make([]conflictRow, len(planned))
	for i, p := range planned {
		rows[i] = conflictRow{RemoteID: p.RemoteID, Name: p.Name, ReasonZH: p.ReasonZH, ReasonEN: p.ReasonEN}
	}
	return s.openConflicts(ctx, c, rows, at)
}

// openConflicts stores conflicts of a run's directory, unless they are there.
func (s *Store) openConflicts(ctx context.Context, c dirsync.Claim, rows []conflictRow, at time.Time) error {
	if len(rows) == 0 {
		return nil
	}
	dir := c.Run.Directory()
	for i := range rows {
		id, err := newLocalID()
		if err != nil {
			return err
		}
		r := &rows[i]
		r.ID, r.TenantID, r.Provider, r.OrgID, r.RunID, r.CreatedAt = id, dir.Tenant, dir.Provider, dir.OrgID, c.Run.ID, stored(at)
	}
	_, err := s.idb(ctx).NewInsert().Model(&rows).
		On("CONFLICT (tenant_id, provider, org_id, remote_id, field) DO UPDATE").
		Set("name = EXCLUDED.name, local_id = EXCLUDED.local_id, account = EXCLUDED.account").
		Set("platform_value = EXCLUDED.platform_value, provider_value = EXCLUDED.provider_value").
		Set("reason_zh = EXCLUDED.reason_zh, reason_en = EXCLUDED.reason_en, run_id = EXCLUDED.run_id").
		Where("c.name <> EXCLUDED.name OR c.platform_value <> EXCLUDED.platform_value" +
			" OR c.provider_value <> EXCLUDED.provider_value OR c.reason_zh <> EXCLUDED.reason_zh").Exec(ctx)
	return storeError(err)
}

// closeMatched removes the conflicts that are none any more.
func (s *Store) closeMatched(ctx context.Context, c dirsync.Claim) error {
	dir := c.Run.Directory()
	everybody := c.Run.Complete && c.Run.Mode == dirsync.Full
	_, err := s.idb(ctx).NewRaw(`DELETE FROM thirdapp_sync_conflicts AS c
		WHERE c.tenant_id = ? AND c.provider = ? AND c.org_id = ? AND (
			c.field = '' AND NOT EXISTS (SELECT 1 FROM thirdapp_sync_changes AS p WHERE p.tenant_id = c.tenant_id
				AND p.run_id = ? AND p.entity = 'person' AND p.kind = 'conflict' AND p.remote_id = c.remote_id)
			AND (? OR EXISTS (SELECT 1 FROM thirdapp_sync_staged_people AS s
				WHERE s.tenant_id = c.tenant_id AND s.run_id = ? AND s.remote_id = c.remote_id))
			OR c.field <> '' AND NOT EXISTS (SELECT 1 FROM thirdapp_sync_people AS m WHERE m.tenant_id = c.tenant_id
				AND m.provider = c.provider AND m.org_id = c.org_id AND m.remote_id = c.remote_id AND NOT m.gone))`,
		dir.Tenant, dir.Provider, dir.OrgID, c.Run.ID, everybody, c.Run.ID).Exec(ctx)
	return storeError(err)
}

// fieldConflicts records the fields of people that differ on both sides, and
// removes the conflicts of those that are settled.
func (s *Store) fieldConflicts(ctx context.Context, c dirsync.Claim, applied []dirsync.DonePerson, at time.Time) error {
	byID := make(map[provider.UserID]*dirsync.DonePerson)
	var rows []conflictRow
	var ids []provider.UserID
	for i := range applied {
		d := &applied[i]
		if d.Change.Base == nil {
			continue
		}
		byID[d.Change.RemoteID] = d
		ids = append(ids, d.Change.RemoteID)
		for _, f := range d.Change.Conflicts {
			rows = append(rows, conflictRow{
				RemoteID: d.Change.RemoteID, Name: d.Change.Name, LocalID: d.Outcome.LocalID, Account: d.Outcome.Account,
				Field: f.Field, PlatformValue: f.Platform, ProviderValue: f.Provider,
			})
		}
	}
	if err := s.openConflicts(ctx, c, rows, at); err != nil || len(ids) == 0 {
		return err
	}
	dir := c.Run.Directory()
	var open []conflictRow
	err := s.idb(ctx).NewSelect().Model(&open).Column("id", "remote_id", "field").
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND field <> ''", dir.Tenant, dir.Provider, dir.OrgID).
		Where("remote_id IN (?)", bun.List(ids)).Scan(ctx)
	if err != nil {
		return storeError(err)
	}
	var settled []string
	for _, o := range open {
		if byID[o.RemoteID].Change.Settled.Has(o.Field) {
			settled = append(settled, o.ID)
		}
	}
	if len(settled) == 0 {
		return nil
	}
	_, err = s.idb(ctx).NewDelete().Model((*conflictRow)(nil)).
		Where("tenant_id = ? AND id IN (?)", dir.Tenant, bun.List(settled)).Exec(ctx)
	return storeError(err)
}
