package storetest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// StreamStore is what RunStreams proves, beside the store of the apps that have
// streams.
type StreamStore interface {
	dirsync.StreamStore
	tenant.Store
}

// RunStreams proves a dirsync.StreamStore: which apps have streams, that one of
// several holders gets a lease, renews it, loses it and gives it up, and what is
// known of a stream.
func RunStreams(t *testing.T, newStore func(tb testing.TB) StreamStore) {
	t.Helper()
	tests := map[string]func(*testing.T, StreamStore){
		"which apps":   streamsOfApps,
		"leases":       streamsLeased,
		"released":     streamsReleased,
		"bound":        streamsBound,
		"not any more": streamsNotAnyMore,
		"state":        streamsState,
		"concurrent":   streamsConcurrent,
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tests[name](t, newStore(t))
		})
	}
}

// streamingApp creates an enabled app whose events come by stream.
func streamingApp(tb testing.TB, s StreamStore, t tenant.ID, id string) (tenant.App, dirsync.StreamKey) {
	tb.Helper()
	a := newApp(t, "fake", id)
	a.Values[provider.SettingEventMode] = provider.EventModeStream
	return createApp(tb, s, a), dirsync.StreamKey{Tenant: t, AppID: id}
}

// wantStreams compares the streams a holder is told of, each as "app version
// lease", with those expected.
func wantStreams(tb testing.TB, s StreamStore, holder string, free int, at time.Time, want ...string) {
	tb.Helper()
	list, err := s.Streams(tb.Context(), holder, free, at)
	if err != nil {
		tb.Fatal(err)
	}
	got := make([]string, 0, len(list))
	for _, l := range list {
		until := "free"
		if !l.Until.IsZero() {
			until = fmt.Sprint(l.Until.Sub(syncNow.Truncate(time.Microsecond)).Round(time.Second))
		}
		got = append(got, fmt.Sprintf("%s/%s %d %s", l.Tenant, l.AppID, l.Version, until))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		tb.Errorf("streams for %s: %q, want %q", holder, got, want)
	}
}

// wantHeld asks for leases and compares those that were given.
func wantHeld(tb testing.TB, s StreamStore, holder string, at, until time.Time, ask, want []dirsync.StreamKey) {
	tb.Helper()
	got, err := s.HoldStreams(tb.Context(), holder, ask, at, until)
	if err != nil {
		tb.Fatal(err)
	}
	inOrder := func(a, b dirsync.StreamKey) int { return strings.Compare(a.AppID, b.AppID) }
	slices.SortFunc(got, inOrder)
	slices.SortFunc(want, inOrder)
	if !slices.Equal(got, want) {
		tb.Errorf("%s holds %v, want %v", holder, got, want)
	}
}

func keysOf(keys ...dirsync.StreamKey) []dirsync.StreamKey { return keys }

func streamsOfApps(t *testing.T, s StreamStore) {
	streamingApp(t, s, here, "a")
	b, _ := streamingApp(t, s, there, "b")
	off := newApp("t-3", "fake", "off")
	off.Values[provider.SettingEventMode], off.Enabled = provider.EventModeStream, false
	createApp(t, s, off)
	calls := newApp("t-4", "fake", "calls")
	calls.Values[provider.SettingEventMode] = provider.EventModeCallback
	createApp(t, s, calls)
	createApp(t, s, newApp("t-5", "fake", "none"))
	wantStreams(t, s, "n1", 10, syncAt(0), "t-1/a 1 free", "t-2/b 1 free")
	if err := s.UpdateApp(t.Context(), next(b, func(a *tenant.App) { a.Enabled = false })); err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateApp(t.Context(), next(off, func(a *tenant.App) { a.Enabled = true })); err != nil {
		t.Fatal(err)
	}
	wantStreams(t, s, "n1", 10, syncAt(0), "t-1/a 1 free", "t-3/off 2 free")
	wantHeld(t, s, "n1", syncAt(0), syncAt(30),
		keysOf(dirsync.StreamKey{Tenant: "t-2", AppID: "b"}, dirsync.StreamKey{Tenant: "t-4", AppID: "calls"}, dirsync.StreamKey{Tenant: here, AppID: "off"}),
		nil)
}

