package transport_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestLoginInApp: a page inside of DingTalk becomes a session of the right
// person in the right tenant.
func TestLoginInApp(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	b := p.browser(t)
	in := b.exchange(t, b.ticket(t, "dingAAAA", "p-alice", here))
	if in.User.Username != "alice" || in.TenantID != "1000" || in.Token == "" || strings.Join(in.Tenants, ",") != "1000" {
		t.Errorf("logged in as %+v, want alice in 1000", in)
	}
	a := p.do(t, request{path: "/bindings/own", user: strings.TrimPrefix(in.Token, "token-"), tenant: here})
	if a.status != http.StatusOK || !strings.Contains(a.body, "p-alice") {
		t.Errorf("with the session: HTTP %d %s", a.status, a.body)
	}
	if a := p.do(t, request{path: "/bindings/own", user: strings.TrimPrefix(in.Token, "token-"), tenant: there}); a.status != http.StatusForbidden {
		t.Errorf("in another tenant: HTTP %d, want 403", a.status)
	}
}

// TestLoginByScan: DingTalk's page, the way back, and the ticket in the
// fragment of the return address.
func TestLoginByScan(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	page := b.begin(t, authorizePath+"&returnUrl="+frontEnd+"/home?a=1")
	a := b.do(t, request{path: p.agree(t, page, "p-alice")})
	location := a.header.Get("Location")
	if a.status != http.StatusFound || !strings.HasPrefix(location, frontEnd+"/home?a=1#") {
		t.Fatalf("HTTP %d to %q: %s", a.status, location, a.body)
	}
	if got := a.header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("Referrer-Policy %q", got)
	}
	in := b.exchange(t, fragment(t, location).Get("ticket"))
	if in.User.Username != "alice" || in.TenantID != "1000" {
		t.Errorf("logged in as %+v, want alice in 1000", in)
	}
}

// TestLoginGolden shows every answer of the full family.
func TestLoginGolden(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	code := func(body string) request {
		return request{method: http.MethodPost, path: "/login/dingtalk/code", body: body}
	}
	english := http.Header{"Accept-Language": {"en"}}
	used := p.inAppCode(t, "dingAAAA", "p-alice")
	ticket := b.ticket(t, "dingAAAA", "p-alice", here)
	for _, s := range []step{
		{"app", request{path: "/login/dingtalk/app?tenantId=1000"}},
		{"app_of_company", request{path: "/login/dingtalk/app?corpId=dingBBBB"}},
		{"app_of_unknown_company", request{path: "/login/dingtalk/app?corpId=ding0"}},
		{"app_both", request{path: "/login/dingtalk/app?corpId=dingAAAA&tenantId=1000"}},
		{"app_default_tenant_not_connected", request{path: "/login/dingtalk/app"}},
		{"app_malformed_tenant", request{path: "/login/dingtalk/app?tenantId=a%20b"}},
		{"app_unknown_provider", request{path: "/login/slack/app?tenantId=1000"}},
		{"code", code(`{"tenantId":"1000","code":"` + used + `"}`)},
		{"code_used", code(`{"tenantId":"1000","code":"` + used + `"}`)},
		{"code_used_english", request{method: http.MethodPost, path: "/login/dingtalk/code", body: `{"tenantId":"1000","code":"` + used + `"}`, header: english}},
		{"code_missing", code(`{"tenantId":"1000"}`)},
		{"code_unknown_field", code(`{"code":"x","token":"y"}`)},
		{"code_tenant_without_app", code(`{"tenantId":"3000","code":"x"}`)},
		{"code_unknown_provider", request{method: http.MethodPost, path: "/login/slack/code", body: `{"tenantId":"1000","code":"x"}`}},
		{"code_of_another_company", code(`{"tenantId":"1000","code":"` + p.inAppCode(t, "dingBBBB", "p-alice") + `"}`)},
		{"code_unbound", code(`{"tenantId":"1000","code":"` + p.inAppCode(t, "dingAAAA", "p-li") + `"}`)},
		{"exchange", request{method: http.MethodPost, path: "/login/exchange", body: `{"ticket":"` + ticket + `","tenantId":"1000"}`}},
		{"exchange_again", request{method: http.MethodPost, path: "/login/exchange", body: `{"ticket":"` + ticket + `"}`}},
		{"exchange_nothing", request{method: http.MethodPost, path: "/login/exchange", body: `{}`}},
		{"exchange_get", request{path: "/login/exchange?ticket=x"}},
		{"codes_not_in_this_tenant", request{method: http.MethodPost, path: "/login/codes", body: `{"proof":"x","mobile":"13800000000"}`}},
		{"settings", request{path: "/login/settings", user: viewer, tenant: here}},
		{"settings_no_permission", request{method: http.MethodPut, path: "/login/settings", user: viewer, tenant: here, body: `{"unbound":"create"}`}},
		{"settings_save", request{method: http.MethodPut, path: "/login/settings", user: owner, tenant: here, body: `{"unbound":"bind","returnUrls":["https://app.example.com/x"]}`}},
		{"settings_unknown_policy", request{method: http.MethodPut, path: "/login/settings", user: owner, tenant: here, body: `{"unbound":"welcome"}`}},
		{"settings_http", request{method: http.MethodPut, path: "/login/settings", user: owner, tenant: here, body: `{"returnUrls":["http://app.example.com"]}`}},
		{"settings_malformed_url", request{method: http.MethodPut, path: "/login/settings", user: owner, tenant: here, body: `{"returnUrls":["https://u:p@app.example.com"]}`}},
		{"tenants", request{path: "/login/tenants", user: owner, tenant: here}},
		{"choose_foreign", request{method: http.MethodPut, path: "/login/tenants", user: owner, tenant: here, body: `{"chosenTenantId":"2000"}`}},
		{"choose_none", request{method: http.MethodPut, path: "/login/tenants", user: owner, tenant: here, body: `{}`}},
		{"audit", request{path: "/audit?limit=1", user: owner, tenant: here}},
	} {
		golden(t, s.name, b.do(t, s.request))
	}
}

