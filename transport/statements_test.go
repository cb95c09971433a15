package transport_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
)

// statements remembers what a database is asked, by the form of each statement:
// at the driver, so that none goes past it.
type statements struct {
	mu   sync.Mutex
	list []string
}

func (s *statements) add(text string) {
	for _, others := range []string{
		"thirdapp_grants", "thirdapp_grant_version", // the authoriser's, at its own pace
		"SET random_page_cost", "-- ping", // of connections
	} {
		if strings.Contains(text, others) {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	words := strings.Fields(text)
	s.list = append(s.list, strings.Join(words[:min(len(words), 4)], " "))
}

// take returns what was asked since the last time.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

// openWatched is openStore with a driver that tells what it is asked.
func openWatched(tb testing.TB, dsn string, asked *statements) *bunstore.Store {
	tb.Helper()
	var s *bunstore.Store
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db := sql.OpenDB(watchedSQLite{
			"file:" + path + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate", asked,
		})
		db.SetMaxOpenConns(4)
		s = bunstore.New(bun.NewDB(db, sqlitedialect.New()))
	} else {
		cfg, err := pgx.ParseConfig(dsn)
		check(tb, err)
		cfg.DefaultQueryExecMode, cfg.Tracer = pgx.QueryExecModeSimpleProtocol, pgTracer{asked}
		s = bunstore.New(bun.NewDB(stdlib.OpenDB(*cfg), pgdialect.New()))
	}
	prepare(tb, s)
	return s
}

// pgTracer hears of every statement, prepared or not.
type pgTracer struct{ asked *statements }

func (t pgTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	t.asked.add(q.SQL)
	return ctx
}

func (pgTracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// watchedSQLite connects with connections that tell what they are asked.
type watchedSQLite struct {
	dsn   string
	asked *statements
}

// Driver implements driver.Connector.
func (watchedSQLite) Driver() driver.Driver { return &sqlite.Driver{} }

// Connect implements driver.Connector.
func (w watchedSQLite) Connect(context.Context) (driver.Conn, error) {
	conn, err := w.Driver().Open(w.dsn)
	if err != nil {
		return nil, err
	}
	return watchedConn{conn.(sqliteConn), w.asked}, nil //nolint:errcheck // the driver's own type
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

type watchedConn struct {
	sqliteConn
	asked *statements
}

// ExecContext implements driver.ExecerContext.
func (c watchedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.asked.add(query)
	return c.sqliteConn.ExecContext(ctx, query, args)
}

// QueryContext implements driver.QueryerContext.
func (c watchedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.asked.add(query)
	return c.sqliteConn.QueryContext(ctx, query, args)
}

// PrepareContext implements driver.ConnPrepareContext.
func (c watchedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return watchedStmt{stmt.(sqliteStmt), query, c.asked}, nil //nolint:errcheck // the driver's own type
}

// BeginTx implements driver.ConnBeginTx.
func (c watchedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.asked.add("BEGIN")
	return c.sqliteConn.BeginTx(ctx, opts)
}

// sqliteStmt is what the driver's prepared statements can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type watchedStmt struct {
	sqliteStmt
	query string
	asked *statements
}

// ExecContext implements driver.StmtExecContext.
func (s watchedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.asked.add(s.query)
	return s.sqliteStmt.ExecContext(ctx, args)
}

// QueryContext implements driver.StmtQueryContext.
func (s watchedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.asked.add(s.query)
	return s.sqliteStmt.QueryContext(ctx, args)
}
