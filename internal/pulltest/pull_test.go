package pulltest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestPull(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(20, 4)
		b.dir.addPeople(0, 450)
		run := b.pull(t, "0")
		if run.State != dirsync.StateSucceeded || !run.Complete || run.Error != nil ||
			run.Counts.People[dirsync.KindCreate] != 450 || run.Counts.Departments[dirsync.KindCreate] != 21 {
			t.Fatalf("first run %+v, failures %v", run, b.queue.failures)
		}
		want := dirsync.Progress{
			Departments: 21, DepartmentsDone: 21, PeopleRead: 450 + 44, Changes: 471, ChangesApplied: 471,
		}
		if run.Progress.PeopleRead < 450 {
			t.Errorf("people read %d, want 450 or more", run.Progress.PeopleRead)
		}
		if want.PeopleRead = run.Progress.PeopleRead; run.Progress != want {
			t.Errorf("progress %+v, want %+v", run.Progress, want)
		}
		if b.dir.calls["departments"] != 21 || b.dir.calls["people"] != 21 || b.dir.calls["scope"] != 1 {
			t.Errorf("calls %v, want one of each listing for each of 21 departments", b.dir.calls)
		}
		members, total, err := b.people.Members(t.Context(), "0", 1, 10)
		if err != nil || total != 450 {
			t.Fatalf("%d members, %v; want 450", total, err)
		}
		m := members[0]
		if m.Username != m.Phone || m.State != "active" || len(m.DepartmentIDs) == 0 || m.MustChangePassword {
			t.Errorf("member %+v, want an active one named by the mobile number, in a department", m)
		}
	})
}

// TestUnchanged pulls an unchanged company again: nothing is planned, and no
// row but those of the run itself is written.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		later := story(b.dir)
		b.pull(t, "0")
		later()
		b.pull(t, "0")
		b.dir.edit(45, func(p *provider.Person) { p.Mobile = somebody(45).Mobile })
		b.dir.edit(46, func(p *provider.Person) { p.Email = "" })
		b.pull(t, "0")
		before := written(t, s)
		run := b.pull(t, "0")
		if run.State != dirsync.StateSucceeded || len(run.Counts.Total()) != 0 || run.Progress.Changes != 0 {
			t.Errorf("run %s planned %v, want nothing", run.State, run.Counts)
		}
		wantSame(t, "rows", written(t, s), before)
	})
}

// written tells which version every row has that a pull could write.
func written(tb testing.TB, s *bunstore.Store) string {
	tb.Helper()
	version := "''"
	if s.DB().Dialect().Name().String() == "pg" {
		version = "xmin::text || ctid::text"
	}
	var b strings.Builder
	for table, key := range map[string]string{
		"people": "id", "memberships": "person_id", "departments": "id", "bindings": "person_id",
		"sync_people": "remote_id", "sync_departments": "remote_id",
	} {
		for _, line := range query(tb, s, fmt.Sprintf("SELECT %s, updated_at, %s FROM thirdapp_%s ORDER BY 1", key, version, table)) {
			fmt.Fprintln(&b, table, line)
		}
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n") +
		strings.Join(query(tb, s, "SELECT department_id, person_id, "+version+" FROM thirdapp_department_members ORDER BY 1, 2"), "\n")
}

// TestDryRun plans and writes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(0, 5)
		run := b.pullWith(t, "0", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if run.State != dirsync.StatePlanned || run.Counts.People[dirsync.KindCreate] != 5 || run.FinishedAt.IsZero() {
			t.Errorf("run %+v, want planned with 5 people to create", run)
		}
		if rows := written(t, s); rows != "" {
			t.Errorf("rows written: %s", rows)
		}
		changes := b.changes(t, run, dirsync.ChangeFilter{Entity: dirsync.EntityPerson})
		if len(changes) != 5 || changes[0].State != dirsync.ChangePending || changes[0].LocalID != "" {
			t.Errorf("changes %+v, want 5 pending", changes)
		}
		if got := changes[0].Fields; got[1] != (dirsync.Field{Field: "mobile", After: "138****0000"}) {
			t.Errorf("fields %+v, want the mobile number masked", got)
		}
		if next := b.pull(t, "0"); next.State != dirsync.StateSucceeded {
			t.Errorf("run after the dry run %s, want succeeded", next.State)
		}
	})
}

