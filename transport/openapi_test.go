package transport_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/internal/apitest"
	"github.com/thirdapp/thirdapp/transport"
)

// described are the documents of the API that tests came across, by what they
// say.
var described sync.Map

// document returns what the platform says of its API.
func (p *platform) document(tb testing.TB) *apitest.Document {
	tb.Helper()
	quiet := transport.Config{Authenticator: p.config.Authenticator, Prefix: p.config.Prefix}
	handler, err := transport.New(p.services, quiet) // logs and counts of the platform are the test's
	check(tb, err)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, newRequest(tb, "", request{path: quiet.Prefix + "/openapi.json"}))
	body := w.Body.String()
	known, ok := described.Load(body)
	if !ok {
		d, err := apitest.Parse([]byte(body))
		check(tb, err)
		known, _ = described.LoadOrStore(body, d)
	}
	d, _ := known.(*apitest.Document)
	return d
}

// conforms fails unless an answer is one that the document has.
func (p *platform) conforms(tb testing.TB, r request, a answer) {
	tb.Helper()
	p.documented.Do(func() { p.api = p.document(tb) })
	if p.api == nil {
		return
	}
	if err := p.api.CheckAnswer(newRequest(tb, p.server.URL, r), a.status, a.header, []byte(a.body)); err != nil {
		tb.Errorf("%s %s answers %s: %v", r.method, r.path, a.body, err)
	}
}

// TestDocumentHasEveryRoute: all of the table, and nothing else; in both
// languages; for everybody.
func TestDocumentHasEveryRoute(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(s *setup) { s.Prefix = "/jeecg-boot" })
	var want []string
	for _, r := range slices.Concat(transport.RouteTable(), transport.OpenRouteTable()) {
		want = append(want, r.Method+" "+r.Path)
	}
	slices.Sort(want)
	got := p.document(t).Operations()
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the document has %v, want %v", got, want)
	}
	for lang, word := range map[string]string{"": "发送消息", "en": "Sends a message"} {
		a := p.do(t, request{path: "/jeecg-boot/openapi.json", header: http.Header{"Accept-Language": {lang}}})
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" || !strings.Contains(a.body, word) {
			t.Errorf("language %q: HTTP %d %s, want %q in it", lang, a.status, a.header.Get("Content-Type"), word)
		}
		var doc struct {
			Servers []struct{ URL string }
			Paths   map[string]map[string]struct {
				Summary    string
				Parameters []struct{ Name, Description, In string }
			}
		}
		check(t, json.Unmarshal([]byte(a.body), &doc))
		if len(doc.Servers) != 1 || doc.Servers[0].URL != "/jeecg-boot" {
			t.Errorf("servers %v, want the prefix", doc.Servers)
		}
		for path, methods := range doc.Paths {
			for method, o := range methods {
				if o.Summary == "" {
					t.Errorf("%s %s has no summary", method, path)
				}
			}
		}
		page := p.do(t, request{path: "/jeecg-boot/docs", header: http.Header{"Accept-Language": {lang}}})
		for _, part := range []string{word, "/jeecg-boot/messages/{id}", "/jeecg-boot/openapi.json", "onSave"} {
			if has := strings.Contains(page.body, part); page.status != http.StatusOK || has != (part != "onSave") {
				t.Errorf("page in %q: HTTP %d, %q in it: %t", lang, page.status, part, has)
			}
		}
		if policy := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'nonce-") {
			t.Errorf("page in %q: policy %q", lang, policy)
		}
	}
	if a := p.do(t, request{path: "/jeecg-boot/openapi.json?lang=en"}); a.status != http.StatusBadRequest {
		t.Errorf("unknown parameter: HTTP %d", a.status)
	}
	for _, secret := range append(p.secrets, string(here), "dingAAAA") {
		if a := p.do(t, request{path: "/jeecg-boot/openapi.json"}); strings.Contains(a.body, `"`+secret+`"`) {
			t.Errorf("the document shows %s", secret)
		}
	}
}

// TestEverySummaryIsOfARoute: none is left of an operation that is gone.
func TestEverySummaryIsOfARoute(t *testing.T) {
	t.Parallel()
	ops := make(map[string]bool)
	for _, r := range slices.Concat(transport.RouteTable(), transport.OpenRouteTable()) {
		ops[r.Op] = true
	}
	for _, op := range transport.Summaries() {
		if !ops[op] {
			t.Errorf("there is no operation %s", op)
		}
	}
}

// TestDocumentHasEveryBody: what the samples send is in the document, and every
// field that the document has is known to the decoder, which refuses it for its
// type and not as unknown.
func TestDocumentHasEveryBody(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	doc := p.document(t)
	p.each(t, func(t *testing.T, r transport.RouteInfo) {
		req := p.request(t, r, owner, here)
		if r.Op == "media.upload" || r.Body == nil {
			return
		}
		if err := doc.CheckRequest(newRequest(t, p.server.URL, req), []byte(req.body)); err != nil {
			t.Errorf("sample %s: %v", req.body, err)
		}
		if !r.Full {
			return
		}
		for _, name := range r.Body {
			req.body = `{"` + name + `":[[[1]]]}`
			a := p.do(t, req)
			if a.status != http.StatusBadRequest || strings.Contains(a.body, "未知字段") || !strings.Contains(a.body, `"field":"`+name) {
				t.Errorf("%s: HTTP %d %s, want it refused for its type", name, a.status, a.body)
			}
		}
		req.body = `{"nosuch":1}`
		if a := p.do(t, req); !strings.Contains(a.body, "未知字段：nosuch") {
			t.Errorf("nosuch: HTTP %d %s, want it refused", a.status, a.body)
		}
	})
	p.unharmed(t)
}
