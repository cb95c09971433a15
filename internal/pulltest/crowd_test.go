package pulltest_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// crowd is an office app with one department, in which there are n people who
// are made up page by page.
type crowd struct{ n int }

var (
	_ provider.Provider        = crowd{}
	_ provider.DirectoryReader = crowd{}
)

func (crowd) Kind() provider.Kind     { return "fake" }
func (crowd) Limits() provider.Limits { return provider.Limits{PeoplePageSize: 100} }
func (crowd) Close() error            { return nil }

func (crowd) Scope(context.Context) (provider.Scope, error) {
	return provider.Scope{Departments: []provider.Department{{ID: "1", Name: "公司"}}}, nil
}

func (crowd) Departments(context.Context, provider.DepartmentID, provider.Cursor) (provider.DepartmentPage, error) {
	return provider.DepartmentPage{Subtree: true}, nil
}

func (c crowd) People(_ context.Context, _ provider.DepartmentID, at provider.Cursor) (provider.PersonPage, error) {
	from, _ := strconv.Atoi(string(at)) // "" is the beginning
	to := min(from+100, c.n)
	var page provider.PersonPage
	for i := from; i < to; i++ {
		p := somebody(i)
		p.Memberships = []provider.Membership{{DepartmentID: "1", Order: int64(i)}}
		page.People = append(page.People, p)
	}
	if to < c.n {
		page.Next = provider.Cursor(strconv.Itoa(to))
	}
	return page, nil
}

// TestCrowdedDepartment has 100,000 people in one department: all come, in
// little memory, and a second run finds nothing to do. It does not run beside
// others, whose memory would be counted with its own.
func TestCrowdedDepartment(t *testing.T) { //nolint:paralleltest // see above
	const people, mostGrowth = 100_000, 200 // MiB
	b := setup(t, openSQLite(t), func(b *bundle) { b.conns.prov = crowd{people} })
	grown := heapGrowth(t, func() {
		run := b.pull(t, "t1")
		if run.State != dirsync.StateSucceeded || run.Progress.PeopleRead != people || run.Counts.People[dirsync.KindCreate] != people {
			t.Fatalf("run %s, progress %+v, counts %+v; want everybody", run.State, run.Progress, run.Counts)
		}
		b.wantSettled(t, "t1")
	})
	if grown > mostGrowth {
		t.Errorf("the heap grew by %.0f MiB, want at most %d", grown, mostGrowth)
	}
	if _, total, err := b.people.Members(t.Context(), "t1", 1, 1); err != nil || total != people {
		t.Errorf("%d members, %v; want %d", total, err, people)
	}
}

// heapGrowth returns by how many MiB the live heap grew at most while f ran.
func heapGrowth(tb testing.TB, f func()) float64 {
	tb.Helper()
	heap := func() uint64 {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		return now.HeapAlloc
	}
	runtime.GC()
	before, most := heap(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
				most = max(most, heap())
			}
		}
	}()
	f()
	close(stop)
	<-done
	return (float64(max(most, before)) - float64(before)) / (1 << 20)
}

// TestMobileMoves has a mobile number go from one person to another: as long as
// the first one still has it on the platform the second is refused it by name,
// and the next run gives it.
func TestMobileMoves(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(1, 5)
		b.pull(t, "t1")
		first, second := account(t, b, somebody(1).Mobile), account(t, b, somebody(2).Mobile)
		b.dir.edit(1, func(p *provider.Person) { p.Mobile = "13900000001" })
		b.dir.edit(2, func(p *provider.Person) { p.Mobile = somebody(1).Mobile })
		run := b.pull(t, "t1")
		if run.State != dirsync.StatePartial && run.State != dirsync.StateSucceeded {
			t.Fatalf("run %s", run.State)
		}
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeFailed}) {
			if c.Reason.IsZero() {
				t.Errorf("change %+v failed without a reason", c)
			}
		}
		b.pull(t, "t1")
		if got := account(t, b, "13900000001"); got.ID != first.ID {
			t.Errorf("the new number is %s's, want that of the first", got.Username)
		}
		if got := account(t, b, somebody(1).Mobile); got.ID != second.ID {
			t.Errorf("the number is %s's, want that of the second", got.Username)
		}
		b.wantSettled(t, "t1")
	})
}

// TestMobileOfSomebodyEnteredAnew has somebody be removed and entered anew with
// another number while somebody else has the number they had: the account stays
// with the person it is of, also where they come in a later batch.
func TestMobileOfSomebodyEnteredAnew(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, func(b *bundle) { b.cfg.BatchSize = 1 })
		b.dir.addPeople(1, 3)
		b.pull(t, "t1")
		first := account(t, b, somebody(1).Mobile)
		b.dir.change(func() {
			other := somebody(5)
			other.Mobile, other.Memberships = somebody(1).Mobile, []provider.Membership{{DepartmentID: "1"}}
			b.dir.people = append(b.dir.people, other)
		})
		b.dir.edit(1, func(p *provider.Person) { p.UserID, p.Mobile = "u999999", "13900000001" })
		run := b.pull(t, "t1")
		if c := b.changeOf(t, run, "u999999"); c.State != dirsync.ChangeApplied || c.LocalID != first.ID {
			t.Errorf("change of who was entered anew %+v, want their account %s", c, first.ID)
		}
		if c := b.changeOf(t, run, somebody(5).UserID); c.Kind != dirsync.KindConflict {
			t.Errorf("change of who has the number %+v, want a conflict", c)
		}
		if got := account(t, b, "13900000001"); got.ID != first.ID {
			t.Errorf("the new number is %s's, want that of the first", got.Username)
		}
	})
}
