package wholetest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// TestRemedies: what an administrator has to put right at DingTalk is named,
// with what to do, wherever it shows: when the connection is verified, in a
// run, in a test message and in a delivery, in both languages.
func TestRemedies(t *testing.T) {
	t.Parallel()
	const send = "asyncsend_v2"
	for _, tt := range []struct {
		name string
		// wrong makes it so, for an app that was fine.
		wrong func(*dingtalktest.App)
		// permission is the name of what a verification reports as missing; ""
		// when the verification itself is refused.
		permission string
		// upstream is DingTalk's own word for it.
		upstream string
		// messages is false for what does not keep messages from being sent.
		messages bool
		zh, en   string
		// failInfo is what the compatible answer says instead of the remedy.
		failInfo string
	}{
		{
			"wrong AppSecret", func(a *dingtalktest.App) { a.ClientSecret = "another" }, "", "invalidClientIdOrSecret", true,
			"请核对Client ID（AppKey）和Client Secret（AppSecret），见钉钉开放平台的应用「凭证与基础信息」",
			"check the Client ID (AppKey) and Client Secret (AppSecret) against the app's page 凭证与基础信息 of DingTalk's open platform", "",
		},
		{
			"exit IP not whitelisted", func(a *dingtalktest.App) { a.IPWhitelist = []string{"203.0.113.9"} }, "",
			"Forbidden.AccessDenied.IpNotInWhiteList", true,
			"请将本服务器的出口IP加入应用的白名单（开发配置 > 服务器出口IP）",
			"add this server's exit IP to the app's whitelist (开发配置 > 服务器出口IP)", "",
		},
		{
			"no permission at all", without(dingtalktest.PermissionBase), "调用企业API基础权限", "60011", true,
			"请在钉钉开放平台的应用「权限管理」中开通：调用企业API基础权限 (qyapi_base)",
			"grant 调用企业API基础权限 (qyapi_base) on the app's permission page (权限管理) of DingTalk's open platform", "",
		},
		{
			"departments not granted", without(dingtalktest.PermissionDepartments), "通讯录部门信息读权限", "60011", false,
			"请在钉钉开放平台的应用「权限管理」中开通：通讯录部门信息读权限 (qyapi_get_department_list)",
			"grant 通讯录部门信息读权限 (qyapi_get_department_list) on the app's permission page (权限管理) of DingTalk's open platform", "",
		},
		{
			"members not granted", without(dingtalktest.PermissionMembers), "通讯录部门成员读权限", "60011", false,
			"请在钉钉开放平台的应用「权限管理」中开通：通讯录部门成员读权限 (qyapi_get_department_member)",
			"grant 通讯录部门成员读权限 (qyapi_get_department_member) on the app's permission page (权限管理) of DingTalk's open platform",
			"部门 研发部(2) 同步失败！错误信息：应用尚未开通所需的权限：[qyapi_get_department_member]",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, databases["sqlite"](t))
			app := h.connect(t)
			check(t, h.emulator.UpdateApp(h.emulator.App().ClientID, tt.wrong))
			h.bind(t, "u-zhang", owner)
			run := h.pull(t)
			message := result[messageBody](t, h.send(t, text("请查收", "u-zhang"))).ID
			for language, remedy := range map[string]string{"zh-CN": tt.zh, "en": tt.en} {
				ask := func(r request) answer {
					r.user, r.tenant = owner, here
					return h.ask(t, r.in(language))
				}
				verified := ask(request{method: http.MethodPost, path: "/apps/" + app + "/verify"})
				if tt.permission == "" {
					wantError(t, "verify", verified.Error, tt.upstream, remedy)
					if verified.status != http.StatusUnprocessableEntity {
						t.Errorf("verify: HTTP %d, want 422", verified.status)
					}
				} else if got := missing(t, verified); got[tt.permission] != remedy || len(got) != 1 {
					t.Errorf("verify: missing are %q, want %q: %q", got, tt.permission, remedy)
				}

				failed := result[runBody](t, ask(request{path: "/sync/runs/" + run.ID}))
				if failed.State != "failed" || failed.Error == nil {
					t.Fatalf("run: %+v, want it failed", failed)
				}
				wantError(t, "run", *failed.Error, tt.upstream, remedy)

				pulled := ask(request{path: compat + "/sync/dingtalk/departAndUser/toLocal"})
				info := decode[syncInfo](t, pulled.Result)
				want := tt.zh
				if tt.failInfo != "" {
					want = tt.failInfo
				}
				if pulled.Success || pulled.Code != 500 || !strings.Contains(strings.Join(info.FailInfo, "\n"), want) {
					t.Errorf("toLocal: %s, want a failure that says %q", pulled.body, want)
				}

				if !tt.messages {
					continue
				}
				tested := ask(request{
					method: http.MethodPost, path: compat + "/sendMessageTest",
					body: map[string]any{"app": "DINGTALK", "receiver": owner, "content": "测试" + language},
				})
				if tested.Success || tested.Code != 500 || !strings.HasSuffix(tested.Message, remedy) {
					t.Errorf("test message: %s, want a failure that ends in %q", tested.body, remedy)
				}
				h.awaitMessage(t, message)
				list := result[struct{ Items []deliveryBody }](t, ask(request{path: "/messages/" + message + "/deliveries"}))
				if len(list.Items) != 1 || list.Items[0].State != "failed" || list.Items[0].Error == nil {
					t.Fatalf("deliveries: %+v, want one that failed", list)
				}
				wantError(t, "delivery", *list.Items[0].Error, tt.upstream, remedy)
			}
			if sent := h.emulator.CallCount("/topapi/message/corpconversation/" + send); tt.messages && sent > 3 {
				t.Errorf("DingTalk was asked %d times to send 3 messages that it refuses", sent)
			}
		})
	}
}

