package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// The longest each step may take before its test fails.
const (
	startTimeout   = 5 * time.Minute // includes pulling an image
	prepareTimeout = 2 * time.Minute
	sqlTimeout     = time.Minute
	stopTimeout    = 30 * time.Second
)

// Main runs the tests and stops the database server they started; every
// TestMain that uses this package ends in os.Exit(dbtest.Main(m)).
func Main(m *testing.M) int {
	process.enter()
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := process.leave(ctx); err != nil {
		announce("stop: %v", err)
		return max(code, 1)
	}
	return code
}

// Postgres returns the connection string (a postgres:// URL) of a new, empty
// database of its own on the test server, dropped when the test ends. It skips
// or fails the test when there is no server; see the package comment.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return newDatabase(tb, serverFor(tb), "")
}

// PostgresFrom is [Postgres] with a database cloned from a template that
// prepare fills, once per test binary and template name. prepare gets the
// connection string of an empty database; connections that it leaves open are
// cut. Once it has failed every test that asks for the template fails.
func PostgresFrom(tb testing.TB, template string, prepare func(ctx context.Context, dsn string) error) string {
	tb.Helper()
	srv := serverFor(tb)
	ctx, cancel := context.WithTimeout(tb.Context(), prepareTimeout)
	defer cancel()
	source, err := srv.template(ctx, template, prepare)
	if err != nil {
		tb.Fatalf("dbtest: template %s: %v", template, err)
	}
	return newDatabase(tb, srv, source)
}

// SQLite returns the path of a new SQLite database file in a temporary folder
// of the test. The file does not exist yet; SQLite creates it when it is first
// opened, and its companions (-wal, -shm) beside it.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "test.db")
}

// serverFor returns the test binary's server, started now if need be.
func serverFor(tb testing.TB) *server {
	tb.Helper()
	srv, err := process.server()
	if err != nil {
		refuse(tb, err)
	}
	return srv
}

// refuse ends a test that cannot have a database: skipped where a developer's
// machine has no server, failed otherwise.
func refuse(tb testing.TB, err error) {
	tb.Helper()
	if isNone(err) && !envBool("CI") {
		tb.Skipf("dbtest: %v", err)
	}
	tb.Fatalf("dbtest: %v", err)
}

// newDatabase creates a database for the test, from source unless it is "".
func newDatabase(tb testing.TB, srv *server, source string) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), sqlTimeout)
	defer cancel()
	name := newName("test")
	if err := srv.create(ctx, name, source); err != nil {
		tb.Fatalf("dbtest: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), sqlTimeout)
		defer cancel()
		if err := srv.drop(ctx, name); err != nil {
			tb.Errorf("dbtest: %v", err)
		}
	})
	return srv.dsn(name)
}

// envBool reports whether the environment variable is set to a true value.
func envBool(name string) bool {
	v, err := strconv.ParseBool(os.Getenv(name))
	return err == nil && v
}
