package sync

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// PreviewStore lets a preview decide as a run does.
type PreviewStore interface {
	// Rehearse calls fn with the claim of a run that is not there afterwards:
	// everything that is written in the context of fn is rolled back, whatever
	// it returns. The run is in the way of no other one, and none is in its way.
	// It is an error in the transaction of somebody else.
	Rehearse(ctx context.Context, r Run, fn func(ctx context.Context, c Claim) error) error
}

// RehearsableMembers are [Members] whose ApplyPeople does nothing but write in
// the transaction of the context, so that nothing is left of it when that is
// rolled back. A preview then applies its change and looks at the outcome: it
// tells usernames as the platform makes them unique, and what the platform would
// refuse. With other Members it tells what it would ask for.
type RehearsableMembers interface {
	Members
	// Rehearsable reports whether it is so.
	Rehearsable() bool
}

// rehearse decides about the person in a transaction that is rolled back, or
// returns who has to be looked up first.
func (p *previewing) rehearse(ctx context.Context, w *worker) (missing []Task, err error) {
	if err := p.stage(ctx, w); err != nil {
		return nil, err
	}
	if missing, err = w.strangers(ctx, nil, p.finished); err != nil {
		return nil, err
	}
	if missing = slices.DeleteFunc(missing, p.finished); len(missing) > 0 {
		return missing, nil
	}
	return nil, p.decide(ctx, w)
}

// finished reports whether a look-up was made.
func (p *previewing) finished(t Task) bool {
	if t.Kind == TaskUnion {
		return p.unions[provider.UnionID(t.ID)]
	}
	return p.looked(provider.UserID(t.ID))
}

func (p *previewing) looked(id provider.UserID) bool {
	_, looked := p.seen[id]
	return looked
}

// stage writes those who were looked up into the staging rows.
func (p *previewing) stage(ctx context.Context, w *worker) error {
	all := newPages(p.run.Rules.Mapping)
	var tasks []Task
	for _, id := range slices.Sorted(maps.Keys(p.seen)) {
		if s := p.seen[id]; s.comes() {
			all.merge(s.pages)
		}
		tasks = append(tasks, Task{Kind: TaskPerson, ID: string(id), State: TaskDone})
	}
	all.NewTasks = tasks
	_, err := w.store.BeginRead(ctx, w.claim, all.Staging, w.now())
	return err
}

// decide plans everybody who was looked up, as a run does, and keeps what is
// about the person.
func (p *previewing) decide(ctx context.Context, w *worker) error {
	p.result.Reasons = nil
	known, bound, err := w.store.Known(ctx, p.run.Directory(), p.id)
	if err != nil {
		return err
	}
	if err := p.describe(ctx, w, known); err != nil {
		return err
	}
	changed, _, err := w.store.ChangedPeople(ctx, w.claim, "", len(p.seen)+1)
	if err != nil {
		return err
	}
	m, err := w.match(ctx, changed)
	if err != nil {
		return err
	}
	changes := make([]PlannedChange, len(changed))
	mine := -1
	for i := range changed {
		changes[i] = m.plan(&changed[i])
		if changed[i].Person.ID == p.id {
			mine = i
		}
	}
	switch {
	case !p.result.InScope:
		return p.decideAbsent(w, m, known, changes)
	case mine < 0:
		return p.decideUnchanged(ctx, w, known, bound)
	}
	p.result.Kind, p.result.Account.MatchedBy = changes[mine].Kind, m.recognisedBy(&changed[mine])
	if p.result.Kind == KindConflict {
		p.because(changes[mine].Reason)
		return nil
	}
	if _, err := w.store.AddChanges(ctx, w.claim, StagePeople, changes, w.now()); err != nil {
		return err
	}
	return p.decideChange(ctx, w, m.matches[p.id], changes[mine].Fields)
}

// describe tells who the person is and where.
func (p *previewing) describe(ctx context.Context, w *worker, known *MirrorPerson) error {
	r, me := &p.result, p.seen[p.id]
	r.Found, r.InScope = me != nil, me.comes()
	if known != nil {
		r.Name = known.Name
	}
	if me == nil {
		if known == nil {
			return errNoPerson(p.id)
		}
		p.because(textGone())
		return nil
	}
	r.Name, r.Departments = me.name, slices.Clone(me.departments)
	p.because(scopeReason(me))
	mirror, err := w.store.MirrorDepartments(ctx, p.run.Directory())
	if err != nil {
		return err
	}
	for i := range r.Departments {
		for _, d := range mirror {
			if d.ID == r.Departments[i].ID && !d.Gone {
				r.Departments[i].LocalID = d.LocalID
			}
		}
	}
	return nil
}

// decideAbsent tells what becomes of somebody who does not come, or not any
// more.
func (p *previewing) decideAbsent(w *worker, m *matching, known *MirrorPerson, changes []PlannedChange) error {
	if known == nil || known.Gone {
		p.because(textNotOnPlatform(known != nil))
		return nil
	}
	p.result.Account = PreviewAccount{LocalID: known.LocalID, Username: known.Account, MatchedBy: MatchBinding}
	for _, c := range changes {
		if c.Replaces == p.id {
			p.because(textReplaced(c.RemoteID))
			return nil
		}
	}
	c, due := w.leaver(known, m.names)
	if !due {
		p.because(untilText(known.LeavingSince.Add(w.claim.Run.Rules.grace())))
		return nil
	}
	p.result.Kind = c.Kind
	if c.Kind == KindLeave {
		p.because(textLeaves())
		return nil
	}
	p.because(c.Reason)
	return nil
}

