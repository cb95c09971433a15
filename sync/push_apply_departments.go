package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// parentOf returns the department of the office app below which a department
// of the platform belongs.
func (p *pushBatch) parentOf(ctx context.Context, local provider.DepartmentID) (provider.DepartmentID, error) {
	if local != "" {
		if d, ok := p.tree.byLocal[string(local)]; ok {
			return d.ID, nil
		}
		return "", tenant.Refuse(provider.FailedPrecondition, "no_parent",
			"上级部门尚未推送成功，请按其失败原因处理后重新推送", "its parent is not in the office app; see to why it could not be pushed, and push again")
	}
	tops := p.tree.tops()
	if len(tops) == 0 { // nothing was ever synchronised
		src, err := p.source()
		if err != nil {
			return "", err
		}
		scope, err := p.scope(ctx, src)
		if err != nil {
			return "", err
		}
		for _, d := range scope.Departments {
			tops = append(tops, d.ID)
		}
	}
	if len(tops) != 1 {
		return "", tenant.Refuse(provider.FailedPrecondition, "no_single_root",
			"应用可见多个顶层部门，无法确定新部门的上级，请将其置于已同步的部门之下",
			"the app sees several departments at the top; put the department below one that is synchronised")
	}
	return tops[0], nil
}

// listed returns what is right below a department of the office app.
func (p *pushBatch) listed(ctx context.Context, parent provider.DepartmentID) ([]provider.Department, error) {
	src, err := p.source()
	if err != nil {
		return nil, err
	}
	var all []provider.Department
	for at := provider.Cursor(""); ; {
		var page provider.DepartmentPage
		err := p.insist(ctx, func(ctx context.Context) (err error) {
			page, err = src.Departments(ctx, parent, at)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, d := range page.Departments {
			if d.ParentID == "" || d.ParentID == parent {
				all = append(all, d)
			}
		}
		if page.Next == "" || page.Next == at {
			return all, nil
		}
		at = page.Next
	}
}

// createDepartment creates a department, or takes one of that name that nobody
// on the platform has yet: perhaps it is this push's own, of a try before.
func (p *pushBatch) createDepartment(ctx context.Context, c PendingChange, done *Pushed) error {
	parent, err := p.parentOf(ctx, c.ParentID)
	if err != nil {
		return err
	}
	var id provider.DepartmentID
	done.BeforeDepartment = &MirrorDepartment{Gone: true}
	err = p.insist(ctx, func(ctx context.Context) error {
		siblings, err := p.listed(ctx, parent)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(siblings, func(d provider.Department) bool {
			_, taken := p.tree.byRemote[d.ID]
			return !taken && clean(d.Name) == c.Name
		})
		if i >= 0 {
			id = siblings[i].ID
			done.BeforeDepartment = &MirrorDepartment{StagedDepartment: StagedDepartment{
				ID: id, ParentID: parent, Name: c.Name, Order: siblings[i].Order,
			}}
			return nil
		}
		id, err = p.writer.CreateDepartment(ctx, provider.DepartmentWrite{Name: &c.Name, ParentID: &parent})
		return err
	})
	if err != nil {
		return err
	}
	p.placed(c.LocalID, StagedDepartment{ID: id, ParentID: parent, Name: c.Name}, done)
	return nil
}

// placed notes where a department is now.
func (p *pushBatch) placed(local string, d StagedDepartment, done *Pushed) {
	p.parents[d.ParentID] = true
	m := MirrorDepartment{StagedDepartment: d, LocalID: local}
	p.tree.byLocal[local], p.tree.byRemote[d.ID] = m, m
	done.RemoteID, done.Department = string(d.ID), &d
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
	write, now, err := p.departmentWrite(ctx, c, d, m.StagedDepartment, there)
	if err != nil {
		return err
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

// departmentWrite returns what of a department is written, and what both sides
// have in common of it then: known is what they had before, there what the
// office app has.
func (p *pushBatch) departmentWrite(
	ctx context.Context, c PendingChange, d departmentDecision, known, there StagedDepartment,
) (write provider.DepartmentWrite, common StagedDepartment, err error) {
	common = known
	if d.name {
		write.Name = &c.Name
	}
	if d.name || there.Name == c.Name {
		common.Name = c.Name
	}
	if !d.parent && (c.Kind != KindMove || len(d.both) > 0) {
		return write, common, nil
	}
	parent, err := p.parentOf(ctx, c.ParentID)
	if err != nil {
		return write, common, err
	}
	if parent != there.ParentID {
		p.parents[there.ParentID] = true
		write.ParentID = &parent
	}
	common.ParentID = parent
	return write, common, nil
}

// orders returns the order of departments beside those that were changed, as a
// pull would find it.
func (p *pushBatch) orders(ctx context.Context) ([]StagedDepartment, error) {
	var orders []StagedDepartment
	for parent := range p.parents {
		siblings, err := p.listed(ctx, parent)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue // the next pull notes it
		}
		for _, d := range siblings {
			if _, ours := p.tree.byRemote[d.ID]; ours {
				orders = append(orders, StagedDepartment{ID: d.ID, Order: d.Order})
			}
		}
	}
	return orders, nil
}
