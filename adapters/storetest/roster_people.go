package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// wantPeople asks for people by id, wants exactly these, and returns them.
func (h rosterHarness) wantPeople(
	tb testing.TB, dir dirsync.Directory, ids []string, want ...string,
) map[string]dirsync.RosterPerson {
	tb.Helper()
	list, err := h.roster.RosterPeople(tb.Context(), dir, dirsync.RosterQuery{IDs: ids})
	if err != nil {
		tb.Fatal(err)
	}
	got := make(map[string]dirsync.RosterPerson, len(list))
	for _, p := range list {
		got[p.ID] = p
	}
	slices.Sort(want)
	if len(list) != len(want) || !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
		tb.Errorf("people of %s among %d ids: %+v, want %v", dir.Tenant, len(ids), list, want)
	}
	return got
}

// read reads everybody in windows of a size.
func (h rosterHarness) read(tb testing.TB, dir dirsync.Directory, size int) (ids []string) {
	tb.Helper()
	for after := ""; ; {
		list, err := h.roster.RosterPeople(tb.Context(), dir, dirsync.RosterQuery{After: after, Limit: size})
		if err != nil {
			tb.Fatal(err)
		}
		if len(list) == 0 {
			return ids
		}
		if len(list) > size {
			tb.Fatalf("%d people after %q, want at most %d", len(list), after, size)
		}
		for _, p := range list {
			if slices.Contains(ids, p.ID) {
				tb.Fatalf("%s comes a second time, after %q, in windows of %d", p.ID, after, size)
			}
			ids = append(ids, p.ID)
		}
		after = list[len(list)-1].ID
	}
}

func rosterPeople(t *testing.T, h rosterHarness) {
	a, b := h.pulled(t, membersDir, "1"), h.pulled(t, membersDir, "2")
	plain := newcomer(2)
	plain.Email, plain.Title, plain.AvatarURL = "", "", ""
	out := h.apply(t, membersDir, newcomer(1, dirsync.Place{DepartmentLocalID: a}, dirsync.Place{DepartmentLocalID: b}), plain)
	got := h.wantPeople(t, membersDir, []string{out[0].LocalID, out[1].LocalID}, out[0].LocalID, out[1].LocalID)
	in := [][]string{{a, b}, nil}
	slices.Sort(in[0])
	for i, c := range []dirsync.PersonChange{newcomer(1), plain} {
		p := got[out[i].LocalID]
		slices.Sort(p.DepartmentIDs)
		p.Leads, p.Orders = nil, nil
		want := dirsync.RosterPerson{
			ID: out[i].LocalID, Username: out[i].Account, Name: c.Name, Mobile: c.Mobile, Email: c.Email,
			JobNumber: c.JobNumber, Title: c.Title, DepartmentIDs: in[i],
		}
		if fmt.Sprintf("%+v", p) != fmt.Sprintf("%+v", want) {
			t.Errorf("person %+v, want %+v", p, want)
		}
	}
}

// rosterActive has somebody of each kind: only active members are pushed.
func rosterActive(t *testing.T, h rosterHarness) {
	dep := h.pulled(t, membersDir, "1")
	at := dirsync.Place{DepartmentLocalID: dep}
	waiting := newcomer(3, at)
	waiting.Join = dirsync.JoinPending
	out := h.apply(t, membersDir, newcomer(1, at), newcomer(2, at), waiting, newcomer(4, at), newcomer(5, at))
	active, left, pending, leaving, back := out[0].LocalID, out[1].LocalID, out[2].LocalID, out[3].LocalID, out[4].LocalID
	elsewhere := h.CreateAccount(t, "elsewhere", "", "", "t2")
	nowhere := h.CreateAccount(t, "nowhere", "", "")
	both := again(2, dirsync.KindCreate, left)
	both.Owned = false
	h.apply(t, foreignDir, both) // is still active there
	leave := func(kind dirsync.Kind, n int, id string) {
		h.apply(t, membersDir, dirsync.PersonChange{Kind: kind, RemoteID: newcomer(n).RemoteID, LocalID: id, Name: "x"})
	}
	leave(dirsync.KindLeave, 2, left)
	leave(dirsync.KindLeaving, 4, leaving)
	leave(dirsync.KindLeave, 5, back)
	h.apply(t, membersDir, again(5, dirsync.KindRejoin, back, at))

	all := []string{active, left, pending, leaving, back, elsewhere, nowhere}
	want := []string{active, leaving, back}
	h.wantPeople(t, membersDir, all, want...)
	h.wantPeople(t, foreignDir, all, left, elsewhere)
	for dir, want := range map[dirsync.Directory][]string{membersDir: want, foreignDir: {left, elsewhere}} {
		got := h.read(t, dir, 2)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("people of %s: %v, want %v", dir.Tenant, got, want)
		}
	}
}

// rosterIDs asks for people who may not be there, and for many.
func rosterIDs(t *testing.T, h rosterHarness) {
	var changes []dirsync.PersonChange
	for n := range 20 {
		changes = append(changes, newcomer(n))
	}
	var ids []string
	for _, o := range h.apply(t, membersDir, changes...) {
		ids = append(ids, o.LocalID)
	}
	h.wantPeople(t, membersDir, []string{})
	h.wantPeople(t, membersDir, ids[3:4], ids[3])
	h.wantPeople(t, membersDir, []string{"nobody"})
	h.wantPeople(t, membersDir, []string{"", "0", "-1", ids[7], "o'neil", ids[2], "% ?"}, ids[7], ids[2])
	many := slices.Clone(ids)
	for n := range 1000 {
		many = append(many, fmt.Sprint("nobody-", n))
	}
	h.wantPeople(t, membersDir, many, ids...)
}

// rosterWindows has so many people that ids that are numbers get longer.
func rosterWindows(t *testing.T, h rosterHarness) {
	var changes []dirsync.PersonChange
	for n := range 120 {
		changes = append(changes, newcomer(n))
	}
	var want []string
	for _, o := range h.apply(t, membersDir, changes...) {
		want = append(want, o.LocalID)
	}
	slices.Sort(want)
	order := h.read(t, membersDir, 1000)
	if got := slices.Sorted(slices.Values(order)); !slices.Equal(got, want) {
		t.Fatalf("%d people in one window, want %d", len(got), len(want))
	}
	for _, size := range []int{1, 7, 60, 120} {
		if got := h.read(t, membersDir, size); !slices.Equal(got, order) {
			t.Errorf("in windows of %d: %d people %v; want %v", size, len(got), got, order)
		}
	}
}

// rosterWindowsMove has the last one of a window leave before the next: a window
// begins after a position, where nobody has to be.
func rosterWindowsMove(t *testing.T, h rosterHarness) {
	var changes []dirsync.PersonChange
	for n := range 12 {
		changes = append(changes, newcomer(n))
	}
	remote := map[string]dirsync.PersonChange{}
	for i, o := range h.apply(t, membersDir, changes...) {
		remote[o.LocalID] = changes[i]
	}
	order := h.read(t, membersDir, 100)
	if len(order) != len(changes) {
		t.Fatalf("%d people, want %d", len(order), len(changes))
	}
	gone := order[4]
	h.apply(t, membersDir, dirsync.PersonChange{Kind: dirsync.KindLeave, RemoteID: remote[gone].RemoteID, LocalID: gone, Name: "x"})
	list, err := h.roster.RosterPeople(t.Context(), membersDir, dirsync.RosterQuery{After: gone, Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range list {
		got = append(got, p.ID)
	}
	if !slices.Equal(got, order[5:8]) {
		t.Errorf("after somebody who has left: %v, want %v", got, order[5:8])
	}
}
