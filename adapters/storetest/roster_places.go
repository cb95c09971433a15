package storetest

import (
	"context"
	"slices"
	"testing"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// rosterLeads has one lead a department, and then nobody. Who leads none has to
// be told as such where leads are told at all, or nobody would ever cease to
// lead.
func rosterLeads(t *testing.T, h rosterHarness) {
	a, b := h.pulled(t, membersDir, "1"), h.pulled(t, membersDir, "2")
	at := func(leads bool) []dirsync.Place {
		return []dirsync.Place{{DepartmentLocalID: a, Leader: leads}, {DepartmentLocalID: b}}
	}
	out := h.apply(t, membersDir, newcomer(1, at(true)...), newcomer(2, at(false)...))
	first, second := out[0].LocalID, out[1].LocalID
	want := func(leads map[string][]string) {
		t.Helper()
		got := h.wantPeople(t, membersDir, []string{first, second}, first, second)
		if got[first].Leads == nil && got[second].Leads == nil {
			t.Log("these members do not tell who leads a department")
			return
		}
		for id, leads := range leads {
			if p := got[id]; p.Leads == nil || !slices.Equal(p.Leads, leads) {
				t.Errorf("%s leads %#v, want %#v", id, p.Leads, leads)
			}
		}
	}
	want(map[string][]string{first: {a}, second: {}})
	h.apply(t, membersDir, again(1, dirsync.KindMove, first, at(false)...))
	want(map[string][]string{first: {}, second: {}})
}

// rosterOrders has people stand somewhere in their departments.
func rosterOrders(t *testing.T, h rosterHarness) {
	a, b := h.pulled(t, membersDir, "1"), h.pulled(t, membersDir, "2")
	places := map[string]int64{a: 3, b: 1 << 40}
	id := h.apply(t, membersDir, newcomer(1,
		dirsync.Place{DepartmentLocalID: a, Order: places[a]}, dirsync.Place{DepartmentLocalID: b, Order: places[b]}))[0].LocalID
	for dep, order := range h.wantPeople(t, membersDir, []string{id}, id)[id].Orders {
		if want, in := places[dep]; !in || order != want {
			t.Errorf("position %d in %s, want %v", order, dep, places)
		}
	}
	h.apply(t, membersDir, again(1, dirsync.KindMove, id, dirsync.Place{DepartmentLocalID: b, Order: 5}))
	orders := h.wantPeople(t, membersDir, []string{id}, id)[id].Orders
	if _, still := orders[a]; still || len(orders) > 0 && orders[b] != 5 {
		t.Errorf("positions %v, want 5 in %s alone", orders, b)
	}
}

// rosterManagers gives people managers, where the members keep them.
func rosterManagers(t *testing.T, h rosterHarness) {
	port, ok := h.Members.(dirsync.Managers)
	if !ok {
		t.Skip("these members do not implement dirsync.Managers")
	}
	out := h.apply(t, membersDir, newcomer(1), newcomer(2), newcomer(3))
	a, b, c := out[0].LocalID, out[1].LocalID, out[2].LocalID
	both := again(1, dirsync.KindCreate, a)
	both.Owned = false
	h.apply(t, foreignDir, both)
	apply := func(changes ...dirsync.ManagerChange) {
		t.Helper()
		err := h.Transactor.InTx(t.Context(), func(ctx context.Context) error { return port.ApplyManagers(ctx, membersDir, changes) })
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(dir dirsync.Directory, managers map[string]string, ids ...string) {
		t.Helper()
		for id, p := range h.wantPeople(t, dir, ids, ids...) {
			if p.ManagerID != managers[id] {
				t.Errorf("%s reports to %q in %s, want %q", id, p.ManagerID, dir.Tenant, managers[id])
			}
		}
	}
	apply(dirsync.ManagerChange{LocalID: a, ManagerID: c}, dirsync.ManagerChange{LocalID: b, ManagerID: a})
	want(membersDir, map[string]string{a: c, b: a}, a, b, c)
	want(foreignDir, nil, a)
	apply(dirsync.ManagerChange{LocalID: a, ManagerID: b}, dirsync.ManagerChange{LocalID: b})
	want(membersDir, map[string]string{a: b}, a, b, c)
}
