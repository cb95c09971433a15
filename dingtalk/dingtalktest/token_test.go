package dingtalktest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestTokenIsTheSameWhileValidAndExtended(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.token
	if first == "" {
		t.Fatal("no token")
	}
	b.clock.Advance(time.Hour)
	a := b.post(pathAccessToken, params{"appKey": "key", "appSecret": "secret"})
	same(t, "status", a.status, http.StatusOK)
	same(t, "token of the new API", a.body["accessToken"], any(first))
	same(t, "expireIn", a.body["expireIn"], any(7200.0))

	// 2.5 h after the first fetch, 1.5 h after the second.
	b.clock.Advance(90 * time.Minute)
	b.call(pathListSub, params{}).want(0)
	b.clock.Advance(time.Hour)
	b.call(pathListSub, params{}).wantWrapped(42001)

	a = b.get(pathGetToken + "?appkey=key&appsecret=secret").want(0)
	same(t, "expires_in", a.body["expires_in"], any(7200.0))
	if a.body["access_token"] == first {
		t.Error("an expired token came back")
	}
	// The old one does not come to life again.
	b.call(pathListSub, params{}).wantWrapped(42001)
}

func TestExpireTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ExpireTokens()
	b.call(pathListSub, params{}).wantWrapped(42001)
	b.get(pathScopes + "?access_token=" + b.token).want(42001)
	old := b.token
	b.fetch()
	if b.token == old {
		t.Error("the same token after ExpireTokens")
	}
	b.call(pathListSub, params{}).want(0)
}

func TestManyTokensAreForgottenInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.token
	for range 40 {
		b.ExpireTokens()
		b.fetch()
	}
	b.call(pathListSub, params{}).want(0)
	b.token = first
	b.call(pathListSub, params{}).wantWrapped(40014)
}

func TestTokenLifetime(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.TokenLifetime = time.Minute })
	same(t, "expires_in", b.get(pathGetToken + "?appkey=key&appsecret=secret").body["expires_in"], any(60.0))
	b.clock.Advance(time.Minute)
	b.call(pathListSub, params{}).wantWrapped(42001)
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, tc := range []struct {
		name, key, secret string
		code              int
	}{
		{"no key", "", "secret", 40035},
		{"no secret", "key", "", 40035},
		{"unknown key", "other", "secret", 40096},
		{"wrong secret", "key", "other", 40089},
	} {
		b.get(pathGetToken + "?appkey=" + tc.key + "&appsecret=" + tc.secret).want(tc.code)
		b.post(pathAccessToken, params{"appKey": tc.key, "appSecret": tc.secret}).
			wantNew(http.StatusBadRequest, "invalidClientIdOrSecret")
	}
}

func TestTokenPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)

	b.post(pathListSub, params{}).wantWrapped(40000)
	b.post(pathListSub+"?access_token=invented", params{}).wantWrapped(40014)
	b.post(pathListSub, params{"access_token": b.token}).wantWrapped(40000)
	b.callForm(pathListSub, url.Values{}).want(0)
	b.get(pathScopes).want(41001)
	b.get(pathScopes + "?access_token=invented").want(40014)

	req := b.request(http.MethodPost, pathListSub, "application/json", []byte("{}"))
	req.Header.Set("X-Acs-Dingtalk-Access-Token", b.token)
	b.do(req).wantWrapped(40000)
}

