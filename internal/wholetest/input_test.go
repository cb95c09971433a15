package wholetest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// compat begins the paths of the compatible family.
const compat = "/sys/thirdApp"

// TestBadInput: what is wrong with a request is said in its answer, in the
// language of who sent it, with what to do about it.
func TestBadInput(t *testing.T) {
	t.Parallel()
	h := newHost(t, databases["sqlite"](t), func(s *setup) {
		s.emulator.Companies = []dingtalktest.Company{smallCompany(), secondCompany()}
	})
	h.connect(t)
	h.pull(t)
	nobody, err := h.stack.Tokens.Issue(t.Context(), jwtauth.Claims{UserID: "nobody"}, time.Hour)
	check(t, err)

	post := func(path string, body any) request {
		return request{method: http.MethodPost, path: path, user: owner, tenant: here, body: body}
	}
	list := request{path: "/messages", tenant: here}
	types := request{path: compat + "/getEnabledType", tenant: here}
	with := func(r request, header ...string) request {
		r.header = header
		return r
	}
	as := func(user string, r request) request {
		r.user = user
		return r
	}
	inTenant := func(t string, r request) request {
		return with(as(owner, request{path: r.path}), "X-Tenant-Id", t)
	}
	theirs := h.settings(1)
	theirs["thirdType"] = "dingtalk"
	mine := h.settings(0)

	for _, tt := range []struct {
		name string
		request
		refusal
	}{
		// Who asks.
		{"no token", list, refusal{
			status: 401, reason: "token_missing",
			zh: "token为空!", en: "no access token: send one in the X-Access-Token header",
		}},
		{"no token, compatible", types, refusal{
			status: 401, zh: "token为空!", en: "no access token: send one in the X-Access-Token header",
		}},
		{"invalid token", with(list, "X-Access-Token", "nonsense"), refusal{
			status: 401, reason: "token_invalid",
			zh: "Token非法无效!", en: "the access token is not valid; sign in again",
		}},
		{"invalid token, compatible", with(types, "X-Access-Token", h.tokens[owner]+"x"), refusal{
			status: 401, zh: "Token非法无效!", en: "the access token is not valid; sign in again",
		}},
		{"token of nobody", with(list, "Authorization", "Bearer "+nobody), refusal{
			status: 401, reason: "user_unknown",
			zh: "用户不存在!", en: "the user of the access token does not exist",
		}},

		// In which tenant.
		{"foreign tenant", inTenant("2000", list), refusal{
			status: 403, reason: "not_a_member", field: "X-Tenant-Id",
			zh: "您不是租户2000的成员，无权访问，请联系该租户的管理员",
			en: "you are not a member of tenant 2000; ask an administrator of that tenant to add you",
		}},
		{"foreign tenant, compatible", inTenant("2000", types), refusal{
			status: 200, code: 510,
			zh: "您不是租户2000的成员，无权访问，请联系该租户的管理员",
			en: "you are not a member of tenant 2000; ask an administrator of that tenant to add you",
		}},
		{"no tenant is the default one", as(owner, request{path: "/messages"}), refusal{
			status: 403, reason: "not_a_member", field: "X-Tenant-Id",
			zh: "您不是默认租户0的成员：请以请求头X-Tenant-Id指定租户",
			en: "you are not a member of the default tenant 0: name a tenant in the header X-Tenant-Id",
		}},
		{"malformed tenant", inTenant("10 00", list), refusal{
			status: 400, reason: "invalid_tenant", field: "X-Tenant-Id",
			zh: "租户ID无效：须为1到64位字母、数字、下划线或连字符",
			en: "X-Tenant-Id: invalid tenant id: want 1 to 64 letters, digits, '_' or '-'",
		}},
		{"malformed tenant, compatible", inTenant("租户", types), refusal{
			status: 200, code: 500,
			zh: "租户ID无效：须为1到64位字母、数字、下划线或连字符",
			en: "X-Tenant-Id: invalid tenant id: want 1 to 64 letters, digits, '_' or '-'",
		}},
		{"no permission", as(viewer, post("/messages", text("你好", "u-zhang"))), refusal{
			status: 403, reason: "forbidden",
			zh: "没有权限，请联系管理员分配权限！",
			en: "you do not have this permission; ask an administrator of the tenant to grant it",
		}},

		// For which office app.
		{"unknown app", post(compat+"/sendMessageTest", `{"app":"SLACK","receiver":"13800000001","content":"你好"}`), refusal{
			status: 200, code: 500,
			zh: "不识别的第三方APP", en: "unknown app: want DINGTALK, WECHAT_ENTERPRISE or FEISHU",
		}},
		{"unknown thirdType", post(compat+"/addThirdAppConfig", `{"thirdType":"slack"}`), refusal{
			status: 200, code: 500,
			zh: `不支持的应用类型"slack"，支持：dingtalk`, en: `unknown thirdType "slack": want dingtalk`,
		}},
		{"unknown thirdType asked for", as(owner, with(request{path: compat + "/getThirdConfigByTenantId?thirdType=slack"}, "X-Tenant-Id", "1000")), refusal{
			status: 200, code: 500,
			zh: `不支持的应用类型"slack"，支持：dingtalk、wechat_enterprise`,
			en: `unknown thirdType "slack": want dingtalk or wechat_enterprise`,
		}},
		{"unknown provider of an app", post("/apps", `{"provider":"slack"}`), refusal{
			status: 400, reason: "unknown_provider", field: "provider",
			zh: `不支持的应用类型"slack"，支持：dingtalk`, en: `unknown provider "slack": want dingtalk`,
		}},
		{"unknown provider of a run", post("/sync/runs", `{"provider":"slack"}`), refusal{
			status: 400, reason: "unknown_provider", field: "provider",
			zh: `不支持的应用类型"slack"，支持：dingtalk`, en: `unknown provider "slack": want dingtalk`,
		}},
		{"unknown provider of a message", post("/messages", map[string]any{
			"provider": "slack", "recipients": map[string]any{"all": true},
			"content": map[string]any{"type": "text", "text": map[string]any{"content": "你好"}},
		}), refusal{
			status: 400, reason: "unknown_provider", field: "provider",
			zh: `不支持的应用类型"slack"，支持：dingtalk`, en: `unknown provider "slack": want dingtalk`,
		}},
		{"not configured", as(foreign, with(request{
			method: http.MethodPost, path: compat + "/sendMessageTest",
			body: `{"app":"DINGTALK","receiver":"somebody","content":"你好"}`,
		}, "X-Tenant-Id", "2000")), refusal{
			status: 200, code: 500,
			zh: "钉钉尚未配置,请配置钉钉",
			en: "DingTalk is not configured for this tenant; an administrator of the tenant can configure it",
		}},

		// To whom.
		{"neither receiver nor sendAll", post(compat+"/sendMessageTest", `{"app":"DINGTALK","content":"你好"}`), refusal{
			status: 200, code: 500,
			zh: "请填写接收人receiver，或将sendAll设为true", en: "name receivers, or set sendAll to true",
		}},
		{"no recipients", post("/messages", text("你好")), refusal{
			status: 400, reason: "no_recipients", field: "recipients",
			zh: "未指定接收人：请填写usernames、userIds、providerUserIds、departmentIds或roles，或将all设为true",
			en: "recipients: nobody is named; fill usernames, userIds, providerUserIds, departmentIds or roles, or set all to true",
		}},

		// What.
		{"empty content", post(compat+"/sendMessageTest", `{"app":"DINGTALK","receiver":"13800000001","content":" "}`), refusal{
			status: 200, code: 500, zh: "消息内容content不能为空", en: "content is required",
		}},
		{"oversized content", post(compat+"/sendMessageTest", map[string]any{
			"app": "DINGTALK", "receiver": "13800000001", "content": strings.Repeat("长", 1000),
		}), refusal{
			status: 200, code: 500,
			zh: "消息内容为3040字节（UTF-8，按发送格式计），超过dingtalk的上限2048字节，请缩短内容",
			en: "3040 bytes of UTF-8 in the form it is sent; dingtalk takes at most 2048; shorten the content",
		}},

		// In what form.
		{"list for a text", post(compat+"/sendMessageTest", `{"app":"DINGTALK","receiver":["13800000001"],"content":"你好"}`), refusal{
			status: 200, code: 500,
			zh: "字段receiver类型错误：应为字符串", en: "field receiver has the wrong type: want a string",
		}},
		{"word for a flag", post(compat+"/sendMessageTest", `{"app":"DINGTALK","sendAll":"maybe","content":"你好"}`), refusal{
			status: 200, code: 500, zh: "字段sendAll只能是1或0", en: "field sendAll: want 1 or 0",
		}},
		{"text for a list", post("/messages", `{"provider":"dingtalk","recipients":{"usernames":"13800000001"}}`), refusal{
			status: 400, reason: "invalid_request", field: "recipients.usernames",
			zh: "字段recipients.usernames类型错误：应为数组", en: "field recipients.usernames has the wrong type: want an array",
		}},
		{"number for a setting", post("/apps", `{"provider":"dingtalk","settings":{"agentId":12}}`), refusal{
			status: 400, reason: "invalid_request", field: "settings.agentId",
			zh: "字段settings.agentId类型错误：应为字符串", en: "field settings.agentId has the wrong type: want a string",
		}},
		{"misspelt field", post("/sync/runs", `{"provder":"dingtalk"}`), refusal{
			status: 400, reason: "invalid_request", field: "provder",
			zh: "未知字段：provder；可用的字段：deletes、departmentIds、direction、dryRun、ids、mode、onActive、only、provider",
			en: "unknown field: provder; there are deletes, departmentIds, direction, dryRun, ids, mode, onActive, only, provider",
		}},
		{"not JSON", post("/messages", `{"provider":`), refusal{
			status: 400, reason: "invalid_request", field: "body",
			zh: "请求体不是有效的JSON", en: "the request body is not valid JSON",
		}},

		// Twice.
		{"second enabled app", post(compat+"/addThirdAppConfig", theirs), refusal{
			status: 200, code: 500,
			zh: "操作失败,同一个租户下只允许绑定一个钉钉或者企业微信",
			en: "the tenant has an enabled app of this provider; only one is allowed: change that one, or disable it first",
		}},
		{"AppKey of another tenant", as(foreign, with(request{
			method: http.MethodPost, path: "/apps", body: map[string]any{"provider": "dingtalk", "settings": mine},
		}, "X-Tenant-Id", "2000")), refusal{
			status: 409, reason: "app_key_exists", field: "clientId",
			zh: "AppKey已存在，请勿重复添加", en: "this app is connected already; an app can be connected once only",
		}},
		{"incomplete settings", post("/apps", `{"provider":"dingtalk","settings":{"corpId":"ding1","agentId":"12"}}`), refusal{
			status: 400, reason: "invalid_settings", field: "clientId",
			zh: "配置有误：Client ID（原AppKey）：不能为空（应用详情 > 凭证与基础信息）；Client Secret（原AppSecret）：不能为空（应用详情 > 凭证与基础信息）",
			en: "the settings are not valid: Client ID (AppKey): must not be empty (the app's page, Credentials & Basic Info (凭证与基础信息)); " +
				"Client Secret (AppSecret): must not be empty (the app's page, Credentials & Basic Info (凭证与基础信息))",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, h, tt.request, tt.refusal)
		})
	}
}

