package transport_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// inApp is a login by a page inside of DingTalk.
func inApp(in tenant.ID, code string) request {
	return request{method: http.MethodPost, path: "/login/dingtalk/code", body: `{"tenantId":"` + string(in) + `","code":"` + code + `"}`}
}

// TestCodeReplay: a code of DingTalk lets in once, whatever browser or tenant it
// is shown in again, and whichever way.
func TestCodeReplay(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b, other := p.browser(t), p.browser(t)
	code := p.inAppCode(t, "dingAAAA", "p-alice")
	result[struct{ Ticket string }](t, b.do(t, inApp(here, code)))
	for name, again := range map[string]answer{
		"again": b.do(t, inApp(here, code)), "in another browser": other.do(t, inApp(here, code)), "in another tenant": b.do(t, inApp(there, code)),
	} {
		if again.status < 400 || !strings.Contains(again.body, "登录码已使用或过期") {
			t.Errorf("%s: HTTP %d %s", name, again.status, again.body)
		}
	}
	back := p.agree(t, b.begin(t, authorizePath), "p-alice")
	if a := b.do(t, request{path: back}); a.status != http.StatusFound {
		t.Fatalf("the first time: HTTP %d %s", a.status, a.body)
	}
	// The used code with a new state, and the code of a page with a state.
	wantNoLogin(t, "a new state", b.do(t, request{path: withState(t, back, stateOf(t, p.agree(t, b.begin(t, authorizePath), "p-alice")))}))
	u, err := url.Parse(p.agree(t, b.begin(t, authorizePath), "p-alice"))
	check(t, err)
	q := u.Query()
	q.Set("code", p.inAppCode(t, "dingAAAA", "p-alice"))
	q.Set("authCode", q.Get("code"))
	u.RawQuery = q.Encode()
	wantNoLogin(t, "a code of the other kind", b.do(t, request{path: u.String()}))
}

// TestCompanyAgainstAnotherTenant: somebody of company A gets into no tenant that
// is connected to company B, although both have a member of the same id, by no
// way in.
func TestCompanyAgainstAnotherTenant(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundCreate, frontEnd)
	b := p.browser(t)
	for name, a := range map[string]answer{
		"in the app": b.do(t, inApp(here, p.inAppCode(t, "dingBBBB", "p-alice"))),
		"classic": b.do(t, request{
			path: compatLogin + "/oauth2/dingding/login?tenantId=1000&state=" + frontEnd + "&authCode=" + p.inAppCode(t, "dingBBBB", "p-alice"),
		}),
	} {
		if a.status < 400 || a.header.Get("Location") != "" || strings.Contains(a.body, `"ticket"`) {
			t.Errorf("%s: HTTP %d to %q: %s", name, a.status, a.header.Get("Location"), a.body)
		}
	}
	settings := []string{frontEnd}
	_, err := p.services.Logins.SaveSettings(tenant.AsSystem(t.Context(), "test"), there, identity.SettingsChange{ReturnURLs: &settings})
	check(t, err)
	codeOfB, err := url.Parse(p.agree(t, b.begin(t, "/login/dingtalk/authorize?tenantId=2000"), "p-alice"))
	check(t, err)
	stateOfA := stateOf(t, p.agree(t, b.begin(t, authorizePath), "p-alice"))
	wantNoLogin(t, "in a browser", b.do(t, request{path: withState(t, codeOfB.String(), stateOfA)}))
	if n := p.sessions.count(); n != 0 {
		t.Errorf("%d sessions were issued", n)
	}
}

