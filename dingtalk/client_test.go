package dingtalk_test

import (
	"context"
	"encoding/json"
	"net"
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

func TestOldAPITakesTokenInQuery(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, okUser)
	if _, err := open(t, f).PersonByID(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	got := f.to(userPath)[0]
	if token := got.query.Get("access_token"); token != "tok-1" {
		t.Errorf("access_token = %q, want tok-1", token)
	}
	if ct := got.header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("Content-Type = %q", ct)
	}
	if body := string(got.body); body != `{"userid":"u1","language":"zh_CN"}` {
		t.Errorf("body = %s", body)
	}
}

func TestNewAPITakesTokenInHeader(t *testing.T) {
	t.Parallel()
	f := newFake().reply("/v1.0/contact/x", `{"ok":true}`)
	body, err := open(t, f).CallNewAPI(t.Context(), "v1.0/contact/x")
	if err != nil || string(body) != `{"ok":true}` {
		t.Fatalf("CallNewAPI = %s, %v", body, err)
	}
	got := f.to("/v1.0/contact/x")[0]
	if token := got.header.Get("x-acs-dingtalk-access-token"); token != "tok-1" || len(got.query) > 0 {
		t.Errorf("token header %q, query %v; want the token in the header alone", token, got.query)
	}
}

func TestSecretTravelsInBody(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, okUser)
	if _, err := open(t, f).PersonByID(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	got := f.to(tokenPath)[0]
	want := mustJSON(t, map[string]string{"appKey": "dingappkey", "appSecret": secretValue})
	if string(got.body) != want || len(got.query) > 0 || got.header.Get("x-acs-dingtalk-access-token") != "" {
		t.Errorf("request for a token: body %s, query %v", got.body, got.query)
	}
}

// outcome is what a class of the recorded answers means here.
type outcome struct {
	code provider.Code
	// calls is how often a repeatable call is made, 3 attempts allowed.
	calls int
	retry time.Duration // least RetryAfter
}

// TestRecordedAnswers feeds every recorded answer to a call of its generation.
func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	outcomes := map[string]outcome{
		"ok":                            {code: provider.OK, calls: 1},
		"refresh_token_then_retry_once": {code: provider.Unavailable, calls: 2},
		"permanent_permission":          {code: provider.PermissionDenied, calls: 1},
		"permanent_scope":               {code: provider.PermissionDenied, calls: 1},
		"permanent_quota":               {code: provider.ResourceExhausted, calls: 1, retry: time.Minute},
		"not_found":                     {code: provider.NotFound, calls: 1},
		"retry_after_5m":                {code: provider.ResourceExhausted, calls: 1, retry: 5 * time.Minute},
		// The rest is told apart by name below.
		"permanent_config": {calls: 1},
		"retry_backoff":    {calls: 3},
	}
	codes := map[string]provider.Code{
		"old_ip_not_white": provider.PermissionDenied, "new_ip_not_white": provider.PermissionDenied,
		"webhook_sign_mismatch": provider.FailedPrecondition, "webhook_keyword": provider.FailedPrecondition,
		"old_gateway_auth_timeout": provider.Unavailable, "old_remote_timeout": provider.Unavailable,
		"old_busy": provider.Unavailable, "new_gateway_timeout": provider.Unavailable,
		"old_app_qps": provider.ResourceExhausted, "old_app_qps_wrapped": provider.ResourceExhausted,
		"new_app_qps": provider.ResourceExhausted, "webhook_too_fast": provider.ResourceExhausted,
	}
	for _, c := range readAnswers(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			want, ok := outcomes[c.ExpectClass]
			if !ok {
				t.Fatalf("class %q is not known", c.ExpectClass)
			}
			if code, ok := codes[c.Name]; ok {
				want.code = code
			}
			if c.Name == "webhook_too_fast" {
				want.calls = 1 // its pause is longer than the client waits
			}
			synctest.Test(t, func(t *testing.T) {
				calls, err := c.play(t)
				if got := provider.CodeOf(err); got != want.code {
					t.Errorf("code = %v (%v), want %v", got, err, want.code)
				}
				if calls != want.calls {
					t.Errorf("%d calls, want %d", calls, want.calls)
				}
				if err != nil && asError(t, err).RetryAfter < want.retry {
					t.Errorf("RetryAfter = %s, want at least %s", asError(t, err).RetryAfter, want.retry)
				}
			})
		})
	}
}

// recorded is an answer of testdata/api_replies.json.
type recorded struct {
	Name        string          `json:"name"`
	HTTPStatus  int             `json:"http_status"`
	Body        json.RawMessage `json:"body"`
	ExpectClass string          `json:"expect_class"`
}

