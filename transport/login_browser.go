package transport

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
)

// The cookie that ties states, tickets and proofs to a browser. The prefix of
// the one for https keeps other hosts of the domain from setting it.
const (
	browserCookie       = "thirdapp_browser"
	secureBrowserCookie = "__Host-" + browserCookie
	// browserAge is a little more than a login may take, in seconds.
	browserAge = 45 * 60
)

// secure reports whether browsers find the host by https.
func (a *api) secure(r *http.Request) bool {
	return strings.HasPrefix(a.cfg.PublicURL, "https://") || a.cfg.PublicURL == "" && r.TLS != nil
}

// browserOf returns the secret of the browser that sends a request.
func (a *api) browserOf(r *http.Request) (provider.Secret, bool) {
	name := browserCookie
	if a.secure(r) {
		name = secureBrowserCookie
	}
	cookie, err := r.Cookie(name)
	if err != nil {
		return provider.Secret{}, false
	}
	return identity.ParseBrowser(cookie.Value)
}

// withBrowser gives browsers a secret that have none.
func (a *api) withBrowser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		browser, ok := a.browserOf(r)
		if !ok {
			browser = identity.NewBrowser()
		}
		a.setBrowser(w, r, browser)
		callFrom(r.Context()).browser = browser
		next.ServeHTTP(w, r)
	})
}

func (a *api) setBrowser(w http.ResponseWriter, r *http.Request, browser provider.Secret) {
	cookie := &http.Cookie{ //nolint:gosec // Secure wherever browsers find the host by https
		Name: browserCookie, Value: browser.Reveal(), Path: "/", MaxAge: browserAge,
		HttpOnly: true, Secure: a.secure(r), SameSite: http.SameSiteLaxMode,
	}
	if cookie.Secure {
		cookie.Name = secureBrowserCookie
	}
	http.SetCookie(w, cookie)
}

// validPublicURL reports whether an address is scheme and host alone.
func validPublicURL(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Hostname() != "" &&
		u.Scheme+"://"+u.Host == s && strings.ToLower(s) == s && u.User == nil
}
