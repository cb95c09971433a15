package riverjobs_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

// worksOnce lets a job go through every state that this package writes.
func worksOnce(t *testing.T, s *store, change func(*riverjobs.Config)) {
	t.Helper()
	h, runs := handler("test.work", func(_ context.Context, run jobs.Run) error {
		switch run.Tenant {
		case "again":
			if run.Attempt == 1 {
				return errRollback
			}
		case "drop":
			return jobs.Drop(errRollback)
		}
		return nil
	})
	r := s.started(t, change, h)
	enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "again", Key: "k"}, jobs.Job{Kind: "test.work", Tenant: "drop"})
	for range 3 {
		receive(t, runs)
	}
	s.await(t, 1, "SELECT count(*) FROM {job}")
}

// The working side does not depend on how pgx sends statements.
func TestExecModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			log := &logBuffer{}
			worksOnce(t, newStore(t, riverjobs.Postgres), func(c *riverjobs.Config) {
				u, err := url.Parse(c.PostgresDSN)
				if err != nil {
					t.Fatal(err)
				}
				q := u.Query()
				q.Set("default_query_exec_mode", mode)
				u.RawQuery = q.Encode()
				c.PostgresDSN = u.String()
				c.Logger = log.logger()
			})
			t.Log(log)
		})
	}
}

func TestPoolOfTheHost(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	cfg, err := pgxpool.ParseConfig(s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = 5 // one queue and four
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	shared := func(c *riverjobs.Config) { c.PostgresDSN, c.PostgresPool = "", pool }
	a, _ := handler("a.work", nil)
	b, _ := handler("b.work", nil)
	r := s.runner(t, shared)
	if err := r.Start(t.Context(), []jobs.Handler{a, b}); err == nil {
		t.Error("started two queues on a pool for one")
	}
	if err := r.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	worksOnce(t, s, shared)
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("the host's pool: %v", err)
	}
}