// TestChangeKinds has one thing happen at a time.
func TestChangeKinds(t *testing.T) {
	t.Parallel()
	type kinds = map[dirsync.Kind]int
	tests := map[string]struct {
		change      func(d *directory)
		people      kinds
		departments kinds
		check       func(t *testing.T, b *bundle, run dirsync.Run)
	}{
		"joiner": {
			change: func(d *directory) { d.change(func() { d.addPeople(30, 31) }) },
			people: kinds{dirsync.KindCreate: 1},
		},
		"leaver is suspended": {
			change: func(d *directory) { d.remove(4) },
			people: kinds{dirsync.KindLeave: 1},
			check: func(t *testing.T, b *bundle, _ dirsync.Run) {
				m := b.member(t, "0", somebody(4).Mobile)
				if m.State != "suspended" || len(m.DepartmentIDs) != 0 {
					t.Errorf("leaver %+v, want suspended and in no department", m)
				}
			},
		},
		"name of an account we made": {
			change: func(d *directory) { d.edit(4, func(p *provider.Person) { p.Name = "李四" }) },
			people: kinds{dirsync.KindUpdate: 1},
			check: func(t *testing.T, b *bundle, run dirsync.Run) {
				if m := b.member(t, "0", somebody(4).Mobile); m.Realname != "李四" {
					t.Errorf("realname %q, want 李四", m.Realname)
				}
				c := b.changes(t, run, dirsync.ChangeFilter{})[0]
				if want := []dirsync.Field{{Field: "name", Before: "张三4", After: "李四"}}; !slices.Equal(c.Fields, want) {
					t.Errorf("fields %v, want %v", c.Fields, want)
				}
			},
		},
		"mobile number, username stays": {
			change: func(d *directory) { d.edit(4, func(p *provider.Person) { p.Mobile = "13900000004" }) },
			people: kinds{dirsync.KindUpdate: 1},
			check: func(t *testing.T, b *bundle, _ dirsync.Run) {
				if m := b.member(t, "0", somebody(4).Mobile); m.Phone != "13900000004" {
					t.Errorf("phone %q, want the new one", m.Phone)
				}
			},
		},
		"fields that the office app stops to show stay": {
			change: func(d *directory) {
				d.edit(4, func(p *provider.Person) { p.Mobile, p.Email, p.AvatarURL = "", "", "" })
			},
			people: kinds{dirsync.KindUpdate: 1},
			check: func(t *testing.T, b *bundle, _ dirsync.Run) {
				if m := b.member(t, "0", somebody(4).Mobile); m.Phone == "" || m.Email == "" || m.AvatarURL == "" {
					t.Errorf("member %+v, want phone, email and avatar kept", m)
				}
			},
		},
		"other department": {
			change: func(d *directory) {
				d.edit(4, func(p *provider.Person) { p.Memberships = []provider.Membership{{DepartmentID: "2"}} })
			},
			people: kinds{dirsync.KindMove: 1},
			check: func(t *testing.T, b *bundle, _ dirsync.Run) {
				m := b.member(t, "0", somebody(4).Mobile)
				if got := b.remoteIDs(t, "0", m.DepartmentIDs); !slices.Equal(got, []string{"2"}) {
					t.Errorf("departments %v, want 2", got)
				}
			},
		},
		"leader": {
			change: func(d *directory) { d.edit(4, func(p *provider.Person) { p.Memberships[0].Leader = true }) },
			people: kinds{dirsync.KindUpdate: 1},
		},
		"order": {
			change: func(d *directory) { d.edit(4, func(p *provider.Person) { p.Memberships[0].Order = 77 }) },
			people: kinds{dirsync.KindUpdate: 1},
		},
		"other user id, same mobile number": {
			change: func(d *directory) {
				d.edit(4, func(p *provider.Person) { p.UserID, p.UnionID = "anew", "anew" })
			},
			people: kinds{dirsync.KindUpdate: 1},
			check: func(t *testing.T, b *bundle, _ dirsync.Run) {
				if m := b.member(t, "0", somebody(4).Mobile); m.State != "active" {
					t.Errorf("member %+v, want active", m)
				}
				if got := b.pull(t, "0"); got.Progress.Changes != 0 {
					t.Errorf("the next run plans %v, want nothing", got.Counts)
				}
			},
		},
		"other user id, same union id": {
			change: func(d *directory) {
				d.edit(4, func(p *provider.Person) { p.UserID, p.Mobile = "anew", "13900000004" })
			},
			people: kinds{dirsync.KindUpdate: 1},
			check: func(t *testing.T, b *bundle, _ dirsync.Run) {
				if m := b.member(t, "0", somebody(4).Mobile); m.Phone != "13900000004" || m.State != "active" {
					t.Errorf("member %+v, want active with the new number", m)
				}
			},
		},
		"department renamed": {
			change:      func(d *directory) { d.change(func() { d.departments[2].Name = "新名" }) },
			departments: kinds{dirsync.KindUpdate: 1},
		},
		"department moved": {
			change:      func(d *directory) { d.change(func() { d.departments[4].ParentID = "3" }) },
			departments: kinds{dirsync.KindMove: 1},
		},
		"department below one out of sight": {
			change: func(d *directory) {
				d.subtree = true
				d.change(func() { d.departments = append(d.departments, provider.Department{ID: "x", ParentID: "4", Name: "X"}) })
				d.rename("x", "hidden")
			},
			departments: kinds{dirsync.KindCreate: 1},
			check: func(t *testing.T, b *bundle, run dirsync.Run) {
				c := b.changes(t, run, dirsync.ChangeFilter{})[0]
				if c.State != dirsync.ChangeApplied || !strings.Contains(c.Reason.ZH, "上级部门不在可见范围") {
					t.Errorf("change %+v, want it applied at the top with a note", c)
				}
			},
		},
		"ring of departments": {
			change: func(d *directory) {
				d.change(func() {
					d.departments = append(d.departments,
						provider.Department{ID: "x", ParentID: "1", Name: "X"}, provider.Department{ID: "y", ParentID: "1", Name: "Y"})
				})
				d.hidden = map[provider.DepartmentID]provider.DepartmentID{"x": "y", "y": "x"}
			},
			departments: kinds{dirsync.KindCreate: 2},
			check: func(t *testing.T, b *bundle, run dirsync.Run) {
				noted := 0
				for _, c := range b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeApplied}) {
					if strings.Contains(c.Reason.ZH, "循环") {
						noted++
					}
				}
				if noted != 1 {
					t.Errorf("%d departments are noted to be in a ring, want one, at the top", noted)
				}
			},
		},
		"empty department removed": {
			change:      func(d *directory) { d.dropDepartment("5") },
			people:      kinds{dirsync.KindMove: 5},
			departments: kinds{dirsync.KindLeave: 1},
			check: func(t *testing.T, b *bundle, _ dirsync.Run) {
				list, err := b.people.Departments(t.Context(), "0")
				if err != nil || len(list) != 4 {
					t.Errorf("departments %v, %v; want 4", list, err)
				}
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := setup(t, s)
				b.dir.addDepartments(4, 2)
				b.dir.addPeople(0, 25)
				b.pull(t, "0")
				test.change(b.dir)
				run := b.pull(t, "0")
				if run.State != dirsync.StateSucceeded {
					t.Fatalf("run %+v, failures %v, changes %+v", run, b.queue.failures, b.changes(t, run, dirsync.ChangeFilter{}))
				}
				wantKinds(t, "people", run.Counts.People, test.people)
				wantKinds(t, "departments", run.Counts.Departments, test.departments)
				if test.check != nil {
					test.check(t, b, run)
				}
				if again := b.pull(t, "0"); again.Progress.Changes != 0 {
					t.Errorf("the next run plans %v, want nothing", again.Counts)
				}
			})
		})
	}
}

