package dingtalk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

const (
	codePath      = "/topapi/v2/user/getuserinfo"
	userTokenPath = "/v1.0/oauth2/userAccessToken"
	selfPath      = "/v1.0/contact/users/me"
	ticketPath    = "/v1.0/oauth2/jsapiTickets"

	loginCode = "l0gin/c0de+value="
	userToken = "us3r/t0ken+value="
	ticket    = "page/t1cket+value="
)

func secret(s string) provider.Secret { return provider.NewSecret(s) }

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	p := open(t, newFake())
	got, err := p.AuthorizeURL(provider.AuthorizeRequest{
		RedirectURL: "https://platform.example.com/a b?x=1&y=2", State: "1000.a+b/c", Challenge: "unused",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "https://login.dingtalk.com/oauth2/auth?client_id=dingappkey&corpId=ding0123&prompt=consent" +
		"&redirect_uri=https%3A%2F%2Fplatform.example.com%2Fa%20b%3Fx%3D1%26y%3D2&response_type=code" +
		"&scope=openid%20corpid&state=1000.a%2Bb%2Fc"
	if got != want {
		t.Errorf("AuthorizeURL:\n got %s\nwant %s", got, want)
	}
}

// browserFake answers a login in a browser.
func browserFake() *fake {
	return newFake().
		reply(userTokenPath, `{"accessToken":"`+userToken+`","refreshToken":"r","expireIn":7200,"corpId":"ding0123"}`).
		reply(selfPath, `{"nick":"绰号","unionId":"U1","openId":"O1"}`).
		reply(unionPath, `{"errcode":0,"request_id":"r","result":{"contact_type":0,"userid":"u1"}}`).
		reply(userPath, okUser)
}

func browserLogin(t *testing.T, f *fake) (provider.LoginIdentity, error) {
	t.Helper()
	return open(t, f).BrowserIdentity(t.Context(), provider.BrowserCode{Code: secret(loginCode)})
}

func TestBrowserIdentity(t *testing.T) {
	t.Parallel()
	f := browserFake()
	got, err := browserLogin(t, f)
	if want := (provider.LoginIdentity{UserID: "u1", UnionID: "U1", Name: "张三"}); err != nil || got != want {
		t.Errorf("BrowserIdentity: got %+v, %v; want %+v", got, err, want)
	}
	var sent map[string]string
	if err := json.Unmarshal(f.to(userTokenPath)[0].body, &sent); err != nil {
		t.Fatal(err)
	}
	if sent["grantType"] != "authorization_code" || sent["code"] != loginCode || sent["clientId"] != "dingappkey" {
		t.Errorf("asked for a user token with %v", sent)
	}
	const header = "X-Acs-Dingtalk-Access-Token"
	if got := f.to(selfPath)[0].header.Get(header); got != userToken {
		t.Errorf("asked who it is with the token %q, want the user's", got)
	}
	if got := f.to(userTokenPath)[0].header.Get(header); got != "" {
		t.Errorf("asked for a user token with the token %q, want none", got)
	}
}

// TestBrowserIdentityRefused: what goes wrong with a login is told as what it
// is.
func TestBrowserIdentityRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path   string
		status int
		answer string
		code   provider.Code
		remedy string
	}{
		"used code":        {userTokenPath, 400, `{"code":"invalidCode","message":"无效的code"}`, provider.Unauthenticated, "log in again"},
		"other company":    {userTokenPath, 200, `{"accessToken":"x","corpId":"dingOTHER"}`, provider.PermissionDenied, "choose this company"},
		"no token":         {userTokenPath, 200, `{"corpId":"ding0123"}`, provider.Unavailable, ""},
		"not granted":      {selfPath, 403, `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied"}`, provider.PermissionDenied, "Contact.User.Read"},
		"nobody":           {selfPath, 200, `{"nick":"x"}`, provider.Unavailable, ""},
		"not a member":     {unionPath, 200, `{"errcode":60121,"errmsg":"找不到该用户"}`, provider.NotFound, "choose this company"},
		"external contact": {unionPath, 200, `{"errcode":0,"result":{"contact_type":1,"userid":"x"}}`, provider.NotFound, "choose this company"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := browserFake().on(c.path, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				say(w, c.answer)
			})
			_, err := browserLogin(t, f)
			if e := asError(t, err); e.Code != c.code || !strings.Contains(e.Remedy.EN, c.remedy) {
				t.Errorf("got %v with remedy %q; want code %s and %q", e, e.Remedy.EN, c.code, c.remedy)
			}
		})
	}
}

// TestCodesAreSentOnce: a code may have been used up by a call whose answer was
// lost.
func TestCodesAreSentOnce(t *testing.T) {
	t.Parallel()
	down := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	f := newFake().on(codePath, down).on(userTokenPath, down)
	p := open(t, f)
	_, inApp := p.InAppIdentity(t.Context(), secret(loginCode))
	_, browser := p.BrowserIdentity(t.Context(), provider.BrowserCode{Code: secret(loginCode)})
	for path, err := range map[string]error{codePath: inApp, userTokenPath: browser} {
		if asError(t, err).Code != provider.Unavailable || f.count(path) != 1 {
			t.Errorf("%s: %v after %d calls, want Unavailable after one", path, err, f.count(path))
		}
	}
}

