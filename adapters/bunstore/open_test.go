package bunstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"":                                   "must begin with",
		"mysql://root:s3cr3t@db/x":           "must begin with",
		"sqlite:":                            "needs a file path",
		"sqlite::memory:":                    "needs a file path",
		"postgres://u:s3cr3t@[::1":           "malformed",
		"postgres://u:s3cr3t@h/d?sslmode=x":  "malformed",
		"sqlite:" + t.TempDir() + "/no/x.db": "open",
	} {
		s, err := bunstore.Open(t.Context(), dsn, bunstore.Options{})
		if err == nil {
			_ = s.Close()
			t.Errorf("Open(%q): got no error", dsn)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("Open(%q): got %q, want it to say %q and not the password", dsn, err, want)
		}
	}
}

func TestOpenUnavailable(t *testing.T) {
	t.Parallel()
	_, err := bunstore.Open(t.Context(), "postgres://u:s3cr3t@127.0.0.1:1/d?sslmode=disable", bunstore.Options{})
	if !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("nobody listens: got %v, want %v", err, tenant.ErrUnavailable)
	}
	if strings.Contains(fmt.Sprint(err), "s3cr3t") {
		t.Errorf("the error shows the password: %v", err)
	}
}

// TestOpenOddPath opens a file whose name has a meaning in a URL.
func TestOpenOddPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c#d%20张.db")
	s := openDSN(t, "sqlite:"+path)
	migrate(t, s)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// TestOpenCreatesPrivateFile: a database that Open creates is for its owner only,
// with what SQLite lays beside it; one that is there stays as it is.
func TestOpenCreatesPrivateFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	path := filepath.Join(t.TempDir(), "thirdapp.db")
	migrate(t, openDSN(t, "sqlite:"+path))
	for _, file := range []string{path, path + "-wal"} {
		if mode := modeOf(t, file); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", file, mode)
		}
	}
	shared := filepath.Join(t.TempDir(), "shared.db")
	if err := errors.Join(os.WriteFile(shared, nil, 0o600), os.Chmod(shared, 0o640)); err != nil {
		t.Fatal(err)
	}
	migrate(t, openDSN(t, "sqlite:"+shared))
	if mode := modeOf(t, shared); mode != 0o640 {
		t.Errorf("%s has mode %o, want 640", shared, mode)
	}
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// TestWithTx has the host hold the transaction.
func TestWithTx(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		ctx := t.Context()
		hold := func(end func(*sql.Tx) error) {
			tx, err := s.DB().DB.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			inner := s.WithTx(ctx, tx)
			if _, err := s.AddGrant(inner, tenant.Grant{Tenant: "t-1", UserID: "u", Username: "u", Role: tenant.RoleViewer}); err != nil {
				t.Fatal(err)
			}
			if _, ok := s.SQLTx(inner); !ok {
				t.Error("SQLTx: want the host's transaction")
			}
			if s.AfterCommit(inner, func() { t.Error("called for a transaction of the host") }) {
				t.Error("AfterCommit in a transaction of the host = true, want false")
			}
			if err := s.InTx(inner, func(context.Context) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if got := grantCount(t, s); got != 0 {
				t.Errorf("before the end: got %d grants outside, want 0", got)
			}
			if err := end(tx); err != nil {
				t.Fatal(err)
			}
		}
		hold((*sql.Tx).Rollback)
		if got := grantCount(t, s); got != 0 {
			t.Errorf("after a rollback: got %d grants, want 0", got)
		}
		hold((*sql.Tx).Commit)
		if got := grantCount(t, s); got != 1 {
			t.Errorf("after a commit: got %d grants, want 1", got)
		}
		if _, ok := s.SQLTx(ctx); ok {
			t.Error("SQLTx outside of a transaction: want none")
		}
	})
}

