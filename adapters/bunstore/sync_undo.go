package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// appliedChange selects what a run has applied.
const appliedChange = "(c.state = 'applied' OR c.state = '' AND b.done)"

// UndonePeople implements dirsync.UndoStore.
func (s *Store) UndonePeople(
	ctx context.Context, c dirsync.Claim, after, limit int,
) (list []dirsync.UndonePerson, last int, err error) {
	dir := c.Run.Directory()
	var rows []undonePersonRow
	err = s.idb(ctx).NewRaw(`WITH c AS (
			SELECT c.tenant_id, c.run_id, c.seq, c.kind, c.remote_id, c.name, c.local_id, c.replaces
			FROM thirdapp_sync_changes AS c LEFT JOIN thirdapp_sync_batches AS b
				ON b.tenant_id = c.tenant_id AND b.run_id = c.run_id AND b.number = c.batch
			WHERE c.tenant_id = ? AND c.run_id = ? AND c.seq > ? AND c.entity = 'person' AND `+appliedChange+`
			ORDER BY c.seq LIMIT ?
		)
		SELECT c.seq, c.kind, c.remote_id, c.name AS planned, c.local_id <> '' AS existing, c.replaces,
			m.remote_id IS NOT NULL AS known, COALESCE(m.run_id, '') AS written_by, COALESCE(m.gone, FALSE) AS gone,
			m.leaving_since, COALESCE(m.local_id, '') AS local_id, COALESCE(m.account, '') AS account, COALESCE(m.owned, FALSE) AS owned,
			COALESCE(m.union_id, '') AS union_id, COALESCE(m.name, '') AS name, COALESCE(m.mobile, '') AS mobile,
			COALESCE(m.email, '') AS email, COALESCE(m.job_number, '') AS job_number, COALESCE(m.title, '') AS title,
			COALESCE(m.avatar_url, '') AS avatar_url, COALESCE(m.hash, '') AS hash, COALESCE(m.places, '') AS places,
			COALESCE(m.manager_id, '') AS manager_id, COALESCE(w.manager_id, '') AS was_manager_id,
			w.remote_id IS NOT NULL AS was_known, COALESCE(w.gone, FALSE) AS was_gone, COALESCE(w.seq, 0) AS kept_by,
			COALESCE(w.union_id, '') AS was_union_id, COALESCE(w.name, '') AS was_name, COALESCE(w.mobile, '') AS was_mobile,
			COALESCE(w.email, '') AS was_email, COALESCE(w.job_number, '') AS was_job_number, COALESCE(w.title, '') AS was_title,
			COALESCE(w.avatar_url, '') AS was_avatar_url, COALESCE(w.hash, '') AS was_hash, COALESCE(w.places, '') AS was_places
		FROM c LEFT JOIN thirdapp_sync_people AS m
			ON m.tenant_id = c.tenant_id AND m.provider = ? AND m.org_id = ? AND m.remote_id = c.remote_id
		LEFT JOIN thirdapp_sync_people_before AS w
			ON w.tenant_id = c.tenant_id AND w.run_id = c.run_id AND w.remote_id = c.remote_id
		ORDER BY c.remote_id`,
		c.Run.Tenant, c.Run.Undoes, after, limit, dir.Provider, dir.OrgID).Scan(ctx, &rows)
	if err != nil {
		return nil, 0, fmt.Errorf("bunstore: undone people: %w", storeError(err))
	}
	list = make([]dirsync.UndonePerson, 0, len(rows))
	for i := range rows {
		last = max(last, rows[i].Seq)
		if by := rows[i].KeptBy; by != 0 && by != rows[i].Seq {
			continue // a second change of the same person
		}
		p, err := rows[i].person()
		if err != nil {
			return nil, 0, fmt.Errorf("bunstore: undone people: %w", err)
		}
		list = append(list, p)
	}
	if len(rows) < limit {
		last = 0
	}
	return list, last, nil
}

