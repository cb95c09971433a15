package sync

import (
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// settle notes what both sides have in common of somebody after a push: what was
// pushed, as the office app has it now, and what is the same anyway. Of
// everything else the value they had in common last stays, so that what somebody
// has changed at the office app meanwhile is brought over by the next pull, and
// a conflict is still one for the next push. done has the person as they are.
func (m pushMatch) settle(own side, bound BoundPerson, pushed []PersonField, done *Pushed) {
	now := m.theirs(*done.Person, slices.Clone(done.Places))
	common := func(f PersonField) bool {
		return slices.Contains(pushed, f) || own.tells(f) && own.value(f, &own) == now.value(f, &own)
	}
	done.ManagerSettled = common(FieldManager)
	if !bound.Mirrored {
		return // they had nothing in common before
	}
	for _, f := range valueFields() {
		if !common(f) {
			*done.Person.pointer(f) = bound.field(f)
		}
	}
	if !done.ManagerSettled {
		done.Person.ManagerID, done.Person.ManagerKnown = bound.ManagerID, bound.ManagerKnown
	}
	done.Person.Hash = done.Person.hash()
	if !common(fieldDepartments) {
		done.Places = bound.Places
		return
	}
	leads, ordered := common(fieldLeads), common(fieldOrder)
	for i := range done.Places {
		place := &done.Places[i]
		before, ok := placeIn(bound.Places, place.DepartmentID)
		if ok && !leads {
			place.Leader = before.Leader
		}
		if ok && (!ordered || !own.ordered[place.DepartmentID]) {
			place.Order = before.Order
		}
	}
}

func placeIn(places []StagedPlace, department provider.DepartmentID) (StagedPlace, bool) {
	for _, p := range places {
		if p.DepartmentID == department {
			return p, true
		}
	}
	return StagedPlace{}, false
}
