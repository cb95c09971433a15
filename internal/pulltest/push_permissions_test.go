package pulltest_test

import (
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// withhold takes permissions from the app; without any it has all of them.
func (b pushBundle) withhold(tb testing.TB, permissions ...string) {
	tb.Helper()
	wantNoError(tb, b.office.UpdateApp(b.office.Apps(pushCorp)[0].ClientID, func(a *dingtalktest.App) {
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), permissions...)
	}))
}

func wantMissing(tb testing.TB, run dirsync.Run, names ...string) {
	tb.Helper()
	var got []string
	for _, p := range run.MissingPermissions {
		got = append(got, p.Name)
		if p.Remedy.ZH == "" || p.Remedy.EN == "" {
			tb.Errorf("permission %+v, want it to say what to do", p)
		}
	}
	if strings.Join(got, "; ") != strings.Join(names, "; ") {
		tb.Errorf("missing permissions %q, want %q", got, names)
	}
}

// TestPushMayNotWrite: a push that may not write names the permission, shows
// its plan, writes nothing, and does its work once the permission is there.
func TestPushMayNotWrite(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s, func(b *bundle) { b.cfg.Guard = dirsync.Guard{People: -1, Percent: -1} })
		b.pullAll(t)
		b.withhold(t, dingtalktest.PermissionWrite)
		b.hire(t, "赵六", "13800000009", b.local(t, "2"))
		preview := b.push(t, func(r *dirsync.RunRequest) { r.DryRun = true })
		wantMissing(t, preview, "维护通讯录的接口访问权限")
		if preview.State != dirsync.StatePlanned || preview.Counts.People[dirsync.KindCreate] != 1 {
			t.Errorf("preview %s %v, want a plan", preview.State, preview.Counts)
		}
		calls := b.office.CallCount("/topapi/v2/user/create")
		run := b.push(t)
		if run.State != dirsync.StateFailed || run.Error == nil || run.Error.Reason != "permission_missing" ||
			!strings.Contains(run.Error.Message.ZH, "维护通讯录的接口访问权限") || run.Error.Remedy.EN == "" || run.Counts.People[dirsync.KindCreate] != 1 {
			t.Errorf("push %s %+v, want its plan, and a failure that names the permission", run.State, run.Error)
		}
		if n := b.office.CallCount("/topapi/v2/user/create") - calls; n != 0 {
			t.Errorf("%d people written without permission", n)
		}
		// It is granted while a push waits for approval.
		b.exec(t, "UPDATE thirdapp_memberships SET state = 'suspended' WHERE person_id = $1", b.account(t, "13800000001"))
		run = b.push(t, func(r *dirsync.RunRequest) { r.Deletes = true })
		b.withhold(t)
		if _, err := b.Approve(as(t), "0", run.ID); err != nil {
			t.Fatal(err)
		}
		if run = b.work(t, run); run.State != dirsync.StateSucceeded {
			t.Errorf("push with the permission %s %+v", run.State, run.Error)
		}
		wantStaff(t, b, "李雷 13800000002 市场+研发", "赵六 13800000009 研发")
	})
}

// TestPushMayNotRead does what can be done without permissions to read.
func TestPushMayNotRead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setupPush(t, s)
		b.pullAll(t)
		b.withhold(t, dingtalktest.PermissionEmail, dingtalktest.PermissionByMobile)
		b.hire(t, "赵六", "13800000009", b.local(t, "2"))
		amy := b.account(t, "13800000001")
		b.exec(t, "UPDATE thirdapp_people SET realname = '王芳芳', email = 'amy@here.example' WHERE id = $1", amy)
		run := b.push(t)
		wantMissing(t, run, "根据手机号姓名获取成员信息的接口访问权限", "邮箱等个人信息")
		if there := b.at(t, "amy"); run.State != dirsync.StateSucceeded || there.Name != "王芳芳" || there.Email != "" {
			t.Errorf("push %s, %+v; want the name pushed, and the email address, which cannot be compared, left alone", run.State, there)
		}
		wantStaff(t, b, "王芳芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 研发")
		b.wantAtPeace(t)

		b.withhold(t, dingtalktest.PermissionPerson)
		b.hire(t, "钱七", "13800000010", b.local(t, "2"))
		b.exec(t, "UPDATE thirdapp_people SET realname = '王小芳' WHERE id = $1", amy)
		run = b.push(t)
		wantMissing(t, run, "成员信息读权限")
		conflicts := b.changes(t, run, dirsync.ChangeFilter{Kind: dirsync.KindConflict})
		if run.State != dirsync.StateSucceeded || len(conflicts) != 1 || !strings.Contains(conflicts[0].Reason.ZH, "无权读取") {
			t.Errorf("push %s, conflicts %+v; want the one who cannot be read", run.State, conflicts)
		}
		b.withhold(t)
		b.pullAll(t)
		b.push(t)
		wantStaff(t, b, "王小芳 13800000001 研发", "李雷 13800000002 市场+研发", "赵六 13800000009 研发", "钱七 13800000010 研发")
		b.wantAtPeace(t)
	})
}