// TestWithTxOfAnotherPool has the host begin the transaction on a pool of its
// own, whose statements are prepared, and the store write rows by COPY in it.
func TestWithTxOfAnotherPool(t *testing.T) {
	t.Parallel()
	dsn := dbtest.PostgresFrom(t, "bunstore", migrateDSN)
	s := openDSN(t, dsn)
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	const people = 500
	changes := make([]dirsync.PersonChange, people)
	for i := range changes {
		changes[i] = dirsync.PersonChange{
			Kind: dirsync.KindCreate, RemoteID: provider.UserID(fmt.Sprint("p", i)), Owned: true, Join: dirsync.JoinActive,
			Name: "张三", Mobile: fmt.Sprint(13800000000 + i),
		}
	}
	dir := dirsync.Directory{Tenant: "t-1", Provider: provider.DingTalk, OrgID: "corp"}
	if _, err := bunstore.NewPeople(s).ApplyPeople(s.WithTx(t.Context(), tx), dir, changes); err != nil {
		t.Fatal(err)
	}
	want := func(n int) {
		t.Helper()
		if _, got, err := bunstore.NewPeople(s).Members(t.Context(), "t-1", 1, 1); err != nil || got != n {
			t.Errorf("seen from outside: %d people, %v; want %d", got, err, n)
		}
	}
	want(0)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	want(people)
}

// TestTransactionsOfTwoStores has the transaction of one database not leak into
// another.
func TestTransactionsOfTwoStores(t *testing.T) {
	t.Parallel()
	first, second := openSQLite(t), openSQLite(t)
	stop := errors.New("stop")
	err := first.InTx(t.Context(), func(ctx context.Context) error {
		_, err := second.AddGrant(ctx, tenant.Grant{Tenant: "t-1", UserID: "u", Username: "u", Role: tenant.RoleViewer})
		return errors.Join(err, stop)
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if got := grantCount(t, second); got != 1 {
		t.Errorf("got %d grants in the other store, want 1", got)
	}
}

func grantCount(tb testing.TB, s *bunstore.Store) int {
	tb.Helper()
	list, err := s.Grants(tb.Context(), "t-1", tenant.Page{})
	if err != nil {
		tb.Fatal(err)
	}
	return len(list.Items)
}

// TestErrorsAreTranslated has the database fail in ways every port must tell
// apart.
func TestErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Apps(cancelled, "t-1", "")
		if !errors.Is(err, context.Canceled) || errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("cancelled: got %v, want %v", err, context.Canceled)
		}
		if err := s.AppendAudit(t.Context(), tenant.AuditEntry{ID: "1", Tenant: "t-1"}); err != nil {
			t.Fatal(err)
		}
		err = s.AppendAudit(t.Context(), tenant.AuditEntry{ID: "1", Tenant: "t-1"})
		if !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("same key twice: got %v, want %v", err, tenant.ErrConflict)
		}
		if _, err := s.DB().ExecContext(t.Context(), "DELETE FROM thirdapp_grant_version"); err != nil {
			t.Fatal(err)
		}
		_, err = s.AddGrant(t.Context(), tenant.Grant{Tenant: "t-1", UserID: "u", Role: tenant.RoleViewer})
		if err == nil || errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("damaged table: got %v, want a fault", err)
		}
	})
}

// TestServerGoesAway cuts the connections of a PostgreSQL database.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	dsn := dbtest.PostgresFrom(t, "bunstore", migrateDSN)
	s, other := openDSN(t, dsn), openDSN(t, dsn)
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		tx, _ := s.SQLTx(ctx)
		var pid int
		if err := tx.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		if _, err := other.DB().ExecContext(ctx, "SELECT pg_terminate_backend(?)", pid); err != nil {
			return err
		}
		_, err := s.Apps(ctx, "t-1", "")
		return err
	})
	if !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("connection cut: got %v, want %v", err, tenant.ErrUnavailable)
	}
	if _, err := s.Apps(t.Context(), "t-1", ""); err != nil {
		t.Errorf("next call: %v", err)
	}
}

func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := bunstore.Open(ctx, "sqlite:"+filepath.Join(dir, "thirdapp.db"), bunstore.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	fmt.Println(store.Migrate(ctx))
	// Output: <nil>
}
