package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncPushTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"bound":       pushBound,
		"mirror":      pushMirror,
		"departments": pushRecordsDepartments,
		"people":      pushRecordsPeople,
		"invitations": pushInvitations,
		"taken":       pushTaken,
		"disputed":    pushDisputed,
		"request":     pushRequest,
		"before":      pushBefore,
		"released":    pushReleased,
		"manager":     pushManager,
	}
}

func directoryOf(t tenant.ID) dirsync.Directory {
	return dirsync.Directory{Tenant: t, Provider: "fake", OrgID: "org"}
}

// pushing begins a push with changes of one stage and returns its only batch.
func pushing(tb testing.TB, s dirsync.Store, t tenant.ID, n int, stage dirsync.Stage, changes ...dirsync.PlannedChange) (
	dirsync.Claim, dirsync.Batch, []dirsync.PendingChange,
) {
	tb.Helper()
	r := newSyncRun(t, n)
	r.Direction = dirsync.Push
	c := claimRun(tb, s, createRun(tb, s, r))
	c.Run.State, c.Run.Phase = dirsync.StateApplying, dirsync.PhaseApply
	addChanges(tb, s, c, stage, changes...)
	b := openBatches(tb, s, c)[0]
	return c, b, pendingPush(tb, s, c, b)
}

func pendingPush(tb testing.TB, s dirsync.Store, c dirsync.Claim, b dirsync.Batch) []dirsync.PendingChange {
	tb.Helper()
	list, err := s.PendingChanges(tb.Context(), c, b.Number)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// pushedAs answers the creation of a person with a user id.
func pushedAs(c dirsync.PendingChange, n int) dirsync.Pushed {
	p := stagedPerson(n)
	p.ManagerID, p.ManagerKnown = "u0001", true
	return dirsync.Pushed{
		Change: c, RemoteID: string(p.ID), Person: &p,
		Places: []dirsync.StagedPlace{{PersonID: p.ID, DepartmentID: "2", Order: int64(-n)}},
	}
}

func pushedPersonChange(local string) dirsync.PlannedChange {
	return dirsync.PlannedChange{
		Entity: dirsync.EntityPerson, Kind: dirsync.KindCreate, LocalID: local, Account: "account of " + local, Name: local,
	}
}

func pushBound(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	bound, err := s.Bound(t.Context(), directoryOf("t1"), []string{"local-u0001", "nobody"})
	b := bound["local-u0001"]
	if err != nil || len(bound) != 1 || !b.Mirrored || b.ID != "u0001" || b.Name != stagedPerson(1).Name || len(b.Places) != 1 {
		t.Errorf("bound %+v, %v; want number 1, as the mirror has them", bound, err)
	}
	if b.ManagerKnown || b.ManagerID != "" {
		t.Errorf("manager %q, want it unknown", b.ManagerID)
	}
	if bound, err := s.Bound(t.Context(), directoryOf("t2"), []string{"local-u0001"}); err != nil || len(bound) != 0 {
		t.Errorf("bound in another tenant: %+v, %v", bound, err)
	}
	if bound, err := s.Bound(t.Context(), directoryOf("t1"), nil); err != nil || len(bound) != 0 {
		t.Errorf("bound of nobody: %+v, %v", bound, err)
	}
}

func pushMirror(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3)
	list, err := s.MirrorPeople(t.Context(), directoryOf("t1"), "u0001", 1)
	if err != nil || len(list) != 1 || list[0].ID != "u0002" || list[0].LocalID != "local-u0002" {
		t.Errorf("people after the first: %+v, %v; want the second", list, err)
	}
	if list, err := s.MirrorPeople(t.Context(), directoryOf("t2"), "", 10); err != nil || len(list) != 0 {
		t.Errorf("people of another tenant: %+v, %v", list, err)
	}
}