func readAnswers(t *testing.T) []recorded {
	t.Helper()
	raw, err := os.ReadFile("testdata/api_replies.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []recorded }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

// play answers one call with the recorded answer and counts the attempts.
func (c recorded) play(t *testing.T) (int, error) {
	t.Helper()
	path := listsubPath
	if strings.HasPrefix(c.Name, "new_") {
		path = "/v1.0/x"
	}
	f := newFake().on(path, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(c.HTTPStatus)
		if string(c.Body) != "null" {
			say(w, string(c.Body))
		}
	})
	p := openInside(t, f, -1)
	if path != listsubPath {
		_, err := p.CallNewAPI(t.Context(), strings.TrimPrefix(path, "/"))
		return f.count(path), err
	}
	_, err := p.Departments(t.Context(), "1", "")
	if c.ExpectClass == "ok" {
		// The samples of success are of other APIs: what counts is that the
		// answer was taken for one.
		if e := asError(t, err); e.Upstream != "" {
			t.Errorf("success was taken for refusal %s", e.Upstream)
		}
		return 1, nil
	}
	return f.count(path), err
}

func TestErrorsCarryWhatSupportAsksFor(t *testing.T) {
	t.Parallel()
	t.Run("old", func(t *testing.T) {
		t.Parallel()
		f := newFake().reply(userPath, `{"errcode":60121,"errmsg":"找不到该用户","request_id":"req-7"}`)
		_, err := open(t, f).PersonByID(t.Context(), "u1")
		e := asError(t, err)
		if e.RequestID != "req-7" || e.Op != "topapi/v2/user/get" || e.Upstream != "60121" || e.UpstreamMessage != "找不到该用户" || !e.Unsent {
			t.Errorf("error = %+v", e)
		}
	})
	t.Run("new", func(t *testing.T) {
		t.Parallel()
		f := newFake().on("/v1.0/x", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x-acs-request-id", "req-8")
			w.WriteHeader(http.StatusNotFound)
			say(w, `{"code":"invalidParameter.user.notFound","message":"m"}`)
		})
		_, err := open(t, f).CallNewAPI(t.Context(), "v1.0/x")
		if e := asError(t, err); e.RequestID != "req-8" || e.Code != provider.NotFound {
			t.Errorf("error = %+v", e)
		}
	})
}

func TestMissingPermissionNamesIt(t *testing.T) {
	t.Parallel()
	f := newFake().
		reply(listPath, `{"errcode":88,"sub_code":60011,"sub_msg":"no","request_id":"x"}`).
		on("/v1.0/x", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			say(w, `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied","accessdenieddetail":{"requiredScopes":["qyapi_get_member","Contact.User.Read"]}}`)
		})
	p := open(t, f)
	_, err := p.People(t.Context(), "1", "")
	for _, lang := range []string{"zh", "en"} {
		if remedy := asError(t, err).Remedy.In(lang); !strings.Contains(remedy, "通讯录部门成员读权限 (qyapi_get_department_member)") {
			t.Errorf("remedy %q does not name the permission", remedy)
		}
	}
	_, err = p.CallNewAPI(t.Context(), "v1.0/x")
	if remedy := asError(t, err).Remedy.EN; !strings.Contains(remedy, "成员信息读权限 (qyapi_get_member), 通讯录个人信息读权限 (Contact.User.Read)") {
		t.Errorf("remedy %q does not name the required scopes", remedy)
	}
}

func TestTableOfRefusals(t *testing.T) {
	t.Parallel()
	for _, problem := range dingtalk.TableProblems() {
		t.Error(problem)
	}
}

func TestStackedGatewaysAreUnwrapped(t *testing.T) {
	t.Parallel()
	inner := mustJSON(t, map[string]any{"errcode": 88, "sub_code": "60121", "sub_msg": "gone"})
	f := newFake().reply(userPath, mustJSON(t, map[string]any{"errcode": 88, "sub_code": "88", "sub_msg": inner}))
	_, err := open(t, f).PersonByID(t.Context(), "u1")
	if e := asError(t, err); e.Code != provider.NotFound || e.Upstream != "60121" || e.UpstreamMessage != "gone" {
		t.Errorf("error = %+v", e)
	}
}

func TestUnknownRefusals(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, `{"errcode":777777,"errmsg":"new one"}`)
	p := open(t, f)
	_, err := p.PersonByID(t.Context(), "u1")
	if e := asError(t, err); e.Code != provider.Unknown || e.Upstream != "777777" || !e.Unsent {
		t.Errorf("old API: %+v", e)
	}
	for status, want := range map[int]provider.Code{
		400: provider.InvalidArgument, 401: provider.Unauthenticated, 403: provider.PermissionDenied,
		404: provider.NotFound, 409: provider.AlreadyExists, 418: provider.Unknown,
	} {
		f.on("/v1.0/x", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			say(w, `{"code":"neverHeardOf"}`)
		})
		_, err := p.CallNewAPI(t.Context(), "v1.0/x")
		if got := provider.CodeOf(err); got != want {
			t.Errorf("status %d: code %v, want %v", status, got, want)
		}
	}
}

