package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// RunSync proves a dirsync.Store: runs and their life, claims and fences, what
// is staged and how it is compared, plans and what becomes of them, paging,
// that tenants never see each other's rows, and what happens when several write
// at the same time.
//
// The store must keep account bindings itself: what a test applies is bound
// when it is compared next.
func RunSync(t *testing.T, newStore func(tb testing.TB) dirsync.Store) {
	t.Helper()
	groups := map[string]map[string]func(*testing.T, dirsync.Store){
		"runs":      syncRunTests(),
		"settings":  syncSettingsTests(),
		"conflicts": syncConflictTests(),
		"claims":    syncClaimTests(),
		"read":      syncReadTests(),
		"compared":  syncComparedTests(),
		"plan":      syncPlanTests(),
		"apply":     syncApplyTests(),
		"managers":  syncManagerTests(),
		"prune":     syncPruneTests(),
		"near":      syncTargetTests(),
		"schedule":  syncScheduleTests(),
		"events":    syncEventTests(),
		"undo":      syncUndoTests(),
		"rehearse":  syncRehearseTests(),
		"push":      syncPushTests(),
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			tests := groups[group]
			for _, name := range slices.Sorted(maps.Keys(tests)) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					tests[name](t, newStore(t))
				})
			}
		})
	}
}

// syncNow is the time of the suite, finer than what stores keep.
var syncNow = time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC)

func syncAt(n int) time.Time { return syncNow.Add(time.Duration(n) * time.Second) }

