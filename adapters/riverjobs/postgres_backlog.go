package riverjobs

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// postgresStretch has the jobs of a stretch, in the order of the index.
const postgresStretch = `
    FROM {schema}river_job
    WHERE state = 'available' AND queue = $1 AND priority = 1 AND scheduled_at <= now()
      AND ($2::text[] IS NULL OR kind = ANY ($2)) AND (scheduled_at, id) < ($3, $4)
    ORDER BY scheduled_at DESC, id DESC`

const postgresClaim = `
WITH stretch AS (
    SELECT id, args ->> 'tenant' AS tenant, scheduled_at` + postgresStretch + `
    LIMIT $5
), placed AS (
    SELECT id, row_number() OVER (PARTITION BY tenant ORDER BY scheduled_at, id) AS place
    FROM stretch WHERE tenant <> ALL ($6::text[])
), claimed AS (
    SELECT job.id FROM {schema}river_job AS job JOIN placed USING (id)
    WHERE place <= $7 AND job.state = 'available'
    ORDER BY place
    LIMIT $8
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE {schema}river_job AS job
SET state = 'running', attempt = job.attempt + 1, attempted_at = now(),
    attempted_by = array_append(job.attempted_by[greatest(1, cardinality(job.attempted_by) + 2 - $9):], $10::text)
FROM claimed
WHERE job.id = claimed.id
RETURNING job.id, job.args, job.attempt, job.attempted_at, job.attempted_by, job.created_at, job.kind,
    job.max_attempts, job.metadata, job.priority, job.queue, job.scheduled_at, job.tags`

const postgresEnd = `SELECT scheduled_at, id` + postgresStretch + ` OFFSET $5 LIMIT 1`

// end implements backlog.
func (w *postgresWork) end(
	ctx context.Context, p *riverdriver.JobGetAvailableParams, s stretch,
) (*position, error) {
	var end position
	err := w.pool.QueryRow(ctx, w.sql(postgresEnd), p.Queue, p.Kind, s.before.at, s.before.id, stretchOf-1).Scan(&end.at, &end.id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil is the oldest
	}
	return &end, err
}

// claim implements backlog.
func (w *postgresWork) claim(
	ctx context.Context, p *riverdriver.JobGetAvailableParams, s stretch,
) ([]*rivertype.JobRow, error) {
	rows, err := w.pool.Query(ctx, w.sql(postgresClaim), p.Queue, p.Kind, s.before.at, s.before.id, stretchOf,
		s.busy, s.each, p.MaxToLock, p.MaxAttemptedBy, p.ClientID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*rivertype.JobRow, error) {
		job := &rivertype.JobRow{State: rivertype.JobStateRunning}
		err := row.Scan(&job.ID, &job.EncodedArgs, &job.Attempt, &job.AttemptedAt, &job.AttemptedBy, &job.CreatedAt,
			&job.Kind, &job.MaxAttempts, &job.Metadata, &job.Priority, &job.Queue, &job.ScheduledAt, &job.Tags)
		return job, err
	})
}
