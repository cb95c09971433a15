package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// departmentDecision is what a push does about a department that differs.
type departmentDecision struct {
	name, parent bool
	// both were changed on both sides.
	both []Field
}

// decide compares three values, as is done with people: c has the platform's,
// last is what both sides had in common, there is what the office app has. What
// both have changed is a conflict.
func (t rosterTree) decide(c *PlannedChange, last, there StagedDepartment) departmentDecision {
	var d departmentDecision
	switch {
	case c.Name == "" || c.Name == last.Name || c.Name == there.Name:
	case there.Name != last.Name:
		d.both = append(d.both, Field{"name", there.Name, c.Name})
	default:
		d.name = true
	}
	switch target, known := t.remoteParent(c.ParentID); {
	case c.Kind != KindMove || known && target == there.ParentID:
	case there.ParentID != last.ParentID:
		d.both = append(d.both, Field{"parent", t.remoteName(string(there.ParentID)), t.names.of(c.ParentID)})
	default:
		d.parent = true
	}
	return d
}

// remoteParent returns the department of the office app below which one of the
// platform belongs, as far as there is one that is known.
func (t rosterTree) remoteParent(local provider.DepartmentID) (provider.DepartmentID, bool) {
	if local != "" {
		d, known := t.byLocal[string(local)]
		return d.ID, known
	}
	if tops := t.tops(); len(tops) == 1 {
		return tops[0], true
	}
	return "", false
}

// tops are the topmost departments of the office app, the company itself or
// what of it the app may see.
func (t rosterTree) tops() []provider.DepartmentID {
	var tops []provider.DepartmentID
	for _, d := range t.byRemote {
		if d.ParentID == "" {
			tops = append(tops, d.ID)
		}
	}
	return tops
}

// left names what stays as it is.
func (d departmentDecision) left() provider.Text {
	fields := make([]PersonField, len(d.both))
	for i, f := range d.both {
		fields[i] = PersonField(f.Field)
	}
	return leftAlone(fields, nil)
}

// compareDepartments looks at the office app before it says what is pushed of
// departments that are there.
func (w *worker) compareDepartments(ctx context.Context, tree rosterTree, changes []PlannedChange) ([]PlannedChange, error) {
	nothing := make([]bool, len(changes))
	err := w.inParallel(len(changes), func(i int) error {
		c := &changes[i]
		if c.Kind == KindCreate || c.Kind == KindConflict {
			return nil
		}
		m := tree.byLocal[c.LocalID]
		there, err := w.findDepartment(ctx, m.StagedDepartment)
		switch code := provider.CodeOf(err); {
		case code == provider.NotFound:
			c.conflictOf("办公应用中已无此部门，请先执行一次拉取", "is not in the office app any more; pull first")
			return nil
		case code == provider.PermissionDenied:
			reason := pushFailure(err)
			c.conflictOf("无权读取该部门，无法比较："+reason.ZH, "the app may not read the department, so that nothing can be compared: "+reason.EN)
			return nil
		case err != nil:
			return err
		}
		nothing[i] = !c.narrow(tree.decide(c, m.StagedDepartment, there))
		return nil
	})
	var left []PlannedChange
	for i, c := range changes {
		if !nothing[i] {
			left = append(left, c)
		}
	}
	return left, err
}

// conflictOf makes a change a conflict that names the platform's department.
func (c *PlannedChange) conflictOf(zh, en string) {
	local := c.LocalID
	c.conflict(zh, en)
	c.LocalID = local
}

// narrow leaves of a change what is pushed; false is nothing, not even to report.
func (c *PlannedChange) narrow(d departmentDecision) bool {
	pushed := map[string]bool{"name": d.name, "parent": d.parent}
	c.Fields = slices.DeleteFunc(c.Fields, func(f Field) bool { return !pushed[f.Field] })
	switch {
	case len(c.Fields) == 0 && len(d.both) == 0:
		return false
	case len(c.Fields) == 0:
		reason := d.left()
		c.Fields = d.both
		c.conflictOf(reason.ZH, reason.EN)
		return true
	case !d.parent:
		c.Kind = KindUpdate
	}
	if len(d.both) > 0 {
		c.Reason = d.left()
	}
	return true
}

// findDepartment returns a department as the office app has it, or as it is
// known where single departments cannot be looked up.
func (w *worker) findDepartment(ctx context.Context, known StagedDepartment) (StagedDepartment, error) {
	find, err := provider.As[provider.DepartmentFinder](w.conn.Provider)
	if err != nil {
		return known, nil //nolint:nilerr // what is known has to do
	}
	var found provider.Department
	err = w.insist(ctx, func(ctx context.Context) error {
		found, err = find.DepartmentByID(ctx, known.ID)
		return err
	})
	return StagedDepartment{ID: known.ID, ParentID: found.ParentID, Name: clean(found.Name), Order: known.Order}, err
}

// remoteName returns the name of a department of the office app, else its id.
func (t rosterTree) remoteName(id string) string {
	if d, ok := t.byRemote[provider.DepartmentID(id)]; ok {
		return d.Name
	}
	return id
}
