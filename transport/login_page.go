package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are what people see of a login.
var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html")) //nolint:gochecknoglobals // constant

// How a login in a browser ends.
const (
	// modeReturn goes back to the return address, with the ticket in the
	// fragment, which browsers send to nobody.
	modeReturn identity.Mode = "return"
	// modePopup tells the window that opened it.
	modePopup identity.Mode = "popup"
	// modeClassic and modeClassicPopup are these as existing front ends know
	// them.
	modeClassic      identity.Mode = "classic"
	modeClassicPopup identity.Mode = "classic_popup"
)

// htmlPage is an operation for people: it answers with a redirect or a page.
func htmlPage[Req any](a *api, path, op string, dec decoder[Req], f func(context.Context, Req) (landing, error)) route {
	return newRoute(a, pageFamily, http.MethodGet, path, op, dec, f, a.encodeLanding)
}

// landing is where a login takes the browser next: to an address, or to a page
// that tells the opener.
type landing struct {
	location string
	// origin is the only one that may read the message.
	origin  string
	message any
	// problem is why the login failed; nil when it did not.
	problem error
	// goesOn is true when the opener knows how to go on all the same, and there
	// is nothing to be read here.
	goesOn bool
}

func (a *api) encodeLanding(ctx context.Context, w http.ResponseWriter, l landing) error {
	c := callFrom(ctx)
	if l.location != "" {
		h := w.Header()
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Location", l.location)
		w.WriteHeader(http.StatusFound)
		return nil
	}
	view := popupView{pageView: a.view(c), Origin: l.origin, Message: l.message, Closes: l.problem == nil || l.goesOn}
	if l.problem != nil {
		f := a.failureOf(l.problem, c.requestID)
		c.code, c.reason, c.err = f.code, f.reason, l.problem
		view.Problem = f.sentence(c.lang)
	}
	return writePage(w, c, http.StatusOK, "popup.html", pagePolicy{nonce: view.Nonce}, view)
}

// pageView is what every page shows.
type pageView struct {
	Lang      string
	Chinese   bool
	Nonce     string
	RequestID string
}

func (a *api) view(c *call) pageView {
	return pageView{Lang: c.lang, Chinese: c.lang == chinese, Nonce: rand.Text(), RequestID: c.requestID}
}

type popupView struct {
	pageView
	Origin  string
	Message any
	// Problem is "" when the login succeeded.
	Problem string
	// Closes is true when the window closes itself.
	Closes bool
}

type errorView struct {
	pageView
	Message string
	Retry   string
}

