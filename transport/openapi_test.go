package transport_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
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

// TestRequiredFields: what the document says a body must have is refused by name
// when it is not there.
func TestRequiredFields(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	p.each(t, func(t *testing.T, r transport.RouteInfo) {
		if !r.Full {
			return
		}
		for _, name := range r.Required {
			req := p.request(t, r, owner, here)
			var body map[string]json.RawMessage
			check(t, json.Unmarshal([]byte(req.body), &body))
			if _, there := body[name]; !there {
				t.Errorf("%s is required, and the sample has none", name)
			}
			delete(body, name)
			req.body = asJSON(t, body)
			a := p.do(t, req)
			if a.status != http.StatusBadRequest || !strings.Contains(a.body, `"field":"`+name) {
				t.Errorf("without %s: HTTP %d %s, want a refusal of it", name, a.status, a.body)
			}
		}
	})
	p.unharmed(t)
}

// TestBodiesAreClosed: a body of the full family has no fields but those of the
// document, and one of the compatible family may have any.
func TestBodiesAreClosed(t *testing.T) {
	t.Parallel()
	for _, r := range transport.RouteTable() {
		if r.Body != nil && r.Closed != r.Full {
			t.Errorf("%s %s: closed %t, want %t", r.Method, r.Path, r.Closed, r.Full)
		}
	}
}

// TestPageParameters: who reads the document can open the pages of a login.
func TestPageParameters(t *testing.T) {
	t.Parallel()
	parameters := make(map[string][]string)
	for _, r := range transport.OpenRouteTable() {
		parameters[r.Path] = r.Parameters
	}
	const classic = "/sys/thirdLogin"
	for path, want := range map[string][]string{
		"/login/{provider}/authorize":              {"tenantId", "returnUrl", "display"},
		"/login/{provider}/callback":               {"code", "state"},
		"/login/{provider}/home":                   {"corpId", "returnUrl"},
		"/login/{provider}/home/tenantId/{tenant}": {"returnUrl"},
		classic + "/oauth2/{source}/login":         {"state", "tenantId"},
		classic + "/oauth2/{source}/callback":      {"code", "state"},
		classic + "/oauth2/dingding/login":         {"authCode", "state", "tenantId"},
		classic + "/{first}/{second}":              {"tenantId", "code", "state"},
		classic + "/get/corpId/clientId":           {"tenantId", "corpId"},
	} {
		if got := parameters[path]; !slices.Equal(got, want) {
			t.Errorf("%s: got parameters %v, want %v", path, got, want)
		}
	}
}

// TestChoices: the document has every value of a type that has few. They are
// read in the source, where a new one is added.
func TestChoices(t *testing.T) {
	t.Parallel()
	declared := make(map[string]map[string][]string)
	for name, values := range transport.Choices() {
		pkg, typ, _ := strings.Cut(name, ".")
		if declared[pkg] == nil {
			declared[pkg] = constantsOf(t, pkg)
		}
		slices.Sort(values)
		if want := declared[pkg][typ]; !slices.Equal(values, want) {
			t.Errorf("%s: got %v, want %v", name, values, want)
		}
	}
}

// constantsOf returns the values of the string constants of a package, by type.
func constantsOf(t *testing.T, pkg string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
	check(t, err)
	values := make(map[string][]string)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		check(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			typ, named := spec.Type.(*ast.Ident)
			value, literal := spec.Values[0].(*ast.BasicLit)
			if named && literal && value.Kind == token.STRING {
				s, err := strconv.Unquote(value.Value)
				check(t, err)
				values[typ.Name] = append(values[typ.Name], s)
			}
			return true
		})
	}
	for _, list := range values {
		slices.Sort(list)
	}
	return values
}