// PeopleBefore implements dirsync.UndoStore.
func (s *Store) PeopleBefore(
	ctx context.Context, c dirsync.Claim, ids []provider.UserID,
) (map[provider.UserID]dirsync.MirrorPerson, error) {
	before := make(map[provider.UserID]dirsync.MirrorPerson, len(ids))
	if len(ids) == 0 {
		return before, nil
	}
	var rows []struct {
		RemoteID provider.UserID
		Gone     bool
		mirroredRow
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_people_before").
		Column("remote_id", "gone", "union_id", "name", "mobile", "email", "job_number", "title", "avatar_url", "hash", "places", "manager_id").
		Where("tenant_id = ? AND run_id = ? AND remote_id IN (?)", c.Run.Tenant, c.Run.Undoes, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: people before: %w", storeError(err))
	}
	for i := range rows {
		p, err := rows[i].mirror(rows[i].RemoteID)
		if err != nil {
			return nil, fmt.Errorf("bunstore: people before: %w", err)
		}
		p.Gone = rows[i].Gone
		before[p.ID] = *p
	}
	return before, nil
}

// undonePersonRow is a change of a person with the person now and before.
type undonePersonRow struct {
	Seq       int
	Kind      dirsync.Kind
	RemoteID  provider.UserID
	Planned   string
	Existing  bool
	Replaces  provider.UserID
	Known     bool
	WrittenBy string
	Gone      bool
	LocalID   string
	Account   string
	Owned     bool

	LeavingSince bun.NullTime
	mirroredRow
	WasKnown bool
	WasGone  bool
	KeptBy   int
	Was      mirroredRow `bun:"embed:was_"`
}

// mirroredRow is what the mirror has of a person.
type mirroredRow struct {
	UnionID   provider.UnionID
	Name      string
	Mobile    string
	Email     string
	JobNumber string
	Title     string
	AvatarURL string
	Hash      string
	Places    string
	ManagerID provider.UserID
}

func (r *undonePersonRow) person() (p dirsync.UndonePerson, err error) {
	p = dirsync.UndonePerson{
		Kind: r.Kind, RemoteID: r.RemoteID, Name: r.Planned, Existing: r.Existing, Replaces: r.Replaces, WrittenBy: r.WrittenBy,
	}
	if r.Known {
		if p.Now, err = r.mirror(r.RemoteID); err != nil {
			return p, err
		}
		p.Now.LocalID, p.Now.Account, p.Now.Owned, p.Now.Gone = r.LocalID, r.Account, r.Owned, r.Gone
		p.Now.LeavingSince = timeOf(r.LeavingSince)
	}
	if r.WasKnown {
		if p.Before, err = r.Was.mirror(r.RemoteID); err != nil {
			return p, err
		}
		p.Before.Gone = r.WasGone
	}
	return p, nil
}

func (r *mirroredRow) mirror(id provider.UserID) (*dirsync.MirrorPerson, error) {
	places, err := parsePlaces(id, r.Places)
	if err != nil {
		return nil, err
	}
	return &dirsync.MirrorPerson{
		StagedPerson: dirsync.StagedPerson{
			ID: id, UnionID: r.UnionID, Name: r.Name, Mobile: r.Mobile, Email: r.Email,
			JobNumber: r.JobNumber, Title: r.Title, AvatarURL: r.AvatarURL, Hash: r.Hash,
			ManagerID: r.ManagerID,
		},
		Places: places,
	}, nil
}

// UndoneDepartments implements dirsync.UndoStore.
func (s *Store) UndoneDepartments(ctx context.Context, c dirsync.Claim) ([]dirsync.UndoneDepartment, error) {
	dir := c.Run.Directory()
	var rows []struct {
		Kind         dirsync.Kind
		RemoteID     provider.DepartmentID
		Planned      string
		Known        bool
		WrittenBy    string
		Gone         bool
		LocalID      string
		ParentID     provider.DepartmentID
		Name         string
		SortOrder    int64
		WasKnown     bool
		WasGone      bool
		WasParentID  provider.DepartmentID
		WasName      string
		WasSortOrder int64
	}
	err := s.idb(ctx).NewRaw(`SELECT c.kind, c.remote_id, c.name AS planned,
			m.remote_id IS NOT NULL AS known, COALESCE(m.run_id, '') AS written_by, COALESCE(m.gone, FALSE) AS gone,
			COALESCE(m.local_id, '') AS local_id, COALESCE(m.parent_id, '') AS parent_id,
			COALESCE(m.name, '') AS name, COALESCE(m.sort_order, 0) AS sort_order,
			w.remote_id IS NOT NULL AS was_known, COALESCE(w.gone, FALSE) AS was_gone, COALESCE(w.parent_id, '') AS was_parent_id,
			COALESCE(w.name, '') AS was_name, COALESCE(w.sort_order, 0) AS was_sort_order
		FROM thirdapp_sync_changes AS c LEFT JOIN thirdapp_sync_batches AS b
			ON b.tenant_id = c.tenant_id AND b.run_id = c.run_id AND b.number = c.batch
		LEFT JOIN thirdapp_sync_departments AS m
			ON m.tenant_id = c.tenant_id AND m.provider = ? AND m.org_id = ? AND m.remote_id = c.remote_id
		LEFT JOIN thirdapp_sync_departments_before AS w
			ON w.tenant_id = c.tenant_id AND w.run_id = c.run_id AND w.remote_id = c.remote_id
		WHERE c.tenant_id = ? AND c.run_id = ? AND c.entity = 'department' AND `+appliedChange+` ORDER BY c.seq`,
		dir.Provider, dir.OrgID, c.Run.Tenant, c.Run.Undoes).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: undone departments: %w", storeError(err))
	}
	list := make([]dirsync.UndoneDepartment, len(rows))
	for i, r := range rows {
		list[i] = dirsync.UndoneDepartment{Kind: r.Kind, RemoteID: r.RemoteID, Name: r.Planned, WrittenBy: r.WrittenBy}
		if r.Known {
			list[i].Now = &dirsync.MirrorDepartment{
				StagedDepartment: dirsync.StagedDepartment{ID: r.RemoteID, ParentID: r.ParentID, Name: r.Name, Order: r.SortOrder},
				LocalID:          r.LocalID, Gone: r.Gone,
			}
		}
		if r.WasKnown {
			list[i].Before = &dirsync.MirrorDepartment{
				StagedDepartment: dirsync.StagedDepartment{ID: r.RemoteID, ParentID: r.WasParentID, Name: r.WasName, Order: r.WasSortOrder},
				LocalID:          r.LocalID, Gone: r.WasGone,
			}
		}
	}
	return list, nil
}

