package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
)

// compatCodeRequest is GET oauth2/dingding/login?authCode=&state=&tenantId=.
type compatCodeRequest struct {
	identity.InAppLogin
	page string
	// referer is the page that led here, where the browser tells it.
	referer string
	// begun is true when the browser has begun a login here.
	begun bool
}

func (a *api) decodeCompatCode(r *http.Request) (compatCodeRequest, error) {
	query := r.URL.Query()
	page, err := classicState(query)
	if err != nil {
		return compatCodeRequest{}, err
	}
	t, err := loginTenant(query)
	if err != nil {
		return compatCodeRequest{}, err
	}
	code := query.Get("authCode")
	if code == "" {
		code = query.Get("code") // what the front end in fact sends
	}
	return compatCodeRequest{
		InAppLogin: identity.InAppLogin{
			Tenant: t, Provider: provider.DingTalk, Code: provider.NewSecret(code), Browser: callFrom(r.Context()).browser,
		},
		page: page, referer: r.Referer(), begun: a.marked(r) && !fromElsewhere(r),
	}, checkCode("authCode", code)
}

// compatCode lets somebody in by the code of a page inside of DingTalk.
func (a *api) compatCode(ctx context.Context, req compatCodeRequest) (landing, error) {
	if err := a.loginOf(ctx, req.Tenant); err != nil {
		return landing{}, err
	}
	if err := a.services.Logins.CheckReturnURL(ctx, req.Tenant, req.page); err != nil {
		return landing{}, err
	}
	if err := a.checkBegun(ctx, req); err != nil {
		return landing{}, identity.ErrState.WithCause(err)
	}
	admission, err := a.services.Logins.LoginInApp(ctx, req.InAppLogin)
	if err != nil {
		return landing{}, err
	}
	return landing{location: classicLocation(req.page, admission)}, nil
}

// checkBegun refuses what the person has not begun themselves. No state shows
// it: a link with the code of somebody else would sign them in as that person.
// So it takes a page of the tenant's that led here. Where the browser does not
// tell the page, it takes one that has asked for the app's ids lately.
func (a *api) checkBegun(ctx context.Context, req compatCodeRequest) error {
	if req.referer != "" {
		_, err := a.services.Logins.ReturnURLFor(ctx, req.Tenant, req.referer)
		return err
	}
	if !req.begun {
		return errors.New("begun by another site, or not here")
	}
	return nil
}

// markUse is what an operation does to the mark of a browser whose page has
// asked for the app's ids.
type markUse int

const (
	setsMark markUse = iota + 1
	takesMark
)

const (
	markCookie       = "thirdapp_begun"
	secureMarkCookie = "__Host-" + markCookie
	// markAge is as long as a code of DingTalk is good, in seconds.
	markAge = 5 * 60
)

// withMark sets the mark, or takes it once the operation has looked at it. An
// address that a link leads to does not set it: then the link would have begun
// the login.
func (a *api) withMark(rt route, next http.Handler) http.Handler {
	if rt.mark == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case rt.mark == takesMark:
			a.setMark(w, r, -1)
		case !navigates(r) && !fromElsewhere(r):
			a.setMark(w, r, markAge)
		}
		next.ServeHTTP(w, r)
	})
}

func (a *api) setMark(w http.ResponseWriter, r *http.Request, age int) {
	secure := a.secure(r)
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever browsers find the host by https
		Name: a.markName(r), Value: "1", Path: "/", MaxAge: age,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode,
	})
}

func (a *api) marked(r *http.Request) bool {
	_, err := r.Cookie(a.markName(r))
	return err == nil
}

func (a *api) markName(r *http.Request) string {
	if a.secure(r) {
		return secureMarkCookie
	}
	return markCookie
}

// navigates reports whether a browser opens an address as a page. Those that do
// not say so ask for HTML.
func navigates(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" || strings.Contains(r.Header.Get("Accept"), "text/html")
}

// fromElsewhere reports whether a browser says that another site's page asks.
func fromElsewhere(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Site") == "cross-site" }
