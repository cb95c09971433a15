package sendtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/internal/dbtest"
)

// crowd is how many people a broadcast goes to, and crowdID the department of
// here that they are in.
const (
	crowd   = 100_000
	crowdID = "everybody"
)

// crowded returns a migrated database of its own, in which here has a
// department with a crowd of people, all of them bound.
func crowded(tb testing.TB) string {
	tb.Helper()
	return dbtest.PostgresFrom(tb, "sendtest-crowd", func(ctx context.Context, dsn string) error {
		if err := migrate(ctx, dsn); err != nil {
			return err
		}
		s, err := bunstore.Open(ctx, dsn, bunstore.Options{MaxConns: 1})
		if err != nil {
			return err
		}
		return errors.Join(gather(ctx, s), s.Close())
	})
}

// gather makes the crowd. The user ids are those of company.
func gather(ctx context.Context, s *bunstore.Store) error {
	for _, query := range []string{
		`INSERT INTO thirdapp_people
			SELECT 'id' || i, 'user' || i, '员工' || i, NULL, NULL, '', FALSE, '', FALSE, now(), now()
			FROM generate_series(0, ?0 - 1) AS i`,
		`INSERT INTO thirdapp_memberships SELECT ?1, 'id' || i, 'active', '', '', now(), now()
			FROM generate_series(0, ?0 - 1) AS i`,
		`INSERT INTO thirdapp_bindings
			SELECT ?1, 'dingtalk', ?2, 'u' || lpad(i::text, 6, '0'), '', 'id' || i, TRUE, now(), now()
			FROM generate_series(0, ?0 - 1) AS i`,
		`INSERT INTO thirdapp_departments VALUES (?1, ?3, '', '全体', 0, '', '', '', now(), now())`,
		`INSERT INTO thirdapp_department_members SELECT ?1, ?3, 'id' || i, FALSE, 0
			FROM generate_series(0, ?0 - 1) AS i`,
	} {
		if _, err := s.DB().NewRaw(query, crowd, here, corpID, crowdID).Exec(ctx); err != nil {
			return err
		}
	}
	_, err := s.DB().ExecContext(ctx, `ANALYZE`)
	return err
}

// broadcast is a message to the crowd.
func broadcast(text string) *order {
	o := work(text)
	o.request.Recipients.DepartmentIDs = []string{crowdID}
	return o
}
