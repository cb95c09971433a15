package pulltest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// branches is a company of departments "1", "2" to "4" below it, and "20", "21",
// … "200" below those, with somebody in each: "u<department>". One more is in
// 20 and in 30.
func branches(d *directory) {
	for _, id := range []string{"2", "3", "4", "20", "21", "30", "200"} {
		parent := id[:len(id)-1]
		if parent == "" {
			parent = "1"
		}
		d.departments = append(d.departments, provider.Department{
			ID: provider.DepartmentID(id), ParentID: provider.DepartmentID(parent), Name: "部门" + id,
		})
	}
	for i, dep := range d.departments {
		p := somebody(i)
		p.UserID = provider.UserID("u" + dep.ID)
		p.Memberships = []provider.Membership{{DepartmentID: dep.ID}}
		d.people = append(d.people, p)
	}
	both := somebody(99)
	both.UserID, both.Memberships = "both", []provider.Membership{{DepartmentID: "20"}, {DepartmentID: "30"}}
	d.people = append(d.people, both)
}

// here tells the active people of t1 with the departments they are in, and the
// departments with their parents.
func here(tb testing.TB, b *bundle) (people, departments string) {
	tb.Helper()
	list, err := b.people.Departments(tb.Context(), "t1")
	if err != nil {
		tb.Fatal(err)
	}
	names, tree := map[string]string{}, []string{}
	for _, d := range list {
		names[d.ID] = strings.TrimPrefix(d.Name, "部门")
	}
	for _, d := range list {
		tree = append(tree, names[d.ID]+"<"+names[d.ParentID])
	}
	members, _, err := b.people.Members(tb.Context(), "t1", 1, 200)
	if err != nil {
		tb.Fatal(err)
	}
	in := map[string]int{}
	for _, m := range members {
		if m.State != "active" {
			continue
		}
		var places []string
		for _, id := range m.DepartmentIDs {
			places = append(places, names[id])
		}
		slices.Sort(places)
		in[strings.Join(places, "+")]++
	}
	var groups []string
	for place, n := range in {
		groups = append(groups, fmt.Sprintf("%s:%d", place, n))
	}
	slices.Sort(groups)
	slices.Sort(tree)
	return strings.Join(groups, " "), strings.Join(tree, " ")
}

func TestScope(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		include, exclude    []provider.DepartmentID
		people, departments string
	}{
		"everything": {nil, nil, "2:1 20+30:1 20:1 200:1 21:1 3:1 30:1 4:1 公司:1", "20<2 200<20 21<2 2<公司 30<3 3<公司 4<公司 公司<"},
		"included":   {[]provider.DepartmentID{"20", "3"}, nil, "20+30:1 20:1 200:1 3:1 30:1", "200<20 20< 30<3 3<"},
		"excluded":   {nil, []provider.DepartmentID{"20", "4"}, "2:1 21:1 30:2 3:1 公司:1", "21<2 2<公司 30<3 3<公司 公司<"},
		"both":       {[]provider.DepartmentID{"2"}, []provider.DepartmentID{"20"}, "2:1 21:1", "21<2 2<"},
	} {
		for _, subtree := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", subtree), func(t *testing.T) {
				t.Parallel()
				b := setup(t, openSQLite(t), func(b *bundle) { b.cfg.ReadParallel = 1 })
				branches(b.dir)
				b.dir.subtree = subtree
				b.save(t, dirsync.RulesChange{Scope: &dirsync.ScopeRules{Include: c.include, Exclude: c.exclude}})
				run := b.pull(t, "t1")
				if run.State != dirsync.StateSucceeded || !run.Complete {
					t.Errorf("run is %s, complete %t, failures %+v", run.State, run.Complete, run.Failures)
				}
				people, departments := here(t, b)
				if people != sorted(c.people) || departments != sorted(c.departments) {
					t.Errorf("people %q\n want %q\ndepartments %q\n want %q", people, sorted(c.people), departments, sorted(c.departments))
				}
				wantNoNotes(t, b, run)
			})
		}
	}
}

func sorted(s string) string {
	list := strings.Fields(s)
	slices.Sort(list)
	return strings.Join(list, " ")
}

// wantNoNotes wants nothing to be said about the changes of a run.
func wantNoNotes(tb testing.TB, b *bundle, run dirsync.Run) {
	tb.Helper()
	for _, c := range b.changes(tb, run, dirsync.ChangeFilter{}) {
		if !c.Reason.IsZero() {
			tb.Errorf("change of %s says %q, want nothing to be said", c.RemoteID, c.Reason)
		}
	}
}