// TestBindingSomebodyElse: a proof binds nobody but who made it, in its own
// browser and tenant, once, and nobody takes a member or an account that is
// bound already.
func TestBindingSomebodyElse(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	victim, attacker := p.browser(t), p.browser(t)
	bind := func(b *browser, user string, in tenant.ID, proof string) answer {
		return b.do(t, request{method: http.MethodPost, path: "/bindings/own", user: user, tenant: in, body: `{"proof":"` + proof + `"}`})
	}
	refused := func(what string, a answer, reason string) {
		t.Helper()
		if a.status < 400 || !strings.Contains(a.body, `"reason":"`+reason+`"`) {
			t.Errorf("%s: HTTP %d %s, want %s", what, a.status, a.body, reason)
		}
	}
	proof := victim.proof(t, "p-li")
	refused("a stolen proof", bind(attacker, stranger, here, proof), "invalid_proof")
	refused("in another tenant", bind(victim, foreign, there, proof), "invalid_proof")
	refused("made to be of another tenant", bind(victim, foreign, there, "2000"+strings.TrimPrefix(proof, "1000")), "invalid_proof")
	refused("a ticket", bind(victim, viewer, here, victim.ticket(t, "dingAAAA", "p-alice", here)), "invalid_proof")
	second := victim.proof(t, "p-li")
	if a := bind(victim, viewer, here, proof); a.status != http.StatusCreated {
		t.Fatalf("one's own: HTTP %d %s", a.status, a.body)
	}
	refused("used", bind(victim, stranger, here, proof), "invalid_proof")
	refused("a member who is bound", bind(victim, stranger, here, second), "bound_elsewhere")
	refused("an account that is bound", bind(victim, viewer, here, victim.proof(t, "p-wang")), "account_bound")
}

// TestUnbindingAnothers: nobody but an administrator of the tenant unbinds
// somebody else, by neither family of paths.
func TestUnbindingAnothers(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	id := identity.Key{Provider: provider.DingTalk, OrgID: "dingAAAA", ProviderUserID: "p-alice"}.ID()
	remove := func(user string, in tenant.ID, path, body string) answer {
		return p.do(t, request{method: http.MethodDelete, path: path, user: user, tenant: in, body: body})
	}
	for name, a := range map[string]answer{
		"as one's own":                     remove(stranger, here, "/bindings/own/"+id, ""),
		"without the right":                remove(viewer, here, "/bindings/"+id, ""),
		"in another tenant":                remove(foreign, there, "/bindings/"+id, ""),
		"of another tenant":                remove(foreign, here, "/bindings/"+id, ""),
		"by the platform, tenant mistaken": remove(admin, there, "/bindings/"+id, ""),
		"classic":                          remove(stranger, here, base+"/deleteThirdAccount", `{"id":"`+id+`","sysUserId":"id-stranger"}`),
		"classic, in their name":           remove(stranger, here, base+"/deleteThirdAccount", `{"id":"`+id+`","sysUserId":"id-alice"}`),
	} {
		if strings.Contains(a.body, `"success":true`) {
			t.Errorf("%s: HTTP %d %s", name, a.status, a.body)
		}
	}
	b := p.browser(t)
	if in := b.exchange(t, b.ticket(t, "dingAAAA", "p-alice", here)); in.User.Username != "alice" {
		t.Errorf("logged in as %+v, want the binding untouched", in)
	}
}

// TestUnbindingEndsTheSession: an administrator unbinds somebody, and their
// session is refused from then on; another's is not.
func TestUnbindingEndsTheSession(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.bind(t, here, "dingAAAA", "p-wang", "id-bob")
	b := p.browser(t)
	alice := b.exchange(t, b.ticket(t, "dingAAAA", "p-alice", here))
	bob := b.exchange(t, b.ticket(t, "dingAAAA", "p-wang", here))
	works := func(in loggedIn) int {
		return p.do(t, request{path: "/bindings/own", user: strings.TrimPrefix(in.Token, "token-"), tenant: here}).status
	}
	if works(alice) != http.StatusOK || works(bob) != http.StatusOK {
		t.Fatal("the sessions do not work")
	}
	id := identity.Key{Provider: provider.DingTalk, OrgID: "dingAAAA", ProviderUserID: "p-alice"}.ID()
	if a := p.do(t, request{method: http.MethodDelete, path: "/bindings/" + id, user: owner, tenant: here}); a.status != http.StatusOK {
		t.Fatalf("unbind: HTTP %d %s", a.status, a.body)
	}
	p.eventually(t, "the session ends", func() bool { return works(alice) == http.StatusUnauthorized })
	if works(bob) != http.StatusOK {
		t.Error("somebody else's session ended, too")
	}
}

