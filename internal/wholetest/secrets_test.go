package wholetest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// tap is what goes to the office app, listened to for access tokens.
type tap struct {
	http.RoundTripper

	mu     sync.Mutex
	tokens []string
}

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.RoundTripper.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "accessToken") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var token struct {
		AccessToken string `json:"accessToken"`
	}
	if json.Unmarshal(body, &token) == nil && token.AccessToken != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.tokens = append(p.tokens, token.AccessToken)
	}
	return resp, nil
}

func (p *tap) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tokens)
}

// TestNoSecretComesOut plays a whole story, with everything going wrong that
// can, and then looks for each secret in every answer, in the whole log, and in
// every column of every table.
func TestNoSecretComesOut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		wire := &http.Transport{MaxIdleConnsPerHost: 8}
		t.Cleanup(wire.CloseIdleConnections)
		listener := &tap{RoundTripper: wire}
		spans := tracetest.NewInMemoryExporter()
		h := newHost(t, dsn, func(s *setup) {
			s.traces = tracing(t, spans)
			s.config.Tenants.Environment.Client = &http.Client{Transport: listener}
			s.ding.Attempts = 2
			s.config.Messages.Backoff = []time.Duration{0, 10 * time.Millisecond}
			s.config.Messages.SendTimeout = 2 * time.Second
			s.config.Directory.CallTimeout = time.Second
			s.emulator.AutoRead = true
		})
		st := story{host: h, T: t, tap: listener, spans: spans, secrets: map[string]string{
			"client secret":      h.settings(0)["clientSecret"],
			"wrong secret":       "wrong-secret-0123456789",
			"misplaced secret":   "misplaced-secret-0123456789",
			"callback token":     "callbackToken0123456789",
			"callback AES key":   "callbackAesKey" + strings.Repeat("Z", 29),
			"JWT key":            jwtKey,
			"forged login token": h.tokens[owner] + "forged",
			"owner's token":      h.tokens[owner],
			"viewer's token":     h.tokens[viewer],
		}}
		st.connect()
		st.misuse()
		st.use()
		st.trouble()
		st.lookBack()
		st.scan()
	})
}

// story is what happens to a host.
type story struct {
	*host
	*testing.T
	tap     *tap
	spans   *tracetest.InMemoryExporter
	secrets map[string]string
	app     string
	// texts are the messages' texts.
	texts []string
}

// config is the body of the compatible family.
func (s *story) config(change map[string]any) map[string]any {
	body := map[string]any{
		"thirdType": "dingtalk", "status": 1,
		"callbackToken": s.secrets["callback token"], "callbackAesKey": s.secrets["callback AES key"],
	}
	for name, value := range s.settings(0) {
		body[name] = value
	}
	for name, value := range change {
		body[name] = value
	}
	return body
}

func (s *story) do(method, path string, body any) answer {
	s.Helper()
	return s.ask(s.T, request{method: method, path: path, user: owner, tenant: here, body: body})
}

// connect connects the app, in the way existing front ends do: with the
// parameters repeated in the query.
func (s *story) connect() {
	repeated := url.Values{"clientSecret": {s.secrets["client secret"]}, "clientId": {s.settings(0)["clientId"]}}
	added := s.do(http.MethodPost, compat+"/addThirdAppConfig?"+repeated.Encode(), s.config(nil))
	if !added.Success {
		s.Fatalf("add: %s", added.body)
	}
	shown := s.do(http.MethodGet, compat+"/getThirdConfigByTenantId?thirdType=dingtalk", nil)
	config := decode[map[string]any](s.T, shown.Result)
	s.app, _ = config["id"].(string)
	if config["clientSecret"] != "******" || config["callbackAesKey"] != "******" {
		s.Fatalf("config: %s, want masked secrets", shown.body)
	}
	config["agentId"], config["status"] = s.settings(0)["agentId"], 1
	if back := s.do(http.MethodPost, compat+"/editThirdAppConfig", config); !back.Success {
		s.Fatalf("edit: %s", back.body)
	}
}

