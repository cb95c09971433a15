package pulltest_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// finding is a directory that can look up departments, too.
type finding struct{ *directory }

var _ provider.DepartmentFinder = finding{}

func (f finding) DepartmentByID(_ context.Context, id provider.DepartmentID) (provider.Department, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.called("department", string(id), ""); err != nil {
		return provider.Department{}, err
	}
	for _, d := range f.departments {
		if d.ID == id {
			d.Order = 0
			return d, nil
		}
	}
	return provider.Department{}, &provider.Error{Code: provider.NotFound, Op: "department"}
}

// withFinder lets the office app look up departments.
func withFinder(b *bundle) { b.conns.prov = finding{b.dir} }

// only pulls the people with the given numbers.
func (b *bundle) only(tb testing.TB, t tenant.ID, numbers ...int) dirsync.Run {
	tb.Helper()
	req := dirsync.RunRequest{Provider: "fake", Mode: dirsync.Incremental}
	for _, n := range numbers {
		req.People = append(req.People, somebody(n).UserID)
	}
	return b.pullWith(tb, t, req)
}

// wantSettled fails the test unless a full run finds nothing to do.
func (b *bundle) wantSettled(tb testing.TB, t tenant.ID) {
	tb.Helper()
	run := b.pull(tb, t)
	if run.State != dirsync.StateSucceeded || run.Progress.Changes != 0 {
		tb.Errorf("the full run after it: %s, counts %+v, changes %+v; want nothing to do",
			run.State, run.Counts, b.changes(tb, run, dirsync.ChangeFilter{}))
	}
}

func TestIncremental(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addDepartments(20, 4)
		b.dir.addPeople(0, 200)
		b.pull(t, "0")
		b.dir.edit(7, func(p *provider.Person) {
			p.Name = "新名"
			p.Memberships = []provider.Membership{{DepartmentID: "3"}}
		})
		b.dir.remove(8)
		b.dir.addPeople(200, 201)
		b.dir.edit(50, func(p *provider.Person) { p.Title = "总监" }) // nobody asks about this one
		clear(b.dir.calls)
		run := b.only(t, "0", 7, 8, 9, 200)
		if run.State != dirsync.StateSucceeded || !run.Complete || run.Mode != dirsync.Incremental {
			t.Fatalf("run %+v, failures %v", run, b.queue.failures)
		}
		want := map[dirsync.Kind]int{dirsync.KindMove: 1, dirsync.KindLeave: 1, dirsync.KindCreate: 1}
		if got := run.Counts.Total(); !equalCounts(got, want) {
			t.Errorf("counts %v, want %v", got, want)
		}
		if b.dir.calls["person"] != 4 || len(b.dir.calls) != 1 {
			t.Errorf("calls %v, want one for each person", b.dir.calls)
		}
		b.only(t, "0", 50)
		b.wantSettled(t, "0")
	})
}

func equalCounts(a, b map[dirsync.Kind]int) bool {
	if len(a) != len(b) {
		return false
	}
	for k, n := range a {
		if b[k] != n {
			return false
		}
	}
	return true
}

// TestIncrementalDepartments follows departments that come, move, are renamed
// and go, each told of alone.
func TestIncrementalDepartments(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bundle){"looked up": withFinder, "listed": func(*bundle) {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := setup(t, s, change)
				b.dir.addDepartments(12, 3)
				b.dir.addPeople(0, 60)
				b.pull(t, "0")
				follow := func(ids ...provider.DepartmentID) {
					t.Helper()
					run := b.pullWith(t, "0", dirsync.RunRequest{Provider: "fake", Mode: dirsync.Incremental, Departments: ids})
					if run.State != dirsync.StateSucceeded {
						t.Fatalf("run %+v, failures %v", run, b.queue.failures)
					}
					b.wantSettled(t, "0")
				}
				find := func(id provider.DepartmentID) *provider.Department {
					return &b.dir.departments[slices.IndexFunc(b.dir.departments, func(d provider.Department) bool { return d.ID == id })]
				}
				b.dir.change(func() { find("5").Name = "改名" })
				follow("5")
				b.dir.change(func() { find("5").ParentID = "13" })
				follow("5")
				b.dir.change(func() {
					b.dir.departments = append(b.dir.departments,
						provider.Department{ID: "40", ParentID: "2", Name: "新"}, provider.Department{ID: "41", ParentID: "40", Name: "更新"})
					b.dir.people[3].Memberships = []provider.Membership{{DepartmentID: "41", Leader: true}, {DepartmentID: "2"}}
				})
				follow("40")
				b.dir.change(func() {
					b.dir.people[3].Memberships = b.dir.people[3].Memberships[1:]
					b.dir.departments = slices.DeleteFunc(b.dir.departments, func(d provider.Department) bool { return d.ID == "40" || d.ID == "41" })
				})
				follow("40")
			})
		})
	}
}

