package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/thirdapp/thirdapp/internal/dbtest"
)

// browserPath finds a Chromium. Without one the test is skipped, and in CI fails.
func browserPath(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "headless-shell", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if ci, err := strconv.ParseBool(os.Getenv("CI")); err == nil && ci {
		tb.Fatal("no Chromium is installed: the tests of pages need one")
	}
	tb.Skip("no Chromium is installed (Debian: apt-get install chromium)")
	return ""
}

// openBrowser starts a headless browser and returns the context of its first
// page, of the size of a phone and in the given language.
func openBrowser(t *testing.T, language string) context.Context {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browserPath(t)), chromedp.NoSandbox,
	)...)
	t.Cleanup(cancel)
	browser, _ := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(browser) }) // waits for it; its files are its own to remove
	ctx, cancel := context.WithTimeout(browser, patience)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx,
		network.Enable(), network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": language}),
		emulation.SetDeviceMetricsOverride(390, 844, 2, true),
	); err != nil {
		t.Fatalf("browser: %v", err)
	}
	return ctx
}

// boundMember returns the user id, at the office app, of somebody of a tenant.
func boundMember(t *testing.T, c *client, tenantID string) (userID, name string) {
	t.Helper()
	var list struct {
		Items []struct{ ProviderUserID, Name string }
	}
	if err := c.get(t.Context(), tenantID, "/bindings?limit=1", &list); err != nil || len(list.Items) == 0 {
		t.Fatalf("bindings: %v, %+v", err, list)
	}
	return list.Items[0].ProviderUserID, list.Items[0].Name
}

// choose says on the emulator's page who one is.
func choose(member string) chromedp.Tasks {
	return chromedp.Tasks{
		chromedp.SendKeys(`input[name="q"]`, member+"\r", chromedp.ByQuery),
		chromedp.WaitVisible(fmt.Sprintf(`input[name="q"][value=%q]`, member), chromedp.ByQuery), // the page of the search
		chromedp.Click(fmt.Sprintf(`button[value=%q]`, member), chromedp.ByQuery),
	}
}

// TestLoginInBrowser: somebody chooses their company, says at DingTalk who they
// are, and is in; in both languages, on a phone.
func TestLoginInBrowser(t *testing.T) {
	t.Parallel()
	browserPath(t)
	p := startProcess(t, "-db", "sqlite:"+dbtest.SQLite(t), "-dingtalk-qps", "0", "-admin-password", "long-enough")
	p.await(demoOver)
	member, name := boundMember(t, p.signedIn("long-enough"), "1001")
	for language, hello := range map[string]string{"zh-CN": "您好，", "en": "Hello, "} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			ctx := openBrowser(t, language)
			var who, where, hash, opened string
			var overflow bool
			err := chromedp.Run(ctx,
				chromedp.Navigate(p.base),
				chromedp.Evaluate("document.documentElement.scrollWidth > window.innerWidth", &overflow),
				chromedp.Click("a.button", chromedp.ByQuery),
				chromedp.WaitVisible(`input[name="q"]`, chromedp.ByQuery),
				chromedp.Location(&opened),
				choose(member),
				chromedp.WaitVisible("#where:not(:empty)", chromedp.ByQuery),
				chromedp.Text("#who", &who), chromedp.Text("#where", &where),
				chromedp.Evaluate("location.hash", &hash),
			)
			if err != nil {
				var page string
				_ = chromedp.Run(ctx, chromedp.OuterHTML("html", &page))
				t.Fatalf("%v, on:\n%s", err, page)
			}
			if who != hello+name || !strings.Contains(where, "1001") {
				t.Errorf("the page says %q, %q; want %q in tenant 1001", who, where, hello+name)
			}
			if hash != "" {
				t.Errorf("the ticket stays in the address: %q", hash)
			}
			if overflow {
				t.Error("the page is wider than a phone")
			}
			if u, err := url.Parse(opened); err != nil || u.Path != "/oauth2/auth" {
				t.Errorf("logged in at %q, want DingTalk's page", opened)
			}
		})
	}
	t.Run("declined", func(t *testing.T) {
		t.Parallel()
		ctx := openBrowser(t, "zh-CN")
		var message string
		if err := chromedp.Run(ctx,
			chromedp.Navigate(p.base), chromedp.Click("a.button", chromedp.ByQuery),
			chromedp.Click("button.refuse", chromedp.ByQuery), chromedp.Text(`[role="alert"]`, &message),
			chromedp.Click("a.button", chromedp.ByQuery), // try again
			chromedp.WaitVisible("button.refuse", chromedp.ByQuery),
		); err != nil {
			t.Fatal(err)
		}
		if message != "您已取消登录" {
			t.Errorf("the page says %q", message)
		}
	})
}

