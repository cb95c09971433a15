package sync

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// side is somebody as one of the sides has them, as far as a push is concerned.
type side struct {
	StagedPerson
	// Places are those in departments that both sides have, by department.
	Places []StagedPlace
	// managerName is how a plan shows the manager.
	managerName string
	// leadsKnown, and ordered by department, say what is told of Places.
	leadsKnown bool
	ordered    map[provider.DepartmentID]bool
	// complete is true when everything is told, also that something is empty.
	complete bool
}

// ours is somebody as the platform has them.
func (m pushMatch) ours(p RosterPerson) side {
	s := side{
		StagedPerson: StagedPerson{
			Name: clean(p.Name), Mobile: clean(p.Mobile), Email: clean(p.Email),
			JobNumber: clean(p.JobNumber), Title: clean(p.Title),
		},
		leadsKnown: p.Leads != nil, ordered: make(map[provider.DepartmentID]bool),
	}
	if manager, ok := m.managers[p.manager()]; ok {
		s.ManagerID, s.ManagerKnown, s.managerName = manager.ID, true, manager.shown()
	}
	for _, id := range p.DepartmentIDs {
		d, ok := m.tree.byLocal[id]
		if !ok {
			continue
		}
		place := StagedPlace{DepartmentID: d.ID, Leader: slices.Contains(p.Leads, id)}
		place.Order, s.ordered[d.ID] = p.Orders[id], hasKey(p.Orders, id)
		s.Places = append(s.Places, place)
	}
	s.Places = m.comparable(s.Places)
	return s
}

func hasKey[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

// theirs is somebody as the office app has them, or had.
func (m pushMatch) theirs(p StagedPerson, places []StagedPlace) side {
	s := side{StagedPerson: p}
	for _, place := range places {
		if _, ok := m.tree.byRemote[place.DepartmentID]; ok {
			s.Places = append(s.Places, place)
		}
	}
	s.Places = m.comparable(s.Places)
	return s
}

// comparable returns places by department. The topmost departments, the company
// itself, are never written: nobody counts as their leader.
func (m pushMatch) comparable(places []StagedPlace) []StagedPlace {
	for i, p := range places {
		places[i].Leader = p.Leader && m.tree.byRemote[p.DepartmentID].ParentID != ""
	}
	slices.SortFunc(places, func(a, b StagedPlace) int { return cmp.Compare(a.DepartmentID, b.DepartmentID) })
	return places
}

func (s *side) departments() []provider.DepartmentID {
	ids := make([]provider.DepartmentID, len(s.Places))
	for i, p := range s.Places {
		ids[i] = p.DepartmentID
	}
	return ids
}

// leads are the departments that somebody leads.
func (s *side) leads() []provider.DepartmentID {
	var ids []provider.DepartmentID
	for _, p := range s.Places {
		if p.Leader {
			ids = append(ids, p.DepartmentID)
		}
	}
	return ids
}

// orders lists the positions in departments of which own tells one.
func (s *side) orders(own *side, name func(provider.DepartmentID) string) string {
	var list []string
	for _, p := range s.Places {
		if own.ordered[p.DepartmentID] {
			list = append(list, name(p.DepartmentID)+" "+strconv.FormatInt(p.Order, 10))
		}
	}
	return strings.Join(list, "、")
}

// value is what is compared of a field; own is the platform's side.
func (s *side) value(f PersonField, own *side) string {
	switch f {
	case fieldDepartments:
		return listed(s.departments(), "\n")
	case fieldLeads:
		return listed(s.leads(), "\n")
	case fieldOrder:
		return s.orders(own, func(id provider.DepartmentID) string { return string(id) })
	default:
		return s.field(f)
	}
}

// tells reports whether the platform knows the value of a field.
func (s *side) tells(f PersonField) bool {
	switch {
	case f == fieldLeads:
		return s.leadsKnown
	case s.complete && f != FieldName && f != fieldDepartments: // nobody is without
		return true
	}
	return s.value(f, s) != ""
}
