package dingtalktest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestFaultRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, tc := range []struct {
		name    string
		fault   dingtalktest.Fault
		code    int
		wrapped bool
		status  int
		newCode string
	}{
		{"throttle", dingtalktest.Fault{Kind: dingtalktest.Throttle}, 90018, false, http.StatusForbidden, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"},
		{"token", dingtalktest.Fault{Kind: dingtalktest.TokenExpired}, 42001, true, http.StatusBadRequest, "InvalidAuthentication"},
		{"busy", dingtalktest.Fault{Kind: dingtalktest.Busy}, -1, false, http.StatusInternalServerError, "systemBusy"},
		{"gateway", dingtalktest.Fault{Kind: dingtalktest.GatewayBusy}, 0, true, http.StatusInternalServerError, "systemBusy"},
		{"refuse", dingtalktest.Fault{Kind: dingtalktest.Refuse, Code: "90020", Text: "配额"}, 90020, false, http.StatusBadRequest, "90020"},
		{"wrapped", dingtalktest.Fault{Kind: dingtalktest.Refuse, Code: "90018", Wrapped: true}, 90018, true, http.StatusBadRequest, "90018"},
		{
			"new",
			dingtalktest.Fault{Kind: dingtalktest.Refuse, Code: "Forbidden.AccessDenied.ApiCountLimitForOrg", Status: http.StatusForbidden},
			400002, false, http.StatusForbidden, "Forbidden.AccessDenied.ApiCountLimitForOrg",
		},
	} {
		b.Clear()
		script := b.Fail(tc.fault)
		a := b.call(pathListSub, params{})
		if code, wrapped := a.code(); code != tc.code || wrapped != tc.wrapped || a.status != http.StatusOK {
			t.Errorf("%s: status %d, code %d (wrapped %t), want 200, %d (%t)", tc.name, a.status, code, wrapped, tc.code, tc.wrapped)
		}
		b.post(pathAccessToken, params{"appKey": "key", "appSecret": "secret"}).wantNew(tc.status, tc.newCode)
		same(t, tc.name+": hits", script.Hits(), 2)
	}
	b.Clear()
	b.call(pathListSub, params{}).want(0)
}

func TestFaultNamesMissingScopes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fail(dingtalktest.Fault{
		Kind: dingtalktest.Refuse, Code: "Forbidden.AccessDenied.AccessTokenPermissionDenied",
		Status: http.StatusForbidden, Text: "没有权限", Scopes: []string{"Contact.User.Read"},
	})
	a := b.post(pathAccessToken, params{}).wantNew(http.StatusForbidden, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
	same(t, "message", a.body["message"], any("没有权限"))
	equal(t, "requiredScopes", texts(a.object("accessdenieddetail")["requiredScopes"]), []string{"Contact.User.Read"})
}

func TestFaultPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	read := func() (int, string) {
		t.Helper()
		resp, err := b.Client().Do(b.request(http.MethodPost, pathListSub+"?access_token="+b.token, "application/json", []byte("{}")))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	for _, tc := range []struct {
		fault  dingtalktest.Fault
		status int
		begins string
	}{
		{dingtalktest.Fault{Kind: dingtalktest.ServerError}, http.StatusInternalServerError, "<!DOCTYPE html>"},
		{dingtalktest.Fault{Kind: dingtalktest.ServerError, Status: http.StatusBadGateway}, http.StatusBadGateway, "<!DOCTYPE html>"},
		{dingtalktest.Fault{Kind: dingtalktest.Garbage}, http.StatusOK, "<!DOCTYPE html>"},
		{dingtalktest.Fault{Kind: dingtalktest.Banned}, http.StatusOK, `{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"`},
		{dingtalktest.Fault{Kind: dingtalktest.Timeout, Delay: time.Millisecond}, http.StatusGatewayTimeout, "<!DOCTYPE html>"},
	} {
		b.Clear()
		b.Fail(tc.fault)
		status, body := read()
		if status != tc.status || !strings.HasPrefix(body, tc.begins) {
			t.Errorf("%s: got %d %q, want %d %q", tc.fault.Kind, status, body, tc.status, tc.begins)
		}
	}
}

// sendOnce sends a message with a connection of its own and returns how that
// ended.
func (b *bundle) sendOnce(ctx context.Context, content string) error {
	b.t.Helper()
	body := `{"agent_id":1001,"userid_list":"bob","msg":{"msgtype":"text","text":{"content":"` + content + `"}}}`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.URL+pathSend+"?access_token="+b.token, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	// A kept connection that breaks would be tried again behind our back.
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	return err
}

func TestFaultBreaksTheConnection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fail(dingtalktest.Fault{Path: pathSend, Kind: dingtalktest.Reset, Times: 1})
	if err := b.sendOnce(t.Context(), "一"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: got %v, want ECONNRESET", err)
	}
	same(t, "sent after a reset", len(b.Sent()), 0)

	b.Fail(dingtalktest.Fault{Path: pathSend, Kind: dingtalktest.Truncate, Times: 1})
	if err := b.sendOnce(t.Context(), "二"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("truncate: got %v, want unexpected EOF", err)
	}
	same(t, "sent after a truncated answer", len(b.Sent()), 1)
}

func TestFaultAfterEffect(t *testing.T) {
	t.Parallel()
	for _, kind := range []dingtalktest.FaultKind{
		dingtalktest.Reset, dingtalktest.ServerError, dingtalktest.Garbage, dingtalktest.Busy, dingtalktest.Throttle,
	} {
		b := setup(t)
		b.Fail(dingtalktest.Fault{Path: pathSend, Kind: kind, Times: 1, AfterEffect: true})
		// The answer is lost, whatever it looks like; the message is not.
		_ = b.sendOnce(t.Context(), "已发")
		same(t, string(kind)+": bob has", b.Received(corp)["bob"], 1)
		calls := b.Calls()
		last := calls[len(calls)-1]
		same(t, "outcome", last.Outcome, "fault:"+string(kind))
		same(t, "served", last.Served, true)
	}
}

