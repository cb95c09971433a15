package riverjobs_test

import (
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/jobs"
)

// tables is the number of tables and types that migrations can leave behind.
func (s *store) tables(tb testing.TB) int {
	tb.Helper()
	if s.dialect == riverjobs.SQLite {
		return s.count(tb, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'thirdapp%'")
	}
	return s.count(tb, `SELECT count(*) FROM (
		SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text = 'thirdapp_jobs'
		UNION ALL SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text = 'thirdapp_jobs'
		UNION ALL SELECT typname FROM pg_type WHERE typnamespace::regnamespace::text = 'thirdapp_jobs') AS named`)
}

func TestMigrateUpDownUp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		r := s.runner(t, nil)
		made := s.tables(t)
		for range 2 {
			if err := r.Migrate(t.Context()); err != nil {
				t.Fatalf("again: %v", err)
			}
		}
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		if err := r.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := s.tables(t); n != 0 {
			t.Errorf("rolled back: got %d tables, want 0", n)
		}
		if err := r.Rollback(t.Context()); err != nil {
			t.Fatalf("rolled back again: %v", err)
		}
		if err := r.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := s.tables(t); n != made {
			t.Errorf("migrated again: got %d tables, want %d", n, made)
		}
		h, runs := handler("test.work", nil)
		if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
			t.Fatal(err)
		}
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		receive(t, runs)
	})
}

func TestProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	s := openStore(t, riverjobs.Postgres, dbtest.Postgres(t))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := s.runner(t, nil).Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestStartWithoutTables(t *testing.T) {
	t.Parallel()
	h, _ := handler("test.work", nil)
	for d, dsn := range map[riverjobs.Dialect]string{
		riverjobs.Postgres: dbtest.Postgres(t), riverjobs.SQLite: dbtest.SQLite(t),
	} {
		r := openStore(t, d, dsn).runner(t, nil)
		if err := r.Start(t.Context(), []jobs.Handler{h}); err == nil {
			t.Errorf("%s: got no error", d)
		}
		if err := r.Migrate(t.Context()); err != nil {
			t.Errorf("%s: %v", d, err)
		}
		if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
			t.Errorf("%s: started after migrating: %v", d, err)
		}
	}
}

// Two schemas of one database know nothing of each other.
func TestSchemas(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	inOther := func(c *riverjobs.Config) { c.Schema = "Other_Jobs" }
	other := s.runner(t, inOther)
	if err := other.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	here, hereRuns := handler("test.work", nil)
	there, thereRuns := handler("test.work", nil)
	r := s.started(t, nil, here)
	if err := other.Start(t.Context(), []jobs.Handler{there}); err != nil {
		t.Fatal(err)
	}
	enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "here", Key: "k"})
	enqueue(t, other, jobs.Job{Kind: "test.work", Tenant: "there", Key: "k"})
	if run := receive(t, hereRuns); run.Tenant != "here" {
		t.Errorf("got the job of %q, want %q", run.Tenant, "here")
	}
	if run := receive(t, thereRuns); run.Tenant != "there" {
		t.Errorf("got the job of %q, want %q", run.Tenant, "there")
	}
}