func TestMethodAndContentType(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := "?access_token=" + b.token
	send := func(method, path, contentType, body string) answer {
		t.Helper()
		return b.do(b.request(method, path, contentType, []byte(body)))
	}
	b.post(pathGetToken, params{"appkey": "key", "appsecret": "secret"}).want(43001)
	b.get(pathListSub + at).want(43002)
	b.get(pathAccessToken).wantNew(http.StatusNotFound, "InvalidAction.NotFound")

	send(http.MethodPost, pathListSub+at, "", "{}").want(43004)
	send(http.MethodPost, pathListSub+at, "text/plain", "{}").want(43004)
	send(http.MethodPost, pathListSub+at, "multipart/form-data; boundary=x", "{}").want(43004)
	send(http.MethodPost, pathListSub+at, "application/json; charset=gbk", "{}").want(43005)
	send(http.MethodPost, pathListSub+at, "application/json", "{").want(47001)
	send(http.MethodPost, pathListSub+at, "application/json", "[]").want(47001)
	send(http.MethodPost, pathListSub+at, "application/json", "null").want(47001)
	send(http.MethodPost, pathListSub+at, "application/x-www-form-urlencoded", "a=%zz").want(47001)
	send(http.MethodPost, pathListSub+at, "application/json", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`).want(41102)
	send(http.MethodPost, pathListSub+at, "application/json", "").want(0)
	send(http.MethodPost, pathListSub+at, "application/json;charset=UTF-8", "{}").want(0)

	send(http.MethodPost, pathAccessToken, "application/x-www-form-urlencoded", "appKey=key&appSecret=secret").
		wantNew(http.StatusBadRequest, "invalidParameter")
	send(http.MethodPost, pathAccessToken, "application/json", "{").wantNew(http.StatusBadRequest, "invalidParameter")
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.get("/nothing").want(404)
	b.post("/oauth2/accessToken", params{}).want(404)
	a := b.call("/topapi/v2/user/notexist", params{}).want(22)
	same(t, "sub_msg", a.body["sub_msg"], any("不合法ApiName，ApiName = dingtalk.oapi.v2.user.notexist"))
	b.post("/v1.0/nothing", params{}).wantNew(http.StatusNotFound, "InvalidAction.NotFound")
	b.get("/_emulator/state").want(404)
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ path, permission string }{
		{pathListSub, dingtalktest.PermissionDepartments},
		{pathListSubID, dingtalktest.PermissionDepartments},
		{pathDepartment, dingtalktest.PermissionDepartments},
		{pathParents, dingtalktest.PermissionDepartments},
		{pathUsers, dingtalktest.PermissionMembers},
		{pathSimple, dingtalktest.PermissionMembers},
		{pathUserIDs, dingtalktest.PermissionPerson},
		{pathUser, dingtalktest.PermissionPerson},
		{pathByUnion, dingtalktest.PermissionPerson},
		{pathCount, dingtalktest.PermissionPerson},
		{pathByMobile, dingtalktest.PermissionByMobile},
		{pathSend, dingtalktest.PermissionBase},
		{pathProgress, dingtalktest.PermissionBase},
		{pathResult, dingtalktest.PermissionBase},
		{pathRecall, dingtalktest.PermissionBase},
	} {
		t.Run(strings.ReplaceAll(tc.path[1:], "/", "."), func(t *testing.T) {
			t.Parallel()
			b := setup(t, withApp(func(a *dingtalktest.App) {
				a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), tc.permission)
			}))
			a := b.call(tc.path, params{}).wantWrapped(60011)
			msg, _ := a.body["sub_msg"].(string)
			if !strings.Contains(msg, "["+tc.permission+"]") {
				t.Errorf("sub_msg %q does not name %s", msg, tc.permission)
			}
			same(t, "errmsg", a.body["errmsg"], any("ding talk error[subcode=60011,submsg="+msg+"]"))

			// Granted at run time, it works with the token at hand.
			if err := b.UpdateApp("key", func(a *dingtalktest.App) { a.Permissions = append(a.Permissions, tc.permission) }); err != nil {
				t.Fatal(err)
			}
			if code, wrapped := b.call(tc.path, params{}).code(); wrapped {
				t.Errorf("after the grant: wrapped %d", code)
			}
		})
	}
}

func TestNoPermissionAtAll(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) { a.Permissions = []string{} }))
	b.get(pathScopes + "?access_token=" + b.token).want(60011)
	b.call(pathListSub, params{}).wantWrapped(60011)
}

func TestIPWhitelist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list := func(addresses ...string) {
		t.Helper()
		if err := b.UpdateApp("key", func(a *dingtalktest.App) { a.IPWhitelist = addresses }); err != nil {
			t.Fatal(err)
		}
	}
	list("203.0.113.9", "198.51.100.0/24")
	a := b.call(pathListSub, params{}).want(60020)
	if msg, _ := a.body["errmsg"].(string); !strings.Contains(msg, "request ip=127.0.0.1 appKey(key)") {
		t.Errorf("errmsg %q names neither address nor app", msg)
	}
	b.get(pathGetToken + "?appkey=key&appsecret=secret").want(60020)
	b.post(pathAccessToken, params{"appKey": "key", "appSecret": "secret"}).
		wantNew(http.StatusForbidden, "Forbidden.AccessDenied.IpNotInWhiteList")
	list("127.0.0.0/8", "::1")
	b.call(pathListSub, params{}).want(0)
	list()
	b.call(pathListSub, params{}).want(0)

	if err := b.UpdateApp("key", func(a *dingtalktest.App) { a.IPWhitelist = []string{"nonsense"} }); err == nil {
		t.Error("a whitelist with nonsense was taken")
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.CallsPerSecond = 3 })
	for range 3 {
		b.call(pathListSub, params{}).want(0)
	}
	b.call(pathListSub, params{}).want(90018)
	// Each API counts by itself.
	b.call(pathUser, params{"userid": "bob"}).want(0)
	b.clock.Advance(999 * time.Millisecond)
	b.call(pathListSub, params{}).want(90018)
	b.clock.Advance(time.Millisecond)
	b.call(pathListSub, params{}).want(0)
}

func TestScopesOfTheWholeCompany(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.get(pathScopes + "?access_token=" + b.token).want(0)
	scope := a.object("auth_org_scopes")
	equal(t, "authed_dept", numbers(scope["authed_dept"]), []int64{1})
	equal(t, "authed_user", texts(scope["authed_user"]), nil)
	fields := strings.Join(texts(a.body["auth_user_field"]), ",")
	if !strings.HasSuffix(fields, ",mobile,email") {
		t.Errorf("auth_user_field %s lacks mobile and email", fields)
	}
}

func TestScopesOfAPart(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) {
		a.Scope = dingtalktest.Scope{Departments: []int64{20}, UserIDs: []string{"bob"}}
		a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionMobile)
	}))
	a := b.get(pathScopes + "?access_token=" + b.token).want(0)
	scope := a.object("auth_org_scopes")
	equal(t, "authed_dept", numbers(scope["authed_dept"]), []int64{20})
	equal(t, "authed_user", texts(scope["authed_user"]), []string{"bob"})
	fields := strings.Join(texts(a.body["auth_user_field"]), ",")
	if strings.Contains(fields, "mobile") || !strings.Contains(fields, "email") {
		t.Errorf("auth_user_field %s, want email without mobile", fields)
	}
}

func TestCompaniesAndAppsAreApart(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) {
		other := dingtalktest.Company{
			CorpID: "dingother", Name: "另一家",
			Departments: []dingtalktest.Department{{ID: 10, Name: "法务部"}},
			People:      []dingtalktest.Person{{UserID: "bob", Name: "别的鲍勃"}},
			Apps: []dingtalktest.App{
				{ClientID: "key2", ClientSecret: "secret2", AgentID: agent},
				{ClientID: "key3", ClientSecret: "secret3", AgentID: 1003},
			},
		}
		o.Companies = append(o.Companies, other)
	})
	fetch := func(key, secret string) string {
		t.Helper()
		token, _ := b.get(pathGetToken + "?appkey=" + key + "&appsecret=" + secret).want(0).body["access_token"].(string)
		return token
	}
	mine := b.token
	two, three := fetch("key2", "secret2"), fetch("key3", "secret3")
	if mine == two || two == three {
		t.Fatal("apps share a token")
	}
	same(t, "bob here", b.call(pathUser, params{"userid": "bob"}).result()["name"], any("鲍勃"))
	b.token = two
	same(t, "bob there", b.call(pathUser, params{"userid": "bob"}).result()["name"], any("别的鲍勃"))
	b.call(pathUser, params{"userid": "alice"}).want(60121)
	b.token = three
	b.call(pathSend, params{"agent_id": agent, "userid_list": "bob", "msg": text("x")}).want(40056)
	equal(t, "companies", b.CorpIDs(), []string{corp, "dingother"})
}
