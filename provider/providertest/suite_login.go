package providertest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// What a login in a browser begins with.
const (
	loginRedirect = "https://platform.example.com/callback"
	// loginState has what a query must escape.
	loginState    = "1000.aB-_+/= &?#x"
	loginVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	// loginChallenge is that of loginVerifier (RFC 7636, appendix B).
	loginChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func runLogin(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"inside of the office app", func(t *testing.T, s subject) {
			flow := ability[provider.LoginFlow](t, s)
			for _, want := range s.Company.People[:2] {
				got, err := flow.InAppIdentity(t.Context(), s.inAppCode(t, want.UserID))
				wantIdentity(t, "InAppIdentity", got, err, want)
			}
		}},
		{"in a browser", func(t *testing.T, s subject) {
			flow := ability[provider.LoginFlow](t, s)
			for _, want := range s.Company.People[:2] {
				got, err := flow.BrowserIdentity(t.Context(), s.browserCode(t, flow, want.UserID))
				wantIdentity(t, "BrowserIdentity", got, err, want)
			}
		}},
		{"a code is good once", func(t *testing.T, s subject) {
			flow, user := ability[provider.LoginFlow](t, s), s.Company.People[0].UserID
			inApp, browser := s.inAppCode(t, user), s.browserCode(t, flow, user)
			for _, first := range []bool{true, false} {
				_, inAppErr := flow.InAppIdentity(t.Context(), inApp)
				_, browserErr := flow.BrowserIdentity(t.Context(), browser)
				if first {
					if inAppErr != nil || browserErr != nil {
						t.Fatalf("first use: %v, %v", inAppErr, browserErr)
					}
					continue
				}
				wantError(t, "InAppIdentity again", s.Kind(), inAppErr, provider.Unauthenticated)
				wantError(t, "BrowserIdentity again", s.Kind(), browserErr, provider.Unauthenticated)
			}
		}},
		{"a code of the other kind", func(t *testing.T, s subject) {
			flow, user := ability[provider.LoginFlow](t, s), s.Company.People[0].UserID
			got, err := flow.InAppIdentity(t.Context(), s.browserCode(t, flow, user).Code)
			s.wantHimOrNobody(t, "InAppIdentity", got, err, user)
			got, err = flow.BrowserIdentity(t.Context(), provider.BrowserCode{Code: s.inAppCode(t, user), RedirectURL: loginRedirect})
			s.wantHimOrNobody(t, "BrowserIdentity", got, err, user)
		}},
		{"an invented code", func(t *testing.T, s subject) {
			flow, code := ability[provider.LoginFlow](t, s), provider.NewSecret("no-such-code")
			_, err := flow.InAppIdentity(t.Context(), code)
			wantError(t, "InAppIdentity", s.Kind(), err, provider.Unauthenticated)
			_, err = flow.BrowserIdentity(t.Context(), provider.BrowserCode{Code: code, RedirectURL: loginRedirect})
			wantError(t, "BrowserIdentity", s.Kind(), err, provider.Unauthenticated)
		}},
		{"an empty code", func(t *testing.T, s subject) {
			flow := ability[provider.LoginFlow](t, s)
			_, err := flow.InAppIdentity(t.Context(), provider.Secret{})
			wantError(t, "InAppIdentity", s.Kind(), err, provider.InvalidArgument)
			_, err = flow.BrowserIdentity(t.Context(), provider.BrowserCode{RedirectURL: loginRedirect})
			wantError(t, "BrowserIdentity", s.Kind(), err, provider.InvalidArgument)
		}},
		{"needs redirect and state", func(t *testing.T, s subject) {
			flow := ability[provider.LoginFlow](t, s)
			for _, req := range []provider.AuthorizeRequest{{State: "s"}, {RedirectURL: loginRedirect}} {
				_, err := flow.AuthorizeURL(req)
				wantError(t, "AuthorizeURL", s.Kind(), err, provider.InvalidArgument)
			}
		}},
		{"another verifier", anotherVerifier},
		{"an outsider", func(t *testing.T, s subject) {
			flow := ability[provider.LoginFlow](t, s)
			if s.Outsider == nil {
				t.Skip("the harness has nobody from outside of the organisation")
			}
			got, err := flow.BrowserIdentity(t.Context(), s.codeFrom(t, flow, false, s.Outsider))
			wantError(t, "BrowserIdentity", s.Kind(), err, provider.NotFound, provider.PermissionDenied)
			if got != (provider.LoginIdentity{}) {
				t.Errorf("BrowserIdentity: %+v beside an error", got)
			}
		}},
		{"a page inside of the office app", func(t *testing.T, s subject) {
			flow, user := ability[provider.LoginFlow](t, s), s.Company.People[0]
			code := s.codeOf(t, flow, user.UserID, true)
			got, err := flow.BrowserIdentity(t.Context(), code)
			wantIdentity(t, "BrowserIdentity", got, err, user)
		}},
	})
}

// anotherVerifier: where there is PKCE a code is worth nothing without the
// verifier of its challenge.
func anotherVerifier(t *testing.T, s subject) {
	flow, user := ability[provider.LoginFlow](t, s), s.Company.People[0].UserID
	page, err := flow.AuthorizeURL(provider.AuthorizeRequest{RedirectURL: loginRedirect, State: "s", Challenge: loginChallenge})
	if err != nil {
		t.Fatalf("AuthorizeURL: %v", err)
	}
	u, err := url.Parse(page)
	if err != nil {
		t.Fatalf("AuthorizeURL: %v", err)
	}
	if u.Query().Get("code_challenge") != loginChallenge {
		t.Skip("the office app has no PKCE")
	}
	code := s.browserCode(t, flow, user)
	code.Verifier = provider.NewSecret("another-verifier-another-verifier-another-v")
	_, err = flow.BrowserIdentity(t.Context(), code)
	wantError(t, "BrowserIdentity", s.Kind(), err, provider.Unauthenticated)
}

