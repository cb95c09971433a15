package storetest

import (
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

func syncManagerTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"told":        managersTold,
		"open":        managersOpen,
		"incremental": managersIncremental,
		"conflict":    managersConflict,
		"names":       managersNames,
	}
}

// withManager returns a company in which people are told to report to another.
func withManager(manager provider.UserID, known bool, numbers ...int) dirsync.Staging {
	p := company(numbers...)
	for i := range p.People {
		p.People[i].ManagerID, p.People[i].ManagerKnown = manager, known
	}
	return p
}

// readAgain applies another run over people, of whom a manager is told or not.
func readAgain(tb testing.TB, s dirsync.Store, run int, manager provider.UserID, known bool, numbers ...int) dirsync.Claim {
	tb.Helper()
	c := claimed(tb, s, "t1", run)
	begin(tb, s, c, withManager(manager, known, numbers...))
	var changes []dirsync.PlannedChange
	for _, p := range changedPeople(tb, s, c) {
		changes = append(changes, dirsync.PlannedChange{
			Entity: dirsync.EntityPerson, Kind: dirsync.KindUpdate, RemoteID: string(p.Person.ID),
			LocalID: "local-" + string(p.Person.ID), Name: p.Person.Name,
		})
	}
	addChanges(tb, s, c, dirsync.StagePeople, changes...)
	applyAllBatches(tb, s, c)
	return c
}

// managersTold has a person differ when another manager is told, and not when
// none is.
func managersTold(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	differs := func(run int, manager provider.UserID, known, want bool) {
		t.Helper()
		c := claimed(t, s, "t1", run)
		begin(t, s, c, withManager(manager, known, 1, 2))
		if got := changedPeople(t, s, c); (len(got) > 0) != want {
			t.Errorf("manager %q, known %t: changed %+v, want changes: %t", manager, known, got, want)
		} else if want && (got[0].Person.ManagerID != manager || !got[0].Person.ManagerKnown) {
			t.Errorf("read %+v, want manager %q", got[0].Person, manager)
		}
		finishRun(t, s, c, dirsync.StateSucceeded)
	}
	differs(2, "", true, false)
	differs(3, "u0002", true, true)
	finishRun(t, s, readAgain(t, s, 4, "u0002", true, 1, 2), dirsync.StateSucceeded)
	differs(5, "u0002", true, false)
	differs(6, "", false, false)
	// Another field changes, and the manager is not told: it stays known.
	c := claimed(t, s, "t1", 7)
	p := withManager("", false, 1, 2)
	p.People[0].Title, p.People[0].Hash = "other", "other"
	begin(t, s, c, p)
	got := changedPeople(t, s, c)
	if len(got) != 1 || got[0].Mirror == nil || got[0].Mirror.ManagerID != "u0002" {
		t.Fatalf("changed %+v, want one with the manager of the mirror", got)
	}
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindUpdate, "local-u0001"))
	applyAllBatches(t, s, c)
	known, _, err := s.Known(t.Context(), c.Run.Directory(), "u0001")
	if err != nil || known == nil || known.ManagerID != "u0002" || known.Title != "other" {
		t.Errorf("the mirror has %+v, %v; want the manager kept", known, err)
	}
	finishRun(t, s, c, dirsync.StateSucceeded)
	differs(8, "", true, true)
	if got := appliedPeople(t, s, claimed(t, s, "t1", 9), false)["u0001"].ManagerID; got != "u0002" {
		t.Errorf("the manager to be compared with is %q, want u0002", got)
	}
}

