package transport_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/transport"
)

func TestNewReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := transport.New(transport.Services{}, transport.Config{
		Prefix: "api/", MaxBody: 1, SyncWait: time.Hour, SendWait: -1, Heartbeat: time.Hour, HostParameters: []string{""},
	})
	if err == nil {
		t.Fatal("got no error, want one")
	}
	for _, part := range []string{
		"Services.Tenants", "Services.Messages", "Services.Sync", "Services.Registry", "Authenticator",
		`Prefix "api/"`, "MaxBody 1:", "SyncWait 1h", "SendWait -1ns", "Heartbeat 1h", "HostParameters",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error lacks %q: %v", part, err)
		}
	}
}

func TestNewNeedsAnAuthenticator(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	if h, err := transport.New(p.services, transport.Config{}); err == nil || h != nil {
		t.Errorf("got handler %v, error %v; want an error and no handler", h, err)
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	for prefix, good := range map[string]bool{
		"": true, "/jeecg-boot": true, "/a/b.c": true, "/": false, "a": false, "/a/": false, "//a": false,
		"/a/../b": false, "/{id}": false, "/a b": false, "/a?b": false,
	} {
		err := transport.Config{Authenticator: authenticate, Prefix: prefix}.Validate()
		if (err == nil) != good {
			t.Errorf("Prefix %q: got %v, want it valid: %t", prefix, err, good)
		}
	}
	p := newPlatform(t, func(s *setup) { s.Prefix = "/jeecg-boot" })
	for path, status := range map[string]int{
		"/jeecg-boot/apps": http.StatusOK, "/jeecg-boot" + base + "/getEnabledType": http.StatusOK,
		"/apps": http.StatusNotFound, base + "/getEnabledType": http.StatusNotFound, "/jeecg-boot": http.StatusNotFound,
		"/jeecg-boot/apps/": http.StatusNotFound,
	} {
		if a := p.do(t, request{path: path, user: owner, tenant: here}); a.status != status {
			t.Errorf("GET %s: got HTTP %d %s, want %d", path, a.status, a.body, status)
		}
	}
}

// TestLongRefusal: what was sent is repeated in answers and in the log, but not
// as a whole: everybody who is logged in can send a megabyte that is refused.
func TestLongRefusal(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	long := strings.Repeat("长", 100_000)
	for what, r := range map[string]request{
		"value": {method: http.MethodPost, path: "/messages/x/replay", body: `{"states":["` + long + `"]}`},
		"field": {method: http.MethodPost, path: "/messages", body: `{"` + long + `":1}`},
	} {
		before := len(p.log.String())
		r.user, r.tenant = viewer, here
		a := p.do(t, r)
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, "长") || len(a.body) > 32<<10 {
			t.Errorf("%s: got HTTP %d with %d bytes, want a short refusal that says what is refused", what, a.status, len(a.body))
		}
		p.eventually(t, "it is logged", func() bool { return len(p.log.String()) > before })
		if n := len(p.log.String()) - before; n > 16<<10 {
			t.Errorf("%s: the log has %d bytes more, want a short line", what, n)
		}
	}
}

// TestUnknownMethod: a method that HTTP does not name is refused like one that
// the path does not have.
func TestUnknownMethod(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(s *setup) { s.Prefix = "/jeecg-boot" })
	for path, allow := range map[string]string{
		"/apps": "GET, POST", "/apps/x": "GET, PUT, DELETE", "/templates/preview": "GET, PUT, DELETE", "/grants": "GET, POST, DELETE",
	} {
		a := p.do(t, request{method: "PROPFIND", path: "/jeecg-boot" + path, user: owner, tenant: here})
		if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != allow {
			t.Errorf("PROPFIND %s: got HTTP %d, Allow %q; want 405, %q", path, a.status, a.header.Get("Allow"), allow)
		}
	}
	a := p.do(t, request{method: "PROPFIND", path: "/jeecg-boot" + base + "/sendMessageTest", user: owner, tenant: here})
	if a.status != http.StatusOK || a.header.Get("Allow") != "POST" || !strings.Contains(a.body, `"code":405`) {
		t.Errorf("a compatible path: got HTTP %d, Allow %q, %s", a.status, a.header.Get("Allow"), a.body)
	}
	if a := p.do(t, request{method: "PROPFIND", path: "/jeecg-boot/nothing", user: owner, tenant: here}); a.status != http.StatusNotFound {
		t.Errorf("no such path: got HTTP %d, want 404", a.status)
	}
}

// inGBK is 服务器告警 as GBK, the usual encoding of Windows in Chinese.
const inGBK = "\xb7\xfe\xce\xf1\xc6\xf7\xb8\xe6\xbe\xaf"

// TestBodyInGBK: what is not UTF-8 is refused by both families, and nobody gets
// a message of replacement characters.
func TestBodyInGBK(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for path, body := range map[string]string{
		base + "/sendMessageTest": `{"app":"DINGTALK","receiver":"alice","content":"` + inGBK + `"}`,
		"/messages":               `{` + toAlice + `,"content":{"type":"text","text":{"content":"` + inGBK + `"}}}`,
	} {
		a := p.do(t, request{method: http.MethodPost, path: path, user: owner, tenant: here, body: body})
		if !strings.Contains(a.body, "UTF-8") {
			t.Errorf("%s: got HTTP %d %s, want it to ask for UTF-8", path, a.status, a.body)
		}
	}
	if a := p.do(t, request{path: "/messages", user: owner, tenant: here}); !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("got %s, want no message", a.body)
	}
}

func TestMaxBody(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(s *setup) { s.MaxBody = 1 << 10 })
	body := func(n int) string { return `{"provider":"` + strings.Repeat("x", n-15) + `"}` }
	for n, status := range map[int]int{1 << 10: http.StatusBadRequest, 1<<10 + 1: http.StatusRequestEntityTooLarge} {
		a := p.do(t, request{method: http.MethodPost, path: "/apps", user: owner, tenant: here, body: body(n)})
		if a.status != status {
			t.Errorf("body of %d bytes: got HTTP %d %s, want %d", n, a.status, a.body, status)
		}
	}
}

// TestPageByScript: who sends something to a classic path that is a page is a
// script, and is answered as scripts are.
func TestPageByScript(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, path := range []string{"/user/create", "/user/checkPassword"} {
		a := p.do(t, request{method: http.MethodPost, path: "/sys/thirdLogin" + path, body: `{}`})
		if a.status != http.StatusOK || !strings.Contains(a.body, `"code":405`) || a.header.Get("Allow") != http.MethodGet {
			t.Errorf("POST %s: got HTTP %d %s, want HTTP 200 and code 405 as JSON", path, a.status, a.body)
		}
	}
	if a := p.do(t, request{method: http.MethodPost, path: "/login/exchange", body: `{}`}); a.status != http.StatusBadRequest || !strings.Contains(a.body, `"field":"ticket"`) {
		t.Errorf("exchange of nothing: got HTTP %d %s, want a refusal of ticket", a.status, a.body)
	}
}
