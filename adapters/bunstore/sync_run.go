package bunstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ dirsync.Store = (*Store)(nil)

// syncRunRow is a row of thirdapp_sync_runs.
type syncRunRow struct {
	bun.BaseModel `bun:"table:thirdapp_sync_runs"`

	TenantID        tenant.ID
	ID              string
	Provider        provider.Kind
	AppID           string
	OrgID           string
	Direction       dirsync.Direction
	Mode            dirsync.Mode
	DryRun          bool
	OnlyEntity      dirsync.Entity
	Deletes         bool
	State           dirsync.State
	Phase           dirsync.Phase
	Step            string
	Complete        bool
	Approved        bool
	CancelRequested bool
	Active          bool
	Fence           int64
	Counts          dirsync.Counts        `bun:"type:jsonb"`
	Error           *dirsync.Failure      `bun:"type:jsonb"`
	Failures        []dirsync.ReadFailure `bun:"type:jsonb"`

	MissingPermissions []dirsync.MissingPermission `bun:"type:jsonb"`

	Departments       int
	DepartmentsDone   int
	DepartmentsFailed int
	PeopleRead        int
	Changes           int
	ChangesApplied    int
	ChangesFailed     int
	Rules             *dirsync.Rules `bun:"type:json"`
	Undoes            string
	StartedBy         string
	PhaseAt           bun.NullTime
	CreatedAt         time.Time
	StartedAt         bun.NullTime
	FinishedAt        bun.NullTime
	UpdatedAt         time.Time
}

func syncRunRowOf(r dirsync.Run) *syncRunRow {
	return &syncRunRow{
		TenantID: r.Tenant, ID: r.ID, Provider: r.Provider, AppID: r.AppID, OrgID: r.OrgID,
		Direction: r.Direction, Mode: r.Mode, DryRun: r.DryRun, State: r.State, Phase: r.Phase,
		OnlyEntity: r.Only, Deletes: r.Deletes,
		Complete: r.Complete, Approved: r.Approved, CancelRequested: r.CancelRequested,
		Active: !r.State.Finished(), Counts: r.Counts, Error: r.Error, Failures: r.Failures,
		MissingPermissions: r.MissingPermissions, PhaseAt: nullTime(r.PhaseAt), Undoes: r.Undoes,
		Departments: r.Progress.Departments, DepartmentsDone: r.Progress.DepartmentsDone,
		DepartmentsFailed: r.Progress.DepartmentsFailed, PeopleRead: r.Progress.PeopleRead,
		Changes: r.Progress.Changes, ChangesApplied: r.Progress.ChangesApplied,
		ChangesFailed: r.Progress.ChangesFailed, Rules: &r.Rules, StartedBy: r.StartedBy,
		CreatedAt: stored(r.CreatedAt), StartedAt: nullTime(r.StartedAt),
		FinishedAt: nullTime(r.FinishedAt), UpdatedAt: stored(r.UpdatedAt),
	}
}

