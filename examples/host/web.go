package main

import (
	"bytes"
	"crypto/rand"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// The platform's pages: where people choose their company, and where they come
// back to from DingTalk. A real platform has a front end of its own; the page
// that takes the ticket is all it needs to do about logins.

//go:embed web/*.html
var webFiles embed.FS

var webPages = template.Must(template.ParseFS(webFiles, "web/*.html")) //nolint:gochecknoglobals // constant

// welcomePath is where people return to.
const welcomePath = "/welcome"

// webView is what the pages show.
type webView struct {
	Chinese bool
	Nonce   string
	Tenants []webTenant
}

type webTenant struct{ Name, Login string }

// home is GET /: the companies that people can log in to.
func (p *platform) home(w http.ResponseWriter, r *http.Request) {
	var tenants []hostTenant
	if err := p.stack.Store.DB().NewSelect().Model(&tenants).OrderExpr("id").Scan(r.Context()); err != nil {
		http.Error(w, "database does not answer", http.StatusServiceUnavailable)
		return
	}
	v := webView{}
	for _, t := range tenants {
		if _, err := p.module.Logins().App(r.Context(), t.ID, provider.DingTalk); err != nil {
			continue // not connected
		}
		v.Tenants = append(v.Tenants, webTenant{t.Name, "/login/dingtalk/authorize?" + url.Values{
			"tenantId": {string(t.ID)}, "returnUrl": {p.cfg.publicURL + welcomePath},
		}.Encode()})
	}
	p.writePage(w, r, "home.html", v)
}

// welcome is GET /welcome: it exchanges the ticket and shows who came in.
func (p *platform) welcome(w http.ResponseWriter, r *http.Request) {
	p.writePage(w, r, "welcome.html", webView{})
}

func (p *platform) writePage(w http.ResponseWriter, r *http.Request, name string, v webView) {
	v.Nonce = rand.Text()
	v.Chinese = !strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en")
	var body bytes.Buffer
	if err := webPages.ExecuteTemplate(&body, name, v); err != nil {
		p.log.ErrorContext(r.Context(), "page", "page", name, "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+v.Nonce+"'; style-src 'nonce-"+v.Nonce+
		"'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = w.Write(body.Bytes()) // the client is gone; nobody is left to tell
}

// me is GET /sys/me: who the caller is, and where their session holds.
func (p *platform) me(r *http.Request) (any, error) {
	who, err := p.stack.Tokens.Authenticate(r)
	if err != nil {
		return nil, unauthorised(err)
	}
	user, err := p.stack.People.ByID(r.Context(), who.UserID)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string)
	var tenants []hostTenant
	if err := p.stack.Store.DB().NewSelect().Model(&tenants).Scan(r.Context()); err != nil {
		return nil, err
	}
	for _, t := range tenants {
		if slices.Contains(who.Tenants, t.ID) {
			names[string(t.ID)] = t.Name
		}
	}
	return map[string]any{"username": user.Username, "realname": user.Realname, "tenants": names}, nil
}