// TestBindings: administration, own bindings with proof, and what they refuse.
func TestBindings(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	create := func(user, body string) request {
		return request{method: http.MethodPost, path: "/bindings", user: user, tenant: here, body: body}
	}
	remove := func(path, user string) request {
		return request{method: http.MethodDelete, path: path, user: user, tenant: here}
	}
	id := func(member string) string {
		return identity.Key{Provider: "dingtalk", OrgID: "dingAAAA", ProviderUserID: provider.UserID(member)}.ID()
	}
	grant := p.do(t, request{method: http.MethodPost, path: "/grants", user: owner, tenant: here, body: `{"username":"stranger","role":"operator"}`})
	if grant.status != http.StatusCreated {
		t.Fatalf("grant: %s", grant.body)
	}
	p.golden(t, []step{
		{"list", request{path: "/bindings", user: owner, tenant: here}},
		{"list_unknown_provider", request{path: "/bindings?provider=slack", user: owner, tenant: here}},
		{"list_no_permission", request{path: "/bindings", user: viewer, tenant: here}},
		{"create", create(owner, `{"provider":"dingtalk","providerUserId":"p-wang","username":"bob"}`)},
		{"create_member_taken", create(owner, `{"provider":"dingtalk","providerUserId":"p-wang","username":"viewer"}`)},
		{"create_account_taken", create(owner, `{"provider":"dingtalk","providerUserId":"p-li","username":"bob"}`)},
		{"create_unknown_member", create(owner, `{"provider":"dingtalk","providerUserId":"nobody","username":"viewer"}`)},
		{"create_unknown_user", create(owner, `{"provider":"dingtalk","providerUserId":"p-li","username":"nobody"}`)},
		{"create_user_of_another_tenant", create(owner, `{"provider":"dingtalk","providerUserId":"p-li","username":"foreign"}`)},
		{"create_nobody", create(owner, `{"provider":"dingtalk","providerUserId":"p-li"}`)},
		{"create_stronger", create(stranger, `{"provider":"dingtalk","providerUserId":"p-li","username":"owner"}`)},
		{"create_unknown_provider", create(owner, `{"provider":"slack","providerUserId":"p-li","username":"viewer"}`)},
		{"own_none", request{path: "/bindings/own", user: viewer, tenant: here}},
		{"own_without_proof", request{method: http.MethodPost, path: "/bindings/own", user: viewer, tenant: here, body: `{"proof":"1000.AAAA"}`}},
		{"delete_own_of_another", remove("/bindings/own/"+id("p-wang"), viewer)},
		{"delete_malformed", remove("/bindings/x", owner)},
		{"delete", remove("/bindings/"+id("p-wang"), owner)},
		{"delete_again", remove("/bindings/"+id("p-wang"), owner)},
		{"audit", request{path: "/audit?limit=3", user: owner, tenant: here}},
		{"compat_own", request{path: base + "/getThirdAccountByUserId?thirdType=dingtalk,wechat_enterprise", user: owner, tenant: here}},
		{"compat_delete_of_another", request{
			method: http.MethodDelete, path: base + "/deleteThirdAccount", user: viewer, tenant: here,
			body: `{"id":"` + id("p-alice") + `","sysUserId":"id-alice"}`,
		}},
		{"compat_delete_unknown", request{
			method: http.MethodDelete, path: base + "/deleteThirdAccount", user: viewer, tenant: here,
			body: `{"id":"` + id("p-alice") + `","sysUserId":"id-viewer"}`,
		}},
	})
}

