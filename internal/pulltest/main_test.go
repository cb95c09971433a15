package pulltest_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/internal/dbtest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		_ = flag.Set("rapid.checks", "15") // each is a dozen pulls
	}
	code := dbtest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// openers are the databases that every test runs on.
var openers = map[string]func(tb testing.TB) *bunstore.Store{
	"sqlite": openSQLite, "postgres": openPostgres,
}

// onBoth runs a test on a store of its own on each database.
func onBoth(t *testing.T, test func(t *testing.T, s *bunstore.Store)) {
	t.Helper()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func openSQLite(tb testing.TB) *bunstore.Store {
	tb.Helper()
	s := openDSN(tb, "sqlite:"+dbtest.SQLite(tb))
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

func openPostgres(tb testing.TB) *bunstore.Store {
	tb.Helper()
	return openDSN(tb, dbtest.PostgresFrom(tb, "pulltest", func(ctx context.Context, dsn string) error {
		s, err := bunstore.Open(ctx, dsn, bunstore.Options{MaxConns: 2})
		if err != nil {
			return err
		}
		return errors.Join(s.Migrate(ctx), s.Close())
	}))
}

func openDSN(tb testing.TB, dsn string) *bunstore.Store {
	tb.Helper()
	s, err := bunstore.Open(tb.Context(), dsn, bunstore.Options{MaxConns: 8})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
	})
	return s
}
