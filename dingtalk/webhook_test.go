package dingtalk_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

const (
	hookToken  = "w3bh00k-t0ken/+="
	hookSecret = "SECw3bh00k0000000000000000000000000000000000000000000000000000001"
)

// webhookSender returns a sender that calls nobody.
func webhookSender(t testing.TB, o dingtalk.Options, now func() time.Time) provider.WebhookSender {
	t.Helper()
	return webhooksOf(t, o, provider.Environment{Now: now})
}

func webhooksOf(t testing.TB, o dingtalk.Options, env provider.Environment) provider.WebhookSender {
	t.Helper()
	f, err := dingtalk.New(o)
	if err != nil {
		t.Fatal(err)
	}
	factory, ok := f.(provider.WebhookFactory)
	if !ok {
		t.Fatal("the factory has no webhooks")
	}
	return factory.Webhooks(env)
}

// hooked returns a sender for f and the address of a webhook there.
func hooked(t testing.TB, f http.Handler, now func() time.Time) (provider.WebhookSender, provider.Webhook) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	s := webhooksOf(t, dingtalk.Options{OAPIBaseURL: server.URL, Attempts: 2}, provider.Environment{Client: server.Client(), Now: now})
	return s, webhook(server.URL+"/robot/send?access_token=w3bh00k-t0ken%2F%2B%3D", "")
}

func webhook(address, secret string) provider.Webhook {
	return provider.Webhook{URL: provider.NewSecret(address), SignSecret: provider.NewSecret(secret)}
}

var helloHook = provider.Rendered{Body: []byte(`{"msgtype":"text","text":{"content":"<你好>"}}`)}

func TestWebhookSign(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/hmac_sign.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct{ Name, Kind, Secret, Timestamp, Base64 string }
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range file.Cases {
		if c.Kind != "custom_robot_webhook" {
			continue
		}
		n++
		if got := dingtalk.WebhookSign(c.Timestamp, c.Secret); got != c.Base64 {
			t.Errorf("%s: sign = %s, want %s", c.Name, got, c.Base64)
		}
	}
	if n != 3 {
		t.Errorf("%d vectors, want 3", n)
	}
}

func TestCheckWebhook(t *testing.T) {
	t.Parallel()
	s := webhookSender(t, dingtalk.Options{
		OAPIBaseURL: "http://127.0.0.1:8080/ding", AllowedWebhookHosts: []string{"Hook.example", "hook.example:8443"},
	}, time.Now)
	for address, ok := range map[string]bool{
		"https://oapi.dingtalk.com/robot/send?access_token=x":             true,
		"https://OAPI.dingtalk.com:443/robot/send?access_token=x":         true,
		"https://api.dingtalk.com/robot/send?access_token=x":              true,
		"https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1": true,
		"http://127.0.0.1:8080/ding/robot/send?access_token=x":            true,
		"https://hook.example/robot/send?access_token=x":                  true,
		"https://hook.example:8443/robot/send?access_token=x":             true,

		"": false, "x": false, "https://%zz": false, "mailto:a@b": false,
		"http://oapi.dingtalk.com/robot/send?access_token=x":                 false,
		"ftp://oapi.dingtalk.com/robot/send?access_token=x":                  false,
		"//oapi.dingtalk.com/robot/send?access_token=x":                      false,
		"https://oapi.dingtalk.com:8443/robot/send?access_token=x":           false,
		"https://oapi.dingtalk.com.evil.example/robot/send?access_token=x":   false,
		"https://evil.example/robot/send?access_token=x":                     false,
		"https://evil-oapi.dingtalk.com/robot/send?access_token=x":           false,
		"https://oapi.dingtalk.com@evil.example/robot/send?access_token=x":   false,
		"https://user:pw@oapi.dingtalk.com/robot/send?access_token=x":        false,
		"https://oapi.dingtalk.com./robot/send?access_token=x":               false,
		"https://oapi.dingtalk.com\\@evil.example/robot/send":                false,
		"https://127.0.0.1:8080/ding/robot/send?access_token=x":              false,
		"http://127.0.0.1:8080/robot/send?access_token=x":                    false,
		"http://127.0.0.1:8081/ding/robot/send?access_token=x":               false,
		"http://127.0.0.1/ding/robot/send?access_token=x":                    false,
		"http://[::1]:8080/ding/robot/send?access_token=x":                   false,
		"http://hook.example/robot/send?access_token=x":                      false,
		"https://hook.example:9443/robot/send?access_token=x":                false,
		"https://oapi.dingtalk.com/robot/send":                               false,
		"https://oapi.dingtalk.com/robot/send?access_token=":                 false,
		"https://oapi.dingtalk.com/robot/send?access_token=x&access_token=y": false,
		"https://oapi.dingtalk.com/robot/send?access_token=%zz":              false,
		"https://oapi.dingtalk.com/robot/send?access_token=x#f":              false,
		"https://oapi.dingtalk.com/robot/../gettoken?access_token=x":         false,
		"https://oapi.dingtalk.com/robot%2Fsend?access_token=x":              false,
		"https://oapi.dingtalk.com/robot/send/?access_token=x":               false,
		"https://oapi.dingtalk.com/gettoken?access_token=x":                  false,
	} {
		problem := s.CheckWebhook(webhook(address, ""))
		if problem.IsZero() != ok || (problem.ZH == "") != (problem.EN == "") {
			t.Errorf("%s: %+v, want ok = %v", address, problem, ok)
		}
		_, err := s.SendWebhook(t.Context(), webhook(address, ""), provider.Rendered{}, "")
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent {
			t.Errorf("%s: sent with %v", address, err)
		}
	}
	const good = "https://oapi.dingtalk.com/robot/send?access_token=x"
	for secret, ok := range map[string]bool{"": true, hookSecret: true, "abc": false, "sec123": false, hookSecret + "\n": false} {
		problem := s.CheckWebhook(webhook(good, secret))
		if problem.IsZero() != ok || (secret != "" && strings.Contains(problem.ZH+problem.EN, secret)) {
			t.Errorf("secret %q: %+v, want ok = %v", secret, problem, ok)
		}
	}
}

