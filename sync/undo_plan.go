package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// The parts of the planning of an undo, in their order.
const (
	planUndonePeople      planPart = "undonePeople"
	planUndoneDepartments planPart = "undoneDepartments"
)

// beginUndo begins the plan of an undo. What is to be restored goes to the
// staging rows, as if it had been read, so that it is applied like a pull.
func (w *worker) beginUndo(ctx context.Context) error {
	w.claim.Run.State, w.claim.Run.Phase = StatePlanning, PhasePlan
	w.claim.Step = planStep{At: planUndonePeople}.String()
	if err := w.wrote(w.store.BeginRead(ctx, w.claim, Staging{}, w.now())); err != nil {
		return err
	}
	w.claim.Staged = true
	return nil
}

// planUndonePeople plans a window of people.
func (w *worker) planUndonePeople(ctx context.Context, step planStep) error {
	list, last, err := w.store.UndonePeople(ctx, w.claim, step.Position, w.batchSize())
	if err != nil {
		return err
	}
	names, err := w.departmentNames(ctx)
	if err != nil {
		return err
	}
	u := undoing{run: w.claim.Run.Undoes, rules: w.claim.Run.Rules, names: names}
	if u.managers, err = w.managerNames(ctx, restored(list)); err != nil {
		return err
	}
	for i := range list {
		u.person(&list[i])
	}
	w.claim.Step = planStep{At: planUndonePeople, Position: last}.String()
	if last == 0 {
		w.claim.Step = planStep{At: planUndoneDepartments}.String()
	}
	return w.addUndone(ctx, &u)
}

// addUndone stores a part of the plan, with what it restores.
func (w *worker) addUndone(ctx context.Context, u *undoing) error {
	var cancel bool
	err := w.store.InTx(ctx, func(ctx context.Context) error {
		if _, err := w.store.StagePages(ctx, w.claim, u.staging, w.now()); err != nil {
			return err
		}
		for _, part := range []struct {
			stage   Stage
			changes []PlannedChange
		}{{StageLeavers, u.leavers}, {StagePeople, u.people}} {
			if len(part.changes) == 0 {
				continue
			}
			if _, err := w.store.AddChanges(ctx, w.claim, part.stage, part.changes, w.now()); err != nil {
				return err
			}
		}
		var err error
		cancel, err = w.store.SaveRun(ctx, w.claim, w.now())
		return err
	})
	return w.wrote(cancel, err)
}

// planUndoneDepartments plans the departments: what was changed, moved or
// removed is restored, what was created goes if nobody stays in it.
func (w *worker) planUndoneDepartments(ctx context.Context, _ planStep) error {
	list, err := w.store.UndoneDepartments(ctx, w.claim)
	if err != nil {
		return err
	}
	mirror, err := w.store.MirrorDepartments(ctx, w.claim.Run.Directory())
	if err != nil {
		return err
	}
	occupied, err := w.store.OccupiedDepartments(ctx, w.claim)
	if err != nil {
		return err
	}
	names, err := w.departmentNames(ctx)
	if err != nil {
		return err
	}
	u := undoing{run: w.claim.Run.Undoes, rules: w.claim.Run.Rules, names: names}
	plan := u.departments(list, mirror, occupied)
	w.claim.Step = ""
	var cancel bool
	err = w.store.InTx(ctx, func(ctx context.Context) error {
		if _, err := w.store.StagePages(ctx, w.claim, u.staging, w.now()); err != nil {
			return err
		}
		for _, part := range plan {
			for changes := range slices.Chunk(part.changes, w.cfg.BatchSize) {
				if _, err := w.store.AddChanges(ctx, w.claim, part.stage, changes, w.now()); err != nil {
					return err
				}
			}
		}
		w.claim.Run.Phase = PhaseGuard
		var err error
		cancel, err = w.store.SaveRun(ctx, w.claim, w.now())
		return err
	})
	return w.wrote(cancel, err)
}

// guardUndo ends the plan of an undo: an administrator looks at it before
// anything happens.
func (w *worker) guardUndo(ctx context.Context) error {
	open := -w.claim.Run.Counts.Total()[KindConflict]
	for _, n := range w.claim.Run.Counts.Total() {
		open += n
	}
	w.claim.Run.Complete = true // there is nothing that could not be read
	switch {
	case w.claim.Run.DryRun:
		return w.finish(ctx, StatePlanned, nil)
	case open == 0:
		return w.finish(ctx, StateSucceeded, nil)
	}
	return w.await(ctx)
}