// misuse sends what is wrong.
func (s *story) misuse() {
	app := "/apps/" + s.app
	put := func(settings map[string]any) answer {
		return s.do(http.MethodPut, app, map[string]any{"settings": settings})
	}
	misplaced := s.secrets["misplaced secret"]
	for _, settings := range []map[string]any{
		{"clientSecret": []string{misplaced}},
		{"clientSecrets": misplaced},
		{"callbackToken": misplaced + "!"},
		{"callbackAesKey": misplaced},
		{"clientSecret": strings.Repeat(misplaced, 20)},
		{"eventMode": "\u0000"},
	} {
		if a := put(settings); a.Success {
			s.Errorf("settings %v were taken", settings)
		}
	}
	s.do(http.MethodPut, app, `{"settings":{"clientSecret":"`+misplaced+`"`)
	s.do(http.MethodPut, app, `{"clientSecret":"`+misplaced+`"}`)
	s.do(http.MethodGet, "/apps?cursor="+misplaced+"&limit="+misplaced, nil)
	s.do(http.MethodPost, "/apps", map[string]any{"provider": "dingtalk", "settings": s.settings(0)})

	s.do(http.MethodGet, "/apps", nil)
	for _, header := range [][]string{
		{"X-Access-Token", s.secrets["forged login token"]},
		{"Authorization", "Bearer " + s.secrets["forged login token"]},
		{"X-Access-Token", s.secrets["JWT key"]},
	} {
		a := s.ask(s.T, request{path: "/apps", header: header})
		if a.status != http.StatusUnauthorized {
			s.Errorf("a forged token answers HTTP %d", a.status)
		}
	}
	s.ask(s.T, request{path: "/apps", user: viewer, tenant: there})
	s.ask(s.T, request{method: http.MethodDelete, path: app, user: viewer, tenant: here})

	if a := put(map[string]any{"clientSecret": s.secrets["wrong secret"]}); !a.Success {
		s.Fatalf("write a wrong secret: %s", a.body)
	}
	if a := s.do(http.MethodPost, app+"/verify", nil); a.status != http.StatusUnprocessableEntity {
		s.Errorf("verify with a wrong secret: HTTP %d %s", a.status, a.body)
	}
	s.pull(s.T)
	s.message("凭证错误时的消息")
	if a := put(map[string]any{"clientSecret": s.secrets["client secret"]}); !a.Success {
		s.Fatalf("write the right secret: %s", a.body)
	}
}

// use does what the module is for.
func (s *story) use() {
	if a := s.do(http.MethodPost, "/apps/"+s.app+"/verify", nil); !a.Success {
		s.Errorf("verify: %s", a.body)
	}
	if run := s.pull(s.T); run.State != "succeeded" {
		s.Errorf("run: %+v", run)
	}
	s.do(http.MethodGet, compat+"/sync/dingtalk/departAndUser/toLocal", nil)
	s.message("第一条消息")
	s.do(http.MethodPost, compat+"/sendMessageTest", map[string]any{"app": "DINGTALK", "receiver": "13800000001,nobody", "content": "测试消息"})
	s.texts = append(s.texts, "测试消息")
	s.do(http.MethodPost, "/grants", map[string]string{"username": viewer, "role": "sender"})
}

// trouble lets DingTalk do what it can do, and repeat to the module's face what
// it was told in confidence.
func (s *story) trouble() {
	tokens := s.tap.seen()
	if len(tokens) == 0 {
		s.Fatal("no access token was heard")
	}
	indiscreet := "token " + tokens[len(tokens)-1] + ", secret " + s.secrets["client secret"]
	for i, f := range []dingtalktest.Fault{
		{Kind: dingtalktest.Refuse, Code: "40035", Text: indiscreet},
		{Kind: dingtalktest.Refuse, Code: indiscreet, Text: "x"},
		{Kind: dingtalktest.Refuse, Code: "60011", Text: indiscreet, Wrapped: true},
		{Kind: dingtalktest.TokenExpired},
		{Kind: dingtalktest.Throttle, Times: 2},
		{Kind: dingtalktest.Busy},
		{Kind: dingtalktest.GatewayBusy},
		{Kind: dingtalktest.ServerError},
		{Kind: dingtalktest.Garbage},
		{Kind: dingtalktest.Truncate},
		{Kind: dingtalktest.Reset},
		{Kind: dingtalktest.Reset, AfterEffect: true},
		{Kind: dingtalktest.Timeout},
	} {
		script := s.emulator.Fail(withPath(f, "/topapi/*"))
		s.message("故障时的消息" + strconv.Itoa(i))
		script.Remove()
	}
	s.emulator.Fail(dingtalktest.Fault{Path: "/topapi/v2/user/list", Kind: dingtalktest.Refuse, Code: "60011", Text: indiscreet})
	s.emulator.Fail(dingtalktest.Fault{Path: "/topapi/v2/department/listsub", Params: map[string]string{"dept_id": "2"}, Kind: dingtalktest.Reset})
	s.pull(s.T)
	s.do(http.MethodPost, "/apps/"+s.app+"/verify", nil)
	s.emulator.Clear()
	s.emulator.Fail(dingtalktest.Fault{Path: "/v1.0/oauth2/accessToken", Kind: dingtalktest.Refuse, Code: "invalidParameter", Text: s.secrets["client secret"]})
	s.do(http.MethodPost, "/apps/"+s.app+"/verify", nil)
	s.emulator.Clear()
	s.emulator.Close()
	s.do(http.MethodPost, "/apps/"+s.app+"/verify", nil)
}

