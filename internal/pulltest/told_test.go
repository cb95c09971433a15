package pulltest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// listener is a Publisher that remembers what was committed.
type listener struct {
	store *bunstore.Store

	mu   sync.Mutex
	told []happening
}

type happening struct {
	tenant             tenant.ID
	eventType, subject string
}

// withListener has the service tell somebody.
func withListener(b *bundle) { b.told = &listener{store: b.store} }

func (l *listener) Publish(ctx context.Context, t tenant.ID, eventType, subject string) error {
	return l.PublishAll(ctx, t, eventType, []string{subject})
}

func (l *listener) PublishAll(ctx context.Context, t tenant.ID, eventType string, subjects []string) error {
	add := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, s := range subjects {
			l.told = append(l.told, happening{t, eventType, s})
		}
	}
	if !l.store.AfterCommit(ctx, add) {
		return errors.New("published outside of a transaction")
	}
	return nil
}

// take returns what was told since it was last called.
func (l *listener) take() []happening {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := l.told
	l.told = nil
	return told
}

// heard is an event with its data, as a receiver gets it.
type heard struct {
	happening
	data string
}

// line shows what is told of a person or department.
func (h heard) line(tb testing.TB) string {
	tb.Helper()
	var c dirsync.ChangeEvent
	if err := json.Unmarshal([]byte(h.data), &c); err != nil {
		tb.Fatal(err)
	}
	return strings.TrimRight(fmt.Sprintf("%s %s %s", strings.TrimPrefix(h.eventType, "directory."), c.RemoteID, strings.Join(c.Fields, ",")), " ")
}

// heard describes what was told since the last time, and looks for what must
// not be told: names, numbers and addresses of people.
func (b *bundle) heard(tb testing.TB) []heard {
	tb.Helper()
	describe := map[string]func(context.Context, tenant.ID, string) (any, error){}
	for _, e := range b.EventTypes() {
		describe[e.Name] = e.Describe
	}
	var all []heard
	listener, ok := b.told.(*listener)
	if !ok {
		tb.Fatal("nobody listens")
	}
	for _, h := range listener.take() {
		if describe[h.eventType] == nil {
			tb.Fatalf("%q is no type of event", h.eventType)
		}
		data, err := describe[h.eventType](as(tb), h.tenant, h.subject)
		if err != nil {
			tb.Fatalf("%s of %s: %v", h.eventType, h.subject, err)
		}
		encoded, err := json.Marshal(data)
		if err != nil {
			tb.Fatal(err)
		}
		for _, private := range []string{"张三", "138000", "@example", "工程师", "static.example.com", "部门"} {
			if strings.Contains(string(encoded), private) {
				tb.Errorf("%s tells %q: %s", h.eventType, private, encoded)
			}
		}
		all = append(all, heard{h, string(encoded)})
	}
	return all
}

// runsIn returns what was told of runs, with the last one's data; changesIn what
// was told of people and departments.
func runsIn(tb testing.TB, all []heard) (names []string, last dirsync.RunEvent) {
	tb.Helper()
	for _, h := range all {
		if !strings.HasPrefix(h.eventType, "sync.run.") {
			continue
		}
		names = append(names, strings.TrimPrefix(h.eventType, "sync.run."))
		last = dirsync.RunEvent{}
		if err := json.Unmarshal([]byte(h.data), &last); err != nil {
			tb.Fatal(err)
		}
	}
	return names, last
}

func changesIn(tb testing.TB, all []heard) []string {
	tb.Helper()
	var lines []string
	for _, h := range all {
		if strings.HasPrefix(h.eventType, "directory.") && h.eventType != dirsync.EventDirectoryChanged {
			lines = append(lines, h.line(tb))
		}
	}
	slices.Sort(lines)
	return lines
}