// undoing is a part of the plan of an undo.
type undoing struct {
	run   string
	rules Rules
	names departmentNames
	// managers are the names of managers.
	managers personNames
	staging  Staging
	leavers  []PlannedChange
	people   []PlannedChange
}

// restored returns those who are known now and were before, as if they had been
// read as they were.
func restored(list []UndonePerson) []ChangedPerson {
	var changed []ChangedPerson
	for _, p := range list {
		if p.Now != nil && p.Before != nil {
			p.Before.ManagerKnown = true
			changed = append(changed, ChangedPerson{Person: p.Before.StagedPerson, Mirror: p.Now})
		}
	}
	return changed
}

// person plans what is done about somebody.
func (u *undoing) person(p *UndonePerson) {
	c := PlannedChange{Entity: EntityPerson, RemoteID: string(p.RemoteID), Name: p.Name}
	now, before := p.Now, p.Before
	switch {
	case now == nil || p.WrittenBy != u.run:
		c.conflict(changedSince(now == nil, p.WrittenBy))
	case p.Replaces != "":
		other := string(p.Replaces)
		c.conflict("接替了已离开用户"+other+"的账号，无法撤销", "took over the account of user "+other+", who had left; that cannot be undone")
	case before == nil && p.Existing && (p.Kind == KindUpdate || p.Kind == KindMove):
		c.Kind = KindUnbind
	case before == nil || before.Gone:
		c.Kind = KindLeave
	case now.away():
		c.Kind = KindRejoin
	case !sameDepartments(now.Places, before.Places):
		c.Kind = KindMove
	default:
		c.Kind = KindUpdate
	}
	if c.Kind == KindConflict {
		u.people = append(u.people, c)
		return
	}
	c.LocalID, c.Account = now.LocalID, now.Account
	if c.Kind == KindLeave || c.Kind == KindUnbind {
		c.Fields = differing(fieldPair{"departments", u.names.list(now.Places), ""})
		c.Reason = leftBehind(c.Kind, p.Existing)
		u.leavers = append(u.leavers, c)
		return
	}
	was := ChangedPerson{Person: before.StagedPerson, Places: before.Places, Mirror: now}
	if now.away() {
		was.Mirror = nil
	}
	m := matching{names: u.names, people: u.managers}
	c.Name, c.Fields, c.Reason = before.Name, m.fields(&was, u.rules.keepsOf(now)), notEmptied(now, before)
	if c.Reason.IsZero() && len(c.Fields) == 0 && len(m.fields(&was, 0)) > 0 {
		c.Reason = noteKeptFields()
	}
	u.people = append(u.people, c)
	u.staging.People = append(u.staging.People, before.StagedPerson)
	u.staging.Places = append(u.staging.Places, before.Places...)
}

// changedSince says who has changed something that is to be undone.
func changedSince(gone bool, run string) (zh, en string) {
	switch {
	case gone:
		return "此后账号已归其他用户，不作撤销", "somebody else has taken it over since"
	case run == "":
		return "该任务由旧版本执行，未保留变更前的内容", "the run was one of an earlier version, which did not keep what was before"
	}
	return "此后已被任务" + run + "更改，不作撤销", "changed since by run " + run
}

// leftBehind says what stays of somebody who is taken out.
func leftBehind(kind Kind, existing bool) provider.Text {
	switch {
	case kind == KindUnbind:
		return provider.Text{
			ZH: "此前已是租户成员：仅解除绑定并移出同步的部门，成员状态不变",
			EN: "was a member of the tenant before: unbound and taken out of the directory's departments, still a member",
		}
	case existing:
		return provider.Text{ZH: "账号此前已存在：在租户中停用", EN: "the account was there before: suspended in the tenant"}
	}
	return provider.Text{ZH: "在租户中停用，账号不删除", EN: "suspended in the tenant; the account is not deleted"}
}

// notEmptied names what stays because a synchronisation never empties it.
func notEmptied(now, before *MirrorPerson) provider.Text {
	var zh, en string
	for _, f := range []struct{ zh, en, now, before string }{
		{"姓名", "name", now.Name, before.Name},
		{"手机号", "mobile number", now.Mobile, before.Mobile},
		{"邮箱", "email address", now.Email, before.Email},
		{"头像", "avatar", now.AvatarURL, before.AvatarURL},
	} {
		if f.before == "" && f.now != "" {
			zh, en = zh+"、"+f.zh, en+", "+f.en
		}
	}
	if zh == "" {
		return provider.Text{}
	}
	return provider.Text{
		ZH: "此前为空的" + zh[len("、"):] + "不会被清空，保持不变",
		EN: fmt.Sprintf("what was empty before is not emptied: %s", en[2:]),
	}
}