func wantKinds(tb testing.TB, what string, got, want map[dirsync.Kind]int) {
	tb.Helper()
	if len(got) != len(want) {
		tb.Fatalf("%s: counts %v, want %v", what, got, want)
	}
	for k, n := range want {
		if got[k] != n {
			tb.Errorf("%s: counts %v, want %v", what, got, want)
		}
	}
}

// rename gives a department below x a parent that nobody sees.
func (d *directory) rename(id, parent provider.DepartmentID) {
	d.change(func() {
		for i := range d.departments {
			if d.departments[i].ID == id {
				d.hidden = map[provider.DepartmentID]provider.DepartmentID{id: parent}
			}
		}
	})
}

// dropDepartment removes a department and puts its people into the root.
func (d *directory) dropDepartment(id provider.DepartmentID) {
	d.change(func() {
		d.departments = slices.DeleteFunc(d.departments, func(dep provider.Department) bool { return dep.ID == id })
		for i := range d.people {
			for j := range d.people[i].Memberships {
				if d.people[i].Memberships[j].DepartmentID == id {
					d.people[i].Memberships[j].DepartmentID = "1"
				}
			}
		}
	})
}

// member returns the tenant's member of a username.
func (b *bundle) member(tb testing.TB, t tenant.ID, username string) bunstore.Member {
	tb.Helper()
	members, _, err := b.people.Members(tb.Context(), t, 1, 200)
	if err != nil {
		tb.Fatal(err)
	}
	for _, m := range members {
		if m.Username == username {
			return m
		}
	}
	tb.Fatalf("nobody called %s in tenant %s", username, t)
	return bunstore.Member{}
}

