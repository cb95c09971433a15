package transport_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/transport"
)

// wantField fails unless an answer of the full family refuses an input by name.
func wantField(t *testing.T, a answer, field string) {
	t.Helper()
	if a.status != http.StatusBadRequest || !strings.Contains(a.body, `"field":"`+field+`"`) {
		t.Errorf("got HTTP %d %s, want a refusal of %s", a.status, a.body, field)
	}
}

// A filter that is mistyped must not select everything.
func TestEveryFullRouteRefusesUnknownParameters(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	p.each(t, func(t *testing.T, r transport.RouteInfo) {
		if !r.Full {
			return
		}
		req := p.request(t, r, owner, here)
		req.path += "&_t=1712000000000&tenantId=1000&nosuch=1"
		a := p.do(t, req)
		wantField(t, a, "nosuch")
		for _, name := range r.Parameters {
			if !strings.Contains(a.body, name) {
				t.Errorf("got %s, want it to name %s", a.body, name)
			}
		}
	})
	p.unharmed(t)
}

// Every parameter of the table is one that the operation reads: it is refused
// when it is too long.
func TestEveryParameterIsRead(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	for _, r := range slices.Concat(transport.RouteTable(), transport.OpenRouteTable()) {
		for _, name := range r.Parameters {
			if !r.Full {
				continue
			}
			t.Run(r.Method+" "+r.Path+" "+name, func(t *testing.T) {
				req := p.request(t, r, owner, here)
				path, query, _ := strings.Cut(req.path, "?")
				values, err := url.ParseQuery(query)
				check(t, err)
				values.Set(name, strings.Repeat("x", 1025))
				req.path = path + "?" + values.Encode()
				wantField(t, p.do(t, req), name)
			})
		}
	}
	p.unharmed(t)
}

// TestParameterChoices: the document has the values of every parameter that takes
// few, as its refusal names them. That of deliveries takes several at once.
func TestParameterChoices(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	for _, r := range slices.Concat(transport.RouteTable(), transport.OpenRouteTable()) {
		for _, name := range r.Parameters {
			if name == "provider" || r.Op == "messages.deliveries" || strings.HasPrefix(r.Path, "/sys/") {
				continue // office apps are the host's, and the classic paths take none of few
			}
			t.Run(r.Method+" "+r.Path+" "+name, func(t *testing.T) {
				req := p.request(t, r, owner, here)
				path, query, _ := strings.Cut(req.path, "?")
				values, err := url.ParseQuery(query)
				check(t, err)
				values.Set(name, "nosuch")
				req.path = path + "?" + values.Encode()
				a := p.do(t, req)
				if strings.Contains(a.body, "只能是") && r.Values[name] == nil {
					t.Errorf("the document does not have the values that are named in %s", a.body)
				}
				for _, value := range r.Values[name] {
					if !strings.Contains(a.body, value) {
						t.Errorf("the document has the value %s, which %s does not name", value, a.body)
					}
				}
			})
		}
	}
	p.unharmed(t)
}

func TestParameters(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(s *setup) { s.HostParameters = []string{"access_token"} })
	get := func(path string) request { return request{path: path, user: owner, tenant: here} }
	english := get("/apps?providr=dingtalk")
	english.header = http.Header{"Accept-Language": {"en"}}
	p.golden(t, []step{
		{"mistyped", get("/apps?providr=dingtalk")},
		{"mistyped_english", english},
		{"none_taken", get("/login/tenants?limit=5")},
		{"not_text", get("/apps?%00%ff=1")},
		{"in_one_piece", get("/quotas?limit=5&cursor=")},
		{"cache_buster", get("/grants?_t=1712000000000")},
		{"of_the_host", get("/grants?access_token=x")},
		{"compatible", get(base + "/getEnabledType?nosuch=1&_t=1712000000000")},
	})
}
