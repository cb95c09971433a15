package riverjobs_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/proctest"
	"github.com/thirdapp/thirdapp/jobs"
)

// A second process does not touch the jobs of the first, and works them once
// that was killed.
func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.SQLite)
	h, runs := handler("test.work", nil)
	r := s.runner(t, nil)
	enqueue(t, r, jobs.Job{Kind: "test.work", Key: "k"})
	other := proctest.Start(t, childEnv+"="+string(s.dialect), childDSN+"="+s.dsn)
	if other.Said != "taken" {
		t.Fatalf("the other process said %q", other.Said)
	}
	err := r.Start(t.Context(), []jobs.Handler{h})
	refusal, ok := errors.AsType[*riverjobs.FileInUseError](err)
	if !ok || !errors.Is(err, riverjobs.ErrFileInUse) {
		t.Fatalf("got %v, want %v", err, riverjobs.ErrFileInUse)
	}
	file, err := filepath.EvalSymlinks(s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	if refusal.File != file || !strings.Contains(refusal.Error(), file) {
		t.Errorf("got %+v, %q, want it to name %s", refusal, refusal, file)
	}
	if n := s.count(t, "SELECT count(*) FROM {job} WHERE state = 'running' AND attempt = 1"); n != 1 {
		t.Errorf("got %d jobs running in the first process, want 1", n)
	}
	enqueue(t, r, jobs.Job{Kind: "test.work", Key: "another"}) // whoever works no jobs may add some

	other.Kill()
	if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
		t.Fatalf("after the first was killed: %v", err)
	}
	got := map[string]int{} // attempts by key
	for range 2 {
		run := receive(t, runs)
		got[run.Key] = run.Attempt
	}
	if got["k"] != 2 || got["another"] != 1 {
		t.Errorf("attempts %v, want 2 of the job taken up and 1 of the other", got)
	}
}

// The file is known by whatever name it is opened, is free again after Stop, and
// not held by a Start that failed.
func TestFileIsHeldUntilStop(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.SQLite)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(s.dsn, link); err != nil {
		t.Skip(err)
	}
	h, _ := handler("test.work", nil)
	first, second := s.started(t, nil, h), openStore(t, s.dialect, link).runner(t, nil)
	for range 2 {
		if err := second.Start(t.Context(), []jobs.Handler{h}); !errors.Is(err, riverjobs.ErrFileInUse) {
			t.Fatalf("got %v, want %v", err, riverjobs.ErrFileInUse)
		}
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context(), []jobs.Handler{h}); err != nil {
		t.Errorf("after Stop of the first: %v", err)
	}
}

func TestFailedStartHoldsNoFile(t *testing.T) {
	t.Parallel()
	s := openStore(t, riverjobs.SQLite, filepath.Join(t.TempDir(), "jobs.db"))
	h, _ := handler("test.work", nil)
	r := s.runner(t, nil)
	if err := r.Start(t.Context(), []jobs.Handler{h}); err == nil || errors.Is(err, riverjobs.ErrFileInUse) {
		t.Fatalf("without tables: got %v, want another fault", err)
	}
	if err := r.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.started(t, nil, h)
}

// A database in memory is no other process's.
func TestMemoryNeedsNoLock(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file::memory:?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	s := &store{db: db, dialect: riverjobs.SQLite}
	r := s.runner(t, nil)
	if err := r.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, runs := handler("test.work", nil)
	if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
		t.Fatal(err)
	}
	enqueue(t, r, jobs.Job{Kind: "test.work"})
	receive(t, runs)
}
