package transport_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// newEvents makes the service of the tests' platform, which has two types of
// events.
func newEvents(tb testing.TB, store *bunstore.Store, queue jobs.Queue, authz tenant.Authorizer) *events.Service {
	tb.Helper()
	s, err := events.New(store, queue, newSealer(tb), authz, events.Config{AllowHTTP: true, AllowPrivate: true})
	check(tb, err)
	tb.Cleanup(s.Close)
	for eventType, about := range map[string]provider.Text{
		"message.finished": {ZH: "消息已处理完毕", EN: "a message has come to its end"},
		"run.finished":     {ZH: "同步已结束", EN: "a run has ended"},
	} {
		check(tb, s.Describe(eventType, about, func(_ context.Context, _ tenant.ID, subject string) (any, error) {
			return map[string]string{"id": subject}, nil
		}))
	}
	return s
}

// hook is an endpoint that remembers what it got.
type hook struct {
	*httptest.Server

	mu     sync.Mutex
	got    []*http.Request
	bodies [][]byte
	status int
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{status: http.StatusNoContent}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got, h.bodies = append(h.got, r), append(h.bodies, body)
		w.WriteHeader(h.status)
	}))
	t.Cleanup(h.Close)
	return h
}

func TestFullSubscriptions(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	create := func(body string) request {
		return request{method: http.MethodPost, path: "/subscriptions", user: owner, tenant: here, body: body}
	}
	const good = `{"url":"https://example.com/hook?token=1","types":["run.finished","message.finished"],"description":"考勤"}`
	p.golden(t, []step{
		{"types", request{path: "/events/types", user: owner, tenant: here}},
		{"types_in_english", request{path: "/events/types", user: owner, tenant: here, header: http.Header{"Accept-Language": {"en"}}}},
		{"types_no_permission", request{path: "/events/types", user: viewer, tenant: here}},
		{"list_empty", request{path: "/subscriptions", user: owner, tenant: here}},
		{"create_nothing", create(`{}`)},
		{"create_without_types", create(`{"url":"https://example.com/"}`)},
		{"create_unknown_type", create(`{"url":"https://example.com/","types":["*","x"]}`)},
		{"create_wrong_type", create(`{"url":"https://example.com/","types":"*"}`)},
		{"create_unknown_field", create(`{"url":"https://example.com/","types":["*"],"secret":"whsec_mine"}`)},
		{"create_malformed_url", create(`{"url":"ftp://example.com/","types":["*"]}`)},
		{"create_long_description", create(`{"url":"https://example.com/","types":["*"],"description":"` + strings.Repeat("长", 201) + `"}`)},
		{"create_no_permission", request{method: http.MethodPost, path: "/subscriptions", user: viewer, tenant: here, body: good}},
		{"get_unknown", request{path: "/subscriptions/nobody", user: owner, tenant: here}},
		{"get_malformed", request{path: "/subscriptions/no%20body", user: owner, tenant: here}},
	})
	type created struct{ ID, Secret string }
	made := result[created](t, p.do(t, create(good)))
	if !strings.HasPrefix(made.Secret, "whsec_") {
		t.Fatalf("got secret %q", made.Secret)
	}
	p.secrets = append(p.secrets, made.Secret[len("whsec_"):])
	one := func(method, below, body string) request {
		return request{method: method, path: "/subscriptions/" + made.ID + below, user: owner, tenant: here, body: body}
	}
	p.golden(t, []step{
		{"get", one(http.MethodGet, "", "")},
		{"list", request{path: "/subscriptions", user: owner, tenant: here}},
		{"update", one(http.MethodPut, "", `{"types":["*"],"enabled":false,"description":""}`)},
		{"update_nothing", one(http.MethodPut, "", `{}`)},
		{"update_url", one(http.MethodPut, "", `{"url":"https://user:pass@example.com/"}`)},
		{"update_unknown", request{method: http.MethodPut, path: "/subscriptions/nobody", user: owner, tenant: here, body: `{}`}},
		{"update_no_body", one(http.MethodPut, "", "")},
	})
	rotated := result[created](t, p.do(t, one(http.MethodPost, "/rotate", "")))
	if rotated.ID != made.ID || rotated.Secret == made.Secret || !strings.HasPrefix(rotated.Secret, "whsec_") {
		t.Errorf("rotated: got %+v", rotated)
	}
	p.secrets = append(p.secrets, rotated.Secret[len("whsec_"):])
	p.golden(t, []step{
		{"get_rotated", one(http.MethodGet, "", "")},
		{"delete", one(http.MethodDelete, "", "")},
		{"delete_again", one(http.MethodDelete, "", "")},
		{"rotate_unknown", one(http.MethodPost, "/rotate", "")},
		{"test_unknown", one(http.MethodPost, "/test", "")},
	})
	p.noSecrets(t, "audit", p.do(t, request{path: "/audit", user: owner, tenant: here}).body)
	p.noSecrets(t, "log", p.log.String())
}

