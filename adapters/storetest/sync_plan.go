package storetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncReadTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"tasks":       readTasks,
		"idempotent":  readIdempotent,
		"new":         readNew,
		"new places":  readNewPlaces,
		"begun again": readBegunAgain,
		"result":      readResults,
		"texts":       readTexts,
		"departments": readDepartments,
		"unplaced":    readUnplaced,
	}
}

func readTasks(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	first := company()
	first.NewTasks = []dirsync.Task{
		{Kind: dirsync.TaskChildren, ID: "1", State: dirsync.TaskPending},
		{Kind: dirsync.TaskPeople, ID: "1", State: dirsync.TaskPending},
		{Kind: dirsync.TaskPerson, ID: "u1", State: dirsync.TaskPending},
	}
	noSyncError(t, "begin")(s.BeginRead(t.Context(), c, first, syncNow))
	wantTasks(t, s, c, "children 1 0", "people 1 0", "person u1 0")
	noSyncError(t, "stage")(s.StagePages(t.Context(), c, dirsync.Staging{
		Tasks: []dirsync.Task{
			{Kind: dirsync.TaskChildren, ID: "1", State: dirsync.TaskDone},
			{Kind: dirsync.TaskPeople, ID: "1", State: dirsync.TaskPending, Cursor: "100", Attempts: 2},
			{Kind: dirsync.TaskPerson, ID: "u1", State: dirsync.TaskFailed, Failure: &dirsync.Failure{Code: "internal"}},
		},
		NewTasks: []dirsync.Task{
			{Kind: dirsync.TaskChildren, ID: "2", State: dirsync.TaskPending},
			{Kind: dirsync.TaskChildren, ID: "1", State: dirsync.TaskPending}, // is there, and done
		},
	}, syncNow))
	wantTasks(t, s, c, "children 2 0", "people 1 100 2")
}

func wantTasks(tb testing.TB, s dirsync.Store, c dirsync.Claim, want ...string) {
	tb.Helper()
	tasks, known, err := s.Frontier(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	var got []string
	for _, task := range tasks {
		text := fmt.Sprintf("%s %s", task.Kind, task.ID)
		if task.Cursor != "" {
			text += " " + string(task.Cursor)
		}
		got = append(got, fmt.Sprintf("%s %d", text, task.Attempts))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		tb.Errorf("tasks %q, want %q", got, want)
	}
	slices.Sort(known)
	if !slices.Equal(known, []provider.DepartmentID{"1", "2", "3"}) {
		tb.Errorf("known departments %v, want 1, 2, 3", known)
	}
}

func readIdempotent(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1, 2))
	again := company(1, 2)
	again.People[0].Name = "another name"
	again.People = append(again.People, again.People[0]) // two departments on one page
	noSyncError(t, "stage")(s.StagePages(t.Context(), c, again, syncNow))
	result, err := s.ReadResult(t.Context(), c)
	if err != nil || result.People != 2 {
		t.Errorf("%+v, %v; want two people", result, err)
	}
	got := changedPeople(t, s, c)
	if len(got) != 2 || got[0].Person != stagedPerson(1) || len(got[0].Places) != 1 {
		t.Errorf("people %+v, want what came first, once", got)
	}
	if p := readRun(t, s, c.Run).Progress; p.Departments != 6 || p.PeopleRead != 4 {
		t.Errorf("progress %+v, want what both pages added", p)
	}
}

// readNew stages people as new, of whom some are there already: what came first
// stays, also when only the store knows it.
func readNew(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	numbers := make([]int, 60)
	for i := range numbers {
		numbers[i] = i
	}
	begin(t, s, c, asNew(company(numbers[:30]...)))
	again := asNew(company(numbers...))
	again.NewPeople[20].Name, again.NewPlaces[20].Order = "another name", 1000
	for range 2 {
		noSyncError(t, "stage")(s.StagePages(t.Context(), c, again, syncNow))
	}
	got := changedPeople(t, s, c)
	if len(got) != len(numbers) {
		t.Fatalf("%d people, want %d", len(got), len(numbers))
	}
	for i := range got {
		if got[i].Person != stagedPerson(i) || len(got[i].Places) != 1 || got[i].Places[0].Order != int64(-i) {
			t.Errorf("person %+v, want what came first", got[i])
		}
	}
}

