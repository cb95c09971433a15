package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncPruneTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"prune":       runPrune,
		"prune undo":  runPruneUndone,
		"next tenant": runNextTenant,
	}
}

func runPrune(t *testing.T, s dirsync.Store) {
	for n := range 4 {
		pulled(t, s, "t1", n, 1, 2, 3)
	}
	pulled(t, s, "t2", 10, 1)
	theirs := newSyncRun("t1", 11) // as old, with another office app
	theirs.Provider, theirs.State, theirs.CreatedAt = "other", dirsync.StateSucceeded, syncAt(0)
	createRun(t, s, theirs)
	active := createRun(t, s, newSyncRun("t1", 4))
	prune := func(before time.Time, limit, want int) {
		t.Helper()
		if n, err := s.PruneRuns(t.Context(), "t1", "fake", before, limit); err != nil || n != want {
			t.Errorf("%d runs removed, %v; want %d", n, err, want)
		}
	}
	prune(syncAt(0).Truncate(time.Microsecond), 10, 0) // the time itself is kept
	prune(syncAt(2), 2, 2)                             // the oldest first
	wantRuns(t, s, "t1", 11, 4, 3, 2)
	prune(syncAt(2), 10, 1)
	prune(syncAt(2), 10, 0)
	prune(syncAt(1000), 10, 1)
	wantRuns(t, s, "t1", 11, active.ID)
	if kinds, err := s.RunProviders(t.Context(), "t1"); err != nil || !slices.Equal(kinds, []provider.Kind{"fake", "other"}) {
		t.Errorf("runs with %v, %v; want both office apps", kinds, err)
	}
	if kinds, err := s.RunProviders(t.Context(), "t3"); err != nil || len(kinds) != 0 {
		t.Errorf("runs of nobody with %v, %v", kinds, err)
	}
	wantRuns(t, s, "t2", 10)
	if got := changesOf(t, s, newSyncRun("t2", 10), dirsync.ChangeFilter{}); len(got) != 4 {
		t.Errorf("another tenant's run has %d changes, want 4", len(got))
	}
	// What was applied stays known.
	mirror, err := s.MirrorDepartments(t.Context(), newSyncRun("t1", 0).Directory())
	if err != nil || len(mirror) != 3 {
		t.Errorf("mirror %+v, %v; want three departments", mirror, err)
	}
}

// runPruneUndone has a run that another one undoes, and has not finished.
func runPruneUndone(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 0, 1)
	pulled(t, s, "t1", 1, 2)
	undo := newSyncRun("t1", 2)
	undo.Mode, undo.Undoes = dirsync.Undo, runID(0)
	createRun(t, s, undo)
	prune := func(want int) {
		t.Helper()
		if n, err := s.PruneRuns(t.Context(), "t1", "fake", syncAt(1000), 10); err != nil || n != want {
			t.Errorf("%d runs removed, %v; want %d", n, err, want)
		}
	}
	prune(1)
	wantRuns(t, s, "t1", 2, 0)
	if got := changesOf(t, s, newSyncRun("t1", 0), dirsync.ChangeFilter{}); len(got) != 4 {
		t.Errorf("the run that is undone has %d changes, want 4", len(got))
	}
	c, err := s.ClaimRun(t.Context(), "t1", undo.ID, syncAt(3))
	if err != nil {
		t.Fatal(err)
	}
	finishRun(t, s, c, dirsync.StateDiscarded)
	prune(2)
	wantRuns(t, s, "t1")
}

// wantRuns fails unless the tenant has exactly these runs, newest first.
func wantRuns(tb testing.TB, s dirsync.Store, t tenant.ID, want ...any) {
	tb.Helper()
	list, err := s.Runs(tb.Context(), t, dirsync.RunFilter{}, tenant.Page{})
	if err != nil {
		tb.Fatal(err)
	}
	var got, ids []string
	for _, r := range list.Items {
		got = append(got, r.ID)
	}
	for _, w := range want {
		if n, ok := w.(int); ok {
			w = runID(n)
		}
		ids = append(ids, w.(string)) //nolint:errcheck // a number or an id
	}
	if !slices.Equal(got, ids) {
		tb.Errorf("runs %v, want %v", got, ids)
	}
}

func runNextTenant(t *testing.T, s dirsync.Store) {
	if next, err := s.NextRunTenant(t.Context(), ""); err != nil || next != "" {
		t.Errorf("next of nobody: %q, %v", next, err)
	}
	for n, id := range []tenant.ID{"b", "B", "a_1", "0"} {
		createRun(t, s, newSyncRun(id, n))
	}
	events := []provider.Event{{ID: "e1", Type: "user_add_org"}}
	for _, id := range []tenant.ID{"a_1", "only-events"} { // such as of one that never pulled
		if _, err := s.KeepEvents(t.Context(), id, "app", events, syncNow); err != nil {
			t.Fatal(err)
		}
	}
	var got []tenant.ID
	for after := tenant.ID(""); len(got) < 20; {
		next, err := s.NextRunTenant(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		if next == "" {
			break
		}
		got, after = append(got, next), next
	}
	slices.Sort(got)
	if want := []tenant.ID{"0", "B", "a_1", "b", "only-events"}; !slices.Equal(got, want) {
		t.Errorf("tenants %v, want %v", got, want)
	}
}
