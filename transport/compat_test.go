package transport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

const base = "/sys/thirdApp"

// step is a request with a name for its golden file.
type step struct {
	name string
	request
}

func (p *platform) golden(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		a := p.do(t, s.request)
		golden(t, s.name, a)
		p.noSecrets(t, s.name, a.body)
	}
}

// noSecrets looks for what must never show.
func (p *platform) noSecrets(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range p.secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows a secret: %s", where, text)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// configBody is a config object as front ends send it.
func (p *platform) configBody(t *testing.T, corpID string, more map[string]any) string {
	t.Helper()
	body := map[string]any{"thirdType": "dingtalk", "status": 1}
	for name, value := range p.settingsOf(corpID) {
		body[name] = value
	}
	for name, value := range more {
		body[name] = value
	}
	return asJSON(t, body)
}

func TestCompatConfig(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const config = base + "/getThirdConfigByTenantId?thirdType=dingtalk"
	enabled := request{path: base + "/getEnabledType", user: single}
	add := func(body string) request {
		return request{method: http.MethodPost, path: base + "/addThirdAppConfig", user: single, body: body}
	}
	settings := p.settingsOf("dingCCCC")
	p.secrets = append(p.secrets, settings["clientSecret"], settings["callbackToken"], settings["callbackAesKey"])
	p.golden(t, []step{
		{"enabled_none", enabled},
		{"config_none", request{path: config + "&tenantId=0", user: single}},
		{"config_none_wecom", request{path: base + "/getThirdConfigByTenantId?thirdType=wechat_enterprise", user: single}},
		{"config_without_type", request{path: base + "/getThirdConfigByTenantId", user: single}},
		{"add_without_type", add(`{"clientId":"k"}`)},
		{"add_unknown_type", add(`{"thirdType":"wechat_enterprise","clientId":"k"}`)},
		{"add_incomplete", add(`{"thirdType":"dingtalk","agentId":"x"}`)},
		{"add_wrong_type", add(`{"thirdType":"dingtalk","clientId":["k"]}`)},
		{"add_wrong_status", add(`{"thirdType":"dingtalk","status":"yes"}`)},
		{"add_other_tenant", add(p.configBody(t, "dingCCCC", map[string]any{"tenantId": 1000}))},
		{"add", add(p.configBody(t, "dingCCCC", map[string]any{"tenantId": "0", "createBy": nil, "extra": []int{1}}))},
		{"config", request{path: config, user: single}},
		{"enabled", enabled},
		{"add_again", add(p.configBody(t, "dingCCCC", nil))},
		{"add_same_key", request{
			method: http.MethodPost, path: base + "/addThirdAppConfig", user: admin, tenant: "3000",
			body: p.configBody(t, "dingCCCC", nil),
		}},
		{"config_by_parameter", request{path: config + "&tenantId=1000", user: owner}},
		{"config_by_foreign_parameter", request{path: config + "&tenantId=2000", user: owner}},
		{"config_parameter_is_not_for_admins", request{path: config + "&tenantId=1000", user: admin}},
		{"config_english", request{
			path: config, user: stranger, tenant: here, header: http.Header{"Accept-Language": {"en-GB"}},
		}},
	})
	id := result[struct {
		ID string `json:"id"`
	}](t, p.do(t, request{path: config, user: single})).ID
	edit := func(method, body string) request {
		return request{method: method, path: base + "/editThirdAppConfig?tenantId=0", user: single, body: body}
	}
	remove := func(id string) request {
		return request{method: http.MethodDelete, path: base + "/deleteThirdAppConfig?id=" + id, user: single}
	}
	p.golden(t, []step{
		{"edit_unknown", edit(http.MethodPost, `{"id":"nobody","agentId":"1"}`)},
		{"edit_malformed_id", edit(http.MethodPost, `{"id":"no body","agentId":"1"}`)},
		{"edit_without_id", edit(http.MethodPost, `{"agentId":"1"}`)},
		{"edit_required", edit(http.MethodPost, `{"id":"`+id+`","clientId":""}`)},
		{"edit_post", edit(http.MethodPost, `{"id":"`+id+`","thirdType":"dingtalk","agentId":77,"clientSecret":"******","corpId":null}`)},
		{"edit_put", edit(http.MethodPut, `{"id":"`+id+`","status":0,"eventMode":"callback"}`)},
		{"config_edited", request{path: config, user: single}},
		{"delete_without_id", request{method: http.MethodDelete, path: base + "/deleteThirdAppConfig", user: single}},
		{"delete_foreign", request{
			method: http.MethodDelete, path: base + "/deleteThirdAppConfig?id=" + id, user: owner, tenant: here,
		}},
		{"delete", remove(id)},
		{"delete_again", remove(id)},
	})
}

// TestCompatFormInQuery: front ends repeat their form in the query, where what is
// not set is a word of its own.
func TestCompatFormInQuery(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, unset := range []string{"undefined", "null"} {
		a := p.do(t, request{
			method: http.MethodPost, path: base + "/addThirdAppConfig?id=" + unset + "&thirdType=dingtalk&status=1&tenantId=" + unset,
			user: single, tenant: tenant.Default, body: p.configBody(t, "dingCCCC", nil),
		})
		if !strings.Contains(a.body, "添加成功！") {
			t.Errorf("add with %s: %s", unset, a.body)
		}
		config := result[struct{ ID string }](t, p.do(t, request{
			path: base + "/getThirdConfigByTenantId?thirdType=dingtalk&tenantId=" + unset, user: single,
		}))
		a = p.do(t, request{
			method: http.MethodDelete, path: base + "/deleteThirdAppConfig?id=" + config.ID, user: single,
			tenant: tenant.Default, body: `{"id":"` + config.ID + `"}`,
		})
		if !strings.Contains(a.body, "解绑成功！") {
			t.Errorf("delete: %s", a.body)
		}
	}
	if a := p.do(t, request{path: "/apps?tenantId=undefined", user: single, tenant: tenant.Default}); a.status != http.StatusBadRequest {
		t.Errorf("a full path: HTTP %d %s, want a refusal", a.status, a.body)
	}
}

// What was masked and written back must still be the secret.
func TestCompatMaskKeepsSecret(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	body := asJSON(t, map[string]any{"id": p.apps[here], "thirdType": "dingtalk", "clientSecret": tenant.Mask, "status": "1"})
	edited := p.do(t, request{method: http.MethodPost, path: base + "/editThirdAppConfig", user: owner, tenant: here, body: body})
	if !strings.Contains(edited.body, "修改成功！") {
		t.Fatalf("edit: %s", edited.body)
	}
	verified := p.do(t, request{method: http.MethodPost, path: "/apps/" + p.apps[here] + "/verify", user: owner, tenant: here})
	if verified.status != http.StatusOK {
		t.Errorf("verify after writing the mask: %d %s", verified.status, verified.body)
	}
}

func TestCompatMessage(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	test := func(user string, t tenant.ID, body string) request {
		return request{method: http.MethodPost, path: base + "/sendMessageTest", user: user, tenant: t, body: body}
	}
	mine := func(body string) request { return test(owner, here, body) }
	p.golden(t, []step{
		{"accepted", mine(`{"app":"DINGTALK","receiver":"alice","sendAll":false,"content":"你好"}`)},
		{"partly_unbound", mine(`{"app":"DINGTALK","receiver":"alice, bob ,nobody,","content":"你好，再来一条"}`)},
		{"all_unbound", mine(`{"app":"DINGTALK","receiver":"bob","content":"你好"}`)},
		{"everyone", mine(`{"app":"DINGTALK","sendAll":true,"content":"大家好"}`)},
		{"everyone_as_text", mine(`{"app":"DINGTALK","sendAll":"true","receiver":"bob","content":"大家晚上好"}`)},
		{"nobody", mine(`{"app":"DINGTALK","receiver":" , ","content":"你好"}`)},
		{"unknown_app", mine(`{"app":"dingtalk","receiver":"alice","content":"你好"}`)},
		{"app_not_offered", mine(`{"app":"WECHAT_ENTERPRISE","receiver":"alice","content":"你好"}`)},
		{"no_content", mine(`{"app":"DINGTALK","receiver":"alice","content":" "}`)},
		{"wrong_type", mine(`{"app":"DINGTALK","receiver":["alice"],"content":"你好"}`)},
		{"other_tenant", mine(`{"app":"DINGTALK","receiver":"alice","content":"你好","tenantId":2000}`)},
		{"not_configured", test(single, "", `{"app":"DINGTALK","receiver":"alice","content":"你好"}`)},
		{"no_permission", test(viewer, here, `{"app":"DINGTALK","receiver":"alice","content":"你好"}`)},
		{"too_long", mine(`{"app":"DINGTALK","receiver":"alice","content":"` + strings.Repeat("长", 1000) + `"}`)},
	})
	p.emulator.Fail(dingtalktest.Fault{
		Path: "/topapi/message/corpconversation/asyncsend_v2", Kind: dingtalktest.Refuse,
		Code: "60011", Text: "没有调用该接口的权限",
	})
	p.golden(t, []step{
		{"refused", mine(`{"app":"DINGTALK","receiver":"alice","content":"还在吗"}`)},
		{"refused_english", request{
			method: http.MethodPost, path: base + "/sendMessageTest", user: owner, tenant: here,
			body: `{"app":"DINGTALK","receiver":"alice","content":"在不在"}`, header: http.Header{"Accept-Language": {"en"}},
		}},
	})
	if sent := len(p.emulator.Sent()); sent != 4 {
		t.Errorf("DingTalk accepted %d messages, want 4", sent)
	}
}

func TestCompatMessageWithoutAnswer(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle, func(s *setup) { s.SendWait = 20 * time.Millisecond })
	p.golden(t, []step{{"no_answer", request{
		method: http.MethodPost, path: base + "/sendMessageTest", user: owner, tenant: here, body: samples["message.test"].body,
	}}})
}