func pushRecordsDepartments(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	change := dirsync.PlannedChange{
		Entity: dirsync.EntityDepartment, Kind: dirsync.KindCreate, LocalID: "own", Name: "新", ParentID: "dep-2",
	}
	c, b, pending := pushing(t, s, "t1", 2, dirsync.StageDepartments, change)
	if len(pending) != 1 || pending[0].Entity != dirsync.EntityDepartment || pending[0].LocalID != "own" || pending[0].ParentID != "dep-2" {
		t.Fatalf("pending %+v", pending)
	}
	done := dirsync.Pushed{
		Change: pending[0], RemoteID: "9", Department: &dirsync.StagedDepartment{ID: "9", ParentID: "2", Name: "新"},
		Note: provider.Text{ZH: "注", EN: "note"},
	}
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{done}, nil, false, syncAt(3)))
	if left := pendingPush(t, s, c, b); len(left) != 0 {
		t.Errorf("pending after its record: %+v", left)
	}
	orders := []dirsync.StagedDepartment{{ID: "9", Order: 4}, {ID: "3", Order: 5}}
	noSyncError(t, "end")(s.RecordPush(t.Context(), c, b, nil, orders, true, syncAt(3)))
	mirror, err := s.MirrorDepartments(t.Context(), directoryOf("t1"))
	if err != nil || len(mirror) != 4 || mirror[3].ID != "9" || mirror[3].ParentID != "2" || mirror[3].LocalID != "own" ||
		mirror[3].Order != 4 || mirror[2].Order != 5 {
		t.Errorf("mirror %+v, %v", mirror, err)
	}
	changes := changesOf(t, s, c.Run, dirsync.ChangeFilter{})
	if len(changes) != 1 || changes[0].RemoteID != "9" || changes[0].State != dirsync.ChangeApplied || changes[0].Reason.EN != "note" {
		t.Errorf("changes %+v", changes)
	}
	finishRun(t, s, c, dirsync.StateSucceeded)
	leave := dirsync.PlannedChange{Entity: dirsync.EntityDepartment, Kind: dirsync.KindLeave, RemoteID: "9", LocalID: "own"}
	c, b, pending = pushing(t, s, "t1", 3, dirsync.StageRemovals, leave)
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{{Change: pending[0], RemoteID: "9"}}, nil, true, syncAt(3)))
	if mirror, err = s.MirrorDepartments(t.Context(), directoryOf("t1")); err != nil || !mirror[3].Gone {
		t.Errorf("mirror after the removal %+v, %v", mirror, err)
	}
	wantLost(t, "record of a batch that is done", false, func() error {
		_, err := s.RecordPush(t.Context(), c, b, nil, nil, true, syncAt(4))
		return err
	}())
}

func pushRecordsPeople(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c, b, pending := pushing(t, s, "t1", 2, dirsync.StagePeople, pushedPersonChange("me"), pushedPersonChange("you"))
	failed := dirsync.Pushed{Change: pending[1], Failure: provider.Text{ZH: "错", EN: "wrong"}}
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{pushedAs(pending[0], 7), failed}, nil, true, syncAt(3)))
	bound, err := s.Bound(t.Context(), directoryOf("t1"), []string{"me", "you"})
	if me := bound["me"]; err != nil || len(bound) != 1 || !me.Mirrored || me.ID != "u0007" || me.Owned || me.Account != "account of me" ||
		me.ManagerID != "u0001" || !me.ManagerKnown {
		t.Errorf("bound %+v, %v; want me", bound, err)
	}
	if run := readRun(t, s, c.Run); run.Progress.ChangesApplied != 1 || run.Progress.ChangesFailed != 1 {
		t.Errorf("progress %+v", run.Progress)
	}
	finishRun(t, s, c, dirsync.StatePartial)
	next := claimed(t, s, "t1", 3) // what a pull would find
	begin(t, s, next, company(1, 7))
	if changed := changedPeople(t, s, next); len(changed) != 0 {
		t.Errorf("changed %+v, want the pull to find nothing", changed)
	}
	finishRun(t, s, next, dirsync.StateSucceeded)
	leave := dirsync.PlannedChange{Entity: dirsync.EntityPerson, Kind: dirsync.KindLeave, RemoteID: "u0007", LocalID: "me"}
	c, b, pending = pushing(t, s, "t1", 4, dirsync.StageLeavers, leave)
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{{Change: pending[0], RemoteID: "u0007"}}, nil, true, syncAt(3)))
	if bound, err := s.Bound(t.Context(), directoryOf("t1"), []string{"me"}); err != nil || len(bound) != 0 {
		t.Errorf("bound after leaving: %+v, %v", bound, err)
	}
}

