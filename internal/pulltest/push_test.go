package pulltest_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

const pushCorp = "dingpush"

// pushBundle is a service connected to a company of the emulator, over HTTP.
type pushBundle struct {
	*bundle
	office *dingtalktest.Server
}

func setupPush(tb testing.TB, s *bunstore.Store, change ...func(*bundle)) pushBundle {
	tb.Helper()
	office := dingtalktest.NewServerWith(tb, dingtalktest.Options{Companies: []dingtalktest.Company{{
		CorpID: pushCorp, Name: "晨光科技",
		Departments: []dingtalktest.Department{{ID: 2, Name: "研发"}, {ID: 3, Name: "市场"}},
		People: []dingtalktest.Person{
			{UserID: "amy", Name: "王芳", Mobile: "13800000001", Memberships: []dingtalktest.Membership{{DepartmentID: 2}}},
			{UserID: "ben", Name: "李雷", Mobile: "13800000002", Memberships: []dingtalktest.Membership{{DepartmentID: 2}, {DepartmentID: 3}}},
		},
	}}})
	factory, err := dingtalk.New(dingtalk.Options{APIBaseURL: office.URL, OAPIBaseURL: office.URL, CallsPerSecond: -1})
	if err != nil {
		tb.Fatal(err)
	}
	app := office.Apps(pushCorp)[0]
	settings := provider.Settings{
		Values: map[string]string{
			"corpId": pushCorp, "agentId": strconv.FormatInt(app.AgentID, 10), "clientId": app.ClientID,
		},
		Secrets: map[string]provider.Secret{"clientSecret": provider.NewSecret(app.ClientSecret)},
	}
	prov, err := factory.Open(tb.Context(), settings, provider.Environment{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = prov.Close() })
	b := setup(tb, s, append(change, func(b *bundle) { b.conns.prov, b.conns.org = prov, pushCorp })...)
	return pushBundle{b, office}
}

// push pushes everything to its rest.
func (b pushBundle) push(tb testing.TB, change ...func(*dirsync.RunRequest)) dirsync.Run {
	tb.Helper()
	req := dirsync.RunRequest{Provider: "dingtalk", Direction: dirsync.Push}
	for _, f := range change {
		f(&req)
	}
	return b.pullWith(tb, "0", req)
}

func (b pushBundle) pullAll(tb testing.TB) dirsync.Run {
	tb.Helper()
	return b.pullWith(tb, "0", dirsync.RunRequest{Provider: "dingtalk"})
}

// wantAtPeace fails the test unless neither a pull nor a push finds anything to
// do.
func (b pushBundle) wantAtPeace(tb testing.TB) {
	tb.Helper()
	for _, run := range []dirsync.Run{b.pullAll(tb), b.push(tb, func(r *dirsync.RunRequest) { r.Deletes = true })} {
		if run.State != dirsync.StateSucceeded || run.Progress.Changes != 0 {
			tb.Errorf("%s after it: %s, %v, changes %+v; want nothing to do",
				run.Direction, run.State, run.Error, b.changes(tb, run, dirsync.ChangeFilter{}))
		}
	}
}

// exec changes the platform's own tables.
func (b pushBundle) exec(tb testing.TB, statement string, args ...any) {
	tb.Helper()
	if _, err := b.store.DB().DB.ExecContext(tb.Context(), statement, args...); err != nil {
		tb.Fatal(err)
	}
}

// department adds a department of the platform's own.
func (b pushBundle) department(tb testing.TB, id, parent, name string) {
	tb.Helper()
	b.exec(tb, `INSERT INTO thirdapp_departments (tenant_id, id, parent_id, name, sort_order, provider, org_id, remote_id, created_at, updated_at)
		VALUES ('0', $1, $2, $3, 0, '', '', '', $4, $4)`, id, parent, name, time.Now().UTC())
}

