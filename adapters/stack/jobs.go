package stack

import (
	"context"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
)

func newJobs(ctx context.Context, cfg Config, store *bunstore.Store) (*riverjobs.Runner, error) {
	c := cfg.Jobs
	c.DB, c.Tx, c.AfterCommit, c.Logger = store.DB().DB, store.SQLTx, store.AfterCommit, cfg.Logger
	if strings.HasPrefix(cfg.DSN, "sqlite:") {
		c.Dialect = riverjobs.SQLite
		return riverjobs.New(c)
	}
	c.Dialect, c.PostgresDSN = riverjobs.Postgres, cfg.DSN
	if c.Schema != "" {
		return riverjobs.New(c)
	}
	schema, err := store.Schema(ctx)
	if err != nil {
		return nil, err
	}
	c.Schema = jobsSchema(schema)
	runner, err := riverjobs.New(c)
	if err != nil && c.Schema != "" {
		err = fmt.Errorf("%w (the schema of the jobs is named after that of the tables, %q; Jobs.Schema gives it another name)", err, schema)
	}
	return runner, err
}

// jobsSchema names the schema of the jobs after that of the tables: workers of
// two platforms in one schema would take each other's jobs, and drop them for
// rows that they do not have. The name holds "thirdapp" also after a schema of
// that name, which would else have the jobs of the one in public.
func jobsSchema(tables string) string {
	if tables == "public" {
		return "" // the default
	}
	return tables + "_thirdapp_jobs"
}
