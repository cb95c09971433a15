package pulltest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// withClock has the service go by a clock of the test's.
func withClock(now *time.Time) func(*bundle) {
	return func(b *bundle) { b.cfg.Now = func() time.Time { return *now } }
}

// TestGrace has people leave who are suspended a week later only.
func TestGrace(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		b := setup(t, s, withClock(&now))
		b.dir.addDepartments(2, 2)
		b.dir.addPeople(0, 9)
		b.save(t, dirsync.RulesChange{GraceDays: ptr(7), Guard: &dirsync.Guard{People: 2, Percent: -1}})
		b.pull(t, "t1")
		b.dir.remove(1, 2)
		b.dir.change(func() { b.dir.departments = b.dir.departments[:2] })
		b.dir.remove(5, 8) // with department 3
		run := b.pull(t, "t1")
		if run.State != dirsync.StateNeedsApproval || run.Counts.People[dirsync.KindLeaving] != 4 {
			t.Fatalf("run is %s with %v, want it to wait with four who are leaving", run.State, run.Counts)
		}
		if _, err := b.Approve(as(t), "t1", run.ID); err != nil {
			t.Fatal(err)
		}
		run = b.work(t, run)
		if got := fmt.Sprint(members(t, b), run.State); got != "map[active:9]succeeded" {
			t.Errorf("%s after they left, want all to be active still", got)
		}
		left := account(t, b, somebody(1).Mobile)
		if len(left.DepartmentIDs) != 0 {
			t.Errorf("member %+v, want no department", left)
		}
		if deps, err := b.people.Departments(t.Context(), "t1"); err != nil || len(deps) != 2 {
			t.Errorf("departments %+v, %v; want two: nobody is in the third", deps, err)
		}
		c := b.changes(t, run, dirsync.ChangeFilter{Kind: dirsync.KindLeaving})[0]
		if !strings.Contains(c.Reason.ZH, "2026-03-09") || c.State != dirsync.ChangeApplied {
			t.Errorf("change %+v, want it to tell the day", c)
		}

		now = now.Add(6 * 24 * time.Hour)
		b.wantSettled(t, "t1")
		// One is back in time.
		p := somebody(2)
		p.Memberships = []provider.Membership{{DepartmentID: "2"}}
		b.dir.change(func() { b.dir.people = append(b.dir.people, p) })
		if run = b.pull(t, "t1"); run.Counts.People[dirsync.KindRejoin] != 1 || run.Progress.Changes != 1 {
			t.Errorf("counts %v, want one to rejoin", run.Counts)
		}
		if got := account(t, b, p.Mobile); len(got.DepartmentIDs) != 1 {
			t.Errorf("member %+v, want a department", got)
		}

		now = now.Add(2 * 24 * time.Hour)
		if run = b.pull(t, "t1"); run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindLeave] != 3 {
			t.Errorf("run is %s with %v, want three to leave without another approval", run.State, run.Counts)
		}
		if got := fmt.Sprint(members(t, b)); got != "map[active:6 suspended:3]" {
			t.Errorf("members %s, want three suspended", got)
		}
		b.wantSettled(t, "t1")
		// Another is back too late, and is restored.
		p = somebody(1)
		p.Memberships = []provider.Membership{{DepartmentID: "1"}}
		b.dir.change(func() { b.dir.people = append(b.dir.people, p) })
		b.pull(t, "t1")
		if got := account(t, b, p.Mobile); got.State != "active" || got.ID != left.ID || len(got.DepartmentIDs) != 1 {
			t.Errorf("member %+v, want %s active again", got, left.ID)
		}
	})
}

// members counts the members of t1 by state.
func members(tb testing.TB, b *bundle) map[string]int {
	tb.Helper()
	list, _, err := b.people.Members(tb.Context(), "t1", 1, 200)
	if err != nil {
		tb.Fatal(err)
	}
	states := map[string]int{}
	for _, m := range list {
		states[m.State]++
	}
	return states
}

// TestGraceEnteredAnew has somebody be removed and entered anew under another
// user id, while they are leaving.
func TestGraceEnteredAnew(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 3)
	b.save(t, dirsync.RulesChange{GraceDays: ptr(30)})
	b.pull(t, "t1")
	before := account(t, b, somebody(1).Mobile)
	b.dir.remove(1)
	b.pull(t, "t1")
	p := somebody(1)
	p.UserID, p.UnionID, p.Memberships = "anew", "anew", []provider.Membership{{DepartmentID: "1"}}
	b.dir.change(func() { b.dir.people = append(b.dir.people, p) })
	run := b.pull(t, "t1")
	if got := account(t, b, p.Mobile); got.ID != before.ID || got.State != "active" || len(got.DepartmentIDs) != 1 || run.Progress.Changes != 1 {
		t.Errorf("member %+v by %v, want the account of before in a department", got, run.Counts)
	}
	b.wantSettled(t, "t1")
}

// TestUndoOfGrace takes back a run that people are leaving by.
func TestUndoOfGrace(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 3)
	b.save(t, dirsync.RulesChange{GraceDays: ptr(30)})
	b.pull(t, "t1")
	b.dir.remove(1)
	run := b.pull(t, "t1")
	undo, err := b.Undo(as(t), "t1", run.ID, dirsync.UndoRequest{})
	if err != nil {
		t.Fatal(err)
	}
	undo = b.work(t, undo)
	if _, err := b.Approve(as(t), "t1", undo.ID); err != nil {
		t.Fatalf("%v: run is %s with %v", err, undo.State, undo.Counts)
	}
	if undo = b.work(t, undo); undo.State != dirsync.StateSucceeded || undo.Counts.People[dirsync.KindRejoin] != 1 {
		t.Errorf("undo is %s with %v, want one to rejoin", undo.State, undo.Counts)
	}
	if got := account(t, b, somebody(1).Mobile); len(got.DepartmentIDs) != 1 {
		t.Errorf("member %+v, want their department again", got)
	}
}