// without returns a change that takes a permission away.
func without(permission string) func(*dingtalktest.App) {
	return func(a *dingtalktest.App) {
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), permission)
	}
}

func wantError(t *testing.T, where string, got errorBody, upstream, remedy string) {
	t.Helper()
	if got.Upstream != upstream || got.Remedy != remedy {
		t.Errorf("%s: upstream %q, remedy %q; want %q, %q", where, got.Upstream, got.Remedy, upstream, remedy)
	}
}

// missing returns the remedies of the permissions that a verification found
// missing, by name. Of one alone it cannot know.
func missing(t *testing.T, verified answer) map[string]string {
	t.Helper()
	report := result[struct {
		OK          bool
		Permissions []struct{ Name, State, Remedy string }
	}](t, verified)
	remedies := make(map[string]string)
	for _, p := range report.Permissions {
		const takesAPerson = "通讯录个人信息读权限"
		switch {
		case p.Name == takesAPerson && p.State == "unknown" && p.Remedy != "":
		case p.State != "granted":
			remedies[p.Name] = p.Remedy
		}
	}
	if report.OK != (len(remedies) == 0) {
		t.Errorf("verify: ok is %t with %d permissions missing", report.OK, len(remedies))
	}
	return remedies
}

// TestMobileNotGranted: without the permission for mobile numbers everybody is
// left out, and an administrator sees why.
func TestMobileNotGranted(t *testing.T) {
	t.Parallel()
	h := newHost(t, databases["sqlite"](t))
	app := h.connect(t)
	check(t, h.emulator.UpdateApp(h.emulator.App().ClientID, without(dingtalktest.PermissionMobile)))
	remedies := missing(t, h.ask(t, request{method: http.MethodPost, path: "/apps/" + app + "/verify", user: owner, tenant: here}))
	const want = "请在钉钉开放平台的应用「权限管理」中开通：企业员工手机号信息 (fieldMobile)"
	if remedies["企业员工手机号信息"] != want {
		t.Errorf("verify: missing are %q, want %q", remedies, want)
	}
	run := h.pull(t)
	if run.Counts["conflict"] != 3 {
		t.Errorf("run: counts %v, want 3 conflicts", run.Counts)
	}
}
