package pulltest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/jobs"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// takeBack undoes a push to its end.
func (b pushBundle) takeBack(tb testing.TB, run dirsync.Run, deletes bool) dirsync.Run {
	tb.Helper()
	plan, err := b.Undo(as(tb), "0", run.ID, dirsync.UndoRequest{Deletes: deletes})
	wantNoError(tb, err)
	if plan = b.work(tb, plan); plan.State != dirsync.StateNeedsApproval {
		tb.Fatalf("undo %s %v, changes %+v; want it to wait for approval", plan.State, plan.Error, b.changes(tb, plan, dirsync.ChangeFilter{}))
	}
	_, err = b.Approve(as(tb), "0", plan.ID)
	wantNoError(tb, err)
	return b.work(tb, plan)
}

// company is everything at the office app that a push writes.
func (b pushBundle) company(tb testing.TB) string {
	tb.Helper()
	var list []string
	for _, d := range b.office.Departments(pushCorp) {
		parent, _ := b.office.Department(pushCorp, d.ParentID)
		list = append(list, d.Name+" in "+parent.Name)
	}
	for p := range b.office.People(pushCorp) {
		list = append(list, strings.Join([]string{p.Name, p.Mobile, p.Email, p.JobNumber, p.Title}, "|"))
	}
	slices.Sort(list)
	return strings.Join(list, "\n") + "\n" + b.roles(tb)
}

// everything changes all that a push brings over, and pushes it.
func (b pushBundle) everything(tb testing.TB) dirsync.Run {
	tb.Helper()
	dev, market := b.local(tb, "2"), b.local(tb, "3")
	b.department(tb, "d-lab", dev, "实验室")
	b.department(tb, "d-sub", "d-lab", "一组")
	b.hire(tb, "赵六", "13800000009", "d-sub")
	b.hire(tb, "钱七", "13800000010", dev)
	b.exec(tb, "UPDATE thirdapp_people SET realname = '王芳芳', email = 'amy@here.example' WHERE phone = '13800000001'")
	b.editHere(tb, "13800000001", "title = '经理', work_no = 'B2'")
	b.placeHere(tb, "13800000001", dev, "leader = TRUE, sort_order = 4")
	b.reportHere(tb, "13800000001", "13800000009")
	b.reportHere(tb, "13800000009", "13800000010")
	b.exec(tb, "DELETE FROM thirdapp_department_members WHERE person_id = $1 AND department_id = $2", b.account(tb, "13800000002"), dev)
	b.exec(tb, "UPDATE thirdapp_departments SET name = '市场部', parent_id = 'd-lab' WHERE id = $1", market)
	run := b.push(tb)
	if run.State != dirsync.StateSucceeded {
		tb.Fatalf("push %s, changes %+v", run.State, b.changes(tb, run, dirsync.ChangeFilter{}))
	}
	return run
}

// TestUndoOfAPush has the office app as it was, and the next push do it again.
func TestUndoOfAPush(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s, func(b *bundle) { b.cfg.BatchSize = 2 })
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.Title, p.ManagerUserID = "工程师", "ben" })
		b.pullAll(t)
		before := b.company(t)
		run := b.everything(t)
		pushed := b.company(t)

		dry, err := b.Undo(as(t), "0", run.ID, dirsync.UndoRequest{DryRun: true, Deletes: true})
		wantNoError(t, err)
		dry = b.work(t, dry)
		want := map[dirsync.Kind]int{dirsync.KindLeave: 4, dirsync.KindMove: 2, dirsync.KindUpdate: 1}
		if dry.State != dirsync.StatePlanned || dry.Direction != dirsync.Push || !equalCounts(dry.Counts.Total(), want) {
			t.Errorf("dry undo %s %v, changes %+v; want %v", dry.State, dry.Counts, b.changes(t, dry, dirsync.ChangeFilter{}), want)
		}
		wantSame(t, "after a dry undo", b.company(t), pushed)
		undone := b.takeBack(t, run, true)
		if undone.State != dirsync.StateSucceeded {
			t.Errorf("undo %s, changes %+v", undone.State, b.changes(t, undone, dirsync.ChangeFilter{}))
		}
		wantSame(t, "after the undo", b.company(t), before)
		if left := query(t, s, "SELECT person_id FROM thirdapp_bindings WHERE active AND person_id IN ($1, $2)",
			b.account(t, "13800000009"), b.account(t, "13800000010")); len(left) != 0 {
			t.Errorf("bindings %v, want those of the push released", left)
		}
		if left := query(t, s, "SELECT id FROM thirdapp_departments WHERE remote_id <> '' AND id IN ('d-lab', 'd-sub')"); len(left) != 0 {
			t.Errorf("departments %v, want them to be the platform's own again", left)
		}
		if run := b.pullAll(t); run.State != dirsync.StateSucceeded || run.Progress.Changes != 0 {
			t.Errorf("pull after it %s, changes %+v", run.State, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		b.push(t)
		wantSame(t, "after another push", b.company(t), pushed)
		b.wantAtPeace(t)
	})
}