// What can be tried again is, and says so.
func TestCompatMessageToBeRetried(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.emulator.Fail(dingtalktest.Fault{Path: "/topapi/message/corpconversation/asyncsend_v2", Kind: dingtalktest.Throttle})
	a := p.do(t, request{
		method: http.MethodPost, path: base + "/sendMessageTest", user: owner, tenant: here, body: samples["message.test"].body,
	})
	if a.status != http.StatusOK || !strings.Contains(a.body, `"success":false`) || !strings.Contains(a.body, "将自动重试") {
		t.Errorf("got HTTP %d %s, want a failure that will be tried again", a.status, a.body)
	}
}

// TestCompatMessageAgain: what DingTalk takes once a day is not kept for as many
// days as it was repeated.
func TestCompatMessageAgain(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	ends := func() time.Time { return transport.MessageExpiry(time.Now()) }
	day := ends()
	send := func(receiver string) answer {
		return p.do(t, request{
			method: http.MethodPost, path: base + "/sendMessageTest", user: owner, tenant: here,
			body: `{"app":"DINGTALK","receiver":"` + receiver + `","content":"磁盘已满"}`,
		})
	}
	p.addPerson(t, "id-wang", "wang", here)
	p.bind(t, here, "dingAAAA", "p-wang", "id-wang")
	answers := []answer{send("alice"), send("alice"), send("alice,wang")}
	if !ends().Equal(day) {
		t.Skip("it was midnight")
	}
	if !strings.Contains(answers[0].body, `"success":true`) {
		t.Errorf("the first: %s", answers[0].body)
	}
	for _, a := range answers[1:] {
		if !strings.Contains(a.body, `"success":false`) || !strings.Contains(a.body, "已用完，消息在此之前过期，不再发送") || strings.Contains(a.body, "将自动重试") {
			t.Errorf("again: %s, want it to be over", a.body)
		}
	}
	list, err := p.services.Messages.Messages(tenant.AsSystem(t.Context(), "test"), here, messaging.MessageFilter{}, tenant.Page{})
	check(t, err)
	for _, m := range list.Items {
		if !m.ExpiresAt.Equal(day) {
			t.Errorf("message %s expires at %s, want %s", m.ID, m.ExpiresAt, day)
		}
	}
	if sent := len(p.emulator.Sent()); sent != 2 {
		t.Errorf("DingTalk was asked %d times, want 2: alice's, and wang's", sent)
	}
}