func streamsLeased(t *testing.T, s StreamStore) {
	_, a := streamingApp(t, s, here, "a")
	_, b := streamingApp(t, s, there, "b")
	wantHeld(t, s, "n1", syncAt(0), syncAt(30), keysOf(a), keysOf(a))
	wantHeld(t, s, "n2", syncAt(1), syncAt(31), keysOf(a, b), keysOf(b))
	wantStreams(t, s, "n1", 10, syncAt(2), "t-1/a 1 30s")
	wantStreams(t, s, "n2", 10, syncAt(2), "t-2/b 1 31s")
	wantStreams(t, s, "n3", 10, syncAt(2))
	wantHeld(t, s, "n1", syncAt(20), syncAt(50), keysOf(a), keysOf(a))
	wantHeld(t, s, "n2", syncAt(40), syncAt(70), keysOf(a), nil)
	// n1 has died. Its lease is its own until somebody else takes it.
	wantStreams(t, s, "n1", 0, syncAt(50), "t-1/a 1 50s")
	wantStreams(t, s, "n3", 10, syncAt(50), "t-1/a 1 free", "t-2/b 1 free")
	wantHeld(t, s, "n3", syncAt(50), syncAt(80), keysOf(a), keysOf(a))
	wantStreams(t, s, "n1", 10, syncAt(50), "t-2/b 1 free")
	wantHeld(t, s, "n1", syncAt(51), syncAt(81), keysOf(a), nil)
	wantHeld(t, s, "n2", syncAt(60), syncAt(90), keysOf(b), keysOf(b)) // late, and nobody came
	wantHeld(t, s, "n2", syncAt(60), syncAt(90), nil, nil)
}

func streamsReleased(t *testing.T, s StreamStore) {
	_, a := streamingApp(t, s, here, "a")
	_, b := streamingApp(t, s, there, "b")
	wantHeld(t, s, "n1", syncAt(0), syncAt(30), keysOf(a), keysOf(a))
	wantHeld(t, s, "n2", syncAt(0), syncAt(30), keysOf(b), keysOf(b))
	if err := errors.Join(s.ReleaseStreams(t.Context(), "n1", keysOf(a, b)), s.ReleaseStreams(t.Context(), "n1", nil)); err != nil {
		t.Fatal(err)
	}
	wantStreams(t, s, "n2", 10, syncAt(1), "t-1/a 1 free", "t-2/b 1 30s")
	wantStreamState(t, s, a, dirsync.StreamState{})
}

func streamsBound(t *testing.T, s StreamStore) {
	var keys []dirsync.StreamKey
	for i := range 7 {
		_, key := streamingApp(t, s, tenant.ID(fmt.Sprint("t", i)), fmt.Sprint("app", i))
		keys = append(keys, key)
	}
	wantHeld(t, s, "n1", syncAt(0), syncAt(30), keys[:3], keys[:3])
	for free, want := range map[int]int{0: 3, 2: 5, 10: 7} {
		list, err := s.Streams(t.Context(), "n1", free, syncAt(1))
		if err != nil || len(list) != want {
			t.Errorf("%d streams with %d free ones asked for, %v; want %d", len(list), free, err, want)
			continue
		}
		for i, l := range list {
			if l.Until.IsZero() != (i >= 3) {
				t.Errorf("streams %+v, want those that are held first", list)
			}
		}
	}
}

