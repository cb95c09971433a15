package transport_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

// wantNoLogin fails unless a way back from the office app ends on a page of
// refusal.
func wantNoLogin(t *testing.T, what string, a answer) {
	t.Helper()
	if a.status < 400 || a.header.Get("Location") != "" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("%s: HTTP %d to %q: %s", what, a.status, a.header.Get("Location"), a.body)
	}
}

// withState replaces the state of a way back.
func withState(t *testing.T, back, state string) string {
	t.Helper()
	u, err := url.Parse(back)
	check(t, err)
	q := u.Query()
	q.Set("state", state)
	u.RawQuery = q.Encode()
	return u.String()
}

func stateOf(t *testing.T, back string) string {
	t.Helper()
	u, err := url.Parse(back)
	check(t, err)
	return u.Query().Get("state")
}

// TestStateAttacks: a state is good in its own browser, tenant and time, once,
// and cannot be made.
func TestStateAttacks(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	settings := []string{frontEnd}
	_, err := p.services.Logins.SaveSettings(tenant.AsSystem(t.Context(), "test"), there, identity.SettingsChange{ReturnURLs: &settings})
	check(t, err)
	b, other := p.browser(t), p.browser(t)
	back := p.agree(t, b.begin(t, authorizePath), "p-alice")
	state := stateOf(t, back)
	tenantPart, sealed, _ := strings.Cut(state, ".")

	wantNoLogin(t, "no cookie", p.browser(t).do(t, request{path: back}))
	other.begin(t, authorizePath) // a browser that has begun a login of its own
	wantNoLogin(t, "another browser", other.do(t, request{path: back}))
	for name, forged := range map[string]string{
		"none": "", "a word": "x", "another tenant": "2000." + sealed, "cut": state[:len(state)-4], "longer": state + "AAAA",
		"no tenant": sealed, "long": strings.Repeat("A", 5000), "changed": tenantPart + ".B" + sealed[1:],
		"a ticket": b.ticket(t, "dingAAAA", "p-alice", here),
	} {
		wantNoLogin(t, "forged: "+name, b.do(t, request{path: withState(t, back, forged)}))
	}
	// A state of another tenant brings nobody into this one.
	foreignState := stateOf(t, p.agree(t, b.begin(t, "/login/dingtalk/authorize?tenantId=2000"), "p-alice"))
	wantNoLogin(t, "the code of company A, the state of tenant B", b.do(t, request{path: withState(t, back, foreignState)}))
	wantNoLogin(t, "of another provider", b.do(t, request{path: strings.Replace(back, "/login/dingtalk/", "/login/wecom/", 1)}))

	back = p.agree(t, b.begin(t, authorizePath), "p-alice")
	if a := b.do(t, request{path: back}); a.status != http.StatusFound {
		t.Fatalf("the right one: HTTP %d %s", a.status, a.body)
	}
	wantNoLogin(t, "replayed", b.do(t, request{path: back}))
	fresh := p.agree(t, b.begin(t, authorizePath), "p-alice")
	wantNoLogin(t, "replayed with a new code", b.do(t, request{path: withState(t, fresh, stateOf(t, back))}))
	used, _ := url.Parse(back)
	again := b.begin(t, authorizePath)
	wantNoLogin(t, "the code replayed with a new state",
		b.do(t, request{path: withState(t, back, stateOf(t, p.agree(t, again, "p-alice"))) + "&was=" + used.Query().Get("code")}))
	if n := p.sessions.count(); n != 0 {
		t.Errorf("%d sessions were issued", n)
	}
}

