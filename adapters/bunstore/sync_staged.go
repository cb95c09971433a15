package bunstore

import (
	"context"
	"database/sql"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// stagedPeople selects whole rows of the people a run has read. It is scanned
// by scanStaged: a first pull reads every row twice, and bun takes three times
// as long for it.
const stagedPeople = `SELECT remote_id, union_id, name, mobile, email, job_number, title, avatar_url, hash,
		manager_id, manager_known
	FROM thirdapp_sync_staged_people WHERE tenant_id = $1 AND run_id = $2 `

// scanStaged scans a row of stagedPeople.
func scanStaged(rows *sql.Rows) (p dirsync.StagedPerson, err error) {
	var id, union, manager string // database/sql is slower with types of our own
	err = rows.Scan(&id, &union, &p.Name, &p.Mobile, &p.Email, &p.JobNumber, &p.Title, &p.AvatarURL, &p.Hash,
		&manager, &p.ManagerKnown)
	p.ID, p.UnionID, p.ManagerID = provider.UserID(id), provider.UnionID(union), provider.UserID(manager)
	return p, err
}

// stagedPlaces calls each for the places of the people from first to last, a
// person's by department.
func (s *Store) stagedPlaces(
	ctx context.Context, c dirsync.Claim, first, last provider.UserID, each func(dirsync.StagedPlace),
) error {
	return s.rows(ctx, `SELECT remote_id, department_id, leader, sort_order FROM thirdapp_sync_staged_places
		WHERE tenant_id = $1 AND run_id = $2 AND remote_id BETWEEN $3 AND $4
		ORDER BY remote_id, `+s.bytewise("department_id"),
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