// TestMessageExpiry: the day is China's, and never over already.
func TestMessageExpiry(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{
		"2026-03-01T15:59:58Z": "2026-03-01T16:00:00Z", "2026-03-01T15:59:59.5Z": "2026-03-02T16:00:00Z",
		"2026-03-01T16:00:00Z": "2026-03-02T16:00:00Z", "2026-12-31T10:00:00+08:00": "2026-12-31T16:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		check(t, err)
		if got := transport.MessageExpiry(at).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s: expires at %s, want %s", now, got, want)
		}
	}
}

// Who stops listening has sent the message none the less, and is told so.
func TestCompatMessageOutlivesItsSender(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	w := httptest.NewRecorder()
	served := make(chan struct{})
	go func() {
		defer close(served)
		p.handler.ServeHTTP(w, newRequest(t, "", request{
			method: http.MethodPost, path: base + "/sendMessageTest", user: owner, tenant: here, body: samples["message.test"].body,
		}).WithContext(ctx))
	}()
	p.eventually(t, "the message is stored", func() bool {
		list, err := p.services.Messages.Messages(tenant.AsSystem(t.Context(), "test"), here, messaging.MessageFilter{}, tenant.Page{})
		return err == nil && len(list.Items) == 1
	})
	leave()
	<-served
	if !strings.Contains(w.Body.String(), "已受理") || !strings.Contains(p.log.String(), "wait for answer") {
		t.Errorf("got %s and log %s, want both to tell of it", w.Body, p.log.String())
	}
}

