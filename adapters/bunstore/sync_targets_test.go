package bunstore_test

import (
	"context"
	"slices"
	"testing"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestTakeTouchedBesideAHost: a host that tells of one person after the other in
// a transaction of its own is not in the way of a push, nor the push in its way.
func TestTakeTouchedBesideAHost(t *testing.T) {
	t.Parallel()
	s := openPostgres(t) // on SQLite one transaction writes at a time
	now := time.Now()
	q := dirsync.TouchQueue{Tenant: "t-1", AppID: "app", Direction: dirsync.Push}
	person := func(id string) dirsync.Target { return dirsync.Target{Entity: dirsync.EntityPerson, ID: id} }
	touch := func(ctx context.Context, targets ...dirsync.Target) {
		t.Helper()
		if err := s.Touch(ctx, q, targets, now); err != nil {
			t.Fatal(err)
		}
	}
	touch(t.Context(), person("a"), person("b"), person("c"))
	tx, err := s.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	host := s.WithTx(t.Context(), tx.Tx)
	touch(host, person("c"))

	r := dirsync.Run{Tenant: "t-1", ID: "r", AppID: "app", Direction: dirsync.Push}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // it waited for the host
	defer cancel()
	if err := s.TakeTouched(ctx, r, now); err != nil {
		t.Fatalf("TakeTouched while the host holds one of them: %v", err)
	}
	touch(host, person("a"))
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	got, err := s.Targets(t.Context(), r)
	if want := []dirsync.Target{person("a"), person("b")}; err != nil || !slices.Equal(got, want) {
		t.Errorf("targets of the run: %v, %v; want %v", got, err, want)
	}
	if due, _, err := s.Touched(t.Context(), q, now); err != nil || due != 2 {
		t.Errorf("%d targets wait, %v; want a and c", due, err)
	}
}
