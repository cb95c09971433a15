package bunstore_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// onHostPool returns a migrated store on a pool of the host's, in which SQLite
// does not heed foreign keys.
func onHostPool(tb testing.TB) *bunstore.Store {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+dbtest.SQLite(tb)+
		"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close database: %v", err)
		}
	})
	s := bunstore.New(bun.NewDB(db, sqlitedialect.New()))
	migrate(tb, s)
	return s
}

func TestCloseLeavesHostPool(t *testing.T) {
	t.Parallel()
	s := onHostPool(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.DB().PingContext(t.Context()); err != nil {
		t.Errorf("the host's database after Close: %v", err)
	}
}

// TestPruneRunsWithoutForeignKeys: what belongs to a run is removed by name.
func TestPruneRunsWithoutForeignKeys(t *testing.T) {
	t.Parallel()
	s := onHostPool(t)
	now := time.Now()
	r := dirsync.Run{
		Tenant: "t-1", ID: "r", AppID: "app", Provider: "fake", OrgID: "org", Direction: dirsync.Pull, Mode: dirsync.Full,
		Phase: dirsync.PhaseRead, State: dirsync.StateSucceeded, StartedBy: "ann", CreatedAt: now, UpdatedAt: now,
	}
	if err := s.CreateRun(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	_, err := s.DB().ExecContext(t.Context(), "INSERT INTO thirdapp_sync_batches"+
		" (tenant_id, run_id, number, stage, first_seq, last_seq, done) VALUES ('t-1', 'r', 1, 1, 1, 1, TRUE)")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.PruneRuns(t.Context(), "t-1", "fake", now.Add(time.Hour), 10); err != nil || n != 1 {
		t.Fatalf("%d runs removed, %v; want one", n, err)
	}
	n, err := s.DB().NewSelect().Table("thirdapp_sync_batches").Count(t.Context())
	if err != nil || n != 0 {
		t.Errorf("%d batches left, %v; want none", n, err)
	}
}
