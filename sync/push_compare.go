package sync

import (
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// changed returns the fields whose value on the platform is not the one that
// was synchronised last. What the platform does not know is never pushed.
func (m pushMatch) changed(own, before side) []PersonField {
	return slices.DeleteFunc(append(slices.Clone(m.always), placeFields()...), func(f PersonField) bool {
		return !own.tells(f) || own.value(f, &own) == before.value(f, &own)
	})
}

// sides are somebody who is bound as they were synchronised last, and as the
// office app has them.
func (m pushMatch) sides(bound BoundPerson, remote remotePerson) (before, there side) {
	there = m.theirs(remote.StagedPerson, remote.Places)
	there.managerName = remote.managerName
	before = there
	if bound.Mirrored {
		before = m.theirs(bound.StagedPerson, bound.Places)
	}
	if !before.ManagerKnown { // there was none in common yet
		before.ManagerID = there.ManagerID
	}
	return before, there
}

// pushDecision is what a push does about fields that differ.
type pushDecision struct {
	push []PersonField
	// both were changed on both sides, open are conflicts that nobody has
	// resolved yet.
	both, open []PersonField
}

// decide compares three values: the platform's, the office app's, and the one
// they had in common last. What only the platform has changed is pushed; what
// both have changed is a conflict, unless the platform owns it. So is what a
// pull has found to be one, until somebody resolves it.
func (m pushMatch) decide(own, before, there side, disputed FieldSet) pushDecision {
	var d pushDecision
	for _, f := range m.changed(own, before) {
		here, now := own.value(f, &own), there.value(f, &own)
		switch {
		case here == now: // the next pull notes it
		case f == FieldManager && !there.ManagerKnown: // cannot be compared
		case m.rules.Ownership[f] == OwnerPlatform:
			d.push = append(d.push, f)
		case disputed.Has(f):
			d.open = append(d.open, f)
		case now != before.value(f, &own):
			d.both = append(d.both, f)
		default:
			d.push = append(d.push, f)
		}
	}
	return d
}

// left are the fields that stay as they are.
func (d pushDecision) left() []PersonField { return slices.Concat(d.both, d.open) }

// compare plans what is done about somebody who is bound, nil for nothing.
func (m pushMatch) compare(c *PlannedChange, own side, bound BoundPerson, remote remotePerson) *PlannedChange {
	before, there := m.sides(bound, remote)
	d := m.decide(own, before, there, m.disputed[bound.ID])
	left := d.left()
	if len(d.push) == 0 && len(left) == 0 {
		return nil
	}
	reason := leftAlone(d.both, d.open)
	if len(d.push) == 0 {
		local := c.LocalID
		c.Fields = m.differences(own, there, left)
		c.conflict(reason.ZH, reason.EN)
		c.LocalID = local
		return c
	}
	c.Kind, c.Fields, c.Reason = kindOfPush(d.push), m.differences(own, there, d.push), reason
	return c
}

func kindOfPush(fields []PersonField) Kind {
	if slices.Contains(fields, fieldDepartments) {
		return KindMove
	}
	return KindUpdate
}

// leftAlone names the fields that a push leaves as they are: those that both
// sides have changed since they were the same, and open conflicts.
func leftAlone(both, open []PersonField) provider.Text {
	var zh, en []string
	if len(both) > 0 {
		zh = append(zh, "两侧都有改动："+listed(both, "、")+"，请先拉取或统一")
		en = append(en, "changed on both sides: "+listed(both, ", ")+"; pull first, or make them equal")
	}
	if len(open) > 0 {
		zh = append(zh, "存在未处理的冲突："+listed(open, "、")+"，请先在冲突列表中处理")
		en = append(en, "open conflicts: "+listed(open, ", ")+"; resolve them first")
	}
	return provider.Text{ZH: strings.Join(zh, "；"), EN: strings.Join(en, "; ")}
}

// differences returns fields as a plan shows them.
func (m pushMatch) differences(own, there side, fields []PersonField) []Field {
	pairs := make([]fieldPair, len(fields))
	for i, f := range fields {
		pairs[i] = fieldPair{string(f), there.field(f), own.field(f)}
		switch f {
		case FieldMobile:
			pairs[i].before, pairs[i].after = masked(there.Mobile), masked(own.Mobile)
		case fieldDepartments:
			pairs[i].before, pairs[i].after = m.namesOf(there.departments()), m.namesOf(own.departments())
		case fieldLeads:
			pairs[i].before, pairs[i].after = m.namesOf(there.leads()), m.namesOf(own.leads())
		case fieldOrder:
			name := func(id provider.DepartmentID) string { return m.tree.byRemote[id].Name }
			pairs[i].before, pairs[i].after = there.orders(&own, name), own.orders(&own, name)
		case FieldManager:
			pairs[i].before, pairs[i].after = there.managerName, own.managerName
		default:
		}
	}
	return differing(pairs...)
}

func (m pushMatch) namesOf(ids []provider.DepartmentID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = m.tree.byRemote[id].Name
	}
	return strings.Join(names, "、")
}
