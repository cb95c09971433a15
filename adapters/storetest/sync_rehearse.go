package storetest

import (
	"context"
	"errors"
	"testing"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

func syncRehearseTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"leaves nothing":    rehearseLeavesNothing,
		"beside a run":      rehearseBeside,
		"in a transaction":  rehearseJoined,
		"an error as it is": rehearseFails,
	}
}

// rehearsed stages two people and plans the first.
func rehearsed(tb testing.TB, s dirsync.Store, r dirsync.Run) {
	tb.Helper()
	err := s.Rehearse(tb.Context(), r, func(ctx context.Context, c dirsync.Claim) error {
		if c.Run.Provider != r.Provider || c.Run.ID != r.ID {
			tb.Errorf("claim of %+v, want that of the run", c.Run)
		}
		if _, err := s.BeginRead(ctx, c, company(1, 2), syncAt(1)); err != nil {
			return err
		}
		changed, _, err := s.ChangedPeople(ctx, c, "", 10)
		if err != nil || len(changed) != 2 {
			tb.Errorf("%d people changed, %v; want two", len(changed), err)
		}
		_, err = s.AddChanges(ctx, c, dirsync.StagePeople, []dirsync.PlannedChange{personChange(1, dirsync.KindCreate, "")}, syncAt(1))
		if err != nil {
			return err
		}
		batches, err := s.OpenBatches(ctx, c)
		if err != nil || len(batches) != 1 {
			tb.Errorf("batches %v, %v; want one", batches, err)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func rehearseLeavesNothing(t *testing.T, s dirsync.Store) {
	r := newSyncRun("t1", 1)
	r.Mode = dirsync.Incremental
	rehearsed(t, s, r)
	_, err := s.Run(t.Context(), "t1", r.ID)
	wantNotFound(t, "run that was rehearsed", err)
	rehearsed(t, s, r) // as if nothing had been
	c := claimRun(t, s, createRun(t, s, newSyncRun("t1", 1)))
	if c.Staged {
		t.Error("staging rows of a rehearsal are left")
	}
	if got := changesOf(t, s, newSyncRun("t1", 1), dirsync.ChangeFilter{}); len(got) != 0 {
		t.Errorf("changes %+v of a rehearsal are left", got)
	}
}

func rehearseBeside(t *testing.T, s dirsync.Store) {
	active := createRun(t, s, newSyncRun("t1", 1))
	rehearsed(t, s, newSyncRun("t1", 2))
	if got := readRun(t, s, active); got.State != dirsync.StateQueued {
		t.Errorf("active run %+v, want it untouched", got)
	}
}

func rehearseJoined(t *testing.T, s dirsync.Store) {
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		return s.Rehearse(ctx, newSyncRun("t1", 1), func(context.Context, dirsync.Claim) error {
			t.Error("rehearsed in the transaction of somebody else")
			return nil
		})
	})
	if err == nil {
		t.Error("rehearsed in the transaction of somebody else, without an error")
	}
}

func rehearseFails(t *testing.T, s dirsync.Store) {
	stop := errors.New("stop")
	r := newSyncRun("t1", 1)
	err := s.Rehearse(t.Context(), r, func(context.Context, dirsync.Claim) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want that of the function", err)
	}
	_, err = s.Run(t.Context(), "t1", r.ID)
	wantNotFound(t, "run of a rehearsal that failed", err)
}
