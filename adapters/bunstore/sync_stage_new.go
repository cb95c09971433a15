package bunstore

import (
	"context"
	"slices"
	"strings"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// newcomer is somebody who is staged for the first time, with their first place,
// without department when they have none.
type newcomer struct {
	*dirsync.StagedPerson
	place dirsync.StagedPlace
}

// stageNew stages people who are most likely not there yet, each with their
// first place in the same row, and returns the places that are still to be
// staged: all of them when somebody is there already.
func (s *Store) stageNew(
	ctx context.Context, c dirsync.Claim, people []dirsync.StagedPerson, places []dirsync.StagedPlace,
) ([]dirsync.StagedPlace, error) {
	if len(people) == 0 {
		return places, nil
	}
	newcomers, rest := newcomersOf(people, places)
	rows := newRows{"thirdapp_sync_staged_people", runColumns(c), newcomerValues(newcomers)}
	if s.postgres() { // half the time of looking whether they are there
		ok, err := s.attempt(ctx, func(ctx context.Context) error { return s.insertNew(ctx, rows) })
		if err != nil || ok {
			return rest, err
		}
	}
	n, err := affected(rows.insert(s.idb(ctx), " ON CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return nil, storeError(err)
	}
	if n == int64(len(newcomers)) {
		return rest, nil
	}
	return places, nil
}

// newcomersOf puts people and their first places together, in the order of the
// ids, and returns the other places.
func newcomersOf(people []dirsync.StagedPerson, places []dirsync.StagedPlace) ([]newcomer, []dirsync.StagedPlace) {
	people, places = peopleByID(people), placesByPerson(places)
	newcomers := make([]newcomer, len(people))
	var rest []dirsync.StagedPlace
	next := 0
	for i := range people {
		newcomers[i].StagedPerson = &people[i]
		for first := true; next < len(places) && places[next].PersonID == people[i].ID; next++ {
			if first {
				newcomers[i].place, first = places[next], false
			} else {
				rest = append(rest, places[next])
			}
		}
	}
	return newcomers, rest
}

func newcomerValues(list []newcomer) values {
	return stagedColumns(valuesOf("v", list), func(n *newcomer) *dirsync.StagedPerson { return n.StagedPerson }).
		text("department_id", func(n *newcomer) string { return string(n.place.DepartmentID) }).
		boolean("leader", func(n *newcomer) bool { return n.place.Leader }).
		bigint("sort_order", func(n *newcomer) int64 { return n.place.Order }).values
}

func peopleByID(list []dirsync.StagedPerson) []dirsync.StagedPerson {
	return slices.SortedStableFunc(slices.Values(list), func(a, b dirsync.StagedPerson) int {
		return strings.Compare(string(a.ID), string(b.ID))
	})
}

func placesByPerson(list []dirsync.StagedPlace) []dirsync.StagedPlace {
	return slices.SortedStableFunc(slices.Values(list), func(a, b dirsync.StagedPlace) int {
		return strings.Compare(string(a.PersonID), string(b.PersonID))
	})
}
