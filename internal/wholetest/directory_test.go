package wholetest_test

import (
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// realCompany has what real companies have: people without a number, with
// somebody else's number, with a mail address that is taken, and an app that
// does not see everything: 市场部 is out of its scope, 市场一组 below it is
// not.
func realCompany() dingtalktest.Company {
	return dingtalktest.Company{
		CorpID: "dingreal", Name: "东海机械有限公司",
		Departments: []dingtalktest.Department{
			{ID: 2, Name: "研发部"},
			{ID: 3, Name: "市场部"},
			{ID: 30, ParentID: 3, Name: "市场一组"},
			{ID: 4, Name: "财务部"},
		},
		People: []dingtalktest.Person{
			{UserID: "u-fine", Name: "赵强", Mobile: "13700000001", Memberships: in(2)},
			{UserID: "u-none", Name: "钱芳", Memberships: in(2)},
			{UserID: "u-same1", Name: "孙丽", Mobile: "13700000003", Memberships: in(2)},
			{UserID: "u-same2", Name: "李勇", Mobile: "13700000003", Memberships: in(4)},
			{UserID: "u-mail", Name: "周涛", Mobile: "13700000005", Email: "Zhou@example.com", Memberships: in(4)},
			{UserID: "u-known", Name: "吴静", Mobile: "13700000006", Memberships: in(4)},
			{UserID: "u-group", Name: "郑洁", Mobile: "13700000007", Memberships: in(30)},
			{UserID: "u-away", Name: "王磊", Mobile: "13700000008", Memberships: in(3)},
		},
		Apps: []dingtalktest.App{{
			ClientID: "dingreal-key", ClientSecret: "dingreal-secret-0123456789", AgentID: 77,
			Scope: dingtalktest.Scope{Departments: []int64{2, 30, 4}},
		}},
	}
}

// TestLeftOut: an administrator sees who was left out of a pull and why, in the
// answer that existing front ends show, in the run and in its changes.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn, func(s *setup) { s.emulator.Companies = []dingtalktest.Company{realCompany()} })
		for _, p := range []bunstore.NewPerson{
			{Username: "zhou", Realname: "周杰", Phone: "13600000001", Email: "zhou@example.com"},
			{Username: "wu", Realname: "吴静", Phone: "13700000006"},
		} {
			_, err := h.stack.People.Create(t.Context(), p)
			check(t, err)
		}
		h.connect(t)
		a := h.ask(t, request{path: compat + "/sync/dingtalk/departAndUser/toLocal", user: owner, tenant: here})
		info := decode[syncInfo](t, a.Result)
		if a.status != 200 || a.Success || a.Code != 500 || a.Message != "同步失败" {
			t.Errorf("toLocal: HTTP %d %s, want code 500, 同步失败", a.status, a.body)
		}
		wantLines(t, "failInfo", info.FailInfo, []string{
			"用户 u-mail(周涛) 同步失败！错误信息：邮箱重复，请更换邮箱",
			"用户 u-none(钱芳) 同步失败！错误信息：手机号为空且未绑定账号，无法匹配",
			"用户 u-same1(孙丽) 同步失败！错误信息：手机号与用户u-same2重复",
			"用户 u-same2(李勇) 同步失败！错误信息：手机号与用户u-same1重复",
		})
		wantLines(t, "successInfo", info.SuccessInfo, []string{
			"用户 吴静(wu) 更新成功！", "用户 赵强(13700000001) 创建成功！", "用户 郑洁(13700000007) 创建成功！",
			"部门 市场一组 创建成功！", "部门 研发部 创建成功！", "部门 财务部 创建成功！",
		})

		runs := all[runBody](t, h, request{path: "/sync/runs", user: owner, tenant: here})
		if len(runs) != 1 {
			t.Fatalf("%d runs, want 1", len(runs))
		}
		run := runs[0]
		if run.State != "partial" || !run.Complete || run.Progress.ChangesFailed != 1 || run.Counts["conflict"] != 3 {
			t.Errorf("run: %+v, want it partial and complete, with 1 failed change and 3 conflicts", run)
		}
		got := make(map[string]string)
		for _, filter := range []string{"?kind=conflict", "?state=failed"} {
			for _, c := range h.changes(t, run.ID, filter) {
				got[c.RemoteID] = c.Kind + " " + c.State + " " + c.Reason
			}
		}
		for remote, want := range map[string]string{
			"u-mail":  "create failed 邮箱重复，请更换邮箱",
			"u-none":  "conflict skipped 手机号为空且未绑定账号，无法匹配",
			"u-same1": "conflict skipped 手机号与用户u-same2重复",
			"u-same2": "conflict skipped 手机号与用户u-same1重复",
		} {
			if got[remote] != want {
				t.Errorf("change of %s: %q, want %q", remote, got[remote], want)
			}
		}
		if len(got) != 4 {
			t.Errorf("left out are %v, want 4 people", got)
		}
		departments, err := h.stack.People.Departments(t.Context(), here)
		check(t, err)
		for _, d := range departments {
			if d.ParentID != "" {
				t.Errorf("department %s is below %q, want it at the top: its parent is out of scope", d.Name, d.ParentID)
			}
		}
		if len(departments) != 3 {
			t.Errorf("%d departments, want 3", len(departments))
		}
	})
}

