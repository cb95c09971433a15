package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncTargetTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"wait":             targetsWait,
		"queues":           targetsQueues,
		"removed":          targetsRemoved,
		"of a run":         targetsOfRun,
		"after a failure":  targetsAgain,
		"forgotten":        targetsForgotten,
		"tenants apart":    targetsApart,
		"finished tasks":   nearTasks,
		"missing people":   nearMissing,
		"relatives":        nearRelatives,
		"places":           nearPlaces,
		"people far apart": nearFarApart,
	}
}

func queueOf(t tenant.ID) dirsync.TouchQueue {
	return dirsync.TouchQueue{Tenant: t, AppID: "app", Direction: dirsync.Pull}
}

func target(id string) dirsync.Target { return dirsync.Target{Entity: dirsync.EntityPerson, ID: id} }

func touch(tb testing.TB, s dirsync.Store, t tenant.ID, at time.Time, targets ...dirsync.Target) {
	tb.Helper()
	if err := s.Touch(tb.Context(), queueOf(t), targets, at); err != nil {
		tb.Fatal(err)
	}
}

// wantTouched expects a number of targets to be due, and others at a time.
func wantTouched(tb testing.TB, s dirsync.Store, t tenant.ID, at time.Time, due int, next time.Time) {
	tb.Helper()
	gotDue, gotNext, err := s.Touched(tb.Context(), queueOf(t), at)
	if err != nil || gotDue != due || !gotNext.Equal(next.Truncate(time.Microsecond)) {
		tb.Errorf("touched at %s: %d due, next at %s, %v; want %d and %s", at, gotDue, gotNext, err, due, next)
	}
}

func wantTargets(tb testing.TB, s dirsync.Store, r dirsync.Run, want ...dirsync.Target) {
	tb.Helper()
	got, err := s.Targets(tb.Context(), r)
	if err != nil || !slices.Equal(got, want) {
		tb.Errorf("targets of the run: %v, %v; want %v", got, err, want)
	}
}

func take(tb testing.TB, s dirsync.Store, r dirsync.Run, at time.Time) {
	tb.Helper()
	if err := s.TakeTouched(tb.Context(), r, at); err != nil {
		tb.Fatal(err)
	}
}

func settleTargets(tb testing.TB, s dirsync.Store, r dirsync.Run, again bool, at time.Time) {
	tb.Helper()
	if err := s.SettleTargets(tb.Context(), r, again, at); err != nil {
		tb.Fatal(err)
	}
}

func targetsWait(t *testing.T, s dirsync.Store) {
	department := dirsync.Target{Entity: dirsync.EntityDepartment, ID: "u1"}
	touch(t, s, "t1", syncAt(0), target("u1"), target("u2"), department)
	touch(t, s, "t1", syncAt(1), target("u1"))
	touch(t, s, "t1", syncAt(9), target("u3"))
	wantTouched(t, s, "t1", syncAt(1), 3, syncAt(9))
	r := createRun(t, s, newSyncRun("t1", 1))
	take(t, s, r, syncAt(1))
	wantTargets(t, s, r, department, target("u1"), target("u2"))
	wantTouched(t, s, "t1", syncAt(1), 0, syncAt(9))
	touch(t, s, "t1", syncAt(2), target("u1")) // it changes while the run reads it
	wantTouched(t, s, "t1", syncAt(2), 1, syncAt(9))
	settleTargets(t, s, r, false, syncAt(3))
	wantTargets(t, s, r)
	wantTouched(t, s, "t1", syncAt(3), 1, syncAt(9))
}

// targetsQueues has targets of two apps wait; those of a run do not.
func targetsQueues(t *testing.T, s dirsync.Store) {
	want := func(tn tenant.ID, want ...dirsync.TouchQueue) {
		t.Helper()
		if got, err := s.TouchQueues(t.Context(), tn); err != nil || !slices.Equal(got, want) {
			t.Errorf("queues of %s: %v, %v; want %v", tn, got, err, want)
		}
	}
	want("t1")
	pull, push, other := queueOf("t1"), queueOf("t1"), queueOf("t1")
	push.Direction, other.AppID = dirsync.Push, "app-2"
	for _, q := range []dirsync.TouchQueue{other, push, pull, queueOf("t2")} {
		if err := s.Touch(t.Context(), q, []dirsync.Target{target("u1"), target("u2")}, syncAt(1)); err != nil {
			t.Fatal(err)
		}
	}
	want("t1", pull, push, other)
	want("t2", queueOf("t2"))
	take(t, s, createRun(t, s, newSyncRun("t1", 1)), syncAt(1))
	want("t1", push, other)
}

