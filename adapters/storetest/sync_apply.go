package storetest

import (
	"maps"
	"reflect"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

func syncApplyTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"order":             applyOrder,
		"departments":       applyDepartments,
		"people":            applyPeople,
		"states":            applyStates,
		"in parts":          applyInParts,
		"leave and rejoin":  applyLeave,
		"replace":           applyReplace,
		"leaving":           applyLeaving,
		"twice":             applyTwice,
		"missing place":     applyMissingPlace,
		"at once":           applyAtOnce,
		"skipped at end":    applySkipped,
		"writers":           writers[dirsync.Store],
		"bound by another":  applyBoundByAnother,
		"removed and again": applyRemovedDepartment,
	}
}

func applyOrder(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1, 2))
	addChanges(t, s, c, dirsync.StageRemovals, departmentChange("9", "", dirsync.KindLeave, "dep-9"))
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindCreate, ""))
	addChanges(t, s, c, dirsync.StagePeople, personChange(2, dirsync.KindConflict, ""))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(7, dirsync.KindLeave, "x"))
	addChanges(t, s, c, dirsync.StageDepartments, departmentChange("1", "", dirsync.KindCreate, ""))
	addChanges(t, s, c, dirsync.StageDepartments, departmentChange("2", "1", dirsync.KindCreate, ""))
	var got []dirsync.Stage
	last := 0
	for _, b := range openBatches(t, s, c) {
		if b.Stage == dirsync.StageDepartments && len(got) > 0 && b.Number < last {
			t.Errorf("batch %d after %d", b.Number, last)
		}
		got, last = append(got, b.Stage), b.Number
	}
	want := []dirsync.Stage{
		dirsync.StageDepartments, dirsync.StageDepartments, dirsync.StageLeavers, dirsync.StagePeople, dirsync.StageRemovals,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stages %v, want %v", got, want)
	}
}

func applyDepartments(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company())
	addChanges(t, s, c, dirsync.StageDepartments, departmentChange("1", "", dirsync.KindCreate, ""))
	addChanges(t, s, c, dirsync.StageDepartments, departmentChange("2", "1", dirsync.KindCreate, ""), departmentChange("3", "2", dirsync.KindCreate, ""))
	batches := openBatches(t, s, c)
	first, err := s.DepartmentBatch(t.Context(), c, batches[0].Number)
	if err != nil {
		t.Fatal(err)
	}
	refused := dirsync.Outcome{Failure: provider.Text{ZH: "不行", EN: "no"}}
	noSyncError(t, "record")(s.RecordDepartments(t.Context(), c, batches[0],
		[]dirsync.DoneDepartment{{Change: first[0], Outcome: dirsync.Outcome{LocalID: "top"}}}, true, syncNow))
	second, err := s.DepartmentBatch(t.Context(), c, batches[1].Number)
	if err != nil || len(second) != 2 {
		t.Fatalf("%+v, %v; want two", second, err)
	}
	want := dirsync.PendingDepartment{
		Seq: second[0].Seq, ParentID: "1",
		DepartmentChange: dirsync.DepartmentChange{
			Kind: dirsync.KindCreate, RemoteID: "2", ParentLocalID: "top", Name: "部门2", Order: -4,
		},
	}
	if second[0] != want {
		t.Errorf("pending %+v, want %+v", second[0], want)
	}
	if second[1].ParentID != "" || second[1].ParentLocalID != "" {
		t.Errorf("pending %+v, want no parent: it is not applied", second[1])
	}
	noSyncError(t, "record")(s.RecordDepartments(t.Context(), c, batches[1], []dirsync.DoneDepartment{
		{Change: second[0], Outcome: refused}, {Change: second[1], Outcome: dirsync.Outcome{LocalID: "l3"}},
	}, true, syncNow))
	mirror, err := s.MirrorDepartments(t.Context(), c.Run.Directory())
	if err != nil || len(mirror) != 2 || mirror[1].ID != "3" || mirror[1].ParentID != "" || mirror[1].LocalID != "l3" {
		t.Errorf("mirror %+v, %v; want 1, and 3 at the top", mirror, err)
	}
	if p := readRun(t, s, c.Run).Progress; p.ChangesApplied != 2 || p.ChangesFailed != 1 {
		t.Errorf("progress %+v, want two applied and one failed", p)
	}
	failed := changesOf(t, s, c.Run, dirsync.ChangeFilter{State: dirsync.ChangeFailed})
	if len(failed) != 1 || failed[0].RemoteID != "2" || failed[0].Reason != refused.Failure {
		t.Errorf("failed changes %+v, want 2 with its reason", failed)
	}
}

