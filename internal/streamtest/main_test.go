package streamtest_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
)

func TestMain(m *testing.M) {
	if os.Getenv(nodeDSN) != "" {
		nodeMain()
	}
	code := dbtest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// databases are those that modules run on; each call is a new one.
var databases = map[string]func(tb testing.TB) (dsn string){"sqlite": sqlite, "postgres": postgres}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, h *host)) {
	t.Helper()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newHost(t, open(t)))
		})
	}
}

func sqlite(tb testing.TB) string {
	tb.Helper()
	dsn := "sqlite:" + dbtest.SQLite(tb)
	check(tb, migrate(tb.Context(), dsn))
	return dsn
}

func postgres(tb testing.TB) string {
	tb.Helper()
	return dbtest.PostgresFrom(tb, "streamtest", migrate)
}

func migrate(ctx context.Context, dsn string) error {
	s, m, err := wired(ctx, node{dsn: dsn, office: "http://127.0.0.1:1", keyset: provider.NewSecret(keyset)})
	if err != nil {
		return err
	}
	return errors.Join(m.Migrate(ctx), s.Close())
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
