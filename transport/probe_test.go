package transport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/kit/metrics"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// newProbe serves one operation of each family that does what f does.
func newProbe(t *testing.T, cfg transport.Config, f func(ctx context.Context, text string) (any, error)) *httptest.Server {
	t.Helper()
	p := newPlatform(t)
	cfg.Authenticator = authenticate
	srv := httptest.NewServer(transport.NewProbe(p.services, cfg, f))
	t.Cleanup(srv.Close)
	return srv
}

// failures are errors as services return them.
func failures() map[string]error {
	throttled := &provider.Error{
		Code: provider.ResourceExhausted, Provider: provider.DingTalk, Op: "gettoken", Upstream: "90018",
		UpstreamMessage: "已达到该接口的最大调用频率", RequestID: "r1", RetryAfter: 1500 * time.Millisecond,
		Remedy: provider.Text{ZH: "请稍后重试", EN: "try again later"},
	}
	return map[string]error{
		"unknown":   fmt.Errorf("messaging: send: %w", errors.New("dial tcp 10.0.0.7:5432: password=hunter2")),
		"coded":     codedError(provider.Internal),
		"throttled": fmt.Errorf("tenant: verify: %w", throttled),
		"unreachable": &provider.Error{
			Code: provider.Unavailable, Provider: provider.DingTalk, Op: "gettoken", Err: errors.New("connection refused"),
		},
		"unregistered": &provider.Error{Code: provider.PermissionDenied, Provider: "gone", Upstream: "7"},
		"unsupported":  &provider.UnsupportedError{Provider: provider.DingTalk, Ability: "CardSender"},
		"content": &provider.ContentError{
			Field: "content.type", Problem: provider.Text{ZH: "不支持的消息类型", EN: "unknown type"},
		},
		"refused": tenant.Refuse(provider.FailedPrecondition, "not_now", "现在不行", "not now").
			WithField("when").WithDetails(map[string]int{"n": 1}).WithCause(errors.New("password=hunter2")),
		"cause_is_not_shown": tenant.Refuse(provider.Unavailable, "busy", "忙", "busy").WithCause(throttled),
		"canceled":           fmt.Errorf("store: %w", context.Canceled),
		"too_slow":           fmt.Errorf("store: %w", context.DeadlineExceeded),
		"bad_details":        tenant.Refuse(provider.NotFound, "x", "无", "none").WithDetails(func() {}),
	}
}

type codedError provider.Code

func (e codedError) Error() string            { return "invariant broken: password=hunter2" }
func (e codedError) ErrorCode() provider.Code { return provider.Code(e) }

func TestErrorsOfServices(t *testing.T) {
	t.Parallel()
	known := failures()
	srv := newProbe(t, transport.Config{}, func(_ context.Context, text string) (any, error) {
		return nil, known[text]
	})
	for name := range known {
		for family, path := range map[string]string{"compat": transport.ProbePath, "full": transport.FullProbePath} {
			for lang, header := range map[string]string{"zh": "", "en": "en"} {
				a := send(t, srv.URL, request{
					method: http.MethodPost, path: path, user: owner, tenant: here,
					body: asJSON(t, map[string]string{"text": name}), header: http.Header{"Accept-Language": {header}},
				})
				golden(t, name+"_"+family+"_"+lang, a)
				if strings.Contains(a.body, "hunter2") {
					t.Errorf("%s shows an inner error: %s", name, a.body)
				}
			}
		}
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	t.Parallel()
	log, counted := &lockedBuffer{}, &counter{}
	srv := newProbe(t, transport.Config{
		Logger:  slog.New(slog.NewJSONHandler(log, nil)),
		Metrics: transport.Metrics{Requests: counted},
	}, func(context.Context, string) (any, error) { panic("index out of range") })
	a := send(t, srv.URL, request{
		method: http.MethodPost, path: transport.FullProbePath, user: owner, tenant: here, body: `{}`,
		header: http.Header{"X-Request-Id": {"r-77"}},
	})
	if a.status != http.StatusInternalServerError || strings.Contains(a.body, "index") || !strings.Contains(a.body, "r-77") {
		t.Errorf("got HTTP %d %s, want 500 with the request's id and without the panic", a.status, a.body)
	}
	for _, part := range []string{`"panic":"index out of range"`, `"tenant":"1000"`, `"request_id":"r-77"`, "probe_test.go"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("log lacks %s: %s", part, log.String())
		}
	}
	if got := counted.String(); got != "op=probe code=internal: 1\n" {
		t.Errorf("counted %q, want one internal", got)
	}
}

