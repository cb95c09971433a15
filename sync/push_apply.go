package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// maxInsistPause bounds the pause before a call of a push is made again: the
// change fails when that is not enough, and the next push tries it again.
const maxInsistPause = 2 * time.Second

// insist makes a call again that failed for the moment.
func (w *worker) insist(ctx context.Context, call func(context.Context) error) error {
	for tries := 1; ; tries++ {
		err := w.once(ctx, call)
		if err == nil || tries >= maxTries || !provider.Retryable(err) || ctx.Err() != nil {
			return err
		}
		timer := time.NewTimer(min(w.retryPause(err, tries), maxInsistPause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

func (w *worker) once(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.CallTimeout)
	defer cancel()
	return call(ctx)
}

// applyPush applies the batches of a push that are still open, and finishes the
// run.
func (w *worker) applyPush(ctx context.Context) error {
	writer, err := provider.As[provider.DirectoryWriter](w.conn.Provider)
	if err != nil {
		return &fatalError{err}
	}
	batches, err := w.store.OpenBatches(ctx, w.claim)
	if err != nil {
		return err
	}
	for _, b := range batches {
		p := &pushBatch{worker: w, writer: writer, batch: b}
		if err := p.apply(ctx); err != nil {
			return err
		}
	}
	run, err := w.store.Run(ctx, w.claim.Run.Tenant, w.claim.Run.ID)
	if err != nil {
		return err
	}
	if run.Progress.ChangesFailed > 0 {
		return w.finish(ctx, StatePartial, nil)
	}
	return w.finish(ctx, StateSucceeded, nil)
}

// pushBatch applies a batch of a push. Each change is made at the office app
// and then recorded by itself: what was made and not recorded, because the
// process died, is found again before it would be made a second time.
type pushBatch struct {
	*worker
	writer provider.DirectoryWriter
	batch  Batch

	tree  rosterTree
	match pushMatch
	// people are those of the batch, by account.
	people map[string]RosterPerson
	// parents are the departments below which something has changed.
	parents map[provider.DepartmentID]bool
}

func (p *pushBatch) apply(ctx context.Context) error {
	pending, err := p.store.PendingChanges(ctx, p.claim, p.batch.Number)
	if err != nil {
		return err
	}
	people := p.batch.Stage == StagePeople || p.batch.Stage == StageLeavers
	if people {
		err = p.preparePeople(ctx, pending)
	} else {
		p.parents = make(map[provider.DepartmentID]bool)
		p.tree, err = p.rosterTree(ctx)
	}
	if err != nil {
		return err
	}
	one := func(i int) error { return p.applyOne(ctx, pending[i]) }
	if people {
		err = p.inParallel(len(pending), one)
	} else {
		for i := 0; i < len(pending) && err == nil; i++ {
			err = one(i)
		}
	}
	if err != nil {
		return err
	}
	orders, err := p.orders(ctx)
	if err != nil {
		return err
	}
	return p.wrote(p.store.RecordPush(ctx, p.claim, p.batch, nil, orders, true, p.now()))
}

func (p *pushBatch) preparePeople(ctx context.Context, pending []PendingChange) error {
	q := RosterQuery{IDs: make([]string, 0, len(pending))}
	for _, c := range pending {
		q.IDs = append(q.IDs, c.LocalID)
	}
	p.people = make(map[string]RosterPerson, len(pending))
	if len(pending) == 0 {
		return nil
	}
	people, err := p.roster.RosterPeople(ctx, p.claim.Run.Directory(), q)
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	for _, person := range people {
		p.people[person.ID] = person
	}
	p.match, err = p.pushMatch(ctx, people)
	p.tree = p.match.tree
	return err
}

// applyOne makes one change and records what became of it.
func (p *pushBatch) applyOne(ctx context.Context, c PendingChange) error {
	if err := p.mayGoOn(); err != nil {
		return err
	}
	done := Pushed{Change: c, RemoteID: c.RemoteID}
	err := p.make(ctx, c, &done)
	switch {
	case err != nil && (ctx.Err() != nil || isFatal(err) || provider.CodeOf(err) == provider.Unauthenticated):
		return fatalUnlessDone(ctx, err)
	case err != nil:
		done.Department, done.Person, done.Failure = nil, nil, pushFailure(err)
	}
	err = p.record(ctx, done)
	if errors.Is(err, tenant.ErrConflict) {
		done.Department, done.Person, done.Invited = nil, nil, false
		done.Failure = provider.Text{
			ZH: "办公应用中的此人已绑定平台的其他账号", EN: "the person at the office app is bound to another account of the platform",
		}
		err = p.record(ctx, done)
	}
	return err
}

// fatalUnlessDone: credentials that are refused fail every other change as
// well.
func fatalUnlessDone(ctx context.Context, err error) error {
	if ctx.Err() != nil || isFatal(err) {
		return err
	}
	return &fatalError{err}
}

func (p *pushBatch) record(ctx context.Context, done Pushed) error {
	var cancel bool
	err := p.store.InTx(ctx, func(ctx context.Context) error {
		if done.Department != nil && done.Change.Kind != KindLeave {
			err := p.roster.BindDepartment(ctx, p.claim.Run.Directory(), done.Change.LocalID, done.Department.ID)
			if err != nil {
				return fmt.Errorf("roster: %w", err)
			}
		}
		var err error
		cancel, err = p.store.RecordPush(ctx, p.claim, p.batch, []Pushed{done}, nil, false, p.now())
		return err
	})
	return p.wrote(cancel, err)
}

// pushFailure says why a change was not made.
func pushFailure(err error) provider.Text {
	var field *provider.FieldError
	if errors.As(err, &field) {
		return provider.Text{ZH: field.Field + "：" + field.Problem.ZH, EN: field.Field + ": " + field.Problem.EN}
	}
	f := failureOf(err)
	if f.Upstream != "" {
		return provider.Text{
			ZH: "错误码：" + f.Upstream + "——" + f.Message.ZH, EN: "error " + f.Upstream + ": " + f.Message.EN,
		}
	}
	return f.Message
}

// make makes one change at the office app.
func (p *pushBatch) make(ctx context.Context, c PendingChange, done *Pushed) error {
	switch {
	case c.Entity == EntityDepartment && c.Kind == KindLeave:
		return p.remove(ctx, func(ctx context.Context) error {
			return p.writer.DeleteDepartment(ctx, provider.DepartmentID(c.RemoteID))
		})
	case c.Entity == EntityDepartment && c.Kind == KindCreate:
		return p.createDepartment(ctx, c, done)
	case c.Entity == EntityDepartment:
		return p.updateDepartment(ctx, c, done)
	case c.Kind == KindLeave:
		return p.remove(ctx, func(ctx context.Context) error {
			return p.writer.DeletePerson(ctx, provider.UserID(c.RemoteID))
		})
	}
	person, there := p.people[c.LocalID]
	if !there {
		return errLeftMeanwhile()
	}
	if bound, ok := p.match.bound[c.LocalID]; ok {
		return p.updatePerson(ctx, person, bound, done)
	}
	return p.createPerson(ctx, person, done)
}

func errLeftMeanwhile() *tenant.Error {
	return tenant.Refuse(provider.NotFound, "left_meanwhile",
		"平台上已不存在或不再是有效成员", "is not on the platform any more, or no active member")
}

// remove removes something. What is gone already is removed.
func (p *pushBatch) remove(ctx context.Context, call func(context.Context) error) error {
	err := p.insist(ctx, call)
	if provider.CodeOf(err) == provider.NotFound {
		return nil
	}
	return err
}

// parentOf returns the department of the office app below which a department
// of the platform belongs.
func (p *pushBatch) parentOf(ctx context.Context, local provider.DepartmentID) (provider.DepartmentID, error) {
	if local != "" {
		if d, ok := p.tree.byLocal[string(local)]; ok {
			return d.ID, nil
		}
		return "", tenant.Refuse(provider.FailedPrecondition, "no_parent",
			"上级部门尚未推送成功", "its parent is not in the office app")
	}
	var tops []provider.DepartmentID
	for _, d := range p.tree.byRemote {
		if d.ParentID == "" {
			tops = append(tops, d.ID)
		}
	}
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

func (p *pushBatch) updateDepartment(ctx context.Context, c PendingChange, done *Pushed) error {
	m, ok := p.tree.byLocal[c.LocalID]
	if !ok {
		return errLeftMeanwhile()
	}
	d := m.StagedDepartment
	var write provider.DepartmentWrite
	if c.Name != "" && c.Name != d.Name {
		d.Name, write.Name = c.Name, &c.Name
	}
	if c.Kind == KindMove {
		parent, err := p.parentOf(ctx, c.ParentID)
		if err != nil {
			return err
		}
		if parent != d.ParentID {
			p.parents[d.ParentID] = true
			d.ParentID, write.ParentID = parent, &parent
		}
	}
	if write.Name != nil || write.ParentID != nil {
		err := p.insist(ctx, func(ctx context.Context) error { return p.writer.UpdateDepartment(ctx, d.ID, write) })
		if err != nil {
			return err
		}
	}
	p.placed(c.LocalID, d, done)
	return nil
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

// createPerson adds somebody, or takes a person who has their mobile number.
func (p *pushBatch) createPerson(ctx context.Context, person RosterPerson, done *Pushed) error {
	own := person.staged()
	find, err := provider.As[provider.PersonFinder](p.conn.Provider)
	if err != nil {
		return &fatalError{err}
	}
	write, err := p.newPerson(ctx, person, own)
	if err != nil {
		return err
	}
	var created provider.CreatedPerson
	err = p.insist(ctx, func(ctx context.Context) error {
		if own.Mobile != "" {
			found, err := find.PersonByMobile(ctx, own.Mobile)
			switch code := provider.CodeOf(err); {
			case err == nil:
				created = provider.CreatedPerson{UserID: found.UserID}
				done.Note = noteLinked()
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
	return p.reread(ctx, created.UserID, done)
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
func (p *pushBatch) newPerson(ctx context.Context, person RosterPerson, own StagedPerson) (provider.PersonWrite, error) {
	write := p.written(own, []PersonField{FieldName, FieldMobile, FieldEmail, FieldJobNumber, FieldTitle})
	in := p.match.remoteOf(person)
	if len(in) == 0 {
		root, err := p.parentOf(ctx, "")
		if err != nil {
			return write, err
		}
		in = []provider.DepartmentID{root}
	}
	write.Memberships = membershipsIn(in)
	return write, nil
}

// written returns fields as they are written; what is empty is left alone.
func (p *pushBatch) written(own StagedPerson, fields []PersonField) provider.PersonWrite {
	var write provider.PersonWrite
	at := map[PersonField]**string{
		FieldName: &write.Name, FieldMobile: &write.Mobile, FieldEmail: &write.Email,
		FieldJobNumber: &write.JobNumber, FieldTitle: &write.Title,
	}
	for _, f := range fields {
		if v := own.field(f); v != "" && at[f] != nil {
			*at[f] = &v
		}
	}
	return write
}

func membershipsIn(departments []provider.DepartmentID) *[]provider.MembershipWrite {
	list := make([]provider.MembershipWrite, len(departments))
	for i, id := range departments {
		list[i].DepartmentID = id
	}
	return &list
}

// updatePerson writes what differs now, by the same comparison as the plan.
func (p *pushBatch) updatePerson(ctx context.Context, person RosterPerson, bound BoundPerson, done *Pushed) error {
	remote, err := p.lookUp(ctx, bound.ID)
	if err != nil {
		return err
	}
	own := person.staged()
	var c PlannedChange
	if p.match.compare(&c, person, own, bound, remote) != nil {
		if c.Kind == KindConflict {
			return tenant.Refuse(provider.FailedPrecondition, "changed_on_both_sides", c.Reason.ZH, c.Reason.EN)
		}
		fields := make([]PersonField, len(c.Fields))
		for i, f := range c.Fields {
			fields[i] = PersonField(f.Field)
		}
		write := p.written(own, fields)
		if slices.Contains(fields, fieldDepartments) {
			write.Memberships = membershipsIn(p.withForeign(p.match.remoteOf(person), remote.Places))
		}
		if err := p.insist(ctx, func(ctx context.Context) error { return p.writer.UpdatePerson(ctx, bound.ID, write) }); err != nil {
			return err
		}
	}
	return p.reread(ctx, bound.ID, done)
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
	done.RemoteID, done.Person = string(now.ID), &now.StagedPerson
	for _, place := range now.Places {
		if _, ours := p.tree.byRemote[place.DepartmentID]; ours {
			done.Places = append(done.Places, place)
		}
	}
	return nil
}