func pushInvitations(t *testing.T, s dirsync.Store) {
	c, b, pending := pushing(t, s, "t1", 1, dirsync.StagePeople, pushedPersonChange("me"))
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{{Change: pending[0], Invited: true}}, nil, true, syncAt(3)))
	want := func(dir dirsync.Directory, after time.Time, n int) {
		t.Helper()
		invited, err := s.Invited(t.Context(), dir, []string{"me", "you"}, after)
		if err != nil || len(invited) != n || n > 0 && !invited["me"].Equal(syncAt(3).Truncate(time.Microsecond)) {
			t.Errorf("invited after %s: %v, %v; want %d", after, invited, err, n)
		}
	}
	want(directoryOf("t1"), syncAt(2), 1)
	want(directoryOf("t1"), syncAt(3), 0)
	want(directoryOf("t2"), syncAt(2), 0)
	finishRun(t, s, c, dirsync.StateSucceeded)
	c, b, pending = pushing(t, s, "t1", 2, dirsync.StagePeople, pushedPersonChange("me"))
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{pushedAs(pending[0], 1)}, nil, true, syncAt(3)))
	want(directoryOf("t1"), syncAt(2), 0)
}

// pushTaken must not take somebody's binding away.
func pushTaken(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c, b, pending := pushing(t, s, "t1", 2, dirsync.StagePeople, pushedPersonChange("me"))
	_, err := s.RecordPush(t.Context(), c, b, []dirsync.Pushed{pushedAs(pending[0], 1)}, nil, false, syncAt(3))
	if !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("record: %v, want ErrConflict", err)
	}
	bound, err := s.Bound(t.Context(), directoryOf("t1"), []string{"me", "local-u0001"})
	if err != nil || len(bound) != 1 || bound["local-u0001"].ID != "u0001" {
		t.Errorf("bound %+v, %v; want it as it was", bound, err)
	}
}

// pushDisputed has somebody edited on both sides.
func pushDisputed(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	edited(t, s, 2, []dirsync.FieldConflict{{Field: dirsync.FieldEmail, Platform: "here", Provider: "there"}})
	people := []provider.UserID{"u0001", "u0002"}
	disputed, err := s.Disputed(t.Context(), directoryOf("t1"), people)
	if err != nil || len(disputed) != 1 || disputed["u0001"] != dirsync.FieldSet(0).With(dirsync.FieldEmail) {
		t.Errorf("disputed %v, %v; want the email address of the first", disputed, err)
	}
	if disputed, err := s.Disputed(t.Context(), directoryOf("t2"), people); err != nil || len(disputed) != 0 {
		t.Errorf("disputed in another tenant: %v, %v", disputed, err)
	}
	if disputed, err := s.Disputed(t.Context(), directoryOf("t1"), nil); err != nil || len(disputed) != 0 {
		t.Errorf("disputed of nobody: %v, %v", disputed, err)
	}
}

func pushRequest(t *testing.T, s dirsync.Store) {
	r := newSyncRun("t1", 1)
	r.Direction, r.Only, r.Deletes = dirsync.Push, dirsync.EntityPerson, true
	got := readRun(t, s, createRun(t, s, r))
	if got.Direction != dirsync.Push || got.Only != dirsync.EntityPerson || !got.Deletes {
		t.Errorf("run %+v, want what was asked for", got)
	}
}

