package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncRunTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"round trip":        runRoundTrip,
		"one active":        runOneActive,
		"active at once":    runActiveAtOnce,
		"list":              runList,
		"filter":            runFiltered,
		"phases":            runPhases,
		"change":            runChange,
		"change refused":    runChangeRefused,
		"change concurrent": runChangeConcurrent,
		"not found":         runNotFound,
		"isolation":         runIsolation,
		"cursor":            runCursor,
	}
}

func runRoundTrip(t *testing.T, s dirsync.Store) {
	r := newSyncRun("t1", 1)
	r.DryRun = true
	createRun(t, s, r)
	want := r
	want.CreatedAt, want.UpdatedAt = r.CreatedAt.Truncate(time.Microsecond), r.UpdatedAt.Truncate(time.Microsecond)
	if got := readRun(t, s, r); !reflect.DeepEqual(normalRun(got), normalRun(want)) {
		t.Errorf("run %+v, want %+v", got, want)
	}
	c := claimRun(t, s, r)
	failure := dirsync.Failure{
		Code: "permission_denied", Reason: "why", Message: provider.Text{ZH: "不行", EN: "no"}, Op: "op", Upstream: "60011",
		RequestID: "req", Remedy: provider.Text{ZH: "授权", EN: "grant"},
	}
	c.Run.State, c.Run.Phase, c.Run.Complete, c.Run.Approved = dirsync.StatePartial, dirsync.PhaseApply, true, true
	c.Run.Counts = dirsync.Counts{
		Departments: map[dirsync.Kind]int{dirsync.KindMove: 1}, People: map[dirsync.Kind]int{dirsync.KindLeave: 2},
	}
	c.Run.Error, c.Run.Failures = &failure, []dirsync.ReadFailure{{DepartmentID: "2", Name: "研发", Failure: failure}}
	c.Run.MissingPermissions = []dirsync.MissingPermission{{
		Name: "通讯录部门信息读权限", Code: "code", Needed: provider.Text{ZH: "同步部门", EN: "departments"}, Remedy: failure.Remedy,
		Writing: true, Finding: true, Hides: []string{"email"},
	}}
	noSyncError(t, "save")(s.SaveRun(t.Context(), c, syncAt(2000)))
	want = c.Run
	want.StartedAt = syncAt(1000).Truncate(time.Microsecond)
	want.PhaseAt = syncAt(2000).Truncate(time.Microsecond)
	want.FinishedAt, want.UpdatedAt = syncAt(2000).Truncate(time.Microsecond), syncAt(2000).Truncate(time.Microsecond)
	if got := readRun(t, s, r); !reflect.DeepEqual(normalRun(got), normalRun(want)) {
		t.Errorf("run %+v, want %+v", got, want)
	}
}

// normalRun has the same zero values whatever the store returns for them.
func normalRun(r dirsync.Run) dirsync.Run {
	if len(r.Counts.Departments) == 0 {
		r.Counts.Departments = nil
	}
	if len(r.Counts.People) == 0 {
		r.Counts.People = nil
	}
	if len(r.Failures) == 0 {
		r.Failures = nil
	}
	return r
}

func runOneActive(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		err := s.CreateRun(ctx, newSyncRun("t1", 2))
		wantActiveRun(t, err, dirsync.ActiveRun{RunID: r.ID, State: dirsync.StateQueued})
		return s.CreateRun(ctx, newSyncRun("t2", 3)) // the transaction is still good
	})
	if err != nil {
		t.Fatal(err)
	}
	other := newSyncRun("t1", 4)
	other.Provider = "fake2"
	createRun(t, s, other)
	finishRun(t, s, claimRun(t, s, r), dirsync.StateFailed)
	createRun(t, s, newSyncRun("t1", 5))
}

func wantActiveRun(tb testing.TB, err error, want dirsync.ActiveRun) {
	tb.Helper()
	var active *dirsync.ActiveRunError
	if !errors.As(err, &active) || !errors.Is(err, tenant.ErrConflict) {
		tb.Fatalf("create: %v, want an ActiveRunError", err)
	}
	if active.Run != want {
		tb.Errorf("active run %+v, want %+v", active.Run, want)
	}
}