// TestUndoOfAPushKeeps what it was not asked to remove, and unbinds who was
// there before.
func TestUndoOfAPushKeeps(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		wantNoError(t, b.office.AddPerson(pushCorp, dingtalktest.Person{UserID: "qian", Name: "钱七", Mobile: "13800000010"}))
		wantNoError(t, b.office.AskConsent(pushCorp, "13800000011"))
		b.hire(t, "孙八", "13800000011", b.local(t, "2"))
		run := b.everything(t)
		undone := b.takeBack(t, run, false)
		kinds := make(map[string]dirsync.Kind)
		for _, c := range b.changes(t, undone, dirsync.ChangeFilter{}) {
			kinds[c.Name] = c.Kind
		}
		for name, want := range map[string]dirsync.Kind{
			"赵六": dirsync.KindConflict, "实验室": dirsync.KindConflict, "一组": dirsync.KindConflict, "孙八": dirsync.KindConflict,
			"钱七": dirsync.KindUnbind, "李雷": dirsync.KindMove, "市场": dirsync.KindMove,
		} {
			if kinds[name] != want {
				t.Errorf("%s is %q in the plan of the undo, want %q", name, kinds[name], want)
			}
		}
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 一组", "钱七 13800000010 晨光科技")
		if left := query(t, s, "SELECT person_id FROM thirdapp_bindings WHERE active AND person_id = $1", b.account(t, "13800000010")); len(left) != 0 {
			t.Error("somebody whom the push has bound is bound still")
		}
	})
}

// TestUndoOfAPushLeavesLaterChanges alone, shows both values, and takes back the
// rest.
func TestUndoOfAPushLeavesLaterChanges(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} { // the changes come before the plan, or after it
		onBoth(t, func(t *testing.T, s *bunstore.Store) {
			b := setupPush(t, s)
			b.edit(t, "amy", func(p *dingtalktest.Person) { p.Title = "工程师" })
			b.pullAll(t)
			run := b.everything(t)
			change := func() {
				b.edit(t, "amy", func(p *dingtalktest.Person) { p.Title = "总监" })
				for p := range b.office.People(pushCorp) {
					if p.Mobile == "13800000010" {
						b.edit(t, p.UserID, func(p *dingtalktest.Person) { p.Title = "顾问" })
					}
				}
				wantNoError(t, b.office.UpdateDepartment(pushCorp, 3, func(d *dingtalktest.Department) { d.Name = "市场中心" }))
			}
			if !late {
				change()
			}
			plan, err := b.Undo(as(t), "0", run.ID, dirsync.UndoRequest{Deletes: true})
			wantNoError(t, err)
			plan = b.work(t, plan)
			if late {
				change()
			}
			_, err = b.Approve(as(t), "0", plan.ID)
			wantNoError(t, err)
			undone := b.work(t, plan)
			var told []string
			for _, c := range b.changes(t, undone, dirsync.ChangeFilter{}) {
				told = append(told, c.Reason.EN)
				if c.Kind == dirsync.KindConflict {
					for _, f := range c.Fields {
						told = append(told, f.Field+" "+f.Before+" "+f.After)
					}
				}
			}
			all := strings.Join(told, "\n")
			values := []string{"title 总监 工程师", "title 顾问 ", "name 市场中心 市场"}
			if late {
				values = []string{`title is "总监", and not "工程师"`, `title is "顾问", and not ""`, `name is "市场中心", and not "市场"`}
			}
			for _, v := range values {
				if !strings.Contains(all, v) {
					t.Errorf("late %v: undo told\n%s\nwant %q", late, all, v)
				}
			}
			if amy := b.at(t, "amy"); amy.Title != "总监" || amy.Name != "王芳" || amy.JobNumber != "" || amy.Email != "" {
				t.Errorf("late %v: amy is %+v, want the later title, and the rest as it was", late, amy)
			}
			wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场中心+研发", "钱七 13800000010 研发")
		})
	}
}