// TestReturnURLAttacks: nobody is sent anywhere but to what is on the list.
func TestReturnURLAttacks(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd+"/app", "http://localhost:3000")
	b := p.browser(t)
	for _, bad := range []string{
		"https://evil.example.com", "https://evil.example.com/app", "//evil.example.com/app", "/app", "app",
		"https://app.example.com.evil.example.com/app", "https://app.example.com@evil.example.com/app",
		"https://user:pass@app.example.com/app", "https://app.example.com:443/app", "https://app.example.com:/app",
		"https:\\\\app.example.com\\app", "https://app.example.com\\@evil.example.com/app", "https://evil.example.com\\.app.example.com/app",
		"HTTPS://app.example.com/app", "hTTps://app.example.com/app", "https://APP.example.com/app", "https:/app.example.com/app",
		"https:app.example.com/app", "http://app.example.com/app", "javascript:alert(1)//https://app.example.com/app",
		"data:text/html,x", "https://app.example.com/", "https://app.example.com/appx", "https://app.example.com/app/../evil",
		"https://app.example.com/app/%2e%2e/evil", "https://app.example.com/app/%2E./evil", "https://app.example.com//app",
		"https://app.example.com/app//x", "https://app.example.com/app%2f..", "https://app.example.com/app%5c..", "https://app.example.com/app/%252e%252e/x",
		"https://app.example.com/app#x", "https://app.example.com/app\tx", "https://app.example.com/app\nx", " https://app.example.com/app",
		"https://app.example.com/app ", "https://app。example.com/app", "https://ａpp.example.com/app", "https://app.example.com\u200b/app",
		"https://аpp.example.com/app", "https://app.example.com／app", "https://app.example.com:99999999/app",
		"http://localhost:3001", "http://localhost:3000@evil.example.com", "http://127.0.0.1:3000", "https://" + strings.Repeat("a", 1100),
	} {
		a := b.do(t, request{path: authorizePath + "&returnUrl=" + url.QueryEscape(bad)})
		wantNoLogin(t, fmt.Sprintf("returnUrl %q", bad), a)
	}
	for _, good := range []string{"https://app.example.com/app", "https://app.example.com/app/", "https://app.example.com/app/x?y=//z", "http://localhost:3000/x"} {
		b.begin(t, authorizePath+"&returnUrl="+url.QueryEscape(good))
	}
	wantNoLogin(t, "two entries and no returnUrl", b.do(t, request{path: authorizePath}))
}

// TestTicketAttacks: a ticket is good once, in its own browser and tenant.
func TestTicketAttacks(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	b := p.browser(t)
	ticket := b.ticket(t, "dingAAAA", "p-alice", here)
	refused := func(what string, b *browser, body string) {
		t.Helper()
		if a := b.post(t, "/login/exchange", body); a.status != http.StatusUnauthorized || !strings.Contains(a.body, "invalid_ticket") {
			t.Errorf("%s: HTTP %d %s", what, a.status, a.body)
		}
	}
	refused("stolen", p.browser(t), `{"ticket":"`+ticket+`"}`)
	refused("for another tenant", b, `{"ticket":"`+ticket+`","tenantId":"2000"}`)
	refused("made to be of another tenant", b, `{"ticket":"2000`+strings.TrimPrefix(ticket, "1000")+`"}`)
	refused("a proof", b, `{"ticket":"`+b.proof(t, "p-li")+`"}`)
	refused("nonsense", b, `{"ticket":"1000.!!"}`)

	// Of 100 at once one wins.
	const many = 100
	var won, lost int
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range many {
		wg.Go(func() {
			<-start
			a := b.post(t, "/login/exchange", `{"ticket":"`+ticket+`"}`)
			mu.Lock()
			defer mu.Unlock()
			switch a.status {
			case http.StatusOK:
				won++
			case http.StatusUnauthorized:
				lost++
			default:
				t.Errorf("HTTP %d %s", a.status, a.body)
			}
		})
	}
	close(start)
	wg.Wait()
	if won != 1 || lost != many-1 || p.sessions.count() != 1 {
		t.Errorf("%d won, %d were refused, %d sessions; want 1, %d, 1", won, lost, p.sessions.count(), many-1)
	}
}

// TestSessionFixation: a login never continues a session, nor a browser's secret
// that is none of ours.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	b := p.browser(t)
	a := b.do(t, request{
		method: http.MethodPost, path: "/login/exchange", user: stranger,
		body: `{"ticket":"` + b.ticket(t, "dingAAAA", "p-alice", here) + `"}`,
	})
	if in := result[loggedIn](t, a); in.Token == "token-"+stranger || in.User.Username != "alice" {
		t.Errorf("logged in as %+v", in)
	}
	for _, planted := range []string{"x", "", strings.Repeat("A", 27), "AAAAAAAAAAAAAAAAAAAAAAAAA!", strings.Repeat("a", 26)} {
		a := p.do(t, request{path: "/login/dingtalk/app?tenantId=1000", header: http.Header{"Cookie": {"thirdapp_browser=" + planted}}})
		cookie := a.header.Get("Set-Cookie")
		if cookie == "" || strings.Contains(cookie, "="+planted+";") {
			t.Errorf("planted %q: Set-Cookie %q, want a new secret", planted, cookie)
		}
		for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("Set-Cookie %q lacks %s", cookie, want)
			}
		}
	}
	secure := newPlatform(t, func(s *setup) { s.PublicURL = "https://platform.example.com" })
	a = secure.do(t, request{path: "/login/dingtalk/app?tenantId=1000"})
	if cookie := a.header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-thirdapp_browser=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("by https: Set-Cookie %q", cookie)
	}
}

