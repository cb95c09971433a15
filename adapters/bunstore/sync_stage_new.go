package bunstore

import (
	"context"
	"slices"
	"strings"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// stageNew inserts staging rows without looking whether they are there, which
// takes half the time. ok is false, and nothing is inserted, when one is.
func (s *Store) stageNew(
	ctx context.Context, c dirsync.Claim, people []dirsync.StagedPerson, places []dirsync.StagedPlace,
) (ok bool, err error) {
	if len(people) == 0 {
		return true, nil
	}
	of := []sameColumn{{"tenant_id", string(c.Run.Tenant)}, {"run_id", c.Run.ID}}
	return s.attempt(ctx, func(ctx context.Context) error {
		err := s.insertNew(ctx, newRows{"thirdapp_sync_staged_people", of, personValues(peopleByID(people))})
		if err != nil {
			return err
		}
		return s.insertNew(ctx, newRows{"thirdapp_sync_staged_places", of, placeValues(placesByPerson(places))})
	})
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
