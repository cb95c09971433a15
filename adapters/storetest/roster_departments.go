package storetest

import (
	"context"
	"errors"
	"maps"
	"testing"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// wantTree wants exactly these departments, by id.
func (h rosterHarness) wantTree(tb testing.TB, dir dirsync.Directory, want map[string]PlatformDepartment) {
	tb.Helper()
	list, err := h.roster.RosterDepartments(tb.Context(), dir)
	if err != nil {
		tb.Fatal(err)
	}
	got := make(map[string]PlatformDepartment, len(list))
	for _, d := range list {
		if _, twice := got[d.ID]; twice {
			tb.Errorf("department %s is there twice", d.ID)
		}
		got[d.ID] = PlatformDepartment{Parent: d.ParentID, Name: d.Name}
	}
	if !maps.Equal(got, want) {
		tb.Errorf("departments of %s: %+v, want %+v", dir.Tenant, got, want)
	}
}

func rosterDepartments(t *testing.T, h rosterHarness) {
	h.wantTree(t, membersDir, map[string]PlatformDepartment{})
	top := h.pulled(t, membersDir, "1")
	below := h.applyDepartments(t, membersDir,
		dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "2", ParentLocalID: top, Name: `研发 '"\ %`},
		dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "3", ParentLocalID: top, Name: "销售"})
	leaf := h.applyDepartments(t, membersDir,
		dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "4", ParentLocalID: below[0], Name: "销售"})[0]
	other := h.pulled(t, secondDir, "1")
	foreign := h.pulled(t, foreignDir, "5")
	h.bind(t, membersDir, below[1], "") // the platform's own is there as well
	h.wantTree(t, membersDir, map[string]PlatformDepartment{
		top: {Name: "部门 1"}, below[0]: {Parent: top, Name: `研发 '"\ %`}, below[1]: {Parent: top, Name: "销售"},
		leaf: {Parent: below[0], Name: "销售"}, other: {Name: "部门 1"},
	})
	h.wantTree(t, foreignDir, map[string]PlatformDepartment{foreign: {Name: "部门 5"}})
}

// rosterBind makes departments of the platform's own those of the directory: a
// pull keeps them in line from then on.
func rosterBind(t *testing.T, h rosterHarness) {
	own := h.own(t)
	h.bind(t, membersDir, own, "9")
	h.bind(t, membersDir, own, "9") // is told about after each push of it
	if got := h.pulled(t, membersDir, "9"); got != own {
		t.Errorf("a pull has %s for the department that %s was bound to", got, own)
	}
	h.wantTree(t, membersDir, map[string]PlatformDepartment{own: {Name: "部门 9"}})
	h.bind(t, membersDir, "nobody", "7") // was removed meanwhile
	h.wantTree(t, membersDir, map[string]PlatformDepartment{own: {Name: "部门 9"}})
}

// rosterBindAgain binds a department to another one than before.
func rosterBindAgain(t *testing.T, h rosterHarness) {
	id := h.pulled(t, membersDir, "1")
	h.bind(t, membersDir, id, "2")
	if got := h.pulled(t, membersDir, "2"); got != id {
		t.Errorf("a pull has %s for the department that %s was bound to last", got, id)
	}
	if got := h.pulled(t, membersDir, "1"); got == id {
		t.Error("a pull still has it for the department that it was bound to before")
	}
}

// rosterBindElsewhere binds and releases what is another directory's.
func rosterBindElsewhere(t *testing.T, h rosterHarness) {
	id := h.pulled(t, membersDir, "1")
	h.wantElsewhere(t, membersDir, id, false)
	h.wantElsewhere(t, secondDir, id, true)
	h.bind(t, secondDir, id, "2")
	h.bind(t, secondDir, id, "")
	if got := h.pulled(t, membersDir, "1"); got != id {
		t.Errorf("a pull of its directory has %s, want %s as before", got, id)
	}
	if got := h.pulled(t, secondDir, "2"); got == id {
		t.Error("a pull of another directory has it, too")
	}
}

// wantElsewhere wants a directory to know whether a department is another one's.
func (h rosterHarness) wantElsewhere(tb testing.TB, dir dirsync.Directory, id string, want bool) {
	tb.Helper()
	list, err := h.roster.RosterDepartments(tb.Context(), dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range list {
		if d.ID == id && d.Elsewhere != want {
			tb.Errorf("department %+v as %s has it, want elsewhere %t", d, dir.OrgID, want)
		}
	}
}

// rosterRelease makes a department the platform's own again.
func rosterRelease(t *testing.T, h rosterHarness) {
	id := h.pulled(t, membersDir, "1")
	h.bind(t, membersDir, id, "")
	h.bind(t, membersDir, id, "")
	h.bind(t, membersDir, "nobody", "")
	h.wantElsewhere(t, secondDir, id, false)
	h.wantTree(t, membersDir, map[string]PlatformDepartment{id: {Name: "部门 1"}})
	next := h.pulled(t, membersDir, "1")
	if next == id {
		t.Fatal("a pull still has it for the department that it was released from")
	}
	h.wantTree(t, membersDir, map[string]PlatformDepartment{id: {Name: "部门 1"}, next: {Name: "部门 1"}})
	h.bind(t, membersDir, id, "3")
	if got := h.pulled(t, membersDir, "3"); got != id {
		t.Errorf("a pull has %s for the department that %s was bound to after it was released", got, id)
	}
}

// rosterTenants names departments and people of another tenant.
func rosterTenants(t *testing.T, h rosterHarness) {
	id := h.pulled(t, membersDir, "1")
	own := h.own(t)
	person := h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: id, Leader: true}))[0].LocalID
	h.bind(t, foreignDir, id, "")
	h.bind(t, foreignDir, own, "8")
	if got := h.pulled(t, membersDir, "1"); got != id {
		t.Errorf("a pull has %s for %s, which another tenant has released", got, id)
	}
	if got := h.pulled(t, foreignDir, "8"); got == own {
		t.Error("a pull of another tenant has the department that it has bound")
	}
	h.bind(t, membersDir, own, "3")
	if got := h.pulled(t, membersDir, "3"); got != own {
		t.Errorf("a pull has %s for %s, which another tenant has bound before", got, own)
	}
	h.wantPeople(t, foreignDir, []string{person})
	both := again(1, dirsync.KindCreate, person)
	both.Owned = false
	h.apply(t, foreignDir, both)
	if got := h.wantPeople(t, foreignDir, []string{person}, person); len(got[person].DepartmentIDs)+len(got[person].Leads) != 0 {
		t.Errorf("person %+v of another tenant, want none of this one's departments", got[person])
	}
}

// rosterRollback is a push whose outcome could not be kept.
func rosterRollback(t *testing.T, h rosterHarness) {
	own, bound := h.own(t), h.pulled(t, membersDir, "1")
	stop := errors.New("stop")
	err := h.Transactor.InTx(t.Context(), func(ctx context.Context) error {
		if err := h.roster.BindDepartment(ctx, membersDir, own, "9"); err != nil {
			return err
		}
		if err := h.roster.BindDepartment(ctx, membersDir, bound, ""); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("bind and release in a transaction: %v", err)
	}
	if got := h.pulled(t, membersDir, "9"); got == own {
		t.Error("still bound after a rollback")
	}
	if got := h.pulled(t, membersDir, "1"); got != bound {
		t.Error("still released after a rollback")
	}
}
