package riverjobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver"
)

// postgres keeps jobs in River's own tables.
type postgres struct {
	db     *sql.DB
	dsn    string
	shared *pgxpool.Pool // the host's, or nil
	schema string
	log    *slog.Logger
	insert string // statement
	// cache is put before the arguments of the insert statement. The store's
	// pool plans each statement anew, which suits statements with their values
	// written into them; this one is always the same.
	cache   []any
	wakeups *wakeups
}

func newPostgres(cfg Config) *postgres {
	p := &postgres{
		db: cfg.DB, dsn: cfg.PostgresDSN, shared: cfg.PostgresPool, schema: cfg.Schema, log: cfg.Logger,
	}
	p.insert = p.sql(postgresInsert)
	if _, ok := cfg.DB.Driver().(*stdlib.Driver); ok {
		p.cache = []any{pgx.QueryExecModeCacheStatement}
	}
	p.wakeups = newWakeups(p.notify)
	return p
}

// prefix is the schema as it stands before a table's name.
func (p *postgres) prefix() string { return pgx.Identifier{p.schema}.Sanitize() + "." }

// sql puts the schema into a statement.
func (p *postgres) sql(statement string) string {
	return strings.ReplaceAll(statement, "{schema}", p.prefix())
}

const postgresInsert = `
INSERT INTO {schema}river_job (args, kind, max_attempts, queue, scheduled_at, unique_key, unique_states)
SELECT args, kind, max_attempts, queue,
       coalesce(timestamptz 'epoch' + at * interval '1 microsecond', now()),
       decode(nullif(unique_key, ''), 'hex'), nullif(unique_states, 0)::bit(8)
FROM jsonb_to_recordset($1::jsonb) AS job (
     args jsonb, kind text, max_attempts smallint, queue text, at bigint, unique_key text, unique_states integer)
ON CONFLICT (unique_key)
   WHERE unique_key IS NOT NULL AND unique_states IS NOT NULL
     AND {schema}river_job_state_in_bitmask(unique_states, state)
DO NOTHING`

func (p *postgres) inserter() riverdriver.Driver[*sql.Tx] {
	return &sqlDriver{
		database: riverdriver.DatabaseNamePostgres,
		inTx:     func(tx *sql.Tx) riverdriver.ExecutorTx { return &postgresInserter{p: p, tx: tx} },
	}
}

// postgresInserter inserts jobs in a transaction of the store.
type postgresInserter struct {
	unsupported
	p  *postgres
	tx *sql.Tx
}

// JobInsertFastManyNoReturning implements riverdriver.Executor.
func (i *postgresInserter) JobInsertFastManyNoReturning(ctx context.Context, params *riverdriver.JobInsertFastManyParams) (int, error) {
	rows, err := insertRows(params.Jobs)
	if err != nil {
		return 0, err
	}
	res, err := i.tx.ExecContext(ctx, i.p.insert, append(i.p.cache[:len(i.p.cache):len(i.p.cache)], rows)...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// postgresNotify speaks as River does: its workers listen to this topic of
// their schema, and expect this payload.
const postgresNotify = `
SELECT pg_notify($1, json_build_object('queue', queue)::text)
FROM jsonb_array_elements_text($2::jsonb) AS queue`

func (p *postgres) topic() string { return p.schema + ".river_insert" }

func (p *postgres) wake(queues []string) { p.wakeups.add(queues) }
func (p *postgres) settle()              { p.wakeups.close() }

// notify sends wake-ups. A lost one costs a poll, hence is not worth more than
// a word to whoever looks for the cause.
func (p *postgres) notify(ctx context.Context, queues []string) {
	if _, err := p.db.ExecContext(ctx, postgresNotify, p.topic(), asJSON(queues)); err != nil {
		p.log.DebugContext(ctx, "workers not woken", "error", err)
	}
}

func (p *postgres) wakeInTx(ctx context.Context, tx *sql.Tx, queues []string) error {
	_, err := tx.ExecContext(ctx, postgresNotify, p.topic(), asJSON(queues))
	return err
}

// pool returns a pool of pgx with at least conns connections, and how to close
// it.
func (p *postgres) pool(ctx context.Context, conns int) (*pgxpool.Pool, func(), error) {
	if p.shared != nil {
		if has := int(p.shared.Config().MaxConns); has < conns {
			return nil, nil, fmt.Errorf("PostgresPool of %d connections: needs %d", has, conns)
		}
		return p.shared, func() {}, nil
	}
	cfg, err := pgxpool.ParseConfig(p.dsn)
	if err != nil {
		// The parser's error repeats the connection string with its password.
		return nil, nil, fmt.Errorf("malformed PostgresDSN")
	}
	cfg.MaxConns = max(cfg.MaxConns, int32(conns))
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	return pool, pool.Close, nil
}

// asJSON encodes a list or map of strings or numbers as an argument of a
// statement.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // such a value always can be encoded
	}
	return string(b)
}
