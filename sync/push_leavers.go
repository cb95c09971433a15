package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// pushLeavers plans the people who are bound and not on the platform any more,
// if the push was asked to remove.
func (w *worker) pushLeavers(ctx context.Context, step pushStep) error {
	ids, all, err := w.pushed(ctx, EntityPerson)
	if err != nil {
		return err
	}
	next := pushStep{At: planRemovals}.String()
	if !w.claim.Run.Deletes || !all && len(ids) == 0 {
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
			changes = append(changes, PlannedChange{
				Entity: EntityPerson, Kind: KindLeave, RemoteID: string(p.ID), LocalID: p.LocalID, Account: p.Account, Name: p.Name,
			})
		}
	}
	return changes, nil
}

// pushRemovals plans the departments that are not on the platform any more,
// children before parents, if the push was asked to remove.
func (w *worker) pushRemovals(ctx context.Context, _ pushStep) error {
	ids, all, err := w.pushed(ctx, EntityDepartment)
	if err != nil {
		return err
	}
	var batches [][]PlannedChange
	if w.claim.Run.Deletes && (all || len(ids) > 0) {
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
				changes[i] = PlannedChange{
					Entity: EntityDepartment, Kind: KindLeave, RemoteID: string(d.ID), LocalID: tree.byRemote[d.ID].LocalID, Name: d.Name,
				}
			}
			batches = slices.AppendSeq(batches, slices.Chunk(changes, w.cfg.BatchSize))
		}
	}
	return w.addBatches(ctx, StageRemovals, batches, PhaseGuard, "")
}
