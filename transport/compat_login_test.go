package transport_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
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
	let := open("p-alice")
	in := b.exchange(t, postedBy(t, let))
	if in.User.Username != "alice" {
		t.Errorf("logged in as %+v", in)
	}
	// The opener goes on with somebody unbound; only a refusal is to be read.
	page := open("p-li")
	back := p.agree(t, b.begin(t, compatLogin+"/render/dingtalk?tenantId=1000"), "p-li")
	callback, _, _ := strings.Cut(back, "?")
	refused := b.do(t, request{path: callback + "?error=access_denied&state=" + url.QueryEscape(stateOf(t, back))})
	if postedBy(t, refused) != "登录失败" {
		t.Errorf("declined: message %q", postedBy(t, refused))
	}
	for name, c := range map[string]struct {
		page   answer
		closes bool
	}{"bound": {let, true}, "unbound": {page, true}, "declined": {refused, false}} {
		if got := strings.Contains(c.page.body, "window.close()"); got != c.closes {
			t.Errorf("%s: the window closes itself %t, want %t", name, got, c.closes)
		}
	}
	unbound, proof, _ := strings.Cut(postedBy(t, page), ",")
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

// TestCompatBindAfterScan: existing front ends name no tenant when they scan, and
// send the one people are in when they bind what came of it.
func TestCompatBindAfterScan(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.connect(t, tenant.Default, "dingCCCC")
	p.allowIn(t, tenant.Default, identity.UnboundDeny, frontEnd)
	p.addPerson(t, "id-both", "both", tenant.Default, here)
	p.bind(t, here, "dingAAAA", "p-wang", "id-both")
	session, err := p.sessions.Issue(t.Context(), identity.SessionRequest{
		UserID: "id-both", Username: "both", Tenants: []tenant.ID{tenant.Default, here},
	})
	check(t, err)
	b := p.browser(t)
	do := func(method, path, body string) answer {
		return b.do(t, request{
			method: method, path: base + path, tenant: here, body: body,
			header: http.Header{"X-Access-Token": {session.Token.Reveal()}},
		})
	}
	type account struct {
		ID, SysUserID, ThirdUserID string
		TenantID                   int
	}
	own := func() string {
		var names []string
		for _, a := range result[[]account](t, do(http.MethodGet, "/getThirdAccountByUserId?thirdType=wechat_open,dingtalk", "")) {
			names = append(names, fmt.Sprint(a.TenantID, "/", a.ThirdUserID))
		}
		return strings.Join(names, " ")
	}
	a := b.do(t, request{path: p.agree(t, b.begin(t, compatLogin+"/render/dingtalk"), "p-li")})
	_, proof, _ := strings.Cut(postedBy(t, a), ",")
	body := `{"thirdUserUuid":"` + proof + `","thirdType":"dingtalk"}`
	bound := result[account](t, do(http.MethodPost, "/bindThirdAppAccount?thirdUserUuid="+proof, body))
	if bound.TenantID != 0 || bound.SysUserID != "id-both" || own() != "0/p-li 1000/p-wang" {
		t.Errorf("bound %+v, listed %q", bound, own())
	}
	// Who is not a member of the scan's tenant binds nobody there.
	_, proof, _ = strings.Cut(postedBy(t, b.do(t, request{path: p.agree(t, b.begin(t, compatLogin+"/render/dingtalk"), "p-alice")})), ",")
	foreign := b.do(t, request{
		method: http.MethodPost, path: base + "/bindThirdAppAccount", user: viewer, tenant: here,
		body: `{"thirdUserUuid":"` + proof + `","thirdType":"dingtalk"}`,
	})
	if !strings.Contains(foreign.body, "身份凭证无效") {
		t.Errorf("a stranger to the tenant: %s", foreign.body)
	}
	unbind := func(id string) {
		t.Helper()
		if a := do(http.MethodDelete, "/deleteThirdAccount?id="+id, `{"id":"`+id+`","sysUserId":"id-both"}`); !strings.Contains(a.body, "解绑成功") {
			t.Errorf("unbind: %s", a.body)
		}
	}
	unbind(bound.ID)
	if own() != "1000/p-wang" {
		t.Errorf("after unbinding the scan's: %q", own())
	}
	unbind(identity.Key{Provider: provider.DingTalk, OrgID: "dingAAAA", ProviderUserID: "p-wang"}.ID())
	if own() != "" {
		t.Errorf("after unbinding both: %q", own())
	}
}

// postedBy returns what a page posts to the window that opened it.
func postedBy(t *testing.T, a answer) string {
	t.Helper()
	_, after, _ := strings.Cut(a.body, `postMessage("`)
	message, rest, _ := strings.Cut(after, `"`)
	if a.status != http.StatusOK || !strings.HasPrefix(rest, `, "https://app.example.com");`) {
		t.Fatalf("HTTP %d %s", a.status, a.body)
	}
	return message
}
