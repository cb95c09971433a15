package pulltest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func (b pushBundle) lastRun(tb testing.TB) (dirsync.Run, int) {
	tb.Helper()
	runs := b.runs(tb, "0")
	return runs[0], len(runs)
}

// TestChanged tells of changes of the platform in its own transactions.
func TestChanged(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		amy := b.account(t, "13800000001")
		rename := func(name string, end error) error {
			return b.store.InTx(t.Context(), func(ctx context.Context) error {
				tx, _ := b.store.SQLTx(ctx)
				if _, err := tx.ExecContext(ctx, "UPDATE thirdapp_people SET realname = $1 WHERE id = $2", name, amy); err != nil {
					return err
				}
				return errors.Join(b.Changed(ctx, "0", dirsync.LocalChanges{Provider: "dingtalk", People: []string{amy, amy}}), end)
			})
		}
		called := errors.New("called off")
		if err := rename("无", called); !errors.Is(err, called) {
			t.Fatal(err)
		}
		b.drain(t)
		if _, n := b.lastRun(t); n != 1 {
			t.Errorf("%d runs, want none for a change that was called off", n)
		}
		for i := range 5 {
			if err := rename(fmt.Sprint("王芳", i), nil); err != nil {
				t.Fatal(err)
			}
		}
		b.department(t, "d-lab", b.local(t, "2"), "实验室")
		zhao := b.hire(t, "赵六", "13800000009", "d-lab")
		change := dirsync.LocalChanges{Provider: "dingtalk", People: []string{zhao}, Departments: []string{"d-lab"}}
		if err := b.Changed(t.Context(), "0", change); err != nil {
			t.Fatal(err)
		}
		b.drain(t)
		run, n := b.lastRun(t)
		if n != 2 || run.Direction != dirsync.Push || run.State != dirsync.StateSucceeded || run.StartedBy != "changes" {
			t.Errorf("%d runs, the last %+v; want one push for all changes", n, run)
		}
		wantStaff(t, b, "王芳4 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 实验室")
		b.wantAtPeace(t)
	})
}

// TestChangedRemoves what is gone on the platform, if the tenant allows it and
// the guard lets it pass; who is back by then stays.
func TestChangedRemoves(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s, func(b *bundle) { b.cfg.Guard = dirsync.Guard{People: -1, Percent: -1} })
		b.pullAll(t)
		amy, ben, market := b.account(t, "13800000001"), b.account(t, "13800000002"), b.local(t, "3")
		leaves := func(id, state string) {
			b.exec(t, "UPDATE thirdapp_memberships SET state = $1 WHERE person_id = $2", state, id)
		}
		told := func(c dirsync.LocalChanges) dirsync.Run {
			t.Helper()
			c.Provider = "dingtalk"
			wantNoError(t, b.Changed(t.Context(), "0", c))
			b.drain(t)
			run, _ := b.lastRun(t)
			return run
		}
		leaves(amy, "suspended")
		run := told(dirsync.LocalChanges{RemovedPeople: []string{amy, "nobody"}})
		changes := b.changes(t, run, dirsync.ChangeFilter{})
		if len(changes) != 1 || changes[0].Kind != dirsync.KindConflict || !strings.Contains(changes[0].Reason.EN, "pushDeletes") {
			t.Errorf("changes %+v, want the removal reported", changes)
		}
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发")

		allowed := true
		b.rules(t, dirsync.RulesChange{PushDeletes: &allowed})
		if run = told(dirsync.LocalChanges{People: []string{amy}}); run.Progress.Changes != 0 {
			t.Errorf("changes %+v, want none for somebody who is only said to have changed", run.Counts)
		}
		b.exec(t, "DELETE FROM thirdapp_department_members WHERE department_id = $1", market)
		b.exec(t, "DELETE FROM thirdapp_departments WHERE id = $1", market)
		run = told(dirsync.LocalChanges{RemovedPeople: []string{amy, ben}, RemovedDepartments: []string{market}})
		if run.State != dirsync.StateNeedsApproval || run.Counts.Total()[dirsync.KindLeave] != 2 {
			t.Fatalf("push %s %v, want it to wait for approval", run.State, run.Counts)
		}
		leaves(amy, "active") // back before it is approved
		approved := func() dirsync.Run {
			t.Helper()
			_, err := b.Approve(as(t), "0", run.ID)
			wantNoError(t, err)
			return b.work(t, run)
		}
		run = approved()
		if run.State != dirsync.StatePartial || run.Progress.ChangesApplied != 2 {
			t.Errorf("approved push %s %+v, changes %+v", run.State, run.Progress, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		leaves(amy, "suspended")
		wantNoError(t, b.Changed(t.Context(), "0", dirsync.LocalChanges{Provider: "dingtalk", RemovedPeople: []string{amy}}))
		leaves(amy, "active") // back in the same moment
		if run = told(dirsync.LocalChanges{People: []string{amy}}); run.Counts.People[dirsync.KindLeave] != 0 {
			t.Errorf("changes %+v, want the last word to count", b.changes(t, run, dirsync.ChangeFilter{}))
		}
		leaves(amy, "suspended")
		run = told(dirsync.LocalChanges{RemovedPeople: []string{amy}})
		if run = approved(); run.State != dirsync.StateSucceeded || run.Progress.ChangesApplied != 1 {
			t.Errorf("push %s, changes %+v", run.State, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		wantStaff(t, b, "李雷 13800000002 研发")
		b.wantAtPeace(t)
	})
}

// TestChangedDuringARun comes while a pull is active, which does not fight it.
func TestChangedDuringARun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		full, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "dingtalk"})
		if err != nil {
			t.Fatal(err)
		}
		amy := b.account(t, "13800000001")
		b.exec(t, "UPDATE thirdapp_people SET realname = '王芳芳' WHERE id = $1", amy)
		if err := b.Changed(t.Context(), "0", dirsync.LocalChanges{Provider: "dingtalk", People: []string{amy}}); err != nil {
			t.Fatal(err)
		}
		b.work(t, full)
		wantStaff(t, b, "王芳芳 13800000001 研发", "李雷 13800000002 市场+研发")
		b.wantAtPeace(t)
	})
}

