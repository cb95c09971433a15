package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// missingRow is somebody of the mirror who was not read.
type missingRow struct {
	RemoteID     provider.UserID
	Name         string
	Places       string
	LocalID      string
	Account      string
	Owned        bool
	LeavingSince bun.NullTime
}

// MissingPeople implements dirsync.PlanStore.
func (s *Store) MissingPeople(
	ctx context.Context, c dirsync.Claim, after provider.UserID, limit int,
) ([]dirsync.MirrorPerson, error) {
	rows, err := s.missingPeople(ctx, c, after, limit)
	if err != nil {
		return nil, fmt.Errorf("bunstore: missing people: %w", storeError(err))
	}
	list := make([]dirsync.MirrorPerson, len(rows))
	for i, r := range rows {
		places, err := parsePlaces(r.RemoteID, r.Places)
		if err != nil {
			return nil, fmt.Errorf("bunstore: missing people: %w", err)
		}
		list[i] = dirsync.MirrorPerson{
			StagedPerson: dirsync.StagedPerson{ID: r.RemoteID, Name: r.Name},
			Places:       places, LocalID: r.LocalID, Account: r.Account, Owned: r.Owned, LeavingSince: timeOf(r.LeavingSince),
		}
	}
	return list, nil
}

func (s *Store) missingPeople(ctx context.Context, c dirsync.Claim, after provider.UserID, limit int) (rows []missingRow, err error) {
	compared, err := s.compared(ctx, c)
	if err != nil {
		return nil, err
	}
	if compared {
		return s.missingUnseen(ctx, c, after, limit)
	}
	var asked []provider.UserID
	if c.Run.Mode == dirsync.Incremental {
		asked, err = s.askedPeople(ctx, c, dirsync.TaskDone)
		if err != nil || len(asked) == 0 {
			return nil, err
		}
	}
	err = s.planning(ctx, c, func(ctx context.Context) error {
		q := s.missingQuery(ctx, c).Where("m.remote_id > ?", after).Limit(int64(limit))
		if c.Run.Mode == dirsync.Incremental {
			q = q.Where("m.remote_id ?", oneOf[provider.UserID](asked))
		}
		return q.Scan(ctx, &rows)
	})
	return rows, err
}

// missingUnseen looks only at those who were not seen as the mirror has them:
// as many at a time as are wanted, until it has found some.
func (s *Store) missingUnseen(ctx context.Context, c dirsync.Claim, after provider.UserID, limit int) (rows []missingRow, err error) {
	for {
		var unseen []provider.UserID
		err := s.idb(ctx).NewSelect().Table("thirdapp_sync_unseen").Column("remote_id").
			Where("tenant_id = ? AND run_id = ? AND remote_id > ?", c.Run.Tenant, c.Run.ID, after).
			OrderExpr("remote_id").Limit(int64(limit)).Scan(ctx, &unseen)
		if err != nil || len(unseen) == 0 {
			return nil, err
		}
		err = s.planning(ctx, c, func(ctx context.Context) error {
			return s.missingQuery(ctx, c).Where("m.remote_id IN (?)", bun.List(unseen)).Scan(ctx, &rows)
		})
		if err != nil || len(rows) > 0 {
			return rows, err
		}
		after = unseen[len(unseen)-1]
	}
}

// missingQuery selects the people of the mirror of whom the run has no staging
// rows, and whom no change of it replaces.
func (s *Store) missingQuery(ctx context.Context, c dirsync.Claim) *bun.SelectQuery {
	dir := c.Run.Directory()
	return s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_people AS m").
		ColumnExpr("m.remote_id, m.name, m.places, m.local_id, m.account, m.owned, m.leaving_since").
		Where("m.tenant_id = ? AND m.provider = ? AND m.org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("NOT m.gone").
		Where("NOT EXISTS (SELECT 1 FROM thirdapp_sync_staged_people AS s"+
			" WHERE s.tenant_id = m.tenant_id AND s.run_id = ? AND s.remote_id = m.remote_id)", c.Run.ID).
		Where("m.remote_id NOT IN (SELECT replaces FROM thirdapp_sync_changes"+
			" WHERE tenant_id = ? AND run_id = ? AND replaces <> '')", c.Run.Tenant, c.Run.ID).
		OrderExpr("m.remote_id")
}