// TestBindOwn: somebody who is signed in binds who they have proved to be, in
// the same browser, once.
func TestBindOwn(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b, other := p.browser(t), p.browser(t)
	proof := b.proof(t, "p-li")
	bind := func(b *browser, user string) answer {
		return b.do(t, request{method: http.MethodPost, path: "/bindings/own", user: user, tenant: here, body: `{"proof":"` + proof + `"}`})
	}
	if a := bind(other, viewer); a.status != http.StatusBadRequest || !strings.Contains(a.body, "invalid_proof") {
		t.Errorf("in another browser: HTTP %d %s", a.status, a.body)
	}
	a := bind(b, viewer)
	got := result[struct {
		Username, Source string
		Proved           bool
	}](t, a)
	if a.status != http.StatusCreated || got.Username != viewer || got.Source != "person" || !got.Proved {
		t.Errorf("HTTP %d %s", a.status, a.body)
	}
	if a := bind(b, stranger); a.status != http.StatusBadRequest {
		t.Errorf("the proof of somebody else, used: HTTP %d %s", a.status, a.body)
	}
	in := b.exchange(t, b.ticket(t, "dingAAAA", "p-li", here))
	if in.User.Username != viewer {
		t.Errorf("logged in as %+v, want %s", in, viewer)
	}
	// Unbinding ends the session.
	p.do(t, request{method: http.MethodDelete, path: "/bindings/own/" + (identity.Key{
		Provider: "dingtalk", OrgID: "dingAAAA", ProviderUserID: "p-li",
	}).ID(), user: viewer, tenant: here})
	p.eventually(t, "the session ends", func() bool {
		return p.do(t, request{path: "/bindings/own", user: strings.TrimPrefix(in.Token, "token-"), tenant: here}).status == http.StatusUnauthorized
	})
}