func wantTold(tb testing.TB, when string, got []string, want ...string) {
	tb.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		tb.Errorf("%s: told\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestToldOfTheDirectory follows people and departments through everything that
// can happen to them.
func TestToldOfTheDirectory(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		b := setup(t, s, withListener, withClock(&now))
		b.dir.addDepartments(2, 2)
		b.dir.addPeople(0, 4)
		run := b.pull(t, "t1")
		all := b.heard(t)
		names, end := runsIn(t, all)
		if fmt.Sprint(names) != "[started finished]" || end.RunID != run.ID || end.State != dirsync.StateSucceeded ||
			end.Direction != dirsync.Pull || end.Mode != dirsync.Full || end.Applied != 7 || end.Reason != "" ||
			end.Counts.People[dirsync.KindCreate] != 4 || end.Changes != "/sync/runs/"+run.ID+"/changes" {
			t.Errorf("told %v, %+v", names, end)
		}
		wantTold(t, "after the first pull", changesIn(t, all),
			"department.created 1 name", "department.created 2 name,parent", "department.created 3 name,parent,order",
			"person.created u000000 name,mobile,email,jobNumber,title,avatar,departments,leaderOf",
			"person.created u000001 name,mobile,email,jobNumber,title,avatar,departments",
			"person.created u000002 name,mobile,email,jobNumber,title,avatar,departments",
			"person.created u000003 name,mobile,email,jobNumber,title,avatar,departments")
		for _, h := range all {
			if strings.HasPrefix(h.eventType, "directory.") && (h.tenant != "t1" || strings.Contains(h.data, `"localId":""`)) {
				t.Errorf("told without the platform's id: %+v", h)
			}
		}

		b.pull(t, "t1")
		wantTold(t, "nothing has changed", changesIn(t, b.heard(t)))

		b.dir.edit(0, func(p *provider.Person) { p.Title, p.Email = "经理", "new@example.com" })
		b.dir.remove(1)
		b.dir.change(func() { b.dir.departments[2].Name = "改名部门" })
		b.pull(t, "t1")
		wantTold(t, "after some changes", changesIn(t, b.heard(t)),
			"department.changed 3 name", "person.changed u000000 email,title", "person.suspended u000001 departments")
		b.dir.change(func() { b.dir.addPeople(1, 2) })
		b.pull(t, "t1")
		wantTold(t, "somebody is back", changesIn(t, b.heard(t)), "person.restored u000001")

		b.save(t, dirsync.RulesChange{GraceDays: ptr(7)})
		b.dir.remove(1)
		b.dir.edit(2, func(p *provider.Person) { p.Memberships[0].DepartmentID = "1" })
		b.dir.change(func() { b.dir.departments = b.dir.departments[:2] })
		last := b.pull(t, "t1")
		wantTold(t, "a grace period begins", changesIn(t, b.heard(t)),
			"department.removed 3", "person.changed u000002 departments", "person.leaving u000001 departments")
		undone := b.undo(t, last)
		all = b.heard(t)
		names, end = runsIn(t, all)
		if fmt.Sprint(names) != "[started needs_approval finished]" || end.Undoes != last.ID || end.RunID != undone.ID {
			t.Errorf("told %v, %+v of an undo", names, end)
		}
		wantTold(t, "after an undo", changesIn(t, all),
			"department.restored 3 name,parent,order", "person.changed u000002 departments",
			"person.restored u000001 name,mobile,email,jobNumber,title,avatar,departments")
	})
}

// TestToldOfRuns has runs end in every way.
func TestToldOfRuns(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withListener, func(b *bundle) { b.cfg.Guard = dirsync.Guard{People: -1, Percent: -1} })
		b.dir.addDepartments(2, 2)
		b.dir.addPeople(0, 5)
		b.pull(t, "t1")
		b.heard(t)
		want := func(when, names string, state dirsync.State, reason string) {
			t.Helper()
			all := b.heard(t)
			got, last := runsIn(t, all)
			if fmt.Sprint(got) != "["+names+"]" || last.State != state || last.Reason != reason || len(changesIn(t, all)) != 0 {
				t.Errorf("%s: told %v of %s because of %q, and %v; want %s of %s because of %q, and no change",
					when, got, last.State, last.Reason, changesIn(t, all), names, state, reason)
			}
		}
		b.dir.remove(1)
		run := b.pull(t, "t1")
		want("above the guard", "started needs_approval", dirsync.StateNeedsApproval, dirsync.BecauseRemovals)
		if _, err := b.Discard(as(t), "t1", run.ID); err != nil {
			t.Fatal(err)
		}
		want("discarded", "finished", dirsync.StateDiscarded, "")
		if _, err := b.Discard(as(t), "t1", run.ID); err == nil {
			t.Fatal("discarded twice")
		}
		want("refused", "", "", "")
		run = b.pull(t, "t1")
		if _, err := b.Cancel(as(t), "t1", run.ID); err != nil {
			t.Fatal(err)
		}
		want("cancelled", "started needs_approval finished", dirsync.StateCancelled, "")
		b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", DryRun: true})
		want("a dry run", "started finished", dirsync.StatePlanned, "")
		b.dir.fail = func(op, id string, _ provider.Cursor) error {
			if op != "people" || id != "2" {
				return nil
			}
			return &provider.Error{
				Code: provider.PermissionDenied, Upstream: "60011", UpstreamMessage: "no permission for 13800000000",
				Remedy: provider.Text{ZH: "请开通权限", EN: "grant it"},
			}
		}
		b.pull(t, "t1")
		want("not all was read", "started finished", dirsync.StatePartial, dirsync.BecauseUnread)
		b.dir.fail = nil
		b.conns.org = "another"
		if run, err := b.StartRun(as(t), "t1", dirsync.RunRequest{Provider: "fake"}); err != nil {
			t.Fatal(err)
		} else {
			b.conns.org = "org1"
			b.work(t, run)
		}
		want("another organisation", "started finished", dirsync.StateFailed, "organisation_changed")
	})
}

