package pulltest_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// undo undoes a run to its end.
func (b *bundle) undo(tb testing.TB, run dirsync.Run) dirsync.Run {
	tb.Helper()
	plan, err := b.Undo(as(tb), run.Tenant, run.ID, dirsync.UndoRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	if plan = b.work(tb, plan); plan.State != dirsync.StateNeedsApproval {
		tb.Fatalf("undo %+v, want it to wait for approval", plan)
	}
	if _, err := b.Approve(as(tb), plan.Tenant, plan.ID); err != nil {
		tb.Fatal(err)
	}
	return b.work(tb, plan)
}

// section returns a part of a snapshot.
func section(snapshot, title string) string {
	_, rest, _ := strings.Cut(snapshot, "# "+title+"\n")
	part, _, _ := strings.Cut(rest, "# ")
	return part
}

// TestUndoOfAWrongScope imports the wrong company, and takes it back.
func TestUndoOfAWrongScope(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, func(b *bundle) { b.cfg.BatchSize = 7 })
		for i, tenants := range [][]tenant.ID{{"0"}, {"other"}} { // a member, and somebody of another tenant
			_, err := b.people.Create(t.Context(), bunstore.NewPerson{
				Username: fmt.Sprint("own", i), Realname: "自有", Phone: somebody(i).Mobile, Tenants: tenants,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		before := snapshot(t, s, "0")
		b.dir.addDepartments(5, 2)
		b.dir.addPeople(0, 30)
		wrong := b.pull(t, "0")
		pulled := snapshot(t, s, "0")
		dry, err := b.Undo(as(t), "0", wrong.ID, dirsync.UndoRequest{DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		calls := b.dir.calls["scope"]
		if dry = b.work(t, dry); dry.State != dirsync.StatePlanned || dry.Mode != dirsync.Undo || dry.Undoes != wrong.ID {
			t.Errorf("dry undo %+v", dry)
		}
		wantSame(t, "after a dry undo", snapshot(t, s, "0"), pulled)
		undone := b.undo(t, wrong)
		if undone.State != dirsync.StateSucceeded || undone.Progress.ChangesFailed != 0 || b.dir.calls["scope"] != calls {
			t.Errorf("undo %+v after %d questions, want success and no question", undone, b.dir.calls["scope"]-calls)
		}
		if got, want := fmt.Sprint(undone.Counts), fmt.Sprint(dry.Counts); got != want {
			t.Errorf("counts %s, want those of the dry run: %s", got, want)
		}
		if undone.Counts.People[dirsync.KindLeave] != 29 || undone.Counts.People[dirsync.KindUnbind] != 1 ||
			undone.Counts.Departments[dirsync.KindLeave] != len(b.dir.departments) {
			t.Errorf("counts %+v, want 29 to leave, one unbound, all departments gone", undone.Counts)
		}
		got := snapshot(t, s, "0")
		for _, title := range []string{"departments", "places", "left in staging"} {
			wantSame(t, title, section(got, title), section(before, title))
		}
		active := slices.DeleteFunc(strings.Split(section(got, "members"), "\n"), func(l string) bool { return !strings.Contains(l, "|active|") })
		if len(active) != 1 || !strings.HasPrefix(active[0], "own0|") {
			t.Errorf("active members %q, want the one of before", active)
		}
		if strings.Contains(section(got, "bindings"), "|1|") {
			t.Errorf("bindings %q, want none active", section(got, "bindings"))
		}
		// The scope was right after all: the next pull has everything back, and
		// so has the undo of the undo.
		again := b.pull(t, "0")
		if again.State != dirsync.StateSucceeded || again.Counts.People[dirsync.KindRejoin] != 30 || again.Counts.People[dirsync.KindCreate] != 0 {
			t.Errorf("next pull %+v, want everybody to rejoin", again)
		}
		wantSame(t, "after the next pull", snapshot(t, s, "0"), pulled)
		b.undo(t, b.undo(t, again))
		wantSame(t, "after the undo of the undo", snapshot(t, s, "0"), pulled)
	})
}

// TestUndoOfAStory takes back a run in which everything happened.
func TestUndoOfAStory(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, func(b *bundle) { b.cfg.BatchSize = 7 })
		later := story(b.dir)
		b.pull(t, "0")
		before := snapshot(t, s, "0")
		later()
		run := b.pull(t, "0")
		undone := b.undo(t, run)
		if undone.State != dirsync.StateSucceeded || undone.Counts.People[dirsync.KindConflict] != 0 {
			t.Errorf("undo %+v, want success without conflicts", undone)
		}
		got := snapshot(t, s, "0")
		for _, title := range []string{"departments", "places", "mirror departments"} {
			wantSame(t, title, section(got, title), section(before, title))
		}
		for _, title := range []string{"members", "bindings", "mirror people"} {
			for line := range strings.SplitSeq(section(before, title), "\n") {
				if !strings.Contains(got, line) {
					t.Errorf("%s: %q is not restored", title, line)
				}
			}
		}
		for line := range strings.SplitSeq(section(got, "members"), "\n") {
			if !strings.Contains(before, line) && !strings.Contains(line, "|suspended|") {
				t.Errorf("member %q, want them suspended or as before", line)
			}
		}
	})
}