// inAppCode returns a code of a page inside of the office app.
func (s subject) inAppCode(tb testing.TB, user provider.UserID) provider.Secret {
	tb.Helper()
	if s.InAppCode == nil {
		tb.Skip("the harness has no codes of pages inside of the office app")
	}
	return provider.NewSecret(s.InAppCode(tb, user))
}

// browserCode has somebody log in on the office app's page.
func (s subject) browserCode(tb testing.TB, flow provider.LoginFlow, user provider.UserID) provider.BrowserCode {
	tb.Helper()
	return s.codeOf(tb, flow, user, false)
}

// codeOf is browserCode in a browser, or inside of the office app.
func (s subject) codeOf(tb testing.TB, flow provider.LoginFlow, user provider.UserID, inside bool) provider.BrowserCode {
	tb.Helper()
	if s.Authorize == nil {
		tb.Skip("the harness has nobody to log in on the office app's page")
	}
	return s.codeFrom(tb, flow, inside, func(tb testing.TB, page string) string {
		tb.Helper()
		return s.Authorize(tb, page, user)
	})
}

// codeFrom begins a login, has somebody go through the page, and returns what
// they come back with.
func (s subject) codeFrom(
	tb testing.TB, flow provider.LoginFlow, inside bool, authorize func(tb testing.TB, page string) string,
) provider.BrowserCode {
	tb.Helper()
	page, err := flow.AuthorizeURL(provider.AuthorizeRequest{
		RedirectURL: loginRedirect, State: loginState, Challenge: loginChallenge, Inside: inside,
	})
	if err != nil {
		tb.Fatalf("AuthorizeURL: %v", err)
	}
	back, err := url.Parse(authorize(tb, page))
	if err != nil {
		tb.Fatalf("the way back: %v", err)
	}
	if got := back.Query().Get("state"); got != loginState {
		tb.Errorf("state came back as %q, want %q", got, loginState)
	}
	if got := back.Scheme + "://" + back.Host + back.Path; got != loginRedirect {
		tb.Errorf("came back to %q, want %q", got, loginRedirect)
	}
	return provider.BrowserCode{
		Code: provider.NewSecret(back.Query().Get("code")), RedirectURL: loginRedirect, Verifier: provider.NewSecret(loginVerifier),
	}
}

// wantHimOrNobody: an office app may have one kind of code only.
func (s subject) wantHimOrNobody(tb testing.TB, op string, got provider.LoginIdentity, err error, user provider.UserID) {
	tb.Helper()
	if err != nil {
		wantError(tb, op, s.Kind(), err, provider.Unauthenticated)
	} else if got.UserID != user {
		tb.Errorf("%s: got %s, want %s or an error", op, got.UserID, user)
	}
}

// wantIdentity: not every office app tells a name.
func wantIdentity(tb testing.TB, op string, got provider.LoginIdentity, err error, want provider.Person) {
	tb.Helper()
	if err != nil || got.UserID != want.UserID || got.Name != "" && got.Name != want.Name {
		tb.Errorf("%s: got %s %q, %v; want %s %q", op, got.UserID, got.Name, err, want.UserID, want.Name)
	}
	if want.UnionID != "" && got.UnionID != want.UnionID {
		tb.Errorf("%s: union id %q, want %q", op, got.UnionID, want.UnionID)
	}
}

func runPageSigner(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"signs", func(t *testing.T, s subject) {
			signer := ability[provider.PageSigner](t, s)
			if s.ValidPage == nil {
				t.Skip("the harness cannot check signatures")
			}
			nonces := make(map[string]bool)
			for _, page := range []string{
				"https://app.example.com/", "https://app.example.com:8443/a/b?x=1&y=2", "https://app.example.com/a#/route",
			} {
				got, err := signer.SignPage(t.Context(), page)
				if err != nil {
					t.Fatalf("SignPage(%s): %v", page, err)
				}
				if !s.ValidPage(page, got) {
					t.Errorf("SignPage(%s): the office app does not take %+v", page, got)
				}
				if nonces[got.Nonce] {
					t.Errorf("nonce %q is used twice", got.Nonce)
				}
				nonces[got.Nonce] = true
				s.wantNoSecrets(t, "signature", got)
			}
		}},
		{"only pages", func(t *testing.T, s subject) {
			signer := ability[provider.PageSigner](t, s)
			for _, page := range []string{"", "app.example.com/", "ftp://app.example.com/", "javascript:alert(1)", "https://"} {
				_, err := signer.SignPage(t.Context(), page)
				wantError(t, "SignPage("+page+")", s.Kind(), err, provider.InvalidArgument)
			}
		}},
	})
}

func runCodeScripter(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"names the script", func(t *testing.T, s subject) {
			got := ability[provider.CodeScripter](t, s).CodeScript()
			u, err := url.Parse(got.URL)
			if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(got.URL, "?# ;,'\"") {
				t.Errorf("script %q: want an address that can stand in a Content-Security-Policy", got.URL)
			}
			for name, text := range map[string]string{"Inside": got.Inside, "Ask": got.Ask} {
				if text == "" || strings.Contains(strings.ToLower(text), "</script") {
					t.Errorf("%s %q: want JavaScript that can stand in a page", name, text)
				}
			}
			s.wantNoSecrets(t, "script", got)
		}},
	})
}