func (r *syncRunRow) run() dirsync.Run {
	run := dirsync.Run{
		ID: r.ID, Tenant: r.TenantID, Provider: r.Provider, AppID: r.AppID, OrgID: r.OrgID,
		Direction: r.Direction, Mode: r.Mode, DryRun: r.DryRun, State: r.State, Phase: r.Phase,
		Only: r.OnlyEntity, Deletes: r.Deletes,
		Complete: r.Complete, Approved: r.Approved, CancelRequested: r.CancelRequested,
		Counts: r.Counts, Error: r.Error, Failures: r.Failures, MissingPermissions: r.MissingPermissions,
		PhaseAt: timeOf(r.PhaseAt), Undoes: r.Undoes,
		Progress: dirsync.Progress{
			Departments: r.Departments, DepartmentsDone: r.DepartmentsDone,
			DepartmentsFailed: r.DepartmentsFailed, PeopleRead: r.PeopleRead, Changes: r.Changes,
			ChangesApplied: r.ChangesApplied, ChangesFailed: r.ChangesFailed,
		},
		StartedBy: r.StartedBy, CreatedAt: r.CreatedAt.UTC(), StartedAt: timeOf(r.StartedAt),
		FinishedAt: timeOf(r.FinishedAt), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.Rules != nil {
		run.Rules = *r.Rules
	}
	return run
}

func nullTime(t time.Time) bun.NullTime {
	if t.IsZero() {
		return bun.NullTime{}
	}
	return bun.NullTime{Time: stored(t)}
}

func timeOf(t bun.NullTime) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// CreateRun implements dirsync.RunStore.
func (s *Store) CreateRun(ctx context.Context, r dirsync.Run) error {
	n, err := affected(s.idb(ctx).NewInsert().Model(syncRunRowOf(r)).
		On("CONFLICT (tenant_id, provider) WHERE active DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("bunstore: create run: %w", storeError(err))
	}
	if n == 1 {
		return nil
	}
	return s.activeRun(ctx, r)
}

// activeRun tells which run keeps r from being created.
func (s *Store) activeRun(ctx context.Context, r dirsync.Run) error {
	var active dirsync.ActiveRun
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_runs").Column("id", "state").
		Where("tenant_id = ? AND provider = ? AND active", r.Tenant, r.Provider).
		Scan(ctx, &active.RunID, &active.State)
	if errors.Is(storeError(err), tenant.ErrNotFound) { // it ended this moment
		return fmt.Errorf("bunstore: create run: %w", tenant.ErrUnavailable)
	}
	if err != nil {
		return fmt.Errorf("bunstore: create run: %w", storeError(err))
	}
	return &dirsync.ActiveRunError{Run: active}
}

// Run implements dirsync.RunStore.
func (s *Store) Run(ctx context.Context, t tenant.ID, id string) (dirsync.Run, error) {
	row, err := s.syncRun(ctx, t, id, "")
	if err != nil {
		return dirsync.Run{}, fmt.Errorf("bunstore: run: %w", err)
	}
	return row.run(), nil
}

// syncRun reads a run's row, with a locking clause if any.
func (s *Store) syncRun(ctx context.Context, t tenant.ID, id, lock string) (*syncRunRow, error) {
	if err := checkText(id); err != nil {
		return nil, tenant.ErrNotFound
	}
	row := new(syncRunRow)
	q := s.idb(ctx).NewSelect().Model(row).Where("tenant_id = ? AND id = ?", t, id)
	if lock != "" && s.postgres() {
		q = q.For(lock)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, storeError(err)
	}
	return row, nil
}

// ChangeRun implements dirsync.RunStore.
func (s *Store) ChangeRun(
	ctx context.Context, t tenant.ID, id string, change func(*dirsync.Run) error,
) (dirsync.Run, error) {
	var run dirsync.Run
	err := s.InTx(ctx, func(ctx context.Context) error {
		row, err := s.syncRun(ctx, t, id, "UPDATE")
		if err != nil {
			return fmt.Errorf("bunstore: change run: %w", err)
		}
		run = row.run()
		if err := change(&run); err != nil {
			return err
		}
		if run.Phase != row.Phase {
			run.PhaseAt = stored(run.UpdatedAt)
		}
		_, err = s.idb(ctx).NewUpdate().Model(syncRunRowOf(run)).
			Column("state", "phase", "phase_at", "approved", "cancel_requested", "active", "updated_at", "finished_at").
			Where("tenant_id = ? AND id = ?", t, id).Exec(ctx)
		if err == nil && row.Active && run.State.Finished() {
			err = s.dropStaging(ctx, t, id)
		}
		if err != nil {
			return fmt.Errorf("bunstore: change run: %w", storeError(err))
		}
		return nil
	})
	return run, err
}

// ClaimRun implements dirsync.RunStore.
func (s *Store) ClaimRun(ctx context.Context, t tenant.ID, id string, at time.Time) (dirsync.Claim, error) {
	var claim dirsync.Claim
	if checkText(id) != nil {
		return claim, fmt.Errorf("bunstore: claim run: %w", tenant.ErrNotFound)
	}
	err := s.InTx(ctx, func(ctx context.Context) error {
		at = stored(at)
		_, err := s.idb(ctx).NewUpdate().Model((*syncRunRow)(nil)).
			Set("fence = fence + 1, started_at = COALESCE(started_at, ?), updated_at = ?", at, at).
			Where("tenant_id = ? AND id = ? AND active", t, id).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
		row, err := s.syncRun(ctx, t, id, "")
		if err != nil {
			return err
		}
		claim = dirsync.Claim{Run: row.run(), Fence: row.Fence, Step: row.Step}
		claim.Staged, err = s.idb(ctx).NewSelect().Table("thirdapp_sync_tasks").
			Where("tenant_id = ? AND run_id = ? AND kind IN (?, ?)", t, id, taskScope, taskScopeBefore).Exists(ctx)
		return storeError(err)
	})
	if err != nil {
		return dirsync.Claim{}, fmt.Errorf("bunstore: claim run: %w", err)
	}
	return claim, nil
}

// SaveRun implements dirsync.RunStore.
func (s *Store) SaveRun(ctx context.Context, c dirsync.Claim, at time.Time) (cancel bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		row := syncRunRowOf(c.Run)
		q := s.advancing(ctx, c, at).
			Set("complete = ?, approved = ?, active = ?", row.Complete, row.Approved, row.Active)
		for column, v := range map[string]any{
			"counts": row.Counts, "error": row.Error, "failures": row.Failures,
			"missing_permissions": row.MissingPermissions,
		} {
			text, err := jsonText(v)
			if err != nil {
				return err
			}
			q = q.Set(column+" = ?", text)
		}
		if !row.Active {
			q = q.Set("finished_at = ?", stored(at))
		}
		if cancel, err = held(ctx, q); err != nil || row.Active {
			return err
		}
		return storeError(s.dropStaging(ctx, c.Run.Tenant, c.Run.ID))
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: save run: %w", err)
	}
	return cancel, nil
}

// advancing is the statement with which every write of a worker ends: it stores
// where the worker is, and finds no row when the worker has lost its claim. It
// comes last, so that batches applied at the same time do not wait for each
// other.
func (s *Store) advancing(ctx context.Context, c dirsync.Claim, at time.Time) *bun.UpdateQuery {
	return s.idb(ctx).NewUpdate().Model((*syncRunRow)(nil)).
		Set("state = ?, phase = ?, step = ?, updated_at = ?", c.Run.State, c.Run.Phase, c.Step, stored(at)).
		Set("phase_at = CASE WHEN phase = ? THEN COALESCE(phase_at, ?) ELSE ? END", c.Run.Phase, stored(at), stored(at)).
		Where("tenant_id = ? AND id = ? AND fence = ? AND active", c.Run.Tenant, c.Run.ID, c.Fence).
		Returning("cancel_requested")
}

// held runs the statement of advancing.
func held(ctx context.Context, q *bun.UpdateQuery) (cancel bool, err error) {
	err = storeError(q.Scan(ctx, &cancel))
	if errors.Is(err, tenant.ErrNotFound) {
		return false, dirsync.ErrLost
	}
	return cancel, err
}

// stillHeld looks whether a worker has lost its claim already. It may lose it
// later: only the end of the write tells for sure.
func (s *Store) stillHeld(ctx context.Context, c dirsync.Claim) error {
	held, err := s.idb(ctx).NewSelect().Table("thirdapp_sync_runs").
		Where("tenant_id = ? AND id = ? AND fence = ? AND active", c.Run.Tenant, c.Run.ID, c.Fence).Exists(ctx)
	if err == nil && !held {
		return dirsync.ErrLost
	}
	return storeError(err)
}

// advanceRun ends a worker's write and adds to the run's progress.
func (s *Store) advanceRun(ctx context.Context, c dirsync.Claim, add dirsync.Progress, at time.Time) (cancel bool, err error) {
	return held(ctx, s.advancing(ctx, c, at).
		Set("departments = departments + ?", add.Departments).
		Set("departments_done = departments_done + ?", add.DepartmentsDone).
		Set("departments_failed = departments_failed + ?", add.DepartmentsFailed).
		Set("people_read = people_read + ?", add.PeopleRead).
		Set("changes = changes + ?", add.Changes).
		Set("changes_applied = changes_applied + ?", add.ChangesApplied).
		Set("changes_failed = changes_failed + ?", add.ChangesFailed))
}

// dropStaging removes what a run has read.
func (s *Store) dropStaging(ctx context.Context, t tenant.ID, runID string) error {
	for _, table := range []string{
		"thirdapp_sync_tasks", "thirdapp_sync_staged_departments",
		"thirdapp_sync_staged_people", "thirdapp_sync_staged_places", "thirdapp_sync_seen", "thirdapp_sync_unseen",
	} {
		_, err := s.idb(ctx).NewDelete().Table(table).Where("tenant_id = ? AND run_id = ?", t, runID).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
