package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// telling is an office app that tells of events in plain JSON, to which it
// signs with a word.
type telling struct{ provider.Factory }

func (f telling) Open(ctx context.Context, s provider.Settings, env provider.Environment) (provider.Provider, error) {
	p, err := f.Factory.Open(ctx, s, env)
	return teller{p}, err
}

type teller struct{ provider.Provider }

func (t teller) Unwrap() provider.Provider { return t.Provider }

func (teller) DecodeEvent(_ context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	if r.Query.Get("word") != "sesame" || r.Header.Get("Content-Type") == "" {
		return provider.CallbackAnswer{}, &provider.Error{Code: provider.Unauthenticated, Op: "event", Err: errors.New("the word is sesame")}
	}
	var list []provider.Event
	if err := json.Unmarshal(r.Body, &list); err != nil {
		return provider.CallbackAnswer{}, &provider.Error{Code: provider.InvalidArgument, Op: "event", Err: err}
	}
	return provider.CallbackAnswer{Events: list, Body: []byte(`{"msg":"success"}`), ContentType: "application/json"}, nil
}

func (teller) EventGuide(address string) []provider.Text {
	scheme, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/") // the host is another one in every test
	return []provider.Text{{ZH: "填写" + scheme + "地址" + path, EN: "enter the " + scheme + " address " + path}}
}

func (teller) CallbackRegistration(context.Context) (provider.CallbackRegistration, error) {
	return provider.CallbackRegistration{URL: "https://old.example.com/x"}, nil
}

func (teller) RegisterCallback(_ context.Context, address string) error {
	if strings.Contains(address, "dead") {
		return &provider.Error{Code: provider.FailedPrecondition, Provider: provider.DingTalk, Op: "register", Upstream: "71012"}
	}
	return nil
}

func (teller) UnregisterCallback(context.Context) error { return nil }

func withEvents(s *setup) { s.office = func(f provider.Factory) provider.Factory { return telling{f} } }

// tell sends a report of the office app, as nobody.
func (p *platform) tell(t *testing.T, app, query string, body string) answer {
	t.Helper()
	return p.do(t, request{
		method: http.MethodPost, path: base + "/callback/dingtalk/" + app + "?" + query, body: body,
		header: http.Header{"Content-Type": {"application/json"}},
	})
}

func TestCallback(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, withEvents, func(s *setup) { s.PublicURL = "https://platform.example.com" })
	p.hire(t, 3)
	p.pull(t)
	check(t, p.emulator.RemovePerson("dingAAAA", "extra-1"))
	const left = `[{"ID":"e1","Kind":"person_left","Type":"user_leave_org","OrgID":"dingAAAA","People":["extra-1"]}]`
	for range 3 {
		if a := p.tell(t, p.apps[here], "word=sesame", left); a.status != http.StatusOK || a.body != `{"msg":"success"}` ||
			a.header.Get("Content-Type") != "application/json" {
			t.Fatalf("got HTTP %d %s, want the office app's own answer", a.status, a.body)
		}
	}
	p.eventually(t, "the leaver is followed", func() bool {
		runs := p.runs(t)
		return len(runs) == 2 && runs[0].State == dirsync.StateSucceeded && runs[0].Counts[dirsync.KindLeave] == 1
	})
	golden(t, "state", p.do(t, request{path: "/apps/" + p.apps[here] + "/events", user: owner, tenant: here}))
	golden(t, "state_english", p.do(t, request{
		path: "/apps/" + p.apps[here] + "/events", user: owner, tenant: here,
		header: http.Header{"Accept-Language": {"en"}},
	}))
}

func TestCallbackRefusals(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, withEvents, asIdle)
	golden(t, "unknown_app", p.tell(t, "nobody", "word=sesame", "[]"))
	golden(t, "malformed_app", p.tell(t, "no%20body", "word=sesame", "[]"))
	golden(t, "forged", p.tell(t, p.apps[here], "word=guess", "[]"))
	golden(t, "unreadable", p.tell(t, p.apps[here], "word=sesame", "{"))
	golden(t, "other_kind", p.do(t, request{
		method: http.MethodPost, path: base + "/callback/wecom/" + p.apps[here] + "?word=sesame", body: "[]",
	}))
	golden(t, "wrong_method", p.do(t, request{path: base + "/callback/dingtalk/" + p.apps[here]}))
	golden(t, "too_large", p.tell(t, p.apps[here], "word=sesame", strings.Repeat(" ", 1<<20+1)))
	if log := p.log.String(); strings.Contains(log, "word=sesame") || !strings.Contains(log, "the word is sesame") {
		t.Error("the log has the query of a report, or lacks why one was refused")
	}
	check(t, p.services.Tenants.DeleteApp(tenant.AsSystem(t.Context(), "test"), here, p.apps[here]))
	golden(t, "deleted_app", p.tell(t, p.apps[here], "word=sesame", "[]"))
}

