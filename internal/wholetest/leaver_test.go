package wholetest_test

import (
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// TestLeaverIsLoggedOut: somebody who is logged in and leaves the company is
// logged out by the pull that finds it out, and cannot come in again; others
// stay.
func TestLeaverIsLoggedOut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn)
		jar, err := cookiejar.New(nil) // tickets are tied to a browser
		check(t, err)
		h.client.Jar = jar
		h.connect(t)
		h.pull(t)
		h.tokens["leaver"], h.tokens["colleague"] = h.logIn(t, "u-li"), h.logIn(t, "u-wang")
		own := func(user string) answer { return h.ask(t, request{path: "/bindings/own", user: user, tenant: here}) }
		for _, user := range []string{"leaver", "colleague"} {
			if a := own(user); a.status != http.StatusOK {
				t.Fatalf("%s, logged in: HTTP %d %s", user, a.status, a.body)
			}
		}
		late := h.ticket(t, "u-li")
		check(t, h.emulator.RemovePerson(h.emulator.CorpID(), "u-li"))
		h.pull(t)
		await(t, func() bool { return own("leaver").status == http.StatusUnauthorized })
		if a := own("colleague"); a.status != http.StatusOK {
			t.Errorf("colleague: HTTP %d %s", a.status, a.body)
		}
		a := h.ask(t, request{method: http.MethodPost, path: "/login/exchange", body: map[string]any{"ticket": late}})
		if a.status != http.StatusForbidden || a.Error.Reason != "left" {
			t.Errorf("a ticket from before: HTTP %d %s", a.status, a.body)
		}
	})
}

// ticket is what a page inside of the office app of here gets for somebody.
func (h *host) ticket(tb testing.TB, user string) string {
	tb.Helper()
	code, err := h.emulator.InAppCode(h.emulator.Apps(h.emulator.CorpID())[0].ClientID, user)
	check(tb, err)
	a := h.ask(tb, request{
		method: http.MethodPost, path: "/login/dingtalk/code", body: map[string]any{"tenantId": here, "code": code},
	})
	return result[struct{ Ticket string }](tb, a).Ticket
}

// logIn returns the token of somebody who comes in through the office app.
func (h *host) logIn(tb testing.TB, user string) string {
	tb.Helper()
	a := h.ask(tb, request{method: http.MethodPost, path: "/login/exchange", body: map[string]any{"ticket": h.ticket(tb, user)}})
	return result[struct{ Token string }](tb, a).Token
}
