package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// createPerson adds somebody, or takes a person who has their mobile number.
func (p *pushBatch) createPerson(ctx context.Context, person RosterPerson, done *Pushed) error {
	own := p.match.ours(person)
	find, err := provider.As[provider.PersonFinder](p.conn.Provider)
	if err != nil {
		return &fatalError{err}
	}
	write, err := p.newPerson(ctx, own)
	if err != nil {
		return err
	}
	var created provider.CreatedPerson
	done.BeforePerson = &MirrorPerson{Gone: true}
	err = p.insist(ctx, func(ctx context.Context) (err error) {
		if own.Mobile != "" && !p.unfindable() {
			found, err := find.PersonByMobile(ctx, own.Mobile)
			switch code := provider.CodeOf(err); {
			case err == nil:
				created = provider.CreatedPerson{UserID: found.UserID}
				done.Note, done.BeforePerson = noteLinked(), p.asBefore(p.remote(&found))
				return nil
			case code != provider.NotFound && code != provider.Unsupported:
				return err
			}
		}
		created, err = p.writer.CreatePerson(ctx, write)
		return err
	})
	if err != nil {
		return err
	}
	if created.Invited || created.UserID == "" {
		done.Invited, done.Note = true, noteInvited()
		return nil
	}
	err = p.reread(ctx, created.UserID, done)
	if err == nil {
		if err = p.leadAtOnce(ctx, own, done); err == nil {
			p.match.settle(own, BoundPerson{}, nil, done)
		}
		return err
	}
	if provider.CodeOf(err) != provider.PermissionDenied {
		return err
	}
	// The app may write people and not read them: the next pull notes the rest.
	own.ID = created.UserID
	own.Hash = own.StagedPerson.hash()
	done.RemoteID, done.Person, done.Places = string(own.ID), &own.StagedPerson, own.Places
	return nil
}

// unfindable reports whether nobody can be found by mobile number, for lack of a
// permission. Whoever is there already then is refused by the office app, and
// bound by the next pull.
func (p *pushBatch) unfindable() bool {
	return slices.ContainsFunc(p.claim.Run.MissingPermissions, func(m MissingPermission) bool { return m.Finding })
}

func noteLinked() provider.Text {
	return provider.Text{
		ZH: "办公应用中已有此手机号的成员，已直接绑定", EN: "somebody with the mobile number was there, and is bound now",
	}
}

func noteInvited() provider.Text {
	return provider.Text{ZH: "已发出邀请，等待对方接受", EN: "was invited and has to accept"}
}

// newPerson is somebody as they are created.
func (p *pushBatch) newPerson(ctx context.Context, own side) (provider.PersonWrite, error) {
	write := p.match.rules.personWrite(own.StagedPerson, p.match.rules.pushedOnCreation(p.match.limits), false)
	write.Name = &own.Name // also where the mapping has it elsewhere
	in := own.departments()
	if len(in) == 0 {
		root, err := p.parentOf(ctx, "")
		if err != nil {
			return write, err
		}
		in = []provider.DepartmentID{root}
	}
	write.Memberships = own.membershipsIn(in, true)
	return write, nil
}

// membershipsIn are places in departments, with the order as far as it is known
// and wanted.
func (s *side) membershipsIn(departments []provider.DepartmentID, ordered bool) *[]provider.MembershipWrite {
	list := make([]provider.MembershipWrite, len(departments))
	for i, id := range departments {
		list[i].DepartmentID = id
		at := slices.IndexFunc(s.Places, func(p StagedPlace) bool { return p.DepartmentID == id })
		if ordered && s.ordered[id] && at >= 0 {
			list[i].Order = &s.Places[at].Order
		}
	}
	return &list
}

// updatePerson writes what differs now, by the same comparison as the plan.
func (p *pushBatch) updatePerson(ctx context.Context, person RosterPerson, bound BoundPerson, done *Pushed) error {
	remote, err := p.lookUp(ctx, bound.ID)
	if err != nil {
		return err
	}
	own := p.match.ours(person)
	before, there := p.match.sides(bound, remote)
	d := p.match.decide(own, before, there, p.match.disputed[bound.ID])
	reason := leftAlone(d.both, d.open)
	if len(d.push) == 0 && !reason.IsZero() {
		return tenant.Refuse(provider.FailedPrecondition, "changed_on_both_sides", reason.ZH, reason.EN)
	}
	done.Note = reason
	if err := p.write(ctx, own, d.push, remote, done); err != nil {
		return err
	}
	p.noteManager(person, done)
	if err := p.reread(ctx, bound.ID, done); err != nil {
		return err
	}
	p.match.settle(own, bound, d.push, done)
	return nil
}

// write writes fields of somebody who is there as remote.
func (p *pushBatch) write(ctx context.Context, own side, fields []PersonField, remote remotePerson, done *Pushed) error {
	done.BeforePerson = p.asBefore(remote)
	if len(fields) == 0 {
		return nil
	}
	write := p.changes(own, fields, remote)
	if err := p.insist(ctx, func(ctx context.Context) error { return p.writer.UpdatePerson(ctx, remote.ID, write) }); err != nil {
		return err
	}
	return p.lead(ctx, own, fields, remote)
}

// asBefore is how somebody was, for an undo.
func (p *pushBatch) asBefore(remote remotePerson) *MirrorPerson {
	before := &MirrorPerson{StagedPerson: remote.StagedPerson}
	for _, place := range remote.Places {
		if _, ours := p.tree.byRemote[place.DepartmentID]; ours {
			before.Places = append(before.Places, place)
		}
	}
	return before
}

// changes are fields as they are written.
func (p *pushBatch) changes(own side, fields []PersonField, remote remotePerson) provider.PersonWrite {
	write := p.match.rules.personWrite(own.StagedPerson, fields, own.complete)
	moved, ordered := slices.Contains(fields, fieldDepartments), slices.Contains(fields, fieldOrder)
	switch {
	case moved:
		write.Memberships = own.membershipsIn(p.withForeign(own.departments(), remote.Places), ordered)
	case ordered:
		there := side{Places: remote.Places}
		write.Memberships = own.membershipsIn(there.departments(), true)
	}
	return write
}

// withForeign adds the departments a person is in that the platform does not
// have: writing memberships replaces all of them.
func (p *pushBatch) withForeign(in []provider.DepartmentID, places []StagedPlace) []provider.DepartmentID {
	all := slices.Clone(in)
	for _, place := range places {
		if _, ours := p.tree.byRemote[place.DepartmentID]; !ours {
			all = append(all, place.DepartmentID)
		}
	}
	return all
}

// reread notes how a person is at the office app now, so that the next pull
// finds what it knows.
func (p *pushBatch) reread(ctx context.Context, id provider.UserID, done *Pushed) error {
	now, err := p.lookUp(ctx, id)
	if err != nil {
		return err
	}
	done.RemoteID, done.Person, done.Places = string(now.ID), &now.StagedPerson, nil
	for _, place := range now.Places {
		if _, ours := p.tree.byRemote[place.DepartmentID]; ours {
			done.Places = append(done.Places, place)
		}
	}
	return nil
}
