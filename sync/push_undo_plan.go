package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// The two stages of people, the other way round than in a push: who is set back
// may report to somebody who is taken out, and so comes first.
const (
	stageSetBack  = StageLeavers
	stageTakenOut = StagePeople
)

// undonePushPeople plans a window of the people whom a push has changed.
func (w *worker) undonePushPeople(ctx context.Context, step pushStep) error {
	list, last, err := w.store.UndonePeople(ctx, w.claim, step.Position, pushWindow)
	if err != nil {
		return err
	}
	u := pushUndoing{worker: w}
	if u.match, err = w.undoMatch(ctx, nil); err != nil {
		return err
	}
	if u.names, err = w.store.PersonNames(ctx, w.claim, managersBefore(list)); err != nil {
		return err
	}
	planned := make([][]PlannedChange, len(list))
	err = w.inParallel(len(list), func(i int) (err error) {
		planned[i], err = u.person(ctx, &list[i])
		return err
	})
	if err != nil {
		return err
	}
	var people, leavers []PlannedChange
	for _, c := range slices.Concat(planned...) {
		if c.Kind == KindLeave {
			leavers = append(leavers, c)
		} else {
			people = append(people, c)
		}
	}
	next := pushStep{At: planUndonePeople, Position: last}
	if last == 0 {
		next = pushStep{At: planUndoneDepartments}
	}
	w.claim.Step = next.String()
	return w.addPushUndo(ctx, []stagedChanges{{stageSetBack, people}, {stageTakenOut, leavers}})
}

// addPushUndo stores a part of the plan.
func (w *worker) addPushUndo(ctx context.Context, plan []stagedChanges) error {
	var cancel bool
	err := w.store.InTx(ctx, func(ctx context.Context) error {
		for _, part := range plan {
			for changes := range slices.Chunk(part.changes, w.cfg.BatchSize) {
				if _, err := w.store.AddChanges(ctx, w.claim, part.stage, changes, w.now()); err != nil {
					return err
				}
			}
		}
		var err error
		cancel, err = w.store.SaveRun(ctx, w.claim, w.now())
		return err
	})
	return w.wrote(cancel, err)
}

// managersBefore returns the managers whom people had or have.
func managersBefore(list []UndonePerson) []provider.UserID {
	var ids []provider.UserID
	for _, p := range list {
		for _, side := range []*MirrorPerson{p.Now, p.Before} {
			if side != nil && side.ManagerID != "" {
				ids = append(ids, side.ManagerID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// pushUndoing is a part of the plan of an undo of a push.
type pushUndoing struct {
	*worker
	match pushMatch
	names personNames
}

// person plans what is done about somebody.
func (u *pushUndoing) person(ctx context.Context, p *UndonePerson) ([]PlannedChange, error) {
	c := PlannedChange{Entity: EntityPerson, RemoteID: string(p.RemoteID), Name: p.Name}
	if why := u.stays(p); !why.IsZero() {
		c.conflict(why.ZH, why.EN)
		return []PlannedChange{c}, nil
	}
	c.LocalID, c.Account = p.Now.LocalID, p.Now.Account
	remote, err := u.lookUp(ctx, p.RemoteID)
	switch code := provider.CodeOf(err); {
	case err == nil:
	case code == provider.NotFound && p.Before.Gone: // nothing but the binding is left
		c.Kind = KindLeave
		return []PlannedChange{c}, nil
	case code == provider.NotFound || code == provider.PermissionDenied:
		reason := pushFailure(err)
		c.conflict("无法读取该成员，不作撤销："+reason.ZH, "cannot be read, and is left alone: "+reason.EN)
		return []PlannedChange{c}, nil
	default:
		return nil, err
	}
	left, there := u.match.known(p.Now, u.names), u.match.theirs(remote.StagedPerson, remote.Places)
	there.managerName = remote.managerName
	if p.Before.Gone {
		return []PlannedChange{u.removal(c, left, there)}, nil
	}
	return u.restoration(c, u.match.known(p.Before, u.names), left, there, p.Kind == KindCreate), nil
}

// stays says why nothing can be taken back of somebody; zero for no reason.
func (u *pushUndoing) stays(p *UndonePerson) provider.Text {
	switch {
	case p.RemoteID == "":
		return provider.Text{ZH: "邀请已发出，无法收回", EN: "was invited; an invitation cannot be taken back"}
	case p.Kind == KindLeave || p.Kind == KindUnbind:
		return noteNotRestored()
	case p.Now == nil || p.WrittenBy != u.claim.Run.Undoes || p.Now.Gone:
		zh, en := changedSince(p.Now == nil, p.WrittenBy)
		return provider.Text{ZH: zh, EN: en}
	case p.Before == nil:
		zh, en := changedSince(false, "")
		return provider.Text{ZH: zh, EN: en}
	case p.Before.Gone && !u.claim.Run.Deletes:
		return noteNotAskedToRemove()
	}
	return provider.Text{}
}

func noteNotRestored() provider.Text {
	return provider.Text{
		ZH: "已从办公应用移除或解除绑定，无法恢复，请在平台上恢复后重新推送",
		EN: "was removed from the office app, or unbound; that cannot be undone: restore it on the platform, and push",
	}
}

func noteNotAskedToRemove() provider.Text {
	return provider.Text{
		ZH: "由该推送创建；撤销时未选择从办公应用移除（deletes），予以保留",
		EN: "was created by the push; the undo was not asked to remove at the office app (deletes), so it is kept",
	}
}

// removal takes somebody out whom the push has created, unless they have been
// changed since.
func (u *pushUndoing) removal(c PlannedChange, left, there side) PlannedChange {
	if fields := u.match.since(left, there); len(fields) > 0 {
		c.Fields = u.match.differences(left, there, fields)
		why := noteChangedSince()
		c.conflict(why.ZH, why.EN)
		return c
	}
	c.Kind, c.Fields = KindLeave, differing(fieldPair{fieldDepartments, u.match.namesOf(there.departments()), ""})
	return c
}

// restoration sets somebody back; who was only bound by the push is released.
func (u *pushUndoing) restoration(c PlannedChange, before, left, there side, linked bool) []PlannedChange {
	d := u.match.back(before, left, there)
	var plan []PlannedChange
	if len(d.push) > 0 || linked {
		set := c
		set.Kind, set.Fields = kindOfPush(d.push), u.match.differences(before, there, d.push)
		if linked {
			set.Kind = KindUnbind
			set.Reason = provider.Text{
				ZH: "此前已在办公应用中：仅解除绑定", EN: "was at the office app before: only the binding is released",
			}
		}
		plan = append(plan, set)
	}
	if len(d.both) > 0 {
		c.Fields = u.match.differences(before, there, d.both)
		why := noteChangedSince()
		c.conflict(why.ZH, why.EN)
		plan = append(plan, c)
	}
	return plan
}