// TestIncrementalStranger comes with the mobile number of somebody who is bound,
// and must not get their account.
func TestIncrementalStranger(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addPeople(0, 5)
		b.pull(t, "0")
		b.dir.addPeople(5, 6)
		b.dir.edit(5, func(p *provider.Person) { p.Mobile = somebody(2).Mobile })
		run := b.only(t, "0", 5)
		if got := run.Counts.Total(); !equalCounts(got, map[dirsync.Kind]int{dirsync.KindConflict: 1}) {
			t.Errorf("counts %v, want a conflict; changes %+v", got, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		b.dir.remove(2) // entered anew under another id
		run = b.only(t, "0", 5)
		changes := b.changes(t, run, dirsync.ChangeFilter{})
		if len(changes) != 1 || changes[0].State != dirsync.ChangeApplied || changes[0].Account != somebody(2).Mobile {
			t.Errorf("changes %+v, want the account to be taken over", changes)
		}
		b.wantSettled(t, "0")
	})
}

// TestIncrementalEnteredAnew is told of somebody with the number of somebody who
// was removed and entered anew with another one: the account stays with who it
// is of, whoever is heard of first.
func TestIncrementalEnteredAnew(t *testing.T) {
	t.Parallel()
	for name, told := range map[string][]int{"who has the number": {5}, "both": {1, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := setup(t, s, withFinder)
				b.dir.addPeople(1, 3)
				b.pull(t, "t1")
				first := account(t, b, somebody(1).Mobile)
				b.dir.addPeople(5, 6)
				b.dir.edit(5, func(p *provider.Person) { p.Mobile = somebody(1).Mobile })
				b.dir.edit(1, func(p *provider.Person) { p.UserID, p.Mobile = "u999999", "13900000001" })
				seen, err := b.Preview(as(t), "t1", dirsync.PreviewRequest{Provider: "fake", UserID: somebody(5).UserID})
				if err != nil || seen.Kind != dirsync.KindConflict {
					t.Errorf("preview of who has the number %+v, %v; want a conflict", seen, err)
				}
				run := b.only(t, "t1", told...)
				if c := b.changeOf(t, run, somebody(5).UserID); c.Kind != dirsync.KindConflict {
					t.Errorf("change of who has the number %+v, want a conflict", c)
				}
				if c := b.changeOf(t, run, "u999999"); c.State != dirsync.ChangeApplied || c.LocalID != first.ID {
					t.Errorf("change of who was entered anew %+v, want their account %s", c, first.ID)
				}
				if got := account(t, b, "13900000001"); got.ID != first.ID {
					t.Errorf("the new number is %s's, want that of the first", got.Username)
				}
			})
		})
	}
}

func TestIncrementalRefusals(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addPeople(0, 5)
		start := func(change func(*dirsync.RunRequest)) error {
			req := dirsync.RunRequest{Provider: "fake", Mode: dirsync.Incremental, People: []provider.UserID{"u000001"}}
			change(&req)
			_, err := b.StartRun(as(t), "0", req)
			return err
		}
		if err := start(func(*dirsync.RunRequest) {}); !errors.Is(err, dirsync.ErrNeverPulled) {
			t.Errorf("before the first full run: %v, want ErrNeverPulled", err)
		}
		b.pull(t, "0")
		for name, change := range map[string]func(*dirsync.RunRequest){
			"nobody":       func(r *dirsync.RunRequest) { r.People = nil },
			"too many":     func(r *dirsync.RunRequest) { r.People = make([]provider.UserID, 1001) },
			"malformed":    func(r *dirsync.RunRequest) { r.People[0] = " u" },
			"ids for full": func(r *dirsync.RunRequest) { r.Mode = dirsync.Full },
		} {
			if err := start(change); provider.CodeOf(err) != provider.InvalidArgument {
				t.Errorf("%s: %v, want InvalidArgument", name, err)
			}
		}
	})
}