// asNew has the people of pages staged as new.
func asNew(p dirsync.Staging) dirsync.Staging {
	p.NewPeople, p.People, p.NewPlaces, p.Places = p.People, nil, p.Places, nil
	return p
}

// readNewPlaces stages people as new and finds more of their places later, also
// one in a department that they are in already.
func readNewPlaces(t *testing.T, s dirsync.Store) {
	of := func(number int, department provider.DepartmentID, order int64) dirsync.StagedPlace {
		return dirsync.StagedPlace{PersonID: stagedPerson(number).ID, DepartmentID: department, Leader: order > 4, Order: order}
	}
	want := map[provider.UserID][]dirsync.StagedPlace{
		stagedPerson(1).ID: {of(1, "1", 5), of(1, "2", 4), of(1, "3", 9)}, stagedPerson(2).ID: nil,
		stagedPerson(3).ID: {of(3, "3", 7)},
	}
	begin(t, s, claimed(t, s, "t2", 1), asNew(company(1, 2, 3)))
	for n, known := range map[int]bool{1: false, 2: true} { // with nobody in the mirror, and with somebody
		id := tenant.ID(fmt.Sprint("tenant", n))
		if known {
			pulled(t, s, id, 1, 4)
		}
		c := claimed(t, s, id, n)
		first := asNew(company(1, 2, 3))
		first.NewPlaces = []dirsync.StagedPlace{of(3, "3", 7), of(1, "2", 4), of(1, "3", 9)}
		begin(t, s, c, first)
		noSyncError(t, "stage")(s.StagePages(t.Context(), c, dirsync.Staging{
			People: []dirsync.StagedPerson{stagedPerson(1)}, Places: []dirsync.StagedPlace{of(1, "2", 1000), of(1, "1", 5)},
		}, syncNow))
		got := changedPeople(t, s, c)
		if len(got) != len(want) {
			t.Fatalf("%d people, want %d", len(got), len(want))
		}
		var changes []dirsync.PlannedChange
		for i, p := range got {
			if !slices.Equal(p.Places, want[p.Person.ID]) {
				t.Errorf("mirror with somebody %t: places %+v, want %+v", known, p.Places, want[p.Person.ID])
			}
			changes = append(changes, personChange(i+1, dirsync.KindCreate, ""))
		}
		addChanges(t, s, c, dirsync.StagePeople, changes...)
		for _, p := range peopleBatch(t, s, c, openBatches(t, s, c)[0]) {
			if all := want[p.RemoteID]; !slices.Equal(p.Placed, all) {
				t.Errorf("mirror with somebody %t: %+v, want places %+v", known, p, all)
			}
		}
	}
}

func readBegunAgain(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1, 2, 3))
	addChanges(t, s, c, dirsync.StagePeople, personChange(2, dirsync.KindCreate, ""))
	addChanges(t, s, c, dirsync.StagePeople, personChange(3, dirsync.KindCreate, ""), personChange(4, dirsync.KindConflict, ""))
	batches := openBatches(t, s, c)
	noSyncError(t, "record")(s.RecordPeople(t.Context(), c, batches[0], donePeople(peopleBatch(t, s, c, batches[0])), true, syncNow))
	noSyncError(t, "begin")(s.BeginRead(t.Context(), c, company(2, 3), syncNow))
	run := readRun(t, s, c.Run)
	if want := (dirsync.Progress{Departments: 3, Changes: 1, ChangesApplied: 1}); run.Progress != want {
		t.Errorf("progress %+v, want %+v", run.Progress, want)
	}
	if got := changesOf(t, s, c.Run, dirsync.ChangeFilter{}); len(got) != 1 || got[0].State != dirsync.ChangeApplied {
		t.Errorf("changes %+v, want the one that was applied", got)
	}
	got := changedPeople(t, s, c)
	if len(got) != 1 || got[0].Person.ID != stagedPerson(3).ID {
		t.Errorf("changed people %+v, want the one that is left", got)
	}
	addChanges(t, s, c, dirsync.StagePeople, personChange(3, dirsync.KindCreate, ""))
	applyAllBatches(t, s, c)
	if got := changesOf(t, s, c.Run, dirsync.ChangeFilter{State: dirsync.ChangeApplied}); len(got) != 2 || got[0].ID == got[1].ID {
		t.Errorf("changes %+v, want two, with different ids", got)
	}
}

