package riverjobs

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/gofrs/flock"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// sqlite keeps jobs in a table of ours, and does without a second connection:
// no statement is sent while another one's rows are open or a transaction of
// this package is under way.
type sqlite struct {
	db       *sql.DB
	listener *localListener
}

func newSQLite(cfg Config) *sqlite { return &sqlite{db: cfg.DB, listener: newLocalListener()} }

func (s *sqlite) inserter() riverdriver.Driver[*sql.Tx] {
	return &sqlDriver{database: riverdriver.DatabaseNameSQLite, inTx: sqliteInTx}
}

func (s *sqlite) wake(queues []string) { s.listener.notify(queues) }
func (s *sqlite) settle()              {}

// wakeInTx has no way to learn of the commit; the workers poll.
func (s *sqlite) wakeInTx(context.Context, *sql.Tx, []string) error { return nil }

func (s *sqlite) migrate(ctx context.Context) error  { return inTx(ctx, s.db, s.migrations().up) }
func (s *sqlite) rollback(ctx context.Context) error { return inTx(ctx, s.db, s.migrations().down) }

func (s *sqlite) migrations() migrations {
	return migrations{dir: "sqlite", table: "thirdapp_river_migration"}
}

func (s *sqlite) open(ctx context.Context, _ int) (workplace, error) {
	lock, err := lockFile(ctx, s.db)
	if err != nil {
		return nil, err
	}
	return &sqliteAtWork{sqlite: s, lock: lock}, nil
}

// sqliteAtWork is sqlite while this process works its jobs.
type sqliteAtWork struct {
	*sqlite
	lock *flock.Flock // nil for a database in memory
}

func (s *sqliteAtWork) close() {
	if s.lock != nil {
		_ = s.lock.Close() // the end of the process would unlock it as well
	}
}

func (s *sqlite) wakeHere(queue string) { s.listener.notify([]string{queue}) }

func (s *sqlite) client(cfg *river.Config, held *claims, shares map[string]*share) (riverClient, error) {
	base := &sqliteExecutor{db: s.db}
	return river.NewClient(&sqlDriver{
		database: riverdriver.DatabaseNameSQLite,
		inTx:     sqliteInTx,
		executor: &executor{Executor: base, held: held, shares: shares, backlog: base, finish: s.finish, ours: allOf},
		listener: s.listener,
	}, cfg)
}

func (s *sqlite) finish(ctx context.Context, ids []int64) error {
	const query = `DELETE FROM thirdapp_river_job WHERE state = 'running' AND id IN (SELECT value FROM json_each(?))`
	_, err := s.db.ExecContext(ctx, query, asJSON(ids))
	return err
}

// allOf is executor.ours: one process owns the file.
func allOf(_ context.Context, ids []int64) (map[int64]bool, error) { return setOf(ids), nil }

// join takes up what the process before this one left running.
func (s *sqlite) join(ctx context.Context, _ string) ([]lostJob, error) {
	return s.takeUp(ctx, time.Now(), nil)
}

func (s *sqlite) beat(context.Context, string) error  { return nil }
func (s *sqlite) leave(context.Context, string) error { return nil }

func (s *sqlite) rescue(ctx context.Context, _ string, held []int64) ([]lostJob, error) {
	return s.takeUp(ctx, time.Now().Add(-deadAfter), held)
}

const sqliteTakeUp = `
UPDATE thirdapp_river_job
SET state = 'available',
    queue = ?,
    scheduled_at = ?,
    errors = CASE WHEN attempt > ? THEN errors ELSE json_insert(errors, '$[#]', json_object(
        'at', strftime('%Y-%m-%dT%H:%M:%fZ', attempted_at / 1e6, 'unixepoch'),
        'attempt', attempt, 'error', ?, 'trace', '')) END
WHERE state = 'running' AND attempted_at <= ? AND id NOT IN (SELECT value FROM json_each(?))
RETURNING kind, coalesce(args ->> 'tenant', ''), attempt`

// takeUp makes running jobs available again that began before a time and are
// not held.
func (s *sqlite) takeUp(ctx context.Context, before time.Time, held []int64) ([]lostJob, error) {
	if held == nil {
		held = []int64{} // the statement wants a list
	}
	rows, err := s.db.QueryContext(ctx, sqliteTakeUp,
		unrouted, time.Now().UnixMicro(), keptFailures, lostFailure, before.UnixMicro(), asJSON(held))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var lost []lostJob
	for rows.Next() {
		var j lostJob
		if err := rows.Scan(&j.kind, &j.tenant, &j.attempt); err != nil {
			return nil, err
		}
		lost = append(lost, j)
	}
	return lost, rows.Err()
}

const sqliteRoute = `
UPDATE thirdapp_river_job
SET queue = route.value
FROM json_each(?1) AS route
WHERE thirdapp_river_job.state = 'available' AND thirdapp_river_job.kind = route.key AND `

func (s *sqlite) route(ctx context.Context, to routes) error {
	_, err := s.db.ExecContext(ctx, sqliteRoute+`thirdapp_river_job.queue = ?2`, asJSON(to), unrouted)
	return err
}

func (s *sqlite) adopt(ctx context.Context, to routes) error {
	const foreign = `thirdapp_river_job.queue NOT IN (SELECT value FROM json_each(?1))`
	_, err := s.db.ExecContext(ctx, sqliteRoute+foreign, asJSON(to))
	return err
}

func (s *sqlite) clean(ctx context.Context) error {
	const query = `
DELETE FROM thirdapp_river_job WHERE id IN (
    SELECT id FROM thirdapp_river_job WHERE finalized_at IS NOT NULL AND finalized_at < ? LIMIT ?)`
	if _, err := s.db.ExecContext(ctx, query, time.Now().Add(-keptFor).UnixMicro(), cleanBatch); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}