// TestScopeShrinks takes half the company out of scope: what is removed waits
// for approval, and comes back with the scope.
func TestScopeShrinks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		branches(b.dir)
		b.save(t, dirsync.RulesChange{Guard: &dirsync.Guard{People: 1, Percent: -1}})
		b.pull(t, "t1")
		all, _ := here(t, b)
		b.save(t, dirsync.RulesChange{Scope: &dirsync.ScopeRules{Exclude: []provider.DepartmentID{"2", "3"}}})
		run := b.pull(t, "t1")
		if run.State != dirsync.StateNeedsApproval || run.Counts.People[dirsync.KindLeave] != 7 {
			t.Fatalf("run is %s with %v, want it to wait with seven who leave", run.State, run.Counts)
		}
		run, err := b.Approve(as(t), "t1", run.ID)
		if err != nil {
			t.Fatal(err)
		}
		if run = b.work(t, run); run.State != dirsync.StateSucceeded {
			t.Fatalf("run is %s", run.State)
		}
		if people, departments := here(t, b); people != "4:1 公司:1" || departments != "4<公司 公司<" {
			t.Errorf("people %q, departments %q; want those of 1 and 4", people, departments)
		}
		b.save(t, dirsync.RulesChange{Scope: &dirsync.ScopeRules{}})
		if run := b.pull(t, "t1"); run.Counts.People[dirsync.KindRejoin] != 7 {
			t.Errorf("counts %v, want seven to rejoin", run.Counts)
		}
		if people, _ := here(t, b); people != all {
			t.Errorf("people %q, want %q again", people, all)
		}
	})
}

// TestScopeNotFound names a department that is not there, or is excluded with
// one above it: nobody is removed, and the run says why.
func TestScopeNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	branches(b.dir)
	b.pull(t, "t1")
	b.save(t, dirsync.RulesChange{Scope: &dirsync.ScopeRules{
		Include: []provider.DepartmentID{"2", "77", "30"}, Exclude: []provider.DepartmentID{"3"},
	}})
	run := b.pull(t, "t1")
	if run.State != dirsync.StatePartial || run.Complete || len(run.Counts.People) != 0 {
		t.Errorf("run is %s, complete %t, counts %v; want it partial, without removals", run.State, run.Complete, run.Counts)
	}
	var named []provider.DepartmentID
	for _, f := range run.Failures {
		named = append(named, f.DepartmentID)
		if f.Reason != "department_not_found" || f.Message.ZH == "" {
			t.Errorf("failure %+v, want the reason", f)
		}
	}
	if !slices.Equal(named, []provider.DepartmentID{"77", "30"}) {
		t.Errorf("failures of %v, want those of 77 and 30", named)
	}
}

// TestScopeOfSingles has people granted to the app one by one.
func TestScopeOfSingles(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	branches(b.dir)
	b.dir.singles = []provider.UserID{"single"}
	single := somebody(50)
	single.UserID = "single"
	b.dir.people = append(b.dir.people, single)
	b.save(t, dirsync.RulesChange{Scope: &dirsync.ScopeRules{Exclude: []provider.DepartmentID{"2"}}})
	if run := b.pull(t, "t1"); run.Progress.PeopleRead != 6 {
		t.Errorf("read %d people, want the single one among 6", run.Progress.PeopleRead)
	}
	b.save(t, dirsync.RulesChange{Scope: &dirsync.ScopeRules{Include: []provider.DepartmentID{"4"}}})
	if run := b.pull(t, "t1"); run.Progress.PeopleRead != 1 {
		t.Errorf("read %d people, want the one in 4 only", run.Progress.PeopleRead)
	}
}

func TestScopeFaults(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	_, err := b.SaveSettings(as(t), "t1", "fake", 0, dirsync.SettingsChange{RulesChange: dirsync.RulesChange{Scope: &dirsync.ScopeRules{
		Include: []provider.DepartmentID{"1", "", "1"}, Exclude: []provider.DepartmentID{"1", provider.DepartmentID(strings.Repeat("x", 257))},
	}}})
	wantFaults(t, err, "scope.include", "scope.include", "scope.exclude", "scope.exclude")
}

// TestScopeOfIncremental has people move over the border of the scope: a run
// about them leaves what a full run would.
func TestScopeOfIncremental(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]dirsync.ScopeRules{
		"included": {Include: []provider.DepartmentID{"20", "3"}},
		"excluded": {Exclude: []provider.DepartmentID{"20", "4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := setup(t, s, withFinder)
				branches(b.dir)
				b.save(t, dirsync.RulesChange{Scope: &scope})
				b.pull(t, "t1")
				move := func(id provider.UserID, to ...provider.DepartmentID) {
					b.dir.change(func() {
						for i := range b.dir.people {
							if p := &b.dir.people[i]; p.UserID == id {
								p.Memberships = nil
								for _, d := range to {
									p.Memberships = append(p.Memberships, provider.Membership{DepartmentID: d})
								}
							}
						}
					})
				}
				moved := []provider.UserID{"u20", "u30", "u4", "both"}
				for _, to := range [][]provider.DepartmentID{{"4"}, {"20", "3"}, {"200"}, {"21", "20"}, {"30"}} {
					for _, id := range moved {
						move(id, to...)
					}
					run := b.pullWith(t, "t1", dirsync.RunRequest{Provider: "fake", Mode: dirsync.Incremental, People: moved})
					if run.State != dirsync.StateSucceeded {
						t.Errorf("run is %s, failures %+v", run.State, run.Failures)
					}
					b.wantSettled(t, "t1")
				}
				b.dir.change(func() {
					b.dir.departments = append(b.dir.departments, provider.Department{ID: "31", ParentID: "3", Name: "新"},
						provider.Department{ID: "201", ParentID: "20", Name: "新"})
				})
				b.pullWith(t, "t1", dirsync.RunRequest{
					Provider: "fake", Mode: dirsync.Incremental, Departments: []provider.DepartmentID{"31", "201"},
				})
				b.wantSettled(t, "t1")
			})
		})
	}
}