// Ids that JavaScript can hold are numbers, as ever; the others stay texts.
func TestTenantIDsInConfigs(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for id, shown := range map[tenant.ID]string{
		"7": `7`, "007": `"007"`, "acme": `"acme"`, "-7": `"-7"`, "9007199254740991": `9007199254740991`,
		"9007199254740992": `"9007199254740992"`, "99999999999999999999": `"99999999999999999999"`,
	} {
		_, err := p.services.Tenants.CreateApp(tenant.AsSystem(t.Context(), "test"), id, tenant.AppInput{
			Provider: "dingtalk", Settings: map[string]string{
				"corpId": "ding1", "agentId": "1", "clientId": "key-" + string(id), "clientSecret": "s",
			},
		})
		check(t, err)
		a := p.do(t, request{path: base + "/getThirdConfigByTenantId?thirdType=dingtalk", user: admin, tenant: id})
		if !strings.Contains(a.body, `"tenantId":`+shown+`,`) {
			t.Errorf("tenant %s: got %s, want tenantId %s", id, a.body, shown)
		}
	}
}

// One of two calls to DingTalk is refused: that is no success, and the task of
// the other one is told.
func TestCompatMessageInTwoCalls(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.hire(t, 101)
	names := make([]string, 101)
	for i := range names {
		names[i] = fmt.Sprintf("extra-%d", i)
		p.addPerson(t, "id-"+names[i], names[i], here)
		p.bind(t, here, "dingAAAA", names[i], "id-"+names[i])
	}
	p.emulator.Fail(dingtalktest.Fault{
		Path: "/topapi/message/corpconversation/asyncsend_v2", Kind: dingtalktest.Refuse, Code: "60011", Skip: 1,
	})
	a := p.do(t, request{
		method: http.MethodPost, path: base + "/sendMessageTest", user: owner, tenant: here,
		body: asJSON(t, map[string]string{"app": "DINGTALK", "receiver": strings.Join(names, ","), "content": "大家好"}),
	})
	var got struct {
		Success bool
		Code    int
		Result  struct {
			ErrCode int
			Result  string
			Success bool
		}
	}
	check(t, json.Unmarshal([]byte(a.body), &got))
	if got.Success || got.Code != 500 || got.Result.Success || got.Result.ErrCode != 60011 || got.Result.Result == "" {
		t.Errorf("got %s, want a failure with the refusal and the accepted task", a.body)
	}
}