func applyPeople(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	p := company(1, 2)
	p.Places = append(p.Places, dirsync.StagedPlace{PersonID: "u0001", DepartmentID: "3", Leader: true, Order: 5})
	begin(t, s, c, p)
	update := personChange(1, dirsync.KindMove, "local-u0001")
	update.Account = "account-u0001"
	addChanges(t, s, c, dirsync.StagePeople, update, personChange(2, dirsync.KindCreate, ""))
	batch := openBatches(t, s, c)[0]
	list := peopleBatch(t, s, c, batch)
	if len(list) != 2 {
		t.Fatalf("pending %+v, want two", list)
	}
	one := stagedPerson(1)
	want := dirsync.PendingPerson{
		Seq: list[0].Seq, Account: "account-u0001", Known: true, Person: one,
		PersonChange: dirsync.PersonChange{
			Kind: dirsync.KindMove, RemoteID: one.ID, UnionID: one.UnionID, LocalID: "local-u0001", Owned: true,
			Name: one.Name, Mobile: one.Mobile, Email: one.Email, JobNumber: one.JobNumber, Title: one.Title, AvatarURL: one.AvatarURL,
		},
		Placed: []dirsync.StagedPlace{{PersonID: "u0001", DepartmentID: "2", Order: -1}, p.Places[2]},
	}
	if base := list[0].Base; base == nil || base.Name != one.Name || base.Mobile != one.Mobile || base.Title != one.Title {
		t.Errorf("base %+v, want %+v", base, one)
	}
	list[0].Base = nil
	if !reflect.DeepEqual(list[0], want) {
		t.Errorf("pending %+v, want %+v", list[0], want)
	}
	if list[1].Owned || list[1].Known || list[1].LocalID != "" {
		t.Errorf("pending %+v, want a new account", list[1])
	}
	applyAllBatches(t, s, c)
	if got := changedPeople(t, s, c); len(got) != 0 {
		t.Errorf("changed people %+v after everything was applied", got)
	}
	changes := changesOf(t, s, c.Run, dirsync.ChangeFilter{})
	if changes[1].LocalID != "local-u0002" || changes[1].Account != "account-u0002" || changes[1].State != dirsync.ChangeApplied || changes[1].Existing {
		t.Errorf("change %+v, want what was created", changes[1])
	}
	if n := len(peopleBatch(t, s, c, batch)); n != 0 {
		t.Errorf("%d changes pending in a batch that is done", n)
	}
}

func applyStates(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1) // the departments
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1, 2, 3))
	noted := personChange(3, dirsync.KindCreate, "")
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindCreate, ""), personChange(2, dirsync.KindCreate, ""), noted)
	batch := openBatches(t, s, c)[0]
	done := donePeople(peopleBatch(t, s, c, batch))
	done[1].Outcome = dirsync.Outcome{Failure: provider.Text{ZH: "邮箱重复", EN: "email"}}
	done[2].Outcome.Note = provider.Text{ZH: "注意", EN: "note"}
	noSyncError(t, "record")(s.RecordPeople(t.Context(), c, batch, done, true, syncNow))
	changes := changesOf(t, s, c.Run, dirsync.ChangeFilter{})
	for i, want := range []struct {
		state  dirsync.ChangeState
		reason provider.Text
	}{
		{dirsync.ChangeApplied, provider.Text{}}, {dirsync.ChangeFailed, done[1].Outcome.Failure}, {dirsync.ChangeApplied, done[2].Outcome.Note},
	} {
		if changes[i].State != want.state || changes[i].Reason != want.reason {
			t.Errorf("change %d is %s, %v; want %s, %v", i, changes[i].State, changes[i].Reason, want.state, want.reason)
		}
	}
	wantApplied(t, s, c.Run, changes, dirsync.Counts{People: map[dirsync.Kind]int{dirsync.KindCreate: 2}})
	if got := changedPeople(t, s, c); len(got) != 1 || got[0].Person.ID != "u0002" || got[0].Mirror != nil {
		t.Errorf("changed people %+v, want the one that failed", got)
	}
}

// wantApplied reads changes one by one, and how many of the run are applied.
func wantApplied(t *testing.T, s dirsync.Store, r dirsync.Run, list []dirsync.Change, applied dirsync.Counts) {
	t.Helper()
	for _, want := range list {
		if got, err := s.Change(t.Context(), r.Tenant, r.ID, want.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("change %s is %+v, %v; want %+v as it is listed", want.ID, got, err, want)
		}
	}
	for _, id := range []string{"", "0", "99", "-1", "one", "1\x00"} {
		_, err := s.Change(t.Context(), r.Tenant, r.ID, id)
		wantNotFound(t, "change "+id, err)
	}
	got, err := s.AppliedCounts(t.Context(), r.Tenant, r.ID)
	if err != nil || !maps.Equal(got.People, applied.People) || !maps.Equal(got.Departments, applied.Departments) {
		t.Errorf("applied %+v, %v; want %+v", got, err, applied)
	}
}