// TestWorkbenchInBrowser: somebody opens the app in DingTalk's workbench and is
// in; in both languages, on a phone. What goes wrong can be tried again.
func TestWorkbenchInBrowser(t *testing.T) {
	t.Parallel()
	browserPath(t)
	p := startProcess(t, "-db", "sqlite:"+dbtest.SQLite(t), "-dingtalk-qps", "0", "-admin-password", "long-enough")
	p.await(demoOver)
	c := p.signedIn("long-enough")
	member, name := boundMember(t, c, "1001")
	var app struct{ ClientID string }
	if err := c.get(t.Context(), "", "/login/dingtalk/app?tenantId=1001", &app); err != nil {
		t.Fatal(err)
	}
	workbench := emulatorOf(p) + "/workbench?client_id=" + url.QueryEscape(app.ClientID)
	for language, hello := range map[string]string{"zh-CN": "您好，", "en": "Hello, "} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			ctx := openBrowser(t, language)
			var who, where, address string
			var overflow bool
			if err := chromedp.Run(ctx,
				chromedp.Navigate(workbench), choose(member),
				chromedp.WaitVisible("#where:not(:empty)", chromedp.ByQuery),
				chromedp.Text("#who", &who), chromedp.Text("#where", &where), chromedp.Location(&address),
			); err != nil {
				t.Fatalf("%v, on:\n%s", err, shownIn(ctx))
			}
			if who != hello+name || !strings.Contains(where, "1001") || address != p.base+welcomePath {
				t.Errorf("the page at %s says %q, %q; want %q in tenant 1001", address, who, where, hello+name)
			}
			var problem string
			if err := chromedp.Run(ctx,
				chromedp.Navigate(p.base+"/login/dingtalk/home/tenantId/1001"),
				chromedp.WaitVisible("#browser a", chromedp.ByQuery), chromedp.Text("#problem", &problem),
				chromedp.Evaluate("document.documentElement.scrollWidth > window.innerWidth", &overflow),
			); err != nil {
				t.Fatalf("%v, on:\n%s", err, shownIn(ctx))
			}
			if outside := map[string]string{"zh-CN": "工作台", "en": "workbench"}[language]; !strings.Contains(problem, outside) || overflow {
				t.Errorf("outside of DingTalk the page says %q, wider than a phone: %t", problem, overflow)
			}
		})
	}
	t.Run("again", func(t *testing.T) { //nolint:paralleltest // DingTalk is down meanwhile
		ctx := openBrowser(t, "zh-CN")
		faults := emulatorOf(p) + "/_emulator/faults"
		ask(t, http.MethodPost, faults, `{"path":"/topapi/v2/user/getuserinfo","kind":"server_error"}`, nil)
		var problem, request, who string
		if err := chromedp.Run(ctx,
			chromedp.Navigate(workbench), choose(member),
			chromedp.WaitVisible("#retry", chromedp.ByQuery),
			chromedp.Text("#problem", &problem), chromedp.Text("#request", &request),
		); err != nil {
			t.Fatalf("%v, on:\n%s", err, shownIn(ctx))
		}
		ask(t, http.MethodDelete, faults, "", nil)
		if err := chromedp.Run(ctx,
			chromedp.Click("#retry", chromedp.ByQuery),
			chromedp.WaitVisible("#where:not(:empty)", chromedp.ByQuery), chromedp.Text("#who", &who),
		); err != nil {
			t.Fatalf("again: %v, on:\n%s", err, shownIn(ctx))
		}
		if problem == "" || request == "" || !strings.HasSuffix(who, name) {
			t.Errorf("the page said %q (request %q), and then %q", problem, request, who)
		}
	})
}

var emulatorLine = regexp.MustCompile(`curl -s '(http://\S+?)/_emulator/`)

// emulatorOf returns where the emulator of a process listens.
func emulatorOf(p *process) string { return p.await(emulatorLine) }

// shownIn returns what a browser shows, for failures.
func shownIn(ctx context.Context) (page string) {
	_ = chromedp.Run(ctx, chromedp.OuterHTML("html", &page))
	return page
}

// ask asks the emulator's administration; into may be nil.
func ask(t *testing.T, method, address, body string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: HTTP %d %s, %v", method, address, resp.StatusCode, answer, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		t.Fatalf("%s %s: %s: %v", method, address, answer, err)
	}
}

// TestPopupInBrowser: the window that opened a popup gets the ticket, and a
// window of another origin gets nothing.
func TestPopupInBrowser(t *testing.T) {
	t.Parallel()
	browserPath(t)
	p := startProcess(t, "-db", "sqlite:"+dbtest.SQLite(t), "-dingtalk-qps", "0", "-admin-password", "long-enough")
	p.await(demoOver)
	member, _ := boundMember(t, p.signedIn("long-enough"), "1001")
	ctx := openBrowser(t, "zh-CN")
	// http://localhost is another origin than http://127.0.0.1.
	foreign := strings.Replace(p.base, "127.0.0.1", "localhost", 1)
	for _, c := range []struct {
		name, opener string
		told         bool
	}{{"the tenant's own", p.base, true}, {"another", foreign, false}} {
		login := p.base + "/login/dingtalk/authorize?" + url.Values{
			"tenantId": {"1001"}, "display": {"popup"}, "returnUrl": {p.base + welcomePath},
		}.Encode()
		popup := chromedp.WaitNewTarget(ctx, func(*target.Info) bool { return true })
		if err := chromedp.Run(ctx,
			chromedp.Navigate(c.opener+"/healthz"),
			chromedp.Evaluate(`window.told = []; window.addEventListener("message", (m) => window.told.push(m.origin + " " + (m.data.ticket || ""))); true`, nil),
			chromedp.Evaluate(fmt.Sprintf("window.open(%q); true", login), nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithUserGesture(true) }),
		); err != nil {
			t.Fatal(err)
		}
		window, cancel := chromedp.NewContext(ctx, chromedp.WithTargetID(<-popup))
		if err := chromedp.Run(window,
			choose(member),
		); err != nil {
			t.Fatal(err)
		}
		var told []string
		// That nothing comes can only be waited for.
		for n, until := 0, time.Now().Add(patience); len(told) == 0 && (c.told && time.Now().Before(until) || n < 20); n++ {
			if err := chromedp.Run(ctx, chromedp.Evaluate("window.told", &told), chromedp.Sleep(100*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		if got := len(told) == 1 && strings.HasPrefix(told[0], p.base+" 1001."); got != c.told || !c.told && len(told) != 0 {
			t.Errorf("%s origin was told %q", c.name, told)
		}
	}
}