// hire adds somebody to the platform, in a department of it.
func (b pushBundle) hire(tb testing.TB, name, mobile, department string) string {
	tb.Helper()
	p, err := b.people.Create(tb.Context(), bunstore.NewPerson{
		Username: mobile, Realname: name, Phone: mobile, Tenants: []tenant.ID{"0"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	if department != "" {
		b.exec(tb, `INSERT INTO thirdapp_department_members (tenant_id, department_id, person_id, leader, sort_order)
			VALUES ('0', $1, $2, FALSE, 0)`, department, p.ID)
	}
	return p.ID
}

// local returns the platform's id of a department of the office app.
func (b pushBundle) local(tb testing.TB, remote string) string {
	tb.Helper()
	return query(tb, b.store, "SELECT local_id FROM thirdapp_sync_departments WHERE remote_id = $1", remote)[0]
}

func (b pushBundle) account(tb testing.TB, mobile string) string {
	tb.Helper()
	return query(tb, b.store, "SELECT id FROM thirdapp_people WHERE phone = $1", mobile)[0]
}

// staff lists the people at the office app, by name.
func (b pushBundle) staff() string {
	var list []string
	for p := range b.office.People(pushCorp) {
		var in []string
		for _, m := range p.Memberships {
			d, _ := b.office.Department(pushCorp, m.DepartmentID)
			in = append(in, d.Name)
		}
		slices.Sort(in)
		list = append(list, fmt.Sprintf("%s %s %s", p.Name, p.Mobile, strings.Join(in, "+")))
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

func wantStaff(tb testing.TB, b pushBundle, want ...string) {
	tb.Helper()
	slices.Sort(want)
	if got := b.staff(); got != strings.Join(want, "; ") {
		tb.Errorf("people at the office app: %s; want %s", got, strings.Join(want, "; "))
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.wantAtPeace(t)
		b.department(t, "d-lab", b.local(t, "2"), "实验室")
		b.department(t, "d-sub", "d-lab", "一组")
		b.hire(t, "赵六", "13800000009", "d-sub")
		b.exec(t, "UPDATE thirdapp_people SET realname = '王芳芳' WHERE phone = '13800000001'")
		b.exec(t, "DELETE FROM thirdapp_department_members WHERE person_id = $1 AND department_id = $2",
			b.account(t, "13800000002"), b.local(t, "2"))
		b.exec(t, "UPDATE thirdapp_departments SET name = '市场部' WHERE id = $1", b.local(t, "3"))

		preview := b.push(t, func(r *dirsync.RunRequest) { r.DryRun = true })
		want := map[dirsync.Kind]int{dirsync.KindCreate: 3, dirsync.KindUpdate: 2, dirsync.KindMove: 1}
		if preview.State != dirsync.StatePlanned || !equalCounts(preview.Counts.Total(), want) {
			t.Errorf("preview %s %v, want %v; changes %+v", preview.State, preview.Counts, want, b.changes(t, preview, dirsync.ChangeFilter{}))
		}
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发")
		run := b.push(t)
		if run.State != dirsync.StateSucceeded || !equalCounts(run.Counts.Total(), want) {
			t.Fatalf("push %s %v, changes %+v", run.State, run.Counts, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		wantStaff(t, b, "王芳芳 13800000001 研发", "李雷 13800000002 市场部", "赵六 13800000009 一组")
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{}) {
			if c.RemoteID == "" || c.State != dirsync.ChangeApplied {
				t.Errorf("change %+v, want it applied, with the id at the office app", c)
			}
		}
		b.wantAtPeace(t)
		if err := b.office.UpdateDepartment(pushCorp, 2, func(d *dingtalktest.Department) { d.Name = "研发中心" }); err != nil {
			t.Fatal(err)
		}
		b.pullAll(t)
		b.wantAtPeace(t)
	})
}

// TestPushInWindows: more people differ than are looked up at a time, and those
// between them do not. Nobody is passed over, and nobody comes twice.
func TestPushInWindows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		hire := func(from, to int) {
			for i := from; i < to; i++ {
				b.hire(t, fmt.Sprint("员工", i), fmt.Sprint(13900000000+i), b.local(t, "2"))
			}
		}
		hire(0, 150)
		if run := b.push(t); run.Counts.Total()[dirsync.KindCreate] != 150 {
			t.Fatalf("first push %s %v, want 150 created", run.State, run.Counts)
		}
		hire(150, 400)
		b.exec(t, "UPDATE thirdapp_memberships SET title = '主管' WHERE person_id IN (SELECT id FROM thirdapp_people WHERE phone LIKE '139000000%')")
		run := b.push(t)
		want := map[dirsync.Kind]int{dirsync.KindCreate: 250, dirsync.KindUpdate: 100}
		if run.State != dirsync.StateSucceeded || !equalCounts(run.Counts.Total(), want) {
			t.Errorf("second push %s %v, want %v", run.State, run.Counts, want)
		}
		if n := len(strings.Split(b.staff(), "; ")); n != 402 {
			t.Errorf("%d people at the office app, want 402", n)
		}
		b.wantAtPeace(t)
	})
}

// TestPushRemoves only when it is asked to, and never above the guard.
func TestPushRemoves(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s, func(b *bundle) { b.cfg.Guard = dirsync.Guard{People: -1, Percent: -1} })
		b.pullAll(t)
		b.exec(t, "UPDATE thirdapp_memberships SET state = 'suspended' WHERE person_id = $1", b.account(t, "13800000001"))
		b.exec(t, "DELETE FROM thirdapp_departments WHERE id = $1", b.local(t, "3"))
		if run := b.push(t); run.Counts.Total()[dirsync.KindLeave] != 0 {
			t.Errorf("push %v, want nobody to be removed", run.Counts)
		}
		run := b.push(t, func(r *dirsync.RunRequest) { r.Deletes = true })
		if run.State != dirsync.StateNeedsApproval || run.Counts.Total()[dirsync.KindLeave] != 2 {
			t.Fatalf("push %s %v, want it to wait", run.State, run.Counts)
		}
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 研发")
		if _, err := b.Approve(as(t), "0", run.ID); err != nil {
			t.Fatal(err)
		}
		if run = b.work(t, run); run.State != dirsync.StateSucceeded {
			t.Errorf("approved push %s, changes %+v", run.State, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		wantStaff(t, b, "李雷 13800000002 研发")
		if n := len(b.office.Departments(pushCorp)); n != 2 {
			t.Errorf("%d departments at the office app, want the root and one", n)
		}
		b.wantAtPeace(t)
	})
}

// TestPushInvites: an invitation is not a failure, and not sent twice.
func TestPushInvites(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		if err := b.office.AskConsent(pushCorp, "13800000009"); err != nil {
			t.Fatal(err)
		}
		b.hire(t, "赵六", "13800000009", b.local(t, "3"))
		run := b.push(t)
		changes := b.changes(t, run, dirsync.ChangeFilter{})
		if run.State != dirsync.StateSucceeded || len(changes) != 1 || !strings.Contains(changes[0].Reason.ZH, "邀请") {
			t.Errorf("push %s, changes %+v; want an invitation", run.State, changes)
		}
		calls := b.office.CallCount("/topapi/v2/user/create")
		run = b.push(t)
		if again := b.office.CallCount("/topapi/v2/user/create"); again != calls || run.Counts.Total()[dirsync.KindConflict] != 1 {
			t.Errorf("second push %v, %d calls more; want it to wait for the answer", run.Counts, again-calls)
		}
		if err := b.office.AcceptInvitation(pushCorp, "13800000009"); err != nil {
			t.Fatal(err)
		}
		if run = b.pullAll(t); run.State != dirsync.StateSucceeded {
			t.Errorf("pull %s", run.State)
		}
		b.wantAtPeace(t)
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 市场")
	})
}