// TestUndoOfWhatWasChangedSince names what it leaves alone.
func TestUndoOfWhatWasChangedSince(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(3, 2)
		first := b.pull(t, "0")
		b.dir.addPeople(0, 6)
		second := b.pull(t, "0")
		b.dir.edit(1, func(p *provider.Person) { p.Title = "经理" })
		third := b.pull(t, "0")
		undone := b.undo(t, second)
		conflicts := b.changes(t, undone, dirsync.ChangeFilter{Kind: dirsync.KindConflict})
		if len(conflicts) != 1 || conflicts[0].RemoteID != string(somebody(1).UserID) || !strings.Contains(conflicts[0].Reason.EN, third.ID) {
			t.Errorf("conflicts %+v, want one that names run %s", conflicts, third.ID)
		}
		if undone.Counts.People[dirsync.KindLeave] != 5 {
			t.Errorf("counts %+v, want the other five to leave", undone.Counts)
		}
		// The departments of the first run: the one that has somebody in it, and
		// those above, stay.
		undone = b.undo(t, first)
		kept := b.changes(t, undone, dirsync.ChangeFilter{Kind: dirsync.KindConflict, Entity: dirsync.EntityDepartment})
		left := query(t, s, "SELECT remote_id FROM thirdapp_departments WHERE tenant_id = $1 ORDER BY remote_id", "0")
		if len(kept) == 0 || len(left) != len(kept) || len(left) >= len(b.dir.departments) {
			t.Errorf("kept %+v, left %v; want what is needed, and no more", kept, left)
		}
		// A second undo of the same run finds nothing of its own any more.
		plan, err := b.Undo(as(t), "0", second.ID, dirsync.UndoRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if plan = b.work(t, plan); plan.State != dirsync.StateSucceeded || plan.Progress.ChangesApplied != 0 {
			t.Errorf("second undo %+v, want it to do nothing", plan)
		}
	})
}

func TestUndoRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 3)
	dry := b.pullWith(t, "0", dirsync.RunRequest{Provider: "fake", DryRun: true})
	run := b.pull(t, "0")
	idle := b.pull(t, "0")
	refused := func(id string, want error) {
		t.Helper()
		if _, err := b.Undo(as(t), "0", id, dirsync.UndoRequest{}); !errors.Is(err, want) {
			t.Errorf("undo of %s: %v, want %v", id, err, want)
		}
	}
	refused("nobody", dirsync.ErrNoRun)
	refused(dry.ID, dirsync.ErrNotUndoable)
	refused(idle.ID, dirsync.ErrNotUndoable)
	if _, err := b.Undo(as(t), "other", run.ID, dirsync.UndoRequest{}); !errors.Is(err, dirsync.ErrNoRun) {
		t.Errorf("undo by another tenant: %v, want ErrNoRun", err)
	}
	if _, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake", Mode: dirsync.Undo}); provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("start in mode undo: %v, want InvalidArgument", err)
	}
	active, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
	if err != nil {
		t.Fatal(err)
	}
	refused(active.ID, dirsync.ErrNotUndoable)
	refused(run.ID, dirsync.ErrRunActive)
	b.work(t, active)
	b.authz.denied = []tenant.Permission{{Object: tenant.ObjectSync, Action: tenant.ActionRun}}
	viewer := tenant.WithActor(t.Context(), tenant.Actor{UserID: "u1", Username: "viewer"})
	if _, err := b.Undo(viewer, "0", run.ID, dirsync.UndoRequest{DryRun: true}); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("undo without permission: %v, want ErrForbidden", err)
	}
}

