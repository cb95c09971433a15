package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the database/sql driver "sqlite"
)

// Store implements the Store ports on a bun database.
type Store struct {
	db *bun.DB
	// owned is true when Open made db.
	owned      bool
	statements statements
}

// Options tune [Open]. The zero value is ready to use.
type Options struct {
	// MaxConns is the size of the connection pool; 0 means 32 on PostgreSQL
	// and 4 on SQLite. database/sql queues unfairly when short of connections:
	// keep it near the number of concurrent requests.
	MaxConns int
}

const (
	postgresConns = 32
	sqliteConns   = 4
)

// New returns a Store on a database the host opened, with pgdialect over
// PostgreSQL or sqlitedialect over SQLite. The host keeps owning db.
//
// On PostgreSQL through pgx use default_query_exec_mode=simple_protocol: bun
// writes values into the statement, so that prepared statements would be
// prepared once each and never used again. Set random_page_cost to 1.1 for its
// sessions unless the database is on rotating disks, and jit to off. Many new
// rows go by COPY, which row-level security on our tables would refuse.
//
// On SQLite through modernc.org/sqlite the connection string has
//
//	_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate
//
// Without WAL and the timeout, requests fail as soon as somebody else reads or
// writes. Without foreign keys what belongs to a removed row stays. Without
// _txlock=immediate a transaction that reads before it writes fails when somebody
// else has written in between. What [Open] sets besides makes it faster.
func New(db *bun.DB) *Store { return &Store{db: db} }

// Open opens a database and returns a Store that owns it: close it with
// [Store.Close]. The dsn is "postgres://…" or "sqlite:" and a file path. A file
// that is not there is created, readable by its owner only; one that is keeps
// its permissions.
func Open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	db, err := open(dsn, opts)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("bunstore: open: %w", storeError(err))
	}
	return &Store{db: db, owned: true}, nil
}

func open(dsn string, opts Options) (*bun.DB, error) {
	path, isSQLite := strings.CutPrefix(dsn, "sqlite:")
	switch {
	case isSQLite:
		return openSQLite(path, opts)
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgres(dsn, opts)
	default:
		return nil, fmt.Errorf("bunstore: open: the connection string must begin with postgres:// or sqlite:")
	}
}

func openPostgres(dsn string, opts Options) (*bun.DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The parser's error repeats the connection string with its password.
		return nil, fmt.Errorf("bunstore: open: malformed postgres:// connection string")
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	sqldb := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(setSession))
	n := opts.MaxConns
	if n == 0 {
		n = postgresConns
	}
	sqldb.SetMaxOpenConns(n)
	sqldb.SetMaxIdleConns(n)
	return bun.NewDB(sqldb, pgdialect.New()), nil
}

// setSession has PostgreSQL plan for short statements. Looking into an index
// costs little more than reading on, in memory and on solid state: by its
// default for rotating disks it reads whole tables for a few hundred rows by
// their keys, which is what this store asks for. And compiling a statement, which
// it does when it takes the rows for many, takes longer than running any of ours.
func setSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET random_page_cost = 1.1; SET jit = off")
	return err
}

func openSQLite(path string, opts Options) (*bun.DB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fmt.Errorf("bunstore: open: sqlite: needs a file path, such as sqlite:thirdapp.db")
	}
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("bunstore: open: sqlite: %w", err)
	}
	// A log of up to 8000 pages, 32 MiB, is written back an eighth as often as by
	// default, and a page that changed many times only once.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=wal_autocheckpoint(8000)" +
		"&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)" +
		"&_pragma=cache_size(-65536)&_pragma=temp_store(MEMORY)&_txlock=immediate"
	sqldb, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("bunstore: open: %w", err)
	}
	n := opts.MaxConns
	if n == 0 {
		n = sqliteConns
	}
	sqldb.SetMaxOpenConns(n)
	sqldb.SetMaxIdleConns(n)
	return bun.NewDB(sqldb, sqlitedialect.New()), nil
}

// createPrivate creates a database file that is not there: it will hold mobile
// numbers and password hashes. SQLite gives its log the same permissions.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// DB returns the bun database, for a host that keeps its own tables beside
// ours.
func (s *Store) DB() *bun.DB { return s.db }

// Close closes the database of a Store made by [Open]. That of one made by [New]
// stays open: it is the host's.
func (s *Store) Close() error {
	if !s.owned {
		return nil
	}
	return s.db.Close()
}

// postgres reports whether the database is PostgreSQL; it is SQLite otherwise.
func (s *Store) postgres() bool { return s.db.Dialect().Name() == dialect.PG }