// TestPushSelected pushes one person, whose department is not there, and
// somebody who is there already under their number.
func TestPushSelected(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.department(t, "d-lab", "", "实验室")
		zhao := b.hire(t, "赵六", "13800000009", "d-lab")
		qian := b.hire(t, "钱七", "13800000010", b.local(t, "2"))
		b.hire(t, "孙八", "13800000011", b.local(t, "2"))
		if err := b.office.AddPerson(pushCorp, dingtalktest.Person{UserID: "qian", Name: "钱七", Mobile: "13800000010"}); err != nil {
			t.Fatal(err)
		}
		run := b.push(t, func(r *dirsync.RunRequest) {
			r.Mode, r.People = dirsync.Incremental, []provider.UserID{provider.UserID(zhao), provider.UserID(qian), "nobody"}
		})
		if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 2 || len(run.Counts.Departments) != 0 {
			t.Errorf("push %s %v, changes %+v", run.State, run.Counts, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		open := b.changes(t, run, dirsync.ChangeFilter{Kind: dirsync.KindConflict})
		if len(open) != 1 || open[0].LocalID != "nobody" || !strings.Contains(open[0].Reason.EN, "no active member") {
			t.Errorf("conflicts %+v, want one about nobody", open)
		}
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 晨光科技", "钱七 13800000010 晨光科技")
		run = b.push(t, func(r *dirsync.RunRequest) { r.Only = dirsync.EntityDepartment })
		if len(run.Counts.People) != 0 || run.Counts.Departments[dirsync.KindCreate] != 1 {
			t.Errorf("push of departments %v", run.Counts)
		}
		b.push(t)
		b.wantAtPeace(t)
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 实验室", "钱七 13800000010 研发", "孙八 13800000011 研发")
	})
}