// TestUndoOfAPushWaits for longer than its push is kept: that one is kept all
// the same, as long as the undo is under way.
func TestUndoOfAPushWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		clock := time.Now()
		b := setupPush(t, s, func(b *bundle) {
			b.cfg.Now = func() time.Time { return clock }
			b.cfg.RetentionDays = 1
		})
		b.pullAll(t)
		before := b.company(t)
		run := b.everything(t)
		plan, err := b.Undo(as(t), "0", run.ID, dirsync.UndoRequest{Deletes: true})
		wantNoError(t, err)
		b.work(t, plan)
		clock = clock.AddDate(0, 0, 2)
		wantNoError(t, b.queue.execute(t.Context(), jobs.Run{Kind: dirsync.PruneKind, Payload: []byte(`{"after":""}`)}))
		_, err = b.Approve(as(t), "0", plan.ID)
		wantNoError(t, err)
		if undone := b.work(t, plan); undone.State != dirsync.StateSucceeded {
			t.Errorf("undo %s, changes %+v", undone.State, b.changes(t, undone, dirsync.ChangeFilter{}))
		}
		wantSame(t, "after the undo", b.company(t), before)
	})
}

// TestUndoOfAPushThatIsNotKept empties nothing: what was before is not known.
func TestUndoOfAPushThatIsNotKept(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		run := b.everything(t)
		pushed := b.company(t)
		plan, err := b.Undo(as(t), "0", run.ID, dirsync.UndoRequest{Deletes: true})
		wantNoError(t, err)
		b.work(t, plan)
		for _, table := range []string{"people", "departments"} {
			b.exec(t, "DELETE FROM thirdapp_sync_"+table+"_before WHERE run_id = $1", run.ID)
		}
		_, err = b.Approve(as(t), "0", plan.ID)
		wantNoError(t, err)
		undone := b.work(t, plan)
		if undone.State != dirsync.StatePartial || undone.Progress.ChangesApplied != 0 {
			t.Errorf("undo %s, %d applied; want nothing to be taken back", undone.State, undone.Progress.ChangesApplied)
		}
		for _, c := range b.changes(t, undone, dirsync.ChangeFilter{}) {
			if c.State != dirsync.ChangeFailed || !strings.Contains(c.Reason.EN, "not kept") || !strings.Contains(c.Reason.ZH, "不再保留") {
				t.Errorf("change %+v, want it refused because nothing is kept", c)
			}
		}
		wantSame(t, "after the undo", b.company(t), pushed)
	})
}

// TestUndoOfAPushDies kills the worker before outcomes are stored.
func TestUndoOfAPushDies(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		before := b.company(t)
		run := b.everything(t)
		b.ports = &dying{Store: b.store, left: 9}
		b.restart(t)
		if undone := b.takeBack(t, run, true); undone.State != dirsync.StateSucceeded {
			t.Errorf("undo %s, changes %+v, failures %v", undone.State, b.changes(t, undone, dirsync.ChangeFilter{}), b.queue.failures)
		}
		wantSame(t, "after the undo", b.company(t), before)
	})
}

// TestUndoOfARemoval cannot be: it says so.
func TestUndoOfARemoval(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.exec(t, "UPDATE thirdapp_memberships SET state = 'suspended' WHERE person_id = $1", b.account(t, "13800000001"))
		run := b.push(t, func(r *dirsync.RunRequest) { r.Deletes = true })
		plan, err := b.Undo(as(t), "0", run.ID, dirsync.UndoRequest{Deletes: true})
		wantNoError(t, err)
		plan = b.work(t, plan)
		changes := b.changes(t, plan, dirsync.ChangeFilter{})
		if plan.State != dirsync.StateSucceeded || len(changes) != 1 || changes[0].Kind != dirsync.KindConflict {
			t.Errorf("undo %s, changes %+v; want a conflict only", plan.State, changes)
		}
		pull := b.pullAll(t)
		if pull.Progress.Changes > 0 {
			if _, err := b.Undo(as(t), "0", pull.ID, dirsync.UndoRequest{Deletes: true}); err == nil {
				t.Error("the undo of a pull took deletes")
			}
		}
	})
}