// A panic after the answer has begun must break the connection, so that nobody
// takes half an answer for a whole one.
func TestPanicInMidAnswer(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	h := transport.NewProbe(p.services, transport.Config{Authenticator: authenticate},
		func(context.Context, string) (any, error) { return "x", nil })
	r := newRequest(t, "", request{method: http.MethodPost, path: transport.FullProbePath, user: owner, tenant: here, body: `{}`})
	defer func() {
		if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // the very value
			t.Errorf("recovered %v, want http.ErrAbortHandler", got)
		}
	}()
	h.ServeHTTP(brokenWriter{httptest.NewRecorder()}, r)
}

type brokenWriter struct{ *httptest.ResponseRecorder }

func (brokenWriter) Write([]byte) (int, error) { panic("broken in the middle") }

func TestRequestID(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for given, kept := range map[string]bool{
		"abc-1._X": true, strings.Repeat("x", 64): true, "": false, "a b": false, "<script>": false, strings.Repeat("x", 65): false,
	} {
		a := p.do(t, request{path: "/apps", header: http.Header{"X-Request-Id": {given}}})
		got := a.header.Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("X-Request-Id %q: answered %q, want it kept: %t", given, got, kept)
		}
	}
}

func TestAnswersStayOutOfCaches(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	a := p.do(t, request{path: "/apps", user: owner, tenant: here})
	if got := a.header.Get("Cache-Control") + a.header.Get("X-Content-Type-Options"); got != "no-storenosniff" {
		t.Errorf("got Cache-Control and X-Content-Type-Options %q, want no-store and nosniff", got)
	}
}

// A body nobody may send is not read.
func TestAuthenticationComesBeforeTheBody(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, r := range []request{
		{method: http.MethodPost, path: "/apps"},
		{method: http.MethodPost, path: "/apps", user: "forged"},
		{method: http.MethodPost, path: "/apps", user: owner, tenant: there},
		{method: http.MethodPost, path: base + "/sendMessageTest", user: "expired"},
	} {
		req := newRequest(t, "", r)
		body := &watchedBody{}
		req.Body = body
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, req)
		if body.reads != 0 {
			t.Errorf("%s %s as %q: body was read before the refusal %s", r.method, r.path, r.user, w.Body)
		}
	}
}

type watchedBody struct{ reads int }

func (b *watchedBody) Read([]byte) (int, error) { b.reads++; return 0, io.EOF }
func (b *watchedBody) Close() error             { return nil }