// proof is that of a person whom nobody has bound.
func (b *browser) proof(t *testing.T, user string) string {
	t.Helper()
	a := b.post(t, "/login/dingtalk/code", `{"tenantId":"1000","code":"`+b.p.inAppCode(t, "dingAAAA", user)+`"}`)
	var e struct {
		Error struct {
			Reason  string
			Details identity.UnboundDetails
		}
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || e.Error.Reason != "unbound" || e.Error.Details.Proof == "" {
		t.Fatalf("HTTP %d %s, want a proof", a.status, a.body)
	}
	return e.Error.Details.Proof
}

// TestUnboundPolicies: denied, found by the mobile number, created; by short
// message where the tenant binds by number.
func TestUnboundPolicies(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.exec(t, "UPDATE thirdapp_people SET phone = ? WHERE id = 'id-bob'", "1380000"+corpMobile("dingAAAA", 2)) // p-wang's
	b := p.browser(t)
	try := func(user string) (int, string) {
		t.Helper()
		a := b.post(t, "/login/dingtalk/code", `{"tenantId":"1000","code":"`+p.inAppCode(t, "dingAAAA", user)+`"}`)
		return a.status, a.body
	}
	if status, body := try("p-wang"); status != http.StatusForbidden || !strings.Contains(body, `"verifyMobile":false`) {
		t.Errorf("deny: HTTP %d %s", status, body)
	}
	p.allow(t, identity.UnboundBind)
	if status, body := try("p-li"); status != http.StatusForbidden || !strings.Contains(body, `"verifyMobile":true`) {
		t.Errorf("bind, nobody of that number: HTTP %d %s", status, body)
	}
	in := b.exchange(t, b.ticket(t, "dingAAAA", "p-wang", here))
	if in.User.Username != "bob" {
		t.Errorf("bind: logged in as %+v, want bob", in)
	}
	p.allow(t, identity.UnboundCreate)
	in = b.exchange(t, b.ticket(t, "dingAAAA", "p-li", here))
	if in.User.Username != "1380000"+corpMobile("dingAAAA", 3) || in.User.Name != "李娜" {
		t.Errorf("create: logged in as %+v", in)
	}
}

func TestMobileVerification(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.exec(t, "UPDATE thirdapp_people SET phone = '13911111111' WHERE id = 'id-bob'")
	p.allow(t, identity.UnboundBind)
	b := p.browser(t)
	proof := b.proof(t, "p-li")
	step := func(b *browser, path, mobile, code string) answer {
		return b.post(t, path, `{"proof":"`+proof+`","mobile":"`+mobile+`","code":"`+code+`"}`)
	}
	if a := step(p.browser(t), "/login/codes", "13911111111", ""); !strings.Contains(a.body, "invalid_proof") {
		t.Errorf("in another browser: %s", a.body)
	}
	// Whether somebody has the number does not show.
	known, unknown := step(b, "/login/codes", "13911111111", ""), step(b, "/login/codes", "13922222222", "")
	if known.status != http.StatusOK || known.status != unknown.status || len(known.body) != len(unknown.body) {
		t.Errorf("a known number: HTTP %d %s; an unknown one: HTTP %d %s", known.status, known.body, unknown.status, unknown.body)
	}
	if a := step(b, "/login/mobile", "13911111111", "000000"); !strings.Contains(a.body, "wrong_code") {
		t.Errorf("wrong code: %s", a.body)
	}
	a := step(b, "/login/mobile", "13911111111", "123456")
	if in := b.exchange(t, result[struct{ Ticket string }](t, a).Ticket); in.User.Username != "bob" {
		t.Errorf("logged in as %+v, want bob", in)
	}
	if a := step(b, "/login/mobile", "13911111111", "123456"); !strings.Contains(a.body, "invalid_proof") {
		t.Errorf("the proof again: %s", a.body)
	}
	proof = b.proof(t, "p-wang")
	for range 5 {
		step(b, "/login/mobile", "13911111111", "000000")
	}
	if a := step(b, "/login/mobile", "13911111111", "123456"); a.status != http.StatusTooManyRequests {
		t.Errorf("the sixth try: HTTP %d %s", a.status, a.body)
	}
}

// TestRefusedPeople: somebody suspended, disabled, waiting or gone is told so,
// also between ticket and exchange.
func TestRefusedPeople(t *testing.T) {
	t.Parallel()
	for reason, change := range map[string]string{
		"suspended": "UPDATE thirdapp_memberships SET state = 'suspended' WHERE tenant_id = '1000' AND person_id = 'id-alice'",
		"pending":   "UPDATE thirdapp_memberships SET state = 'pending' WHERE tenant_id = '1000' AND person_id = 'id-alice'",
		"disabled":  "UPDATE thirdapp_people SET disabled = TRUE WHERE id = 'id-alice'",
		"left":      "UPDATE thirdapp_bindings SET active = FALSE WHERE tenant_id = '1000' AND person_id = 'id-alice'",
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			b := p.browser(t)
			early := b.ticket(t, "dingAAAA", "p-alice", here)
			p.exec(t, change)
			for name, a := range map[string]answer{
				"login":    b.post(t, "/login/dingtalk/code", `{"tenantId":"1000","code":"`+p.inAppCode(t, "dingAAAA", "p-alice")+`"}`),
				"exchange": b.post(t, "/login/exchange", `{"ticket":"`+early+`"}`),
			} {
				if a.status != http.StatusForbidden || !strings.Contains(a.body, `"reason":"`+reason+`"`) {
					t.Errorf("%s: HTTP %d %s, want 403 %s", name, a.status, a.body, reason)
				}
			}
			if n := p.sessions.count(); n != 0 {
				t.Errorf("%d sessions were issued", n)
			}
		})
	}
}