// TestPushConflict leaves alone what both sides have changed.
func TestPushConflict(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.exec(t, "UPDATE thirdapp_people SET realname = '甲' WHERE phone = '13800000001'")
		err := b.office.UpdatePerson(pushCorp, "amy", func(p *dingtalktest.Person) { p.Name = "乙" })
		if err != nil {
			t.Fatal(err)
		}
		run := b.push(t)
		changes := b.changes(t, run, dirsync.ChangeFilter{})
		if len(changes) != 1 || changes[0].Kind != dirsync.KindConflict || !strings.Contains(changes[0].Reason.EN, "name") {
			t.Errorf("changes %+v, want a conflict", changes)
		}
		wantStaff(t, b, "乙 13800000001 研发", "李雷 13800000002 市场+研发")
	})
}

// TestPushFails stores why single changes failed, and does the others.
func TestPushFails(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.department(t, "d-bad", b.local(t, "2"), "a-b,c")
		b.department(t, "d-below", "d-bad", "下级")
		b.department(t, "d-good", b.local(t, "2"), "好")
		run := b.push(t)
		if run.State != dirsync.StatePartial || run.Progress.ChangesApplied != 1 || run.Progress.ChangesFailed != 2 {
			t.Errorf("push %s %+v, changes %+v", run.State, run.Progress, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeFailed}) {
			if c.Reason.ZH == "" || c.Reason.EN == "" {
				t.Errorf("change %+v, want a reason", c)
			}
		}
	})
}

// TestPushElsewhere has a department of another company's directory: it is not
// created a second time, and stays that one's.
func TestPushElsewhere(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.department(t, "d-test", "", "测试部")
		b.exec(t, "UPDATE thirdapp_departments SET provider = 'dingtalk', org_id = 'dingtest', remote_id = '7' WHERE id = 'd-test'")
		b.hire(t, "赵六", "13800000009", "d-test")
		run := b.push(t)
		changes := b.changes(t, run, dirsync.ChangeFilter{Entity: dirsync.EntityDepartment})
		if run.State != dirsync.StateSucceeded || len(changes) != 1 || changes[0].Kind != dirsync.KindConflict ||
			changes[0].LocalID != "d-test" || !strings.Contains(changes[0].Reason.EN, "another office app or company") || changes[0].Reason.ZH == "" {
			t.Errorf("push %s, changes %+v; want a conflict that says whose it is", run.State, changes)
		}
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 晨光科技")
		if n := len(b.office.Departments(pushCorp)); n != 3 {
			t.Errorf("%d departments at the office app, want 3", n)
		}
		got := query(t, s, "SELECT org_id, remote_id FROM thirdapp_departments WHERE id = 'd-test'")
		if len(got) != 1 || got[0] != "dingtest|7" {
			t.Errorf("department %v, want it to be of the other company", got)
		}
	})
}

// TestPushDiesAndGoesOn kills the worker after every call that writes, before
// its outcome is stored: nothing is created twice.
func TestPushDiesAndGoesOn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.department(t, "d-lab", b.local(t, "2"), "实验室")
		b.hire(t, "赵六", "13800000009", "d-lab")
		b.hire(t, "钱七", "13800000010", b.local(t, "2"))
		b.ports = &dying{Store: b.store, left: 3}
		b.restart(t)
		run := b.push(t)
		if run.State != dirsync.StateSucceeded {
			t.Errorf("push %s, changes %+v, failures %v", run.State, b.changes(t, run, dirsync.ChangeFilter{}), b.queue.failures)
		}
		wantStaff(t, b, "王芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 实验室", "钱七 13800000010 研发")
		if n := len(b.office.Departments(pushCorp)); n != 4 {
			t.Errorf("%d departments at the office app, want 4", n)
		}
		b.wantAtPeace(t)
	})
}

// dying is a store whose process dies when it is to record a push.
type dying struct {
	dirsync.Store
	left int
}

func (d *dying) RecordPush(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.Pushed, orders []dirsync.StagedDepartment, last bool, at time.Time,
) (bool, error) {
	if d.left > 0 && len(done) > 0 {
		d.left--
		return false, tenant.ErrUnavailable
	}
	return d.Store.RecordPush(ctx, c, b, done, orders, last, at)
}