func TestUnreadableBody(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	req := newRequest(t, "", request{method: http.MethodPost, path: "/apps", user: owner, tenant: here})
	req.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"provider"`), failingReader{}))
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, req)
	if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "reset by peer") {
		t.Errorf("got %d %s, want 400 without the network's words", w.Code, w.Body)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func TestLogAndMetrics(t *testing.T) {
	t.Parallel()
	counted := &counter{}
	p := newPlatform(t, func(s *setup) { s.Metrics.Requests = counted })
	p.do(t, request{path: "/apps", user: owner, tenant: here, header: http.Header{"X-Request-Id": {"r1"}}})
	p.do(t, request{path: "/apps", user: stranger, tenant: here})
	p.do(t, request{path: "/apps", user: "forged"})
	p.do(t, request{path: "/nowhere"})
	p.do(t, request{method: http.MethodPut, path: "/apps"})
	p.do(t, request{
		method: http.MethodPost, path: base + "/sendMessageTest", user: owner, tenant: here,
		body: `{"app":"DINGTALK","receiver":"bob","content":"秘密的内容"}`,
	})
	p.do(t, request{
		method: http.MethodPost, path: base + "/editThirdAppConfig?clientSecret=query-secret", user: owner, tenant: here,
		body: `{"id":"` + p.apps[here] + `","clientSecret":"body-secret"}`,
	})
	type line struct {
		Level, Msg, Op, Tenant, User, Code, Reason string

		RequestID string `json:"request_id"`
	}
	var got []line
	for _, text := range strings.Split(strings.TrimSpace(p.log.String()), "\n") {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("log line %q: %v", text, err)
		}
		if l.RequestID == "" {
			t.Errorf("log line without request id: %s", text)
		}
		if l.RequestID != "r1" {
			l.RequestID = ""
		}
		got = append(got, l)
	}
	wanted := []line{
		{"INFO", "request", "apps.list", "1000", "id-owner", "ok", "", "r1"},
		{"INFO", "request", "apps.list", "1000", "id-stranger", "permission_denied", "forbidden", ""},
		{"INFO", "request", "apps.list", "", "", "unauthenticated", "token_invalid", ""},
		{"INFO", "request", "unknown_path", "", "", "not_found", "no_route", ""},
		{"INFO", "request", "wrong_method", "", "", "invalid_argument", "method_not_allowed", ""},
		{"INFO", "request", "message.test", "1000", "id-owner", "failed_precondition", "", ""},
		{"INFO", "request", "config.edit", "1000", "id-owner", "ok", "", ""},
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("got log\n%+v\nwant\n%+v", got, wanted)
	}
	for _, private := range append(p.secrets, "秘密的内容", "query-secret", "body-secret", "token-owner") {
		if strings.Contains(p.log.String(), private) {
			t.Errorf("log shows %q: %s", private, p.log.String())
		}
	}
	if got, wanted := counted.String(), `op=apps.list code=ok: 1
op=apps.list code=permission_denied: 1
op=apps.list code=unauthenticated: 1
op=config.edit code=ok: 1
op=message.test code=failed_precondition: 1
op=unknown_path code=not_found: 1
op=wrong_method code=invalid_argument: 1
`; got != wanted {
		t.Errorf("counted\n%s\nwant\n%s", got, wanted)
	}
}

// counter is a metrics.Counter that can be read.
type counter struct {
	mu     sync.Mutex
	counts map[string]float64
}

func (c *counter) With(labels ...string) metrics.Counter { return labelled{c, labels} }
func (c *counter) Add(float64)                           { panic("counted without labels") }

func (c *counter) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []string
	for k := range c.counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out bytes.Buffer
	for _, k := range keys {
		fmt.Fprintf(&out, "%s: %v\n", k, c.counts[k])
	}
	return out.String()
}

type labelled struct {
	c      *counter
	labels []string
}

func (l labelled) With(labels ...string) metrics.Counter {
	return labelled{l.c, append(slices.Clone(l.labels), labels...)}
}

func (l labelled) Add(n float64) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.c.counts == nil {
		l.c.counts = make(map[string]float64)
	}
	var parts []string
	for i := 0; i < len(l.labels); i += 2 {
		parts = append(parts, l.labels[i]+"="+l.labels[i+1])
	}
	l.c.counts[strings.Join(parts, " ")] += n
}

// TestTimeout: what never ends by itself is ended, and told.
func TestTimeout(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	h := transport.NewProbe(p.services, transport.Config{Authenticator: authenticate, Timeout: time.Second},
		func(ctx context.Context, _ string) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, newRequest(t, "", request{
		method: http.MethodPost, path: transport.FullProbePath, user: owner, tenant: here, body: `{}`,
	}))
	if w.Code != http.StatusGatewayTimeout {
		t.Errorf("got HTTP %d, want %d", w.Code, http.StatusGatewayTimeout)
	}
}