// remoteIDs returns the office app's ids of departments, sorted.
func (b *bundle) remoteIDs(tb testing.TB, t tenant.ID, ids []string) []string {
	tb.Helper()
	list, err := b.people.Departments(tb.Context(), t)
	if err != nil {
		tb.Fatal(err)
	}
	var remote []string
	for _, d := range list {
		if slices.Contains(ids, d.ID) {
			remote = append(remote, d.RemoteID)
		}
	}
	slices.Sort(remote)
	return remote
}

// TestRejoin has somebody leave and come back.
func TestRejoin(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(2, 2)
		b.dir.addPeople(0, 10)
		b.pull(t, "0")
		whole := snapshot(t, s, "0")
		left := b.dir.people[4]
		b.dir.remove(4)
		b.pull(t, "0")
		b.dir.change(func() { b.dir.people = append(b.dir.people, left) })
		run := b.pull(t, "0")
		wantKinds(t, "people", run.Counts.People, map[dirsync.Kind]int{dirsync.KindRejoin: 1})
		wantSame(t, "after the rejoin", snapshot(t, s, "0"), whole)
	})
}

// TestGuard removes more people than may go without approval.
func TestGuard(t *testing.T) {
	t.Parallel()
	numbers := func(n int) []int {
		list := make([]int, n)
		for i := range list {
			list[i] = i
		}
		return list
	}
	tests := map[string]struct {
		guard   dirsync.Guard
		people  int
		leave   int
		pending bool
	}{
		"ten of fifty":           {dirsync.Guard{}, 50, 10, false},
		"eleven of fifty":        {dirsync.Guard{}, 50, 11, true},
		"a tenth of two hundred": {dirsync.Guard{}, 200, 20, false},
		"more than a tenth":      {dirsync.Guard{}, 200, 21, true},
		"none without approval":  {dirsync.Guard{People: -1, Percent: -1}, 50, 1, true},
		"half allowed":           {dirsync.Guard{Percent: 50}, 50, 25, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, openSQLite(t), func(b *bundle) { b.cfg.Guard = test.guard })
			b.dir.addPeople(0, test.people)
			b.pull(t, "0")
			b.dir.remove(numbers(test.leave)...)
			run := b.pull(t, "0")
			if (run.State == dirsync.StateNeedsApproval) != test.pending {
				t.Errorf("state %s, want waiting = %t", run.State, test.pending)
			}
			if run.Counts.People[dirsync.KindLeave] != test.leave {
				t.Errorf("counts %v, want %d leavers", run.Counts, test.leave)
			}
		})
	}
}

