package sync

import (
	"cmp"
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// undonePushDepartments plans the departments: what was changed or moved is set
// back, what was created goes if nobody is in it, what was bound is released.
func (w *worker) undonePushDepartments(ctx context.Context, _ pushStep) error {
	list, err := w.store.UndoneDepartments(ctx, w.claim)
	if err != nil {
		return err
	}
	occupied, err := w.store.OccupiedDepartments(ctx, w.claim)
	if err != nil {
		return err
	}
	tree, err := w.rosterTree(ctx)
	if err != nil {
		return err
	}
	planned := make([][]PlannedChange, len(list))
	err = w.inParallel(len(list), func(i int) (err error) {
		planned[i], err = w.undonePushDepartment(ctx, tree, &list[i])
		return err
	})
	if err != nil {
		return err
	}
	w.claim.Step = ""
	w.claim.Run.Phase = PhaseGuard
	return w.addPushUndo(ctx, tree.inOrder(slices.Concat(planned...), occupied))
}

// inOrder has departments restored from the top down, and removed from the
// bottom up unless somebody stays in them.
func (t rosterTree) inOrder(changes []PlannedChange, occupied map[provider.DepartmentID]bool) []stagedChanges {
	restored, removed := make(map[provider.DepartmentID]PlannedChange), make(map[provider.DepartmentID]PlannedChange)
	var others []PlannedChange
	for _, c := range changes {
		switch c.Kind {
		case KindUpdate, KindMove:
			restored[provider.DepartmentID(c.RemoteID)] = c
		case KindLeave:
			removed[provider.DepartmentID(c.RemoteID)] = c
		default:
			others = append(others, c)
		}
	}
	var tree []StagedDepartment
	for id, d := range t.byRemote {
		if c, ok := restored[id]; ok && c.ParentID != "" {
			d.ParentID = c.ParentID
		}
		tree = append(tree, d.StagedDepartment)
	}
	slices.SortFunc(tree, func(a, b StagedDepartment) int { return cmp.Compare(a.ID, b.ID) })
	for _, id := range stillNeeded(tree, removed, occupied) {
		c := removed[id]
		delete(removed, id)
		c.conflict("部门中还有其后加入的人员或子部门，予以保留", "people or departments that came later are still in it; it is kept")
		others = append(others, c)
	}
	levels := levelsOf(tree)
	var plan []stagedChanges
	for _, level := range levels {
		plan = append(plan, stagedChanges{StageDepartments, pick(level, restored)})
	}
	for _, level := range slices.Backward(levels) {
		plan = append(plan, stagedChanges{StageRemovals, pick(level, removed)})
	}
	return append(plan, stagedChanges{StageRemovals, others})
}

// undonePushDepartment plans what is done about one department.
func (w *worker) undonePushDepartment(ctx context.Context, tree rosterTree, d *UndoneDepartment) ([]PlannedChange, error) {
	c := PlannedChange{Entity: EntityDepartment, RemoteID: string(d.RemoteID), Name: d.Name}
	if why := w.departmentStays(d); !why.IsZero() {
		c.conflict(why.ZH, why.EN)
		return []PlannedChange{c}, nil
	}
	c.LocalID = d.Now.LocalID
	if d.Kind == KindCreate && !d.Before.Gone {
		c.Kind = KindUnbind
		c.Reason = provider.Text{ZH: "此前已在办公应用中：仅解除绑定", EN: "was at the office app before: only the binding is released"}
		return []PlannedChange{c}, nil
	}
	there, err := w.findDepartment(ctx, d.Now.StagedDepartment)
	switch code := provider.CodeOf(err); {
	case err == nil:
	case code == provider.NotFound && d.Before.Gone:
		c.Kind = KindLeave
		return []PlannedChange{c}, nil
	case code == provider.NotFound || code == provider.PermissionDenied:
		reason := pushFailure(err)
		c.conflict("无法读取该部门，不作撤销："+reason.ZH, "cannot be read, and is left alone: "+reason.EN)
		return []PlannedChange{c}, nil
	default:
		return nil, err
	}
	if d.Before.Gone {
		c.Kind = KindLeave
		if c.Fields = tree.since(d.Now.StagedDepartment, there); len(c.Fields) > 0 {
			why := noteChangedSince()
			c.conflict(why.ZH, why.EN)
		}
		return []PlannedChange{c}, nil
	}
	return tree.restoration(c, d, there), nil
}

// departmentStays says why nothing can be taken back of a department; zero for
// no reason.
func (w *worker) departmentStays(d *UndoneDepartment) provider.Text {
	switch {
	case d.Kind == KindLeave || d.Kind == KindUnbind:
		return noteNotRestored()
	case d.Now == nil || d.WrittenBy != w.claim.Run.Undoes || d.Now.Gone:
		zh, en := changedSince(d.Now == nil, d.WrittenBy)
		return provider.Text{ZH: zh, EN: en}
	case d.Before == nil:
		zh, en := changedSince(false, "")
		return provider.Text{ZH: zh, EN: en}
	case d.Before.Gone && !w.claim.Run.Deletes:
		return noteNotAskedToRemove()
	}
	return provider.Text{}
}

// restoration sets a department back.
func (t rosterTree) restoration(c PlannedChange, d *UndoneDepartment, there StagedDepartment) []PlannedChange {
	back := t.back(d.Before.StagedDepartment, d.Now.StagedDepartment, there)
	var plan []PlannedChange
	if len(back.set) > 0 {
		set := c
		set.Kind, set.Name, set.Fields = KindUpdate, d.Before.Name, back.set
		if back.parent {
			set.Kind, set.ParentID = KindMove, d.Before.ParentID
		}
		plan = append(plan, set)
	}
	if len(back.later) > 0 {
		c.Fields = back.later
		why := noteChangedSince()
		c.conflict(why.ZH, why.EN)
		plan = append(plan, c)
	}
	return plan
}
