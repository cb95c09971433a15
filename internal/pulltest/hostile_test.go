package pulltest_test

import (
	"fmt"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestHostileCompany pulls what companies have and nobody expects: 30 levels, 500
// children of one department, somebody in 50 departments, user ids that differ
// in case, and names of every kind.
func TestHostileCompany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(500, 500)
		parent := provider.DepartmentID("2")
		for i := range 30 {
			id := provider.DepartmentID(fmt.Sprintf("deep%d", i))
			b.dir.departments = append(b.dir.departments, provider.Department{ID: id, ParentID: parent, Name: "研发"})
			parent = id
		}
		names := []string{"👩‍💻", "שלום", "𠮷野", "  空 格  ", "e\u0301", "'; DROP TABLE x; --", "\u202Eevil"}
		for i := range 60 {
			p := somebody(i)
			p.Name = names[i%len(names)]
			p.Memberships = []provider.Membership{{DepartmentID: parent}}
			b.dir.people = append(b.dir.people, p)
		}
		b.dir.people[0].UserID, b.dir.people[1].UserID = "case", "CASE"
		for i := 2; i < 51; i++ {
			b.dir.people[2].Memberships = append(b.dir.people[2].Memberships, provider.Membership{DepartmentID: b.dir.departments[i].ID})
		}
		run := b.pull(t, "t1")
		if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 60 || run.Counts.Departments[dirsync.KindCreate] != 531 {
			t.Fatalf("run is %s with %v, failures %v", run.State, run.Counts, b.queue.failures)
		}
		if got := account(t, b, somebody(2).Mobile); len(got.DepartmentIDs) != 50 {
			t.Errorf("somebody is in %d departments, want 50", len(got.DepartmentIDs))
		}
		if account(t, b, somebody(0).Mobile).ID == account(t, b, somebody(1).Mobile).ID {
			t.Error("user ids that differ in case are one person")
		}
		if got := account(t, b, somebody(3).Mobile).Realname; got != "空 格" {
			t.Errorf("name %q, want it without spaces around", got)
		}
		b.wantSettled(t, "t1")
		// A mobile number moves from one person to another.
		b.dir.edit(10, func(p *provider.Person) { p.Mobile = "13900000000" })
		b.dir.edit(11, func(p *provider.Person) { p.Mobile = somebody(10).Mobile })
		before := account(t, b, somebody(11).Mobile).ID
		for range 2 { // one may have to wait until the other has let go of it
			b.pull(t, "t1")
		}
		if got := account(t, b, somebody(10).Mobile).ID; got != before {
			t.Errorf("the number is of %s, want %s", got, before)
		}
		b.wantSettled(t, "t1")
	})
}

// TestDepartmentVanishes has a department go between two calls: nobody is
// removed, and the run names it.
func TestDepartmentVanishes(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	branches(b.dir)
	b.pull(t, "t1")
	all, _ := here(t, b)
	gone := &provider.Error{Code: provider.NotFound, Provider: "fake", Op: "people"}
	b.dir.fail = func(op, id string, _ provider.Cursor) error { return errIf(op != "scope" && id == "20", gone) }
	run := b.pull(t, "t1")
	if run.State != dirsync.StatePartial || len(run.Failures) == 0 || run.Failures[0].DepartmentID != "20" || run.Failures[0].Name != "部门20" {
		t.Errorf("run is %s with %+v, want it to name the department", run.State, run.Failures)
	}
	if people, _ := here(t, b); people != all {
		t.Errorf("people %q, want %q as before", people, all)
	}
}