// OccupiedDepartments implements dirsync.UndoStore.
func (s *Store) OccupiedDepartments(ctx context.Context, c dirsync.Claim) (map[provider.DepartmentID]bool, error) {
	dir := c.Run.Directory()
	var places []string
	// Both databases sort for EXCEPT; for a join SQLite would read all changes for
	// each person.
	err := s.idb(ctx).NewRaw(`SELECT DISTINCT p.places FROM thirdapp_sync_people AS p
		WHERE p.tenant_id = ?0 AND p.provider = ?1 AND p.org_id = ?2 AND p.remote_id IN (
			SELECT remote_id FROM thirdapp_sync_people WHERE tenant_id = ?0 AND provider = ?1 AND org_id = ?2 AND NOT gone
			EXCEPT
			SELECT remote_id FROM thirdapp_sync_changes
			WHERE tenant_id = ?0 AND run_id = ?3 AND entity = 'person' AND kind <> 'conflict'
		)`, dir.Tenant, dir.Provider, dir.OrgID, c.Run.ID).Scan(ctx, &places)
	if err != nil {
		return nil, fmt.Errorf("bunstore: occupied departments: %w", storeError(err))
	}
	occupied := make(map[provider.DepartmentID]bool)
	for _, text := range places {
		list, err := parsePlaces("", text)
		if err != nil {
			return nil, fmt.Errorf("bunstore: occupied departments: %w", err)
		}
		for _, p := range list {
			occupied[p.DepartmentID] = true
		}
	}
	return occupied, nil
}
