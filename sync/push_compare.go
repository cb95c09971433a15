package sync

import (
	"cmp"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// side is somebody as one of the sides has them, as far as a push is concerned.
type side struct {
	StagedPerson
	// Places are those in departments that both sides have, by department.
	Places []StagedPlace
}

// ours is somebody as the platform has them.
func (m pushMatch) ours(p RosterPerson) side {
	s := side{StagedPerson: StagedPerson{
		Name: clean(p.Name), Mobile: clean(p.Mobile), Email: clean(p.Email),
		JobNumber: clean(p.JobNumber), Title: clean(p.Title),
	}}
	for _, id := range p.DepartmentIDs {
		if d, ok := m.tree.byLocal[id]; ok {
			s.Places = append(s.Places, StagedPlace{DepartmentID: d.ID})
		}
	}
	slices.SortFunc(s.Places, func(a, b StagedPlace) int { return cmp.Compare(a.DepartmentID, b.DepartmentID) })
	return s
}

// theirs is somebody as the office app has them, or had.
func (m pushMatch) theirs(p StagedPerson, places []StagedPlace) side {
	s := side{StagedPerson: p}
	for _, place := range places {
		if _, ok := m.tree.byRemote[place.DepartmentID]; ok {
			s.Places = append(s.Places, place)
		}
	}
	slices.SortFunc(s.Places, func(a, b StagedPlace) int { return cmp.Compare(a.DepartmentID, b.DepartmentID) })
	return s
}

func (s *side) departments() []provider.DepartmentID {
	ids := make([]provider.DepartmentID, len(s.Places))
	for i, p := range s.Places {
		ids[i] = p.DepartmentID
	}
	return ids
}

// value is what is compared of a field.
func (s *side) value(f PersonField) string {
	if f == fieldDepartments {
		return listed(s.departments(), "\n")
	}
	return s.field(f)
}

// changed returns the fields whose value on the platform is not the one that
// was synchronised last. What is empty on the platform is never pushed.
func (m pushMatch) changed(own, before side) []PersonField {
	return slices.DeleteFunc(append(slices.Clone(m.always), fieldDepartments), func(f PersonField) bool {
		v := own.value(f)
		return v == "" || v == before.value(f)
	})
}

// compare decides by three values: the platform's, the office app's, and the
// one they had in common last. What only the platform has changed is pushed;
// what both have changed is a conflict, unless the platform owns it. So is what
// a pull has found to be one, until somebody resolves it.
func (m pushMatch) compare(c *PlannedChange, own side, bound BoundPerson, remote remotePerson) *PlannedChange {
	there := m.theirs(remote.StagedPerson, remote.Places)
	before := there
	if bound.Mirrored {
		before = m.theirs(bound.StagedPerson, bound.Places)
	}
	var push, both, open []PersonField
	for _, f := range m.changed(own, before) {
		switch {
		case own.value(f) == there.value(f): // the next pull notes it
		case m.rules.Ownership[f] == OwnerPlatform:
			push = append(push, f)
		case m.disputed[bound.ID].Has(f):
			open = append(open, f)
		case there.value(f) != before.value(f):
			both = append(both, f)
		default:
			push = append(push, f)
		}
	}
	left := slices.Concat(both, open)
	if len(push) == 0 && len(left) == 0 {
		return nil
	}
	reason := leftAlone(both, open)
	if len(push) == 0 {
		local := c.LocalID
		c.Fields = m.differences(own, there, left)
		c.conflict(reason.ZH, reason.EN)
		c.LocalID = local
		return c
	}
	c.Kind, c.Fields, c.Reason = KindUpdate, m.differences(own, there, push), reason
	if slices.Contains(push, fieldDepartments) {
		c.Kind = KindMove
	}
	return c
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