// TestPushLosesNoChangeOfTheOfficeApp: what was changed there only is neither
// overwritten by a push of something else nor kept from the next pull, and what
// both have changed is still a conflict.
func TestPushLosesNoChangeOfTheOfficeApp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.edit(t, "amy", func(p *dingtalktest.Person) { p.Title, p.Email = "工程师", "amy@there.example" })
		b.pullAll(t)
		b.exec(t, "UPDATE thirdapp_people SET realname = '王芳芳', email = 'amy@here.example' WHERE phone = '13800000001'")
		b.edit(t, "amy", func(p *dingtalktest.Person) {
			p.Title, p.ManagerUserID, p.Email = "总监", "ben", "amy@new.example"
			p.Memberships = append(p.Memberships, dingtalktest.Membership{DepartmentID: 3, Leader: true})
		})
		b.push(t)
		if run := b.push(t); run.Counts.People[dirsync.KindConflict] != 1 || run.Progress.Changes != 1 {
			t.Errorf("another push %v, want the email address to be a conflict still", run.Counts)
		}
		amy := b.at(t, "amy")
		if amy.Name != "王芳芳" || amy.Title != "总监" || amy.ManagerUserID != "ben" || amy.Email != "amy@new.example" || len(amy.Memberships) != 2 {
			t.Errorf("at the office app %+v, want its own changes and the new name", amy)
		}
		b.pullAll(t)
		here := query(t, s, "SELECT p.realname || ' ' || m.title FROM thirdapp_people AS p"+
			" JOIN thirdapp_memberships AS m ON m.person_id = p.id WHERE p.phone = '13800000001'")
		places := query(t, s, "SELECT department_id FROM thirdapp_department_members WHERE person_id = $1", b.account(t, "13800000001"))
		if here[0] != "王芳芳 总监" || len(places) != 2 {
			t.Errorf("on the platform %q in %d departments, want the title and the department of the office app", here[0], len(places))
		}
	})
}

// TestPushOfDepartmentsConflicts leaves alone what both sides have changed of a
// department, and pushes the rest; the next pull brings the office app's over.
func TestPushOfDepartmentsConflicts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		dev, market := b.local(t, "2"), b.local(t, "3")
		there := func(id int64, name string) {
			wantNoError(t, b.office.UpdateDepartment(pushCorp, id, func(d *dingtalktest.Department) { d.Name = name }))
		}
		name := func(id int64) string {
			d, err := b.office.Department(pushCorp, id)
			wantNoError(t, err)
			return d.Name
		}
		b.exec(t, "UPDATE thirdapp_departments SET name = '研发部' WHERE id = $1", dev)
		b.exec(t, "UPDATE thirdapp_departments SET name = '市场部', parent_id = $1 WHERE id = $2", dev, market)
		there(2, "研发中心")
		there(3, "市场中心")
		for range 2 { // it stays a conflict
			run := b.push(t)
			changes := b.changes(t, run, dirsync.ChangeFilter{Kind: dirsync.KindConflict, Entity: dirsync.EntityDepartment})
			if len(changes) == 0 || changes[0].LocalID != dev || len(changes[0].Fields) != 1 ||
				changes[0].Fields[0] != (dirsync.Field{Field: "name", Before: "研发中心", After: "研发部"}) {
				t.Errorf("changes %+v, want the name to be a conflict, with both values", changes)
			}
		}
		if d, _ := b.office.Department(pushCorp, 3); name(2) != "研发中心" || d.Name != "市场中心" || d.ParentID != 2 {
			t.Errorf("at the office app %q and %+v, want its names, and the second moved", name(2), d)
		}
		b.pullAll(t)
		b.wantAtPeace(t)
		there(2, "研发部")
		b.exec(t, "UPDATE thirdapp_departments SET name = '研发部' WHERE id = $1", dev)
		if run := b.push(t); run.Progress.Changes != 0 {
			t.Errorf("push %+v, want nothing for what both sides have made the same", run.Counts)
		}
	})
}

// TestPushOfAMoveDies kills the worker after departments were moved, before that
// is stored: nobody but the push has moved them.
func TestPushOfAMoveDies(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.department(t, "d-lab", b.local(t, "2"), "实验室")
		b.push(t)
		b.exec(t, "UPDATE thirdapp_departments SET parent_id = '', name = '研究院' WHERE id = 'd-lab'")
		b.exec(t, "UPDATE thirdapp_departments SET parent_id = $1 WHERE id = $2", b.local(t, "2"), b.local(t, "3"))
		b.ports = &dying{Store: b.store, left: 2}
		b.restart(t)
		if run := b.push(t); run.State != dirsync.StateSucceeded {
			t.Errorf("push %s, changes %+v", run.State, b.changes(t, run, dirsync.ChangeFilter{}))
		}
		b.wantAtPeace(t)
		var list []string
		for _, d := range b.office.Departments(pushCorp) {
			list = append(list, fmt.Sprint(d.Name, " in ", d.ParentID))
		}
		slices.Sort(list)
		if got := strings.Join(list, ", "); got != "市场 in 2, 晨光科技 in 0, 研发 in 1, 研究院 in 1" {
			t.Errorf("departments %s, want both moved", got)
		}
	})
}