func targetsOfRun(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	if err := s.AddTargets(t.Context(), r, []dirsync.Target{target("u1"), target("u1 ")}, syncNow); err != nil {
		t.Fatal(err)
	}
	wantTargets(t, s, r, target("u1"), target("u1 "))
	wantTouched(t, s, "t1", syncAt(1), 0, time.Time{})
	settleTargets(t, s, r, true, syncAt(1)) // they were asked for: whoever did can see that it failed
	wantTargets(t, s, r)
	wantTouched(t, s, "t1", syncAt(9999), 0, time.Time{})
}

func targetsAgain(t *testing.T, s dirsync.Store) {
	at := syncNow
	touch(t, s, "t1", at, target("u1"), target("u2"))
	pause := 30 * time.Second
	for n := range 10 {
		r := newSyncRun("t1", n+1)
		take(t, s, r, at)
		settleTargets(t, s, r, true, at)
		if n == 9 {
			break
		}
		wantTouched(t, s, "t1", at, 0, at.Add(pause))
		at = at.Add(pause)
		pause = min(2*pause, time.Hour)
	}
	wantTouched(t, s, "t1", at.Add(24*time.Hour), 0, time.Time{})
}

func targetsForgotten(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	touch(t, s, "t1", syncAt(1), target("u1"))
	take(t, s, r, syncAt(1))
	touch(t, s, "t1", syncAt(1), target("u2"))
	if err := s.ForgetTouched(t.Context(), queueOf("t1")); err != nil {
		t.Fatal(err)
	}
	wantTouched(t, s, "t1", syncAt(2), 0, time.Time{})
	wantTargets(t, s, r, target("u1"))
}

func targetsApart(t *testing.T, s dirsync.Store) {
	touch(t, s, "t1", syncAt(1), target("u1"))
	push := dirsync.TouchQueue{Tenant: "t1", AppID: "app", Direction: dirsync.Push}
	if due, _, err := s.Touched(t.Context(), push, syncAt(2)); err != nil || due != 0 {
		t.Errorf("touched for a push: %d, %v; want none", due, err)
	}
	wantTouched(t, s, "t2", syncAt(2), 0, time.Time{})
	foreign := newSyncRun("t2", 1)
	take(t, s, foreign, syncAt(2))
	wantTargets(t, s, foreign)
	if err := s.ForgetTouched(t.Context(), queueOf("t2")); err != nil {
		t.Fatal(err)
	}
	r := newSyncRun("t1", 1)
	take(t, s, r, syncAt(2))
	settleTargets(t, s, foreign, false, syncAt(3))
	wantTargets(t, s, r, target("u1"))
}

// near begins an incremental run that has looked up the people with the given
// numbers and found none of them but those of the company.
func near(tb testing.TB, s dirsync.Store, t tenant.ID, n int, read dirsync.Staging, asked ...int) dirsync.Claim {
	tb.Helper()
	r := newSyncRun(t, n)
	r.Mode = dirsync.Incremental
	c := claimRun(tb, s, createRun(tb, s, r))
	c.Run.State = dirsync.StateReading
	for _, number := range asked {
		read.Tasks = append(read.Tasks, dirsync.Task{
			Kind: dirsync.TaskPerson, ID: string(stagedPerson(number).ID), State: dirsync.TaskDone,
		})
	}
	begin(tb, s, c, read)
	return c
}

func nearTasks(t *testing.T, s dirsync.Store) {
	c := near(t, s, "t1", 1, dirsync.Staging{Tasks: []dirsync.Task{
		{Kind: dirsync.TaskDepartment, ID: "2", State: dirsync.TaskPending},
		{Kind: dirsync.TaskChildren, ID: "1", State: dirsync.TaskFailed, Failure: &dirsync.Failure{Code: "internal"}},
	}}, 1)
	tasks, err := s.FinishedTasks(t.Context(), c)
	var got []string
	for _, task := range tasks {
		got = append(got, fmt.Sprint(task.Kind, task.ID, task.State))
	}
	slices.Sort(got)
	if want := []string{"children1failed", "personu0001done"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("finished tasks %v, %v; want %v", got, err, want)
	}
}

func nearMissing(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4)
	c := near(t, s, "t1", 2, company(1), 1, 3)
	missing, err := s.MissingPeople(t.Context(), c, "", 10)
	if err != nil || len(missing) != 1 || missing[0].ID != stagedPerson(3).ID {
		t.Errorf("missing: %+v, %v; want number 3, who was looked up and not found", missing, err)
	}
}

