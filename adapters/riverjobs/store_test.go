package riverjobs_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/jobs"
)

// patience is how long a test waits for what must happen soon, on a machine
// that has much else to do.
const patience = 2 * time.Minute

// store stands for the module's store: a pool, and transactions in the context.
type store struct {
	db      *sql.DB
	dialect riverjobs.Dialect
	dsn     string // path of the file on SQLite
}

type txKey struct{}

// openTx is a transaction in a context. The host's tells nobody of its commit.
type openTx struct {
	tx    *sql.Tx
	hosts bool
	after []func()
}

// onBoth runs test on both databases, with the tables made.
func onBoth(t *testing.T, test func(t *testing.T, s *store)) {
	t.Helper()
	for _, d := range []riverjobs.Dialect{riverjobs.Postgres, riverjobs.SQLite} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			test(t, newStore(t, d))
		})
	}
}

// newStore returns a store with the runner's tables.
func newStore(tb testing.TB, d riverjobs.Dialect) *store {
	tb.Helper()
	if d == riverjobs.SQLite {
		s := openStore(tb, d, dbtest.SQLite(tb))
		if err := s.runner(tb, nil).Migrate(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		return s
	}
	return openStore(tb, d, dbtest.PostgresFrom(tb, "riverjobs", migrateAt))
}

func migrateAt(ctx context.Context, dsn string) error {
	db, err := openDB(riverjobs.Postgres, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	r, err := riverjobs.New(riverjobs.Config{DB: db, Dialect: riverjobs.Postgres, PostgresDSN: dsn})
	if err != nil {
		return err
	}
	return r.Migrate(ctx)
}

func openStore(tb testing.TB, d riverjobs.Dialect, dsn string) *store {
	tb.Helper()
	db, err := openDB(d, dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return &store{db: db, dialect: d, dsn: dsn}
}

// openDB opens a database as the module's store does; one connection is the
// hardest case on SQLite.
func openDB(d riverjobs.Dialect, dsn string) (*sql.DB, error) {
	if d == riverjobs.SQLite {
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: dsn}).EscapedPath()+
			"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(10000)&_txlock=immediate")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		return db, nil
	}
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	return db, nil
}

func (s *store) inTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.in(ctx, &openTx{}, fn)
}

// inHostTx is inTx with a transaction whose commit nobody hears of.
func (s *store) inHostTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.in(ctx, &openTx{hosts: true}, fn)
}

func (s *store) in(ctx context.Context, o *openTx, fn func(ctx context.Context) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	o.tx = tx
	if err := fn(context.WithValue(ctx, txKey{}, o)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, f := range o.after {
		f()
	}
	return nil
}

func txOf(ctx context.Context) (*sql.Tx, bool) {
	if o, ok := ctx.Value(txKey{}).(*openTx); ok {
		return o.tx, true
	}
	return nil, false
}

func afterCommit(ctx context.Context, f func()) bool {
	o, ok := ctx.Value(txKey{}).(*openTx)
	if !ok || o.hosts {
		return false
	}
	o.after = append(o.after, f)
	return true
}

func (s *store) config() riverjobs.Config {
	cfg := riverjobs.Config{DB: s.db, Dialect: s.dialect, Tx: txOf, AfterCommit: afterCommit}
	if s.dialect == riverjobs.Postgres {
		cfg.PostgresDSN = s.dsn
	}
	return cfg
}

// runner returns a Runner on the store, with its config changed by change
// unless that is nil, and stops it when the test ends.
func (s *store) runner(tb testing.TB, change func(*riverjobs.Config)) *riverjobs.Runner {
	tb.Helper()
	cfg := s.config()
	if change != nil {
		change(&cfg)
	}
	r, err := riverjobs.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			tb.Errorf("stop at the end: %v", err)
		}
	})
	return r
}

// started is runner, started with handlers.
func (s *store) started(tb testing.TB, change func(*riverjobs.Config), handlers ...jobs.Handler) *riverjobs.Runner {
	tb.Helper()
	r := s.runner(tb, change)
	if err := r.Start(tb.Context(), handlers); err != nil {
		tb.Fatal(err)
	}
	return r
}

// table is the job table.
func (s *store) table() string {
	if s.dialect == riverjobs.SQLite {
		return "thirdapp_river_job"
	}
	return "thirdapp_jobs.river_job"
}

// exec runs a statement in which "{job}" stands for the job table.
func (s *store) exec(tb testing.TB, query string) {
	tb.Helper()
	if _, err := s.db.ExecContext(tb.Context(), strings.ReplaceAll(query, "{job}", s.table())); err != nil {
		tb.Fatal(err)
	}
}

// count returns the number that a query selects.
func (s *store) count(tb testing.TB, query string) int {
	tb.Helper()
	var n int
	if err := s.db.QueryRowContext(tb.Context(), strings.ReplaceAll(query, "{job}", s.table())).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// await waits until a query selects want.
func (s *store) await(tb testing.TB, want int, query string) {
	tb.Helper()
	eventually(tb, func() error {
		if got := s.count(tb, query); got != want {
			return fmt.Errorf("got %d, want %d: %s", got, want, query)
		}
		return nil
	})
}

// eventually waits until check returns nil.
func eventually(tb testing.TB, check func() error) {
	tb.Helper()
	deadline := time.After(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			tb.Fatalf("not in %s: %v", patience, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// receive waits for a value.
func receive[T any](tb testing.TB, from <-chan T) T {
	tb.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		tb.Fatalf("nothing came in %s", patience)
		panic("unreachable")
	}
}

// enqueue adds jobs or fails the test.
func enqueue(tb testing.TB, q jobs.Queue, list ...jobs.Job) {
	tb.Helper()
	if err := q.Enqueue(tb.Context(), list...); err != nil {
		tb.Fatal(err)
	}
}

// handler returns a handler that reports its runs and returns what then says;
// nil is success.
func handler(kind string, then func(ctx context.Context, run jobs.Run) error) (jobs.Handler, <-chan jobs.Run) {
	runs := make(chan jobs.Run, 10_000)
	queue, _, _ := strings.Cut(kind, ".")
	return jobs.Handler{Kind: kind, Queue: queue, Timeout: 30 * time.Second, Work: func(ctx context.Context, run jobs.Run) error {
		runs <- run
		if then == nil {
			return nil
		}
		return then(ctx, run)
	}}, runs
}

// logBuffer collects what a Runner logs at info and above.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
