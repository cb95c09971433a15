package transport_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestChangesOfOneVersion: of two administrators who change the same version of
// an app, the second one is told so and overwrites nothing.
func TestChangesOfOneVersion(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	path := "/apps/" + p.apps[here]
	change := func(body string, match ...string) request {
		return request{
			method: http.MethodPut, path: path, user: owner, tenant: here, body: body, header: http.Header{"If-Match": match},
		}
	}
	read := p.do(t, request{path: path, user: owner, tenant: here})
	if tag := read.header.Get("ETag"); tag != `"1"` {
		t.Fatalf("ETag %s, want \"1\"", tag)
	}
	first := p.do(t, change(`{"settings":{"robotCode":"first"}}`, `"1"`))
	if first.status != http.StatusOK || first.header.Get("ETag") != `"2"` {
		t.Errorf("first: HTTP %d, ETag %s, %s", first.status, first.header.Get("ETag"), first.body)
	}
	english := change(`{"settings":{"robotCode":"second"}}`, `"1"`)
	english.header.Set("Accept-Language", "en")
	p.golden(t, []step{
		{"outdated", change(`{"settings":{"robotCode":"second"}}`, `"1"`)},
		{"outdated_english", english},
		{"malformed", change(`{}`, "2")},
		{"several", change(`{}`, `"1", "2"`)},
	})
	if a := p.do(t, request{path: path, user: owner, tenant: here}); !strings.Contains(a.body, `"robotCode":"first"`) {
		t.Errorf("got %s, want what the first one said", a.body)
	}
	for _, match := range []string{`W/"2"`, `*`} {
		if a := p.do(t, change(`{"settings":{"robotCode":"third"}}`, match)); a.status != http.StatusOK {
			t.Errorf("If-Match %s: HTTP %d %s", match, a.status, a.body)
		}
	}
}
