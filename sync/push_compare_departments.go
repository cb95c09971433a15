package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
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
	var tops []provider.DepartmentID
	for _, d := range t.byRemote {
		if d.ParentID == "" {
			tops = append(tops, d.ID)
		}
	}
	if len(tops) != 1 {
		return "", false
	}
	return tops[0], true
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
		if c.Kind == KindCreate {
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

// updateDepartment writes what differs now, by the same comparison as the plan.
func (p *pushBatch) updateDepartment(ctx context.Context, c PendingChange, done *Pushed) error {
	m, ok := p.tree.byLocal[c.LocalID]
	if !ok {
		return errLeftMeanwhile()
	}
	there, err := p.findDepartment(ctx, m.StagedDepartment)
	if err != nil {
		return err
	}
	done.BeforeDepartment = &MirrorDepartment{StagedDepartment: there}
	d := p.tree.decide(&c.PlannedChange, m.StagedDepartment, there)
	if done.Note = d.left(); !d.name && !d.parent && len(d.both) > 0 {
		return tenant.Refuse(provider.FailedPrecondition, "changed_on_both_sides", done.Note.ZH, done.Note.EN)
	}
	now := m.StagedDepartment
	var write provider.DepartmentWrite
	if d.name {
		write.Name = &c.Name
	}
	if d.name || there.Name == c.Name {
		now.Name = c.Name
	}
	if c.Kind == KindMove && len(d.both) == 0 || d.parent {
		parent, err := p.parentOf(ctx, c.ParentID)
		if err != nil {
			return err
		}
		if parent != there.ParentID {
			p.parents[there.ParentID] = true
			write.ParentID = &parent
		}
		now.ParentID = parent
	}
	if write.Name != nil || write.ParentID != nil {
		err := p.insist(ctx, func(ctx context.Context) error { return p.writer.UpdateDepartment(ctx, m.ID, write) })
		if err != nil {
			return err
		}
	}
	p.placed(c.LocalID, now, done)
	return nil
}
