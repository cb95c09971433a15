package storetest

import (
	"testing"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// applyLeaving has somebody be missed, come back, be missed again and leave.
func applyLeaving(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	c := claimed(t, s, "t1", 2)
	begin(t, s, c, company(1))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(2, dirsync.KindLeaving, "local-u0002"))
	applyAllBatches(t, s, c)
	wantLeaving(t, s, c, syncAt(4))
	finishRun(t, s, c, dirsync.StateSucceeded)

	c = claimed(t, s, "t1", 3)
	begin(t, s, c, company(1, 2))
	got := changedPeople(t, s, c)
	if len(got) != 1 || got[0].Mirror == nil || !got[0].Mirror.LeavingSince.Equal(syncAt(4).Truncate(time.Microsecond)) || !got[0].Holder.Active {
		t.Fatalf("changed %+v, want the one who is back, still bound", got)
	}
	addChanges(t, s, c, dirsync.StagePeople, personChange(2, dirsync.KindRejoin, "local-u0002"))
	applyAllBatches(t, s, c)
	if got := changedPeople(t, s, c); len(got) != 0 {
		t.Errorf("changed %+v, want nobody once they are back", got)
	}
	finishRun(t, s, c, dirsync.StateSucceeded)

	c = claimed(t, s, "t1", 4)
	begin(t, s, c, company(1))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(2, dirsync.KindLeaving, "local-u0002"))
	applyAllBatches(t, s, c)
	finishRun(t, s, c, dirsync.StateSucceeded)
	c = claimed(t, s, "t1", 5)
	begin(t, s, c, company(1))
	addChanges(t, s, c, dirsync.StageLeavers, personChange(2, dirsync.KindLeave, "local-u0002"))
	if counts, err := s.CountPlan(t.Context(), c); err != nil || counts.Due != 1 || counts.Active != 2 || counts.People[dirsync.KindLeave] != 1 {
		t.Errorf("counts %+v, %v; want one who is due, of two", counts, err)
	}
	applyAllBatches(t, s, c)
	if got, err := s.MissingPeople(t.Context(), c, "", 10); err != nil || len(got) != 0 {
		t.Errorf("missing %+v, %v; want nobody: they are gone", got, err)
	}
}

// wantLeaving wants one person to be missed since the given time.
func wantLeaving(tb testing.TB, s dirsync.Store, c dirsync.Claim, since time.Time) {
	tb.Helper()
	got, err := s.MissingPeople(tb.Context(), c, "", 10)
	if err != nil || len(got) != 1 || !got[0].LeavingSince.Equal(since.Truncate(time.Microsecond)) || len(got[0].Places) != 1 {
		tb.Errorf("missing %+v, %v; want one since %v", got, err, since)
	}
}