// TestIncrementalFailure does not remove whom it could not look up.
func TestIncrementalFailure(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, withFinder)
		b.dir.addPeople(0, 20)
		b.pull(t, "0")
		b.dir.remove(3, 4)
		b.dir.fail = func(op, id string, _ provider.Cursor) error {
			if op == "person" && id == string(somebody(4).UserID) {
				return &provider.Error{Code: provider.PermissionDenied, Op: "person"}
			}
			return nil
		}
		run := b.only(t, "0", 3, 4)
		if run.State != dirsync.StatePartial || run.Complete || run.Progress.Changes != 0 {
			t.Errorf("run %+v, want a partial one that changes nothing", run)
		}
		b.dir.fail = nil
		b.only(t, "0", 3, 4)
		b.wantSettled(t, "0")
	})
}

// TestIncrementalAlone changes companies at random and tells of every change,
// in any order and sometimes twice, and never pulls as a whole: the platform
// shows what the directory shows all the same.
func TestIncrementalAlone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			tn := tenant.ID("i" + strconv.Itoa(n))
			b := setup(t, s, func(b *bundle) {
				b.cfg.BatchSize = rapid.IntRange(1, 9).Draw(rt, "batch")
				b.conns.org = string(tn)
			})
			if rapid.Bool().Draw(rt, "finder") {
				withFinder(b)
			}
			w := &world{dir: b.dir, base: 5_000_000 + n*1000, rt: rt}
			// Who of two with one number is told of first gets the account.
			w.never = []string{"join with another's mobile"}
			b.dir.pageSize = rapid.IntRange(1, 7).Draw(rt, "page")
			b.dir.subtree = rapid.Bool().Draw(rt, "subtree")
			w.join()
			b.pull(t, tn)
			for range 3 {
				before := w.picture()
				for range rapid.IntRange(1, 12).Draw(rt, "changes") {
					w.change()
				}
				people, departments := w.touched(before)
				follow(t, rt, b, tn, people, departments)
			}
			w.compare(t, b, tn, settle(t, rt, b, tn))
		})
	})
}

// follow pulls whom the changes were about, in runs of random size.
func follow(t *testing.T, rt *rapid.T, b *bundle, tn tenant.ID, people []provider.UserID, departments []provider.DepartmentID) {
	t.Helper()
	if len(people) > 0 {
		people = append(people, people[0])
	}
	for len(people)+len(departments) > 0 {
		req := dirsync.RunRequest{Provider: "fake", Mode: dirsync.Incremental}
		n := rapid.IntRange(0, len(people)).Draw(rt, "people")
		m := rapid.IntRange(0, len(departments)).Draw(rt, "departments")
		if n+m == 0 {
			n, m = len(people), len(departments)
		}
		req.People, people = people[:n], people[n:]
		req.Departments, departments = departments[:m], departments[m:]
		if run := b.pullWith(t, tn, req); !run.Complete || run.State == dirsync.StateFailed {
			rt.Fatalf("run %+v, failures %v", run, b.queue.failures)
		}
	}
}

// picture is what a directory looked like.
type picture struct {
	people      map[provider.UserID]provider.Person
	departments map[provider.DepartmentID]provider.Department
}

func (w *world) picture() picture {
	p := picture{map[provider.UserID]provider.Person{}, map[provider.DepartmentID]provider.Department{}}
	for _, person := range w.dir.people {
		person.Memberships = slices.Clone(person.Memberships)
		p.people[person.UserID] = person
	}
	for _, d := range w.dir.departments {
		p.departments[d.ID] = d
	}
	return p
}

// touched returns who and what has changed since a picture, in random order.
func (w *world) touched(before picture) (people []provider.UserID, departments []provider.DepartmentID) {
	now := w.picture()
	for id, p := range now.people {
		if q, ok := before.people[id]; !ok || p.Name != q.Name || p.Mobile != q.Mobile || !slices.Equal(p.Memberships, q.Memberships) {
			people = append(people, id)
		}
	}
	for id := range before.people {
		if _, ok := now.people[id]; !ok {
			people = append(people, id)
		}
	}
	for id, d := range now.departments {
		if before.departments[id] != d {
			departments = append(departments, id)
		}
	}
	for id := range before.departments {
		if _, ok := now.departments[id]; !ok {
			departments = append(departments, id)
		}
	}
	slices.Sort(people)
	slices.Sort(departments)
	return rapid.Permutation(people).Draw(w.rt, "order of people"), rapid.Permutation(departments).Draw(w.rt, "order of departments")
}
