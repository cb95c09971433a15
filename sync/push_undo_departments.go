package sync

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

// takeBackDepartment takes back what a push has done about a department.
func (p *pushBatch) takeBackDepartment(ctx context.Context, c PendingChange, done *Pushed) error {
	id := provider.DepartmentID(c.RemoteID)
	left, ok := p.tree.byRemote[id]
	before := p.back.departments[id].Before
	switch {
	case before == nil:
		return errNotKept()
	case !ok:
		return errLeftMeanwhile()
	}
	if c.Kind == KindUnbind {
		return nil
	}
	there, err := p.findDepartment(ctx, left.StagedDepartment)
	if provider.CodeOf(err) == provider.NotFound && c.Kind == KindLeave {
		return nil
	}
	if err != nil {
		return err
	}
	if c.Kind == KindLeave {
		if fields := p.tree.since(left.StagedDepartment, there); len(fields) > 0 {
			return refuseChanged(fields)
		}
		return p.remove(ctx, func(ctx context.Context) error { return p.writer.DeleteDepartment(ctx, id) })
	}
	d := p.tree.back(before.StagedDepartment, left.StagedDepartment, there)
	if len(d.later) > 0 {
		done.Note = changedValues(d.later)
	}
	done.BeforeDepartment = &MirrorDepartment{StagedDepartment: there}
	now := there
	var write provider.DepartmentWrite
	if d.name {
		now.Name, write.Name = before.Name, &before.Name
	}
	if d.parent {
		p.parents[there.ParentID] = true
		now.ParentID, write.ParentID = before.ParentID, &before.ParentID
	}
	if d.name || d.parent {
		if err := p.insist(ctx, func(ctx context.Context) error { return p.writer.UpdateDepartment(ctx, id, write) }); err != nil {
			return err
		}
	}
	p.placed(c.LocalID, now, done)
	return nil
}

// departmentBack is what is set back of a department.
type departmentBack struct {
	name, parent bool
	// set and later are the fields that are set back, and those that somebody
	// has changed since.
	set, later []Field
}

// back is that of people, for a department.
func (t rosterTree) back(before, left, there StagedDepartment) departmentBack {
	var d departmentBack
	one := func(field, before, left, there string, show func(string) string) bool {
		shown := Field{Field: field, Before: show(there), After: show(before)}
		switch {
		case before == left || before == there:
			return false
		case there != left:
			d.later = append(d.later, shown)
			return false
		}
		d.set = append(d.set, shown)
		return true
	}
	d.name = one("name", before.Name, left.Name, there.Name, func(s string) string { return s })
	d.parent = one("parent", string(before.ParentID), string(left.ParentID), string(there.ParentID), t.remoteName)
	return d
}

// since returns the fields in which a department is not as a push has left it.
func (t rosterTree) since(left, there StagedDepartment) []Field {
	return differing(
		fieldPair{"name", there.Name, left.Name},
		fieldPair{"parent", t.remoteName(string(there.ParentID)), t.remoteName(string(left.ParentID))})
}
