package riverjobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

const postgresNewest = `
WITH newest AS (
    SELECT id, args ->> 'tenant' AS tenant, scheduled_at FROM {schema}river_job
    WHERE state = 'available' AND queue = $1 AND priority = 1 AND scheduled_at <= now()
      AND ($2::text[] IS NULL OR kind = ANY ($2))
    ORDER BY scheduled_at DESC, id DESC
    LIMIT $3
), placed AS (
    SELECT id, row_number() OVER (PARTITION BY tenant ORDER BY scheduled_at, id) AS place
    FROM newest WHERE tenant <> ALL ($4::text[])
), claimed AS (
    SELECT job.id FROM {schema}river_job AS job JOIN placed USING (id)
    WHERE place <= $5 AND job.state = 'available'
    ORDER BY place
    LIMIT $6
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE {schema}river_job AS job
SET state = 'running', attempt = job.attempt + 1, attempted_at = now(),
    attempted_by = array_append(job.attempted_by[greatest(1, cardinality(job.attempted_by) + 2 - $7):], $8::text)
FROM claimed
WHERE job.id = claimed.id
RETURNING job.id, job.args, job.attempt, job.attempted_at, job.attempted_by, job.created_at, job.kind,
    job.max_attempts, job.metadata, job.priority, job.queue, job.scheduled_at, job.tags`

// newest is executor.newest.
func (w *postgresWork) newest(
	ctx context.Context, p *riverdriver.JobGetAvailableParams, busy []string, each int,
) ([]*rivertype.JobRow, error) {
	rows, err := w.pool.Query(ctx, w.sql(postgresNewest),
		p.Queue, p.Kind, newestOf, busy, each, p.MaxToLock, p.MaxAttemptedBy, p.ClientID)
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