// TestLoginPace: too many requests from one address, and for one tenant, wait;
// others do not.
func TestLoginPace(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(s *setup) {
		s.LoginsPerAddress, s.LoginsPerTenant = 10, 100
		s.ClientAddress = func(r *http.Request) string { return r.Header.Get("X-Real-Ip") }
	})
	ask := func(address, in string) answer {
		return p.do(t, request{path: "/login/dingtalk/app?tenantId=" + in, header: http.Header{"X-Real-Ip": {address}}})
	}
	for range 10 {
		ask("203.0.113.7", "1000")
	}
	a := ask("203.0.113.7:1234", "1000")
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "too_fast") {
		t.Errorf("the eleventh: HTTP %d %s", a.status, a.body)
	}
	if a := ask("203.0.113.8", "1000"); a.status != http.StatusOK {
		t.Errorf("another address: HTTP %d %s", a.status, a.body)
	}
	for n := range 10 { // one subscriber has a whole network of IPv6
		ask(fmt.Sprintf("[2001:db8::%d]:1", n), "1000")
	}
	if a := ask("2001:db8::ffff", "1000"); a.status != http.StatusTooManyRequests {
		t.Errorf("another address of a network: HTTP %d", a.status)
	}
	for n := range 100 {
		ask(fmt.Sprintf("198.51.100.%d", n), "1000")
	}
	if a := ask("192.0.2.1", "1000"); a.status != http.StatusTooManyRequests {
		t.Errorf("a tenant asked too often: HTTP %d", a.status)
	}
	if a := ask("192.0.2.1", "2000"); a.status != http.StatusOK {
		t.Errorf("another tenant: HTTP %d %s", a.status, a.body)
	}
}

// TestPopup: the window that opened a popup is told, and only if it is of the
// tenant's origin; nobody may frame the page, and it runs no script but its own.
func TestPopup(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd+"/app")
	b := p.browser(t)
	page := b.begin(t, authorizePath+"&display=popup&returnUrl="+frontEnd+"/app/login")
	a := b.do(t, request{path: p.agree(t, page, "p-alice")})
	if a.status != http.StatusOK || !strings.Contains(a.body, `"https://app.example.com"`) || strings.Contains(a.body, `"*"`) {
		t.Errorf("HTTP %d %s, want a message to the exact origin", a.status, a.body)
	}
	policy := a.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'nonce-", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("Content-Security-Policy %q lacks %s", policy, want)
		}
	}
	for name, want := range map[string]string{
		"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	// A refusal is told, too, with a proof for binding.
	page = b.begin(t, authorizePath+"&display=popup&returnUrl="+frontEnd+"/app/login")
	a = b.do(t, request{path: p.agree(t, page, "p-li")})
	if !strings.Contains(a.body, `"error":"unbound"`) || !strings.Contains(a.body, `"proof":"1000.`) || strings.Contains(a.body, "window.close") {
		t.Errorf("unbound: %s", a.body)
	}
	wantNoLogin(t, "by POST", b.do(t, request{method: http.MethodPost, path: p.agree(t, page, "p-alice")}))
	wantNoLogin(t, "an origin that is not the tenant's",
		b.do(t, request{path: authorizePath + "&display=popup&returnUrl=https://evil.example.com/app"}))
}

