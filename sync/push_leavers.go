package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// removable returns the ids that a push may take for gone; all is true for
// everything.
func (w *worker) removable(ctx context.Context, e Entity) (ids map[string]bool, all bool, err error) {
	run := w.claim.Run
	if run.Only != "" && run.Only != e {
		return nil, false, nil
	}
	if run.Mode == Full {
		return nil, run.Deletes, nil
	}
	targets, err := w.store.Targets(ctx, run)
	ids = make(map[string]bool, len(targets))
	for _, t := range targets {
		if t.Entity == e && t.Removed {
			ids[t.ID] = true
		}
	}
	return ids, false, err
}

// removal plans that something is removed at the office app, or says that the
// tenant does not allow it.
func (w *worker) removal(c PlannedChange) PlannedChange {
	c.Kind = KindLeave
	if !w.claim.Run.Deletes {
		local := c.LocalID
		c.conflict("已从平台移除；租户的规则不允许随之从办公应用移除（pushDeletes），予以保留",
			"was removed on the platform; the tenant's rules do not allow to remove it at the office app as well (pushDeletes), so it is kept")
		c.LocalID = local
	}
	return c
}

// pushLeavers plans the people who are bound and not on the platform any more,
// if the push may remove.
func (w *worker) pushLeavers(ctx context.Context, step pushStep) error {
	ids, all, err := w.removable(ctx, EntityPerson)
	if err != nil {
		return err
	}
	next := pushStep{At: planRemovals}.String()
	if !all && len(ids) == 0 {
		return w.enter(ctx, StatePlanning, PhasePlan, next)
	}
	mirror, err := w.store.MirrorPeople(ctx, w.claim.Run.Directory(), provider.UserID(step.After), w.batchSize())
	if err != nil {
		return err
	}
	if len(mirror) == 0 {
		return w.enter(ctx, StatePlanning, PhasePlan, next)
	}
	changes, err := w.leaving(ctx, mirror, func(id string) bool { return all || ids[id] })
	if err != nil {
		return err
	}
	w.claim.Step = pushStep{At: planLeavers, After: string(mirror[len(mirror)-1].ID)}.String()
	return w.wrote(w.store.AddChanges(ctx, w.claim, StageLeavers, changes, w.now()))
}

// leaving returns the removal of those people of the mirror who are not on the
// platform any more.
func (w *worker) leaving(ctx context.Context, mirror []MirrorPerson, about func(localID string) bool) ([]PlannedChange, error) {
	q := RosterQuery{IDs: make([]string, 0, len(mirror))}
	for _, p := range mirror {
		q.IDs = append(q.IDs, p.LocalID)
	}
	people, err := w.roster.RosterPeople(ctx, w.claim.Run.Directory(), q)
	if err != nil {
		return nil, fmt.Errorf("roster: %w", err)
	}
	active := make(map[string]bool, len(people))
	for _, p := range people {
		active[p.ID] = true
	}
	var changes []PlannedChange
	for _, p := range mirror {
		if !active[p.LocalID] && about(p.LocalID) {
			changes = append(changes, w.removal(PlannedChange{
				Entity: EntityPerson, RemoteID: string(p.ID), LocalID: p.LocalID, Account: p.Account, Name: p.Name,
			}))
		}
	}
	return changes, nil
}

// pushRemovals plans the departments that are not on the platform any more,
// children before parents, if the push was asked to remove.
func (w *worker) pushRemovals(ctx context.Context, _ pushStep) error {
	ids, all, err := w.removable(ctx, EntityDepartment)
	if err != nil {
		return err
	}
	var batches [][]PlannedChange
	if all || len(ids) > 0 {
		tree, err := w.rosterTree(ctx)
		if err != nil {
			return err
		}
		var gone []StagedDepartment
		for _, d := range tree.byRemote {
			if _, there := tree.names[provider.DepartmentID(d.LocalID)]; !there && d.ParentID != "" && (all || ids[d.LocalID]) {
				gone = append(gone, d.StagedDepartment)
			}
		}
		slices.SortFunc(gone, func(a, b StagedDepartment) int { return cmp.Compare(a.ID, b.ID) })
		for _, level := range slices.Backward(levelsOf(gone)) {
			changes := make([]PlannedChange, len(level))
			for i, d := range level {
				changes[i] = w.removal(PlannedChange{
					Entity: EntityDepartment, RemoteID: string(d.ID), LocalID: tree.byRemote[d.ID].LocalID, Name: d.Name,
				})
			}
			batches = slices.AppendSeq(batches, slices.Chunk(changes, w.cfg.BatchSize))
		}
	}
	return w.addBatches(ctx, StageRemovals, batches, PhaseGuard, "")
}
