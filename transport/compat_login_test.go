package transport_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

const compatLogin = "/sys/thirdLogin"

// TestCompatLoginInApp: the way of existing front ends from DingTalk's workbench
// into the platform.
func TestCompatLoginInApp(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	app := result[struct {
		CorpID, ClientID string
		TenantID         int
	}](t, b.do(t, request{path: compatLogin + "/get/corpId/clientId?tenantId=1000"}))
	if app.CorpID != "dingAAAA" || app.ClientID == "" || app.TenantID != 1000 {
		t.Fatalf("app %+v", app)
	}
	login := compatLogin + "/oauth2/dingding/login?tenantId=1000&state=" + url.QueryEscape(frontEnd+"?page=7")
	a := b.do(t, request{path: login + "&authCode=" + p.inAppCode(t, app.CorpID, "p-alice")})
	location, err := url.Parse(a.header.Get("Location"))
	check(t, err)
	q := location.Query()
	if a.status != http.StatusFound || !strings.HasPrefix(location.String(), frontEnd+"/oauth2-app/login?oauth2LoginToken=1000.") ||
		q.Get("tenantId") != "1000" || q.Get("thirdType") != "DINGTALK" || q.Get("page") != "7" {
		t.Fatalf("HTTP %d to %q: %s", a.status, location, a.body)
	}
	user := compatLogin + "/getLoginUser/" + q.Get("oauth2LoginToken") + "/DINGTALK/0"
	got := result[struct {
		Token    string
		UserInfo struct {
			Username      string
			LoginTenantID int
		}
		TenantList []struct{ ID int }
	}](t, b.do(t, request{path: user}))
	if got.UserInfo.Username != "alice" || got.UserInfo.LoginTenantID != 1000 || got.Token == "" ||
		len(got.TenantList) != 1 || got.TenantList[0].ID != 1000 {
		t.Errorf("got %+v", got)
	}
	if a := b.do(t, request{path: user}); a.status != http.StatusUnauthorized {
		t.Errorf("again: HTTP %d %s", a.status, a.body)
	}

	for name, path := range map[string]string{
		"another origin": compatLogin + "/oauth2/dingding/login?tenantId=1000&authCode=x&state=https://evil.example.com",
		"no state":       compatLogin + "/oauth2/dingding/login?tenantId=1000&authCode=x",
		"no code":        login,
		"unknown tenant": compatLogin + "/oauth2/dingding/login?tenantId=3000&authCode=x&state=" + frontEnd,
		"unbound":        login + "&authCode=" + p.inAppCode(t, "dingAAAA", "p-li"),
		"used code":      login + "&authCode=used",
	} {
		wantNoLogin(t, name, b.do(t, request{path: path}))
	}
}

// TestCompatOAuth: the authorise page and back to the classic front end.
func TestCompatOAuth(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	page := b.begin(t, compatLogin+"/oauth2/DingTalk/login?tenantId=1000&state="+url.QueryEscape(frontEnd+"?x=y"))
	a := b.do(t, request{path: p.agree(t, page, "p-alice")})
	location := a.header.Get("Location")
	if a.status != http.StatusFound || !strings.HasPrefix(location, frontEnd+"/oauth2-app/login?oauth2LoginToken=1000.") || !strings.HasSuffix(location, "&x=y") {
		t.Fatalf("HTTP %d to %q: %s", a.status, location, a.body)
	}
	// Who is turned away can try again.
	page = b.begin(t, compatLogin+"/oauth2/dingtalk/login?tenantId=1000&state="+frontEnd)
	a = b.do(t, request{path: p.agree(t, page, "p-li")})
	wantNoLogin(t, "unbound", a)
	if !strings.Contains(a.body, compatLogin+"/oauth2/dingtalk/login?state=https%3A%2F%2Fapp.example.com&amp;tenantId=1000") {
		t.Errorf("no way to try again: %s", a.body)
	}
	for _, path := range []string{"/oauth2/slack/login?tenantId=1000&state=" + frontEnd, "/oauth2/dingtalk/login?tenantId=1000&state=https://evil.example.com", "/oauth2/dingtalk/callback?state=x&code=y"} {
		wantNoLogin(t, path, b.do(t, request{path: compatLogin + path}))
	}
}

