package pulltest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// stagingStore remembers of whom a run leaves rows.
type stagingStore struct {
	dirsync.Store
	people []provider.UserID
}

func (s *stagingStore) StagePages(ctx context.Context, c dirsync.Claim, p dirsync.Staging, at time.Time) (bool, error) {
	for _, person := range slices.Concat(p.NewPeople, p.People) {
		s.people = append(s.people, person.ID)
	}
	return s.Store.StagePages(ctx, c, p, at)
}

// staged returns of whom rows were left, and begins anew.
func (s *stagingStore) staged() []provider.UserID {
	list := s.people
	s.people = nil
	slices.Sort(list)
	return slices.Compact(list)
}

// TestStagesWhoDiffers leaves rows of those only who are not as they were.
func TestStagesWhoDiffers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		watched := &stagingStore{Store: s}
		b := setup(t, s, func(b *bundle) { b.ports = watched })
		b.dir.addDepartments(8, 3)
		b.dir.addPeople(0, 60)
		b.pull(t, "0")
		if got := watched.staged(); len(got) != 60 {
			t.Errorf("first run staged %d people, want 60", len(got))
		}
		run := b.pull(t, "0")
		if got := watched.staged(); len(got) != 0 || run.Progress.PeopleRead < 60 || run.Progress.Changes != 0 {
			t.Errorf("unchanged: staged %v, run %+v", got, run)
		}
		b.dir.edit(20, func(p *provider.Person) { p.Title = "经理" })             // in two departments
		b.dir.edit(30, func(p *provider.Person) { p.Memberships[1].Order = 9 }) // in one of two
		b.dir.edit(50, func(p *provider.Person) { p.Memberships = p.Memberships[:1] })
		b.dir.edit(5, func(p *provider.Person) {
			p.Memberships = append(p.Memberships, provider.Membership{DepartmentID: "3"})
		})
		b.dir.remove(7)
		run = b.pull(t, "0")
		if got, want := watched.staged(), []provider.UserID{"u000005", "u000020", "u000030"}; !slices.Equal(got, want) {
			t.Errorf("staged %v, want %v", got, want)
		}
		wantPlanned(t, b, run, map[string]dirsync.Kind{
			"u000005": dirsync.KindMove, "u000007": dirsync.KindLeave, "u000020": dirsync.KindUpdate,
			"u000030": dirsync.KindUpdate, "u000050": dirsync.KindMove,
		})
		wantPlaces(t, s, map[int]int{5: 2, 20: 2, 30: 2, 50: 1})
	})
}

// slowMirror has the mirror wait for the office app to be called.
type slowMirror struct {
	dirsync.Store
	called <-chan struct{}
	// err is what loading ends with.
	err error
}

func (s *slowMirror) AppliedPeople(
	ctx context.Context, c dirsync.Claim, staged bool, each func(dirsync.AppliedPerson) error,
) error {
	if s.err != nil {
		return s.err
	}
	if !staged {
		select {
		case <-s.called:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Second):
			return errors.New("nothing is read while the mirror loads")
		}
	}
	return s.Store.AppliedPeople(ctx, c, staged, each)
}

// TestReadsWhileTheMirrorLoads lists departments before the mirror is there, and
// compares with all of it. Without the mirror nobody is staged.
func TestReadsWhileTheMirrorLoads(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		called := make(chan struct{}, 1_000)
		slow := &slowMirror{Store: s, called: called}
		watched := &stagingStore{Store: slow}
		b := setup(t, s, func(b *bundle) { b.ports = watched })
		b.dir.addDepartments(8, 3)
		b.dir.addPeople(0, 60)
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			if op == "departments" {
				called <- struct{}{}
			}
			return nil
		}
		b.pull(t, "0")
		watched.staged()
		for len(called) > 0 {
			<-called
		}
		if run := b.pull(t, "0"); len(b.queue.failures) > 0 || run.Progress.Changes != 0 || len(watched.staged()) != 0 {
			t.Errorf("unchanged: run %+v, failures %v", run, b.queue.failures)
		}
		slow.err = errors.New("database is away")
		run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		b.workOne(t, t.Context())
		if got := watched.staged(); len(got) != 0 || len(b.queue.failures) != 1 || !errors.Is(b.queue.failures[0], slow.err) {
			t.Errorf("without the mirror: staged %v, failures %v", got, b.queue.failures)
		}
		slow.err = nil
		if run = b.work(t, run); run.State != dirsync.StateSucceeded || run.Progress.Changes != 0 {
			t.Errorf("after that: %+v", run)
		}
	})
}

// wantPlanned checks what a run has planned about people.
func wantPlanned(t *testing.T, b *bundle, run dirsync.Run, want map[string]dirsync.Kind) {
	t.Helper()
	changes := b.changes(t, run, dirsync.ChangeFilter{Entity: dirsync.EntityPerson})
	for _, c := range changes {
		if want[c.RemoteID] != c.Kind || c.State != dirsync.ChangeApplied {
			t.Errorf("%s of %s %s, want %q", c.Kind, c.RemoteID, c.State, want[c.RemoteID])
		}
	}
	if len(changes) != len(want) {
		t.Errorf("%d changes, want %d: %+v", len(changes), len(want), run)
	}
}

