package riverjobs

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
)

// Dialect is the database that jobs are kept in.
type Dialect string

// The dialects.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// Config says where jobs are kept and how they are worked.
type Config struct {
	// DB is the store's pool, required. It inserts jobs; on SQLite (driver
	// modernc.org/sqlite, WAL, _txlock=immediate, one connection is enough) it
	// does everything. On PostgreSQL through pgx the insert is a prepared
	// statement, whatever the pool's mode is for others: a PgBouncer in
	// transaction mode must know them (1.21 or later).
	DB *sql.DB
	// Dialect is the database behind DB, required.
	Dialect Dialect

	// PostgresDSN is the connection string of the same database. The pool of
	// the working side is opened from it in Start and closed in Stop, with
	// room for one connection per queue and four more. PgBouncer in
	// transaction mode will not do: the workers LISTEN.
	// PostgreSQL needs either PostgresDSN or PostgresPool.
	PostgresDSN string
	// PostgresPool is a pool of the host's to use instead. It needs a
	// connection per queue and four more, and must outlive the Runner.
	PostgresPool *pgxpool.Pool
	// Schema is the PostgreSQL schema of River's tables: a letter or '_', then
	// letters, digits and '_', at most 46. Migrate creates it when it is
	// missing. Default "thirdapp_jobs". Platforms that share a database need one
	// each: workers drop jobs about rows that they do not have.
	Schema string

	// Tx returns the store's transaction in ctx. nil: there never is one.
	Tx func(ctx context.Context) (*sql.Tx, bool)
	// AfterCommit has f called once the store's transaction in ctx has
	// committed; it returns false when it cannot tell, because the host owns
	// that transaction. nil: it never can.
	AfterCommit func(ctx context.Context, f func()) bool

	// Logger gets failed, dropped and taken up jobs, with River's own news at
	// debug level. nil: nothing is logged.
	Logger *slog.Logger
	// Metrics counts runs of jobs; its zero fields discard.
	Metrics Metrics

	// MaxWorkers is how many jobs a queue works at a time in this process,
	// 1 to 10,000. Default 500. -1 is for a process that shall work none, such as
	// one that serves requests while others work: it is started like any other,
	// and then knows the queue of what it enqueues.
	MaxWorkers int
	// TenantShare is how many of them may be of one tenant, 1 to MaxWorkers.
	// Default half of MaxWorkers, rounded up.
	TenantShare int
	// PollInterval is how often a queue looks for jobs nobody told it of: the
	// longest that a job whose pause is over waits while workers are free.
	// 20 ms to 1 s. Default 500 ms on PostgreSQL, 250 ms on SQLite.
	PollInterval time.Duration
}

const (
	defaultSchema     = "thirdapp_jobs"
	defaultMaxWorkers = 500
	noWorkers         = -1
	postgresPoll      = 500 * time.Millisecond
	sqlitePoll        = 250 * time.Millisecond
	minPoll           = 20 * time.Millisecond
	maxPoll           = time.Second
	// fetchCooldown is the least time between two looks of a queue for jobs.
	// With MaxWorkers it bounds throughput: 500 workers, 50,000 jobs a second.
	fetchCooldown = 10 * time.Millisecond
	// maxSchema leaves room for ".river_leadership" in the 63 bytes of a
	// NOTIFY channel.
	maxSchema = 46
)

var schemaPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// withDefaults returns a filled copy.
func (c Config) withDefaults() Config {
	poll := postgresPoll
	if c.Dialect == SQLite {
		poll = sqlitePoll
	}
	c.Schema = cmp.Or(c.Schema, defaultSchema)
	c.MaxWorkers = cmp.Or(c.MaxWorkers, defaultMaxWorkers)
	c.TenantShare = cmp.Or(c.TenantShare, (c.MaxWorkers+1)/2)
	c.PollInterval = cmp.Or(c.PollInterval, poll)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Metrics = c.Metrics.withDefaults()
	if c.Tx == nil {
		c.Tx = func(context.Context) (*sql.Tx, bool) { return nil, false }
	}
	if c.AfterCommit == nil {
		c.AfterCommit = func(context.Context, func()) bool { return false }
	}
	return c
}

// validate reports all faults of a filled Config.
func (c Config) validate() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(c.DB == nil, "DB: required")
	fault(c.Dialect != Postgres && c.Dialect != SQLite, "Dialect %q: %q or %q", c.Dialect, Postgres, SQLite)
	if c.Dialect == Postgres {
		fault((c.PostgresDSN == "") == (c.PostgresPool == nil), "PostgresDSN, PostgresPool: exactly one is required")
		fault(!schemaPattern.MatchString(c.Schema) || len(c.Schema) > maxSchema,
			"Schema %q: letters, digits and '_', at most %d, no digit first", c.Schema, maxSchema)
	}
	if c.MaxWorkers != noWorkers {
		fault(c.MaxWorkers < 1 || c.MaxWorkers > river.QueueNumWorkersMax,
			"MaxWorkers %d: 1 to %d, or %d for none", c.MaxWorkers, river.QueueNumWorkersMax, noWorkers)
		fault(c.TenantShare < 1 || c.TenantShare > c.MaxWorkers,
			"TenantShare %d: 1 to MaxWorkers, %d", c.TenantShare, c.MaxWorkers)
	}
	fault(c.PollInterval < minPoll || c.PollInterval > maxPoll,
		"PollInterval %s: %s to %s", c.PollInterval, minPoll, maxPoll)
	return errors.Join(faults...)
}