// TestToldAtOnce has a run change more than is told of one by one.
func TestToldAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withListener)
		b.dir.addPeople(0, dirsync.MaxChangeEvents)
		run := b.pull(t, "t1")
		all := b.heard(t)
		if len(all) != 3 || all[1].eventType != dirsync.EventDirectoryChanged || run.State != dirsync.StateSucceeded {
			t.Fatalf("told of %d things after %s, want the run and its changes at once", len(all), run.State)
		}
		var e dirsync.ChangesEvent
		if err := json.Unmarshal([]byte(all[1].data), &e); err != nil {
			t.Fatal(err)
		}
		if e.RunID != run.ID || e.Applied.People[dirsync.KindCreate] != dirsync.MaxChangeEvents ||
			e.Applied.Departments[dirsync.KindCreate] != 1 || e.Changes != "/sync/runs/"+run.ID+"/changes?state=applied" {
			t.Errorf("told %+v", e)
		}
		b.dir.remove(1)
		for i := 2; i < 2+dirsync.MaxChangeEvents-1; i++ {
			b.dir.edit(i, func(p *provider.Person) { p.Title = "经理" })
		}
		b.pull(t, "t1")
		if got := changesIn(t, b.heard(t)); len(got) != dirsync.MaxChangeEvents-1 {
			t.Errorf("told of %d changes one by one, want all there can be", len(got))
		}
	})
}

// TestToldOfWhatWasApplied has the plan of a large run lost on the way, and
// single changes refused.
func TestToldOfWhatWasApplied(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withListener, func(b *bundle) { b.cfg.BatchSize, b.cfg.ApplyParallel = 400, 1 })
		failing := &failingMembers{Members: b.people}
		b.members = failing
		b.restart(t)
		b.dir.addPeople(0, dirsync.MaxChangeEvents)
		failing.fail(3, tenant.ErrUnavailable) // the second batch of people
		run, err := b.StartRun(as(t), "t1", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		b.workOne(t, t.Context())
		loseStaging(t, s)
		failing.fail(0)
		b.dir.change(func() { b.dir.people = b.dir.people[:500] }) // what is left is told of one by one
		b.work(t, run)
		all := b.heard(t)
		if all[1].eventType != dirsync.EventDirectoryChanged || len(changesIn(t, all)) != 100 {
			t.Errorf("told %s, and of %d changes; want the 400 at once and 100 alone", all[1].eventType, len(changesIn(t, all)))
		}

		b.members = &refusingMembers{Members: b.people, refused: "u000499"}
		b.restart(t)
		for i := 490; i < 500; i++ {
			b.dir.edit(i, func(p *provider.Person) { p.Title = "经理" })
		}
		b.pull(t, "t1")
		all = b.heard(t)
		_, end := runsIn(t, all)
		if end.State != dirsync.StatePartial || end.Reason != dirsync.BecauseFailedChanges || end.Failed != 1 || len(changesIn(t, all)) != 9 {
			t.Errorf("told %+v and of %d changes; want nine, and that one failed", end, len(changesIn(t, all)))
		}
	})
}

// refusingMembers refuses one person.
type refusingMembers struct {
	dirsync.Members
	refused provider.UserID
}

func (m *refusingMembers) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	for _, c := range changes {
		if c.RemoteID == m.refused {
			return nil, errors.New("this one cannot be")
		}
	}
	return m.Members.ApplyPeople(ctx, dir, changes)
}