// TestSameAppKeyTwice: in one tenant, too, an app is connected once, also when
// the first connection is switched off.
func TestSameAppKeyTwice(t *testing.T) {
	t.Parallel()
	h := newHost(t, databases["sqlite"](t))
	id := h.connect(t)
	off := h.ask(t, request{method: http.MethodPut, path: "/apps/" + id, user: owner, tenant: here, body: `{"enabled":false}`})
	if !off.Success {
		t.Fatalf("disable: %s", off.body)
	}
	again := h.settings(0)
	again["thirdType"] = "dingtalk"
	wantRefusal(t, h, request{method: http.MethodPost, path: compat + "/addThirdAppConfig", user: owner, tenant: here, body: again}, refusal{
		status: 200, code: 500,
		zh: "AppKey已存在，请勿重复添加", en: "this app is connected already; an app can be connected once only",
	})
}

// TestLongestMessage: a text may be as long as DingTalk takes it, 2048 bytes of
// UTF-8 in the form it is sent, and not a byte longer.
func TestLongestMessage(t *testing.T) {
	t.Parallel()
	h := newHost(t, databases["sqlite"](t), func(s *setup) { s.emulator.AutoRead = true })
	h.connect(t)
	const limit, around = 2048, len(`{"msgtype":"text","text":{"content":""}}`)
	fill := func(bytes int) string {
		return strings.Repeat("字", bytes/3) + strings.Repeat("x", bytes%3)
	}
	m := result[messageBody](t, h.send(t, text(fill(limit-around), "u-zhang")))
	h.awaitMessage(t, m.ID)
	if got := h.emulator.Sent(); len(got) != 1 || len(got[0].Body) != limit || len(got[0].Recipients) != 1 {
		t.Errorf("the longest message did not arrive as it was sent: %d messages", len(got))
	}
	wantRefusal(t, h, request{method: http.MethodPost, path: "/messages", user: owner, tenant: here, body: text(fill(limit-around+1), "u-zhang")}, refusal{
		status: 400, reason: "content_too_long", field: "content",
		zh: fmt.Sprintf("消息内容为%d字节（UTF-8，按发送格式计），超过dingtalk的上限%d字节，请缩短内容", limit+1, limit),
		en: fmt.Sprintf("%d bytes of UTF-8 in the form it is sent; dingtalk takes at most %d; shorten the content", limit+1, limit),
	})
	if got := len(h.emulator.Sent()); got != 1 {
		t.Errorf("DingTalk got %d messages, want 1", got)
	}
}
