package dingtalktest

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// loginPath is the login page, which DingTalk has on login.dingtalk.com.
const loginPath = "/oauth2/auth"

// shownPeople is how many people the login page offers at a time.
const shownPeople = 50

//go:embed login_page.html
var loginPageText string

var loginPage = template.Must(template.New("login").Parse(loginPageText))

// login is what a page was opened with.
type login struct {
	app      *app
	redirect *url.URL
	state    string
	company  bool
}

// readLogin reads the query of the login page; problem is what the page would
// say instead of opening. The texts are ours, the number is the documentation's.
func (em *Emulator) readLogin(q url.Values) (l login, problem string) {
	l.app = em.appByClientID(q.Get("client_id"))
	redirect, err := url.Parse(q.Get("redirect_uri"))
	scopes := strings.Fields(q.Get("scope"))
	switch {
	case l.app == nil:
		return l, "client_id 无效 unknown client_id"
	case err != nil || redirect.Host == "" || redirect.Scheme != "https" && redirect.Scheme != "http" || !l.app.redirects(q.Get("redirect_uri")):
		return l, "50001 redirect_uri 未登记 is not registered"
	case q.Get("response_type") != "code":
		return l, "response_type 只能是 must be code"
	case !slices.Contains(scopes, "openid"):
		return l, "scope 须包含 must contain openid"
	case q.Get("prompt") != "consent":
		return l, "prompt 只能是 must be consent"
	}
	l.redirect, l.state, l.company = redirect, q.Get("state"), slices.Contains(scopes, "corpid")
	return l, ""
}

// redirects tells whether an address is one that the app registered.
func (a *app) redirects(address string) bool {
	registered := a.grant.Load().RedirectURLs
	return len(registered) == 0 || slices.Contains(registered, address)
}

// agree returns where somebody who agreed is sent back.
func (em *Emulator) agree(l login, userID string) string {
	code := em.logins.give(loginCode{
		app: l.app, userID: userID, browser: true, company: l.company, until: em.opts.Now().Add(codeLifetime),
	})
	return l.back(url.Values{"code": {code}, "authCode": {code}})
}

// back is the address of the redirect with an answer in its query.
func (l login) back(answer url.Values) string {
	u := *l.redirect
	q := u.Query()
	for name := range answer {
		q.Set(name, answer.Get(name))
	}
	if l.state != "" {
		q.Set("state", l.state)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// serveLogin is the login page: instead of scanning, the tester says who they
// are.
func (em *Emulator) serveLogin(w http.ResponseWriter, r *http.Request) {
	l, problem := em.readLogin(r.URL.Query())
	if problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	if r.Method == http.MethodPost {
		em.answerLogin(w, r, l)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	search := r.URL.Query().Get("q")
	hidden := url.Values{}
	for name, values := range r.URL.Query() {
		if name != "q" {
			hidden[name] = values
		}
	}
	_ = loginPage.Execute(w, map[string]any{ // a client that went away hears no complaint
		"App": l.app.grant.Load().Name, "Company": l.app.company.name, "People": l.app.company.directory.loginChoices(search),
		"Search": search, "Query": hidden, "Action": loginPath + "?" + r.URL.RawQuery,
	})
}

// answerLogin sends the tester back as they chose.
func (em *Emulator) answerLogin(w http.ResponseWriter, r *http.Request, l login) {
	userID := r.PostFormValue("userId")
	if userID == "" {
		http.Redirect(w, r, l.back(url.Values{"error": {"access_denied"}}), http.StatusFound) //nolint:gosec // that is its purpose
		return
	}
	if l.app.company.directory.person(userID) == nil {
		http.Error(w, "没有这个人 no such person", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, em.agree(l, userID), http.StatusFound) //nolint:gosec // as above
}

// loginChoices returns people whose name or user id has a text in it, those
// first who come first by user id. Who never activated DingTalk cannot log in.
func (d *directory) loginChoices(search string) []*Person {
	var list []*Person
	for _, p := range d.everybody() {
		if len(list) == shownPeople {
			break
		}
		if !p.Inactive && (strings.Contains(p.Name, search) || strings.Contains(p.UserID, search)) {
			list = append(list, p)
		}
	}
	return list
}