func TestAllowedWebhookHosts(t *testing.T) {
	t.Parallel()
	for host, ok := range map[string]bool{
		"hook.example": true, "hook.example:8443": true, "[::1]:8443": true,
		"": false, "https://hook.example": false, "hook.example/x": false, "u@hook.example": false, "hook.example?x": false, ":80": false, "a b": false,
	} {
		if _, err := dingtalk.New(dingtalk.Options{AllowedWebhookHosts: []string{host}}); (err == nil) != ok {
			t.Errorf("host %q: %v, want ok = %v", host, err, ok)
		}
	}
}

func TestSendWebhook(t *testing.T) {
	t.Parallel()
	f := newFake().reply(webhookPath, `{"errcode":0,"errmsg":"ok","request_id":"r1","echo":"w3bh00k-t0ken/+="}`)
	at := time.UnixMilli(1700000000000)
	s, w := hooked(t, f, func() time.Time { return at })
	got, err := s.SendWebhook(t.Context(), w, helloHook, "")
	if err != nil || got.RequestID != "r1" || got.TaskID != "" || strings.Contains(string(got.Raw), hookToken) {
		t.Fatalf("SendWebhook() = %+v, %v", got, err)
	}
	w.SignSecret = provider.NewSecret(hookSecret)
	if _, err := s.SendWebhook(t.Context(), w, helloHook, `id"1`); err != nil {
		t.Fatal(err)
	}
	sent := f.to(webhookPath)
	if q := sent[0].query; len(q) != 1 || q.Get("access_token") != hookToken || string(sent[0].body) != `{"msgtype":"text","text":{"content":"<你好>"}}` {
		t.Errorf("without a secret: query %v, body %s", q, sent[0].body)
	}
	q := sent[1].query
	if q.Get("access_token") != hookToken || q.Get("timestamp") != "1700000000000" || q.Get("sign") != dingtalk.WebhookSign("1700000000000", hookSecret) {
		t.Errorf("signed: query %v", q)
	}
	if body := string(sent[1].body); body != `{"msgUuid":"id\"1","msgtype":"text","text":{"content":"<你好>"}}` {
		t.Errorf("body = %s, want the id of the message in it", body)
	}
	if f.count(tokenPath) > 0 {
		t.Error("a webhook needs no access token of an app")
	}
	for _, body := range []string{"", "{", `[]`, `{"msgKey":"sampleText"}`} {
		_, err := s.SendWebhook(t.Context(), w, provider.Rendered{Body: []byte(body)}, "")
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent {
			t.Errorf("body %q: %v, want invalid_argument", body, err)
		}
	}
}

