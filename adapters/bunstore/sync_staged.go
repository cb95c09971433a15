package bunstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// stagedPeople selects whole rows of the people a run has read. It is scanned
// by scanStaged: a first pull reads every row twice, and bun takes three times
// as long for it.
const stagedPeople = `SELECT remote_id, union_id, name, mobile, email, job_number, title, avatar_url, hash,
		manager_id, manager_known, department_id, leader, sort_order
	FROM thirdapp_sync_staged_people WHERE tenant_id = $1 AND run_id = $2 `

// scanStaged scans a row of stagedPeople: a person and their first place, if it
// is kept there. addPlace adds the others.
func scanStaged(rows *sql.Rows) (p dirsync.StagedPerson, places []dirsync.StagedPlace, err error) {
	var id, union, manager, department string // database/sql is slower with types of our own
	var place dirsync.StagedPlace
	err = rows.Scan(&id, &union, &p.Name, &p.Mobile, &p.Email, &p.JobNumber, &p.Title, &p.AvatarURL, &p.Hash,
		&manager, &p.ManagerKnown, &department, &place.Leader, &place.Order)
	p.ID, p.UnionID, p.ManagerID = provider.UserID(id), provider.UnionID(union), provider.UserID(manager)
	if department != "" {
		place.PersonID, place.DepartmentID = p.ID, provider.DepartmentID(department)
		places = []dirsync.StagedPlace{place}
	}
	return p, places, err
}

// addPlace adds a place to those of a person, which are by department. One in a
// department that is there already is left out: what came first stays.
func addPlace(places []dirsync.StagedPlace, p dirsync.StagedPlace) []dirsync.StagedPlace {
	at, found := slices.BinarySearchFunc(places, p, func(a, b dirsync.StagedPlace) int {
		return strings.Compare(string(a.DepartmentID), string(b.DepartmentID))
	})
	if found {
		return places
	}
	return slices.Insert(places, at, p)
}

// allPlaces selects department_id, leader and sort_order of the places of s, a
// row of thirdapp_sync_staged_people. What addPlace does it does in SQL.
func allPlaces(c dirsync.Claim) schema.QueryAppender {
	return bun.SafeQuery(`SELECT s.department_id, s.leader, s.sort_order WHERE s.department_id <> ''
		UNION ALL SELECT t.department_id, t.leader, t.sort_order FROM thirdapp_sync_staged_places AS t
		WHERE t.tenant_id = ? AND t.run_id = ? AND t.remote_id = s.remote_id AND t.department_id <> s.department_id`,
		c.Run.Tenant, c.Run.ID)
}

// stagedPlaces calls each for the places of the people from first to last that
// are kept in rows of their own.
func (s *Store) stagedPlaces(
	ctx context.Context, c dirsync.Claim, first, last provider.UserID, each func(dirsync.StagedPlace),
) error {
	return s.rows(ctx, `SELECT remote_id, department_id, leader, sort_order FROM thirdapp_sync_staged_places
		WHERE tenant_id = $1 AND run_id = $2 AND remote_id BETWEEN $3 AND $4`,
		[]any{string(c.Run.Tenant), c.Run.ID, string(first), string(last)}, func(rows *sql.Rows) error {
			var p dirsync.StagedPlace
			var person, department string
			if err := rows.Scan(&person, &department, &p.Leader, &p.Order); err != nil {
				return err
			}
			p.PersonID, p.DepartmentID = provider.UserID(person), provider.DepartmentID(department)
			each(p)
			return nil
		})
}
