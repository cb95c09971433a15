package sync

import (
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// stagedChanges are changes of one stage, in their order.
type stagedChanges struct {
	stage   Stage
	changes []PlannedChange
}

// departments plans what is done about departments, level by level.
func (u *undoing) departments(
	list []UndoneDepartment, mirror []MirrorDepartment, occupied map[provider.DepartmentID]bool,
) []stagedChanges {
	restored := make(map[provider.DepartmentID]PlannedChange)
	removed := make(map[provider.DepartmentID]PlannedChange)
	var conflicts []PlannedChange
	for i := range list {
		d := &list[i]
		switch c := u.department(d); c.Kind {
		case KindConflict:
			conflicts = append(conflicts, c)
		case KindLeave:
			removed[d.RemoteID] = c
		default:
			restored[d.RemoteID] = c
			u.staging.Departments = append(u.staging.Departments, d.Before.StagedDepartment)
		}
	}
	tree := after(mirror, restored, u.staging.Departments)
	for _, id := range stillNeeded(tree, removed, occupied) {
		c := removed[id]
		delete(removed, id)
		c.conflict("部门中还有其后加入的人员或子部门，予以保留", "people or departments that came later are still in it; it is kept")
		conflicts = append(conflicts, c)
	}
	var plan []stagedChanges
	var remaining, going []StagedDepartment
	for _, d := range tree {
		if _, goes := removed[d.ID]; goes {
			going = append(going, d)
		} else {
			remaining = append(remaining, d)
		}
	}
	for _, level := range levelsOf(remaining) {
		plan = append(plan, stagedChanges{StageDepartments, pick(level, restored)})
	}
	for _, level := range slices.Backward(levelsOf(going)) {
		plan = append(plan, stagedChanges{StageRemovals, pick(level, removed)})
	}
	return append(plan, stagedChanges{StageDepartments, conflicts})
}

// pick returns the changes of the departments of a level.
func pick(level []treeDepartment, of map[provider.DepartmentID]PlannedChange) []PlannedChange {
	var changes []PlannedChange
	for _, d := range level {
		if c, ok := of[d.ID]; ok {
			changes = append(changes, c)
		}
	}
	return changes
}

// department plans what is done about one department.
func (u *undoing) department(d *UndoneDepartment) PlannedChange {
	c := PlannedChange{Entity: EntityDepartment, RemoteID: string(d.RemoteID), Name: d.Name}
	now, before := d.Now, d.Before
	switch {
	case now == nil || d.WrittenBy != u.run:
		c.conflict(changedSince(now == nil, d.WrittenBy))
		return c
	case before == nil || before.Gone:
		c.Kind, c.LocalID = KindLeave, now.LocalID
		return c
	case now.Gone:
		c.Kind = KindRejoin
	case now.ParentID != before.ParentID:
		c.Kind = KindMove
	default:
		c.Kind = KindUpdate
	}
	c.LocalID, c.Name, c.ParentID = now.LocalID, before.Name, before.ParentID
	was := now.StagedDepartment
	if now.Gone {
		was = StagedDepartment{}
	}
	c.Fields = differing(
		fieldPair{"name", was.Name, before.Name},
		fieldPair{"parent", u.names.of(was.ParentID), u.names.of(before.ParentID)},
		fieldPair{"order", order(was.Order), order(before.Order)})
	return c
}

// after returns the departments as they are once the given ones are restored,
// those to be removed included.
func after(
	mirror []MirrorDepartment, restored map[provider.DepartmentID]PlannedChange, before []StagedDepartment,
) []StagedDepartment {
	tree := slices.Clone(before)
	for _, m := range mirror {
		if _, ok := restored[m.ID]; !ok && !m.Gone {
			tree = append(tree, m.StagedDepartment)
		}
	}
	return tree
}

// stillNeeded returns those of the departments to be removed that somebody
// stays in, or below.
func stillNeeded(
	tree []StagedDepartment, removed map[provider.DepartmentID]PlannedChange, occupied map[provider.DepartmentID]bool,
) []provider.DepartmentID {
	parent := make(map[provider.DepartmentID]provider.DepartmentID, len(tree))
	for _, d := range tree {
		parent[d.ID] = d.ParentID
	}
	needed := make(map[provider.DepartmentID]bool)
	for _, d := range tree {
		_, goes := removed[d.ID]
		if goes && !occupied[d.ID] {
			continue
		}
		for id := d.ID; id != "" && !needed[id]; id = parent[id] {
			needed[id] = true
		}
	}
	var list []provider.DepartmentID
	for _, d := range tree {
		if _, goes := removed[d.ID]; goes && needed[d.ID] {
			list = append(list, d.ID)
		}
	}
	return list
}
