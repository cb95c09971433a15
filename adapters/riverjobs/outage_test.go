package riverjobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

// admin is a connection pool to another database of the server.
func (s *store) admin(t *testing.T) *sql.DB {
	t.Helper()
	u, err := url.Parse(s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/postgres"
	db, err := openDB(riverjobs.Postgres, u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (s *store) database(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// Connections break while jobs are added and worked; none is lost.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	admin, name := s.admin(t), s.database(t)
	h, runs := handler("test.work", nil)
	r := s.started(t, nil, h)
	added := map[string]bool{}
	for round := range 5 {
		if _, err := admin.ExecContext(t.Context(),
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			key := fmt.Sprintf("%d-%d", round, i)
			// The store's own connections are broken, too: then the caller
			// learns of it, and nothing is promised.
			if err := r.Enqueue(t.Context(), jobs.Job{Kind: "test.work", Key: key}); err == nil {
				added[key] = true
			}
		}
	}
	if len(added) < 50 {
		t.Fatalf("only %d jobs could be added", len(added))
	}
	awaitKeys(t, runs, added)
}

// The database is away for a few seconds while jobs are under way.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	admin, name := s.admin(t), s.database(t)
	release := make(chan struct{})
	h, runs := handler("test.work", func(_ context.Context, run jobs.Run) error {
		if strings.HasPrefix(run.Key, "during") {
			<-release
		}
		return nil
	})
	r := s.started(t, nil, h)
	want := map[string]bool{}
	for i := range 10 {
		key := fmt.Sprintf("during-%d", i)
		want[key] = true
		enqueue(t, r, jobs.Job{Kind: "test.work", Key: key})
	}
	awaitKeys(t, runs, want)

	sqlAs(t, admin, "ALTER DATABASE %s ALLOW_CONNECTIONS false", name)
	if _, err := admin.ExecContext(t.Context(),
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name); err != nil {
		t.Fatal(err)
	}
	close(release) // they end while their outcome cannot be recorded
	if err := r.Enqueue(t.Context(), jobs.Job{Kind: "test.work"}); err == nil {
		t.Fatal("a job was added while the database was away")
	}
	<-time.After(3 * time.Second)
	sqlAs(t, admin, "ALTER DATABASE %s ALLOW_CONNECTIONS true", name)

	after := map[string]bool{}
	for i := range 10 {
		key := fmt.Sprintf("after-%d", i)
		after[key] = true
		eventually(t, func() error { return r.Enqueue(t.Context(), jobs.Job{Kind: "test.work", Key: key}) })
	}
	awaitKeys(t, runs, after)
	s.await(t, 0, "SELECT count(*) FROM {job}")
	if n := len(runs); n != 0 {
		t.Errorf("%d jobs were worked twice", n)
	}
}

func sqlAs(t *testing.T, db *sql.DB, format, name string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), fmt.Sprintf(format, `"`+name+`"`)); err != nil {
		t.Fatal(err)
	}
}

// awaitKeys waits until each job has been worked at least once. A claim lost
// on the way comes back within half a minute.
func awaitKeys(t *testing.T, runs <-chan jobs.Run, want map[string]bool) {
	t.Helper()
	missing := make(map[string]bool, len(want))
	for key := range want {
		missing[key] = true
	}
	deadline := time.After(60 * time.Second)
	for len(missing) > 0 {
		select {
		case run := <-runs:
			delete(missing, run.Key)
		case <-deadline:
			t.Fatalf("not worked: %v", missing)
		}
	}
}
