package riverjobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// spareConns are for recording outcomes, beats, housekeeping and the listener.
const spareConns = 4

// Times of the heartbeat, by the database's clock. A process that was cut off
// or frozen itself trusts its view of the others only when it has beaten
// without a gap for long enough to see theirs.
const (
	deadAfter = 15 * time.Second
	beatGap   = 8 * time.Second
)

// postgresWork is the working side on PostgreSQL.
type postgresWork struct {
	*postgres
	pool      *pgxpool.Pool
	closePool func()
	local     *localListener
}

func (p *postgres) open(ctx context.Context, queues int) (workplace, error) {
	// The pool outlives the call to Start, hence its context.
	pool, closePool, err := p.pool(context.WithoutCancel(ctx), queues+spareConns)
	if err != nil {
		return nil, err
	}
	return &postgresWork{postgres: p, pool: pool, closePool: closePool, local: newLocalListener()}, nil
}

func (w *postgresWork) close() { w.closePool() }

func (w *postgresWork) wakeHere(queue string) { w.local.notify([]string{queue}) }

func (w *postgresWork) client(cfg *river.Config, held *claims, shares map[string]*share) (riverClient, error) {
	cfg.Schema = w.schema
	driver, mine := riverpgxv5.New(w.pool), &postgresMine{w, cfg.ID}
	return river.NewClient(postgresDriver{
		Driver: driver,
		executor: &executor{
			Executor: driver.GetExecutor(), held: held, shares: shares, backlog: w, finish: mine.finish, ours: mine.ours,
		},
		local: w.local,
	}, cfg)
}

// postgresDriver is River's driver with our executor, whose listener hears this
// process as well.
type postgresDriver struct {
	*riverpgxv5.Driver
	executor riverdriver.Executor
	local    *localListener
}

var _ riverdriver.Driver[pgx.Tx] = postgresDriver{}

// GetExecutor implements riverdriver.Driver.
func (d postgresDriver) GetExecutor() riverdriver.Executor { return d.executor }

// GetListener implements riverdriver.Driver.
func (d postgresDriver) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &bothListener{Listener: d.Driver.GetListener(p), local: d.local}
}

// postgresMine is about the jobs that run in one process.
type postgresMine struct {
	*postgresWork
	client string
}

const whereMine = ` WHERE id = ANY($1) AND state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $2`

// finish is executor.finish.
func (m *postgresMine) finish(ctx context.Context, ids []int64) error {
	_, err := m.pool.Exec(ctx, m.sql(`DELETE FROM {schema}river_job`+whereMine), ids, m.client)
	return err
}

// ours is executor.ours.
func (m *postgresMine) ours(ctx context.Context, ids []int64) (map[int64]bool, error) {
	rows, err := m.pool.Query(ctx, m.sql(`SELECT id FROM {schema}river_job`+whereMine), ids, m.client)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return setOf(found), err
}

const postgresBeat = `
INSERT INTO {schema}thirdapp_client AS client (id, since, beat_at) VALUES ($1, now(), now())
ON CONFLICT (id) DO UPDATE SET
   since = CASE WHEN client.beat_at < now() - make_interval(secs => $2) THEN now() ELSE client.since END,
   beat_at = now()`

func (w *postgresWork) join(ctx context.Context, id string) ([]lostJob, error) {
	return nil, w.beat(ctx, id)
}

func (w *postgresWork) beat(ctx context.Context, id string) error {
	_, err := w.pool.Exec(ctx, w.sql(postgresBeat), id, beatGap.Seconds())
	return err
}

func (w *postgresWork) leave(ctx context.Context, id string) error {
	_, err := w.pool.Exec(ctx, w.sql(`DELETE FROM {schema}thirdapp_client WHERE id = $1`), id)
	return err
}

// postgresRescue takes up jobs of processes whose beat has stopped, and jobs
// that this process was given and never got. Several processes that run it at
// once share the jobs: a locked row is being taken up already.
const postgresRescue = `
WITH lost AS (
    SELECT job.id
    FROM {schema}river_job AS job
    WHERE job.state = 'running'
      AND EXISTS (SELECT 1 FROM {schema}thirdapp_client AS me WHERE me.id = $1 AND me.since <= now() - make_interval(secs => $2))
      AND CASE WHEN job.attempted_by[array_upper(job.attempted_by, 1)] = $1
          THEN job.attempted_at < now() - make_interval(secs => $2) AND job.id <> ALL ($3::bigint[])
          ELSE NOT EXISTS (
              SELECT 1 FROM {schema}thirdapp_client AS client
              WHERE client.id = job.attempted_by[array_upper(job.attempted_by, 1)]
                AND client.beat_at > now() - make_interval(secs => $2))
          END
    FOR UPDATE SKIP LOCKED
)
UPDATE {schema}river_job AS job
SET state = 'available',
    queue = $6,
    scheduled_at = now(),
    errors = CASE WHEN job.attempt > $5 THEN job.errors ELSE array_append(job.errors,
        jsonb_build_object('at', job.attempted_at, 'attempt', job.attempt, 'error', $4::text, 'trace', '')) END
FROM lost
WHERE job.id = lost.id
RETURNING job.kind, coalesce(job.args->>'tenant', ''), job.attempt`

func (w *postgresWork) rescue(ctx context.Context, id string, held []int64) ([]lostJob, error) {
	rows, err := w.pool.Query(ctx, w.sql(postgresRescue), id, deadAfter.Seconds(), held, lostFailure, keptFailures, unrouted)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (lostJob, error) {
		var j lostJob
		err := row.Scan(&j.kind, &j.tenant, &j.attempt)
		return j, err
	})
}

const postgresRoute = `
UPDATE {schema}river_job AS job
SET queue = route.queue
FROM jsonb_each_text($1::jsonb) AS route (kind, queue)
WHERE job.state = 'available' AND job.kind = route.kind AND `

func (w *postgresWork) route(ctx context.Context, to routes) error {
	_, err := w.pool.Exec(ctx, w.sql(postgresRoute+`job.queue = $2`), asJSON(to), unrouted)
	return err
}

func (w *postgresWork) adopt(ctx context.Context, to routes) error {
	const foreign = `job.queue NOT IN (SELECT value FROM jsonb_each_text($1::jsonb))`
	_, err := w.pool.Exec(ctx, w.sql(postgresRoute+foreign), asJSON(to))
	return err
}

func (w *postgresWork) clean(ctx context.Context) error {
	const jobs = `
DELETE FROM {schema}river_job WHERE id IN (
    SELECT id FROM {schema}river_job
    WHERE state IN ('cancelled', 'completed', 'discarded') AND finalized_at < now() - make_interval(secs => $1)
    LIMIT $2)`
	if _, err := w.pool.Exec(ctx, w.sql(jobs), keptFor.Seconds(), cleanBatch); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	const clients = `DELETE FROM {schema}thirdapp_client WHERE beat_at < now() - make_interval(secs => $1)`
	if _, err := w.pool.Exec(ctx, w.sql(clients), keptFor.Seconds()); err != nil {
		return fmt.Errorf("clients: %w", err)
	}
	return nil
}
