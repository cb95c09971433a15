package transport_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
)

// TestHomePage: the address with the tenant and the one with the company lead to
// the right tenant's page, which may load the office app's script and nothing
// else.
func TestHomePage(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	script := p.emulator.URL + "/dingtalk.open.js"
	for _, path := range []string{"/login/dingtalk/home/tenantId/1000", "/login/dingtalk/home?corpId=dingAAAA", "/login/dingtalk/home?corpid=dingAAAA"} {
		a := b.do(t, request{path: path})
		for _, want := range []string{
			`"script":"` + script + `"`, `"tenantId":"1000"`, `"corpId":"dingAAAA"`, `"returnUrl":"` + frontEnd + `"`,
			`"code":"/login/dingtalk/code"`, "width=device-width", `lang="zh-CN"`, "正在登录",
			`href="/login/dingtalk/authorize?returnUrl=https%3A%2F%2Fapp.example.com&amp;tenantId=1000"`,
		} {
			if a.status != http.StatusOK || !strings.Contains(strings.ReplaceAll(a.body, `\/`, "/"), want) {
				t.Errorf("%s: HTTP %d, no %q in %s", path, a.status, want, a.body)
			}
		}
		policy := a.header.Get("Content-Security-Policy")
		for _, want := range []string{
			"default-src 'none'", script + ";", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
		} {
			if !strings.Contains(policy, want) {
				t.Errorf("Content-Security-Policy %q lacks %s", policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("Content-Security-Policy %q, Referrer-Policy %q", policy, a.header.Get("Referrer-Policy"))
		}
	}
	a := b.do(t, request{path: "/login/dingtalk/home/tenantId/1000", header: http.Header{"Accept-Language": {"en"}}})
	if !strings.Contains(a.body, "Signing in") || strings.Contains(a.body, "正在登录") {
		t.Errorf("in English: %s", a.body)
	}
	// The code comes back by the path that the page names, in the same browser.
	if in := b.exchange(t, b.ticket(t, "dingAAAA", "p-alice", here)); in.User.Username != "alice" {
		t.Errorf("logged in as %+v", in)
	}
}

// TestHomePageRefusals: what is wrong is told on a page, with a way to try again.
func TestHomePageRefusals(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	b := p.browser(t)
	wantNoLogin(t, "no return address", b.do(t, request{path: "/login/dingtalk/home/tenantId/1000"}))
	p.allow(t, identity.UnboundDeny, frontEnd+"/app", "https://other.example.com")
	for name, c := range map[string]struct{ path, want string }{
		"two return addresses":     {"/login/dingtalk/home/tenantId/1000", "缺少返回地址"},
		"a return address outside": {"/login/dingtalk/home/tenantId/1000?returnUrl=https://evil.example.com/app", "允许列表"},
		"unknown company":          {"/login/dingtalk/home?corpId=ding0", "未找到该企业"},
		"no company":               {"/login/dingtalk/home", "corpId"},
		"outside of DingTalk":      {"/login/dingtalk/home?corpId=$CORPID$", "工作台"},
		"tenant without app":       {"/login/dingtalk/home/tenantId/3000", "钉钉尚未配置"},
		"malformed tenant":         {"/login/dingtalk/home/tenantId/a%20b", "租户ID无效"},
		"unknown provider":         {"/login/slack/home/tenantId/1000", "slack"},
		"script in a parameter":    {"/login/dingtalk/home?corpId=%3Cscript%3Ealert(1)%3C/script%3E", "未找到该企业"},
	} {
		a := b.do(t, request{path: c.path})
		wantNoLogin(t, name, a)
		if !strings.Contains(a.body, c.want) || strings.Contains(a.body, "<script>") {
			t.Errorf("%s: %s, want %q", name, a.body, c.want)
		}
	}
	asked := "https://other.example.com/x?y=</script>"
	a := b.do(t, request{path: "/login/dingtalk/home/tenantId/1000?returnUrl=" + url.QueryEscape(asked)})
	if a.status != http.StatusOK || strings.Count(a.body, "</script>") != 1 {
		t.Errorf("HTTP %d, the return address is not kept apart from the page: %s", a.status, a.body)
	}
}