func TestCompatErrors(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const path = base + "/getEnabledType"
	add := func(body string) request {
		return request{method: http.MethodPost, path: base + "/addThirdAppConfig", user: owner, tenant: here, body: body}
	}
	p.golden(t, []step{
		{"no_token", request{path: path}},
		{"no_token_english", request{path: path, header: http.Header{"Accept-Language": {"en"}}}},
		{"invalid_token", request{path: path, user: "forged"}},
		{"expired_token", request{path: path, user: "expired"}},
		{"outage", request{path: path, user: "outage"}},
		{"no_grant", request{path: base + "/getThirdConfigByTenantId?thirdType=dingtalk", user: stranger, tenant: here}},
		{"foreign_tenant", request{path: path, user: owner, tenant: there}},
		{"default_tenant_is_not_for_everybody", request{path: path, user: owner}},
		{"malformed_tenant", request{path: path, user: owner, tenant: "1000 or 1"}},
		{"empty_tenant", request{path: path, user: single, header: http.Header{"X-Tenant-Id": {""}}}},
		{"undefined_tenant_of_admin", request{path: path, user: admin, tenant: "undefined"}},
		{"two_tenants", request{path: path, user: owner, header: http.Header{"X-Tenant-Id": {"1000", "2000"}}}},
		{"platform_is_no_tenant", request{path: path, user: admin, tenant: tenant.Platform}},
		{"other_tenant_in_query", request{path: path + "?tenantId=2000", user: owner, tenant: here}},
		{"other_tenant_in_query_of_admin", request{path: path + "?tenantId=2000", user: admin, tenant: here}},
		{"two_tenants_in_query", request{path: path + "?tenantId=1000&tenantId=2000", user: owner}},
		{"malformed_tenant_in_query", request{path: path + "?tenantId=1%202", user: owner}},
		{"malformed_query", request{path: path + "?tenantId=%zz", user: owner, tenant: here}},
		{"blank_tenant_in_query", request{path: path + "?tenantId=", user: owner, tenant: here}},
		{"unknown_path", request{path: base + "/sync/dingtalk/depart/toLocal", user: owner}},
		{"wrong_method", request{method: http.MethodPatch, path: base + "/editThirdAppConfig", user: owner}},
		{"empty_body", add("")},
		{"malformed_body", add(`{"thirdType":`)},
		{"not_an_object", add(`["dingtalk"]`)},
		{"null_body", add(`null`)},
		{"trailing", add(`{"thirdType":"dingtalk"} {}`)},
		{"nul", add(`{"thirdType":"dingtalk","clientId":"a\u0000b"}`)},
		{"too_large", add(`{"clientId":"` + strings.Repeat("x", 1<<20) + `"}`)},
	})
	if a := p.do(t, request{method: http.MethodHead, path: base + "/sync/dingtalk/departAndUser/toLocal", user: owner}); a.header.Get("Allow") != http.MethodGet {
		t.Errorf("HEAD of a path that begins work: Allow %q, want GET", a.header.Get("Allow"))
	}
}