func applyInParts(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1, 2, 3))
	addChanges(t, s, c, dirsync.StagePeople,
		personChange(1, dirsync.KindCreate, ""), personChange(2, dirsync.KindCreate, ""), personChange(3, dirsync.KindCreate, ""))
	batch := openBatches(t, s, c)[0]
	done := donePeople(peopleBatch(t, s, c, batch))
	noSyncError(t, "first part")(s.RecordPeople(t.Context(), c, batch, done[:2], false, syncNow))
	if got := peopleBatch(t, s, c, batch); len(got) != 1 || got[0].RemoteID != "u0003" {
		t.Errorf("pending %+v, want what is left", got)
	}
	if got := changesOf(t, s, c.Run, dirsync.ChangeFilter{State: dirsync.ChangeApplied}); len(got) != 2 {
		t.Errorf("%d changes applied, want two", len(got))
	}
	wantApplied(t, s, c.Run, nil, dirsync.Counts{People: map[dirsync.Kind]int{dirsync.KindCreate: 2}})
	noSyncError(t, "second part")(s.RecordPeople(t.Context(), c, batch, done[2:], false, syncNow))
	noSyncError(t, "end")(s.RecordPeople(t.Context(), c, batch, nil, true, syncNow))
	if got := openBatches(t, s, c); len(got) != 0 {
		t.Errorf("open batches %v, want none", got)
	}
	if p := readRun(t, s, c.Run).Progress; p.ChangesApplied != 3 {
		t.Errorf("progress %+v, want three applied", p)
	}
}

func applyLeave(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(2))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(1, dirsync.KindLeave, "local-u0001"))
	list := peopleBatch(t, s, c, openBatches(t, s, c)[0])
	if len(list) != 1 || list[0].LocalID != "local-u0001" || list[0].BoundElsewhere || len(list[0].Placed) != 0 || list[0].Person.ID != "" {
		t.Errorf("pending %+v, want the leaver", list)
	}
	applyAllBatches(t, s, c)
	if got, err := s.MissingPeople(t.Context(), c, "", 10); err != nil || len(got) != 0 {
		t.Errorf("missing %+v, %v; want nobody any more", got, err)
	}
	finishRun(t, s, c, dirsync.StateSucceeded)
	c = claimed(t, s, "t1", 3)
	begin(t, s, c, company(1, 2))
	got := changedPeople(t, s, c)
	if len(got) != 1 || got[0].Mirror == nil || !got[0].Mirror.Gone || got[0].BoundTo != "local-u0001" || got[0].Holder.Active {
		t.Fatalf("changed people %+v, want the leaver, known as gone and bound inactively", got)
	}
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindRejoin, "local-u0001"))
	if list := peopleBatch(t, s, c, openBatches(t, s, c)[0]); !list[0].Owned {
		t.Errorf("pending %+v, want an account that a pull made", list[0])
	}
	applyAllBatches(t, s, c)
	if got := changedPeople(t, s, c); len(got) != 0 {
		t.Errorf("changed people %+v, want nobody", got)
	}
}

func applyReplace(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(9))
	taking := personChange(9, dirsync.KindUpdate, "local-u0001")
	taking.Replaces = "u0001"
	addChanges(t, s, c, dirsync.StagePeople, taking)
	if list := peopleBatch(t, s, c, openBatches(t, s, c)[0]); !list[0].Owned || list[0].Replaces != "u0001" {
		t.Errorf("pending %+v, want it to own the account it takes over", list[0])
	}
	applyAllBatches(t, s, c)
	got, err := s.Holders(t.Context(), c, []string{"local-u0001"})
	if want := (dirsync.Holder{UserID: "u0009", UnionID: stagedPerson(9).UnionID, Active: true, Read: true}); err != nil || got["local-u0001"] != want {
		t.Errorf("holders %v, %v; want %v", got, err, want)
	}
	if got, err := s.MissingPeople(t.Context(), c, "", 10); err != nil || len(got) != 0 {
		t.Errorf("missing %+v, %v; want nobody", got, err)
	}
	if got := changedPeople(t, s, c); len(got) != 0 {
		t.Errorf("changed people %+v, want nobody", got)
	}
}

// applyTwice records a batch a second time, as a worker would that did not hear
// of its success.
func applyTwice(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1))
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindCreate, ""))
	batch := openBatches(t, s, c)[0]
	done := donePeople(peopleBatch(t, s, c, batch))
	noSyncError(t, "record")(s.RecordPeople(t.Context(), c, batch, done, true, syncNow))
	if _, err := s.RecordPeople(t.Context(), c, batch, done, true, syncNow); err == nil {
		t.Error("a batch was done twice")
	}
	if p := readRun(t, s, c.Run).Progress; p.ChangesApplied != 1 {
		t.Errorf("progress %+v, want one applied", p)
	}
}