// TestApproval approves, discards and cancels plans that wait.
func TestApproval(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		act  func(b *bundle, ctx context.Context, id string) (dirsync.Run, error)
		want dirsync.State
		left int
	}{
		"approve": {func(b *bundle, ctx context.Context, id string) (dirsync.Run, error) { return b.Approve(ctx, "0", id) }, dirsync.StateSucceeded, 20},
		"discard": {func(b *bundle, ctx context.Context, id string) (dirsync.Run, error) { return b.Discard(ctx, "0", id) }, dirsync.StateDiscarded, 0},
		"cancel":  {func(b *bundle, ctx context.Context, id string) (dirsync.Run, error) { return b.Cancel(ctx, "0", id) }, dirsync.StateCancelled, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := setup(t, s, func(b *bundle) { b.cfg.Guard = dirsync.Guard{} })
				b.dir.addPeople(0, 50)
				b.pull(t, "0")
				before := snapshot(t, s, "0")
				b.dir.change(func() { b.dir.people = b.dir.people[20:] })
				run := b.pull(t, "0")
				if run.State != dirsync.StateNeedsApproval {
					t.Fatalf("state %s, want needs_approval", run.State)
				}
				if rows := withoutStaging(snapshot(t, s, "0")); rows != withoutStaging(before) {
					t.Error("something of the plan was applied before it was approved")
				}
				_, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
				wantActive(t, err, run.ID)
				if _, err := test.act(b, as(t), run.ID); err != nil {
					t.Fatal(err)
				}
				run = b.work(t, run)
				left := b.changes(t, run, dirsync.ChangeFilter{Kind: dirsync.KindLeave, State: dirsync.ChangeApplied})
				skipped := b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeSkipped})
				if run.State != test.want || len(left) != test.left || len(skipped) != 20-test.left {
					t.Errorf("state %s with %d leavers applied and %d skipped, want %s with %d", run.State, len(left), len(skipped), test.want, test.left)
				}
				if _, err := test.act(b, as(t), run.ID); !errors.Is(err, dirsync.ErrNotWaiting) && !errors.Is(err, dirsync.ErrFinished) {
					t.Errorf("the second time: %v, want a refusal", err)
				}
				if next := b.pull(t, "0"); next.ID == run.ID {
					t.Error("no run could be started afterwards")
				}
			})
		})
	}
}

func withoutStaging(snapshot string) string {
	before, _, _ := strings.Cut(snapshot, "# left in staging")
	return before
}

func wantActive(tb testing.TB, err error, id string) {
	tb.Helper()
	var refusal *tenant.Error
	if !errors.Is(err, dirsync.ErrRunActive) || !errors.As(err, &refusal) {
		tb.Fatalf("error %v, want ErrRunActive", err)
	}
	if active, ok := refusal.Details.(dirsync.ActiveRun); !ok || active.RunID != id {
		tb.Errorf("details %+v, want the run %s", refusal.Details, id)
	}
}

// TestCancel cancels a run that nobody works yet, and one under way.
func TestCancel(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(3, 2)
		b.dir.addPeople(0, 10)
		run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		if run, err = b.Cancel(as(t), "0", run.ID); err != nil || run.State != dirsync.StateCancelled {
			t.Fatalf("cancelled run is %s, %v", run.State, err)
		}
		if run = b.work(t, run); run.State != dirsync.StateCancelled || b.dir.calls["scope"] != 0 {
			t.Errorf("run is %s after %v calls, want cancelled without a call", run.State, b.dir.calls)
		}
		if run, err = b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"}); err != nil {
			t.Fatal(err)
		}
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			if op == "people" {
				_, err := b.Cancel(as(t), "0", run.ID)
				return err
			}
			return nil
		}
		b.dir.fail = once(b.dir.fail)
		if run = b.work(t, run); run.State != dirsync.StateCancelled {
			t.Errorf("run is %s, want cancelled", run.State)
		}
		if rows := written(t, s); rows != "" {
			t.Errorf("rows written: %s", rows)
		}
	})
}

// once lets a script act until it was asked about people the first time.
func once(fail func(op, id string, at provider.Cursor) error) func(string, string, provider.Cursor) error {
	done := false
	return func(op, id string, at provider.Cursor) error {
		if done || op != "people" {
			return nil
		}
		done = true
		return fail(op, id, at)
	}
}

