package riverjobs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// sqliteExecutor is what River's working side calls on SQLite.
type sqliteExecutor struct {
	unsupported
	db *sql.DB
}

// InitDriver implements riverdriver.Executor: there is nothing to find out.
func (e *sqliteExecutor) InitDriver(context.Context) error { return nil }

// Ping implements riverdriver.Executor.
func (e *sqliteExecutor) Ping(ctx context.Context) error { return e.db.PingContext(ctx) }

// QueueCreateOrSetUpdatedAt implements riverdriver.Executor. Queues have no
// rows here: nobody can pause one.
func (e *sqliteExecutor) QueueCreateOrSetUpdatedAt(_ context.Context, p *riverdriver.QueueCreateOrSetUpdatedAtParams) (*rivertype.Queue, error) {
	return queueNamed(p.Name), nil
}

// QueueGet implements riverdriver.Executor.
func (e *sqliteExecutor) QueueGet(_ context.Context, p *riverdriver.QueueGetParams) (*rivertype.Queue, error) {
	return queueNamed(p.Name), nil
}

func queueNamed(name string) *rivertype.Queue {
	return &rivertype.Queue{Name: name, Metadata: []byte("{}")}
}

// JobGetCancelRequested implements riverdriver.Executor: nobody can ask for it.
func (e *sqliteExecutor) JobGetCancelRequested(context.Context, *riverdriver.JobGetCancelRequestedParams) ([]int64, error) {
	return nil, nil
}

const sqliteClaim = `
UPDATE thirdapp_river_job
SET state = 'running', attempt = attempt + 1, attempted_at = ?1, attempted_by = ?2
WHERE id IN (
    SELECT id FROM thirdapp_river_job
    WHERE state = 'available' AND queue = ?3 AND scheduled_at <= ?1
      AND (?4 IS NULL OR kind IN (SELECT value FROM json_each(?4)))
    ORDER BY scheduled_at, id
    LIMIT ?5)
RETURNING id, args, attempt, created_at, kind, max_attempts, metadata, queue, scheduled_at`

// JobGetAvailable implements riverdriver.Executor.
func (e *sqliteExecutor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	now := time.Now().UTC()
	jobs, err := e.claimed(ctx, now, p.ClientID, sqliteClaim, now.UnixMicro(), p.ClientID, p.Queue, kindsOf(p), p.MaxToLock)
	if err != nil {
		return nil, err
	}
	return &riverdriver.JobGetAvailableResult{Jobs: jobs}, nil
}

// sqliteStretch has the jobs of a stretch, in the order of the index.
const sqliteStretch = `
            FROM thirdapp_river_job
            WHERE state = 'available' AND queue = ?3 AND scheduled_at <= ?1
              AND (?4 IS NULL OR kind IN (SELECT value FROM json_each(?4))) AND (scheduled_at, id) < (?5, ?6)
            ORDER BY scheduled_at DESC, id DESC`

const sqliteClaimBehind = `
UPDATE thirdapp_river_job
SET state = 'running', attempt = attempt + 1, attempted_at = ?1, attempted_by = ?2
WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY tenant ORDER BY scheduled_at, id) AS place FROM (
            SELECT id, args ->> 'tenant' AS tenant, scheduled_at` + sqliteStretch + `
            LIMIT ?7)
        WHERE tenant NOT IN (SELECT value FROM json_each(?8)))
    WHERE place <= ?9
    ORDER BY place
    LIMIT ?10)
RETURNING id, args, attempt, created_at, kind, max_attempts, metadata, queue, scheduled_at`

const sqliteEnd = `SELECT scheduled_at, id` + sqliteStretch + ` LIMIT 1 OFFSET ?7`

// end implements backlog.
func (e *sqliteExecutor) end(
	ctx context.Context, p *riverdriver.JobGetAvailableParams, s stretch,
) (*position, error) {
	var at int64
	var end position
	err := e.db.QueryRowContext(ctx, sqliteEnd, time.Now().UnixMicro(), nil, p.Queue, kindsOf(p),
		s.before.at.UnixMicro(), s.before.id, stretchOf-1).Scan(&at, &end.id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nil is the oldest
	}
	end.at = time.UnixMicro(at)
	return &end, err
}

// claim implements backlog.
func (e *sqliteExecutor) claim(
	ctx context.Context, p *riverdriver.JobGetAvailableParams, s stretch,
) ([]*rivertype.JobRow, error) {
	now := time.Now().UTC()
	return e.claimed(ctx, now, p.ClientID, sqliteClaimBehind, now.UnixMicro(), p.ClientID, p.Queue, kindsOf(p),
		s.before.at.UnixMicro(), s.before.id, stretchOf, asJSON(s.busy), s.each, p.MaxToLock)
}

func kindsOf(p *riverdriver.JobGetAvailableParams) any {
	if p.Kind == nil {
		return nil
	}
	return asJSON(p.Kind)
}