func applyMissingPlace(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	p := company(1)
	p.Departments = append(p.Departments, dirsync.StagedDepartment{ID: "4", ParentID: "1"})
	p.Places = append(p.Places, dirsync.StagedPlace{PersonID: "u0001", DepartmentID: "4"})
	begin(t, s, c, p)
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindMove, "local-u0001"))
	batch := openBatches(t, s, c)[0]
	list := peopleBatch(t, s, c, batch)
	if len(list) != 1 || len(list[0].Placed) != 2 {
		t.Fatalf("pending %+v, want both places", list)
	}
	list[0].Placed = list[0].Placed[:1]
	noSyncError(t, "record")(s.RecordPeople(t.Context(), c, batch, donePeople(list), true, syncNow))
	if got := changedPeople(t, s, c); len(got) != 1 {
		t.Errorf("changed people %+v, want the person found again", got)
	}
}

// applyAtOnce applies batches at the same time.
func applyAtOnce(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1) // the departments
	c := claimed(t, s, "t1", 2)
	numbers := make([]int, 40)
	for i := range numbers {
		numbers[i] = i
	}
	begin(t, s, c, company(numbers...))
	for i := 0; i < len(numbers); i += 10 {
		var changes []dirsync.PlannedChange
		for _, n := range numbers[i : i+10] {
			changes = append(changes, personChange(n, dirsync.KindCreate, ""))
		}
		addChanges(t, s, c, dirsync.StagePeople, changes...)
	}
	var owned sync.WaitGroup
	for _, b := range openBatches(t, s, c) {
		owned.Go(func() {
			list, err := s.PeopleBatch(t.Context(), c, b.Number)
			if err == nil {
				_, err = s.RecordPeople(t.Context(), c, b, donePeople(list), true, syncNow)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	owned.Wait()
	if p := readRun(t, s, c.Run).Progress; p.ChangesApplied != 40 {
		t.Errorf("progress %+v, want 40 applied", p)
	}
	if got := changedPeople(t, s, c); len(got) != 0 {
		t.Errorf("%d people differ, want none", len(got))
	}
}

func applySkipped(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1, 2))
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindCreate, ""))
	addChanges(t, s, c, dirsync.StagePeople, personChange(2, dirsync.KindCreate, ""))
	batch := openBatches(t, s, c)[0]
	noSyncError(t, "record")(s.RecordPeople(t.Context(), c, batch, donePeople(peopleBatch(t, s, c, batch)), true, syncNow))
	finishRun(t, s, c, dirsync.StateCancelled)
	changes := changesOf(t, s, c.Run, dirsync.ChangeFilter{})
	if changes[0].State != dirsync.ChangeApplied || changes[1].State != dirsync.ChangeSkipped {
		t.Errorf("changes are %s and %s, want applied and skipped", changes[0].State, changes[1].State)
	}
}

// applyBoundByAnother has an account that two people would be bound to: the
// second one is a conflict, and nothing of it is stored.
func applyBoundByAnother(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1, 2))
	addChanges(t, s, c, dirsync.StagePeople, personChange(2, dirsync.KindUpdate, "local-u0001"))
	batch := openBatches(t, s, c)[0]
	if _, err := s.RecordPeople(t.Context(), c, batch, donePeople(peopleBatch(t, s, c, batch)), true, syncNow); err == nil {
		t.Error("one account was bound to two users")
	}
	if got := openBatches(t, s, c); len(got) != 1 {
		t.Errorf("open batches %v, want the one", got)
	}
}

func applyRemovedDepartment(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1))
	addChanges(t, s, c, dirsync.StageRemovals, departmentChange("3", "1", dirsync.KindLeave, "dep-3"))
	applyAllBatches(t, s, c)
	mirror, err := s.MirrorDepartments(t.Context(), c.Run.Directory())
	if err != nil || len(mirror) != 3 || !mirror[2].Gone || mirror[2].LocalID != "dep-3" {
		t.Fatalf("mirror %+v, %v; want department 3 known as gone", mirror, err)
	}
	addChanges(t, s, c, dirsync.StageDepartments, departmentChange("3", "1", dirsync.KindRejoin, "dep-3"))
	applyAllBatches(t, s, c)
	if mirror, err = s.MirrorDepartments(t.Context(), c.Run.Directory()); err != nil || mirror[2].Gone {
		t.Errorf("mirror %+v, %v; want department 3 back", mirror, err)
	}
}
