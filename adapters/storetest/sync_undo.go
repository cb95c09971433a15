package storetest

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncUndoTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"created":   undoCreated,
		"changed":   undoChanged,
		"later":     undoLater,
		"failed":    undoFailed,
		"unbind":    undoUnbind,
		"occupied":  undoOccupied,
		"isolation": undoIsolation,
	}
}

// undoing is the claim of a run that undoes the n-th of a tenant.
func undoing(tb testing.TB, s dirsync.Store, t tenant.ID, n, undone int) dirsync.Claim {
	tb.Helper()
	r := newSyncRun(t, n)
	r.Mode, r.Undoes = dirsync.Undo, runID(undone)
	c := claimRun(tb, s, createRun(tb, s, r))
	if c.Run.Undoes != r.Undoes {
		tb.Fatalf("run %+v, want it to know what it undoes", c.Run)
	}
	noSyncError(tb, "begin")(s.BeginRead(tb.Context(), c, dirsync.Staging{}, syncAt(1)))
	return c
}

// undonePeople returns everybody, in pages of two, by id.
func undonePeople(tb testing.TB, s dirsync.Store, c dirsync.Claim) map[provider.UserID]dirsync.UndonePerson {
	tb.Helper()
	all := make(map[provider.UserID]dirsync.UndonePerson)
	for after := 0; ; {
		list, last, err := s.UndonePeople(tb.Context(), c, after, 2)
		if err != nil {
			tb.Fatal(err)
		}
		for i, p := range list {
			if i > 0 && list[i-1].RemoteID >= p.RemoteID {
				tb.Errorf("page %+v is not in the order of ids", list)
			}
			if _, twice := all[p.RemoteID]; twice {
				tb.Errorf("%s comes twice", p.RemoteID)
			}
			all[p.RemoteID] = p
		}
		if last == 0 {
			return all
		}
		if last <= after || len(list) > 2 {
			tb.Fatalf("page after %d ends at %d with %d people", after, last, len(list))
		}
		after = last
	}
}

func undoneDepartments(tb testing.TB, s dirsync.Store, c dirsync.Claim) map[provider.DepartmentID]dirsync.UndoneDepartment {
	tb.Helper()
	list, err := s.UndoneDepartments(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	all := make(map[provider.DepartmentID]dirsync.UndoneDepartment)
	for _, d := range list {
		all[d.RemoteID] = d
	}
	return all
}

func undoCreated(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4, 5)
	c := undoing(t, s, "t1", 2, 1)
	people := undonePeople(t, s, c)
	if len(people) != 5 {
		t.Fatalf("%d people, want five", len(people))
	}
	for id, p := range people {
		if p.Kind != dirsync.KindCreate || p.Before != nil || p.Existing || p.Replaces != "" || p.WrittenBy != runID(1) ||
			p.Now == nil || p.Now.LocalID != "local-"+string(id) || p.Now.Gone || len(p.Now.Places) != 1 {
			t.Errorf("%s: %+v, now %+v; want them created, without a past", id, p, p.Now)
		}
	}
	departments := undoneDepartments(t, s, c)
	if d := departments["2"]; len(departments) != 3 || d.Before != nil || d.WrittenBy != runID(1) || d.Now == nil || d.Now.ParentID != "1" {
		t.Errorf("departments %+v, want three without a past", departments)
	}
}

// change is a run that moves person 1, has person 2 leave and department 3
// move, and creates nobody.
func change(tb testing.TB, s dirsync.Store, t tenant.ID, n int) {
	tb.Helper()
	c := claimed(tb, s, t, n)
	p := company(1)
	p.People[0].Title, p.People[0].Hash = "经理", "new hash"
	p.Places = []dirsync.StagedPlace{{PersonID: "u0001", DepartmentID: "3", Leader: true, Order: 4}}
	begin(tb, s, c, p)
	addChanges(tb, s, c, dirsync.StageDepartments, departmentChange("3", "2", dirsync.KindMove, "dep-3"))
	addChanges(tb, s, c, dirsync.StageLeavers, personChange(2, dirsync.KindLeave, "local-u0002"))
	move := personChange(1, dirsync.KindMove, "local-u0001")
	move.Account = "account-u0001"
	addChanges(tb, s, c, dirsync.StagePeople, move)
	applyAllBatches(tb, s, c)
	finishRun(tb, s, c, dirsync.StateSucceeded)
}