// wantPlaces checks in how many departments people are.
func wantPlaces(t *testing.T, s *bunstore.Store, want map[int]int) {
	t.Helper()
	for i, n := range want {
		got := query(t, s, fmt.Sprintf("SELECT m.department_id FROM thirdapp_department_members AS m"+
			" JOIN thirdapp_people AS p ON p.id = m.person_id WHERE p.username = '%s'", somebody(i).Mobile))
		if len(got) != n {
			t.Errorf("person %d is in departments %v, want %d", i, got, n)
		}
	}
}

// TestComparesInSlices has a changed company read a few pages at a time: what
// was seen as it was is known in the next slice.
func TestComparesInSlices(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		var ticks atomic.Int64
		b := setup(t, s, func(b *bundle) {
			b.cfg.Now = func() time.Time { // every look at the clock takes long
				return syncStart.Add(time.Duration(ticks.Add(40)) * time.Millisecond)
			}
			b.cfg.Slice, b.cfg.ReadParallel, b.cfg.ApplyParallel = 500*time.Millisecond, 1, 1
		})
		b.dir.pageSize = 3
		b.dir.addDepartments(8, 3)
		b.dir.addPeople(0, 60)
		b.pull(t, "0")
		pauses := len(b.queue.pauses)
		b.dir.edit(20, func(p *provider.Person) { p.Memberships[1].Leader = true })
		b.dir.edit(30, func(p *provider.Person) { p.Memberships = p.Memberships[:1] })
		b.dir.edit(50, func(p *provider.Person) { p.Memberships = p.Memberships[1:] })
		b.dir.remove(7, 10)
		run := b.pull(t, "0")
		if n := len(b.queue.pauses) - pauses; n < 5 {
			t.Errorf("the run took %d slices, want several", n+1)
		}
		wantPlanned(t, b, run, map[string]dirsync.Kind{
			"u000007": dirsync.KindLeave, "u000010": dirsync.KindLeave, "u000020": dirsync.KindUpdate,
			"u000030": dirsync.KindMove, "u000050": dirsync.KindMove,
		})
		wantPlaces(t, s, map[int]int{20: 2, 30: 1, 40: 2, 50: 1})
	})
}

// TestSeenButUnreadable keeps people in departments that cannot be read while
// they are seen as they were in another one.
func TestSeenButUnreadable(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		watched := &stagingStore{Store: s}
		b := setup(t, s, func(b *bundle) { b.ports = watched })
		b.dir.addDepartments(8, 3)
		b.dir.addPeople(0, 60)
		b.pull(t, "0")
		watched.staged()
		var second string
		b.dir.edit(20, func(p *provider.Person) { second = string(p.Memberships[1].DepartmentID) })
		b.dir.fail = func(op, id string, _ provider.Cursor) error {
			return errIf(op == "people" && id == second, &provider.Error{Code: provider.PermissionDenied, Provider: "fake", Op: op})
		}
		run := b.pull(t, "0")
		if run.State != dirsync.StatePartial || run.Progress.Changes != 0 {
			t.Errorf("run %+v, want it incomplete and nothing planned", run)
		}
		if got := watched.staged(); len(got) != 0 {
			t.Errorf("staged %v, want nobody", got)
		}
		wantPlaces(t, s, map[int]int{20: 2})
	})
}

// newStore remembers who was staged as new.
type newStore struct {
	dirsync.Store
	people map[provider.UserID]int
	places int
}

func (s *newStore) StagePages(ctx context.Context, c dirsync.Claim, p dirsync.Staging, at time.Time) (bool, error) {
	for _, person := range p.NewPeople {
		s.people[person.ID]++
	}
	s.places += len(p.NewPlaces)
	return s.Store.StagePages(ctx, c, p, at)
}

// TestStagesAsNewOnce stages everybody as new once, with the place that was
// found first; their other places may be there already.
func TestStagesAsNewOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		watched := &newStore{Store: s, people: make(map[provider.UserID]int)}
		b := setup(t, s, func(b *bundle) { b.ports = watched })
		b.dir.addDepartments(8, 3)
		b.dir.addPeople(0, 60)
		b.dir.edit(20, func(p *provider.Person) {
			p.Memberships = []provider.Membership{{DepartmentID: "3"}, {DepartmentID: "4"}, {DepartmentID: "5"}}
		})
		b.pull(t, "0")
		for id, n := range watched.people {
			if n != 1 {
				t.Errorf("%s was new %d times", id, n)
			}
		}
		if len(watched.people) != 60 || watched.places != 60 {
			t.Errorf("%d people and %d places are new, want 60 each", len(watched.people), watched.places)
		}
		wantPlaces(t, s, map[int]int{20: 3})
	})
}
