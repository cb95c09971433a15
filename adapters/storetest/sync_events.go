package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncEventTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"once":       eventsOnce,
		"state":      eventsState,
		"pruned":     eventsPruned,
		"concurrent": eventsConcurrent,
	}
}

func eventsOf(ids ...string) []provider.Event {
	events := make([]provider.Event, len(ids))
	for i, id := range ids {
		events[i] = provider.Event{ID: id, Type: "type of " + id}
	}
	return events
}

// keep keeps events and returns the ids of the new ones.
func keep(tb testing.TB, s dirsync.Store, t tenant.ID, app string, at time.Time, ids ...string) []string {
	tb.Helper()
	fresh, err := s.KeepEvents(tb.Context(), t, app, eventsOf(ids...), at)
	if err != nil {
		tb.Fatal(err)
	}
	var got []string
	for _, e := range fresh {
		got = append(got, e.ID)
	}
	return got
}

func wantFresh(tb testing.TB, got []string, want ...string) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Errorf("new events %v, want %v", got, want)
	}
}

func eventsOnce(t *testing.T, s dirsync.Store) {
	wantFresh(t, keep(t, s, "t1", "app", syncAt(1), "b", "a", "b"), "b", "a")
	wantFresh(t, keep(t, s, "t1", "app", syncAt(2), "a", "c"), "c")
	wantFresh(t, keep(t, s, "t1", "app", syncAt(3), "a", "b"))
	wantFresh(t, keep(t, s, "t1", "other", syncAt(3), "a"), "a")
	wantFresh(t, keep(t, s, "t2", "app", syncAt(3), "a"), "a")
	wantFresh(t, keep(t, s, "t2", "app", syncAt(3)))
}

func wantEventState(tb testing.TB, s dirsync.Store, t tenant.ID, want dirsync.EventState) {
	tb.Helper()
	got, err := s.EventState(tb.Context(), t, "app")
	want.LastAt, want.FailedAt = want.LastAt.Truncate(time.Microsecond), want.FailedAt.Truncate(time.Microsecond)
	if err != nil || got != want {
		tb.Errorf("state %+v, %v; want %+v", got, err, want)
	}
}

func eventsState(t *testing.T, s dirsync.Store) {
	wantEventState(t, s, "t1", dirsync.EventState{})
	fail := func(reason string, at time.Time) {
		t.Helper()
		if err := s.KeepEventFailure(t.Context(), "t1", "app", reason, at); err != nil {
			t.Fatal(err)
		}
	}
	fail("unauthenticated", syncAt(1))
	fail("internal", syncAt(2)) // too soon
	wantEventState(t, s, "t1", dirsync.EventState{Failure: "unauthenticated", FailedAt: syncAt(1)})
	keep(t, s, "t1", "app", syncAt(3), "a", "b")
	keep(t, s, "t1", "app", syncAt(4), "b")
	fail("internal", syncAt(11))
	wantEventState(t, s, "t1", dirsync.EventState{
		Events: 2, LastType: "type of b", LastAt: syncAt(3), Failure: "internal", FailedAt: syncAt(11),
	})
	wantEventState(t, s, "t2", dirsync.EventState{})
}

func eventsPruned(t *testing.T, s dirsync.Store) {
	keep(t, s, "t1", "app", syncAt(1), "old")
	keep(t, s, "t1", "app", syncAt(2), "new")
	keep(t, s, "t2", "app", syncAt(1), "old")
	if err := s.PruneEvents(t.Context(), "t1", syncAt(2)); err != nil {
		t.Fatal(err)
	}
	wantFresh(t, keep(t, s, "t1", "app", syncAt(3), "old", "new"), "old")
	wantFresh(t, keep(t, s, "t2", "app", syncAt(3), "old"))
}

// eventsConcurrent has several take in the same events: each is new to one.
func eventsConcurrent(t *testing.T, s dirsync.Store) {
	fresh := make(chan int, 8)
	for range cap(fresh) {
		go func() {
			list, err := s.KeepEvents(t.Context(), "t1", "app", eventsOf("a", "b", "c"), syncAt(1))
			if err != nil {
				t.Errorf("keep: %v", err)
			}
			fresh <- len(list)
		}()
	}
	sum := 0
	for range cap(fresh) {
		sum += <-fresh
	}
	if sum != 3 {
		t.Errorf("%d events were new, want 3", sum)
	}
	wantEventState(t, s, "t1", dirsync.EventState{Events: 3, LastType: "type of c", LastAt: syncAt(1)})
}