func runActiveAtOnce(t *testing.T, s dirsync.Store) {
	var mu sync.Mutex
	created := 0
	var owned sync.WaitGroup
	for n := range 8 {
		owned.Go(func() {
			err := s.CreateRun(t.Context(), newSyncRun("t1", n))
			mu.Lock()
			defer mu.Unlock()
			var active *dirsync.ActiveRunError
			switch {
			case err == nil:
				created++
			case !errors.As(err, &active):
				t.Errorf("create: %v, want an ActiveRunError", err)
			}
		})
	}
	owned.Wait()
	if created != 1 {
		t.Errorf("%d runs created, want 1", created)
	}
}

func runList(t *testing.T, s dirsync.Store) {
	var want []string
	for n := range 7 {
		r := createRun(t, s, newSyncRun("t1", n))
		finishRun(t, s, claimRun(t, s, r), dirsync.StateSucceeded)
		want = append([]string{r.ID}, want...)
	}
	createRun(t, s, newSyncRun("t2", 100))
	for _, size := range []int{1, 3, 7, 50} {
		var got []string
		for p := (tenant.Page{Limit: size}); ; {
			list, err := s.Runs(t.Context(), "t1", dirsync.RunFilter{}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list.Items {
				got = append(got, r.ID)
			}
			if p.Cursor = list.Next; p.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v, want %v", size, got, want)
		}
	}
}

// runPhases has PhaseAt tell when a phase began, whoever changed it, and
// MissingPermissions tell none from not asked.
func runPhases(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	noSyncError(t, "begin")(s.BeginRead(t.Context(), c, dirsync.Staging{}, syncAt(1)))
	wantPhaseAt(t, s, c, syncAt(1))
	noSyncError(t, "stage")(s.StagePages(t.Context(), c, company(1), syncAt(2)))
	wantPhaseAt(t, s, c, syncAt(1))
	if got := readRun(t, s, c.Run).MissingPermissions; got != nil {
		t.Errorf("missing permissions %+v, want nil: nobody asked", got)
	}
	c.Run.Phase, c.Run.MissingPermissions = dirsync.PhaseGuard, []dirsync.MissingPermission{}
	noSyncError(t, "save")(s.SaveRun(t.Context(), c, syncAt(3)))
	wantPhaseAt(t, s, c, syncAt(3))
	if got := readRun(t, s, c.Run).MissingPermissions; got == nil || len(got) != 0 {
		t.Errorf("missing permissions %+v, want none and not nil", got)
	}
	noSyncError(t, "save")(s.SaveRun(t.Context(), c, syncAt(4)))
	wantPhaseAt(t, s, c, syncAt(3))
	changed, err := s.ChangeRun(t.Context(), "t1", c.Run.ID, func(r *dirsync.Run) error {
		r.Phase, r.UpdatedAt = dirsync.PhaseApply, syncAt(5)
		return nil
	})
	if err != nil || !changed.PhaseAt.Equal(syncAt(5).Truncate(time.Microsecond)) {
		t.Errorf("changed run %+v, %v; want the phase to begin", changed, err)
	}
	wantPhaseAt(t, s, c, syncAt(5))
}

func wantPhaseAt(tb testing.TB, s dirsync.Store, c dirsync.Claim, want time.Time) {
	tb.Helper()
	if got := readRun(tb, s, c.Run).PhaseAt; !got.Equal(want.Truncate(time.Microsecond)) {
		tb.Errorf("phase %s began at %s, want %s", c.Run.Phase, got, want)
	}
}

func runFiltered(t *testing.T, s dirsync.Store) {
	for n, state := range []dirsync.State{dirsync.StateSucceeded, dirsync.StateFailed, dirsync.StateSucceeded, ""} {
		r := newSyncRun("t1", n)
		if n == 2 {
			r.Provider = "fake2"
		}
		createRun(t, s, r)
		if state != "" {
			finishRun(t, s, claimRun(t, s, r), state)
		}
	}
	createRun(t, s, newSyncRun("t2", 4))
	for name, test := range map[string]struct {
		filter dirsync.RunFilter
		want   []int
	}{
		"all":        {dirsync.RunFilter{}, []int{3, 2, 1, 0}},
		"provider":   {dirsync.RunFilter{Provider: "fake2"}, []int{2}},
		"state":      {dirsync.RunFilter{State: dirsync.StateSucceeded}, []int{2, 0}},
		"direction":  {dirsync.RunFilter{Direction: dirsync.Pull}, []int{3, 2, 1, 0}},
		"other way":  {dirsync.RunFilter{Direction: "push"}, nil},
		"from":       {dirsync.RunFilter{From: syncAt(2).Truncate(time.Microsecond)}, []int{3, 2}},
		"from later": {dirsync.RunFilter{From: syncAt(2)}, []int{3}}, // stores keep the run's time less finely
		"to":         {dirsync.RunFilter{To: syncAt(2).Truncate(time.Microsecond)}, []int{1, 0}},
		"both":       {dirsync.RunFilter{From: syncAt(1).Truncate(time.Microsecond), To: syncAt(3), Provider: "fake"}, []int{3, 1}},
		"nothing":    {dirsync.RunFilter{Provider: "nobody"}, nil},
	} {
		var got, want []string
		for p := (tenant.Page{Limit: 1}); ; {
			list, err := s.Runs(t.Context(), "t1", test.filter, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list.Items {
				got = append(got, r.ID)
			}
			if p.Cursor = list.Next; p.Cursor == "" {
				break
			}
		}
		for _, n := range test.want {
			want = append(want, runID(n))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: runs %v, want %v", name, got, want)
		}
	}
}

func runChange(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1))
	got, err := s.ChangeRun(t.Context(), "t1", c.Run.ID, func(r *dirsync.Run) error {
		r.State, r.Phase, r.Approved, r.CancelRequested, r.UpdatedAt = dirsync.StateApplying, dirsync.PhaseApply, true, true, syncAt(9)
		return nil
	})
	if err != nil || got.State != dirsync.StateApplying {
		t.Fatalf("change returned %+v, %v", got, err)
	}
	stored := readRun(t, s, c.Run)
	if stored.State != dirsync.StateApplying || stored.Phase != dirsync.PhaseApply || !stored.Approved || !stored.CancelRequested ||
		!stored.UpdatedAt.Equal(syncAt(9).Truncate(time.Microsecond)) {
		t.Errorf("run %+v, want what was changed", stored)
	}
	cancel, err := s.SaveRun(t.Context(), c, syncAt(10))
	if err != nil || !cancel {
		t.Errorf("the worker's next write returned %t, %v; want to be told of the cancellation", cancel, err)
	}
	_, err = s.ChangeRun(t.Context(), "t1", c.Run.ID, func(r *dirsync.Run) error {
		r.State, r.FinishedAt = dirsync.StateCancelled, syncAt(11)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cancel, err = s.SaveRun(t.Context(), c, syncAt(12))
	wantLost(t, "write of a run that was ended", cancel, err)
	if last := claimRun(t, s, c.Run); last.Staged || last.Run.State != dirsync.StateCancelled {
		t.Errorf("claim %+v, want a finished run without staging rows", last)
	}
	createRun(t, s, newSyncRun("t1", 2))
}

func runChangeRefused(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	refusal := errors.New("no")
	_, err := s.ChangeRun(t.Context(), "t1", r.ID, func(r *dirsync.Run) error {
		r.State = dirsync.StateFailed
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("change: %v, want the error of the function", err)
	}
	if got := readRun(t, s, r); got.State != dirsync.StateQueued {
		t.Errorf("state %s, want queued", got.State)
	}
}

// runChangeConcurrent has several change a run, each after what it has read.
func runChangeConcurrent(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	var owned sync.WaitGroup
	for range 8 {
		owned.Go(func() {
			_, err := s.ChangeRun(t.Context(), "t1", r.ID, func(r *dirsync.Run) error {
				r.UpdatedAt = r.UpdatedAt.Add(time.Second)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	owned.Wait()
	want := r.UpdatedAt.Truncate(time.Microsecond).Add(8 * time.Second)
	if got := readRun(t, s, r).UpdatedAt; !got.Equal(want) {
		t.Errorf("updated at %s, want %s: a change was lost", got, want)
	}
}

func runNotFound(t *testing.T, s dirsync.Store) {
	wantUnknownRun(t, s, "t1", runID(1))
	wantUnknownRun(t, s, "t1", "")
	wantUnknownRun(t, s, "t1", "no\x00such")
}

func wantUnknownRun(t *testing.T, s dirsync.Store, tn tenant.ID, id string) {
	t.Helper()
	_, err := s.Run(t.Context(), tn, id)
	wantNotFound(t, "run", err)
	_, err = s.Changes(t.Context(), tn, id, dirsync.ChangeFilter{}, tenant.Page{})
	wantNotFound(t, "changes", err)
	_, err = s.Change(t.Context(), tn, id, "1")
	wantNotFound(t, "one change", err)
	_, err = s.AppliedCounts(t.Context(), tn, id)
	wantNotFound(t, "applied counts", err)
	_, err = s.ClaimRun(t.Context(), tn, id, syncNow)
	wantNotFound(t, "claim", err)
	_, err = s.ChangeRun(t.Context(), tn, id, func(*dirsync.Run) error {
		t.Error("the function was called")
		return nil
	})
	wantNotFound(t, "change", err)
}

// runIsolation has the same ids and the same organisation in two tenants.
func runIsolation(t *testing.T, s dirsync.Store) {
	pulled(t, s, "t1", 1, 1, 2)
	wantUnknownRun(t, s, "t2", runID(1))
	if list, err := s.Runs(t.Context(), "t2", dirsync.RunFilter{}, tenant.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("runs of the other tenant: %v, %v; want none", list.Items, err)
	}
	dir := newSyncRun("t2", 1).Directory()
	if list, err := s.MirrorDepartments(t.Context(), dir); err != nil || len(list) != 0 {
		t.Errorf("mirror of the other tenant: %v, %v; want nothing", list, err)
	}
	c := claimed(t, s, "t2", 1) // the same run id
	begin(t, s, c, company(1, 2, 3))
	if got := changedPeople(t, s, c); len(got) != 3 || got[0].Mirror != nil || got[0].BoundTo != "" {
		t.Errorf("changed people %+v, want three nobody knows", got)
	}
	if got, err := s.Holders(t.Context(), c, []string{"local-u0001"}); err != nil || len(got) != 0 {
		t.Errorf("holders %v, %v; want none", got, err)
	}
	if got, err := s.MissingPeople(t.Context(), c, "", 10); err != nil || len(got) != 0 {
		t.Errorf("missing people %v, %v; want none", got, err)
	}
	if counts, err := s.CountPlan(t.Context(), c); err != nil || counts.Active != 0 || len(counts.Total()) != 0 {
		t.Errorf("counts %+v, %v; want nothing", counts, err)
	}
	if got := openBatches(t, s, c); len(got) != 0 {
		t.Errorf("batches %v, want none", got)
	}
	addChanges(t, s, c, dirsync.StagePeople, personChange(3, dirsync.KindCreate, ""))
	applyAllBatches(t, s, c)
	finishRun(t, s, c, dirsync.StateSucceeded)
	if got := changesOf(t, s, newSyncRun("t1", 1), dirsync.ChangeFilter{Entity: dirsync.EntityPerson}); len(got) != 2 {
		t.Errorf("changes of t1 %+v, want its own two", got)
	}
	again := claimed(t, s, "t1", 2)
	begin(t, s, again, company(1, 2))
	if got := changedPeople(t, s, again); len(got) != 0 {
		t.Errorf("changed people of t1 %+v, want none", got)
	}
}

func runCursor(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	for _, cursor := range []string{"x", "!", "\x00", "bnVsbA"} {
		p := tenant.Page{Cursor: cursor}
		if _, err := s.Runs(t.Context(), "t1", dirsync.RunFilter{}, p); provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("runs at %q: %v, want code invalid_argument", cursor, err)
		}
		if _, err := s.Changes(t.Context(), "t1", r.ID, dirsync.ChangeFilter{}, p); provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("changes at %q: %v, want code invalid_argument", cursor, err)
		}
	}
}

func syncClaimTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"first":     claimFirst,
		"lost":      claimLost,
		"at once":   claimAtOnce,
		"in the tx": claimInTx,
	}
}

func claimFirst(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	first := claimRun(t, s, r)
	if first.Step != "" || first.Staged || !first.Run.StartedAt.Equal(syncAt(1000).Truncate(time.Microsecond)) {
		t.Errorf("claim %+v, want an empty step, nothing staged, started now", first)
	}
	first.Step = `{"at":"x"}`
	first.Run.State = dirsync.StateReading
	noSyncError(t, "begin")(s.BeginRead(t.Context(), first, dirsync.Staging{}, syncAt(1)))
	second, err := s.ClaimRun(t.Context(), "t1", r.ID, syncAt(2000))
	if err != nil {
		t.Fatal(err)
	}
	if second.Fence <= first.Fence || second.Step != first.Step || !second.Staged || second.Run.State != dirsync.StateReading ||
		!second.Run.StartedAt.Equal(first.Run.StartedAt) {
		t.Errorf("second claim %+v, want a higher fence and what the first left", second)
	}
}

// claimLost tries every write with a claim that was taken over.
func claimLost(t *testing.T, s dirsync.Store) {
	old := claimed(t, s, "t1", 1)
	begin(t, s, old, company(1))
	addChanges(t, s, old, dirsync.StageDepartments, departmentChange("1", "", dirsync.KindCreate, ""))
	addChanges(t, s, old, dirsync.StagePeople, personChange(1, dirsync.KindCreate, ""))
	batches := openBatches(t, s, old)
	done := donePeople(peopleBatch(t, s, old, batches[1]))
	current := claimRun(t, s, old.Run)
	before := readRun(t, s, old.Run)
	for name, write := range staleWrites(t, s, batches, done) {
		cancel, err := write(old)
		wantLost(t, name, cancel, err)
	}
	if got := readRun(t, s, old.Run); !reflect.DeepEqual(got, before) {
		t.Errorf("run %+v after lost writes, want %+v", got, before)
	}
	if got := openBatches(t, s, current); len(got) != 2 {
		t.Errorf("open batches %v, want both", got)
	}
	result, err := s.ReadResult(t.Context(), current)
	if err != nil || result.People != 1 {
		t.Errorf("%+v, %v; want the one person that was staged", result, err)
	}
	applyAllBatches(t, s, current)
	finishRun(t, s, current, dirsync.StateSucceeded)
	for name, write := range staleWrites(t, s, batches, done) {
		cancel, err := write(current)
		wantLost(t, name+" after the end", cancel, err)
	}
}

// staleWrites are all the writes of a worker.
func staleWrites(
	t *testing.T, s dirsync.Store, batches []dirsync.Batch, done []dirsync.DonePerson,
) map[string]func(dirsync.Claim) (bool, error) {
	t.Helper()
	ctx := t.Context()
	return map[string]func(dirsync.Claim) (bool, error){
		"SaveRun":    func(c dirsync.Claim) (bool, error) { return s.SaveRun(ctx, c, syncNow) },
		"BeginRead":  func(c dirsync.Claim) (bool, error) { return s.BeginRead(ctx, c, company(9), syncNow) },
		"StagePages": func(c dirsync.Claim) (bool, error) { return s.StagePages(ctx, c, company(9), syncNow) },
		"AddChanges": func(c dirsync.Claim) (bool, error) {
			return s.AddChanges(ctx, c, dirsync.StagePeople, []dirsync.PlannedChange{personChange(9, dirsync.KindCreate, "")}, syncNow)
		},
		"RecordDepartments": func(c dirsync.Claim) (bool, error) {
			return s.RecordDepartments(ctx, c, batches[0], nil, true, syncNow)
		},
		"RecordPeople": func(c dirsync.Claim) (bool, error) { return s.RecordPeople(ctx, c, batches[1], done, true, syncNow) },
	}
}

func claimAtOnce(t *testing.T, s dirsync.Store) {
	r := createRun(t, s, newSyncRun("t1", 1))
	var mu sync.Mutex
	fences := map[int64]bool{}
	var owned sync.WaitGroup
	for range 8 {
		owned.Go(func() {
			c, err := s.ClaimRun(t.Context(), "t1", r.ID, syncNow)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			fences[c.Fence] = true
		})
	}
	owned.Wait()
	if len(fences) != 8 {
		t.Errorf("%d different fences of 8 claims", len(fences))
	}
}

// claimInTx rolls back what a worker wrote in a transaction.
func claimInTx(t *testing.T, s dirsync.Store) {
	c := claimed(t, s, "t1", 1)
	begin(t, s, c, company(1))
	stop := errors.New("stop")
	err := s.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := s.StagePages(ctx, c, company(2), syncNow); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	result, err := s.ReadResult(t.Context(), c)
	if err != nil || result.People != 1 || readRun(t, s, c.Run).Progress.PeopleRead != 1 {
		t.Errorf("%+v, %v; want one person: the transaction was rolled back", result, err)
	}
}