func TestSubscriptionTest(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	h := newHook(t)
	made := result[struct{ ID, Secret string }](t, p.do(t, request{
		method: http.MethodPost, path: "/subscriptions", user: owner, tenant: here, body: `{"url":"` + h.URL + `","types":["*"]}`,
	}))
	test := request{method: http.MethodPost, path: "/subscriptions/" + made.ID + "/test", user: owner, tenant: here}
	type report struct {
		OK      bool
		EventID string
		Status  int
		Error   *struct{ Reason, Message, Remedy string }
	}
	good := result[report](t, p.do(t, test))
	if !good.OK || good.Status != http.StatusNoContent || good.Error != nil {
		t.Errorf("got %+v, want success", good)
	}
	if err := events.Verify(h.got[0].Header, h.bodies[0], made.Secret); err != nil {
		t.Error(err)
	}
	if id := h.got[0].Header.Get("webhook-id"); id != good.EventID {
		t.Errorf("got event %q, want %q", good.EventID, id)
	}
	h.mu.Lock()
	h.status = http.StatusTeapot
	h.mu.Unlock()
	test.header = http.Header{"Accept-Language": {"en"}}
	bad := result[report](t, p.do(t, test))
	if bad.OK || bad.Status != http.StatusTeapot || bad.Error == nil || bad.Error.Reason != "bad_status" ||
		!strings.Contains(bad.Error.Message, "HTTP status") || bad.Error.Remedy == "" {
		t.Errorf("got %+v, want the failure told", bad)
	}
	test.user = viewer
	if a := p.do(t, test); a.status != http.StatusForbidden {
		t.Errorf("a viewer: HTTP %d", a.status)
	}
	if len(h.got) != 2 {
		t.Errorf("the endpoint got %d requests, want 2", len(h.got))
	}
}

// An event goes all the way, and what became of it shows.
func TestSubscriptionIsTold(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	h := newHook(t)
	h.status = http.StatusGone
	made := result[struct{ ID, Secret string }](t, p.do(t, request{
		method: http.MethodPost, path: "/subscriptions", user: owner, tenant: here, body: `{"url":"` + h.URL + `","types":["run.finished"]}`,
	}))
	check(t, p.services.Events.Publish(t.Context(), here, "run.finished", "run-1"))
	type shown struct {
		Enabled    bool
		LastStatus int
		LastError  *struct{ Reason, Message string }
		LastAt     string
	}
	var got shown
	p.eventually(t, "the endpoint is switched off", func() bool {
		got = result[shown](t, p.do(t, request{path: "/subscriptions/" + made.ID, user: owner, tenant: here}))
		return !got.Enabled
	})
	if got.LastStatus != http.StatusGone || got.LastError == nil || got.LastError.Reason != "gone" || got.LastAt == "" {
		t.Errorf("got %+v, want the failure shown", got)
	}
	if err := events.Verify(h.got[0].Header, h.bodies[0], made.Secret); err != nil {
		t.Error(err)
	}
}

func FuzzDecodeSubscription(f *testing.F) {
	for _, seed := range []string{
		samples["subscriptions.create"].body, samples["subscriptions.update"].body, `{}`, `null`, `[]`, `{"types":"*"}`,
		`{"types":[null]}`, `{"url":1}`, `{"enabled":"yes"}`, `{"id":"x"}`, `{} {}`, `{"description":"\u0000"}`,
	} {
		f.Add(seed, "a")
	}
	f.Fuzz(func(t *testing.T, body, id string) {
		refusal(t, transport.DecodeNewSubscription(post(body)))
		r := post(body)
		r.SetPathValue("id", id)
		got, change, err := transport.DecodeSubscriptionUpdate(r)
		refusal(t, err)
		if err == nil && (got != id || change.URL != nil && strings.Contains(*change.URL, "\x00")) {
			t.Errorf("body %q of %q: got %q, %+v", body, id, got, change)
		}
	})
}
