package storetest

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

func syncComparedTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"applied people": comparedApplied,
		"seen places":    comparedSeen,
		"moved":          comparedMoved,
		"missing":        comparedMissing,
		"shared values":  comparedShared,
		"begun again":    comparedBegunAgain,
		"conflicts":      comparedConflicts,
	}
}

// appliedPeople returns what a read is compared with, by id.
func appliedPeople(tb testing.TB, s dirsync.Store, c dirsync.Claim, staged bool) map[provider.UserID]dirsync.AppliedPerson {
	tb.Helper()
	all := make(map[provider.UserID]dirsync.AppliedPerson)
	err := s.AppliedPeople(tb.Context(), c, staged, func(p dirsync.AppliedPerson) error {
		all[p.ID] = p
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func comparedApplied(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3)
	leave := claimed(t, s, "t1", 2)
	begin(t, s, leave, company(1, 2))
	addChanges(t, s, leave, dirsync.StageLeavers, personChange(3, dirsync.KindLeave, "local-u0003"))
	applyAllBatches(t, s, leave)
	finishRun(t, s, leave, dirsync.StateSucceeded)
	c, other := claimed(t, s, "t1", 3), claimed(t, s, "t2", 4)
	begin(t, s, c, company(2))
	begin(t, s, other, company(2))
	want := map[provider.UserID]dirsync.AppliedPerson{}
	for n := 1; n <= 2; n++ {
		p := stagedPerson(n)
		want[p.ID] = dirsync.AppliedPerson{
			ID: p.ID, Hash: p.Hash, Settled: true, Staged: n == 2,
			Places: []dirsync.StagedPlace{{PersonID: p.ID, DepartmentID: "2", Order: int64(-n)}},
		}
	}
	if got := appliedPeople(t, s, c, false); !reflect.DeepEqual(got, want) {
		t.Errorf("applied %+v, want %+v", got, want)
	}
	delete(want, stagedPerson(1).ID)
	if got := appliedPeople(t, s, c, true); !reflect.DeepEqual(got, want) {
		t.Errorf("applied and staged %+v, want %+v", got, want)
	}
	if got := appliedPeople(t, s, other, false); len(got) != 0 {
		t.Errorf("applied in another tenant %+v, want nobody", got)
	}
	enough := errors.New("enough")
	err := s.AppliedPeople(t.Context(), c, false, func(dirsync.AppliedPerson) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("stopped with %v, want %v", err, enough)
	}
}

func comparedSeen(t *testing.T, s dirsync.Store) {
	c, other := claimed(t, s, "t1", 1), claimed(t, s, "t2", 2)
	begin(t, s, c, dirsync.Staging{})
	begin(t, s, other, dirsync.Staging{})
	for _, keys := range [][]dirsync.PlaceKey{{1, 1 << 63}, {^dirsync.PlaceKey(0)}, {1}} {
		noSyncError(t, "stage")(s.StagePages(t.Context(), c, dirsync.Staging{Seen: keys}, syncNow))
	}
	seen := func(c dirsync.Claim) []dirsync.PlaceKey {
		var all []dirsync.PlaceKey
		err := s.SeenPlaces(t.Context(), c, func(keys []dirsync.PlaceKey) error {
			all = append(all, keys...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if got := seen(c); !slices.Equal(got, []dirsync.PlaceKey{1, 1 << 63, ^dirsync.PlaceKey(0)}) {
		t.Errorf("seen %v, want three keys", got)
	}
	if got := seen(other); len(got) != 0 {
		t.Errorf("seen in another tenant %v, want none", got)
	}
}

// comparedMoved has somebody leave one of two departments, and somebody else
// differ in one of two.
func comparedMoved(t *testing.T, s dirsync.Store) {
	first := claimed(t, s, "t1", 1)
	p := company(1, 2, 3)
	for _, person := range p.People {
		p.Places = append(p.Places, dirsync.StagedPlace{PersonID: person.ID, DepartmentID: "3", Leader: true, Order: 5})
	}
	begin(t, s, first, p)
	addChanges(t, s, first, dirsync.StageDepartments, departmentChange("2", "", dirsync.KindCreate, ""), departmentChange("3", "", dirsync.KindCreate, ""))
	addChanges(t, s, first, dirsync.StagePeople,
		personChange(1, dirsync.KindCreate, ""), personChange(2, dirsync.KindCreate, ""), personChange(3, dirsync.KindCreate, ""))
	applyAllBatches(t, s, first)
	finishRun(t, s, first, dirsync.StateSucceeded)
	c := claimed(t, s, "t1", 2)
	differs := company(2)
	differs.People[0].Title, differs.People[0].Hash = "another", "another"
	begin(t, s, c, differs)
	stays := func(n int) dirsync.StagedPlace {
		return dirsync.StagedPlace{PersonID: stagedPerson(n).ID, DepartmentID: "3", Leader: true, Order: 5}
	}
	for range 2 { // the second time a worker begins where another one has died
		noSyncError(t, "compared")(s.StageCompared(t.Context(), c, dirsync.Compared{
			Movers: []provider.UserID{stagedPerson(1).ID, stagedPerson(2).ID}, Places: []dirsync.StagedPlace{stays(1), stays(2)},
		}, syncNow))
	}
	got := changedPeople(t, s, c)
	if len(got) != 2 {
		t.Fatalf("changed %+v, want two", got)
	}
	if got[0].Person != stagedPerson(1) || !reflect.DeepEqual(got[0].Places, []dirsync.StagedPlace{stays(1)}) {
		t.Errorf("who left a department: %+v", got[0])
	}
	if got[1].Person != differs.People[0] || !reflect.DeepEqual(got[1].Places, []dirsync.StagedPlace{differs.Places[0], stays(2)}) {
		t.Errorf("who differs: %+v", got[1])
	}
}

func comparedMissing(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4, 5)
	c := claimed(t, s, "t1", 2)
	changed := company(2, 9)
	changed.People[1].UnionID = stagedPerson(3).UnionID
	begin(t, s, c, changed)
	noSyncError(t, "compared")(s.StageCompared(t.Context(), c, dirsync.Compared{
		Unseen: []provider.UserID{"u0001", "u0002", "u0005"},
	}, syncNow))
	var got []provider.UserID
	for after := provider.UserID(""); ; {
		list, err := s.MissingPeople(t.Context(), c, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		after = list[0].ID
		got = append(got, after)
	}
	if want := []provider.UserID{"u0001", "u0005"}; !slices.Equal(got, want) {
		t.Errorf("missing %v, want %v", got, want)
	}
	holders, err := s.Holders(t.Context(), c, []string{"local-u0001", "local-u0002", "local-u0003"})
	want := map[string]dirsync.Holder{
		"local-u0001": {UserID: "u0001", UnionID: stagedPerson(1).UnionID, Active: true},
		"local-u0002": {UserID: "u0002", UnionID: stagedPerson(2).UnionID, Active: true, Read: true},
		"local-u0003": {UserID: "u0003", UnionID: stagedPerson(3).UnionID, Active: true, Read: true},
	}
	if err != nil || !maps.Equal(holders, want) {
		t.Errorf("holders %v, %v; want %v", holders, err, want)
	}
	people := changedPeople(t, s, c)
	if last := people[len(people)-1]; last.Holder != (dirsync.Holder{UserID: "u0003", Active: true, Read: true}) {
		t.Errorf("union id of somebody who was seen: %+v", last)
	}
}

func comparedShared(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2, 3, 4)
	c := claimed(t, s, "t1", 2)
	p := company(3, 8, 9)
	mobile := func(n int) string { return stagedPerson(n).Mobile }
	p.People[0].Mobile = "" // had one before
	p.People[1].Mobile, p.People[2].Mobile = mobile(3), mobile(1)
	p.People[1].Email = "U2@example.com"
	begin(t, s, c, p)
	noSyncError(t, "compared")(s.StageCompared(t.Context(), c, dirsync.Compared{Unseen: []provider.UserID{"u0003", "u0004"}}, syncNow))
	for by, want := range map[dirsync.MatchBy]map[string][2]provider.UserID{
		dirsync.MatchMobile: {mobile(1): {"u0001", "u0009"}},
		dirsync.MatchEmail:  {"u2@example.com": {"u0002", "u0008"}},
	} {
		got, err := s.SharedValues(t.Context(), c, by)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("shared by %s: %v, %v; want %v", by, got, err, want)
		}
	}
}

func comparedBegunAgain(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, dirsync.Staging{Seen: []dirsync.PlaceKey{7}})
	noSyncError(t, "compared")(s.StageCompared(t.Context(), c, dirsync.Compared{Unseen: []provider.UserID{"u0001"}}, syncNow))
	begin(t, s, c, company(1))
	list, err := s.MissingPeople(t.Context(), c, "", 10)
	if err != nil || len(list) != 1 || list[0].ID != "u0002" {
		t.Errorf("missing %+v, %v; want whom the new read has not", list, err)
	}
	err = s.SeenPlaces(t.Context(), c, func(keys []dirsync.PlaceKey) error {
		t.Errorf("seen %v, want nothing", keys)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	lost := c
	claimRun(t, s, c.Run)
	if _, err := s.StageCompared(context.WithoutCancel(t.Context()), lost, dirsync.Compared{}, syncNow); !errors.Is(err, dirsync.ErrLost) {
		t.Errorf("compared without the claim: %v, want ErrLost", err)
	}
}

// comparedConflicts has somebody with an open conflict, seen as they are, in a
// read that was not complete.
func comparedConflicts(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1, 2))
	addChanges(t, s, c, dirsync.StagePeople, personChange(1, dirsync.KindConflict, ""), personChange(2, dirsync.KindConflict, ""))
	if err := s.SettleConflicts(t.Context(), c, syncNow); err != nil {
		t.Fatal(err)
	}
	finishRun(t, s, c, dirsync.StateSucceeded)
	c = claimed(t, s, "t1", 3)
	begin(t, s, c, dirsync.Staging{})
	noSyncError(t, "compared")(s.StageCompared(t.Context(), c, dirsync.Compared{Unseen: []provider.UserID{"u0002"}}, syncNow))
	if err := s.SettleConflicts(t.Context(), c, syncNow); err != nil {
		t.Fatal(err)
	}
	if got := openConflicts(t, s, "t1"); len(got) != 1 || got[0].RemoteID != "u0002" {
		t.Errorf("open conflicts %+v, want that of the one who was not read", got)
	}
}