// TestLoginSecretsStayOutOfErrors: codes, users' tokens and page tickets are in
// no error, whatever DingTalk repeats.
func TestLoginSecretsStayOutOfErrors(t *testing.T) {
	t.Parallel()
	everything := strings.Join([]string{loginCode, userToken, secretValue, ticket}, " ")
	old := func(w http.ResponseWriter, r *http.Request) {
		say(w, fmt.Sprintf(`{"errcode":40078,"errmsg":%q}`, everything+r.URL.String()))
	}
	refuse := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		say(w, fmt.Sprintf(`{"code":"invalidCode","message":%q}`, strings.ReplaceAll(everything, ticket, "")))
	}
	_, err := browserLogin(t, browserFake().on(userTokenPath, refuse))
	wantClean(t, err)
	for _, private := range []string{loginCode, url.QueryEscape(loginCode)} {
		if strings.Contains(err.Error(), private) {
			t.Errorf("the code shows in %v", err)
		}
	}
	self := browserFake().on(selfPath, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		say(w, fmt.Sprintf(`{"code":"invalidParameter","message":%q}`, userToken))
	})
	if _, err := browserLogin(t, self); err == nil || strings.Contains(err.Error(), userToken) {
		t.Errorf("the user's token shows in %v", err)
	}
	if _, err := open(t, newFake().on(codePath, old)).InAppIdentity(t.Context(), secret(loginCode)); err == nil ||
		strings.Contains(err.Error(), loginCode) {
		t.Errorf("the code shows in %v", err)
	}
}

// vector is a case of the reference.
type vector struct {
	Name      string `json:"name"`
	Ticket    string `json:"jsapi_ticket"`
	Nonce     string `json:"noncestr"`
	Timestamp string `json:"timestamp"`
	Page      string `json:"page_url"`
	Signed    string `json:"signed_url"`
	Text      string `json:"string_to_sign"`
	SHA256    string `json:"sha256_hex"`
	SHA1      string `json:"sha1_hex"`
}

func TestPageSignatureVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/jsapi_sign.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Cases) != 4 {
		t.Fatalf("%d vectors, %v; want 4", len(file.Cases), err)
	}
	current := open(t, newFake())
	older := openServed(t, newFake(), dingtalk.Options{LegacyPageSignature: true}, time.Now)
	for _, v := range file.Cases {
		signed, ok := dingtalk.SignedURL(v.Page)
		if !ok || signed != v.Signed {
			t.Errorf("%s: signed URL %q, %t; want %q", v.Name, signed, ok, v.Signed)
		}
		text := dingtalk.PageText(t, v.Ticket, v.Nonce, v.Timestamp, signed)
		if text != v.Text {
			t.Errorf("%s: text\n got %q\nwant %q", v.Name, text, v.Text)
		}
		if got := current.PageDigest(text); got != v.SHA256 {
			t.Errorf("%s: SHA-256 %s, want %s", v.Name, got, v.SHA256)
		}
		if got := older.PageDigest(text); got != v.SHA1 {
			t.Errorf("%s: SHA-1 %s, want %s", v.Name, got, v.SHA1)
		}
	}
}

// TestPageTicketIsShared: many pages at once take one ticket, which is renewed
// when its time comes.
func TestPageTicketIsShared(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	f := newFake().reply(ticketPath, `{"jsapiTicket":"`+ticket+`","expireIn":7200}`)
	p := openServed(t, f, dingtalk.Options{}, clock)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			s, err := p.SignPage(t.Context(), "https://app.example.com/")
			if err != nil || s.OrgID != "ding0123" || s.AgentID != "310804070" || s.ClientID != "dingappkey" {
				t.Errorf("SignPage: %+v, %v", s, err)
			}
		})
	}
	wg.Wait()
	if n := f.count(ticketPath); n != 1 {
		t.Errorf("the ticket was fetched %d times, want once", n)
	}
	mu.Lock()
	now = now.Add(2 * time.Hour)
	mu.Unlock()
	if _, err := p.SignPage(t.Context(), "https://app.example.com/"); err != nil || f.count(ticketPath) != 2 {
		t.Errorf("after its life: %v, fetched %d times; want twice", err, f.count(ticketPath))
	}
}

func TestSignPageAfterClose(t *testing.T) {
	t.Parallel()
	p := open(t, newFake())
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := p.SignPage(t.Context(), "https://app.example.com/")
	var e *provider.Error
	if !errors.As(err, &e) || e.Code != provider.Unavailable {
		t.Errorf("SignPage after Close: %v, want Unavailable", err)
	}
}

func FuzzSignedURL(f *testing.F) {
	for _, page := range []string{"https://a.example/", "https://a.example/?q=a+b%20#x", "//a", "http://u:p@a/", "%zz", "http://a?%zz"} {
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page string) {
		signed, ok := dingtalk.SignedURL(page)
		if ok && !strings.HasPrefix(strings.ToLower(signed), "http") {
			t.Errorf("SignedURL(%q) = %q", page, signed)
		}
	})
}