// checked is a teller whose office app checks the address by GET.
type checked struct{ teller }

func (c checked) Unwrap() provider.Provider { return c.Provider }

func (checked) CheckCallback(_ context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	if r.Query.Get("word") != "sesame" || len(r.Body) > 0 {
		return provider.CallbackAnswer{}, &provider.Error{Code: provider.Unauthenticated, Op: "check", Err: errors.New("the word is sesame")}
	}
	return provider.CallbackAnswer{Body: []byte(r.Query.Get("echostr")), ContentType: "text/plain"}, nil
}

type checking struct{ provider.Factory }

func (f checking) Open(ctx context.Context, s provider.Settings, env provider.Environment) (provider.Provider, error) {
	p, err := f.Factory.Open(ctx, s, env)
	return checked{teller{p}}, err
}

// TestCallbackCheck: an office app that checks the address by GET is answered in
// its own form.
func TestCallbackCheck(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle, func(s *setup) { s.office = func(f provider.Factory) provider.Factory { return checking{f} } })
	address := base + "/callback/dingtalk/" + p.apps[here]
	golden(t, "answered", p.do(t, request{path: address + "?word=sesame&echostr=a%2Bb"}))
	golden(t, "forged", p.do(t, request{path: address + "?word=guess&echostr=x"}))
	golden(t, "unknown_app", p.do(t, request{path: base + "/callback/dingtalk/nobody?word=sesame&echostr=x"}))
	golden(t, "wrong_method", p.do(t, request{method: http.MethodPut, path: address}))
}

// TestCallbackStrangers are slowed down, an app that has proved itself is not.
func TestCallbackStrangers(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, withEvents, asIdle)
	p.tell(t, p.apps[here], "word=sesame", "[]")
	slowed := 0
	for range 300 {
		if a := p.tell(t, "nobody", "", "[]"); a.status == http.StatusTooManyRequests {
			slowed++
		}
	}
	if slowed == 0 {
		t.Error("300 reports at once for an unknown app: none was turned away")
	}
	if a := p.tell(t, p.apps[here], "word=sesame", "[]"); a.status != http.StatusOK {
		t.Errorf("got HTTP %d %s, want the app that is known to be let in", a.status, a.body)
	}
}

func TestCallbackRegistration(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, withEvents, asIdle)
	path := "/apps/" + p.apps[here] + "/events/callback"
	register := func(user, body string) answer {
		return p.do(t, request{method: http.MethodPost, path: path, user: user, tenant: here, body: body})
	}
	golden(t, "registered", register(owner, `{"url":"https://host.example.com/cb"}`))
	golden(t, "not_reachable", register(owner, `{"url":"https://dead.example.com/cb"}`))
	golden(t, "no_address", register(owner, `{"url":"host.example.com/cb"}`))
	golden(t, "forbidden", register(viewer, `{"url":"https://host.example.com/cb"}`))
	golden(t, "taken_back", p.do(t, request{method: http.MethodDelete, path: path, user: owner, tenant: here}))
	a := p.do(t, request{path: "/audit", user: owner, tenant: here})
	for _, action := range []string{"sync.events.register", "sync.events.unregister", "https://host.example.com/cb"} {
		if !strings.Contains(a.body, action) {
			t.Errorf("the audit trail lacks %s: %s", action, a.body)
		}
	}
}

// TestOpenRoutes lists what is served to everybody.
func TestOpenRoutes(t *testing.T) {
	t.Parallel()
	var got []string
	for _, r := range transport.OpenRouteTable() {
		got = append(got, r.Op)
	}
	want := []string{
		"login.app", "login.code", "login.authorize", "login.callback", "login.home", "login.home", "login.exchange",
		"login.sendCode", "login.mobile",
		"login.compatApp", "login.compatCode", "login.compatAuthorize", "login.compatCallback", "login.compatPopup",
		"login.compatUser", "login.compatMobile", "login.compatRegister", "callback.receive", "callback.check", "docs.openapi", "docs.page",
	}
	if !slices.Equal(got, want) {
		t.Errorf("operations without authentication: %v, want %v", got, want)
	}
}

// TestCallbackAmongStrangers has strangers elsewhere ask for an app that is not
// there, before any app has proved itself.
func TestCallbackAmongStrangers(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, withEvents, asIdle, func(s *setup) {
		s.ClientAddress = func(r *http.Request) string { return r.Header.Get("X-Address") }
	})
	for range 300 {
		p.do(t, request{
			method: http.MethodPost, path: base + "/callback/dingtalk/nobody?word=sesame", body: "[]",
			header: http.Header{"Content-Type": {"application/json"}, "X-Address": {"203.0.113.7"}},
		})
	}
	if a := p.tell(t, p.apps[here], "word=sesame", "[]"); a.status != http.StatusOK {
		t.Errorf("got HTTP %d %s, want the report to be taken in", a.status, a.body)
	}
}
