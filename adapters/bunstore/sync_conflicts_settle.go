package bunstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
		if err := s.settleMatches(ctx, c, at); err != nil {
			return err
		}
		return s.closeGone(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("bunstore: settle conflicts: %w", err)
	}
	return nil
}

// settleMatches makes the people in conflict of a plan those of the tenant. Most
// are the same from run to run, so that only what differs is written.
func (s *Store) settleMatches(ctx context.Context, c dirsync.Claim, at time.Time) error {
	dir := c.Run.Directory()
	var planned, open []conflictRow
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_changes").Column("remote_id", "name", "reason_zh", "reason_en").
		Where("tenant_id = ? AND run_id = ? AND entity = ? AND kind = ?",
			c.Run.Tenant, c.Run.ID, dirsync.EntityPerson, dirsync.KindConflict).OrderExpr("seq").Scan(ctx, &planned)
	if err != nil {
		return storeError(err)
	}
	err = s.idb(ctx).NewSelect().Model(&open).Column("id", "remote_id", "name", "reason_zh", "reason_en").
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND field = ''", dir.Tenant, dir.Provider, dir.OrgID).Scan(ctx)
	if err != nil {
		return storeError(err)
	}
	before := make(map[provider.UserID]conflictRow, len(open))
	for _, o := range open {
		before[o.RemoteID] = o
	}
	planned = slices.DeleteFunc(planned, func(p conflictRow) bool {
		o, there := before[p.RemoteID]
		delete(before, p.RemoteID)
		return there && o.Name == p.Name && o.ReasonZH == p.ReasonZH && o.ReasonEN == p.ReasonEN
	})
	for rows := range slices.Chunk(planned, conflictRows) {
		if err := s.openConflicts(ctx, c, rows, at); err != nil {
			return err
		}
	}
	return s.closeMatches(ctx, c, slices.Collect(maps.Values(before)))
}

// closeMatches removes conflicts that the plan has no more, but for those of
// people whom the run has not read.
func (s *Store) closeMatches(ctx context.Context, c dirsync.Claim, over []conflictRow) error {
	if len(over) == 0 {
		return nil
	}
	compared, err := s.compared(ctx, c)
	if err != nil {
		return storeError(err)
	}
	everybody := c.Run.Complete && c.Run.Mode == dirsync.Full
	for rows := range slices.Chunk(over, conflictRows) {
		_, err := s.idb(ctx).NewDelete().Model((*conflictRow)(nil)).
			Where("tenant_id = ? AND id IN (?)", c.Run.Tenant, bun.List(conflictIDs(rows))).
			Where("(? OR ?)", everybody, wasRead(c, "c.remote_id", compared)).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// closeGone removes conflicts about fields of people who are gone.
func (s *Store) closeGone(ctx context.Context, c dirsync.Claim) error {
	dir := c.Run.Directory()
	var open []conflictRow
	err := s.idb(ctx).NewSelect().Model(&open).Column("id", "remote_id").
		Where("tenant_id = ? AND provider = ? AND org_id = ? AND field <> ''", dir.Tenant, dir.Provider, dir.OrgID).Scan(ctx)
	if err != nil {
		return storeError(err)
	}
	for rows := range slices.Chunk(open, conflictRows) {
		people := make([]provider.UserID, len(rows))
		for i, r := range rows {
			people[i] = r.RemoteID
		}
		_, err = s.idb(ctx).NewDelete().Model((*conflictRow)(nil)).
			Where("tenant_id = ? AND id IN (?)", dir.Tenant, bun.List(conflictIDs(rows))).
			Where("remote_id NOT IN (SELECT m.remote_id FROM thirdapp_sync_people AS m"+
				" WHERE m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND m.remote_id IN (?) AND NOT m.gone)",
				dir.Tenant, dir.Provider, dir.OrgID, bun.List(people)).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// conflictRows is how many conflicts one statement is about.
const conflictRows = 1000

func conflictIDs(rows []conflictRow) []string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
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