// pushBefore keeps how people and departments were, for an undo: of somebody who
// is changed twice what was first.
func pushBefore(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	first := dirsync.PlannedChange{Entity: dirsync.EntityPerson, Kind: dirsync.KindUpdate, RemoteID: "u0001", LocalID: "local-u0001"}
	c, b, pending := pushing(t, s, "t1", 2, dirsync.StagePeople, pushedPersonChange("me"), first, first)
	created, changed, again := pushedAs(pending[0], 7), pushedAs(pending[1], 1), pushedAs(pending[2], 1)
	created.BeforePerson = &dirsync.MirrorPerson{Gone: true}
	was := stagedPerson(1)
	was.Title, was.ManagerID = "前", "boss"
	places := []dirsync.StagedPlace{{PersonID: "u0001", DepartmentID: "3", Leader: true, Order: 2}}
	changed.BeforePerson = &dirsync.MirrorPerson{StagedPerson: was, Places: places}
	again.BeforePerson = &dirsync.MirrorPerson{StagedPerson: stagedPerson(1)}
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{created, changed, again}, nil, true, syncAt(3)))
	addChanges(t, s, c, dirsync.StageDepartments, dirsync.PlannedChange{
		Entity: dirsync.EntityDepartment, Kind: dirsync.KindUpdate, RemoteID: "3", LocalID: "dep-3", Name: "后",
	})
	b = openBatches(t, s, c)[0]
	department := dirsync.Pushed{
		Change: pendingPush(t, s, c, b)[0], RemoteID: "3", Department: &dirsync.StagedDepartment{ID: "3", ParentID: "1", Name: "后"},
		BeforeDepartment: &dirsync.MirrorDepartment{StagedDepartment: dirsync.StagedDepartment{ID: "3", ParentID: "2", Name: "前"}},
	}
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{department}, nil, true, syncAt(3)))
	finishRun(t, s, c, dirsync.StateSucceeded)

	c = undoing(t, s, "t1", 3, 2)
	people := undonePeople(t, s, c)
	if p := people["u0007"]; len(people) != 2 || p.Kind != dirsync.KindCreate || p.Before == nil || !p.Before.Gone || p.WrittenBy != runID(2) {
		t.Errorf("created: %+v, before %+v; want them not to have been there", p, p.Before)
	}
	if p := people["u0001"]; p.Before == nil || p.Before.Title != "前" || p.Before.ManagerID != "boss" || p.Before.Gone ||
		len(p.Before.Places) != 1 || p.Before.Places[0] != places[0] {
		t.Errorf("changed: %+v, before %+v; want what was first", p, p.Before)
	}
	if d := undoneDepartments(t, s, c)["3"]; d.Before == nil || d.Before.Name != "前" || d.Before.ParentID != "2" || d.Now == nil || d.Now.Name != "后" {
		t.Errorf("department %+v, before %+v", d, d.Before)
	}
	before, err := s.PeopleBefore(t.Context(), c, []provider.UserID{"u0001", "u0007", "nobody"})
	if err != nil || len(before) != 2 || before["u0001"].Title != "前" || len(before["u0001"].Places) != 1 || !before["u0007"].Gone {
		t.Errorf("people before: %+v, %v", before, err)
	}
	finishRun(t, s, c, dirsync.StateCancelled)
	other := undoing(t, s, "t2", 4, 2)
	if before, err := s.PeopleBefore(t.Context(), other, []provider.UserID{"u0001"}); err != nil || len(before) != 0 {
		t.Errorf("people of another tenant: %+v, %v", before, err)
	}
}

// pushReleased takes a binding away that a push has made.
func pushReleased(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	release := dirsync.PlannedChange{Entity: dirsync.EntityPerson, Kind: dirsync.KindUnbind, RemoteID: "u0001", LocalID: "local-u0001"}
	c, b, pending := pushing(t, s, "t1", 2, dirsync.StagePeople, release)
	noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{{Change: pending[0], RemoteID: "u0001"}}, nil, true, syncAt(3)))
	if bound, err := s.Bound(t.Context(), directoryOf("t1"), []string{"local-u0001"}); err != nil || len(bound) != 0 {
		t.Errorf("bound %+v, %v; want nobody", bound, err)
	}
}

// pushManager notes a manager whom both sides have, so that the next pull does
// not bring it over.
func pushManager(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	for n, settled := range []bool{false, true} {
		change := dirsync.PlannedChange{Entity: dirsync.EntityPerson, Kind: dirsync.KindUpdate, RemoteID: "u0002", LocalID: "local-u0002"}
		c, b, pending := pushing(t, s, "t1", 2+2*n, dirsync.StagePeople, change)
		done := pushedAs(pending[0], 2)
		done.ManagerSettled = settled
		noSyncError(t, "record")(s.RecordPush(t.Context(), c, b, []dirsync.Pushed{done}, nil, true, syncAt(3)))
		finishRun(t, s, c, dirsync.StateSucceeded)
		next := claimed(t, s, "t1", 3+2*n)
		open, err := s.OpenManagers(t.Context(), next, "", 10)
		if err != nil || settled != (len(open) == 0) {
			t.Errorf("settled %v: open managers %+v, %v", settled, open, err)
		}
		finishRun(t, s, next, dirsync.StateCancelled)
	}
}
