package dingtalktest

import (
	"net/http"
	"strings"
)

// generation is one of DingTalk's two API styles.
type generation int

const (
	// oldAPI answers with status 200 and errcode; it is served on
	// oapi.dingtalk.com.
	oldAPI generation = iota
	// newAPI answers with HTTP status; it is served on api.dingtalk.com.
	newAPI
)

// access is what a call must prove before it is served.
type access int

const (
	// appToken: an access token of an app.
	appToken access = iota
	// credentials: the handler looks at client id and secret itself.
	credentials
	// webhookToken: the token of a group's custom robot; no app is involved.
	webhookToken
	// userAccess: an access token of a user.
	userAccess
)

// bodyForm is what the body of a POST may look like.
type bodyForm int

const (
	// anyBody is JSON, and on the old API also a form.
	anyBody bodyForm = iota
	// fileBody is multipart/form-data.
	fileBody
)

// route is one endpoint.
type route struct {
	generation generation
	method     string
	path       string
	access     access
	// permission is what the app must have been granted; "" is nothing.
	permission string
	body       bodyForm
	// serve answers the call or refuses it.
	serve func(*call) *refusal
}

// isTopAPI tells whether the gateway of /topapi stands before the endpoint.
func isTopAPI(path string) bool { return strings.HasPrefix(path, "/topapi/") }

// generationOf tells who answers for a path, known or not.
func generationOf(path string) generation {
	if strings.HasPrefix(path, "/v1.0/") || strings.HasPrefix(path, "/v2.0/") {
		return newAPI
	}
	return oldAPI
}

// routeTable returns every endpoint by path. A family of endpoints has a file
// of its own, which begins with its routes.
func (*Emulator) routeTable() map[string]*route {
	table := make(map[string]*route)
	for _, family := range [][]route{
		tokenRoutes(), departmentRoutes(), userRoutes(), writeRoutes(), messageRoutes(),
		mediaRoutes(), robotRoutes(), webhookRoutes(), loginRoutes(), callbackRoutes(), streamRoutes(),
	} {
		for i := range family {
			table[family[i].path] = &family[i]
		}
	}
	return table
}

// ServeHTTP implements http.Handler.
func (em *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if em.admin != nil && strings.HasPrefix(r.URL.Path, adminPrefix) {
		em.admin.ServeHTTP(w, r)
		return
	}
	switch r.URL.Path {
	case loginPath:
		em.serveLogin(w, r)
		return
	case workbenchPath:
		em.serveWorkbench(w, r)
		return
	case scriptPath:
		servePageScript(w)
		return
	case connectPath:
		em.serveStream(w, r)
		return
	}
	c := em.newCall(w, r)
	defer c.release()
	c.read()
	c.identify()
	c.entry = em.record.begin(c)
	if hit := em.faults.pick(c); hit != nil {
		em.strike(c, hit)
		return
	}
	c.answer()
	c.entry.finish(c.outcome(), true)
	c.send()
}