// TestCompatPopup: the classic popup, whose opener is told in the words it
// expects.
func TestCompatPopup(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	open := func(user string) answer {
		t.Helper()
		return b.do(t, request{path: p.agree(t, b.begin(t, compatLogin+"/render/dingtalk?tenantId=1000"), user)})
	}
	message := func(a answer) string {
		t.Helper()
		_, after, _ := strings.Cut(a.body, `postMessage("`)
		message, rest, _ := strings.Cut(after, `"`)
		if a.status != http.StatusOK || !strings.HasPrefix(rest, `, "https://app.example.com");`) {
			t.Fatalf("HTTP %d %s", a.status, a.body)
		}
		return message
	}
	in := b.exchange(t, message(open("p-alice")))
	if in.User.Username != "alice" {
		t.Errorf("logged in as %+v", in)
	}
	unbound, proof, _ := strings.Cut(message(open("p-li")), ",")
	if unbound != "绑定手机号" && unbound != `\u7ed1\u5b9a\u624b\u673a\u53f7` {
		t.Errorf("unbound: message %q", unbound)
	}
	a := b.do(t, request{
		method: http.MethodPost, path: base + "/bindThirdAppAccount", user: viewer, tenant: here,
		body: `{"thirdUserUuid":"` + proof + `","thirdType":"dingtalk"}`,
	})
	got := result[struct {
		SysUserID, ThirdUserID, ThirdType string
		TenantID                          int
	}](t, a)
	if got.SysUserID != "id-viewer" || got.ThirdUserID != "p-li" || got.ThirdType != "dingtalk" || got.TenantID != 1000 {
		t.Errorf("bound %+v: %s", got, a.body)
	}
	// Without a Referer and with two origins, nobody knows whom to tell.
	p.allow(t, identity.UnboundDeny, frontEnd, "https://other.example.com")
	wantNoLogin(t, "two origins", b.do(t, request{path: compatLogin + "/render/dingtalk?tenantId=1000"}))
	b.do(t, request{path: compatLogin + "/render/dingtalk?tenantId=1000", header: http.Header{"Referer": {"https://other.example.com/login"}}})
	wantNoLogin(t, "another site", b.do(t, request{
		path: compatLogin + "/render/dingtalk?tenantId=1000", header: http.Header{"Referer": {"https://evil.example.com/"}},
	}))
	if a := b.do(t, request{path: compatLogin + "/one/two"}); a.status != http.StatusOK || !strings.Contains(a.body, `"code":404`) {
		t.Errorf("no such path: HTTP %d %s", a.status, a.body)
	}
}

// TestCompatMobile: binding by a verified number, as the classic popup leads to.
func TestCompatMobile(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.exec(t, "UPDATE thirdapp_people SET phone = '13911111111' WHERE id = 'id-bob'")
	b := p.browser(t)
	proof := b.proof(t, "p-li")
	bind := func(code string) answer {
		return b.post(t, compatLogin+"/bindingThirdPhone", `{"mobile":"13911111111","captcha":"`+code+`","thirdUserUuid":"`+proof+`"}`)
	}
	if a := bind("123456"); !strings.Contains(a.body, "该用户没有同步") { // the tenant denies
		t.Errorf("deny: %s", a.body)
	}
	p.allow(t, identity.UnboundBind)
	if a := bind("000000"); !strings.Contains(a.body, "验证码错误") {
		t.Errorf("wrong code: %s", a.body)
	}
	if in := b.exchange(t, result[string](t, bind("123456"))); in.User.Username != "bob" {
		t.Errorf("logged in as %+v", in)
	}
}

// TestCompatRegister: the path by which classic front ends make accounts makes
// none, whatever the tenant's policy, and names the setting that does.
func TestCompatRegister(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	b := p.browser(t)
	proof := b.proof(t, "p-li")
	register := request{
		method: http.MethodPut, path: compatLogin + "/registerBindThirdAccount",
		body: `{"phone":"13911111111","smscode":"123456","thirdUserUuid":"` + proof + `","username":"mallory","password":"long-enough"}`,
	}
	for _, policy := range []identity.Unbound{identity.UnboundDeny, identity.UnboundBind, identity.UnboundCreate} {
		p.allow(t, policy)
		a := b.do(t, register)
		if a.status != http.StatusOK || !strings.Contains(a.body, `"success":false`) || !strings.Contains(a.body, "unbound为create") {
			t.Errorf("%s: HTTP %d %s", policy, a.status, a.body)
		}
	}
	register.header = http.Header{"Accept-Language": {"en"}}
	if a := b.do(t, register); !strings.Contains(a.body, "unbound set to create") {
		t.Errorf("in English: %s", a.body)
	}
	if _, err := bunstore.NewPeople(p.store).ByUsername(t.Context(), "mallory"); !errors.Is(err, tenant.ErrNotFound) {
		t.Errorf("the account: %v, want ErrNotFound", err)
	}
	// What replaces it: with that setting the scan makes the account.
	if in := b.exchange(t, b.ticket(t, "dingAAAA", "p-li", here)); in.User.Name != "李娜" {
		t.Errorf("logged in as %+v", in)
	}
}
