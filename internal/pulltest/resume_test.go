package pulltest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// killer ends the life of the process around a database: from the given
// statement on none is carried out any more, until it is revived.
type killer struct {
	mu    sync.Mutex
	at    int
	count int
}

func (k *killer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.count++
	if k.at == 0 || k.count < k.at {
		return ctx
	}
	dead, cancel := context.WithCancel(ctx)
	cancel()
	return dead
}

func (*killer) AfterQuery(context.Context, *bun.QueryEvent) {}

// arm has the killer strike at the n-th statement from now, 0 for never.
func (k *killer) arm(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.count = n, 0
}

func (k *killer) statements() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.count
}

// story fills a directory and returns what happens in it later: everything that
// can, at once.
func story(d *directory) (later func()) {
	d.addDepartments(8, 3)
	d.addPeople(0, 40)
	return func() {
		d.remove(3, 5, 7)
		d.change(func() { d.addPeople(40, 50) })
		for i := 10; i < 20; i++ {
			d.edit(i, func(p *provider.Person) { p.Title = "经理" })
		}
		d.edit(21, func(p *provider.Person) { p.Memberships[0].DepartmentID = "2" })
		d.edit(22, func(p *provider.Person) { p.Mobile = "" })
		d.edit(45, func(p *provider.Person) { p.Mobile = "" })
		d.edit(46, func(p *provider.Person) { p.Email = somebody(1).Email })
		d.change(func() {
			d.departments[3].Name = "改名部门"
			d.departments = d.departments[:8]
			d.departments[4].ParentID = "1"
		})
	}
}

// TestResume kills the process at every third statement of a run, and has
// another process go on.
func TestResume(t *testing.T) {
	t.Parallel()
	steps := map[string]int{"sqlite": 3, "postgres": 31}
	if testing.Short() {
		steps = map[string]int{"sqlite": 20, "postgres": 100}
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killedAtEach(t, step, 50, func(t *testing.T, n int) (string, int) {
				t.Helper()
				return untilKilled(t, openers[name], n, 7, true)
			})
		})
	}
}

// TestResumeFirst is TestResume for the first run, in which nothing is known
// before, and whose rows go in by COPY.
func TestResumeFirst(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]int{"sqlite": 9, "postgres": 17} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killedAtEach(t, step, 50, func(t *testing.T, n int) (string, int) {
				t.Helper()
				return untilKilled(t, openers[name], n, 25, false)
			})
		})
	}
}

// killedAtEach lives through the same with the process killed at every step-th
// statement, and wants it to end as it does undisturbed (n is 0 for that), which
// makes at least the given number of statements.
func killedAtEach(t *testing.T, step, least int, live func(t *testing.T, n int) (end string, statements int)) {
	t.Helper()
	end, total := live(t, 0)
	if total < least {
		t.Fatalf("undisturbed it makes %d statements, which is hard to believe", total)
	}
	for n := 1; n <= total; n += step {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			if got, _ := live(t, n); got != end {
				wantSame(t, fmt.Sprintf("killed at statement %d", n), got, end)
			}
		})
	}
}

// untilKilled lives through the story, with the process killed at the n-th
// statement of the second run or else of the first, and returns how it ended and
// the number of statements.
func untilKilled(
	t *testing.T, open func(testing.TB) *bunstore.Store, n, batch int, second bool,
) (end string, statements int) {
	t.Helper()
	k := &killer{}
	s := open(t)
	s.DB().AddQueryHook(k) //nolint:staticcheck // the store is the test's own
	b := setup(t, s, withListener, func(b *bundle) { b.cfg.BatchSize, b.cfg.ApplyParallel = batch, 2 })
	later := story(b.dir)
	if second {
		b.pull(t, "0")
		b.heard(t)
		later()
	}
	run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
	if err != nil {
		t.Fatal(err)
	}
	k.arm(n)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b.workOne(t, ctx)
	statements = k.statements()
	if n > 0 && statements >= n && len(b.queue.failures) == 0 && len(b.queue.jobs) > 0 {
		t.Errorf("the job ended without a failure")
	}
	k.arm(0)
	b.restart(t)
	run = b.work(t, run)
	end = fmt.Sprintf("%s\ncounts %v\nprogress %+v\n%s", run.State, run.Counts, run.Progress, snapshot(t, s, "0"))
	for _, c := range b.changes(t, run, dirsync.ChangeFilter{}) {
		end += fmt.Sprintf("%s %s %s %v %s %s\n", c.Entity, c.Kind, c.RemoteID, c.Fields, c.State, c.Reason.EN)
	}
	told := b.heard(t)
	runs, _ := runsIn(t, told)
	return end + fmt.Sprintln("told", runs) + strings.Join(changesIn(t, told), "\n"), statements
}