// TestLoginBadInput: every way in, with what can be wrong about it: refused, and
// in words that say what is wrong.
func TestLoginBadInput(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	withoutCorp := newPlatform(t)
	withoutCorp.exec(t, `UPDATE thirdapp_apps SET settings = '{"agentId":"1","clientId":"x"}' WHERE id = ?`, withoutCorp.apps[here])
	disabled := newPlatform(t)
	disabled.exec(t, "UPDATE thirdapp_apps SET enabled = FALSE WHERE id = ?", disabled.apps[here])
	down := newPlatform(t)
	down.allow(t, identity.UnboundDeny, frontEnd)
	downCode := down.inAppCode(t, "dingAAAA", "p-alice")
	down.emulator.Fail(dingtalktest.Fault{Path: "/topapi/v2/user/getuserinfo", Kind: dingtalktest.ServerError})
	unpermitted := newPlatform(t)
	unpermitted.allow(t, identity.UnboundDeny, frontEnd)
	check(t, unpermitted.emulator.UpdateApp(unpermitted.emulator.Apps("dingAAAA")[0].ClientID, func(a *dingtalktest.App) {
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionSelf)
	}))
	unpermittedBrowser := unpermitted.browser(t)
	home, authorize := request{path: "/login/dingtalk/home/tenantId/1000"}, request{path: authorizePath}
	for name, c := range map[string]struct {
		a      answer
		status int
		want   string
	}{
		"unknown provider, in the app":    {b.do(t, request{method: http.MethodPost, path: "/login/slack/code", body: `{"tenantId":"1000","code":"x"}`}), 400, "slack"},
		"tenant without app, in the app":  {b.do(t, inApp("3000", "x")), 409, "钉钉尚未配置"},
		"disabled app, in the app":        {disabled.browser(t).do(t, inApp(here, "x")), 409, "钉钉尚未配置"},
		"disabled app, home page":         {disabled.browser(t).do(t, home), 409, "钉钉尚未配置"},
		"missing corp id, in the app":     {withoutCorp.browser(t).do(t, inApp(here, "x")), 400, "企业CorpId"},
		"missing corp id, browser":        {withoutCorp.browser(t).do(t, authorize), 400, "企业CorpId"},
		"missing corp id, home page":      {withoutCorp.browser(t).do(t, home), 400, "企业CorpId"},
		"missing corp id, of the company": {withoutCorp.browser(t).do(t, request{path: "/login/dingtalk/home?corpId=dingAAAA"}), 404, "未找到该企业"},
		"no code, in the app":             {b.do(t, inApp(here, "")), 400, "code"},
		"refused code, in the app":        {b.do(t, inApp(here, "invented")), 422, "登录码已使用或过期"},
		"provider down, in the app":       {down.browser(t).do(t, inApp(here, downCode)), 502, "钉钉"},
		"permission missing, browser": {
			unpermittedBrowser.do(t, request{path: unpermitted.agree(t, unpermittedBrowser.begin(t, authorizePath), "p-alice")}), 0,
			"通讯录个人信息读权限 (Contact.User.Read)",
		},
	} {
		if c.a.status < 400 || c.status != 0 && c.a.status != c.status || !strings.Contains(c.a.body, c.want) {
			t.Errorf("%s: HTTP %d %s, want %d and %q", name, c.a.status, c.a.body, c.status, c.want)
		}
		if c.a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: the answer has no request id", name)
		}
	}
}