// TestFailedRead has parts of the directory that cannot be read.
func TestFailedRead(t *testing.T) {
	t.Parallel()
	denied := &provider.Error{
		Code: provider.PermissionDenied, Provider: "fake", Op: "people", Upstream: "60011", UpstreamMessage: "no permission",
		RequestID: "req-1", Remedy: provider.Text{ZH: "授权", EN: "grant it"},
	}
	busy := &provider.Error{Code: provider.Unavailable, Provider: "fake", Op: "people"}
	wrong := &provider.Error{Code: provider.Unauthenticated, Provider: "fake", Op: "people"}
	tests := map[string]struct {
		fail     func(op, id string, at provider.Cursor) error
		state    dirsync.State
		complete bool
		failures int
		code     string
		leavers  int
	}{
		"people of one department": {
			func(op, id string, _ provider.Cursor) error { return errIf(op == "people" && id == "3", denied) },
			dirsync.StatePartial, false, 1, "permission_denied", 0,
		},
		"second page": {
			func(op, _ string, at provider.Cursor) error { return errIf(op == "people" && at != "", denied) },
			dirsync.StatePartial, false, 3, "permission_denied", 0,
		},
		"children of one department": {
			func(op, id string, _ provider.Cursor) error { return errIf(op == "departments" && id == "2", busy) },
			dirsync.StatePartial, false, 1, "unavailable", 0,
		},
		"all people": {
			func(op, _ string, _ provider.Cursor) error { return errIf(op == "people", denied) },
			dirsync.StateFailed, false, 4, "permission_denied", 0,
		},
		"credentials in the middle": {
			func(op, id string, _ provider.Cursor) error { return errIf(op == "people" && id == "3", wrong) },
			dirsync.StateFailed, false, 0, "unauthenticated", 0,
		},
		"scope": {
			func(op, _ string, _ provider.Cursor) error { return errIf(op == "scope", denied) },
			dirsync.StateFailed, false, 0, "permission_denied", 0,
		},
		"scope, busy for ever": {
			func(op, _ string, _ provider.Cursor) error { return errIf(op == "scope", busy) },
			dirsync.StateFailed, false, 0, "unavailable", 0,
		},
		"nothing": {
			func(string, string, provider.Cursor) error { return nil },
			dirsync.StateSucceeded, true, 0, "", 3,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := setup(t, s)
				b.dir.pageSize = 5
				b.dir.addDepartments(3, 2)
				b.dir.addPeople(0, 24)
				b.pull(t, "0")
				b.dir.remove(4, 8, 12)
				b.dir.fail = test.fail
				run := b.pull(t, "0")
				if run.State != test.state || run.Complete != test.complete || len(run.Failures) != test.failures {
					t.Errorf("run %s, complete %t, failures %+v; want %s, %t, %d", run.State, run.Complete, run.Failures,
						test.state, test.complete, test.failures)
				}
				if run.Counts.People[dirsync.KindLeave] != test.leavers {
					t.Errorf("counts %v, want %d leavers", run.Counts, test.leavers)
				}
				if (run.Error == nil) != (test.code == "") || run.Error != nil && run.Error.Code != test.code {
					t.Errorf("error %+v, want code %q", run.Error, test.code)
				}
				if run.Error != nil && test.code == "permission_denied" {
					want := dirsync.Failure{
						Code: test.code, Message: provider.Text{ZH: "no permission", EN: "no permission"},
						Op: "people", Upstream: "60011", RequestID: "req-1", Remedy: denied.Remedy,
					}
					if *run.Error != want {
						t.Errorf("error %+v, want %+v", *run.Error, want)
					}
				}
				b.dir.fail = nil
				if run = b.pull(t, "0"); run.State != dirsync.StateSucceeded {
					t.Errorf("run after the failures went away: %s", run.State)
				}
			})
		})
	}
}