// TestStagingLost lets the database lose its unlogged rows in every phase.
func TestStagingLost(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, func(b *bundle) { b.cfg.BatchSize = 7 })
		b.dir.addDepartments(3, 2)
		b.dir.addPeople(0, 30)
		failing := &failingMembers{Members: b.people}
		b.members = failing
		b.restart(t)
		failing.fail(3, errors.New("out of order"), tenant.ErrUnavailable)
		run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		b.workOne(t, t.Context())
		loseStaging(t, s)
		failing.fail(0, nil, nil)
		run = b.work(t, run)
		if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 30 ||
			run.Progress.ChangesApplied != 34 || run.Progress.Changes != 34 {
			t.Errorf("run %+v, want 30 people and 4 departments created, each once", run)
		}
		if got := b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeApplied}); len(got) != 34 {
			t.Errorf("%d changes applied, want 34", len(got))
		}
		if b.dir.calls["scope"] != 2 {
			t.Errorf("scope was read %d times, want 2", b.dir.calls["scope"])
		}
	})
}

// loseStaging has the database lose its unlogged rows.
func loseStaging(t *testing.T, s *bunstore.Store) {
	t.Helper()
	for _, table := range []string{"tasks", "staged_departments", "staged_people", "staged_places", "seen", "unseen"} {
		if _, err := s.DB().DB.ExecContext(t.Context(), "DELETE FROM thirdapp_sync_"+table); err != nil {
			t.Fatal(err)
		}
	}
}

// failingMembers fails the n-th call from now and all later ones.
type failingMembers struct {
	dirsync.Members
	mu   sync.Mutex
	at   int
	errs []error
}

func (m *failingMembers) fail(at int, errs ...error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at, m.errs = at, errs
}

func (m *failingMembers) called() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at == 0 {
		return nil
	}
	if m.at--; m.at == 0 {
		m.at = 1
		return errors.Join(m.errs...)
	}
	return nil
}

func (m *failingMembers) ApplyDepartments(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.DepartmentChange,
) ([]dirsync.Outcome, error) {
	if err := m.called(); err != nil {
		return nil, err
	}
	return m.Members.ApplyDepartments(ctx, dir, changes)
}

func (m *failingMembers) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	if err := m.called(); err != nil {
		return nil, err
	}
	return m.Members.ApplyPeople(ctx, dir, changes)
}

// TestResumeUndo kills the process at every few statements of an undo, in its
// plan and while it is applied.
func TestResumeUndo(t *testing.T) {
	t.Parallel()
	steps := map[string]int{"sqlite": 3, "postgres": 17}
	if testing.Short() {
		steps = map[string]int{"sqlite": 20, "postgres": 60}
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killedAtEach(t, step, 30, func(t *testing.T, n int) (string, int) {
				t.Helper()
				return undoUntilKilled(t, openers[name], n)
			})
		})
	}
}

// undoUntilKilled undoes the second run of the story, with the process killed
// at the n-th statement, and returns how it ended and the number of statements.
func undoUntilKilled(t *testing.T, open func(testing.TB) *bunstore.Store, n int) (end string, statements int) {
	t.Helper()
	k := &killer{}
	s := open(t)
	s.DB().AddQueryHook(k) //nolint:staticcheck // the store is the test's own
	b := setup(t, s, func(b *bundle) { b.cfg.BatchSize, b.cfg.ApplyParallel = 7, 2 })
	later := story(b.dir)
	b.pull(t, "0")
	later()
	run, err := b.Undo(as(t), "0", b.pull(t, "0").ID, dirsync.UndoRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	k.arm(n)
	b.workOne(t, ctx)
	for dead := n > 0 && k.statements() >= n; ; dead = true {
		if dead {
			k.arm(0)
			b.restart(t)
			run = b.work(t, run)
		}
		now, err := b.Run(as(t), "0", run.ID)
		if err != nil && !dead {
			continue // killed by this very question
		}
		if err != nil {
			t.Fatal(err)
		}
		if run = now; run.State != dirsync.StateNeedsApproval {
			break
		}
		if _, err := b.Approve(as(t), "0", run.ID); err == nil {
			b.workOne(t, ctx)
		}
		statements = max(statements, k.statements())
	}
	end = fmt.Sprintf("%s\ncounts %v\nprogress %+v\n%s", run.State, run.Counts, run.Progress, snapshot(t, s, "0"))
	return end, statements
}
