package pulltest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ provider.EventDecoder = finding{}

// DecodeEvent believes a body that is a JSON list of events.
func (finding) DecodeEvent(_ context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	var list []provider.Event
	if err := json.Unmarshal(r.Body, &list); err != nil {
		return provider.CallbackAnswer{}, &provider.Error{Code: provider.Unauthenticated, Op: "event"}
	}
	return provider.CallbackAnswer{Events: list, Body: []byte("success")}, nil
}

// receive sends events to the service.
func (b *bundle) receive(tb testing.TB, t tenant.ID, events ...provider.Event) error {
	tb.Helper()
	conn, err := b.conns.Connect(tb.Context(), t, "fake")
	if err != nil {
		tb.Fatal(err)
	}
	body, err := json.Marshal(events)
	if err != nil {
		tb.Fatal(err)
	}
	answer, err := b.Receive(tb.Context(), conn, provider.CallbackRequest{Body: body, At: time.Now()})
	if err == nil && string(answer.Body) != "success" {
		tb.Errorf("answer %q, want that of the office app", answer.Body)
	}
	return err
}

func (b *bundle) mustReceive(tb testing.TB, t tenant.ID, events ...provider.Event) {
	tb.Helper()
	if err := b.receive(tb, t, events...); err != nil {
		tb.Fatal(err)
	}
}

func (b *bundle) drain(tb testing.TB) {
	tb.Helper()
	if err := b.queue.drain(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func about(id string, kind provider.EventKind, people ...int) provider.Event {
	e := provider.Event{ID: id, Kind: kind, Type: string(kind), OrgID: "org1"}
	for _, n := range people {
		e.People = append(e.People, somebody(n).UserID)
	}
	return e
}

func (b *bundle) runs(tb testing.TB, t tenant.ID) []dirsync.Run {
	tb.Helper()
	list, err := b.Runs(as(tb), t, dirsync.RunFilter{}, tenant.Page{})
	if err != nil {
		tb.Fatal(err)
	}
	return list.Items
}

func TestEvents(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addDepartments(5, 2)
		b.dir.addPeople(0, 50)
		b.mustReceive(t, "0", about("early", provider.PersonChanged, 1))
		if b.drain(t); len(b.runs(t, "0")) != 0 {
			t.Errorf("runs %+v, want none: nothing was ever pulled", b.runs(t, "0"))
		}
		b.pull(t, "0")
		b.dir.edit(3, func(p *provider.Person) { p.Title = "总监" })
		b.dir.remove(4)
		b.dir.addPeople(50, 51)
		for range 2 { // the second time they are known
			b.mustReceive(t, "0", about("a", provider.PersonChanged, 3), about("b", provider.PersonLeft, 4))
			b.mustReceive(t, "0", about("b", provider.PersonLeft, 4), about("c", provider.PersonJoined, 50))
			b.mustReceive(t, "0", provider.Event{ID: "d", Type: "chat_update", OrgID: "org1"}, provider.Event{
				ID: "e", Kind: provider.PersonLeft, OrgID: "another", People: []provider.UserID{somebody(5).UserID},
			})
			b.drain(t)
		}
		runs := b.runs(t, "0")
		if len(runs) != 2 || runs[0].Mode != dirsync.Incremental || runs[0].State != dirsync.StateSucceeded || runs[0].StartedBy != "events" ||
			!equalCounts(runs[0].Counts.Total(), map[dirsync.Kind]int{dirsync.KindCreate: 1, dirsync.KindUpdate: 1, dirsync.KindLeave: 1}) {
			t.Errorf("runs %+v, want the first one, and one for all events", runs)
		}
		state, err := b.EventState(as(t), "0", "app-0")
		if err != nil || state.Events != 5 || state.LastType != "chat_update" || state.LastAt.IsZero() || state.Failure != "" {
			t.Errorf("state %+v, %v", state, err)
		}
		b.wantSettled(t, "0")
	})
}

func TestEventsRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		conn, err := b.conns.Connect(t.Context(), "0", "fake")
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Receive(t.Context(), conn, provider.CallbackRequest{Body: []byte("forged")})
		if provider.CodeOf(err) != provider.Unauthenticated {
			t.Errorf("forged: %v, want Unauthenticated", err)
		}
		state, err := b.EventState(as(t), "0", "app-0")
		if err != nil || state.Failure != "unauthenticated" || state.FailedAt.IsZero() || state.Events != 0 {
			t.Errorf("state %+v, %v; want the refusal", state, err)
		}
		b.conns.prov = b.dir
		conn.Provider = b.dir
		if _, err := b.Receive(t.Context(), conn, provider.CallbackRequest{}); !errors.Is(err, provider.ErrUnsupported) {
			t.Errorf("office app without events: %v, want ErrUnsupported", err)
		}
		b.authz.denied = []tenant.Permission{{Object: tenant.ObjectSync, Action: tenant.ActionRead}}
		if _, err := b.EventState(tenant.WithActor(t.Context(), tenant.Actor{UserID: "u"}), "0", "app-0"); !errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("state without permission: %v", err)
		}
	})
}