func streamsNotAnyMore(t *testing.T, s StreamStore) {
	a, key := streamingApp(t, s, here, "a")
	wantHeld(t, s, "n1", syncAt(0), syncAt(30), keysOf(key), keysOf(key))
	a = next(a, func(a *tenant.App) { a.Values["note"] = "other" })
	if err := s.UpdateApp(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	wantStreams(t, s, "n1", 10, syncAt(1), "t-1/a 2 30s")
	a = next(a, func(a *tenant.App) { a.Values[provider.SettingEventMode] = provider.EventModeCallback })
	if err := s.UpdateApp(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	wantStreams(t, s, "n1", 10, syncAt(1))
	wantHeld(t, s, "n1", syncAt(1), syncAt(31), keysOf(key), nil)
	if err := s.DeleteApp(t.Context(), a.Tenant, a.ID); err != nil {
		t.Fatal(err)
	}
	wantStreams(t, s, "n1", 10, syncAt(1))
	if err := s.ReleaseStreams(t.Context(), "n1", keysOf(key)); err != nil {
		t.Fatal(err)
	}
	wantStreamState(t, s, key, dirsync.StreamState{})
}

func wantStreamState(tb testing.TB, s StreamStore, key dirsync.StreamKey, want dirsync.StreamState) {
	tb.Helper()
	got, err := s.StreamState(tb.Context(), key.Tenant, key.AppID)
	for _, at := range []*time.Time{&want.Until, &want.ConnectedAt, &want.FailedAt} {
		*at = at.Truncate(time.Microsecond)
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		tb.Errorf("state of %v: %+v, %v; want %+v", key, got, err, want)
	}
}

func streamsState(t *testing.T, s StreamStore) {
	_, a := streamingApp(t, s, here, "a")
	_, b := streamingApp(t, s, there, "a2")
	note := func(holder string, key dirsync.StreamKey, n dirsync.StreamNote) {
		t.Helper()
		if err := s.NoteStream(t.Context(), holder, key, n); err != nil {
			t.Fatal(err)
		}
	}
	note("n1", a, dirsync.StreamNote{ConnectedAt: syncAt(1)}) // holds nothing
	wantStreamState(t, s, a, dirsync.StreamState{})
	wantHeld(t, s, "n1", syncAt(0), syncAt(30), keysOf(a, b), keysOf(a, b))
	note("n1", a, dirsync.StreamNote{ConnectedAt: syncAt(1)})
	note("n2", a, dirsync.StreamNote{ConnectedAt: syncAt(2)})
	note("n1", dirsync.StreamKey{Tenant: there, AppID: "a"}, dirsync.StreamNote{ConnectedAt: syncAt(2)})
	want := dirsync.StreamState{Holder: "n1", Until: syncAt(30), ConnectedAt: syncAt(1)}
	wantStreamState(t, s, a, want)
	wantStreamState(t, s, dirsync.StreamKey{Tenant: there, AppID: "a"}, dirsync.StreamState{})
	wantStreamState(t, s, b, dirsync.StreamState{Holder: "n1", Until: syncAt(30)})

	failure := &dirsync.Failure{Code: "unauthenticated", Message: provider.Text{ZH: "密钥错误", EN: "wrong secret"}, Upstream: "authFailed"}
	note("n1", a, dirsync.StreamNote{Failure: failure, FailedAt: syncAt(3)})
	wantStreamState(t, s, a, dirsync.StreamState{Holder: "n1", Until: syncAt(30), Failure: failure, FailedAt: syncAt(3)})
	note("n1", a, dirsync.StreamNote{ConnectedAt: syncAt(4)})
	wantHeld(t, s, "n1", syncAt(20), syncAt(50), keysOf(a), keysOf(a))
	want = dirsync.StreamState{Holder: "n1", Until: syncAt(50), ConnectedAt: syncAt(4), Failure: failure, FailedAt: syncAt(3)}
	wantStreamState(t, s, a, want)
	wantHeld(t, s, "n2", syncAt(60), syncAt(90), keysOf(a), keysOf(a))
	wantStreamState(t, s, a, dirsync.StreamState{Holder: "n2", Until: syncAt(90), Failure: failure, FailedAt: syncAt(3)})
}

// streamsConcurrent has several holders ask for the same leases at once, in
// different orders: each is given to one.
func streamsConcurrent(t *testing.T, s StreamStore) {
	var keys []dirsync.StreamKey
	for i := range 10 {
		_, key := streamingApp(t, s, tenant.ID(fmt.Sprint("t", i)), fmt.Sprint("app", i))
		keys = append(keys, key)
	}
	const holders = 6
	held := make(chan []dirsync.StreamKey, holders)
	for n := range holders {
		ask := slices.Clone(keys)
		if n%2 == 1 {
			slices.Reverse(ask)
		}
		go func() {
			got, err := s.HoldStreams(t.Context(), fmt.Sprint("n", n), ask, syncAt(0), syncAt(30))
			if err != nil {
				t.Errorf("hold: %v", err)
			}
			held <- got
		}()
	}
	owners := make(map[dirsync.StreamKey]int)
	for range holders {
		for _, key := range <-held {
			owners[key]++
		}
	}
	for _, key := range keys {
		if owners[key] != 1 {
			t.Errorf("%d processes hold the stream of %v, want 1", owners[key], key)
		}
	}
}