// decideUnchanged tells how somebody is in whom nothing has changed.
func (p *previewing) decideUnchanged(ctx context.Context, w *worker, known *MirrorPerson, bound string) error {
	p.because(textUnchanged())
	p.result.Account = PreviewAccount{LocalID: bound, MatchedBy: MatchBinding}
	owned := false
	if known != nil {
		p.result.Account.Username, owned = known.Account, known.Owned
	}
	now, err := w.current(ctx, []PersonRef{{RemoteID: p.id, LocalID: bound}})
	if err != nil {
		return err
	}
	current := now[bound]
	p.result.Fields = p.fields(owned, &current, &current, 0)
	return nil
}

// decideChange tells what a change comes to, as the apply of a run does it.
func (p *previewing) decideChange(ctx context.Context, w *worker, match Match, planned []Field) error {
	list, err := p.pending(ctx, w)
	if err != nil {
		return err
	}
	// The password itself is nobody's business here.
	plain := *w
	plain.claim.Run.Rules.InitialPassword = NoPassword
	if err := plain.prepare(ctx, list); err != nil {
		return err
	}
	if err := w.decideAll(ctx, list); err != nil {
		return err
	}
	change := &list[0]
	now, err := w.current(ctx, []PersonRef{{RemoteID: p.id, LocalID: change.LocalID}})
	if err != nil {
		return err
	}
	before := now[change.LocalID]
	account := &p.result.Account
	account.LocalID, account.Username = change.LocalID, change.Account
	if account.Username == "" {
		account.Username = match.Account
	}
	if !before.InTenant {
		account.Join = change.Join
	}
	if change.LocalID == "" {
		account.Username, account.Password = change.Username, w.claim.Run.Rules.InitialPassword
	}
	after, err := p.tryOut(ctx, w, change, before)
	if err != nil {
		return err
	}
	if change.LocalID == "" && change.Mobile != "" {
		account.Username = strings.ReplaceAll(account.Username, change.Mobile, masked(change.Mobile))
	}
	var conflicts FieldSet
	for _, c := range change.Conflicts {
		conflicts = conflicts.With(c.Field)
	}
	p.result.Fields = p.fields(change.Owned, &before, &after, conflicts)
	p.explain(change)
	for _, f := range planned {
		if f.Field == string(FieldManager) {
			p.because(managerText(f))
		}
	}
	return nil
}

// pending returns the change of the person as the apply of a run gets it.
func (p *previewing) pending(ctx context.Context, w *worker) ([]PendingPerson, error) {
	local, err := w.localDepartments(ctx, w.claim.Run.Directory())
	if err != nil {
		return nil, err
	}
	batches, err := w.store.OpenBatches(ctx, w.claim)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		list, err := w.store.PeopleBatch(ctx, w.claim, b.Number)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if list[i].RemoteID == p.id {
				local.place(list[i : i+1])
				return list[i : i+1], nil
			}
		}
	}
	return nil, &fatalError{errNoPerson(p.id)}
}

// tryOut returns the account as it is after the change: applied in the
// transaction that is rolled back, where the members allow it.
func (p *previewing) tryOut(
	ctx context.Context, w *worker, change *PendingPerson, before CurrentPerson,
) (CurrentPerson, error) {
	members, ok := p.members.(RehearsableMembers)
	if !ok || !members.Rehearsable() {
		return supposed(change, before), nil
	}
	changes := []PersonChange{change.PersonChange}
	outcomes, err := outcomesOf(ctx, changes, nil, func(ctx context.Context) ([]Outcome, error) {
		return members.ApplyPeople(ctx, p.run.Directory(), changes)
	})
	switch {
	case err != nil && final(err):
		return before, err
	case err != nil:
		p.result.Refusal = refusalText(err)
		return before, nil
	case !outcomes[0].Failure.IsZero():
		p.result.Refusal = outcomes[0].Failure
		return before, nil
	}
	p.result.Account.Username = outcomes[0].Account
	p.because(outcomes[0].Note)
	now, err := w.current(ctx, []PersonRef{{RemoteID: p.id, LocalID: outcomes[0].LocalID}})
	return now[outcomes[0].LocalID], err
}

// supposed is an account as a change asks for it.
func supposed(change *PendingPerson, before CurrentPerson) CurrentPerson {
	after := StagedPerson{
		Name: before.Name, Mobile: before.Mobile, Email: before.Email, JobNumber: before.JobNumber,
		Title: before.Title, AvatarURL: before.AvatarURL,
	}
	for _, f := range valueFields() {
		if value := change.Person.field(f); value != "" && !change.Keep.Has(f) {
			*after.pointer(f) = value
		}
	}
	return CurrentPerson{
		LocalID: before.LocalID, InTenant: true, Name: after.Name, Mobile: after.Mobile, Email: after.Email,
		JobNumber: after.JobNumber, Title: after.Title, AvatarURL: after.AvatarURL,
	}
}

// fields lists the fields of the person before and after.
func (p *previewing) fields(owned bool, before, after *CurrentPerson, conflicts FieldSet) []PreviewField {
	person := &p.seen[p.id].pages.People[0]
	list := make([]PreviewField, 0, len(valueFields()))
	for _, name := range valueFields() {
		f := PreviewField{
			Field: name, Before: before.field(name), After: after.field(name), Provider: person.field(name),
			Owner: p.run.Rules.owner(name, owned), Effect: EffectSame,
		}
		switch {
		case conflicts.Has(name):
			f.Effect = EffectConflict
		case f.Before != f.After:
			f.Effect = EffectSet
		case f.Before != f.Provider && (name != FieldJobNumber || f.Before != without(f.Provider, p.id)):
			f.Effect = EffectKeep
		}
		if name == FieldMobile {
			f.Before, f.After, f.Provider = masked(f.Before), masked(f.After), masked(f.Provider)
		}
		list = append(list, f)
	}
	return list
}