func openManagers(tb testing.TB, s dirsync.Store, c dirsync.Claim, after provider.UserID, limit int) []dirsync.OpenManager {
	tb.Helper()
	list, err := s.OpenManagers(tb.Context(), c, after, limit)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func wantOpenManagers(tb testing.TB, s dirsync.Store, c dirsync.Claim, want ...string) {
	tb.Helper()
	var got []string
	for _, m := range openManagers(tb, s, c, "", 10) {
		base := "none"
		if m.Base != nil {
			base = *m.Base
		}
		got = append(got, string(m.RemoteID)+" "+m.LocalID+" "+m.ManagerID+" "+base)
	}
	if !slices.Equal(got, want) {
		tb.Errorf("open managers %q, want %q", got, want)
	}
}

// managersOpen synchronises managers whose account is known.
func managersOpen(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3)
	pulled(t, s, "t2", 1, 1, 2, 3)
	c := readAgain(t, s, 2, "u0003", true, 1, 2)
	wantOpenManagers(t, s, c, "u0001 local-u0001 local-u0003 none", "u0002 local-u0002 local-u0003 none")
	list := openManagers(t, s, c, "u0001", 10)
	if len(list) != 1 || list[0].Name != stagedPerson(2).Name || list[0].Account != "account-u0002" || !list[0].Owned {
		t.Fatalf("after the first: %+v, want the second", list)
	}
	if first := openManagers(t, s, c, "", 1); len(first) != 1 || first[0].RemoteID != "u0001" {
		t.Errorf("the first of them is %+v", first)
	}
	noSyncError(t, "record")(s.RecordManagers(t.Context(), c, list, syncAt(4)))
	noSyncError(t, "record none")(s.RecordManagers(t.Context(), c, nil, syncAt(4)))
	wantOpenManagers(t, s, c, "u0001 local-u0001 local-u0003 none")
	noSyncError(t, "record")(s.RecordManagers(t.Context(), c, openManagers(t, s, c, "", 10), syncAt(4)))
	wantOpenManagers(t, s, c)
	finishRun(t, s, c, dirsync.StateSucceeded)
	cancel, err := s.RecordManagers(t.Context(), c, list, syncAt(4))
	wantLost(t, "record after the end", cancel, err)

	// Somebody unknown is nobody's manager yet, and no more the old one.
	c = readAgain(t, s, 3, "stranger", true, 1)
	wantOpenManagers(t, s, c, "u0001 local-u0001  local-u0003")
	noSyncError(t, "record")(s.RecordManagers(t.Context(), c, openManagers(t, s, c, "", 10), syncAt(4)))
	wantOpenManagers(t, s, c)
	finishRun(t, s, c, dirsync.StateSucceeded)

	// A leaver is not, either.
	c = claimed(t, s, "t1", 4)
	begin(t, s, c, company(1, 2))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(3, dirsync.KindLeave, "local-u0003"))
	applyAllBatches(t, s, c)
	wantOpenManagers(t, s, c, "u0002 local-u0002  local-u0003")
}

// managersIncremental looks at those whom the run has looked up only.
func managersIncremental(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4)
	finishRun(t, s, readAgain(t, s, 2, "u0003", true, 1, 2), dirsync.StateSucceeded)
	run := newSyncRun("t1", 3)
	run.Mode = dirsync.Incremental
	c := claimRun(t, s, createRun(t, s, run))
	for _, step := range []struct {
		task string
		want []string
	}{
		{"u0004", nil},
		{"u0002", []string{"u0002 local-u0002 local-u0003 none"}},
		{"u0003", []string{"u0001 local-u0001 local-u0003 none", "u0002 local-u0002 local-u0003 none"}},
	} {
		begin(t, s, c, dirsync.Staging{Tasks: []dirsync.Task{{Kind: dirsync.TaskPerson, ID: step.task, State: dirsync.TaskDone}}})
		wantOpenManagers(t, s, c, step.want...)
	}
}

// managersConflict keeps the conflict of a manager, and closes it.
func managersConflict(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3)
	c := readAgain(t, s, 2, "u0003", true, 1, 2)
	list := openManagers(t, s, c, "", 10)
	list[0].Conflict = &dirsync.FieldConflict{Field: dirsync.FieldManager, Platform: "a", Provider: "b"}
	noSyncError(t, "record")(s.RecordManagers(t.Context(), c, list, syncAt(4)))
	got := openConflicts(t, s, "t1")
	if len(got) != 1 || got[0].FieldConflict != *list[0].Conflict || got[0].RemoteID != "u0001" || got[0].LocalID != "local-u0001" {
		t.Errorf("conflicts %+v, want that of the manager", got)
	}
	wantOpenManagers(t, s, c)
	finishRun(t, s, c, dirsync.StateSucceeded)
	c = readAgain(t, s, 3, "u0002", true, 1)
	noSyncError(t, "record")(s.RecordManagers(t.Context(), c, openManagers(t, s, c, "", 10), syncAt(4)))
	if got := openConflicts(t, s, "t1"); len(got) != 0 {
		t.Errorf("conflicts %+v, want none any more", got)
	}
}

// managersNames names people who were read or applied, of the tenant only.
func managersNames(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	pulled(t, s, "t2", 1, 3)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(2))
	names, err := s.PersonNames(t.Context(), c, []provider.UserID{"u0001", "u0002", "u0003", "nobody"})
	if err != nil || len(names) != 2 || names["u0001"] != stagedPerson(1).Name || names["u0002"] != stagedPerson(2).Name {
		t.Errorf("names %v, %v; want those of the first two", names, err)
	}
	if names, err := s.PersonNames(t.Context(), c, nil); err != nil || len(names) != 0 {
		t.Errorf("names of nobody: %v, %v", names, err)
	}
}
