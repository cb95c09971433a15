package pulltest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// reports makes people report to another one, 0 for nobody.
func (d *directory) reports(to int, numbers ...int) {
	for _, n := range numbers {
		d.edit(n, func(p *provider.Person) {
			p.ManagerID = ""
			if to != 0 {
				p.ManagerID = somebody(to).UserID
			}
		})
	}
}

// wantManagers fails the test unless the members of t1 report as given: the
// number of the manager by that of the person; nobody else has one.
func (b *bundle) wantManagers(tb testing.TB, want map[int]int) {
	tb.Helper()
	mobiles, managers := make(map[string]string), make(map[string]string)
	members, _, err := b.people.Members(tb.Context(), "t1", 1, 200)
	if err != nil {
		tb.Fatal(err)
	}
	for _, m := range members {
		mobiles[m.ID] = m.Phone
	}
	for _, m := range members {
		if m.ManagerID != "" {
			managers[m.Phone] = mobiles[m.ManagerID]
		}
	}
	for n, manager := range want {
		if got := managers[somebody(n).Mobile]; got != somebody(manager).Mobile {
			tb.Errorf("the manager of %d has mobile %q, want %d", n, got, manager)
		}
		delete(managers, somebody(n).Mobile)
	}
	if len(managers) > 0 {
		tb.Errorf("others have managers, too: %v", managers)
	}
}

// TestManagers has listings that tell managers: they come whoever of the two
// comes first, and follow.
func TestManagers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, func(b *bundle) { b.cfg.BatchSize = 4 })
		b.dir.addPeople(1, 13)
		b.dir.reports(12, 1, 2, 3)
		b.dir.reports(1, 5, 11)
		b.dir.edit(4, func(p *provider.Person) { p.ManagerID = "stranger" })
		b.dir.edit(6, func(p *provider.Person) { p.ManagerID = p.UserID })
		b.pull(t, "t1")
		b.wantManagers(t, map[int]int{1: 12, 2: 12, 3: 12, 5: 1, 11: 1})
		b.wantSettled(t, "t1")

		b.dir.reports(2, 1)
		b.dir.reports(0, 5)
		run := b.pull(t, "t1")
		b.wantManagers(t, map[int]int{1: 2, 2: 12, 3: 12, 11: 1})
		changes := b.changes(t, run, dirsync.ChangeFilter{})
		if len(changes) != 2 || len(changes[0].Fields) != 1 || changes[0].Kind != dirsync.KindUpdate ||
			changes[0].Fields[0] != (dirsync.Field{Field: "manager", Before: "张三12 (u000012)", After: "张三2 (u000002)"}) {
			t.Errorf("changes %+v, want two updates of the manager", changes)
		}

		b.dir.remove(12)
		b.pull(t, "t1")
		b.wantManagers(t, map[int]int{1: 2, 11: 1})
		b.dir.change(func() {
			back := somebody(12)
			back.Memberships = []provider.Membership{{DepartmentID: "1"}}
			b.dir.people = append(b.dir.people, back)
		})
		b.pull(t, "t1")
		b.wantManagers(t, map[int]int{1: 2, 2: 12, 3: 12, 11: 1})
		b.wantSettled(t, "t1")
	})
}

// TestManagersNotListed has listings that do not tell managers, and look-ups
// that do: what is known stays, until a look-up says otherwise.
func TestManagersNotListed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.silent = true
		b.dir.addPeople(1, 6)
		b.dir.reports(5, 1, 2)
		b.pull(t, "t1")
		b.wantManagers(t, nil)
		p, err := b.Preview(as(t), "t1", dirsync.PreviewRequest{Provider: "fake", UserID: somebody(1).UserID})
		if err != nil || !strings.Contains(p.Reasons[len(p.Reasons)-1].EN, "the manager becomes "+somebody(5).Name) {
			t.Errorf("preview says %v, want the manager; %v", p.Reasons, err)
		}
		b.only(t, "t1", 1)
		b.wantManagers(t, map[int]int{1: 5})
		b.dir.edit(1, func(p *provider.Person) { p.Title = "总监" })
		b.pull(t, "t1")
		b.wantManagers(t, map[int]int{1: 5})
		b.wantSettled(t, "t1")

		// A manager who leaves is none any more, whoever is looked at.
		b.dir.remove(5)
		b.only(t, "t1", 5)
		b.wantManagers(t, nil)
		b.dir.reports(3, 1)
		b.only(t, "t1", 1)
		b.wantManagers(t, map[int]int{1: 3})
		b.dir.reports(0, 1)
		b.only(t, "t1", 1)
		b.wantManagers(t, nil)
		b.wantSettled(t, "t1")
	})
}

