package stack_test

import (
	"os"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// open opens a stack on a database, on a schema of it where path is not "".
func open(tb testing.TB, dsn, path string) (*stack.Stack, error) {
	tb.Helper()
	keyset, err := tinksecrets.GenerateKeyset()
	if err != nil {
		tb.Fatal(err)
	}
	ding, err := dingtalk.New(dingtalk.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	if path != "" {
		dsn += "&search_path=" + path
	}
	s, err := stack.Open(tb.Context(), stack.Config{
		DSN: dsn, SecretsKeyset: keyset, JWTKey: provider.NewSecret(strings.Repeat("k", 32)),
		Providers: []provider.Factory{ding},
	})
	if err == nil {
		tb.Cleanup(func() {
			if err := s.Close(); err != nil {
				tb.Errorf("close: %v", err)
			}
		})
	}
	return s, err
}

// TestJobsOfTwoPlatforms: platforms that share a database keep their jobs apart,
// from before their schemas are made.
func TestJobsOfTwoPlatforms(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	for path, table := range map[string]string{
		"":         "thirdapp_jobs.river_job",
		"thirdapp": "thirdapp_thirdapp_jobs.river_job",
		"other":    "other_thirdapp_jobs.river_job",
	} {
		for range 2 { // the second finds everything there
			s, err := open(t, dsn, path)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Config.Jobs.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Config.Jobs.Enqueue(t.Context(), jobs.Job{Kind: "test.job", Tenant: "t-1", Key: "once"}); err != nil {
				t.Fatal(err)
			}
			var n int
			if err := s.Store.DB().NewRaw("SELECT count(*) FROM "+table).Scan(t.Context(), &n); err != nil || n != 1 {
				t.Errorf("search_path %q: %d jobs in %s, %v; want the one that was enqueued", path, n, table, err)
			}
		}
	}
}

// TestJobsSchemaTooLong: a name that cannot be made of the schema of the tables
// is to be given.
func TestJobsSchemaTooLong(t *testing.T) {
	t.Parallel()
	_, err := open(t, dbtest.Postgres(t), strings.Repeat("x", 40))
	if err == nil || !strings.Contains(err.Error(), "Jobs.Schema") {
		t.Errorf("got %v, want an error that names Jobs.Schema", err)
	}
}