func readDepartments(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1))
	noSyncError(t, "stage")(s.StagePages(t.Context(), c, dirsync.Staging{Tasks: []dirsync.Task{
		{Kind: dirsync.TaskPeople, ID: "1", State: dirsync.TaskDone},
		{Kind: dirsync.TaskPeople, ID: "2", State: dirsync.TaskFailed, Failure: &dirsync.Failure{Code: "internal"}},
		{Kind: dirsync.TaskPeople, ID: "3", State: dirsync.TaskPending, Cursor: "100"},
		{Kind: dirsync.TaskChildren, ID: "4", State: dirsync.TaskDone},
		{Kind: dirsync.TaskPerson, ID: "5", State: dirsync.TaskDone},
	}}, syncNow))
	got, err := s.ReadDepartments(t.Context(), c)
	if err != nil || !slices.Equal(got, []provider.DepartmentID{"1"}) {
		t.Errorf("read departments %v, %v; want 1", got, err)
	}
	other := claimed(t, s, "t2", 2)
	if got, err = s.ReadDepartments(t.Context(), other); err != nil || len(got) != 0 {
		t.Errorf("read departments of another run %v, %v; want none", got, err)
	}
}

func readUnplaced(t *testing.T, s dirsync.Store) {
	for n, p := range []dirsync.Staging{company(1, 2, 3, 4), asNew(company(1, 2, 3, 4))} {
		readUnplacedOf(t, s, tenant.ID(fmt.Sprint("t", n)), tenant.ID(fmt.Sprint("other", n)), p)
	}
}

// readUnplacedOf reads four people of whom the last one has a place, and the
// second one is in the mirror without any.
func readUnplacedOf(t *testing.T, s dirsync.Store, id, otherID tenant.ID, read dirsync.Staging) {
	t.Helper()
	if read.Places != nil {
		read.Places = read.Places[3:]
	} else {
		read.NewPlaces = read.NewPlaces[3:]
	}
	first := claimed(t, s, id, 1)
	p := company(1, 2)
	p.Places = p.Places[:1] // the second has none
	begin(t, s, first, p)
	addChanges(t, s, first, dirsync.StageDepartments, departmentChange("2", "", dirsync.KindCreate, ""))
	addChanges(t, s, first, dirsync.StagePeople, personChange(1, dirsync.KindCreate, ""), personChange(2, dirsync.KindCreate, ""))
	applyAllBatches(t, s, first)
	finishRun(t, s, first, dirsync.StateSucceeded)
	c, other := claimed(t, s, id, 2), claimed(t, s, otherID, 3)
	begin(t, s, c, read)
	begin(t, s, other, read)
	if err := s.DropUnplaced(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		claim dirsync.Claim
		want  int
	}{"who has a place, or had none before": {c, 2}, "other tenant": {other, 4}} {
		if got, err := s.ReadResult(t.Context(), test.claim); err != nil || got.People != test.want {
			t.Errorf("%s: %d people, %v; want %d", name, got.People, err, test.want)
		}
	}
}