// TestUndoPausesTheSchedule, else the next night has everything back.
func TestUndoPausesTheSchedule(t *testing.T) {
	t.Parallel()
	c := newScheduled(t, openSQLite(t))
	c.queue.jobs = nil // the test does not wait for the night
	run := c.pull(t, "0")
	c.undo(t, run)
	if got := c.want(t, "", ""); got.Enabled || got.Version != 2 {
		t.Errorf("schedule %+v, want it paused", got)
	}
}

// TestUndoDoesNotEmpty: what was empty before stays as the run has filled it,
// and the plan says so.
func TestUndoDoesNotEmpty(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 2)
	b.dir.edit(1, func(p *provider.Person) { p.Email, p.Title = "", "工程师" })
	b.pull(t, "0")
	b.dir.edit(1, func(p *provider.Person) { p.Email, p.Title = "new@example.com", "经理" })
	undone := b.undo(t, b.pull(t, "0"))
	list := b.changes(t, undone, dirsync.ChangeFilter{})
	if len(list) != 1 || list[0].State != dirsync.ChangeApplied || !strings.Contains(list[0].Reason.EN, "email") {
		t.Errorf("changes %+v, want one that names the email address", list)
	}
	members := section(snapshot(t, b.store, "0"), "members")
	if !strings.Contains(members, "new@example.com") || strings.Contains(members, "经理") {
		t.Errorf("members %q, want the title restored and the address kept", members)
	}
}

// TestUndoLeavesLocalEdits alone, of fields that the run has changed and of
// those that it has not.
func TestUndoLeavesLocalEdits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(1, 6)
		b.dir.edit(3, func(p *provider.Person) { p.Title, p.JobNumber = "", "" })
		b.pull(t, "t1")
		for i := 1; i <= 5; i++ {
			b.dir.edit(i, func(p *provider.Person) { p.Title = "总监" })
		}
		b.dir.edit(2, func(p *provider.Person) { p.Email = "there@example.com" })
		b.dir.edit(3, func(p *provider.Person) { p.JobNumber = "J-new" })
		b.dir.reports(5, 4)
		run := b.pull(t, "t1")
		mobile := func(i int) string { return somebody(i).Mobile }
		b.local(t, mobile(1), "email = 'here@example.com', phone = '13900000001', realname = '王芳', avatar_url = 'https://here.example/1.png'")
		b.local(t, mobile(2), "email = 'here2@example.com'")
		b.local(t, mobile(3), "title = '顾问', work_no = 'H3'")
		b.exec(t, "UPDATE thirdapp_memberships SET manager_id = $1 WHERE tenant_id = 't1' AND person_id = $2",
			account(t, b, mobile(2)).ID, account(t, b, mobile(4)).ID)
		undone := b.undo(t, run)
		if undone.State != dirsync.StateSucceeded {
			t.Errorf("undo %+v, want success", undone)
		}
		for i, want := range map[int]string{
			1: "王芳|here@example.com|13900000001|J1|工程师|https://here.example/1.png",
			2: "张三2|here2@example.com|13800000002|J2|工程师|" + somebody(2).AvatarURL,
			3: "张三3|u3@example.com|13800000003|H3|顾问|" + somebody(3).AvatarURL,
		} {
			got := query(t, s, `SELECT p.realname, p.email, p.phone, m.work_no, m.title, p.avatar_url
				FROM thirdapp_people AS p JOIN thirdapp_memberships AS m ON m.person_id = p.id WHERE p.username = $1`, mobile(i))
			if len(got) != 1 || got[0] != want {
				t.Errorf("%d is %q, want %q", i, got, want)
			}
		}
		b.wantManagers(t, map[int]int{4: 2})
		for i, want := range map[int]string{1: "", 2: "email", 3: "jobNumber, title"} {
			got := b.changeOf(t, undone, somebody(i).UserID).Reason
			if (want == "") != got.IsZero() || !strings.HasSuffix(got.EN, want) || !strings.Contains(got.ZH, strings.ReplaceAll(want, ", ", "、")) {
				t.Errorf("reason of %d %+v, want it to name %q", i, got, want)
			}
		}
		if open := b.open(t); len(open) != 0 {
			t.Errorf("conflicts %+v, want none of an undo", open)
		}
	})
}