// TestAnswersThatAreNone: none of these may pass for an empty list, and none is
// certain to have had no effect.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	whole := `{"errcode":0,"result":[{"dept_id":2,"name":"研发"}]}`
	for name, h := range map[string]http.HandlerFunc{
		"cut JSON":     write(200, whole[:len(whole)-3]),
		"empty":        write(200, ""),
		"no errcode":   write(200, `{"result":[]}`),
		"null":         write(200, "null"),
		"no result":    write(200, `{"errcode":0}`),
		"null result":  write(200, `{"errcode":0,"result":null}`),
		"wrong result": write(200, `{"errcode":0,"result":"many"}`),
		"page":         write(200, "<html><body>服务暂时不可用</body></html>"),
		"gateway page": write(502, "<html>bad gateway</html>"),
		"success, 500": write(500, whole),
		"not found":    write(404, "404 page not found"),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusFound)
		},
		"cut body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			say(w, whole)
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for range 10 << 10 {
				say(w, string(make([]byte, 1<<10)))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake().on(listsubPath, h)
			page, err := openOnce(t, f).Departments(t.Context(), "1", "")
			e := asError(t, err)
			if e.Code != provider.Unavailable || e.Unsent || len(page.Departments) > 0 {
				t.Errorf("got %+v, %+v; want an error of code unavailable that may have had effect", page, e)
			}
			if n := f.count("/elsewhere"); n > 0 {
				t.Errorf("%d calls followed the redirect", n)
			}
		})
	}
}

func write(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		say(w, body)
	}
}

// TestRefusalWithAResult: what stands beside a refusal does not hide it, whatever
// it is, nor pass for the result of the attempt after it.
func TestRefusalWithAResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(userPath, `{"result":{"userid":7,"active":"maybe"},"errcode":60011,"errmsg":"no"}`)
		_, err := openInside(t, f, -1).PersonByID(t.Context(), "u1")
		if e := asError(t, err); e.Code != provider.PermissionDenied || e.Upstream != "60011" {
			t.Errorf("got %+v, want the refusal", e)
		}
		f = newFake().reply(userPath, `{"errcode":-1,"result":{"userid":"other","title":"经理"}}`, `{"errcode":0,"result":{"userid":"u1"}}`)
		p, err := openInside(t, f, -1).PersonByID(t.Context(), "u1")
		if err != nil || p.UserID != "u1" || p.Title != "" {
			t.Errorf("got %+v, %v; want the second answer", p, err)
		}
		f = newFake().reply(userPath, `{"errcode":-1,"result":{"userid":"u1"}}`, `{"errcode":0}`)
		p, err = openInside(t, f, -1).PersonByID(t.Context(), "u1")
		if err == nil || p.UserID != "" {
			t.Errorf("got %+v, %v; want an error: the last answer has no result", p, err)
		}
	})
}

func TestRepeatsUntilItSucceeds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(userPath, `{"errcode":-1}`, `<html>`, okUser)
		if _, err := openInside(t, f, -1).PersonByID(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		if n := f.count(userPath); n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
	})
}

func TestNoAttemptBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(userPath, `{"errcode":90018,"errmsg":"slow"}`)
		p := openInside(t, f, -1)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := p.PersonByID(ctx, "u1")
		if e := asError(t, err); e.Upstream != "90018" || e.RetryAfter != time.Second {
			t.Errorf("error = %+v, want the throttling answer", e)
		}
		if n := f.count(userPath); n != 1 || time.Since(began) > 0 {
			t.Errorf("%d calls in %s, want one and no waiting", n, time.Since(began))
		}
	})
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inADate := func() string { return time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat) }
		for _, c := range []struct {
			value func() string
			want  time.Duration
		}{
			{func() string { return "7" }, 7 * time.Second},
			{inADate, 90 * time.Second},
			{func() string { return "soon" }, 0},
		} {
			f := newFake().on(userPath, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.value())
				w.WriteHeader(http.StatusTooManyRequests)
			})
			_, err := openInside(t, f, -1).PersonByID(t.Context(), "u1")
			if e := asError(t, err); e.Code != provider.ResourceExhausted || !e.Unsent || (e.RetryAfter-c.want).Abs() > time.Second {
				t.Errorf("%+v with RetryAfter %s, want %s", e, e.RetryAfter, c.want)
			}
		}
	})
}