// TestWebhookErrors: what each refusal means, and how often the call is made
// without and with an id of the message.
func TestWebhookErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer       http.HandlerFunc
		code         provider.Code
		once, twice  int
		unsent       bool
		retry        time.Duration
		withinRemedy string
	}{
		"keywords":   {write(200, `{"errcode":310000,"errmsg":"keywords not in content, more: [https://x]"}`), provider.FailedPrecondition, 1, 1, true, 0, "安全设置"},
		"no token":   {write(200, `{"errcode":400101}`), provider.NotFound, 1, 1, true, 0, "Webhook"},
		"stopped":    {write(200, `{"errcode":400102}`), provider.FailedPrecondition, 1, 1, true, 0, "启用"},
		"old gone":   {write(200, `{"errcode":300001,"errmsg":"token is not exist"}`), provider.NotFound, 1, 1, true, 0, "Webhook"},
		"older gone": {write(200, `{"errcode":300005,"errmsg":"token is not exist"}`), provider.NotFound, 1, 1, true, 0, "Webhook"},
		"clock":      {write(200, `{"errcode":310000,"errmsg":"invalid timestamp"}`), provider.FailedPrecondition, 1, 1, true, 0, "时钟"},
		"too long":   {write(200, `{"errcode":460101,"errmsg":"message too long, exceed 20000 bytes"}`), provider.InvalidArgument, 1, 1, true, 0, "过长"},
		"long, old":  {write(200, `{"errcode":101002,"errmsg":"message is too long"}`), provider.InvalidArgument, 1, 1, true, 0, "过长"},
		"no robot":   {write(200, `{"errcode":400106}`), provider.NotFound, 1, 1, true, 0, "Webhook"},
		"no group":   {write(200, `{"errcode":400013}`), provider.NotFound, 1, 1, true, 0, "解散"},
		"wrong type": {write(200, `{"errcode":400105}`), provider.InvalidArgument, 1, 1, true, 0, ""},
		"unsafe":     {write(200, `{"errcode":430102}`), provider.InvalidArgument, 1, 1, true, 0, "内容"},
		"too fast":   {write(200, `{"errcode":410100}`), provider.ResourceExhausted, 1, 1, true, 10 * time.Minute, "频繁"},
		"busy":       {write(200, `{"errcode":-1}`), provider.Unavailable, 1, 2, false, 0, ""},
		"gateway":    {write(200, `{"errcode":88,"sub_code":""}`), provider.Unavailable, 2, 2, true, 0, ""},
		"time-out":   {write(504, ``), provider.Unavailable, 1, 2, false, 0, ""},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		}, provider.Unavailable, 1, 2, false, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for dedup, calls := range map[string]int{"": c.once, "id1": c.twice} {
					f := newFake().on(webhookPath, c.answer)
					s := webhooksOf(t, dingtalk.Options{Attempts: 2}, provider.Environment{Client: &http.Client{Transport: direct{f}}})
					_, err := s.SendWebhook(t.Context(), webhook("https://oapi.dingtalk.com/robot/send?access_token=x1y2z3", hookSecret), helloHook, dedup)
					e := asError(t, err)
					if e.Code != c.code || e.Unsent != c.unsent || e.RetryAfter != c.retry || !strings.Contains(e.Remedy.ZH, c.withinRemedy) || e.Op != "robot/send" {
						t.Errorf("error = %+v, want %s", e, c.code)
					}
					if n := f.count(webhookPath); n != calls || len(f.requests) != n {
						t.Errorf("dedup %q: %d calls of %d, want %d", dedup, n, len(f.requests), calls)
					}
				}
			})
		})
	}
}

// TestWebhooksAreApart: one that must rest does not hold back another.
func TestWebhooksAreApart(t *testing.T) {
	t.Parallel()
	f := newFake().reply(webhookPath, `{"errcode":410100}`, `{"errcode":0}`)
	s, w := hooked(t, f, time.Now)
	if _, err := s.SendWebhook(t.Context(), w, helloHook, ""); provider.CodeOf(err) != provider.ResourceExhausted {
		t.Fatalf("error = %v, want resource_exhausted", err)
	}
	if _, err := s.SendWebhook(t.Context(), w, helloHook, ""); err != nil {
		t.Errorf("the next is held back: %v", err)
	}
	if got := s.Limits(); got.WebhookPerMinute != 20 || got.Mentions != 50 {
		t.Errorf("limits = %+v", got)
	}
}

// TestWebhookSecretsStayOutOfErrors: who knows the address can send.
func TestWebhookSecretsStayOutOfErrors(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"echo": func(w http.ResponseWriter, r *http.Request) {
			say(w, `{"errcode":310000,"errmsg":"`+r.URL.RawQuery+` `+r.URL.Query().Get("access_token")+` `+hookSecret+`"}`)
		},
		"hang up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"page":    func(w http.ResponseWriter, r *http.Request) { say(w, "<html>"+r.URL.String()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w := hooked(t, h, time.Now)
			w.SignSecret = provider.NewSecret(hookSecret)
			_, err := s.SendWebhook(t.Context(), w, helloHook, "")
			wantNone(t, err, hookToken, "w3bh00k-t0ken%2F%2B%3D", hookSecret)
		})
	}
	t.Run("transport", func(t *testing.T) {
		t.Parallel()
		s := webhooksOf(t, dingtalk.Options{}, provider.Environment{Client: &http.Client{Transport: leaky{}}})
		_, err := s.SendWebhook(t.Context(), webhook("https://oapi.dingtalk.com/robot/send?access_token=w3bh00k-t0ken%2F%2B%3D", hookSecret), helloHook, "")
		wantNone(t, err, hookToken, "w3bh00k-t0ken%2F%2B%3D", hookSecret)
	})
}

func wantNone(t *testing.T, err error, secrets ...string) {
	t.Helper()
	wantClean(t, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, secret := range secrets {
			if strings.Contains(e.Error(), secret) || strings.Contains(mustJSON(t, e), secret) {
				t.Errorf("%q stands in %v", secret, e)
			}
		}
	}
}
