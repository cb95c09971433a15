package dingtalk_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

const (
	secretValue = "sEcret+value/of=the app"
	tokenPath   = "/v1.0/oauth2/accessToken"
	scopesPath  = "/auth/scopes"
	listsubPath = "/topapi/v2/department/listsub"
	deptPath    = "/topapi/v2/department/get"
	listPath    = "/topapi/v2/user/list"
	userPath    = "/topapi/v2/user/get"
	updateDept  = "/topapi/v2/department/update"
	createDept  = "/topapi/v2/department/create"
	deleteDept  = "/topapi/v2/department/delete"
	createUser  = "/topapi/v2/user/create"
	updateUser  = "/topapi/v2/user/update"
	deleteUser  = "/topapi/v2/user/delete"
	mobilePath  = "/topapi/v2/user/getbymobile"
	unionPath   = "/topapi/user/getbyunionid"
	sendPath    = "/topapi/message/corpconversation/asyncsend_v2"
	trackPath   = "/topapi/message/corpconversation/getsendprogress"
	resultPath  = "/topapi/message/corpconversation/getsendresult"
	recallPath  = "/topapi/message/corpconversation/recall"
	statusPath  = "/topapi/message/corpconversation/status_bar/update"
	uploadPath  = "/media/upload"
	robotPath   = "/v1.0/robot/oToMessages/batchSend"
	groupPath   = "/v1.0/robot/groupMessages/send"
	readPath    = "/v1.0/robot/oToMessages/readStatus"
	readersPath = "/v1.0/robot/groupMessages/query"
	unsendPath  = "/v1.0/robot/otoMessages/batchRecall"
	ungroupPath = "/v1.0/robot/groupMessages/recall"
	webhookPath = "/robot/send"
)

// seen is a request as DingTalk would have got it.
type seen struct {
	path   string
	query  url.Values
	header http.Header
	body   []byte
}

// fake is a scripted DingTalk.
type fake struct {
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	requests []seen
	tokens   int
}

// newFake answers requests for a token with tok-1, tok-2 and so on.
func newFake() *fake {
	f := &fake{handlers: make(map[string]http.HandlerFunc)}
	f.handlers[tokenPath] = func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		f.tokens++
		n := f.tokens
		f.mu.Unlock()
		say(w, fmt.Sprintf(`{"accessToken":"tok-%d","expireIn":7200}`, n))
	}
	return f
}

// on sets the answer to a path.
func (f *fake) on(path string, h http.HandlerFunc) *fake {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handlers[path] = h
	return f
}

// reply sets the bodies a path answers with, one after the other; the last one
// stays.
func (f *fake) reply(path string, bodies ...string) *fake {
	var mu sync.Mutex
	n := 0
	return f.on(path, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		say(w, bodies[n])
		n = min(n+1, len(bodies)-1)
	})
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	f.requests = append(f.requests, seen{r.URL.Path, r.URL.Query(), r.Header.Clone(), body})
	h := f.handlers[r.URL.Path]
	f.mu.Unlock()
	if h == nil {
		say(w, `{"errcode":22,"errmsg":"unknown"}`)
		return
	}
	h(w, r)
}

func (f *fake) count(path string) int { return len(f.to(path)) }

// to returns the requests to a path.
func (f *fake) to(path string) []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []seen
	for _, r := range f.requests {
		if r.path == path {
			out = append(out, r)
		}
	}
	return out
}

// say writes an answer; a client that went away hears no complaint.
func say(w io.Writer, body string) { _, _ = io.WriteString(w, body) }

// settings are valid.
func settings() provider.Settings {
	return provider.Settings{
		Values: map[string]string{
			provider.SettingOrgID: "ding0123", provider.SettingAgentID: "310804070", provider.SettingClientID: "dingappkey",
		},
		Secrets: map[string]provider.Secret{provider.SettingClientSecret: provider.NewSecret(secretValue)},
	}
}

func openWith(t testing.TB, o dingtalk.Options, s provider.Settings, env provider.Environment) *dingtalk.Provider {
	t.Helper()
	factory, err := dingtalk.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return openedBy(t, factory, s, env)
}

// openedBy returns a Provider of a factory.
func openedBy(t testing.TB, factory provider.Factory, s provider.Settings, env provider.Environment) *dingtalk.Provider {
	t.Helper()
	opened, err := factory.Open(t.Context(), s, env)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	p, err := provider.As[*dingtalk.Provider](opened)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// open returns a Provider that talks to f over the network.
func open(t testing.TB, f *fake) *dingtalk.Provider {
	t.Helper()
	return openServed(t, f, dingtalk.Options{}, time.Now)
}

// openOnce is open with a single attempt per call.
func openOnce(t testing.TB, f *fake) *dingtalk.Provider {
	t.Helper()
	return openServed(t, f, dingtalk.Options{Attempts: 1}, time.Now)
}

func openServed(t testing.TB, f *fake, o dingtalk.Options, now func() time.Time) *dingtalk.Provider {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	o.APIBaseURL, o.OAPIBaseURL, o.CallsPerSecond = server.URL, server.URL, -1
	return openWith(t, o, settings(), provider.Environment{Client: server.Client(), Now: now})
}

// openInside returns a Provider that calls f without network, for tests inside
// a bubble of testing/synctest, where waiting takes no time.
func openInside(t testing.TB, f *fake, callsPerSecond int) *dingtalk.Provider {
	t.Helper()
	return openWith(t, dingtalk.Options{CallsPerSecond: callsPerSecond}, settings(),
		provider.Environment{Client: &http.Client{Transport: direct{f}}})
}

// direct hands requests to a handler in the same goroutine.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// asError returns err as the provider's error, or fails.
func asError(t testing.TB, err error) *provider.Error {
	t.Helper()
	e, ok := err.(*provider.Error) //nolint:errorlint // exactly this type is promised
	if !ok {
		t.Fatalf("error is %T (%v), want *provider.Error", err, err)
	}
	return e
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// okUser is an answer about a person.
const okUser = `{"errcode":0,"errmsg":"ok","request_id":"r1","result":{"userid":"u1","name":"张三","mobile":"13800000001","state_code":"86","active":true,"dept_id_list":[1]}}`
