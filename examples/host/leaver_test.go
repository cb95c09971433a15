package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/internal/dbtest"
)

// visitor is somebody's browser, as far as it speaks JSON.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
}

// post sends a body and decodes the result.
func (v visitor) post(path string, body, into any) {
	v.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+path, bytes.NewReader(b))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := readEnvelope(resp, into); err != nil {
		v.t.Fatalf("%s: %v", path, err)
	}
}

// logIn lets a member of the company of 1001 in, and returns their session.
func logIn(t *testing.T, p *process, member string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{t, p.base, &http.Client{Jar: jar}}
	var app struct{ ClientID string }
	if err := (&client{base: p.base}).get(t.Context(), "", "/login/dingtalk/app?tenantId=1001", &app); err != nil {
		t.Fatal(err)
	}
	var given struct{ Code string }
	ask(t, http.MethodPost, emulatorOf(p)+"/_emulator/codes", `{"clientId":"`+app.ClientID+`","userId":"`+member+`"}`, &given)
	var ticket struct{ Ticket string }
	v.post("/login/dingtalk/code", map[string]string{"tenantId": "1001", "code": given.Code}, &ticket)
	var in struct{ Token string }
	v.post("/login/exchange", map[string]string{"ticket": ticket.Ticket}, &in)
	return in.Token
}

// status is how the host answers a session that asks who it is.
func (p *process) status(t *testing.T, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/sys/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Access-Token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestLeaverLosesTheirSession: somebody is in, leaves the company, and the pull
// that suspends them ends their session; a colleague stays in.
func TestLeaverLosesTheirSession(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-db", "sqlite:"+dbtest.SQLite(t), "-dingtalk-qps", "0", "-admin-password", "long-enough")
	p.await(demoOver)
	c := p.signedIn("long-enough")
	var list struct {
		Items []struct{ ProviderUserID, OrgID string }
	}
	if err := c.get(t.Context(), "1001", "/bindings?limit=2", &list); err != nil || len(list.Items) != 2 {
		t.Fatalf("bindings: %v, %+v", err, list)
	}
	leaver, colleague := logIn(t, p, list.Items[0].ProviderUserID), logIn(t, p, list.Items[1].ProviderUserID)
	if a, b := p.status(t, leaver), p.status(t, colleague); a != http.StatusOK || b != http.StatusOK {
		t.Fatalf("the sessions answer HTTP %d and %d", a, b)
	}
	var rules struct{ Version int64 }
	if err := c.get(t.Context(), "1001", "/sync/settings?provider=dingtalk", &rules); err != nil {
		t.Fatal(err)
	}
	if err := c.do(t.Context(), http.MethodPut, "1001", "/sync/settings?provider=dingtalk", map[string]any{
		"version": rules.Version, "graceDays": 0,
	}, nil); err != nil {
		t.Fatal(err)
	}
	ask(t, http.MethodPost, emulatorOf(p)+"/_emulator/people",
		`{"corpId":"`+list.Items[0].OrgID+`","action":"leave","userId":"`+list.Items[0].ProviderUserID+`"}`, nil)
	if err := c.do(t.Context(), http.MethodPost, "1001", "/sync/runs", map[string]any{"provider": "dingtalk"}, nil); err != nil {
		t.Fatalf("pull: %v", err)
	}
	for until := time.Now().Add(patience); p.status(t, leaver) != http.StatusUnauthorized; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("the session of who has left still answers HTTP %d", p.status(t, leaver))
		}
	}
	if got := p.status(t, colleague); got != http.StatusOK {
		t.Errorf("the colleague's session answers HTTP %d", got)
	}
}
