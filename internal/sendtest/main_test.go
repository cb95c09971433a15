package sendtest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/provider"
)

func TestMain(m *testing.M) {
	for env, child := range map[string]func(context.Context, string) error{
		workerEnv: workerMain, officeEnv: officeMain,
	} {
		if config := os.Getenv(env); config != "" {
			if err := child(context.Background(), config); err != nil {
				_, _ = fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		_ = flag.Set("test.parallel", "4") // the tests wait more than they work
	}
	code := dbtest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// postgres returns a migrated database of its own.
func postgres(tb testing.TB) string {
	tb.Helper()
	return dbtest.PostgresFrom(tb, "sendtest", migrate)
}

// migrate creates the tables of the module and its queue.
func migrate(ctx context.Context, dsn string) error {
	keyset, err := newKeyset()
	if err != nil {
		return err
	}
	h, err := openHost(ctx, wiring{DSN: dsn, URL: "http://127.0.0.1:1", Keyset: keyset})
	if err != nil {
		return err
	}
	return errors.Join(h.module.Migrate(ctx), h.close())
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// patience is the longest that anything is waited for in tests.
const patience = 5 * time.Minute

// await polls until something is true.
func await(tb testing.TB, what string, reached func() bool) {
	tb.Helper()
	awaitFor(tb, patience, what, reached)
}

func awaitFor(tb testing.TB, most time.Duration, what string, reached func() bool) {
	tb.Helper()
	for end := time.Now().Add(most); !reached(); pause(tb.Context(), 5*time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("%s: has not come in %s", what, most)
		}
	}
}

// pause lets others work for a moment.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func secret(s string) *provider.Secret {
	v := provider.NewSecret(s)
	return &v
}
