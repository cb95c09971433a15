package sync

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// planDepartments plans everything about departments but removals: they are
// few enough to be compared in memory. It is one transaction.
func (w *worker) planDepartments(ctx context.Context, _ planStep) error {
	staged, mirror, err := w.departments(ctx)
	if err != nil {
		return err
	}
	known := make(map[provider.DepartmentID]*MirrorDepartment, len(mirror))
	for i := range mirror {
		known[mirror[i].ID] = &mirror[i]
	}
	var batches [][]PlannedChange
	names := namesOf(staged, mirror)
	for _, level := range levelsOf(staged) {
		var changes []PlannedChange
		for _, d := range level {
			if c, differs := planDepartment(d, known[d.ID], names); differs {
				changes = append(changes, c)
			}
		}
		batches = slices.AppendSeq(batches, slices.Chunk(changes, w.cfg.BatchSize))
	}
	return w.addBatches(ctx, StageDepartments, batches, PhasePlan, planStep{At: planPeople}.String())
}

// addBatches adds batches to the plan and stores where to go on, in one
// transaction.
func (w *worker) addBatches(ctx context.Context, stage Stage, batches [][]PlannedChange, next Phase, step string) error {
	w.claim.Run.Phase, w.claim.Step = next, step
	var cancel bool
	err := w.store.InTx(ctx, func(ctx context.Context) error {
		for _, changes := range batches {
			if _, err := w.store.AddChanges(ctx, w.claim, stage, changes, w.now()); err != nil {
				return err
			}
		}
		var err error
		cancel, err = w.store.SaveRun(ctx, w.claim, w.now())
		return err
	})
	return w.wrote(cancel, err)
}

// planDepartment compares a department with its mirror.
func planDepartment(d treeDepartment, m *MirrorDepartment, names departmentNames) (PlannedChange, bool) {
	c := PlannedChange{
		Entity: EntityDepartment, Kind: KindCreate, RemoteID: string(d.ID), Name: d.Name,
		ParentID: d.ParentID, Reason: d.note,
	}
	before := &StagedDepartment{}
	if m != nil {
		c.LocalID, before = m.LocalID, &m.StagedDepartment
		switch {
		case m.Gone:
			c.Kind = KindRejoin
		case m.ParentID != d.ParentID:
			c.Kind = KindMove
		case m.Name != d.Name || m.Order != d.Order:
			c.Kind = KindUpdate
		default:
			return c, false
		}
	}
	c.Fields = differing(
		fieldPair{"name", before.Name, d.Name},
		fieldPair{"parent", names.of(before.ParentID), names.of(d.ParentID)},
		fieldPair{"order", order(before.Order), order(d.Order)})
	return c, true
}

func order(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// planRemovals plans the departments that are not there any more, children
// before parents.
func (w *worker) planRemovals(ctx context.Context, _ planStep) error {
	staged, mirror, err := w.departments(ctx)
	if err != nil {
		return err
	}
	read := make(map[provider.DepartmentID]bool, len(staged))
	for _, d := range staged {
		read[d.ID] = true
	}
	var gone []StagedDepartment
	local := make(map[provider.DepartmentID]string)
	for _, m := range mirror {
		if !m.Gone && !read[m.ID] {
			gone = append(gone, m.StagedDepartment)
			local[m.ID] = m.LocalID
		}
	}
	var batches [][]PlannedChange
	for _, level := range slices.Backward(levelsOf(gone)) {
		changes := make([]PlannedChange, len(level))
		for i, d := range level {
			changes[i] = PlannedChange{
				Entity: EntityDepartment, Kind: KindLeave, RemoteID: string(d.ID), LocalID: local[d.ID], Name: d.Name,
			}
		}
		batches = slices.AppendSeq(batches, slices.Chunk(changes, w.cfg.BatchSize))
	}
	return w.addBatches(ctx, StageRemovals, batches, PhaseGuard, "")
}

// departmentNames are the names of departments, for people who read a plan.
type departmentNames map[provider.DepartmentID]string

func namesOf(staged []StagedDepartment, mirror []MirrorDepartment) departmentNames {
	names := make(departmentNames, len(staged))
	for _, m := range mirror {
		names[m.ID] = m.Name
	}
	for _, d := range staged {
		names[d.ID] = d.Name
	}
	return names
}

// of returns a department's name, else its id.
func (n departmentNames) of(id provider.DepartmentID) string {
	if name := n[id]; name != "" {
		return name
	}
	return string(id)
}

// list returns the names of the departments of places.
func (n departmentNames) list(places []StagedPlace) string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = n.of(p.DepartmentID)
	}
	return strings.Join(names, "、")
}

// departmentNames returns the names, read once for each slice.
func (w *worker) departmentNames(ctx context.Context) (departmentNames, error) {
	if w.names != nil {
		return w.names, nil
	}
	staged, err := w.store.StagedDepartments(ctx, w.claim)
	if err != nil {
		return nil, err
	}
	mirror, err := w.store.MirrorDepartments(ctx, w.claim.Run.Directory())
	if err != nil {
		return nil, err
	}
	w.names = namesOf(staged, mirror)
	return w.names, nil
}