// TestEventsDuringARun come while a full run is active: they are followed after
// it, once.
func TestEventsDuringARun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addPeople(0, 20)
		b.pull(t, "0")
		full, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			if op == "people" { // the directory is locked
				b.dir.fail = nil
				b.dir.people[3].Title = "总监"
			}
			return nil
		}
		for i := range 5 {
			b.mustReceive(t, "0", about(fmt.Sprint("e", i), provider.PersonChanged, 3, 7))
		}
		b.work(t, full)
		runs := b.runs(t, "0")
		if len(runs) != 3 || runs[0].Mode != dirsync.Incremental || runs[1].ID != full.ID {
			t.Errorf("runs %+v, want one for all events after the full one", runs)
		}
		b.wantSettled(t, "0")
	})
}

// TestEventsDuringTheFirstPull come when somebody was read and nothing is applied
// yet: they are followed after it.
func TestEventsDuringTheFirstPull(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addPeople(0, 20)
		begin := time.Now()
		var minutes atomic.Int64
		b.cfg.Now = func() time.Time { return begin.Add(time.Duration(minutes.Load()) * time.Minute) }
		b.restart(t)
		first, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			if op == "people" { // the slice ends with what it has read
				b.dir.fail = nil
				minutes.Add(1)
			}
			return nil
		}
		b.workOne(t, t.Context())
		if run, err := b.Run(as(t), "0", first.ID); err != nil || run.State.Resting() || run.Progress.PeopleRead != 20 {
			t.Fatalf("run %+v, %v; want it to have read everybody, and no more", run, err)
		}
		b.dir.edit(3, func(p *provider.Person) { p.Title = "总监" })
		b.mustReceive(t, "0", about("a", provider.PersonChanged, 3))
		b.queue.jobs = append(b.queue.jobs[1:], b.queue.jobs[0]) // the event is looked at before the run goes on
		b.workOne(t, t.Context())
		b.work(t, first)
		b.drain(t)
		if runs := b.runs(t, "0"); len(runs) != 2 || runs[0].Progress.ChangesApplied != 1 || runs[0].StartedBy != "events" {
			t.Errorf("runs %+v, want one for the event after the first", runs)
		}
		b.wantSettled(t, "0")
	})
}

// TestEventsWhileSomethingIsBroken are not forgotten for an error that nobody
// knows.
func TestEventsWhileSomethingIsBroken(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t), withFinder)
	b.dir.addPeople(0, 5)
	b.pull(t, "0")
	b.dir.edit(3, func(p *provider.Person) { p.Title = "总监" })
	b.mustReceive(t, "0", about("a", provider.PersonChanged, 3))
	b.conns.err = errors.New("odd")
	b.workOne(t, t.Context())
	b.conns.err = nil
	b.drain(t)
	if runs := b.runs(t, "0"); len(runs) != 2 || runs[0].Progress.ChangesApplied != 1 {
		t.Errorf("runs %+v, want the event to be followed", runs)
	}
}

// TestEventsOfANewApp come while a run of the app that was there before is
// active: they are followed after it.
func TestEventsOfANewApp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addPeople(0, 5)
		b.pull(t, "0")
		old, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		b.conns.app = "app-new"
		b.mustReceive(t, "0", about("a", provider.PersonChanged, 3))
		b.queue.jobs = append(b.queue.jobs[1:], b.queue.jobs[0]) // the event is looked at while the run is active
		b.work(t, old)
		b.drain(t)
		runs := b.runs(t, "0")
		if len(runs) != 3 || runs[0].AppID != "app-new" || runs[0].StartedBy != "events" {
			t.Errorf("runs %+v, want one of the new app for the event", runs)
		}
	})
}

// TestEventsAfterCancellation: what waits for a run that is called off is
// looked at all the same.
func TestEventsAfterCancellation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder, func(b *bundle) { b.cfg.Guard = dirsync.Guard{People: 1, Percent: -1} })
		b.dir.addPeople(0, 20)
		b.pull(t, "0")
		b.dir.remove(1, 2, 3)
		waiting := b.pull(t, "0")
		b.dir.edit(5, func(p *provider.Person) { p.Title = "总监" })
		b.mustReceive(t, "0", about("a", provider.PersonChanged, 5))
		b.drain(t)
		if n := len(b.runs(t, "0")); waiting.State != dirsync.StateNeedsApproval || n != 2 {
			t.Fatalf("%d runs, the last %s, want it to wait for approval", n, waiting.State)
		}
		if _, err := b.Discard(as(t), "0", waiting.ID); err != nil {
			t.Fatal(err)
		}
		b.drain(t)
		if runs := b.runs(t, "0"); len(runs) != 3 || runs[0].Progress.ChangesApplied != 1 {
			t.Errorf("runs %+v, want the change to be applied", runs)
		}
		b.mustReceive(t, "0", about("b", provider.PersonLeft, 1, 2, 3))
		b.drain(t)
		if run := b.runs(t, "0")[0]; run.State != dirsync.StateNeedsApproval {
			t.Errorf("run %+v, want the guard to hold for events, too", run)
		}
	})
}