func runID(n int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012d", n) }

func newSyncRun(t tenant.ID, n int) dirsync.Run {
	return dirsync.Run{
		ID: runID(n), Tenant: t, Provider: "fake", AppID: "app", OrgID: "org",
		Direction: dirsync.Pull, Mode: dirsync.Full, State: dirsync.StateQueued, Phase: dirsync.PhaseRead,
		StartedBy: "ann", CreatedAt: syncAt(n), UpdatedAt: syncAt(n),
	}
}

func createRun(tb testing.TB, s dirsync.Store, r dirsync.Run) dirsync.Run {
	tb.Helper()
	if err := s.CreateRun(tb.Context(), r); err != nil {
		tb.Fatal(err)
	}
	return r
}

func readRun(tb testing.TB, s dirsync.Store, r dirsync.Run) dirsync.Run {
	tb.Helper()
	got, err := s.Run(tb.Context(), r.Tenant, r.ID)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func claimRun(tb testing.TB, s dirsync.Store, r dirsync.Run) dirsync.Claim {
	tb.Helper()
	c, err := s.ClaimRun(tb.Context(), r.Tenant, r.ID, syncAt(1000))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// claimed creates and claims the n-th run of a tenant.
func claimed(tb testing.TB, s dirsync.Store, t tenant.ID, n int) dirsync.Claim {
	tb.Helper()
	c := claimRun(tb, s, createRun(tb, s, newSyncRun(t, n)))
	c.Run.State = dirsync.StateReading
	return c
}

// noSyncError fails the test on an error or a request to cancel.
func noSyncError(tb testing.TB, what string) func(cancel bool, err error) {
	tb.Helper()
	return func(cancel bool, err error) {
		tb.Helper()
		if err != nil || cancel {
			tb.Fatalf("%s: cancel %t, error %v", what, cancel, err)
		}
	}
}

// company is what the suite stages: departments 1, 2 and 3 below it, and the
// people with the given numbers, each in department 2.
func company(numbers ...int) dirsync.Staging {
	p := dirsync.Staging{
		Departments: []dirsync.StagedDepartment{
			{ID: "1", Name: "公司"}, {ID: "2", ParentID: "1", Name: "研发", Order: -4}, {ID: "3", ParentID: "1", Name: "it's", Order: 7},
		},
		Progress: dirsync.Progress{Departments: 3, PeopleRead: len(numbers)},
	}
	for _, n := range numbers {
		p.People = append(p.People, stagedPerson(n))
		p.Places = append(p.Places, dirsync.StagedPlace{PersonID: stagedPerson(n).ID, DepartmentID: "2", Order: int64(-n)})
	}
	return p
}

func stagedPerson(n int) dirsync.StagedPerson {
	return dirsync.StagedPerson{
		ID: provider.UserID(fmt.Sprintf("u%04d", n)), UnionID: provider.UnionID(fmt.Sprintf("union%d", n)),
		Name: fmt.Sprintf(`张三 "%d" \ '{}'`, n), Mobile: fmt.Sprintf("138%08d", n), Email: fmt.Sprintf("u%d@example.com", n),
		JobNumber: fmt.Sprint("J", n), Title: "工程师", AvatarURL: "https://static.example.com/a.jpg", Hash: fmt.Sprint("hash", n),
	}
}

// begin stages pages as a whole read.
func begin(tb testing.TB, s dirsync.Store, c dirsync.Claim, p dirsync.Staging) {
	tb.Helper()
	noSyncError(tb, "begin read")(s.BeginRead(tb.Context(), c, dirsync.Staging{}, syncAt(1)))
	noSyncError(tb, "stage")(s.StagePages(tb.Context(), c, p, syncAt(2)))
}

// changedPeople returns everybody who differs, in windows of two.
func changedPeople(tb testing.TB, s dirsync.Store, c dirsync.Claim) []dirsync.ChangedPerson {
	tb.Helper()
	var all []dirsync.ChangedPerson
	after := provider.UserID("")
	for range 1000 {
		list, last, err := s.ChangedPeople(tb.Context(), c, after, 2)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, list...)
		if last == "" {
			return all
		}
		if last <= after {
			tb.Fatalf("window after %q ends at %q", after, last)
		}
		after = last
	}
	tb.Fatal("windows without end")
	return nil
}

// personChange plans somebody's creation, or the given change of an account.
func personChange(n int, kind dirsync.Kind, localID string) dirsync.PlannedChange {
	p := stagedPerson(n)
	return dirsync.PlannedChange{
		Entity: dirsync.EntityPerson, Kind: kind, RemoteID: string(p.ID), LocalID: localID, Name: p.Name,
		Fields: []dirsync.Field{{Field: "name", Before: "", After: p.Name}},
	}
}

func departmentChange(id, parent provider.DepartmentID, kind dirsync.Kind, localID string) dirsync.PlannedChange {
	return dirsync.PlannedChange{
		Entity: dirsync.EntityDepartment, Kind: kind, RemoteID: string(id), LocalID: localID, Name: "部门" + string(id), ParentID: parent,
	}
}

func addChanges(tb testing.TB, s dirsync.Store, c dirsync.Claim, stage dirsync.Stage, changes ...dirsync.PlannedChange) {
	tb.Helper()
	noSyncError(tb, "add changes")(s.AddChanges(tb.Context(), c, stage, changes, syncAt(3)))
}

func openBatches(tb testing.TB, s dirsync.Store, c dirsync.Claim) []dirsync.Batch {
	tb.Helper()
	batches, err := s.OpenBatches(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	return batches
}

func peopleBatch(tb testing.TB, s dirsync.Store, c dirsync.Claim, b dirsync.Batch) []dirsync.PendingPerson {
	tb.Helper()
	list, err := s.PeopleBatch(tb.Context(), c, b.Number)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// donePeople answers every change with an account "local-<user id>".
func donePeople(list []dirsync.PendingPerson) []dirsync.DonePerson {
	done := make([]dirsync.DonePerson, len(list))
	for i, p := range list {
		p.Owned = p.Owned || p.LocalID == ""
		done[i] = dirsync.DonePerson{Change: p, Outcome: dirsync.Outcome{LocalID: p.LocalID, Account: "account-" + string(p.RemoteID)}}
		if p.LocalID == "" {
			done[i].Outcome.LocalID = "local-" + string(p.RemoteID)
		}
	}
	return done
}

// applyAllBatches applies everything that is open.
func applyAllBatches(tb testing.TB, s dirsync.Store, c dirsync.Claim) {
	tb.Helper()
	for _, b := range openBatches(tb, s, c) {
		if b.Stage == dirsync.StagePeople || b.Stage == dirsync.StageLeavers {
			done := donePeople(peopleBatch(tb, s, c, b))
			noSyncError(tb, "record people")(s.RecordPeople(tb.Context(), c, b, done, true, syncAt(4)))
			continue
		}
		list, err := s.DepartmentBatch(tb.Context(), c, b.Number)
		if err != nil {
			tb.Fatal(err)
		}
		done := make([]dirsync.DoneDepartment, len(list))
		for i, d := range list {
			done[i] = dirsync.DoneDepartment{Change: d, Outcome: dirsync.Outcome{LocalID: "dep-" + string(d.RemoteID)}}
		}
		noSyncError(tb, "record departments")(s.RecordDepartments(tb.Context(), c, b, done, true, syncAt(4)))
	}
}

func finishRun(tb testing.TB, s dirsync.Store, c dirsync.Claim, state dirsync.State) {
	tb.Helper()
	c.Run.State = state
	noSyncError(tb, "finish")(s.SaveRun(tb.Context(), c, syncAt(5)))
}

// pulled applies departments 1 and 2 and the people with the given numbers in a
// run of their own.
func pulled(tb testing.TB, s dirsync.Store, t tenant.ID, n int, numbers ...int) {
	tb.Helper()
	c := claimed(tb, s, t, n)
	begin(tb, s, c, company(numbers...))
	addChanges(tb, s, c, dirsync.StageDepartments,
		departmentChange("1", "", dirsync.KindCreate, ""))
	addChanges(tb, s, c, dirsync.StageDepartments,
		departmentChange("2", "1", dirsync.KindCreate, ""), departmentChange("3", "1", dirsync.KindCreate, ""))
	var changes []dirsync.PlannedChange
	for _, number := range numbers {
		changes = append(changes, personChange(number, dirsync.KindCreate, ""))
	}
	addChanges(tb, s, c, dirsync.StagePeople, changes...)
	applyAllBatches(tb, s, c)
	finishRun(tb, s, c, dirsync.StateSucceeded)
}

// changesOf returns all changes of a run, in pages of three.
func changesOf(tb testing.TB, s dirsync.Store, r dirsync.Run, f dirsync.ChangeFilter) []dirsync.Change {
	tb.Helper()
	var all []dirsync.Change
	for p := (tenant.Page{Limit: 3}); ; {
		list, err := s.Changes(tb.Context(), r.Tenant, r.ID, f, p)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, list.Items...)
		if p.Cursor = list.Next; p.Cursor == "" {
			return all
		}
	}
}

func wantNotFound(tb testing.TB, what string, err error) {
	tb.Helper()
	if !errors.Is(err, tenant.ErrNotFound) {
		tb.Errorf("%s: %v, want ErrNotFound", what, err)
	}
}

func wantLost(tb testing.TB, what string, _ bool, err error) {
	tb.Helper()
	if !errors.Is(err, dirsync.ErrLost) {
		tb.Errorf("%s: %v, want ErrLost", what, err)
	}
}
