package dingtalktest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

const (
	pathCode      = "/topapi/v2/user/getuserinfo"
	pathCodeOld   = "/user/getuserinfo"
	pathUserToken = "/v1.0/oauth2/userAccessToken"
	pathSelf      = "/v1.0/contact/users/me"
	pathTicket    = "/v1.0/oauth2/jsapiTickets"
	pathTicketOld = "/get_jsapi_ticket"
	pathLogin     = "/oauth2/auth"
)

func (b *bundle) inAppCode(userID string) string {
	b.t.Helper()
	code, err := b.InAppCode("key", userID)
	if err != nil {
		b.t.Fatal(err)
	}
	return code
}

func TestInAppCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.inAppCode("alice")
	user := b.call(pathCode, params{"code": code}).want(0).result()
	same(t, "userid", user["userid"], any("alice"))
	same(t, "unionid", user["unionid"], any("union-alice"))
	same(t, "name", user["name"], any(`艾"丽丝`))
	same(t, "sys", user["sys"], any(false))
	b.call(pathCode, params{"code": code}).want(40078) // used
	b.call(pathCode, params{"code": "invented"}).want(40078)
	b.call(pathCode, params{}).want(400002)

	boss := b.call(pathCode, params{"code": b.inAppCode("boss")}).want(0).result()
	same(t, "sys_level of the boss", boss["sys_level"], any(100.0))
	old := b.get(pathCodeOld + "?access_token=" + b.token + "&code=" + b.inAppCode("bob")).want(0)
	same(t, "userid of the old form", old.body["userid"], any("bob"))

	late := b.inAppCode("alice")
	b.clock.Advance(5 * time.Minute)
	b.call(pathCode, params{"code": late}).want(40078)
}

// TestCodesBelongToOneApp: another company's app gets nothing for a code.
func TestCodesBelongToOneApp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := dingtalktest.Company{
		CorpID: "dingother", Name: "别家", People: []dingtalktest.Person{{UserID: "alice", Name: "另一个"}},
		Apps: []dingtalktest.App{{ClientID: "key2", ClientSecret: "secret2", AgentID: 1}},
	}
	if err := b.AddCompany(other); err != nil {
		t.Fatal(err)
	}
	foreign, err := b.InAppCode("key2", "alice")
	if err != nil {
		t.Fatal(err)
	}
	b.call(pathCode, params{"code": foreign}).want(40078)
	if _, err := b.InAppCode("key2", "bob"); err == nil {
		t.Error("a code for somebody who is not of the company")
	}
	if _, err := b.InAppCode("key3", "alice"); err == nil {
		t.Error("a code for an unknown app")
	}
}

// loginQuery opens the login page.
func loginQuery() url.Values {
	return url.Values{
		"client_id": {"key"}, "redirect_uri": {"https://platform.example.com/back?a=1"}, "response_type": {"code"},
		"scope": {"openid corpid"}, "state": {"s&t=1"}, "prompt": {"consent"},
	}
}

func TestUserToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := func(scope string) string {
		q := loginQuery()
		q.Set("scope", scope)
		back, err := b.Authorize(b.URL+pathLogin+"?"+q.Encode(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		q = u.Query()
		if q.Get("state") != "s&t=1" || q.Get("a") != "1" || q.Get("code") != q.Get("authCode") {
			t.Errorf("sent back to %s", back)
		}
		return q.Get("code")
	}
	ask := func(code string) params {
		return params{"clientId": "key", "clientSecret": "secret", "grantType": "authorization_code", "code": code}
	}
	once := code("openid corpid")
	a := b.post(pathUserToken, ask(once))
	same(t, "status", a.status, http.StatusOK)
	same(t, "corpId", a.body["corpId"], any(corp))
	b.post(pathUserToken, ask(once)).wantNew(http.StatusBadRequest, "invalidCode")
	b.post(pathUserToken, ask(b.inAppCode("alice"))).wantNew(http.StatusBadRequest, "invalidCode")
	b.post(pathUserToken, ask(code("openid")).with("clientSecret", "x")).wantNew(http.StatusBadRequest, "invalidClientIdOrSecret")
	b.post(pathUserToken, ask("x").with("grantType", "password")).wantNew(http.StatusBadRequest, "invalidParameter.grantType")
	if plain := b.post(pathUserToken, ask(code("openid"))); plain.body["corpId"] != nil {
		t.Errorf("corpId %v without being asked for the company", plain.body["corpId"])
	}

	// An app's own token stands for nobody.
	b.callNew(pathSelf, nil).wantNew(http.StatusForbidden, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
	b.token, _ = a.body["accessToken"].(string)
	me := b.callNew(pathSelf, nil)
	same(t, "unionId", me.body["unionId"], any("union-alice"))
	same(t, "nick", me.body["nick"], any(`昵称艾"丽丝`))
	b.call(pathListSub, params{}).wantWrapped(40014) // a user's token is no app's
	b.clock.Advance(2 * time.Hour)
	b.callNew(pathSelf, nil).wantNew(http.StatusBadRequest, "InvalidAuthentication")
}

func TestLoginPage(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) { a.RedirectURLs = []string{"https://platform.example.com/back?a=1"} }))
	client := *b.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	visit := func(method string, q url.Values, form url.Values) (status int, location, page string) {
		t.Helper()
		req := b.request(method, pathLogin+"?"+q.Encode(), "application/x-www-form-urlencoded", []byte(form.Encode()))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("Location"), string(body)
	}
	status, _, page := visit(http.MethodGet, loginQuery(), nil)
	if status != http.StatusOK || !strings.Contains(page, "王总") || strings.Contains(page, "卡罗尔") {
		t.Errorf("HTTP %d, want the people who have activated DingTalk: %s", status, page)
	}
	searching := loginQuery()
	searching.Set("q", "鲍")
	if _, _, page := visit(http.MethodGet, searching, nil); strings.Contains(page, "王总") || !strings.Contains(page, "鲍勃") {
		t.Errorf("search shows %s", page)
	}
	status, location, _ := visit(http.MethodPost, loginQuery(), url.Values{"userId": {"bob"}})
	if status != http.StatusFound || !strings.HasPrefix(location, "https://platform.example.com/back?a=1&authCode=") {
		t.Errorf("HTTP %d to %q", status, location)
	}
	_, location, _ = visit(http.MethodPost, loginQuery(), nil)
	if want := "https://platform.example.com/back?a=1&error=access_denied&state=s%26t%3D1"; location != want {
		t.Errorf("refused to %q, want %q", location, want)
	}
	for name, value := range map[string]string{
		"client_id": "nobody", "redirect_uri": "https://evil.example.com/", "response_type": "token",
		"scope": "corpid", "prompt": "",
	} {
		wrong := loginQuery()
		wrong.Set(name, value)
		if status, location, _ := visit(http.MethodGet, wrong, nil); status != http.StatusBadRequest || location != "" {
			t.Errorf("%s=%q: HTTP %d to %q, want 400", name, value, status, location)
		}
	}
}

func TestPageTickets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.callNew(pathTicket, params{})
	b.clock.Advance(time.Hour)
	b.fetch()
	again := b.get(pathTicketOld + "?access_token=" + b.token).want(0)
	same(t, "ticket within its life", again.body["ticket"], first.body["jsapiTicket"])
	if first.body["jsapiTicket"] == nil {
		t.Error("no ticket")
	}
	good := dingtalktest.PageConfig{CorpID: corp, AgentID: agent, Nonce: "n", Timestamp: 1, Signature: "x"}
	for want, change := range map[int]func(*dingtalktest.PageConfig){
		52010: func(c *dingtalktest.PageConfig) { c.CorpID = "x" },
		52019: func(c *dingtalktest.PageConfig) { c.AgentID = 7 },
		52015: func(c *dingtalktest.PageConfig) { c.Nonce = "" },
		52018: func(c *dingtalktest.PageConfig) { c.Timestamp = 0 },
		52013: func(*dingtalktest.PageConfig) {},
	} {
		c := good
		change(&c)
		if got := b.CheckPage("https://app.example.com/", c); got != want {
			t.Errorf("CheckPage(%+v) = %d, want %d", c, got, want)
		}
	}
	b.clock.Advance(2 * time.Hour)
	if got := b.CheckPage("https://app.example.com/", good); got != 52011 {
		t.Errorf("CheckPage without a ticket = %d, want 52011", got)
	}
}