// TestEventsWhileTheOfficeAppIsDown are followed once it is back.
func TestEventsWhileTheOfficeAppIsDown(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		var now atomic.Int64
		now.Store(time.Now().UnixMicro())
		b := setup(t, s, withFinder, func(b *bundle) { b.cfg.Now = func() time.Time { return time.UnixMicro(now.Load()) } })
		b.dir.addPeople(0, 20)
		b.pull(t, "0")
		b.dir.remove(3)
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			now.Add(time.Second.Microseconds())
			return &provider.Error{Code: provider.Unavailable, Op: op}
		}
		b.mustReceive(t, "0", about("a", provider.PersonLeft, 3))
		b.drain(t)
		run := b.runs(t, "0")[0]
		if run.Complete || run.Progress.Changes != 0 || len(b.queue.later) != 1 {
			t.Fatalf("run %+v, later %v; want it to have failed, and a job for later", run, b.queue.later)
		}
		b.dir.fail = nil
		now.Store(b.queue.later[0].RunAt.UnixMicro())
		b.queue.release()
		b.drain(t)
		if run := b.runs(t, "0")[0]; run.State != dirsync.StateSucceeded || run.Progress.ChangesApplied != 1 {
			t.Errorf("run %+v, want the leaver", run)
		}
		b.wantSettled(t, "0")
	})
}

// TestEventsOfMany are followed by a full run: that is faster.
func TestEventsOfMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addPeople(0, 20)
		b.pull(t, "0")
		b.dir.addPeople(20, 1100)
		var all []int
		for i := range 1100 {
			all = append(all, i)
		}
		b.mustReceive(t, "0", about("a", provider.PersonJoined, all...))
		b.drain(t)
		if run := b.runs(t, "0")[0]; run.Mode != dirsync.Full || run.Counts.People[dirsync.KindCreate] != 1080 {
			t.Errorf("run %+v, want a full one", run)
		}
	})
}

// TestAnyEvents changes companies at random, and tells of the changes: twice,
// in any order, or not at all, in between runs, and while the office app fails
// now and then. One clean full run later the platform shows what the directory
// shows.
func TestAnyEvents(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			tn := tenant.ID("e" + strconv.Itoa(n))
			b := setup(t, s, withFinder, func(b *bundle) { b.conns.org = string(tn) })
			w := &world{dir: b.dir, base: 7_000_000 + n*1000, rt: rt, never: []string{"join with another's mobile"}}
			w.join()
			b.pull(t, tn)
			for i := range rapid.IntRange(1, 5).Draw(rt, "bouts") {
				w.bout(t, b, tn, i)
			}
			b.dir.fail = nil
			b.drain(t)
			w.compare(t, b, tn, settle(t, rt, b, tn))
		})
	})
}

// bout changes the directory and tells of some of it.
func (w *world) bout(t *testing.T, b *bundle, tn tenant.ID, i int) {
	t.Helper()
	b.dir.fail = nil
	if rapid.Bool().Draw(w.rt, "faults") {
		calls := 0
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			if calls++; calls%3 == 0 {
				return &provider.Error{Code: provider.Unavailable, Op: op}
			}
			return nil
		}
	}
	before := w.picture()
	for range rapid.IntRange(1, 8).Draw(w.rt, "changes") {
		w.change()
	}
	var events []provider.Event
	people, departments := w.touched(before)
	for j, id := range people {
		events = append(events, provider.Event{ID: fmt.Sprintf("p%d.%d", i, j), Kind: provider.PersonChanged, People: []provider.UserID{id}})
	}
	for j, id := range departments {
		events = append(events, provider.Event{
			ID: fmt.Sprintf("d%d.%d", i, j), Kind: provider.DepartmentChanged, Departments: []provider.DepartmentID{id},
		})
	}
	events = rapid.Permutation(append(events, events...)).Draw(w.rt, "events")
	lost := rapid.IntRange(0, len(events)).Draw(w.rt, "lost")
	if rapid.Bool().Draw(w.rt, "a run in between") {
		_, err := b.StartRun(as(t), tn, dirsync.RunRequest{Provider: "fake"})
		if err != nil && !errors.Is(err, dirsync.ErrRunActive) {
			w.rt.Fatal(err)
		}
	}
	for chunk := range slices.Chunk(events[lost:], 3) {
		b.mustReceive(t, tn, chunk...)
		if rapid.Bool().Draw(w.rt, "work") {
			b.drain(t)
		}
	}
	b.drain(t)
}