func TestFaultTimeout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fail(dingtalktest.Fault{Path: pathSend, Kind: dingtalktest.Timeout, AfterEffect: true})
	ctx, giveUp := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.sendOnce(ctx, "等") }()
	eventually(t, "bob has the message", func() bool { return b.Received(corp)["bob"] == 1 })
	select {
	case err := <-done:
		t.Errorf("answered: %v", err)
	default:
		giveUp()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
	}
	giveUp()
}

func TestCloseLetsHeldCallsGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	arrived := make(chan struct{})
	b.Fail(dingtalktest.Fault{Path: pathSend, Kind: dingtalktest.Timeout, Times: 1, Match: func(dingtalktest.Call) bool {
		close(arrived)
		return true
	}})
	done := make(chan error)
	go func() { done <- b.sendOnce(t.Context(), "等") }()
	<-arrived
	b.Close()
	b.Close()
	if err := <-done; err == nil {
		t.Error("a held call was answered")
	}
}

func TestFaultDelay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const delay = 30 * time.Millisecond
	b.Fail(dingtalktest.Fault{Kind: dingtalktest.Delay, Delay: delay})
	start := time.Now()
	b.call(pathListSub, params{}).want(0)
	if took := time.Since(start); took < delay {
		t.Errorf("answered after %s, want at least %s", took, delay)
	}
}

func TestFaultSelection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.AddApp(corp, dingtalktest.App{ClientID: "key2", ClientSecret: "secret2", AgentID: 1002}); err != nil {
		t.Fatal(err)
	}
	page := params{"dept_id": 10, "cursor": 0, "size": 1}
	hit := func(a answer) bool { a.t.Helper(); code, _ := a.code(); return code == -1 }
	check := func(name string, f dingtalktest.Fault, hits ...bool) {
		t.Helper()
		b.Clear()
		f.Kind = dingtalktest.Busy
		b.Fail(f)
		got := []bool{
			hit(b.call(pathUsers, page)),
			hit(b.call(pathUsers, page.with("cursor", 1))),
			hit(b.call(pathUser, params{"userid": "bob"})),
			hit(b.call(pathByMobile, params{"mobile": "13800000001"})),
		}
		equal(t, name, got, hits)
	}
	check("everything", dingtalktest.Fault{}, true, true, true, true)
	check("one path", dingtalktest.Fault{Path: pathUser}, false, false, true, false)
	check("a prefix", dingtalktest.Fault{Path: pathUser + "*"}, false, false, true, true)
	check("a page", dingtalktest.Fault{Path: pathUsers, Params: map[string]string{"dept_id": "10", "cursor": "1"}}, false, true, false, false)
	check("an app", dingtalktest.Fault{ClientID: "key"}, true, true, true, true)
	check("another app", dingtalktest.Fault{ClientID: "key2"}, false, false, false, false)
	check("a function", dingtalktest.Fault{Match: func(c dingtalktest.Call) bool { return c.Params["userid"] == "bob" }}, false, false, true, false)
	check("every second", dingtalktest.Fault{Every: 2}, false, true, false, true)
	check("skip two", dingtalktest.Fault{Skip: 2}, false, false, true, true)
	check("twice", dingtalktest.Fault{Times: 2}, true, true, false, false)
	check("skip, every, times", dingtalktest.Fault{Skip: 1, Every: 2, Times: 1}, false, false, true, false)
}

func TestFaultsInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.Fail(dingtalktest.Fault{Kind: dingtalktest.Busy, Times: 1})
	second := b.Fail(dingtalktest.Fault{Kind: dingtalktest.Throttle})
	b.call(pathListSub, params{}).want(-1)
	b.call(pathListSub, params{}).want(90018)
	second.Remove()
	second.Remove()
	b.call(pathListSub, params{}).want(0)
	same(t, "first", first.Hits(), 1)
	same(t, "second", second.Hits(), 1)
}

func TestFaultProbabilityIsReproducible(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []int {
		b := setup(t)
		b.Fail(dingtalktest.Fault{Path: pathListSub, Kind: dingtalktest.Busy, Probability: 0.3, Seed: seed})
		var codes []int
		for range 200 {
			code, _ := b.call(pathListSub, params{}).code()
			codes = append(codes, code)
		}
		return codes
	}
	first := run(1)
	equal(t, "the same seed", run(1), first)
	if slices.Equal(run(2), first) {
		t.Error("another seed gave the same hits")
	}
	hits := 0
	for _, code := range first {
		if code == -1 {
			hits++
		}
	}
	if hits < 40 || hits > 80 {
		t.Errorf("%d of 200 hit, want about 60", hits)
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	em := dingtalktest.New(dingtalktest.Options{})
	for _, f := range []dingtalktest.Fault{
		{},
		{Kind: "dance"},
		{Kind: dingtalktest.Busy, Probability: 1.5},
		{Kind: dingtalktest.Busy, Times: -1},
		{Kind: dingtalktest.Delay, Delay: -time.Second},
		{Kind: dingtalktest.Refuse},
		{Kind: dingtalktest.ServerError, Status: 99},
	} {
		func() {
			defer func() {
				err, ok := recover().(error)
				if !ok || !errors.Is(err, dingtalktest.ErrInvalid) {
					t.Errorf("%+v: got %v, want ErrInvalid", f, err)
				}
			}()
			em.Fail(f)
		}()
	}
}