// TestBanIsOfTheAddress: it holds for other apps and for webhooks, too.
func TestBanIsOfTheAddress(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, `{"status":1111,"wait":5,"source":"x5","punish":"deny"}`)
	factory, err := dingtalk.New(dingtalk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	env := provider.Environment{Client: &http.Client{Transport: direct{f}}}
	first, second := openedBy(t, factory, settings(), env), openedBy(t, factory, settings(), env)
	if _, err := first.PersonByID(t.Context(), "u1"); provider.CodeOf(err) != provider.ResourceExhausted {
		t.Fatalf("error = %v, want a ban", err)
	}
	before := len(f.requests)
	_, err = second.Departments(t.Context(), "1", "")
	if e := asError(t, err); e.Code != provider.ResourceExhausted || e.RetryAfter < time.Minute || !e.Unsent {
		t.Errorf("another app: %+v, want the ban", e)
	}
	hooks, ok := factory.(provider.WebhookFactory)
	if !ok {
		t.Fatal("the factory has no webhooks")
	}
	_, err = hooks.Webhooks(env).SendWebhook(t.Context(), webhook("https://oapi.dingtalk.com/robot/send?access_token=x1", ""), helloHook, "")
	if e := asError(t, err); e.Code != provider.ResourceExhausted || e.RetryAfter < time.Minute {
		t.Errorf("a webhook: %+v, want the ban", e)
	}
	if n := len(f.requests); n != before {
		t.Errorf("%d calls during the ban", n-before)
	}
}

func TestBanStopsAllCalls(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"json": `{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"xxx"}`,
		"page": `<!DOCTYPE html><html><script src="https://g.alicdn.com/punish/x.js"></script></html>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake().reply(userPath, body, okUser).reply(listsubPath, `{"errcode":0,"result":[]}`)
				p := openInside(t, f, -1)
				_, err := p.PersonByID(t.Context(), "u1")
				if e := asError(t, err); e.Upstream != "1111" || e.RetryAfter != 5*time.Minute || !e.Unsent {
					t.Errorf("error = %+v, want a ban of 5 minutes", e)
				}
				time.Sleep(time.Minute)
				_, err = p.Departments(t.Context(), "1", "")
				if e := asError(t, err); e.Code != provider.ResourceExhausted || e.RetryAfter != 4*time.Minute {
					t.Errorf("another API: %+v, want a ban of 4 minutes more", e)
				}
				if n := f.count(listsubPath); n != 0 {
					t.Errorf("%d calls during the ban", n)
				}
				time.Sleep(4 * time.Minute)
				if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
					t.Errorf("after the ban: %v", err)
				}
			})
		})
	}
}

func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	f := newFake().on(sendPath, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	p := open(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := p.Send(ctx, provider.Audience{Users: []provider.UserID{"u1"}}, provider.Rendered{Body: []byte(`{}`)}, "")
	if e := asError(t, err); e.Code != provider.Canceled || e.Unsent {
		t.Errorf("error = %+v, want canceled and perhaps sent", e)
	}

	_, err = p.Send(ctx, provider.Audience{Users: []provider.UserID{"u1"}}, provider.Rendered{Body: []byte(`{}`)}, "")
	if e := asError(t, err); e.Code != provider.Canceled || !e.Unsent {
		t.Errorf("error = %+v, want canceled and certainly unsent", e)
	}
}

func TestCallTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().on(sendPath, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		p := openInside(t, f, -1)
		began := time.Now()
		_, err := p.Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
		if e := asError(t, err); e.Code != provider.DeadlineExceeded || e.Unsent {
			t.Errorf("error = %+v, want deadline_exceeded and perhaps sent", e)
		}
		if took := time.Since(began); took != 10*time.Second || f.count(sendPath) != 1 {
			t.Errorf("%d calls in %s, want 1 in 10s", f.count(sendPath), took)
		}
	})
}

func TestNoConnectionMeansUnsent(t *testing.T) {
	t.Parallel()
	f := newFake()
	api := httptest.NewServer(f)
	defer api.Close()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p := openWith(t, dingtalk.Options{APIBaseURL: api.URL, OAPIBaseURL: nobody, CallsPerSecond: -1}, settings(),
		provider.Environment{Client: api.Client()})
	_, err = p.Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
	if e := asError(t, err); e.Code != provider.Unavailable || !e.Unsent {
		t.Errorf("error = %+v, want unavailable and certainly unsent", e)
	}
	if strings.Contains(err.Error(), "tok-1") || strings.Contains(err.Error(), "access_token") {
		t.Errorf("error shows the URL: %v", err)
	}
}

func TestLostConnectionMeansPerhapsSent(t *testing.T) {
	t.Parallel()
	f := newFake().on(sendPath, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := open(t, f).Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
	if e := asError(t, err); e.Code != provider.Unavailable || e.Unsent {
		t.Errorf("error = %+v, want unavailable and perhaps sent", e)
	}
	if n := f.count(sendPath); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}