// TestLoginPages: what goes wrong is told on a page, in both languages, with the
// request's number and a way to try again.
func TestLoginPages(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	english := http.Header{"Accept-Language": {"en"}}

	down := p.emulator.Fail(dingtalktest.Fault{Path: "/v1.0/oauth2/userAccessToken", Kind: dingtalktest.ServerError})
	a := b.do(t, request{path: p.agree(t, b.begin(t, authorizePath), "p-alice"), header: english})
	down.Remove()
	id := a.header.Get("X-Request-Id")
	for _, want := range []string{"not signed in", "Try again", `href="/login/dingtalk/authorize?returnUrl=`, id, `lang="en"`, "width=device-width"} {
		if a.status != http.StatusBadGateway || !strings.Contains(a.body, want) {
			t.Errorf("provider down: HTTP %d, no %q in %s", a.status, want, a.body)
		}
	}
	if !strings.Contains(p.log.String(), id) {
		t.Error("the request's number is not in the log")
	}
	// The way to try again works.
	_, retry, _ := strings.Cut(a.body, `href="`)
	retry, _, _ = strings.Cut(retry, `"`)
	b.begin(t, strings.ReplaceAll(retry, "&amp;", "&"))

	back := p.agree(t, b.begin(t, authorizePath), "p-alice")
	declined, _, _ := strings.Cut(back, "?")
	a = b.do(t, request{path: declined + "?error=access_denied&state=" + url.QueryEscape(stateOf(t, back))})
	if a.status != http.StatusForbidden || !strings.Contains(a.body, "您已取消登录") || !strings.Contains(a.body, "重试") {
		t.Errorf("declined: HTTP %d %s", a.status, a.body)
	}
	for name, c := range map[string]struct{ path, want string }{
		"unknown provider":      {"/login/slack/authorize?tenantId=1000", "slack"},
		"tenant without app":    {"/login/dingtalk/authorize?tenantId=3000", "钉钉尚未配置"},
		"malformed tenant":      {"/login/dingtalk/authorize?tenantId=a%20b", "租户ID无效"},
		"unknown display":       {"/login/dingtalk/authorize?tenantId=1000&display=frame", "display"},
		"no code and no state":  {"/login/dingtalk/callback", "登录已失效"},
		"script in a parameter": {"/login/dingtalk/authorize?tenantId=1000&display=%3Cscript%3E", "display"},
	} {
		a := b.do(t, request{path: c.path})
		wantNoLogin(t, name, a)
		if !strings.Contains(a.body, c.want) || strings.Contains(a.body, "<script>") {
			t.Errorf("%s: %s, want %q", name, a.body, c.want)
		}
	}
	app := p.apps[here]
	p.exec(t, "UPDATE thirdapp_apps SET enabled = FALSE WHERE id = ?", app)
	closed := newPlatform(t, func(s *setup) { s.PublicURL = "http://unused.example.com" })
	closed.exec(t, "UPDATE thirdapp_apps SET enabled = FALSE WHERE id = ?", closed.apps[here])
	wantNoLogin(t, "disabled app", closed.browser(t).do(t, request{path: authorizePath}))
}

// TestLoginSecrets: no session, ticket, proof, state, code or browser's secret
// stands in the log, and no session in an address or page.
func TestLoginSecrets(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	var secrets, addresses []string
	code := p.inAppCode(t, "dingAAAA", "p-alice")
	a := b.post(t, "/login/dingtalk/code", `{"tenantId":"1000","code":"`+code+`"}`)
	ticket := result[struct{ Ticket string }](t, a).Ticket
	in := b.exchange(t, ticket)
	b.post(t, "/login/exchange", `{"ticket":"`+ticket+`"}`) // refused, and logged
	b.post(t, "/login/dingtalk/code", `{"tenantId":"1000","code":"`+code+`"}`)
	proof := b.proof(t, "p-li")
	page := b.begin(t, authorizePath)
	back := p.agree(t, page, "p-alice")
	a = b.do(t, request{path: back})
	addresses = append(addresses, page, back, a.header.Get("Location"), a.body)
	b.do(t, request{path: back})
	u, _ := url.Parse(p.server.URL)
	secrets = append(secrets, in.Token, ticket, code, proof, stateOf(t, back), fragment(t, a.header.Get("Location")).Get("ticket"),
		b.client.Jar.Cookies(u)[0].Value)
	log := p.log.String()
	for _, s := range append(secrets, p.secrets...) {
		if s == "" || strings.Contains(log, s) {
			t.Errorf("%q stands in the log", s)
		}
	}
	second := b.exchange(t, fragment(t, a.header.Get("Location")).Get("ticket"))
	for _, address := range addresses {
		for _, token := range []string{in.Token, second.Token} {
			if strings.Contains(address, token) {
				t.Errorf("a session stands in %q", address)
			}
		}
	}
	// Nothing of them is kept: what was used is remembered by a random number.
	var rows []string
	check(t, p.store.DB().NewRaw("SELECT tenant_id || id FROM thirdapp_login_used").Scan(t.Context(), &rows))
	for _, row := range rows {
		for _, s := range secrets {
			if strings.Contains(s, row[4:]) {
				t.Errorf("row %q shows a part of a secret", row)
			}
		}
	}
}