func withPath(f dingtalktest.Fault, path string) dingtalktest.Fault {
	f.Path = path
	return f
}

// message sends a text and waits for what comes of it.
func (s *story) message(content string) {
	s.Helper()
	s.texts = append(s.texts, content)
	a := s.do(http.MethodPost, "/messages", text(content, "u-zhang", "u-nobody"))
	s.awaitMessage(s.T, result[messageBody](s.T, a).ID)
}

// lookBack asks for everything that is kept.
func (s *story) lookBack() {
	for _, path := range []string{"/apps", "/messages", "/sync/runs", "/grants", "/audit", "/providers"} {
		if path == "/apps" || path == "/providers" {
			s.do(http.MethodGet, path, nil)
			continue
		}
		items := all[struct{ ID string }](s.T, s.host, request{path: path, user: owner, tenant: here})
		for _, i := range items {
			switch path {
			case "/messages":
				s.deliveries(s.T, i.ID)
			case "/sync/runs":
				s.do(http.MethodGet, "/sync/runs/"+i.ID, nil)
				s.do(http.MethodGet, "/sync/runs/"+i.ID+"/progress", nil)
				s.changes(s.T, i.ID, "")
			}
		}
	}
}

func (s *story) scan() {
	tokens := s.tap.seen()
	for i, token := range tokens {
		s.secrets["access token "+strconv.Itoa(i)] = token
	}
	answers, log := s.answers.Bytes(), s.log.Bytes()
	wantAbsent(s.T, "an answer", answers, s.secrets)
	wantAbsent(s.T, "the log", log, s.secrets)
	traces, err := json.Marshal(s.spans.GetSpans())
	check(s.T, err)
	wantAbsent(s.T, "a trace", traces, s.secrets)
	columns := s.columns(s.T)
	for _, c := range columns {
		wantAbsent(s.T, "column "+c.name, c.content, s.secrets)
	}
	private := map[string]string{"a mobile number": "13800000001"}
	for i, content := range s.texts {
		private["text "+strconv.Itoa(i)] = content
	}
	wantAbsent(s.T, "the log", log, private)
	wantAbsent(s.T, "a trace", traces, private)

	// That nothing was found means something only if it would have been.
	clientID := s.settings(0)["clientId"]
	wantPresent(s.T, "the answers", answers, clientID)
	wantPresent(s.T, "the log", log, `"op":"apps.verify"`)
	wantPresent(s.T, "the traces", traces, "dingtalk topapi/")
	var everything []byte
	for _, c := range columns {
		everything = append(everything, c.content...)
	}
	wantPresent(s.T, "the database", everything, clientID)
	wantPresent(s.T, "the database", everything, "第一条消息")
	for _, want := range []string{"river_job", "thirdapp_app_secrets", "thirdapp_audit", "thirdapp_message_batches", "thirdapp_sync_tasks"} {
		if !slices.ContainsFunc(columns, func(c column) bool { return strings.Contains(c.name, want) }) {
			s.Errorf("table %s was not looked at", want)
		}
	}
}

func wantPresent(t *testing.T, where string, content []byte, what string) {
	t.Helper()
	if !bytes.Contains(content, []byte(what)) {
		t.Errorf("%s lacks %q: the search is blind", where, what)
	}
}
