package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// taskScope is the kind of a task row that every run with staging rows has, and
// no caller sees. taskScopeBefore is that of runs whose staging rows are of the
// version that kept places apart from people, always: it does not know ours.
const (
	taskScope       = "scope2"
	taskScopeBefore = "scope"
)

// analyseStagedFrom is how many staged people make it worth to look at the
// tables, which may still have the room of earlier, larger reads.
const analyseStagedFrom = 10_000

// maxReadFailures is how many failures a ReadResult lists.
const maxReadFailures = 100

// BeginRead implements dirsync.ReadStore.
func (s *Store) BeginRead(ctx context.Context, c dirsync.Claim, p dirsync.Staging, at time.Time) (cancel bool, err error) {
	t, id := c.Run.Tenant, c.Run.ID
	err = s.InTx(ctx, func(ctx context.Context) error {
		if err := s.dropStaging(ctx, t, id); err != nil {
			return storeError(err)
		}
		if err := s.dropPlan(ctx, t, id); err != nil {
			return storeError(err)
		}
		p.NewTasks = append([]dirsync.Task{{Kind: taskScope, State: dirsync.TaskDone}}, p.NewTasks...)
		if err := s.stage(ctx, c, p); err != nil {
			return err
		}
		cancel, err = held(ctx, s.advancing(ctx, c, at).
			Set("departments = ?, departments_done = 0, departments_failed = 0, people_read = 0", p.Progress.Departments).
			Set("changes = (?)", s.idb(ctx).NewSelect().Table("thirdapp_sync_changes").
				ColumnExpr("count(*)").Where("tenant_id = ? AND run_id = ?", t, id)))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: begin read: %w", err)
	}
	return cancel, nil
}

// dropPlan removes the part of a plan that is not applied.
func (s *Store) dropPlan(ctx context.Context, t tenant.ID, runID string) error {
	_, err := s.idb(ctx).NewRaw(`DELETE FROM thirdapp_sync_changes
		WHERE tenant_id = ? AND run_id = ? AND (state = 'skipped' OR state = '' AND batch IN (
			SELECT number FROM thirdapp_sync_batches WHERE tenant_id = ? AND run_id = ? AND NOT done))`,
		t, runID, t, runID).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = s.idb(ctx).NewDelete().Table("thirdapp_sync_batches").
		Where("tenant_id = ? AND run_id = ? AND NOT done", t, runID).Exec(ctx)
	return err
}

// StagePages implements dirsync.ReadStore.
func (s *Store) StagePages(ctx context.Context, c dirsync.Claim, p dirsync.Staging, at time.Time) (cancel bool, err error) {
	err = s.inLazyTx(ctx, func(ctx context.Context) error {
		if err := s.stage(ctx, c, p); err != nil {
			return err
		}
		cancel, err = s.advanceRun(ctx, c, p.Progress, at)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: stage pages: %w", err)
	}
	return cancel, nil
}

// stage inserts staging rows in bulk, in the order of their keys: pages come by
// department, and each row would land elsewhere in the index.
func (s *Store) stage(ctx context.Context, c dirsync.Claim, p dirsync.Staging) error {
	newPlaces, err := s.stageNew(ctx, c, p.NewPeople, p.NewPlaces)
	if err != nil {
		return err
	}
	p.People, p.Places = peopleByID(p.People), placesByPerson(slices.Concat(newPlaces, p.Places))
	const (
		unchanged = " ON CONFLICT DO NOTHING"
		replaced  = " ON CONFLICT (tenant_id, run_id, kind, remote_id) DO UPDATE SET" +
			" state = EXCLUDED.state, cursor = EXCLUDED.cursor, attempts = EXCLUDED.attempts, failure = EXCLUDED.failure"
	)
	insert := func(table string, v values, onConflict string) error {
		if v.rows == 0 {
			return nil
		}
		rows := newRows{table, runColumns(c), v}
		_, err := rows.insert(s.idb(ctx), onConflict).Exec(ctx)
		return storeError(err)
	}
	tasks, err := taskRows(p.Tasks)
	if err != nil {
		return err
	}
	newTasks, err := taskRows(p.NewTasks)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error {
			return insert("thirdapp_sync_staged_departments", departmentValues(p.Departments), unchanged)
		},
		func() error { return insert("thirdapp_sync_staged_people", personValues(p.People), unchanged) },
		func() error { return insert("thirdapp_sync_staged_places", placeValues(p.Places), unchanged) },
		func() error { return s.stageSeen(ctx, c, p.Seen) },
		func() error { return insert("thirdapp_sync_tasks", taskValues(newTasks), unchanged) },
		func() error { return insert("thirdapp_sync_tasks", taskValues(tasks), replaced) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// runColumns say which run a row belongs to.
func runColumns(c dirsync.Claim) []sameColumn {
	return []sameColumn{{"tenant_id", string(c.Run.Tenant)}, {"run_id", c.Run.ID}}
}

func departmentValues(list []dirsync.StagedDepartment) values {
	return valuesOf("v", list).
		text("remote_id", func(d *dirsync.StagedDepartment) string { return string(d.ID) }).
		text("parent_id", func(d *dirsync.StagedDepartment) string { return string(d.ParentID) }).
		text("name", func(d *dirsync.StagedDepartment) string { return d.Name }).
		bigint("sort_order", func(d *dirsync.StagedDepartment) int64 { return d.Order }).values
}

func personValues(list []dirsync.StagedPerson) values {
	return stagedColumns(valuesOf("v", list), func(p *dirsync.StagedPerson) *dirsync.StagedPerson { return p }).values
}

// stagedColumns adds the columns of somebody who was read.
func stagedColumns[T any](v valuesBuilder[T], of func(*T) *dirsync.StagedPerson) valuesBuilder[T] {
	return v.
		text("remote_id", func(t *T) string { return string(of(t).ID) }).
		text("union_id", func(t *T) string { return string(of(t).UnionID) }).
		text("name", func(t *T) string { return of(t).Name }).
		text("mobile", func(t *T) string { return of(t).Mobile }).
		text("email", func(t *T) string { return of(t).Email }).
		text("job_number", func(t *T) string { return of(t).JobNumber }).
		text("title", func(t *T) string { return of(t).Title }).
		text("avatar_url", func(t *T) string { return of(t).AvatarURL }).
		text("hash", func(t *T) string { return of(t).Hash }).
		text("manager_id", func(t *T) string { return string(of(t).ManagerID) }).
		boolean("manager_known", func(t *T) bool { return of(t).ManagerKnown })
}

func placeValues(list []dirsync.StagedPlace) values {
	return valuesOf("v", list).
		text("remote_id", func(p *dirsync.StagedPlace) string { return string(p.PersonID) }).
		text("department_id", func(p *dirsync.StagedPlace) string { return string(p.DepartmentID) }).
		boolean("leader", func(p *dirsync.StagedPlace) bool { return p.Leader }).
		bigint("sort_order", func(p *dirsync.StagedPlace) int64 { return p.Order }).values
}

// syncTaskRow is a row of thirdapp_sync_tasks.
type syncTaskRow struct {
	Kind     dirsync.TaskKind
	RemoteID string
	State    dirsync.TaskState
	Cursor   provider.Cursor
	Attempts int64
	Failure  string
}

func taskRows(tasks []dirsync.Task) ([]syncTaskRow, error) {
	rows := make([]syncTaskRow, len(tasks))
	for i, t := range tasks {
		rows[i] = syncTaskRow{Kind: t.Kind, RemoteID: t.ID, State: t.State, Cursor: t.Cursor, Attempts: int64(t.Attempts)}
		if t.Failure == nil {
			continue
		}
		b, err := json.Marshal(t.Failure)
		if err != nil {
			return nil, fmt.Errorf("failure of a task: %w", err)
		}
		rows[i].Failure = string(b)
	}
	return rows, nil
}

func taskValues(rows []syncTaskRow) values {
	return valuesOf("v", rows).
		text("kind", func(r *syncTaskRow) string { return string(r.Kind) }).
		text("remote_id", func(r *syncTaskRow) string { return r.RemoteID }).
		text("state", func(r *syncTaskRow) string { return string(r.State) }).
		text("cursor", func(r *syncTaskRow) string { return string(r.Cursor) }).
		bigint("attempts", func(r *syncTaskRow) int64 { return r.Attempts }).
		text("failure", func(r *syncTaskRow) string { return r.Failure }).values
}

// Frontier implements dirsync.ReadStore.
func (s *Store) Frontier(ctx context.Context, c dirsync.Claim) ([]dirsync.Task, []provider.DepartmentID, error) {
	var rows []syncTaskRow
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_tasks").
		Column("kind", "remote_id", "state", "cursor", "attempts", "failure").
		Where("tenant_id = ? AND run_id = ? AND state = ?", c.Run.Tenant, c.Run.ID, dirsync.TaskPending).
		OrderExpr("kind, remote_id").Scan(ctx, &rows)
	if err != nil {
		return nil, nil, fmt.Errorf("bunstore: frontier: %w", storeError(err))
	}
	tasks := make([]dirsync.Task, len(rows))
	for i, r := range rows {
		tasks[i] = dirsync.Task{Kind: r.Kind, ID: r.RemoteID, State: r.State, Cursor: r.Cursor, Attempts: int(r.Attempts)}
	}
	var known []provider.DepartmentID
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_departments").Column("remote_id").
		Where("tenant_id = ? AND run_id = ?", c.Run.Tenant, c.Run.ID).Scan(ctx, &known)
	if err != nil {
		return nil, nil, fmt.Errorf("bunstore: frontier: %w", storeError(err))
	}
	return tasks, known, nil
}

// ReadResult implements dirsync.ReadStore.
func (s *Store) ReadResult(ctx context.Context, c dirsync.Claim) (dirsync.ReadResult, error) {
	r, err := s.readResult(ctx, c)
	if err != nil {
		return dirsync.ReadResult{}, fmt.Errorf("bunstore: read result: %w", err)
	}
	return r, nil
}

func (s *Store) readResult(ctx context.Context, c dirsync.Claim) (dirsync.ReadResult, error) {
	var r dirsync.ReadResult
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_staged_people").ColumnExpr("count(*)").
		Where("tenant_id = ? AND run_id = ?", c.Run.Tenant, c.Run.ID).Scan(ctx, &r.People)
	if err != nil {
		return r, storeError(err)
	}
	err = s.idb(ctx).NewSelect().Table("thirdapp_sync_tasks").
		ColumnExpr("count(CASE WHEN kind = 'people' THEN 1 END)").
		ColumnExpr("count(CASE WHEN kind = 'people' AND state = 'failed' THEN 1 END)").
		ColumnExpr("count(CASE WHEN state = 'failed' THEN 1 END)").
		Where("tenant_id = ? AND run_id = ?", c.Run.Tenant, c.Run.ID).
		Scan(ctx, &r.PeopleListings, &r.FailedListings, &r.FailedTasks)
	if err != nil {
		return r, storeError(err)
	}
	if r.FailedTasks > 0 {
		if r.Failures, err = s.readFailures(ctx, c); err != nil {
			return r, err
		}
	}
	if r.People < analyseStagedFrom {
		return r, nil
	}
	return r, s.analyse(ctx, r.People,
		"thirdapp_sync_staged_people (tenant_id, run_id, remote_id, mobile)",
		"thirdapp_sync_staged_places (tenant_id, run_id, remote_id)")
}

func (s *Store) readFailures(ctx context.Context, c dirsync.Claim) ([]dirsync.ReadFailure, error) {
	var rows []struct {
		RemoteID string
		Name     string
		Failure  string
	}
	err := s.idb(ctx).NewSelect().TableExpr("thirdapp_sync_tasks AS t").
		ColumnExpr("CASE WHEN t.kind IN ('person', 'union') THEN '' ELSE t.remote_id END AS remote_id").
		ColumnExpr("COALESCE(d.name, '') AS name, t.failure").
		Join("LEFT JOIN thirdapp_sync_staged_departments AS d ON d.tenant_id = t.tenant_id"+
			" AND d.run_id = t.run_id AND d.remote_id = t.remote_id AND t.kind NOT IN ('person', 'union')").
		Where("t.tenant_id = ? AND t.run_id = ? AND t.state = 'failed'", c.Run.Tenant, c.Run.ID).
		OrderExpr("t.kind, t.remote_id").Limit(maxReadFailures).Scan(ctx, &rows)
	if err != nil {
		return nil, storeError(err)
	}
	failures := make([]dirsync.ReadFailure, len(rows))
	for i, r := range rows {
		failures[i] = dirsync.ReadFailure{DepartmentID: provider.DepartmentID(r.RemoteID), Name: r.Name}
		if err := json.Unmarshal([]byte(r.Failure), &failures[i].Failure); err != nil {
			return nil, fmt.Errorf("failure of a task: %w", err)
		}
	}
	return failures, nil
}