// TestUnreadDepartment: as long as a department cannot be read nobody is
// removed, and the run says which department it is and why.
func TestUnreadDepartment(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn)
		h.connect(t)
		if run := h.pull(t); run.State != "succeeded" || run.Counts["create"] != 6 {
			t.Fatalf("first run: %+v, want 3 departments and 3 people", run)
		}
		corp := h.emulator.CorpID()
		check(t, h.emulator.RemovePerson(corp, "u-li"))
		fault := h.emulator.Fail(dingtalktest.Fault{
			Path: "/topapi/v2/user/list", Params: map[string]string{"dept_id": "2"}, Kind: dingtalktest.Refuse, Code: "60011", Text: "没有调用该接口的权限",
		})
		run := h.pull(t)
		if run.State != "partial" || run.Complete || run.Counts["leave"] != 0 || run.Progress.DepartmentsFailed != 1 {
			t.Errorf("run: %+v, want it partial, not complete, without leavers, with one department failed", run)
		}
		if len(run.Failures) != 1 {
			t.Fatalf("failures: %+v, want one", run.Failures)
		}
		f := run.Failures[0]
		if f.DepartmentID != "2" || f.Name != "研发部" || f.Upstream != "60011" || f.Message != "没有调用该接口的权限" ||
			f.Remedy != "请在钉钉开放平台的应用「权限管理」中开通：通讯录部门成员读权限 (qyapi_get_department_member)" {
			t.Errorf("failure: %+v, want department 2, 研发部, with DingTalk's reason and a remedy", f)
		}
		if got := h.states(t); got["13800000003"] != "active" {
			t.Errorf("members: %v, want everybody active", got)
		}
		a := h.ask(t, request{path: compat + "/sync/dingtalk/departAndUser/toLocal", user: owner, tenant: here})
		info := decode[syncInfo](t, a.Result)
		wantLines(t, "failInfo", info.FailInfo, []string{"部门 研发部(2) 同步失败！错误信息：没有调用该接口的权限"})

		fault.Remove()
		if run := h.pull(t); run.State != "succeeded" || run.Counts["leave"] != 1 {
			t.Errorf("run after the trouble: %+v, want one leaver", run)
		}
		if got := h.states(t); got["13800000003"] != "suspended" || got["13800000001"] != "active" {
			t.Errorf("members: %v, want only 13800000003 suspended", got)
		}
	})
}

// states returns the members of here, with their states, by username.
func (h *host) states(t *testing.T) map[string]string {
	t.Helper()
	states := make(map[string]string)
	for page := 1; ; page++ {
		members, total, err := h.stack.People.Members(t.Context(), here, page, 200)
		check(t, err)
		for _, m := range members {
			states[m.Username] = m.State
		}
		if page*200 >= total {
			return states
		}
	}
}

// wantLines compares lines in any order.
func wantLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n%q, want\n%q", what, got, want)
	}
}