// TestUnreadPlaces has the listing of one department fail: who is in it and in
// another one stays in both, whatever else is new about them.
func TestUnreadPlaces(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		branches(b.dir)
		b.pull(t, "t1")
		all, _ := here(t, b)
		b.dir.fail = func(op, id string, _ provider.Cursor) error {
			return errIf(op == "people" && id == "30", &provider.Error{Code: provider.PermissionDenied, Provider: "fake", Op: op})
		}
		if run := b.pull(t, "t1"); run.State != dirsync.StatePartial || run.Progress.Changes != 0 {
			t.Errorf("run is %s with %v, want it partial without changes", run.State, run.Counts)
		}
		b.dir.change(func() { b.dir.people[len(b.dir.people)-1].Title = "经理" })
		if run := b.pull(t, "t1"); run.Counts.People[dirsync.KindUpdate] != 1 || run.Progress.Changes != 1 {
			t.Errorf("counts %v, want one update", run.Counts)
		}
		if people, _ := here(t, b); people != all {
			t.Errorf("people %q, want %q as before", people, all)
		}
		b.dir.change(func() { // leaves 30, and 20 for 21
			b.dir.people[len(b.dir.people)-1].Memberships = []provider.Membership{{DepartmentID: "21"}}
		})
		b.pull(t, "t1")
		if people, _ := here(t, b); !strings.Contains(people, "21+30:1") {
			t.Errorf("people %q, want one in 21 and still in 30", people)
		}
		b.dir.fail = nil
		b.pull(t, "t1")
		if people, _ := here(t, b); !strings.Contains(people, " 21:2") || !strings.Contains(people, " 30:1") {
			t.Errorf("people %q, want nobody in 20 and 30 after a whole read", people)
		}
	})
}

func errIf(when bool, err error) error {
	if when {
		return err
	}
	return nil
}

// TestRetries has every page fail twice before it comes.
func TestRetries(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.pageSize = 5
		b.dir.addDepartments(5, 2)
		b.dir.addPeople(0, 60)
		tries := map[string]int{}
		b.dir.fail = func(op, id string, at provider.Cursor) error {
			key := op + " " + id + " " + string(at)
			tries[key]++
			return errIf(tries[key] <= 2, &provider.Error{Code: provider.ResourceExhausted, Op: op, RetryAfter: time.Millisecond})
		}
		run := b.pull(t, "0")
		if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 60 {
			t.Errorf("run %+v, want it to succeed with 60 people", run)
		}
		for key, n := range tries {
			if n != 3 {
				t.Errorf("%s was asked for %d times, want 3", key, n)
			}
		}
	})
}

// TestRefusedToken has a token refused now and then, which is bad luck.
func TestRefusedToken(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addDepartments(5, 2)
	b.dir.addPeople(0, 30)
	calls := 0
	b.dir.fail = func(op, _ string, _ provider.Cursor) error {
		calls++
		return errIf(calls%3 == 1, &provider.Error{Code: provider.Unauthenticated, Op: op})
	}
	run := b.pull(t, "0")
	if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 30 {
		t.Errorf("run %+v, want it to succeed with 30 people", run)
	}
}

// TestCursorRepeats has a listing that goes round in circles.
func TestCursorRepeats(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 3)
	b.conns.prov = &circular{directory: b.dir}
	run := b.pull(t, "0")
	if run.State != dirsync.StateFailed || len(run.Failures) != 1 || run.Failures[0].Code != "internal" {
		t.Errorf("run %+v, want it to fail for the only listing", run)
	}
	if n := b.dir.calls["people"]; n > 5 {
		t.Errorf("the listing was read %d times", n)
	}
}

// circular answers with cursors a, b, a, b, …
type circular struct{ *directory }

func (c *circular) People(ctx context.Context, d provider.DepartmentID, at provider.Cursor) (provider.PersonPage, error) {
	page, err := c.directory.People(ctx, d, "")
	page.Next = "a"
	if at == "a" {
		page.Next = "b"
	}
	return page, err
}

// TestSingles reads people who were granted to the app one by one.
func TestSingles(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(0, 3)
		b.dir.people = append(b.dir.people, somebody(50), somebody(51))
		b.dir.singles = []provider.UserID{somebody(50).UserID, somebody(51).UserID, "nobody", somebody(1).UserID}
		run := b.pull(t, "0")
		if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 5 {
			t.Errorf("run %+v, want 5 people", run)
		}
		if m := b.member(t, "0", somebody(50).Mobile); len(m.DepartmentIDs) != 0 {
			t.Errorf("member %+v, want in no department", m)
		}
		if m := b.member(t, "0", somebody(1).Mobile); len(m.DepartmentIDs) != 1 {
			t.Errorf("member %+v, want in one department", m)
		}
	})
}