// claimed runs a statement that claims jobs and returns them.
func (e *sqliteExecutor) claimed(
	ctx context.Context, now time.Time, client, query string, args ...any,
) ([]*rivertype.JobRow, error) {
	rows, err := e.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var claimed []*rivertype.JobRow
	for rows.Next() {
		job, err := scanClaimed(rows)
		if err != nil {
			return nil, err
		}
		job.AttemptedAt, job.AttemptedBy = &now, []string{client}
		claimed = append(claimed, job)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	// RETURNING has no order.
	slices.SortFunc(claimed, func(a, b *rivertype.JobRow) int {
		return cmp.Or(a.ScheduledAt.Compare(b.ScheduledAt), cmp.Compare(a.ID, b.ID))
	})
	return claimed, nil
}

func scanClaimed(rows *sql.Rows) (*rivertype.JobRow, error) {
	job := &rivertype.JobRow{State: rivertype.JobStateRunning, Priority: 1}
	var created, scheduled int64
	err := rows.Scan(&job.ID, &job.EncodedArgs, &job.Attempt, &created, &job.Kind, &job.MaxAttempts,
		&job.Metadata, &job.Queue, &scheduled)
	if err != nil {
		return nil, err
	}
	job.CreatedAt = time.UnixMicro(created).UTC()
	job.ScheduledAt = time.UnixMicro(scheduled).UTC()
	return job, nil
}

// outcomeRow is what becomes of a job that stays, as JSON for the statement.
type outcomeRow struct {
	ID          int64              `json:"id"`
	State       rivertype.JobState `json:"state"`
	Attempt     *int               `json:"attempt"`
	ScheduledAt *int64             `json:"scheduled_at"`
	FinalizedAt *int64             `json:"finalized_at"`
	Error       json.RawMessage    `json:"error,omitempty"`
	Metadata    json.RawMessage    `json:"metadata,omitempty"`
}

const sqliteSetState = `
UPDATE thirdapp_river_job
SET state = outcome.value ->> 'state',
    attempt = coalesce(outcome.value ->> 'attempt', attempt),
    scheduled_at = coalesce(outcome.value ->> 'scheduled_at', scheduled_at),
    finalized_at = outcome.value ->> 'finalized_at',
    errors = CASE WHEN outcome.value -> 'error' IS NULL THEN errors
                  ELSE json_insert(errors, '$[#]', json(outcome.value -> 'error')) END,
    metadata = CASE WHEN outcome.value -> 'metadata' IS NULL THEN metadata
                    ELSE json_patch(metadata, outcome.value -> 'metadata') END
FROM json_each(?) AS outcome
WHERE thirdapp_river_job.id = outcome.value ->> 'id' AND thirdapp_river_job.state = 'running'`

// JobSetStateIfRunningMany implements riverdriver.Executor. It returns no rows:
// River only wants them for events.
func (e *sqliteExecutor) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	outcomes := make([]outcomeRow, len(p.ID))
	for i, id := range p.ID {
		outcomes[i] = outcomeRow{
			ID: id, State: p.State[i], Attempt: p.Attempt[i],
			ScheduledAt: micros(p.ScheduledAt[i]), FinalizedAt: micros(p.FinalizedAt[i]),
			Error: p.ErrData[i],
		}
		if p.MetadataDoMerge[i] {
			outcomes[i].Metadata = p.MetadataUpdates[i]
		}
	}
	_, err := e.db.ExecContext(ctx, sqliteSetState, asJSON(outcomes))
	return nil, err
}

func micros(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	m := t.UnixMicro()
	return &m
}

// sqliteInserter inserts jobs in a transaction of the store.
type sqliteInserter struct {
	unsupported
	tx *sql.Tx
}

func sqliteInTx(tx *sql.Tx) riverdriver.ExecutorTx { return &sqliteInserter{tx: tx} }

// "WHERE true" tells the parser that ON CONFLICT is not a join's ON.
const sqliteInsert = `
INSERT INTO thirdapp_river_job (args, kind, max_attempts, queue, scheduled_at, created_at, unique_key)
SELECT value -> 'args', value ->> 'kind', value ->> 'max_attempts', value ->> 'queue',
       coalesce(value ->> 'at', ?1), ?1, unhex(nullif(value ->> 'unique_key', ''))
FROM json_each(?2)
WHERE true
ON CONFLICT DO NOTHING`

// JobInsertFastManyNoReturning implements riverdriver.Executor.
func (i *sqliteInserter) JobInsertFastManyNoReturning(ctx context.Context, p *riverdriver.JobInsertFastManyParams) (int, error) {
	rows, err := insertRows(p.Jobs)
	if err != nil {
		return 0, err
	}
	res, err := i.tx.ExecContext(ctx, sqliteInsert, time.Now().UnixMicro(), rows)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
