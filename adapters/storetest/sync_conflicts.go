package storetest

import (
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncConflictTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"fields":    conflictFields,
		"people":    conflictPeople,
		"isolation": conflictIsolation,
		"known":     conflictKnown,
		"bind":      conflictBind,
	}
}

func openConflicts(tb testing.TB, s dirsync.Store, t tenant.ID) []dirsync.Conflict {
	tb.Helper()
	var all []dirsync.Conflict
	for p := (tenant.Page{Limit: 1}); ; {
		list, err := s.Conflicts(tb.Context(), t, "fake", p)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, list.Items...)
		if p.Cursor = list.Next; p.Cursor == "" {
			return all
		}
	}
}

// edited applies a change of the n-th person with the given conflicts and
// settled fields, in a run of its own.
func edited(tb testing.TB, s dirsync.Store, run int, conflicts []dirsync.FieldConflict, settled ...dirsync.PersonField) {
	tb.Helper()
	c := claimed(tb, s, "t1", run)
	begin(tb, s, c, company(1, 2))
	addChanges(tb, s, c, dirsync.StagePeople, personChange(1, dirsync.KindUpdate, "local-u0001"))
	b := openBatches(tb, s, c)[0]
	done := donePeople(peopleBatch(tb, s, c, b))
	if base := done[0].Change.Base; base == nil || base.Email != stagedPerson(1).Email || base.Name != stagedPerson(1).Name {
		tb.Errorf("base %+v, want the person as they were applied", base)
	}
	done[0].Change.Conflicts, done[0].Change.Settled = conflicts, dirsync.FieldSet(0).With(settled...)
	noSyncError(tb, "record")(s.RecordPeople(tb.Context(), c, b, done, true, syncAt(run)))
	if err := s.SettleConflicts(tb.Context(), c, syncAt(run)); err != nil {
		tb.Fatal(err)
	}
	finishRun(tb, s, c, dirsync.StateSucceeded)
}

func conflictFields(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	email := dirsync.FieldConflict{Field: dirsync.FieldEmail, Platform: "it's", Provider: "张三"}
	title := dirsync.FieldConflict{Field: dirsync.FieldTitle, Platform: "a", Provider: "b"}
	edited(t, s, 2, []dirsync.FieldConflict{email, title})
	got := openConflicts(t, s, "t1")
	if len(got) != 2 || got[0].FieldConflict != email || got[0].RemoteID != "u0001" || got[0].LocalID != "local-u0001" ||
		got[0].Name != stagedPerson(1).Name || got[0].RunID != runID(2) || got[0].OrgID != "org" || got[0].Provider != "fake" {
		t.Fatalf("conflicts %+v, want those of email and title", got)
	}
	first := got[0].ID
	email.Provider = "other"
	edited(t, s, 3, []dirsync.FieldConflict{email}, dirsync.FieldTitle)
	if got = openConflicts(t, s, "t1"); len(got) != 1 || got[0].FieldConflict != email || got[0].ID != first {
		t.Errorf("conflicts %+v, want that of email, with the new value", got)
	}
	if one, err := s.Conflict(t.Context(), "t1", first); err != nil || one != got[0] {
		t.Errorf("conflict %+v, %v; want %+v", one, err, got[0])
	}
	if err := s.CloseConflict(t.Context(), "t1", first); err != nil {
		t.Error(err)
	}
	wantNotFound(t, "closed again", s.CloseConflict(t.Context(), "t1", first))
	edited(t, s, 4, []dirsync.FieldConflict{title})
	c := claimed(t, s, "t1", 5)
	begin(t, s, c, company(2))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(1, dirsync.KindLeave, "local-u0001"))
	applyAllBatches(t, s, c)
	if err := s.SettleConflicts(t.Context(), c, syncNow); err != nil {
		t.Error(err)
	}
	if got = openConflicts(t, s, "t1"); len(got) != 0 {
		t.Errorf("conflicts %+v, want none of somebody who has left", got)
	}
}