// writeErrorPage tells a person what went wrong, and how to go on.
func (a *api) writeErrorPage(w http.ResponseWriter, c *call, f failure) {
	view := errorView{pageView: a.view(c), Message: f.sentence(c.lang), Retry: c.retry}
	if writePage(w, c, f.status, "error.html", pagePolicy{nonce: view.Nonce}, view) != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// pagePolicy is what a page may do: run its own script, and be framed by nobody.
type pagePolicy struct {
	// nonce marks what is the page's own.
	nonce string
	// script is the one address from which it loads another one; such a page may
	// also ask this host. "" is none.
	script string
}

// String returns the Content-Security-Policy.
func (p pagePolicy) String() string {
	scripts, more := "'nonce-"+p.nonce+"'", ""
	if p.script != "" {
		scripts, more = scripts+" "+p.script, "; connect-src 'self'"
	}
	return "default-src 'none'; script-src " + scripts + "; style-src 'nonce-" + p.nonce + "'" + more +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// writePage writes a page, which sends no referrer. It must not be isolated from
// its opener, which a popup tells how it ended.
func writePage(w http.ResponseWriter, c *call, status int, name string, policy pagePolicy, view any) error {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, view); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Content-Language", c.lang)
	h.Set("Content-Security-Policy", policy.String())
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // what fails now is the connection
	return nil
}

// The values of the parameter display.
const (
	displayRedirect = "redirect"
	displayPopup    = "popup"
	displayInside   = "inside"
)

func displays() []string { return []string{displayRedirect, displayPopup, displayInside} }

// authorizeRequest is a login that begins in a browser.
type authorizeRequest struct {
	identity.BrowserLogin
	// opener is the page that opened a classic popup.
	opener string
	// callback is the path of ours that the office app sends people back to.
	callback string
	// retry is the request itself, to try again.
	retry string
}

// decodeAuthorize reads GET /login/{provider}/authorize?tenantId=&returnUrl=&display=.
func decodeAuthorize(r *http.Request) (authorizeRequest, error) {
	kind, err := decodeProvider(r)
	if err != nil {
		return authorizeRequest{}, err
	}
	query := r.URL.Query()
	t, err := loginTenant(query)
	if err != nil {
		return authorizeRequest{}, err
	}
	back, err := param(query, "returnUrl")
	if err != nil {
		return authorizeRequest{}, err
	}
	mode, err := oneOf(query, "display", displays()...)
	req := authorizeRequest{
		BrowserLogin: identity.BrowserLogin{Tenant: t, Provider: kind, ReturnURL: back, Mode: modeReturn},
		callback:     "/login/" + string(kind) + "/callback", retry: r.URL.RequestURI(),
	}
	req.Inside = mode == displayInside
	if mode == displayPopup {
		req.Mode = modePopup
	}
	req.Browser = callFrom(r.Context()).browser
	return req, err
}

// authorize sends a browser to the office app.
func (a *api) authorize(ctx context.Context, req authorizeRequest) (landing, error) {
	if err := a.loginOf(ctx, req.Tenant); err != nil {
		return landing{}, err
	}
	callFrom(ctx).retry = req.retry
	if a.cfg.PublicURL == "" {
		return landing{}, errNoPublicURL()
	}
	if req.Mode == modeClassicPopup {
		entry, err := a.services.Logins.ReturnURLFor(ctx, req.Tenant, req.opener)
		if err != nil {
			return landing{}, err
		}
		req.ReturnURL = entry
	}
	req.RedirectURL = a.cfg.PublicURL + a.cfg.Prefix + req.callback
	location, err := a.services.Logins.Begin(ctx, req.BrowserLogin)
	return landing{location: location}, err
}

func errNoPublicURL() error {
	return tenant.Refuse(provider.Unsupported, "no_public_url",
		"平台未配置公网地址，不能扫码登录；请平台的运维人员配置（Config.HTTP.PublicURL）",
		"the platform has no public address, which logins with a browser need; whoever runs it sets one (Config.HTTP.PublicURL)")
}

// decodeCallback reads where the office app has sent somebody.
func decodeCallback(r *http.Request) (identity.Returned, error) {
	kind := r.PathValue("provider")
	if kind == "" {
		kind = string(kindOf(strings.ToLower(r.PathValue("source"))))
	}
	return returned(r, provider.Kind(kind))
}

func returned(r *http.Request, kind provider.Kind) (identity.Returned, error) {
	query := r.URL.Query()
	code := query.Get("authCode")
	if code == "" {
		code = query.Get("code")
	}
	state := query.Get("state")
	if len(state) > maxTicket || len(code) > maxCode || !isToken(string(kind)) {
		return identity.Returned{}, identity.ErrState
	}
	return identity.Returned{
		Provider: kind, State: provider.NewSecret(state), Code: provider.NewSecret(code),
		Browser: callFrom(r.Context()).browser,
	}, nil
}

// callback ends a login that began with authorize.
func (a *api) callback(ctx context.Context, req identity.Returned) (landing, error) {
	if err := a.claimedTenant(ctx, req.State); err != nil {
		return landing{}, err
	}
	f, err := a.services.Logins.Finish(ctx, req)
	if f.Mode == "" {
		return landing{}, err // there is nobody to tell
	}
	if f.Mode == modePopup || f.Mode == modeClassicPopup {
		return popup(f, callFrom(ctx), a, err), nil
	}
	if err == nil {
		return landing{location: locationOf(f)}, nil
	}
	callFrom(ctx).retry = a.retryOf(f)
	if details, ok := unboundDetails(err); ok && details.VerifyMobile && f.Mode == modeReturn {
		return landing{location: f.ReturnURL + "#" + url.Values{
			"error": {"unbound"}, "proof": {details.Proof}, tenantParam: {string(f.Tenant)}, "provider": {string(f.Provider)},
		}.Encode()}, nil
	}
	return landing{}, err
}
