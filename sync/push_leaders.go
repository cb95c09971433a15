package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// lead writes which departments somebody leads, who is a member of them already:
// fields are what was written of the person who was there as remote.
func (p *pushBatch) lead(ctx context.Context, own side, fields []PersonField, remote remotePerson) error {
	if !slices.Contains(fields, fieldLeads) {
		return nil
	}
	there := p.match.theirs(remote.StagedPerson, remote.Places)
	moved := slices.Contains(fields, fieldDepartments)
	leads, led := own.leads(), there.leads()
	for _, id := range own.departments() {
		member := moved || slices.Contains(there.departments(), id)
		if wanted := slices.Contains(leads, id); member && wanted != slices.Contains(led, id) {
			if err := p.setLeader(ctx, id, remote.ID, wanted); err != nil {
				return err
			}
		}
	}
	for _, id := range led {
		if moved || slices.Contains(own.departments(), id) {
			continue // who is out of a department does not lead it
		}
		if err := p.setLeader(ctx, id, remote.ID, false); err != nil {
			return err
		}
	}
	return nil
}

// leadAtOnce has somebody who was just created, or found, lead the departments
// they are in. A failure is noted, and tried again by the next push: the person
// is there.
func (p *pushBatch) leadAtOnce(ctx context.Context, own side, done *Pushed) error {
	there := p.match.theirs(*done.Person, slices.Clone(done.Places))
	changed := false
	for _, id := range own.leads() {
		if !slices.Contains(there.departments(), id) || slices.Contains(there.leads(), id) {
			continue
		}
		err := p.setLeader(ctx, id, done.Person.ID, true)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			why := pushFailure(err)
			done.Note = provider.Text{ZH: "未能设为部门主管：" + why.ZH, EN: "could not be made a leader: " + why.EN}
			break
		}
		changed = true
	}
	if !changed {
		return nil
	}
	return p.reread(ctx, done.Person.ID, done)
}

// setLeader makes somebody one of the leaders of a department, or none of them;
// the others stay.
func (p *pushBatch) setLeader(ctx context.Context, department provider.DepartmentID, id provider.UserID, leads bool) error {
	p.leading.Lock()
	defer p.leading.Unlock()
	leaders, err := p.leadersOf(ctx, department)
	if err != nil || slices.Contains(leaders, id) == leads {
		return err
	}
	if leads {
		leaders = append(leaders, id)
	} else {
		leaders = slices.DeleteFunc(leaders, func(l provider.UserID) bool { return l == id })
	}
	return p.insist(ctx, func(ctx context.Context) error {
		return p.writer.UpdateDepartment(ctx, department, provider.DepartmentWrite{Leaders: &leaders})
	})
}

// leadersOf returns who leads a department of the office app now. The list is
// never nil.
func (p *pushBatch) leadersOf(ctx context.Context, department provider.DepartmentID) ([]provider.UserID, error) {
	src, err := p.source()
	if err != nil {
		return nil, err
	}
	leaders := []provider.UserID{}
	for at := provider.Cursor(""); ; {
		var page provider.PersonPage
		err := p.insist(ctx, func(ctx context.Context) (err error) {
			page, err = src.People(ctx, department, at)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, person := range page.People {
			if slices.ContainsFunc(person.Memberships, func(m provider.Membership) bool { return m.DepartmentID == department && m.Leader }) {
				leaders = append(leaders, person.UserID)
			}
		}
		if page.Next == "" || page.Next == at {
			return leaders, nil
		}
		at = page.Next
	}
}
