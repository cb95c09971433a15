package bunstore

import (
	"context"
	"database/sql"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// knowsNobody reports whether nothing is known of a directory's people, as in a
// first pull.
func (s *Store) knowsNobody(ctx context.Context, dir dirsync.Directory) (bool, error) {
	const of = " WHERE tenant_id = $1 AND provider = $2 AND org_id = $3)"
	known := true
	err := s.rows(ctx, "SELECT EXISTS (SELECT 1 FROM thirdapp_sync_people"+of+
		" OR EXISTS (SELECT 1 FROM thirdapp_bindings"+of,
		[]any{string(dir.Tenant), string(dir.Provider), dir.OrgID}, func(rows *sql.Rows) error { return rows.Scan(&known) })
	return !known, err
}

// newPeople returns a window of people of whom nothing is known: there is
// nothing to compare them with.
func (s *Store) newPeople(
	ctx context.Context, c dirsync.Claim, after provider.UserID, window int,
) ([]dirsync.ChangedPerson, provider.UserID, error) {
	list := make([]dirsync.ChangedPerson, 0, window)
	index := make(map[provider.UserID]*dirsync.ChangedPerson, window)
	err := s.rows(ctx, stagedPeople+"AND remote_id > $3 ORDER BY remote_id LIMIT $4",
		[]any{string(c.Run.Tenant), c.Run.ID, string(after), window}, func(rows *sql.Rows) error {
			person, places, err := scanStaged(rows)
			list = append(list, dirsync.ChangedPerson{Person: person, Places: places})
			index[person.ID] = &list[len(list)-1]
			return err
		})
	if err != nil || len(list) == 0 {
		return nil, "", err
	}
	last := list[len(list)-1].Person.ID
	err = s.stagedPlaces(ctx, c, list[0].Person.ID, last, func(place dirsync.StagedPlace) {
		if p := index[place.PersonID]; p != nil {
			p.Places = addPlace(p.Places, place)
		}
	})
	if len(list) < window {
		last = ""
	}
	return list, last, err
}
