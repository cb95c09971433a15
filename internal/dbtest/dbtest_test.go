package dbtest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // driver "sqlite"

	"github.com/thirdapp/thirdapp/internal/dbtest"
)

func TestMain(m *testing.M) {
	code := dbtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestPostgresIsEmptyAndOnesOwn(t *testing.T) {
	t.Parallel()
	for i := range 2 {
		t.Run(fmt.Sprintf("database %d", i), func(t *testing.T) {
			t.Parallel()
			db := open(t, dbtest.Postgres(t))
			if got := count(t, db, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); got != 0 {
				t.Errorf("tables in a new database: got %d, want 0", got)
			}
			run(t, db, `CREATE TABLE thing (id int)`)
			if got := text(t, db, `SELECT current_setting('server_encoding')`); got != "UTF8" {
				t.Errorf("encoding: got %s, want UTF8", got)
			}
			if got := text(t, db, `SELECT lower('ÄÖ')`); got != "äö" {
				t.Errorf("lower('ÄÖ'): got %s, want äö", got)
			}
		})
	}
}

func TestPostgresIsDroppedAfterTheTest(t *testing.T) { //nolint:tparallel // looks at what the subtest left
	t.Parallel()
	var db *sql.DB
	t.Run("a test that leaves connections open", func(inner *testing.T) {
		db = open(t, dbtest.Postgres(inner)) // closed after the outer test
		run(inner, db, `SELECT 1`)
	})
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("the database can still be opened after its test, want an error")
	}
}

func TestPostgresFromPreparesOnce(t *testing.T) {
	t.Parallel()
	name := unique(t, "once")
	var prepared atomic.Int32
	prepare := func(ctx context.Context, dsn string) error {
		prepared.Add(1)
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.ExecContext(ctx, `CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)`)
		return err
	}
	var clones sync.WaitGroup
	for range 4 {
		clones.Go(func() {
			db := open(t, dbtest.PostgresFrom(t, name, prepare))
			run(t, db, `INSERT INTO thing VALUES (2)`)
			if got := count(t, db, `SELECT count(*) FROM thing`); got != 2 {
				t.Errorf("rows in a clone after one insert: got %d, want 2", got)
			}
		})
	}
	clones.Wait()
	if got := prepared.Load(); got != 1 {
		t.Errorf("prepare was called %d times, want 1", got)
	}
}

func TestPostgresFromCutsConnectionsOfPrepare(t *testing.T) {
	t.Parallel()
	var left *sql.DB
	db := open(t, dbtest.PostgresFrom(t, unique(t, "left open"), func(ctx context.Context, dsn string) (err error) {
		if left, err = sql.Open("pgx", dsn); err != nil {
			return err
		}
		_, err = left.ExecContext(ctx, `CREATE TABLE thing (id int)`)
		return err
	}))
	defer left.Close()
	if got := count(t, db, `SELECT count(*) FROM thing`); got != 0 {
		t.Errorf("rows: got %d, want 0", got)
	}
	if err := left.PingContext(t.Context()); err == nil {
		t.Error("the template can still be used after prepare, want an error")
	}
}

func TestPostgresFromFailsEveryTestWhenPrepareFails(t *testing.T) {
	t.Parallel()
	name := unique(t, "broken")
	for range 2 {
		rec := record(t, func(tb testing.TB) {
			dbtest.PostgresFrom(tb, name, func(context.Context, string) error { return errors.New("out of paper") })
		})
		if want := "dbtest: template " + name + ": prepare: out of paper"; !rec.failed || rec.message != want {
			t.Errorf("got failed %t with %q, want true with %q", rec.failed, rec.message, want)
		}
	}
}

// unique makes a template's name differ from that of an earlier run of the same
// test in the same process (go test -count).
func unique(t *testing.T, name string) string {
	t.Helper()
	return fmt.Sprintf("%s %p", name, t)
}

func TestPostgresTakesManyConnections(t *testing.T) {
	t.Parallel()
	db := open(t, dbtest.Postgres(t))
	const want = 150 // more than the 100 of an untouched server
	for range want {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
}

func TestPostgresDSNIsAURL(t *testing.T) {
	t.Parallel()
	at, err := url.Parse(dbtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	if at.Scheme != "postgres" {
		t.Errorf("scheme: got %q, want postgres", at.Scheme)
	}
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	first, second := dbtest.SQLite(t), dbtest.SQLite(t)
	if first == second {
		t.Errorf("two databases have the same path %s", first)
	}
	if _, err := os.Stat(first); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file before it is opened: got error %v, want %v", err, os.ErrNotExist)
	}
	db, err := sql.Open("sqlite", first)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run(t, db, `CREATE TABLE thing (id int)`)
}
