package sync

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// undoMatch is what an undo of a push compares with. Whose value of a field
// counts does not matter to it: it goes by what was before.
func (w *worker) undoMatch(ctx context.Context, accounts []string) (pushMatch, error) {
	people := make([]RosterPerson, len(accounts))
	for i, id := range accounts {
		people[i].ID = id
	}
	m, err := w.pushMatch(ctx, people)
	run := w.claim.Run
	run.Rules.Ownership = nil
	m.rules, m.disputed, m.always = run.Rules, nil, run.pushedAlways(m.limits)
	return m, err
}

// known is somebody of whom everything is known, also what is empty.
func (m pushMatch) known(p *MirrorPerson, names personNames) side {
	s := m.theirs(p.StagedPerson, p.Places)
	s.complete, s.leadsKnown, s.ManagerKnown = true, true, true
	s.ordered = make(map[provider.DepartmentID]bool, len(s.Places))
	for _, place := range s.Places {
		s.ordered[place.DepartmentID] = true
	}
	if s.ManagerID != "" {
		s.managerName = names.of(s.ManagerID)
	}
	return s
}

// since returns the fields in which somebody is not as a push has left them.
func (m pushMatch) since(left, there side) []PersonField {
	var fields []PersonField
	for _, f := range append(append([]PersonField(nil), m.always...), placeFields()...) {
		unknown := f == FieldManager && !there.ManagerKnown
		if !unknown && left.value(f, &left) != there.value(f, &left) {
			fields = append(fields, f)
		}
	}
	return fields
}

// back decides what is set back of somebody: before is how they were, left is
// how the push has left them, there is how they are now. What somebody has
// changed since, both in the decision, stays.
func (m pushMatch) back(before, left, there side) pushDecision {
	return m.decide(before, left, there, 0)
}

func noteChangedSince() provider.Text {
	return provider.Text{
		ZH: "推送之后在办公应用中又有改动，不作撤销（列出现值和推送前的值）",
		EN: "changed at the office app since the push, and left alone; both values are shown",
	}
}

// errNotKept refuses to go back to what nobody knows any more: nothing at all
// would look as if everything had been empty.
func errNotKept() *tenant.Error {
	return tenant.Refuse(provider.FailedPrecondition, "not_kept",
		"推送前的内容已不再保留，无法撤销，保持不变；请在平台上改回后重新推送",
		"what was there before the push is not kept any more: it is left alone; change it back on the platform, and push")
}

// refuseChanged says what was changed since, with both values.
func refuseChanged(fields []Field) *tenant.Error {
	text := changedValues(fields)
	return tenant.Refuse(provider.FailedPrecondition, "changed_since", text.ZH, text.EN)
}

func changedValues(fields []Field) provider.Text {
	text := provider.Text{ZH: "推送之后在办公应用中又有改动，保持不变：", EN: "changed at the office app since the push, and left alone: "}
	for i, f := range fields {
		if i > 0 {
			text.ZH, text.EN = text.ZH+"；", text.EN+"; "
		}
		text.ZH += f.Field + "现为「" + f.Before + "」，而非「" + f.After + "」"
		text.EN += f.Field + " is \"" + f.Before + "\", and not \"" + f.After + "\""
	}
	return text
}

// pushedBefore is what the undo of a push goes back to.
type pushedBefore struct {
	people      map[provider.UserID]MirrorPerson
	departments map[provider.DepartmentID]UndoneDepartment
}

// prepareUndo reads what a batch of an undo needs.
func (p *pushBatch) prepareUndo(ctx context.Context, pending []PendingChange) error {
	if p.batch.Stage == StageDepartments || p.batch.Stage == StageRemovals {
		list, err := p.store.UndoneDepartments(ctx, p.claim)
		p.back.departments = make(map[provider.DepartmentID]UndoneDepartment, len(list))
		for _, d := range list {
			p.back.departments[d.RemoteID] = d
		}
		return err
	}
	accounts, ids := make([]string, len(pending)), make([]provider.UserID, len(pending))
	for i, c := range pending {
		accounts[i], ids[i] = c.LocalID, provider.UserID(c.RemoteID)
	}
	var err error
	if p.match, err = p.undoMatch(ctx, accounts); err != nil {
		return err
	}
	p.tree = p.match.tree
	p.back.people, err = p.store.PeopleBefore(ctx, p.claim, ids)
	return err
}

// takeBackPerson takes back what a push has done about somebody.
func (p *pushBatch) takeBackPerson(ctx context.Context, c PendingChange, done *Pushed) error {
	id := provider.UserID(c.RemoteID)
	now := p.match.bound[c.LocalID]
	before, kept := p.back.people[id]
	switch {
	case !kept:
		return errNotKept()
	case now.ID != id || !now.Mirrored:
		return errLeftMeanwhile()
	}
	remote, err := p.lookUp(ctx, id)
	if provider.CodeOf(err) == provider.NotFound && c.Kind == KindLeave {
		return nil
	}
	if err != nil {
		return err
	}
	left, there := p.match.known(&now.MirrorPerson, nil), p.match.theirs(remote.StagedPerson, remote.Places)
	there.managerName = remote.managerName
	if c.Kind == KindLeave {
		if fields := p.match.since(left, there); len(fields) > 0 {
			return refuseChanged(p.match.differences(left, there, fields))
		}
		return p.remove(ctx, func(ctx context.Context) error { return p.writer.DeletePerson(ctx, id) })
	}
	own := p.match.known(&before, nil)
	d := p.match.back(own, left, there)
	if len(d.both) > 0 {
		done.Note = changedValues(p.match.differences(own, there, d.both))
	}
	if err := p.write(ctx, own, d.push, remote, done); err != nil || c.Kind == KindUnbind {
		return err
	}
	if err := p.reread(ctx, id, done); err != nil {
		return err
	}
	p.match.settle(own, now, d.push, done)
	return nil
}