// TestManagerMapping takes managers from an attribute that the company added.
func TestManagerMapping(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.silent = true
	b.dir.addPeople(1, 4)
	b.dir.edit(1, func(p *provider.Person) { p.Extension = map[string]string{"直属上级": string(somebody(3).UserID)} })
	b.save(t, dirsync.RulesChange{Mapping: &dirsync.Mapping{dirsync.FieldManager: "extension.直属上级"}})
	b.pull(t, "t1")
	b.wantManagers(t, map[int]int{1: 3})
	b.save(t, dirsync.RulesChange{Mapping: &dirsync.Mapping{dirsync.FieldManager: ""}})
	b.dir.edit(1, func(p *provider.Person) { p.Extension["直属上级"] = string(somebody(2).UserID) })
	b.pull(t, "t1")
	b.wantManagers(t, map[int]int{1: 3})
	for _, source := range []string{"email", "userId", "extension."} {
		_, err := b.SaveSettings(as(t), "t1", "fake", 2, dirsync.SettingsChange{RulesChange: dirsync.RulesChange{Mapping: &dirsync.Mapping{dirsync.FieldManager: source}}})
		if provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("manager from %q: %v, want InvalidArgument", source, err)
		}
	}
}

// TestManagerThreeWay edits a manager on one side, the other, and both.
func TestManagerThreeWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		owner     dirsync.Owner
		local     bool
		remote    int
		want      int
		conflicts int
	}{
		"only there":              {dirsync.OwnerProvider, false, 3, 3, 0},
		"only here":               {dirsync.OwnerProvider, true, 2, 4, 0},
		"on both sides":           {dirsync.OwnerProvider, true, 3, 4, 1},
		"on both sides, the same": {dirsync.OwnerProvider, true, 4, 4, 0},
		"platform's":              {dirsync.OwnerPlatform, false, 3, 0, 0},
		"platform's, edited":      {dirsync.OwnerPlatform, true, 3, 4, 0},
		"first":                   {dirsync.OwnerFirst, false, 3, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, openSQLite(t))
			b.dir.addPeople(1, 5)
			b.dir.reports(2, 1)
			b.save(t, dirsync.RulesChange{Ownership: &dirsync.Ownership{dirsync.FieldManager: c.owner}})
			b.pull(t, "t1")
			if c.local {
				_, err := b.store.DB().ExecContext(t.Context(), "UPDATE thirdapp_memberships SET manager_id = '"+
					account(t, b, somebody(4).Mobile).ID+"' WHERE person_id = '"+account(t, b, somebody(1).Mobile).ID+"'")
				if err != nil {
					t.Fatal(err)
				}
			}
			b.dir.reports(c.remote, 1)
			b.pull(t, "t1")
			want := map[int]int{1: c.want}
			if c.want == 0 {
				want = nil
			}
			b.wantManagers(t, want)
			open := b.open(t)
			if len(open) != c.conflicts {
				t.Fatalf("conflicts %+v, want %d", open, c.conflicts)
			}
			b.wantSettled(t, "t1")
			if c.conflicts == 0 {
				return
			}
			if f := open[0].FieldConflict; f.Field != dirsync.FieldManager || !strings.HasPrefix(f.Platform, "张三4 (") || !strings.HasPrefix(f.Provider, "张三3 (") {
				t.Errorf("conflict %+v, want the managers by name", f)
			}
			if err := b.Resolve(as(t), "t1", open[0].ID, dirsync.ResolveProvider, ""); err != nil {
				t.Fatal(err)
			}
			b.wantManagers(t, map[int]int{1: 3})
			b.wantSettled(t, "t1")
		})
	}
}

// TestManagerUndone takes back a change of managers.
func TestManagerUndone(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(1, 5)
	b.dir.reports(2, 1)
	b.pull(t, "t1")
	b.dir.reports(3, 1)
	b.dir.reports(2, 4)
	run := b.pull(t, "t1")
	b.wantManagers(t, map[int]int{1: 3, 4: 2})
	undo, err := b.Undo(as(t), "t1", run.ID, dirsync.UndoRequest{})
	if err != nil {
		t.Fatal(err)
	}
	b.work(t, undo)
	changes := b.changes(t, undo, dirsync.ChangeFilter{})
	shown := slices.ContainsFunc(changes, func(c dirsync.Change) bool {
		return slices.Contains(c.Fields, dirsync.Field{Field: "manager", Before: "张三3 (u000003)", After: "张三2 (u000002)"})
	})
	if !shown {
		t.Errorf("the plan of the undo is %+v, want the manager from before", changes)
	}
	if _, err := b.Approve(as(t), "t1", undo.ID); err != nil {
		t.Fatal(err)
	}
	b.work(t, undo)
	b.wantManagers(t, map[int]int{1: 2})
}
