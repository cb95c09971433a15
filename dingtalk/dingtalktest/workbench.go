package dingtalktest

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

const (
	// workbenchPath is where a browser plays the DingTalk app.
	workbenchPath = "/workbench"
	// scriptPath is the script that pages inside of it load, which DingTalk has
	// on g.alicdn.com.
	scriptPath = "/dingtalk.open.js"
	// homeCodes is how many login codes a page can ask for that OpenApp opens.
	homeCodes = 5
)

//go:embed workbench.html
var workbenchText string

var workbench = template.Must(template.New("workbench").Parse(workbenchText))

// pageScript is as much of DingTalk's script as a login needs.
//
//go:embed page_script.js
var pageScript []byte

func servePageScript(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(pageScript) // a client that went away hears no complaint
}

// OpenApp plays somebody who opens an app in their workbench: it returns the
// address of its home page, with the company in place of $CORPID$. What stands
// behind the '#' tells the script of this emulator that the page is inside of
// DingTalk, and whose; a real DingTalk leaves no trace there. It returns
// ErrNotFound for an unknown app or person, ErrInvalid for an app without home
// page.
func (em *Emulator) OpenApp(clientID, userID string) (string, error) {
	a, err := em.appOf(clientID, userID)
	if err != nil {
		return "", err
	}
	home := a.grant.Load().HomeURL
	if home == "" {
		return "", fmt.Errorf("%w: app %q has no home page", ErrInvalid, clientID)
	}
	codes := make([]string, homeCodes)
	for i := range codes {
		codes[i] = em.logins.give(loginCode{app: a, userID: userID, until: em.opts.Now().Add(codeLifetime)})
	}
	corpID := a.company.corpID
	return strings.ReplaceAll(home, "$CORPID$", url.QueryEscape(corpID)) +
		"#dingtalk=" + url.QueryEscape(corpID) + ":" + strings.Join(codes, ","), nil
}

// serveWorkbench is a page on which the tester chooses an app and who they are.
func (em *Emulator) serveWorkbench(w http.ResponseWriter, r *http.Request) {
	clientID := r.URL.Query().Get("client_id")
	if r.Method == http.MethodPost {
		address, err := em.OpenApp(clientID, r.PostFormValue("userId"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, address, http.StatusFound) //nolint:gosec // that is its purpose
		return
	}
	view := map[string]any{"ClientID": clientID}
	if a := em.appByClientID(clientID); a != nil {
		search := r.URL.Query().Get("q")
		view["App"], view["Company"], view["Search"] = a.grant.Load().Name, a.company.name, search
		view["People"] = a.company.directory.loginChoices(search)
	} else {
		view["Apps"] = em.appsWithHome()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = workbench.Execute(w, view) // as above
}

// homeApp is an app that the workbench offers.
type homeApp struct{ Company, Name, ClientID string }

func (em *Emulator) appsWithHome() []homeApp {
	var list []homeApp
	for _, corpID := range em.CorpIDs() {
		co, err := em.company(corpID)
		if err != nil {
			continue // gone since
		}
		for _, a := range em.Apps(corpID) {
			if a.HomeURL != "" {
				list = append(list, homeApp{co.name, a.Name, a.ClientID})
			}
		}
	}
	return list
}
