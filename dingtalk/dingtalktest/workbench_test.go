package dingtalktest_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// page reads a page of the emulator without following redirects.
func (b *bundle) page(method, path string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := *b.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, string(body)
}

// TestWorkbench: choosing an app and a person opens the home page with codes
// that are good for that person, once each.
func TestWorkbench(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) { a.HomeURL = "https://host.example.com/home?corpid=$CORPID$" }))
	if _, body := b.page(http.MethodGet, "/workbench", nil); !strings.Contains(body, "?client_id=key") {
		t.Errorf("the workbench does not offer the app: %s", body)
	}
	if _, body := b.page(http.MethodGet, "/workbench?client_id=key&q=alice", nil); !strings.Contains(body, `value="alice"`) || strings.Contains(body, `value="bob"`) {
		t.Errorf("search for alice: %s", body)
	}
	resp, _ := b.page(http.MethodPost, "/workbench?client_id=key", url.Values{"userId": {"alice"}})
	home, fragment, _ := strings.Cut(resp.Header.Get("Location"), "#dingtalk=")
	corpID, codes, _ := strings.Cut(fragment, ":")
	if resp.StatusCode != http.StatusFound || home != "https://host.example.com/home?corpid="+b.CorpID() || corpID != b.CorpID() {
		t.Fatalf("HTTP %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	for code := range strings.SplitSeq(codes, ",") {
		user := b.call(pathCode, params{"code": code}).want(0).result()
		same(t, "userid", user["userid"], any("alice"))
		b.call(pathCode, params{"code": code}).want(40078)
	}
	for _, form := range []url.Values{{}, {"userId": {"nobody"}}} {
		if resp, body := b.page(http.MethodPost, "/workbench?client_id=key", form); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: HTTP %d %s", form, resp.StatusCode, body)
		}
	}
	if resp, body := b.page(http.MethodGet, "/dingtalk.open.js", nil); !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") || !strings.Contains(body, "requestAuthCode") {
		t.Errorf("script: %s %s", resp.Header.Get("Content-Type"), body)
	}
	if err := b.UpdateApp("key", func(a *dingtalktest.App) { a.HomeURL = "" }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenApp("key", "alice"); !errors.Is(err, dingtalktest.ErrInvalid) {
		t.Errorf("without home page: %v, want ErrInvalid", err)
	}
}