// TestChangedWhileTheOfficeAppIsAway loses nothing, in a short outage and in one
// that is longer than a run waits.
func TestChangedWhileTheOfficeAppIsAway(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		clock := time.Now()
		b := setupPush(t, s, func(b *bundle) { b.cfg.Now = func() time.Time { return clock } })
		b.pullAll(t)
		amy := b.account(t, "13800000001")
		rename := func(name string) {
			b.exec(t, "UPDATE thirdapp_people SET realname = $1 WHERE id = $2", name, amy)
			wantNoError(t, b.Changed(t.Context(), "0", dirsync.LocalChanges{Provider: "dingtalk", People: []string{amy}}))
		}
		away := func() *dingtalktest.Script {
			return b.office.Fail(dingtalktest.Fault{Kind: dingtalktest.ServerError, Path: "/topapi/v2/user/update"})
		}
		wantName := func(name string) {
			t.Helper()
			if run, _ := b.lastRun(t); run.State != dirsync.StateSucceeded || b.at(t, "amy").Name != name {
				t.Errorf("push %s, amy is %q, want %q", run.State, b.at(t, "amy").Name, name)
			}
		}

		rename("王芳一")
		away()
		for len(b.queue.pauses) == 0 && len(b.queue.jobs) > 0 {
			b.workOne(t, t.Context())
		}
		b.office.Clear()
		b.drain(t)
		wantName("王芳一")
		if len(b.queue.pauses) != 1 || len(b.queue.failures) != 0 {
			t.Errorf("pauses %v, failures %v; want a pause", b.queue.pauses, b.queue.failures)
		}

		rename("王芳二")
		away()
		b.drain(t)
		run, n := b.lastRun(t)
		if run.State != dirsync.StatePartial || run.Progress.ChangesFailed != 1 || b.at(t, "amy").Name != "王芳一" {
			t.Errorf("push %s %+v, want it to give up", run.State, run.Progress)
		}
		b.office.Clear()
		clock = clock.Add(time.Minute)
		b.queue.release()
		b.drain(t)
		wantName("王芳二")
		if _, now := b.lastRun(t); now != n+1 {
			t.Errorf("%d runs, want one more than %d", now, n)
		}

		// What fails for good is not tried again and again.
		b.exec(t, "UPDATE thirdapp_memberships SET title = $1 WHERE person_id = $2", strings.Repeat("长", 300), amy)
		rename("王芳三")
		b.drain(t)
		run, n = b.lastRun(t)
		clock = clock.Add(time.Hour)
		b.queue.release()
		b.drain(t)
		if _, now := b.lastRun(t); run.State != dirsync.StatePartial || now != n {
			t.Errorf("push %s and %d runs, want it to fail once", run.State, now-n+1)
		}
	})
}

func TestChangedNobodyToFollow(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s) // an office app that cannot be written to
		change := dirsync.LocalChanges{Provider: "fake", People: []string{"u1"}}
		b.conns.err = tenant.ErrNotConfigured
		if err := b.Changed(t.Context(), "0", change); err != nil {
			t.Errorf("not connected: %v, want nil", err)
		}
		b.conns.err = nil
		if err := b.Changed(t.Context(), "0", change); err != nil {
			t.Errorf("cannot be written to: %v, want nil", err)
		}
		if err := b.Changed(t.Context(), "0", dirsync.LocalChanges{Provider: "fake"}); err != nil {
			t.Errorf("nothing changed: %v, want nil", err)
		}
		if err := b.Changed(t.Context(), "", dirsync.LocalChanges{Provider: "dingtalk", People: []string{"1"}}); provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("no tenant: got %v, want it refused", err)
		}
		if err := b.Changed(t.Context(), "0", dirsync.LocalChanges{Provider: "fake", People: []string{"a\n"}}); err == nil {
			t.Error("malformed id: want an error")
		}
		b.drain(t)
		if runs := b.runs(t, "0"); len(runs) != 0 {
			t.Errorf("runs %+v, want none", runs)
		}
	})
}

