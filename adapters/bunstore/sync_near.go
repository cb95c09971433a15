package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// maxRelatedConflicts bounds the people in conflict that Relatives returns.
const maxRelatedConflicts = 200

// maxPlacePatterns is up to how many departments are looked for one by one.
const maxPlacePatterns = 4

// FinishedTasks implements dirsync.NearStore.
func (s *Store) FinishedTasks(ctx context.Context, c dirsync.Claim) ([]dirsync.Task, error) {
	var rows []syncTaskRow
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_tasks").Column("kind", "remote_id", "state").
		Where("tenant_id = ? AND run_id = ? AND state <> ? AND kind NOT IN (?, ?)",
			c.Run.Tenant, c.Run.ID, dirsync.TaskPending, taskScope, taskScopeBefore).
		Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: finished tasks: %w", storeError(err))
	}
	tasks := make([]dirsync.Task, len(rows))
	for i, r := range rows {
		tasks[i] = dirsync.Task{Kind: r.Kind, ID: r.RemoteID, State: r.State}
	}
	return tasks, nil
}

// Relatives implements dirsync.NearStore. What is not asked for is not looked
// for: most runs are about a few people who are known.
func (s *Store) Relatives(
	ctx context.Context, c dirsync.Claim, departments []provider.DepartmentID,
) ([]provider.UserID, error) {
	list, err := s.relatives(ctx, c, departments)
	if err != nil {
		return nil, fmt.Errorf("bunstore: relatives: %w", storeError(err))
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func (s *Store) relatives(
	ctx context.Context, c dirsync.Claim, departments []provider.DepartmentID,
) (list []provider.UserID, err error) {
	if list, err = s.unreadMembers(ctx, c, departments); err != nil {
		return nil, err
	}
	var strangers []struct {
		RemoteID provider.UserID
		Mobile   string
	}
	dir := c.Run.Directory()
	err = s.idb(ctx).NewRaw("SELECT s.remote_id, s.mobile FROM thirdapp_sync_staged_people AS s ?"+
		" WHERE s.tenant_id = ? AND s.run_id = ? AND m.remote_id IS NULL",
		s.lookUp(dir, "m", "thirdapp_sync_people", "remote_id", "s.remote_id"), dir.Tenant, c.Run.ID).
		Scan(ctx, &strangers)
	if err != nil || len(strangers) == 0 {
		return list, err
	}
	var mobiles []string
	ids := make(map[provider.UserID]bool, len(strangers))
	for _, p := range strangers {
		ids[p.RemoteID] = true
		if p.Mobile != "" {
			mobiles = append(mobiles, p.Mobile)
		}
	}
	if len(mobiles) > 0 {
		same, err := s.unreadMirror(ctx, c, bun.SafeQuery("m.mobile IN (?)", bun.List(mobiles)))
		if err != nil {
			return nil, err
		}
		list = append(list, same...)
	}
	conflicts, err := s.fellowConflicts(ctx, c, ids)
	return append(list, conflicts...), err
}

// unreadMembers returns people of the mirror who have a place in one of the
// departments and whom a run has neither read nor looked up. No index knows who
// is in a department: each pattern goes through the whole directory, and a
// subtree that is gone may be hundreds of departments.
func (s *Store) unreadMembers(
	ctx context.Context, c dirsync.Claim, departments []provider.DepartmentID,
) (list []provider.UserID, err error) {
	if len(departments) > maxPlacePatterns {
		return s.membersAtOnce(ctx, c, departments)
	}
	for _, d := range departments {
		members, err := s.unreadMirror(ctx, c, bun.SafeQuery("? || m.places LIKE ? ESCAPE '!'", "\n", "%\n"+escapedLike(string(d))+":%"))
		if err != nil {
			return nil, err
		}
		list = append(list, members...)
	}
	return list, nil
}

// membersAtOnce goes through the directory once.
func (s *Store) membersAtOnce(
	ctx context.Context, c dirsync.Claim, departments []provider.DepartmentID,
) (list []provider.UserID, err error) {
	wanted := make(map[provider.DepartmentID]bool, len(departments))
	for _, d := range departments {
		wanted[d] = true
	}
	rows, err := s.unread(ctx, c).Column("m.remote_id", "m.places").Where("m.places <> ''").Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		places, err := parsePlaces(provider.UserID(id), text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(places, func(p dirsync.StagedPlace) bool { return wanted[p.DepartmentID] }) {
			list = append(list, provider.UserID(id))
		}
	}
	return list, rows.Err()
}

// escapedLike escapes a text for a pattern of LIKE with ESCAPE '!'.
func escapedLike(text string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text)
}

// notAsked tells that a run neither has looked up the person m nor is to.
const notAsked = "NOT EXISTS (SELECT 1 FROM thirdapp_sync_tasks AS t WHERE t.tenant_id = m.tenant_id" +
	" AND t.run_id = ? AND t.kind = 'person' AND t.remote_id = m.remote_id)"

// unreadMirror returns people of the mirror that a run has neither read nor
// looked up.
func (s *Store) unreadMirror(ctx context.Context, c dirsync.Claim, where schema.QueryAppender) ([]provider.UserID, error) {
	var list []provider.UserID
	err := s.unread(ctx, c).Column("m.remote_id").Where("?", where).Scan(ctx, &list)
	return list, err
}

func (s *Store) unread(ctx context.Context, c dirsync.Claim) *bun.SelectQuery {
	dir := c.Run.Directory()
	return s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_people AS m").
		Where("m.tenant_id = ? AND m.provider = ? AND m.org_id = ? AND NOT m.gone", dir.Tenant, dir.Provider, dir.OrgID).
		Where("NOT EXISTS (SELECT 1 FROM thirdapp_sync_staged_people AS s"+
			" WHERE s.tenant_id = m.tenant_id AND s.run_id = ? AND s.remote_id = m.remote_id)", c.Run.ID).
		Where(notAsked, c.Run.ID)
}

// fellowConflicts returns the others who were in conflict in the latest full
// run, if one of the given people was.
func (s *Store) fellowConflicts(ctx context.Context, c dirsync.Claim, people map[provider.UserID]bool) ([]provider.UserID, error) {
	dir := c.Run.Directory()
	var latest string
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_runs").Column("id").
		Where("tenant_id = ? AND provider = ? AND org_id = ?", dir.Tenant, dir.Provider, dir.OrgID).
		Where("direction = ? AND mode = ? AND state IN (?, ?)", dirsync.Pull, dirsync.Full, dirsync.StateSucceeded, dirsync.StatePartial).
		OrderExpr("id DESC").Limit(1).Scan(ctx, &latest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []provider.UserID
	err = s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_changes AS m").Column("m.remote_id").
		Where("m.tenant_id = ? AND m.run_id = ? AND m.entity = ? AND m.kind = ?",
			dir.Tenant, latest, dirsync.EntityPerson, dirsync.KindConflict).
		OrderExpr("m.seq").Limit(maxRelatedConflicts).Scan(ctx, &all)
	if err != nil || !slices.ContainsFunc(all, func(id provider.UserID) bool { return people[id] }) {
		return nil, err
	}
	asked, err := s.askedPeople(ctx, c)
	return slices.DeleteFunc(all, func(id provider.UserID) bool {
		return people[id] || slices.Contains(asked, id)
	}), err
}

// KeepPlaces implements dirsync.NearStore.
func (s *Store) KeepPlaces(ctx context.Context, c dirsync.Claim, departments []provider.DepartmentID) error {
	others := schema.QueryAppender(bun.Safe("TRUE"))
	if len(departments) > 0 {
		others = bun.SafeQuery("department_id NOT IN (SELECT id FROM ?)", valuesOf("v", departments).
			text("id", func(d *provider.DepartmentID) string { return string(*d) }).values)
	}
	for _, statement := range []string{
		"DELETE FROM thirdapp_sync_staged_places WHERE tenant_id = ? AND run_id = ? AND ?",
		"UPDATE thirdapp_sync_staged_people SET department_id = '' WHERE tenant_id = ? AND run_id = ? AND department_id <> '' AND ?",
	} {
		if _, err := s.idb(ctx).NewRaw(statement, c.Run.Tenant, c.Run.ID, others).Exec(ctx); err != nil {
			return fmt.Errorf("bunstore: keep places: %w", storeError(err))
		}
	}
	return nil
}