// TestSessionsDoNotCarryThePlatform: an administrator of a tenant who binds
// themselves to somebody of the platform's administration gets their rights in
// that tenant at most.
func TestSessionsDoNotCarryThePlatform(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.exec(t, `INSERT INTO thirdapp_memberships (tenant_id, person_id, state, work_no, title, created_at, updated_at)
		VALUES ('1000', 'id-admin', 'active', '', '', ?, ?)`, now(), now())
	p.bind(t, here, "dingAAAA", "p-li", "id-admin")
	b := p.browser(t)
	in := b.exchange(t, b.ticket(t, "dingAAAA", "p-li", here))
	user := strings.TrimPrefix(in.Token, "token-")
	if a := p.do(t, request{path: "/apps", user: user, tenant: here}); a.status != http.StatusOK {
		t.Errorf("in the tenant: HTTP %d %s", a.status, a.body)
	}
	for _, other := range []tenant.ID{there, ""} {
		if a := p.do(t, request{path: "/apps", user: user, tenant: other}); a.status != http.StatusForbidden {
			t.Errorf("in tenant %q: HTTP %d, want 403", other, a.status)
		}
	}
	// Nor do they become a proof of who the person is.
	proof := b.proof(t, "p-wang")
	p.exec(t, "DELETE FROM thirdapp_bindings WHERE person_id = 'id-admin'")
	a := b.do(t, request{method: http.MethodPost, path: "/bindings/own", user: user, tenant: here, body: `{"proof":"` + proof + `"}`})
	if got := result[struct{ Proved bool }](t, a); a.status != http.StatusCreated || got.Proved {
		t.Errorf("bound in a session of one tenant: HTTP %d %s, want it not proved", a.status, a.body)
	}
}

func TestSignPage(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd+"/h5")
	sign := func(page string) answer {
		return p.do(t, request{path: "/login/dingtalk/page?url=" + url.QueryEscape(page), user: stranger, tenant: here})
	}
	page := frontEnd + "/h5/list?q=a+b#/route"
	got := result[struct {
		CorpID, AgentID, NonceStr, Signature string
		TimeStamp                            int64
	}](t, sign(page))
	agent, _ := strconv.ParseInt(got.AgentID, 10, 64)
	if n := p.emulator.CheckPage(page, dingtalktest.PageConfig{
		CorpID: got.CorpID, AgentID: agent, Nonce: got.NonceStr, Timestamp: got.TimeStamp, Signature: got.Signature,
	}); n != 0 {
		t.Errorf("dd.config reports %d of %+v", n, got)
	}
	for _, page := range []string{frontEnd, frontEnd + "/h5x", "https://evil.example.com/h5", "https://app.example.com@evil.example.com/h5"} {
		if a := sign(page); a.status != http.StatusBadRequest || !strings.Contains(a.body, "invalid_page_url") {
			t.Errorf("%s: HTTP %d %s, want it refused", page, a.status, a.body)
		}
	}
}
