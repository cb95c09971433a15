package bunstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

const (
	// taskCompared is the kind of a task row that no caller sees: the run has it
	// once what was read has been compared with the mirror.
	taskCompared = "compared"
	// comparedRows is how many rows one statement of StageCompared adds.
	comparedRows = 5000
)

// AppliedPeople implements dirsync.ReadStore.
func (s *Store) AppliedPeople(
	ctx context.Context, c dirsync.Claim, staged bool, each func(dirsync.AppliedPerson) error,
) error {
	err := s.planning(ctx, c, func(ctx context.Context) error { return s.appliedPeople(ctx, c, staged, each) })
	if err != nil {
		return fmt.Errorf("bunstore: applied people: %w", err)
	}
	return nil
}

func (s *Store) appliedPeople(
	ctx context.Context, c dirsync.Claim, staged bool, each func(dirsync.AppliedPerson) error,
) (err error) {
	dir := c.Run.Directory()
	join := "LEFT JOIN"
	if staged {
		join = "JOIN"
	}
	rows, err := s.idb(ctx).QueryContext(ctx, `SELECT m.remote_id, m.hash, m.manager_id, m.places,
			m.leaving_since IS NULL AND COALESCE(b.active AND b.person_id = m.local_id, FALSE),
			s.remote_id IS NOT NULL
		FROM thirdapp_sync_people AS m
		`+join+` thirdapp_sync_staged_people AS s ON s.tenant_id = ? AND s.run_id = ? AND s.remote_id = m.remote_id
		LEFT JOIN thirdapp_bindings AS b ON b.tenant_id = ? AND b.provider = ? AND b.org_id = ?
			AND b.provider_user_id = m.remote_id
		WHERE m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND NOT m.gone`,
		dir.Tenant, c.Run.ID, dir.Tenant, dir.Provider, dir.OrgID, dir.Tenant, dir.Provider, dir.OrgID)
	if err != nil {
		return storeError(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p dirsync.AppliedPerson
		var id, manager, places string // database/sql is slower with types of our own
		if err := rows.Scan(&id, &p.Hash, &manager, &places, &p.Settled, &p.Staged); err != nil {
			return storeError(err)
		}
		p.ID, p.ManagerID = provider.UserID(id), provider.UserID(manager)
		if p.Places, err = parsePlaces(p.ID, places); err != nil {
			return err
		}
		if err := each(p); err != nil {
			return err
		}
	}
	return storeError(rows.Err())
}

// stageSeen stores keys as one row.
func (s *Store) stageSeen(ctx context.Context, c dirsync.Claim, seen []dirsync.PlaceKey) error {
	if len(seen) == 0 {
		return nil
	}
	id, err := newLocalID()
	if err != nil {
		return err
	}
	keys := make([]byte, 0, 8*len(seen))
	for _, key := range seen {
		keys = binary.BigEndian.AppendUint64(keys, uint64(key))
	}
	_, err = s.idb(ctx).NewRaw("INSERT INTO thirdapp_sync_seen (tenant_id, run_id, id, keys) VALUES (?, ?, ?, ?)",
		c.Run.Tenant, c.Run.ID, id, keys).Exec(ctx)
	return storeError(err)
}

// SeenPlaces implements dirsync.ReadStore.
func (s *Store) SeenPlaces(ctx context.Context, c dirsync.Claim, each func([]dirsync.PlaceKey) error) error {
	if err := s.seenPlaces(ctx, c, each); err != nil {
		return fmt.Errorf("bunstore: seen places: %w", err)
	}
	return nil
}

func (s *Store) seenPlaces(ctx context.Context, c dirsync.Claim, each func([]dirsync.PlaceKey) error) (err error) {
	rows, err := s.idb(ctx).QueryContext(ctx, "SELECT keys FROM thirdapp_sync_seen WHERE tenant_id = ? AND run_id = ?",
		c.Run.Tenant, c.Run.ID)
	if err != nil {
		return storeError(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var keys []byte
		if err := rows.Scan(&keys); err != nil {
			return storeError(err)
		}
		seen := make([]dirsync.PlaceKey, 0, len(keys)/8)
		for key := range slices.Chunk(keys, 8) {
			if len(key) < 8 {
				return errors.New("malformed keys")
			}
			seen = append(seen, dirsync.PlaceKey(binary.BigEndian.Uint64(key)))
		}
		if err := each(seen); err != nil {
			return err
		}
	}
	return storeError(rows.Err())
}

// StageCompared implements dirsync.ReadStore.
func (s *Store) StageCompared(
	ctx context.Context, c dirsync.Claim, found dirsync.Compared, at time.Time,
) (cancel bool, err error) {
	err = s.inLazyTx(ctx, func(ctx context.Context) error {
		for movers := range slices.Chunk(found.Movers, comparedRows) {
			if err := s.stageMovers(ctx, c, movers); err != nil {
				return storeError(err)
			}
		}
		for unseen := range slices.Chunk(found.Unseen, comparedRows) {
			_, err := s.idb(ctx).NewRaw("INSERT INTO thirdapp_sync_unseen SELECT ?, ?, v.* FROM ? WHERE TRUE ON CONFLICT DO NOTHING",
				c.Run.Tenant, c.Run.ID, userIDValues(unseen)).Exec(ctx)
			if err != nil {
				return storeError(err)
			}
		}
		for places := range slices.Chunk(found.Places, comparedRows) {
			if err := s.stage(ctx, c, dirsync.Staging{Places: places}); err != nil {
				return err
			}
		}
		done := []dirsync.Task{{Kind: taskCompared, State: dirsync.TaskDone}}
		if err := s.stage(ctx, c, dirsync.Staging{NewTasks: done}); err != nil {
			return err
		}
		cancel, err = s.advanceRun(ctx, c, dirsync.Progress{}, at)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: stage compared: %w", err)
	}
	return cancel, nil
}

// stageMovers stages people with the attributes that the mirror has.
func (s *Store) stageMovers(ctx context.Context, c dirsync.Claim, movers []provider.UserID) error {
	const columns = "remote_id, union_id, name, mobile, email, job_number, title, avatar_url, hash"
	dir := c.Run.Directory()
	_, err := s.idb(ctx).NewRaw("INSERT INTO thirdapp_sync_staged_people (tenant_id, run_id, "+columns+")"+
		" SELECT m.tenant_id, ?, "+columns+" FROM thirdapp_sync_people AS m"+
		" WHERE m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND m.remote_id IN (SELECT id FROM ?)"+
		" ON CONFLICT DO NOTHING",
		c.Run.ID, dir.Tenant, dir.Provider, dir.OrgID, userIDValues(movers)).Exec(ctx)
	return err
}

func userIDValues(ids []provider.UserID) values {
	return valuesOf("v", ids).text("id", func(id *provider.UserID) string { return string(*id) }).values
}

// compared tells whether a run has compared what it read with the mirror: then
// most of those who were read are not in the staging rows.
func (s *Store) compared(ctx context.Context, c dirsync.Claim) (bool, error) {
	return s.idb(ctx).NewSelect().Table("thirdapp_sync_tasks").
		Where("tenant_id = ? AND run_id = ? AND kind = ?", c.Run.Tenant, c.Run.ID, taskCompared).Exists(ctx)
}

// wasRead is the condition that a run has read the person of the id in a column.
func wasRead(c dirsync.Claim, column string, compared bool) schema.QueryAppender {
	dir, id := c.Run.Directory(), bun.Ident(column)
	staged := bun.SafeQuery("EXISTS (SELECT 1 FROM thirdapp_sync_staged_people AS st"+
		" WHERE st.tenant_id = ? AND st.run_id = ? AND st.remote_id = ?)", dir.Tenant, c.Run.ID, id)
	if !compared {
		return staged
	}
	return bun.SafeQuery("(? OR EXISTS (SELECT 1 FROM thirdapp_sync_people AS k WHERE k.tenant_id = ? AND k.provider = ?"+
		" AND k.org_id = ? AND k.remote_id = ? AND NOT k.gone) AND NOT EXISTS (SELECT 1 FROM thirdapp_sync_unseen AS u"+
		" WHERE u.tenant_id = ? AND u.run_id = ? AND u.remote_id = ?))",
		staged, dir.Tenant, dir.Provider, dir.OrgID, id, dir.Tenant, c.Run.ID, id)
}
