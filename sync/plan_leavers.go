package sync

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// leaver plans what is to be done about somebody who is not there any more;
// false when it is nothing yet.
func (w *worker) leaver(m *MirrorPerson, names departmentNames) (PlannedChange, bool) {
	grace := w.claim.Run.Rules.grace()
	now := w.now()
	c := PlannedChange{
		Entity: EntityPerson, Kind: KindLeave, RemoteID: string(m.ID), LocalID: m.LocalID,
		Account: m.Account, Name: m.Name,
		Fields: differing(fieldPair{"departments", names.list(m.Places), ""}),
	}
	switch {
	case grace == 0:
	case m.LeavingSince.IsZero():
		c.Kind, c.Reason = KindLeaving, untilText(now.Add(grace))
	case now.Before(m.LeavingSince.Add(grace)):
		return c, false
	}
	return c, true
}

// grace is how long after somebody was first missed they are suspended.
func (r Rules) grace() time.Duration { return time.Duration(r.GraceDays) * 24 * time.Hour }

func untilText(t time.Time) provider.Text {
	day := t.Format(time.DateOnly)
	return provider.Text{
		ZH: "宽限期至" + day + "，之后的同步将停用该成员",
		EN: "the grace period is until " + day + "; a run after it suspends the member",
	}
}

// removals is the number of people whom the plan removes, but for those who
// were removed from their departments by an earlier one, under the same guard.
func (p PlanCounts) removals() int {
	return p.People[KindLeave] + p.People[KindLeaving] - p.Due
}