// TestEmptyAnswer has an office app that suddenly shows nothing.
func TestEmptyAnswer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(3, 2)
		b.dir.addPeople(0, 5)
		b.pull(t, "0")
		before := snapshot(t, s, "0")
		departments := b.dir.departments
		b.dir.change(func() { b.dir.people = nil })
		b.pull(t, "0")
		wantSame(t, "without people", snapshot(t, s, "0"), before)
		b.dir.change(func() { b.dir.departments = nil })
		if run := b.pull(t, "0"); run.State != dirsync.StateSucceeded {
			t.Errorf("run %s, want succeeded", run.State)
		}
		wantSame(t, "without anything", snapshot(t, s, "0"), before)
		b.dir.change(func() { b.dir.departments = departments })
	})
}

var syncStart = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestSlices works a run in slices so short that each does one step.
func TestSlices(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		var ticks atomic.Int64
		b := setup(t, s, func(b *bundle) {
			b.cfg.BatchSize = 5
			b.cfg.Now = func() time.Time { // every look at the clock takes long
				return syncStart.Add(time.Duration(ticks.Add(40)) * time.Millisecond)
			}
			b.cfg.Slice, b.cfg.ReadParallel, b.cfg.ApplyParallel = 500*time.Millisecond, 1, 1
		})
		b.dir.addDepartments(3, 2)
		b.dir.addPeople(0, 30)
		run := b.pull(t, "0")
		if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 30 {
			t.Errorf("run %+v, failures %v", run, b.queue.failures)
		}
		if len(b.queue.pauses) < 5 {
			t.Errorf("the run took %d slices, want several", len(b.queue.pauses)+1)
		}
	})
}

// TestAnySingleRead has one page after the other be the one that cannot be
// read: nobody is removed, ever, although some have left.
func TestAnySingleRead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.pageSize = 5
		b.dir.addDepartments(3, 2)
		b.dir.addPeople(0, 24)
		b.pull(t, "0")
		before := section(snapshot(t, s, "0"), "members")
		departments := section(snapshot(t, s, "0"), "departments")
		b.dir.remove(4, 8, 12)
		b.dir.change(func() { b.dir.departments = b.dir.departments[:len(b.dir.departments)-1] })
		type page struct {
			op, id string
			at     provider.Cursor
		}
		var pages []page
		b.dir.fail = func(op, id string, at provider.Cursor) error {
			pages = append(pages, page{op, id, at})
			return nil
		}
		b.pullWith(t, "0", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if len(pages) < 8 {
			t.Fatalf("pages %v, want more of them", pages)
		}
		for _, broken := range pages {
			b.dir.fail = func(op, id string, at provider.Cursor) error {
				return errIf(page{op, id, at} == broken, &provider.Error{Code: provider.PermissionDenied, Provider: "fake", Op: op})
			}
			run := b.pull(t, "0")
			if run.State != dirsync.StatePartial && run.State != dirsync.StateFailed || run.Complete ||
				run.Counts.Total()[dirsync.KindLeave] != 0 {
				t.Errorf("without %v: run %+v, want it incomplete and nobody removed", broken, run)
			}
			now := snapshot(t, s, "0")
			wantSame(t, fmt.Sprintf("members without %v", broken), section(now, "members"), before)
			wantSame(t, fmt.Sprintf("departments without %v", broken), section(now, "departments"), departments)
		}
		b.dir.fail = nil
		if run := b.pull(t, "0"); run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindLeave] == 0 {
			t.Errorf("run with everything read: %+v, want it to remove who left", run)
		}
	})
}

// TestPanic has the office app's code panic whatever is tried: the run ends.
func TestPanic(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(0, 5)
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			if op == "scope" {
				panic("at every call")
			}
			return nil
		}
		if run := b.pull(t, "t1"); run.State != dirsync.StateFailed {
			t.Errorf("run is %s, want it failed", run.State)
		}
		b.dir.fail = nil
		if run := b.pull(t, "t1"); run.State != dirsync.StateSucceeded {
			t.Errorf("the next run is %s, want it succeeded", run.State)
		}
	})
}