func conflictPeople(t *testing.T, s dirsync.Store) {
	settle := func(run int, complete bool, read []int, conflicts ...int) []dirsync.Conflict {
		t.Helper()
		c := claimed(t, s, "t1", run)
		begin(t, s, c, company(read...))
		for _, n := range conflicts {
			change := personChange(n, dirsync.KindConflict, "")
			change.Reason = provider.Text{ZH: "原因", EN: "why"}
			addChanges(t, s, c, dirsync.StagePeople, change)
		}
		c.Run.Complete = complete
		if err := s.SettleConflicts(t.Context(), c, syncAt(run)); err != nil {
			t.Fatal(err)
		}
		finishRun(t, s, c, dirsync.StateSucceeded)
		return openConflicts(t, s, "t1")
	}
	first := settle(1, true, []int{1, 2, 3}, 1, 2, 3)
	if len(first) != 3 || first[0].Field != "" || first[0].Reason.ZH != "原因" || first[0].Name != stagedPerson(1).Name {
		t.Fatalf("conflicts %+v, want three people", first)
	}
	if got := settle(2, true, []int{1, 2, 3}, 1, 2, 3); len(got) != 3 || got[0] != first[0] {
		t.Errorf("conflicts %+v, want the same", got)
	}
	if got := settle(3, false, []int{1, 2}, 2); len(got) != 2 || got[0].RemoteID != "u0002" || got[1].RemoteID != "u0003" {
		t.Errorf("conflicts %+v, want also the one who was not read", got)
	}
	if got := settle(4, true, []int{2}, 2); len(got) != 1 || got[0].RemoteID != "u0002" {
		t.Errorf("conflicts %+v, want one after a whole read", got)
	}
}

func conflictIsolation(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	edited(t, s, 2, []dirsync.FieldConflict{{Field: dirsync.FieldEmail}})
	id := openConflicts(t, s, "t1")[0].ID
	_, err := s.Conflict(t.Context(), "t2", id)
	wantNotFound(t, "conflict of another tenant", err)
	wantNotFound(t, "closed by another tenant", s.CloseConflict(t.Context(), "t2", id))
	c := claimed(t, s, "t2", 3)
	begin(t, s, c, company(1))
	c.Run.Complete = true
	if err := s.SettleConflicts(t.Context(), c, syncNow); err != nil {
		t.Error(err)
	}
	if got := openConflicts(t, s, "t2"); len(got) != 0 || len(openConflicts(t, s, "t1")) != 1 {
		t.Errorf("conflicts of t2 %+v, want none, and one of t1", got)
	}
	if list, err := s.Conflicts(t.Context(), "t1", "other", tenant.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("conflicts of another office app %+v, %v", list, err)
	}
}

func conflictKnown(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	dir := dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
	known, bound, err := s.Known(t.Context(), dir, "u0001")
	if err != nil || known == nil || known.StagedPerson != stagedPerson(1) || known.LocalID != "local-u0001" || !known.Owned ||
		len(known.Places) != 1 || bound != "local-u0001" {
		t.Errorf("known %+v, bound to %q, %v; want the first person", known, bound, err)
	}
	for name, other := range map[string]dirsync.Directory{
		"tenant": {Tenant: "t2", Provider: "fake", OrgID: "org"}, "organisation": {Tenant: "t1", Provider: "fake", OrgID: "org2"},
	} {
		if known, bound, err := s.Known(t.Context(), other, "u0001"); err != nil || known != nil || bound != "" {
			t.Errorf("known in another %s: %+v, %q, %v", name, known, bound, err)
		}
	}
}

func conflictBind(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	dir := dirsync.Directory{Tenant: "t1", Provider: "fake", OrgID: "org"}
	if err := s.BindPerson(t.Context(), dir, "u0002", "local-2", syncNow); err != nil {
		t.Fatal(err)
	}
	if _, bound, err := s.Known(t.Context(), dir, "u0002"); err != nil || bound != "local-2" {
		t.Errorf("bound to %q, %v; want local-2", bound, err)
	}
	for name, err := range map[string]error{
		"a person twice":   s.BindPerson(t.Context(), dir, "u0002", "local-3", syncNow),
		"an account twice": s.BindPerson(t.Context(), dir, "u0003", "local-u0001", syncNow),
	} {
		if !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("%s: %v, want ErrConflict", name, err)
		}
	}
	dir.Tenant = "t2"
	if err := s.BindPerson(t.Context(), dir, "u0002", "local-2", syncNow); err != nil {
		t.Errorf("in another tenant: %v", err)
	}
}