func nearRelatives(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3)
	want := func(c dirsync.Claim, departments []provider.DepartmentID, numbers ...int) {
		t.Helper()
		got, err := s.Relatives(t.Context(), c, departments)
		var ids []provider.UserID
		for _, n := range numbers {
			ids = append(ids, stagedPerson(n).ID)
		}
		if err != nil || !slices.Equal(got, ids) {
			t.Errorf("relatives: %v, %v; want %v", got, err, ids)
		}
	}
	read := company(9)
	read.People[0].Mobile = stagedPerson(2).Mobile
	c := near(t, s, "t1", 2, read, 9)
	want(c, nil, 2)
	want(c, []provider.DepartmentID{"1", "3", "%"}, 2)
	want(c, []provider.DepartmentID{"2"}, 1, 2, 3)
	many := []provider.DepartmentID{"1", "3", "%", "22", "2:", "_", "2:0"} // of a large subtree that is gone
	want(c, many, 2)
	want(c, append(many, "2"), 1, 2, 3)
	finishRun(t, s, c, dirsync.StateSucceeded)
	c = near(t, s, "t1", 3, company(2), 1, 2)
	want(c, []provider.DepartmentID{"2"}, 3)
	want(c, append(many, "2"), 3)
	finishRun(t, s, c, dirsync.StateSucceeded)

	full := claimed(t, s, "t1", 4)
	begin(t, s, full, company())
	addChanges(t, s, full, dirsync.StagePeople,
		personChange(7, dirsync.KindConflict, ""), personChange(8, dirsync.KindConflict, ""), personChange(6, dirsync.KindConflict, ""))
	finishRun(t, s, full, dirsync.StatePartial)
	c = near(t, s, "t1", 5, company(7), 7, 8)
	want(c, nil, 6)
	finishRun(t, s, c, dirsync.StateSucceeded)
	want(near(t, s, "t1", 6, company(5), 5), nil)
}

func nearPlaces(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	pulled(t, s, "t2", 1, 1)
	read := company(1)
	read.Places = append(read.Places, dirsync.StagedPlace{PersonID: stagedPerson(1).ID, DepartmentID: "outside"})
	nearPlacesKept(t, s, near(t, s, "t1", 2, read, 1))
	slices.Reverse(read.Places)
	nearPlacesKept(t, s, near(t, s, "t2", 2, asNew(read), 1))
}

// nearPlacesKept keeps places of a person who was read as the mirror has them,
// and in a department outside.
func nearPlacesKept(t *testing.T, s dirsync.Store, c dirsync.Claim) {
	t.Helper()
	if err := s.KeepPlaces(t.Context(), c, []provider.DepartmentID{"1", "2"}); err != nil {
		t.Fatal(err)
	}
	if changed := changedPeople(t, s, c); len(changed) != 0 {
		t.Errorf("changed %+v, want nobody: the place outside does not count", changed)
	}
	if err := s.KeepPlaces(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	if changed := changedPeople(t, s, c); len(changed) != 1 || len(changed[0].Places) != 0 {
		t.Errorf("changed %+v, want number 1 without places", changed)
	}
}

// nearFarApart has people who are far apart in the order of ids.
func nearFarApart(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 500, 900)
	read := company(1, 900, 901)
	read.People[0].Name, read.People[0].Hash = "新", "new"
	c := near(t, s, "t1", 2, read, 1, 900, 901)
	changed := changedPeople(t, s, c)
	if len(changed) != 2 || changed[0].Person.Name != "新" || changed[0].Mirror == nil || changed[1].Mirror != nil {
		t.Fatalf("changed %+v, want numbers 1 and 901", changed)
	}
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindUpdate, "local-u0001"), personChange(901, dirsync.KindCreate, ""))
	list := peopleBatch(t, s, c, openBatches(t, s, c)[0])
	if len(list) != 2 || !list[0].Known || !list[0].Owned || list[1].Known {
		t.Errorf("batch %+v, want the first to be known and owned", list)
	}
}

// targetsRemoved: of what is told about the same target the last word counts,
// also when a run has failed in between.
func targetsRemoved(t *testing.T, s dirsync.Store) {
	gone := func(id string) dirsync.Target {
		return dirsync.Target{Entity: dirsync.EntityPerson, ID: id, Removed: true}
	}
	touch(t, s, "t1", syncAt(0), gone("u1"), target("u2"), gone("u3"))
	touch(t, s, "t1", syncAt(1), target("u1"), gone("u2"))
	r := createRun(t, s, newSyncRun("t1", 1))
	take(t, s, r, syncAt(1))
	wantTargets(t, s, r, target("u1"), gone("u2"), gone("u3"))
	touch(t, s, "t1", syncAt(2), target("u2"))
	settleTargets(t, s, r, true, syncAt(3))
	finishRun(t, s, claimRun(t, s, r), dirsync.StateFailed)
	again := createRun(t, s, newSyncRun("t1", 2))
	take(t, s, again, syncAt(100))
	wantTargets(t, s, again, target("u1"), target("u2"), gone("u3"))
}