// readTexts stages texts that are not easy to write down.
func readTexts(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	texts := []string{
		"", " ", "'", "''", `"`, `\`, `\\`, `\'`, `'; DROP TABLE x; --`, "{a,b}", "{}", "NULL", "null", ",", "a\tb\nc\r", "?", "?0", "$1", "%s",
		"张三", "é", "e\u0301", "👩‍💻", "\ufeff", "\x01\x1f\x7f", "(a,b)", "--", "/*", `\x00`, `\u0000`, "E'\\n'",
	}
	p := dirsync.Staging{}
	for i, text := range texts {
		person := stagedPerson(i)
		person.Name, person.Email, person.Title = text, text, text
		p.People = append(p.People, person)
	}
	begin(t, s, c, p)
	got := changedPeople(t, s, c)
	if len(got) != len(texts) {
		t.Fatalf("%d people, want %d", len(got), len(texts))
	}
	for i := range got {
		if got[i].Person != p.People[i] {
			t.Errorf("text %q came back as %q, %q, %q", texts[i], got[i].Person.Name, got[i].Person.Email, got[i].Person.Title)
		}
	}
}

func readResults(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	p := company(1, 2)
	failure := &dirsync.Failure{Code: "unavailable", Message: provider.Text{ZH: "忙", EN: "busy"}, Upstream: "-1"}
	p.Tasks = []dirsync.Task{
		{Kind: dirsync.TaskPeople, ID: "1", State: dirsync.TaskDone},
		{Kind: dirsync.TaskPeople, ID: "2", State: dirsync.TaskFailed, Failure: failure},
		{Kind: dirsync.TaskChildren, ID: "3", State: dirsync.TaskFailed, Failure: failure},
		{Kind: dirsync.TaskPerson, ID: "1", State: dirsync.TaskFailed, Failure: failure}, // a person called as a department
		{Kind: dirsync.TaskUnion, ID: "1", State: dirsync.TaskFailed, Failure: failure},
	}
	begin(t, s, c, p)
	got, err := s.ReadResult(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got.Failures, func(a, b dirsync.ReadFailure) int { return int(len(a.DepartmentID)) - int(len(b.DepartmentID)) })
	byID := map[provider.DepartmentID]dirsync.ReadFailure{}
	for _, f := range got.Failures {
		byID[f.DepartmentID] = f
	}
	want := map[provider.DepartmentID]dirsync.ReadFailure{
		"2": {DepartmentID: "2", Name: "研发", Failure: *failure}, "3": {DepartmentID: "3", Name: "it's", Failure: *failure},
		"": {Failure: *failure},
	}
	if got.People != 2 || got.PeopleListings != 2 || got.FailedListings != 1 || got.FailedTasks != 4 || !maps.Equal(byID, want) {
		t.Errorf("result %+v, want two people, one of two listings failed, failures %v", got, want)
	}
}

func syncPlanTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"departments":   planDepartments,
		"shared values": planSharedValues,
		"unchanged":     planUnchanged,
		"changed":       planChanged,
		"missing":       planMissing,
		"holders":       planHolders,
		"union id":      planUnionID,
		"changes":       planChanges,
		"counts":        planCounts,
	}
}

func planDepartments(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company())
	staged, err := s.StagedDepartments(t.Context(), c)
	if err != nil || !reflect.DeepEqual(staged, company().Departments) {
		t.Errorf("staged %+v, %v; want %+v", staged, err, company().Departments)
	}
	mirror, err := s.MirrorDepartments(t.Context(), c.Run.Directory())
	if err != nil {
		t.Fatal(err)
	}
	want := []dirsync.MirrorDepartment{
		{StagedDepartment: dirsync.StagedDepartment{ID: "1", Name: "部门1"}, LocalID: "dep-1"},
		{StagedDepartment: dirsync.StagedDepartment{ID: "2", ParentID: "1", Name: "部门2", Order: -4}, LocalID: "dep-2"},
		{StagedDepartment: dirsync.StagedDepartment{ID: "3", ParentID: "1", Name: "部门3", Order: 7}, LocalID: "dep-3"},
	}
	if !reflect.DeepEqual(mirror, want) {
		t.Errorf("mirror %+v, want %+v", mirror, want)
	}
	other := c.Run.Directory()
	other.OrgID = "org2"
	if mirror, err = s.MirrorDepartments(t.Context(), other); err != nil || len(mirror) != 0 {
		t.Errorf("mirror of another organisation %+v, %v; want nothing", mirror, err)
	}
}

func planSharedValues(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	p := company(1, 2, 3, 4, 5)
	p.People[1].Mobile, p.People[2].Mobile = p.People[0].Mobile, ""
	p.People[3].Mobile = ""
	p.People[0].Email, p.People[4].Email = "Same@Example.com", "same@example.COM"
	p.People[2].JobNumber, p.People[3].JobNumber = "j", "J"
	begin(t, s, c, p)
	for by, want := range map[dirsync.MatchBy]map[string][2]provider.UserID{
		dirsync.MatchMobile:    {p.People[0].Mobile: {p.People[0].ID, p.People[1].ID}},
		dirsync.MatchEmail:     {"same@example.com": {p.People[0].ID, p.People[4].ID}},
		dirsync.MatchJobNumber: {},
	} {
		got, err := s.SharedValues(t.Context(), c, by)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("shared by %s: %v, %v; want %v", by, got, err, want)
		}
	}
}

func planUnchanged(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4, 5)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1, 2, 3, 4, 5))
	if got := changedPeople(t, s, c); len(got) != 0 {
		t.Errorf("changed %+v, want nobody", got)
	}
	if got, err := s.MissingPeople(t.Context(), c, "", 10); err != nil || len(got) != 0 {
		t.Errorf("missing %+v, %v; want nobody", got, err)
	}
}

func planChanged(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4)
	c := claimed(t, s, "t1", 2)
	p := company(1, 2, 3, 4, 5)
	p.People[0].Name, p.People[0].Hash = "new name", "other"
	p.Places[1].DepartmentID = "1"
	p.Places[2].Leader = true
	begin(t, s, c, p)
	got := changedPeople(t, s, c)
	if len(got) != 4 {
		t.Fatalf("changed %+v, want 4", got)
	}
	first := got[0]
	if first.Person != p.People[0] || first.Mirror == nil || first.Mirror.Name != stagedPerson(1).Name ||
		first.Mirror.LocalID != "local-u0001" || first.Mirror.Account != "account-u0001" || !first.Mirror.Owned || first.Mirror.Gone ||
		first.BoundTo != "local-u0001" || first.Holder != (dirsync.Holder{UserID: "u0001", Active: true, Read: true}) {
		t.Errorf("with a new name: %+v, mirror %+v", first, first.Mirror)
	}
	if second := got[1]; !reflect.DeepEqual(second.Places, []dirsync.StagedPlace{p.Places[1]}) ||
		!reflect.DeepEqual(second.Mirror.Places, []dirsync.StagedPlace{{PersonID: "u0002", DepartmentID: "2", Order: -2}}) {
		t.Errorf("moved: places %+v, before %+v", second.Places, second.Mirror.Places)
	}
	if third := got[2]; !third.Places[0].Leader || third.Mirror.Places[0].Leader {
		t.Errorf("promoted: %+v, before %+v", third.Places, third.Mirror.Places)
	}
	if fourth := got[3]; fourth.Mirror != nil || fourth.BoundTo != "" || fourth.Person.ID != "u0005" {
		t.Errorf("new: %+v", fourth)
	}
}

func planMissing(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4, 5)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(2, 9))
	taking := personChange(9, dirsync.KindUpdate, "local-u0004")
	taking.Replaces = "u0004"
	addChanges(t, s, c, dirsync.StagePeople, taking)
	var got []provider.UserID
	for after := provider.UserID(""); ; {
		list, err := s.MissingPeople(t.Context(), c, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, m := range list {
			if m.LocalID != "local-"+string(m.ID) || m.Account != "account-"+string(m.ID) || len(m.Places) != 1 || m.Name == "" {
				t.Errorf("missing %+v, want what was applied", m)
			}
			got = append(got, m.ID)
		}
		after = list[len(list)-1].ID
	}
	if want := []provider.UserID{"u0001", "u0003", "u0005"}; !slices.Equal(got, want) {
		t.Errorf("missing %v, want %v", got, want)
	}
}

func planHolders(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3)
	c := claimed(t, s, "t1", 2)
	p := company(1, 9)
	p.People[1].UnionID = stagedPerson(3).UnionID
	begin(t, s, c, p)
	got, err := s.Holders(t.Context(), c, []string{"local-u0001", "local-u0002", "local-u0003", "local-u0004"})
	want := map[string]dirsync.Holder{
		"local-u0001": {UserID: "u0001", UnionID: stagedPerson(1).UnionID, Active: true, Read: true},
		"local-u0002": {UserID: "u0002", UnionID: stagedPerson(2).UnionID, Active: true},
		"local-u0003": {UserID: "u0003", UnionID: stagedPerson(3).UnionID, Active: true, Read: true}, // under another user id
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("holders %v, %v; want %v", got, err, want)
	}
	if got, err := s.Holders(t.Context(), c, nil); err != nil || len(got) != 0 {
		t.Errorf("holders of nobody %v, %v", got, err)
	}
}

func planUnionID(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	c := claimed(t, s, "t1", 2)
	p := company(2, 8, 9)
	p.People[1].UnionID, p.People[2].UnionID = stagedPerson(1).UnionID, stagedPerson(2).UnionID
	begin(t, s, c, p)
	got := changedPeople(t, s, c)
	if len(got) != 2 {
		t.Fatalf("changed %+v, want two", got)
	}
	if got[0].BoundTo != "local-u0001" || got[0].Holder != (dirsync.Holder{UserID: "u0001", Active: true}) {
		t.Errorf("union id of somebody who is gone: %+v", got[0])
	}
	if got[1].BoundTo != "local-u0002" || got[1].Holder != (dirsync.Holder{UserID: "u0002", Active: true, Read: true}) {
		t.Errorf("union id of somebody who is there: %+v", got[1])
	}
}

func planChanges(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1, 2, 3))
	conflict := personChange(3, dirsync.KindConflict, "")
	conflict.Reason = provider.Text{ZH: "冲突", EN: "conflict"}
	addChanges(t, s, c, dirsync.StageDepartments, departmentChange("1", "", dirsync.KindCreate, ""))
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindCreate, ""), personChange(2, dirsync.KindCreate, "there"), conflict)
	addChanges(t, s, c, dirsync.StagePeople)
	all := changesOf(t, s, c.Run, dirsync.ChangeFilter{})
	if len(all) != 4 {
		t.Fatalf("changes %+v, want 4", all)
	}
	want := dirsync.Change{
		ID: all[2].ID, Entity: dirsync.EntityPerson, Kind: dirsync.KindCreate, RemoteID: "u0002", LocalID: "there", Existing: true,
		Name: stagedPerson(2).Name, Fields: []dirsync.Field{{Field: "name", After: stagedPerson(2).Name}}, State: dirsync.ChangePending,
	}
	if !reflect.DeepEqual(all[2], want) {
		t.Errorf("change %+v, want %+v", all[2], want)
	}
	if all[3].State != dirsync.ChangeSkipped || all[3].Reason != conflict.Reason {
		t.Errorf("conflict %+v", all[3])
	}
	for name, test := range map[string]struct {
		filter dirsync.ChangeFilter
		want   int
	}{
		"entity":   {dirsync.ChangeFilter{Entity: dirsync.EntityDepartment}, 1},
		"kind":     {dirsync.ChangeFilter{Kind: dirsync.KindCreate}, 3},
		"state":    {dirsync.ChangeFilter{State: dirsync.ChangeSkipped}, 1},
		"all":      {dirsync.ChangeFilter{Entity: dirsync.EntityPerson, Kind: dirsync.KindCreate, State: dirsync.ChangePending}, 2},
		"nonsense": {dirsync.ChangeFilter{Kind: "x"}, 0},
	} {
		if got := changesOf(t, s, c.Run, test.filter); len(got) != test.want {
			t.Errorf("filter by %s: %d changes, want %d", name, len(got), test.want)
		}
	}
	finishRun(t, s, c, dirsync.StatePlanned)
	if got := changesOf(t, s, c.Run, dirsync.ChangeFilter{State: dirsync.ChangePending}); len(got) != 3 {
		t.Errorf("%d changes pending after a dry run, want 3", len(got))
	}
	list, err := s.Changes(t.Context(), "t1", c.Run.ID, dirsync.ChangeFilter{}, tenant.Page{})
	if err != nil || len(list.Items) != 4 || list.Next != "" {
		t.Errorf("one page of everything: %d, next %q, %v", len(list.Items), list.Next, err)
	}
}

func planCounts(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(2, dirsync.KindLeave, "local-u0002"), personChange(3, dirsync.KindLeave, "local-u0003"))
	addChanges(t, s, c, dirsync.StageRemovals, departmentChange("3", "1", dirsync.KindLeave, "dep-3"))
	counts, err := s.CountPlan(t.Context(), c)
	if err != nil || counts.Active != 3 || counts.Due != 0 || counts.People[dirsync.KindLeave] != 2 || counts.Departments[dirsync.KindLeave] != 1 {
		t.Errorf("counts %+v, %v; want two people and a department of three people", counts, err)
	}
	if p := readRun(t, s, c.Run).Progress; p.Changes != 3 {
		t.Errorf("progress %+v, want three changes", p)
	}
	applyAllBatches(t, s, c)
	if counts, err = s.CountPlan(t.Context(), c); err != nil || counts.Active != 1 {
		t.Errorf("counts %+v, %v; want one active once two have left", counts, err)
	}
}
