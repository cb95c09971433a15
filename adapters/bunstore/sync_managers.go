package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// OpenManagers implements dirsync.ManagerStore. A full run reads by the index of
// those who have a manager, an incremental one by the people it looked up.
func (s *Store) OpenManagers(
	ctx context.Context, c dirsync.Claim, after provider.UserID, limit int,
) ([]dirsync.OpenManager, error) {
	dir := c.Run.Directory()
	var rows []struct {
		RemoteID  provider.UserID
		LocalID   string
		Account   string
		Name      string
		Owned     bool
		ManagerID string
		Base      sql.NullString
	}
	q := s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_people AS m").
		ColumnExpr("m.remote_id, m.local_id, m.account, m.name, m.owned").
		ColumnExpr("COALESCE(b.person_id, '') AS manager_id, m.manager_local_id AS base").
		Join("LEFT JOIN thirdapp_bindings AS b ON b.tenant_id = m.tenant_id AND b.provider = m.provider"+
			" AND b.org_id = m.org_id AND b.provider_user_id = m.manager_id AND b.active").
		Where("m.tenant_id = ? AND m.provider = ? AND m.org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("(m.manager_id <> '' OR m.manager_local_id <> '')").
		Where("NOT m.gone AND m.remote_id > ?", after).
		Where("COALESCE(m.manager_local_id, '') <> COALESCE(b.person_id, '')").
		OrderExpr("m.remote_id").Limit(int64(limit))
	if c.Run.Mode == dirsync.Incremental {
		asked, err := s.askedPeople(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("bunstore: open managers: %w", storeError(err))
		}
		if len(asked) == 0 {
			return nil, nil
		}
		// Named one by one, so that PostgreSQL goes by the indexes.
		q = q.Where("(m.remote_id IN (?) OR m.manager_id IN (?))", bun.List(asked), bun.List(asked))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("bunstore: open managers: %w", storeError(err))
	}
	list := make([]dirsync.OpenManager, len(rows))
	for i, r := range rows {
		list[i] = dirsync.OpenManager{
			RemoteID: r.RemoteID, LocalID: r.LocalID, Account: r.Account, Name: r.Name, Owned: r.Owned, ManagerID: r.ManagerID,
		}
		if r.Base.Valid {
			list[i].Base = &r.Base.String
		}
	}
	return list, nil
}

// askedPeople returns the people whom a run looks up: those whose task is in one
// of some states, or, without any, all.
func (s *Store) askedPeople(ctx context.Context, c dirsync.Claim, states ...dirsync.TaskState) (ids []provider.UserID, err error) {
	q := s.idb(ctx).NewSelect().Table("thirdapp_sync_tasks").Column("remote_id").
		Where("tenant_id = ? AND run_id = ? AND kind = ?", c.Run.Tenant, c.Run.ID, dirsync.TaskPerson)
	if len(states) > 0 {
		q = q.Where("state IN (?)", bun.List(states))
	}
	err = q.Scan(ctx, &ids)
	return ids, err
}

// RecordManagers implements dirsync.ManagerStore.
func (s *Store) RecordManagers(
	ctx context.Context, c dirsync.Claim, done []dirsync.OpenManager, at time.Time,
) (cancel bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		if err := s.recordManagers(ctx, c, done, at); err != nil {
			return err
		}
		cancel, err = s.advanceRun(ctx, c, dirsync.Progress{}, at)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: record managers: %w", err)
	}
	return cancel, nil
}

func (s *Store) recordManagers(ctx context.Context, c dirsync.Claim, done []dirsync.OpenManager, at time.Time) error {
	if len(done) == 0 {
		return nil
	}
	dir := c.Run.Directory()
	var conflicts []conflictRow
	var settled []provider.UserID
	for _, m := range done {
		if m.Conflict == nil {
			settled = append(settled, m.RemoteID)
			continue
		}
		conflicts = append(conflicts, conflictRow{
			RemoteID: m.RemoteID, Name: m.Name, LocalID: m.LocalID, Account: m.Account,
			Field: m.Conflict.Field, PlatformValue: m.Conflict.Platform, ProviderValue: m.Conflict.Provider,
		})
	}
	people := make(oneOf[provider.UserID], len(done))
	for i, m := range done {
		people[i] = m.RemoteID
	}
	_, err := s.idb(ctx).NewRaw(`UPDATE thirdapp_sync_people AS m SET manager_local_id = v.manager_id FROM ?
		WHERE m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND m.remote_id = v.remote_id AND m.remote_id ?`,
		valuesOf("v", done).
			text("remote_id", func(m *dirsync.OpenManager) string { return string(m.RemoteID) }).
			text("manager_id", func(m *dirsync.OpenManager) string { return m.ManagerID }).values,
		dir.Tenant, dir.Provider, dir.OrgID, people).Exec(ctx)
	if err != nil {
		return storeError(err)
	}
	if err := s.openConflicts(ctx, c, conflicts, at); err != nil || len(settled) == 0 {
		return err
	}
	_, err = s.idb(ctx).NewDelete().Model((*conflictRow)(nil)).
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("field = ? AND remote_id IN (?)", dirsync.FieldManager, bun.List(settled)).Exec(ctx)
	return storeError(err)
}

// PersonNames implements dirsync.PlanStore.
func (s *Store) PersonNames(
	ctx context.Context, c dirsync.Claim, ids []provider.UserID,
) (map[provider.UserID]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	dir := c.Run.Directory()
	var rows []struct {
		RemoteID provider.UserID
		Name     string
	}
	err := s.idb(ctx).NewRaw(`SELECT remote_id, name FROM thirdapp_sync_people
			WHERE tenant_id = ? AND provider = ? AND org_id = ? AND remote_id IN (?)
		UNION ALL SELECT remote_id, name FROM thirdapp_sync_staged_people
			WHERE tenant_id = ? AND run_id = ? AND remote_id IN (?)`,
		dir.Tenant, dir.Provider, dir.OrgID, bun.List(ids), c.Run.Tenant, c.Run.ID, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: person names: %w", storeError(err))
	}
	names := make(map[provider.UserID]string, len(rows))
	for _, r := range rows { // those that were read come last
		names[r.RemoteID] = r.Name
	}
	return names, nil
}