// TestUndoObeysOwners leaves alone what the platform owns, and the plan says so.
func TestUndoObeysOwners(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(1, 3)
	b.save(t, dirsync.RulesChange{Ownership: &dirsync.Ownership{
		dirsync.FieldEmail: dirsync.OwnerPlatform, dirsync.FieldTitle: dirsync.OwnerFirst,
	}})
	b.pull(t, "t1")
	b.local(t, somebody(1).Mobile, "email = 'here@example.com'")
	b.dir.edit(1, func(p *provider.Person) { p.Email, p.Title, p.JobNumber = "there@example.com", "总监", "J-new" })
	b.dir.edit(2, func(p *provider.Person) { p.Email = "there2@example.com" })
	undone := b.undo(t, b.pull(t, "t1"))
	if got := account(t, b, somebody(1).Mobile); got.Email != "here@example.com" || got.Title != "工程师" || got.WorkNo != "J1" {
		t.Errorf("member %+v, want the platform's email and title, and the job number restored", got)
	}
	first, second := b.changeOf(t, undone, somebody(1).UserID), b.changeOf(t, undone, somebody(2).UserID)
	if len(first.Fields) != 1 || first.Fields[0].Field != "jobNumber" || len(second.Fields) != 0 || second.Reason.IsZero() {
		t.Errorf("changes %+v and %+v, want the job number, and nothing with a reason", first, second)
	}
}

// TestAnyUndo changes companies at random, pulls, and takes that back: the
// platform then is as it was before, and the next pull has everything again.
func TestAnyUndo(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			tn := tenant.ID("t" + strconv.Itoa(n))
			b := setup(t, s, func(b *bundle) {
				b.cfg.BatchSize = rapid.IntRange(1, 9).Draw(rt, "batch")
				b.conns.org = string(tn)
			})
			// What takes over an account is not undone.
			never := []string{"new id", "new mobile", "join without mobile", "join with another's mobile"}
			w := &world{dir: b.dir, base: n * 1000, rt: rt, never: never}
			w.join()
			for range rapid.IntRange(0, 8).Draw(rt, "before") {
				w.change()
			}
			b.pull(t, tn)
			before := shown(snapshot(t, s, tn))
			for range rapid.IntRange(0, 8).Draw(rt, "changes") {
				w.change()
			}
			run := b.pull(t, tn)
			if run.Progress.ChangesApplied == 0 {
				return // nothing to undo
			}
			after := shown(snapshot(t, s, tn))
			undone := b.undo(t, run)
			if n := undone.Counts.Total()[dirsync.KindConflict]; n != 0 || undone.State != dirsync.StateSucceeded {
				rt.Fatalf("undo %+v, changes %+v", undone, b.changes(t, undone, dirsync.ChangeFilter{}))
			}
			wantSame(t, "undone", shown(snapshot(t, s, tn)), before)
			b.undo(t, undone)
			wantSame(t, "undo undone", shown(snapshot(t, s, tn)), after)
			if again := b.pull(t, tn); again.Progress.Changes != 0 {
				rt.Fatalf("next pull %+v, want nothing to do", again)
			}
		})
	})
}

// shown is what people see of a snapshot: departments, who is in them, and
// active members.
func shown(snapshot string) string {
	var active []string
	for line := range strings.SplitSeq(section(snapshot, "members"), "\n") {
		if strings.Contains(line, "|active|") {
			active = append(active, line)
		}
	}
	return section(snapshot, "departments") + section(snapshot, "places") + strings.Join(active, "\n")
}
