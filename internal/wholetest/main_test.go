package wholetest_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerDSN) != "" {
		workerMain()
	}
	code := dbtest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// databases are those that the module runs on; each call is a new one.
var databases = map[string]func(tb testing.TB) (dsn string){
	"sqlite":   func(tb testing.TB) string { return "sqlite:" + dbtest.SQLite(tb) },
	"postgres": postgres,
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// postgres returns a migrated database of its own.
func postgres(tb testing.TB) string {
	tb.Helper()
	return dbtest.PostgresFrom(tb, "wholetest", func(ctx context.Context, dsn string) error {
		ding, err := dingtalk.New(dingtalk.Options{})
		if err != nil {
			return err
		}
		keyset, err := tinksecrets.GenerateKeyset()
		if err != nil {
			return err
		}
		s, err := stack.Open(ctx, stack.Config{
			DSN: dsn, SecretsKeyset: keyset, JWTKey: provider.NewSecret(strings.Repeat("k", 32)),
			Providers: []provider.Factory{ding},
		})
		if err != nil {
			return err
		}
		m, err := thirdapp.New(s.Config)
		if err == nil {
			err = m.Migrate(ctx)
		}
		return errors.Join(err, s.Close())
	})
}