func undoChanged(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	change(t, s, "t1", 2)
	c := undoing(t, s, "t1", 3, 2)
	people := undonePeople(t, s, c)
	moved, left := people["u0001"], people["u0002"]
	if len(people) != 2 || moved.Kind != dirsync.KindMove || left.Kind != dirsync.KindLeave ||
		moved.WrittenBy != runID(2) || left.WrittenBy != runID(2) || !moved.Existing {
		t.Fatalf("people %+v, want one moved and one gone", people)
	}
	before := moved.Before
	if before == nil || !reflect.DeepEqual(before.StagedPerson, stagedPerson(1)) || before.Gone ||
		!reflect.DeepEqual(before.Places, []dirsync.StagedPlace{{PersonID: "u0001", DepartmentID: "2", Order: -1}}) {
		t.Errorf("before: %+v, want what the first run applied", before)
	}
	if moved.Now == nil || moved.Now.Title != "经理" || moved.Now.Places[0].DepartmentID != "3" || !moved.Now.Owned || moved.Now.Account != "account-u0001" {
		t.Errorf("now: %+v, want what the second run applied", moved.Now)
	}
	if left.Now == nil || !left.Now.Gone || left.Before == nil || left.Before.Gone || left.Before.Name != stagedPerson(2).Name {
		t.Errorf("leaver now %+v, before %+v", left.Now, left.Before)
	}
	d := undoneDepartments(t, s, c)["3"]
	if d.Kind != dirsync.KindMove || d.Before == nil || d.Before.ParentID != "1" || d.Before.Order != 7 || d.Now == nil || d.Now.ParentID != "2" {
		t.Errorf("department %+v, before %+v, now %+v", d, d.Before, d.Now)
	}
	finishRun(t, s, c, dirsync.StateCancelled)
	if first := undonePeople(t, s, undoing(t, s, "t1", 4, 1)); first["u0001"].WrittenBy != runID(2) || first["u0001"].Before != nil {
		t.Errorf("of the first run: %+v, want the second as the last writer", first["u0001"])
	}
}

// undoLater: somebody whose row another user id has taken over is not there
// any more.
func undoLater(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(2))
	takes := personChange(2, dirsync.KindUpdate, "local-u0001")
	takes.Replaces = "u0001"
	addChanges(t, s, c, dirsync.StagePeople, takes)
	applyAllBatches(t, s, c)
	finishRun(t, s, c, dirsync.StateSucceeded)
	c = undoing(t, s, "t1", 3, 1)
	if p := undonePeople(t, s, c)["u0001"]; p.Kind != dirsync.KindCreate || p.Now != nil || p.Before != nil {
		t.Errorf("replaced: %+v, want them gone from the mirror", p)
	}
	finishRun(t, s, c, dirsync.StateCancelled)
	if p := undonePeople(t, s, undoing(t, s, "t1", 4, 2))["u0002"]; p.Replaces != "u0001" || p.Now == nil {
		t.Errorf("replacing: %+v, want to know whom", p)
	}
}

// undoFailed: what was not applied is not undone.
func undoFailed(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1, 2, 3, 4))
	addChanges(t, s, c, dirsync.StagePeople,
		personChange(1, dirsync.KindCreate, ""), personChange(2, dirsync.KindCreate, ""), personChange(3, dirsync.KindConflict, ""))
	addChanges(t, s, c, dirsync.StagePeople, personChange(4, dirsync.KindCreate, ""))
	batch := openBatches(t, s, c)[0]
	done := donePeople(peopleBatch(t, s, c, batch))
	done[0].Outcome = dirsync.Outcome{Failure: provider.Text{ZH: "不行", EN: "no"}}
	noSyncError(t, "record")(s.RecordPeople(t.Context(), c, batch, done, true, syncAt(4)))
	finishRun(t, s, c, dirsync.StateCancelled)
	people := undonePeople(t, s, undoing(t, s, "t1", 2, 1))
	if got := slices.Sorted(maps.Keys(people)); len(got) != 1 || got[0] != "u0002" {
		t.Errorf("people %v, want the one who was applied", got)
	}
}

// undoUnbind has somebody leave the directory and stay a member.
func undoUnbind(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := undoing(t, s, "t1", 2, 1)
	addChanges(t, s, c, dirsync.StageLeavers, personChange(1, dirsync.KindUnbind, "local-u0001"))
	batch := openBatches(t, s, c)[0]
	list := peopleBatch(t, s, c, batch)
	if len(list) != 1 || list[0].Kind != dirsync.KindLeave || !list[0].BoundElsewhere {
		t.Fatalf("pending %+v, want them to leave without being suspended", list)
	}
	noSyncError(t, "record")(s.RecordPeople(t.Context(), c, batch, donePeople(list), true, syncAt(4)))
	finishRun(t, s, c, dirsync.StateSucceeded)
	if p := undonePeople(t, s, undoing(t, s, "t1", 3, 2))["u0001"]; p.Kind != dirsync.KindUnbind || p.Before == nil || p.Now == nil || !p.Now.Gone {
		t.Errorf("unbound: %+v, want them gone and known from before", p)
	}
}

func undoOccupied(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	change(t, s, "t1", 2) // 1 moves to department 3, 2 leaves
	pulled(t, s, "t2", 10, 1)
	c := undoing(t, s, "t1", 3, 2)
	wantOccupied(t, s, c, "3")
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindConflict, ""))
	wantOccupied(t, s, c, "3")
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindUpdate, "local-u0001"))
	wantOccupied(t, s, c)
}

func wantOccupied(tb testing.TB, s dirsync.Store, c dirsync.Claim, want ...provider.DepartmentID) {
	tb.Helper()
	got, err := s.OccupiedDepartments(tb.Context(), c)
	if err != nil || !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
		tb.Errorf("occupied %v, %v; want %v", got, err, want)
	}
}

func undoIsolation(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	c := undoing(t, s, "t2", 2, 1) // the id of another tenant's run
	if got := undonePeople(t, s, c); len(got) != 0 {
		t.Errorf("people of another tenant: %+v", got)
	}
	if got := undoneDepartments(t, s, c); len(got) != 0 {
		t.Errorf("departments of another tenant: %+v", got)
	}
	wantOccupied(t, s, c)
}