// TestPullAndPushMakePeace changes both sides at random: after two pushes with a
// pull in between, and once conflicts are resolved, neither finds anything to
// do.
func TestPullAndPushMakePeace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := setupPush(t, openSQLite(t))
		b.pullAll(t)
		people := []string{"13800000001", "13800000002"}
		for i := range rapid.IntRange(1, 8).Draw(rt, "changes") {
			mobile := rapid.SampledFrom(people).Draw(rt, "person")
			user := map[string]string{"13800000001": "amy", "13800000002": "ben"}[mobile]
			switch op := rapid.SampledFrom([]string{
				"rename here", "rename there", "move here", "move there", "hire here", "hire there", "department here", "department there",
				"lead here", "lead there", "report here", "rename department here", "rename department there",
			}).Draw(rt, "op"); op {
			case "rename here":
				b.exec(t, "UPDATE thirdapp_people SET realname = $1 WHERE phone = $2", fmt.Sprint("此", i), mobile)
			case "rename there":
				wantNoError(t, b.office.UpdatePerson(pushCorp, user, func(p *dingtalktest.Person) { p.Name = fmt.Sprint("彼", i) }))
			case "move here":
				b.exec(t, "DELETE FROM thirdapp_department_members WHERE person_id = $1", b.account(t, mobile))
				b.exec(t, "INSERT INTO thirdapp_department_members (tenant_id, department_id, person_id, leader, sort_order) VALUES ('0', $1, $2, FALSE, 0)",
					b.local(t, rapid.SampledFrom([]string{"2", "3"}).Draw(rt, "to")), b.account(t, mobile))
			case "move there":
				to := rapid.Int64Range(1, 3).Draw(rt, "to")
				wantNoError(t, b.office.UpdatePerson(pushCorp, user, func(p *dingtalktest.Person) {
					p.Memberships = []dingtalktest.Membership{{DepartmentID: to}}
				}))
			case "hire here":
				b.hire(t, fmt.Sprint("新", i), fmt.Sprintf("1390000%04d", i), b.local(t, "2"))
			case "hire there":
				wantNoError(t, b.office.AddPerson(pushCorp, dingtalktest.Person{
					UserID: fmt.Sprint("new", i), Name: fmt.Sprint("来", i), Mobile: fmt.Sprintf("1370000%04d", i),
				}))
			case "lead here":
				b.exec(t, "UPDATE thirdapp_department_members SET leader = NOT leader, sort_order = sort_order - 1 WHERE person_id = $1", b.account(t, mobile))
			case "lead there":
				wantNoError(t, b.office.UpdatePerson(pushCorp, user, func(p *dingtalktest.Person) {
					p.Memberships[0].Leader = !p.Memberships[0].Leader
				}))
			case "report here":
				b.reportHere(t, mobile, rapid.SampledFrom(people).Draw(rt, "manager"))
			case "rename department here":
				b.exec(t, "UPDATE thirdapp_departments SET name = $1 WHERE id = $2", fmt.Sprint("此部", i), b.local(t, "3"))
			case "rename department there":
				wantNoError(t, b.office.UpdateDepartment(pushCorp, 3, func(d *dingtalktest.Department) { d.Name = fmt.Sprint("彼部", i) }))
			case "department here":
				b.department(t, fmt.Sprint("d", i), b.local(t, "3"), fmt.Sprint("组", i))
			case "department there":
				wantNoError(t, b.office.AddDepartment(pushCorp, dingtalktest.Department{ID: int64(100 + i), ParentID: 2, Name: fmt.Sprint("科", i)}))
			}
		}
		if rapid.Bool().Draw(rt, "pull first") {
			b.pullAll(t)
		}
		for range 2 {
			b.push(t)
			b.pullAll(t)
		}
		b.resolveAll(t, func() dirsync.Resolution {
			return rapid.SampledFrom([]dirsync.Resolution{dirsync.ResolvePlatform, dirsync.ResolveProvider}).Draw(rt, "resolution")
		})
		b.push(t)
		b.wantAtPeace(t)
		if t.Failed() {
			rt.Fatal("no peace")
		}
	})
}

// resolveAll checks that nothing but open conflicts is left to do, and resolves
// them.
func (b pushBundle) resolveAll(tb testing.TB, how func() dirsync.Resolution) {
	tb.Helper()
	for _, c := range b.changes(tb, b.push(tb), dirsync.ChangeFilter{}) {
		if c.Kind != dirsync.KindConflict {
			tb.Errorf("change %+v, want conflicts only", c)
		}
	}
	open, err := b.Conflicts(as(tb), "0", "dingtalk", tenant.Page{})
	wantNoError(tb, err)
	for _, c := range open.Items {
		wantNoError(tb, b.Resolve(as(tb), "0", c.ID, how(), ""))
	}
}

func wantNoError(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
