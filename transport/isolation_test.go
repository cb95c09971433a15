package transport_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// samples are bodies and queries with which an operation of the table succeeds
// for the owner of here, as far as it needs any. The others get an empty
// object. An operation that refuses that before it looks at permissions fails
// the tests below until it has a line here.
var samples = map[string]struct{ query, body, contentType string }{
	"config.get":               {query: "thirdType=dingtalk"},
	"config.add":               {body: `{"thirdType":"dingtalk","corpId":"d","agentId":"1","clientId":"new","clientSecret":"s"}`},
	"config.edit":              {body: `{"id":"$app","thirdType":"dingtalk","agentId":"1"}`},
	"config.delete":            {query: "id=$app"},
	"message.test":             {body: `{"app":"DINGTALK","receiver":"alice","content":"hello"}`},
	"message.recallTest":       {body: `{"app":"DINGTALK","msg_task_id":"1"}`},
	"messages.status":          {body: `{"text":"done"}`},
	"apps.create":              {body: `{"provider":"dingtalk","settings":{"corpId":"d","agentId":"1","clientId":"new","clientSecret":"s"}}`},
	"apps.registerCallback":    {body: `{"url":"https://host.example.com/cb"}`},
	"apps.update":              {body: `{"settings":{"agentId":"1"}}`},
	"messages.send":            {body: `{"provider":"dingtalk","recipients":{"usernames":["alice"]},"content":{"type":"text","text":{"content":"hello"}}}`},
	"runs.start":               {body: `{"provider":"dingtalk"}`},
	"rules.get":                {query: "provider=dingtalk"},
	"rules.save":               {query: "provider=dingtalk", body: `{"version":0,"guard":{"people":5,"percent":-1}}`},
	"rules.preview":            {body: `{"provider":"dingtalk","userId":"p-li"}`},
	"schedule.get":             {query: "provider=dingtalk"},
	"schedule.save":            {query: "provider=dingtalk", body: `{"version":0,"enabled":true}`},
	"conflicts.resolve":        {body: `{"resolution":"platform"}`},
	"subscriptions.create":     {body: `{"url":"https://example.com/hook","types":["*"]}`},
	"subscriptions.update":     {body: `{"description":"changed"}`},
	"templates.save":           {body: `{"contents":{"zh":{"type":"text","text":{"content":"你好"}}}}`},
	"templates.previewUnsaved": {body: `{"template":{"contents":{"zh":{"type":"text","text":{"content":"你好"}}}}}`},
	"webhooks.create":          {body: `{"name":"fresh","provider":"dingtalk","url":"` + webhookURL + `"}`},
	"webhooks.update":          {body: `{"description":"changed"}`},
	"webhooks.send":            {body: `{"content":{"type":"text","text":{"content":"hello"}}}`},
	"settings.save":            {body: `{"paused":true,"retentionDays":1}`},
	"media.upload":             {body: mediaForm("a.png", "\x89PNG\r\n\x1a\n"), contentType: mediaFormType},
	"grants.add":               {body: `{"username":"viewer","role":"viewer"}`},
	"grants.remove":            {query: "username=viewer&role=viewer"},
	"login.choose":             {body: `{"chosenTenantId":"1000"}`},
	"login.saveSettings":       {body: `{"unbound":"bind"}`},
	"login.signPage":           {query: "url=https://app.example.com/"},
	"bindings.create":          {body: `{"provider":"dingtalk","providerUserId":"p-li","username":"stranger"}`},
	"bindings.bindOwn":         {body: `{"proof":"x"}`},
	"bindings.compatOwn":       {query: "thirdType=dingtalk"},
	"bindings.compatBind":      {body: `{"thirdUserUuid":"x","thirdType":"dingtalk"}`},
	"bindings.compatDelete":    {body: `{"id":"$binding"}`},
}

// templateName and webhookName are what is in here, newTemplate is not there.
const (
	templateName = "template-of-here"
	newTemplate  = "template-fresh"
	webhookName  = "webhook-of-here"
)

// needsNoGrant are operations that every member of a tenant may use: they tell
// nothing of the tenant but which office apps it has.
var needsNoGrant = map[string]bool{
	"config.enabled": true, "providers.list": true, "login.tenants": true, "login.choose": true, "login.signPage": true,
	"bindings.own": true, "bindings.bindOwn": true, "bindings.deleteOwn": true,
	"bindings.compatOwn": true, "bindings.compatBind": true, "bindings.compatDelete": true,
}

// isolated is a platform with something in here of every kind that has an id.
type isolated struct {
	*platform
	message, run, subscription, binding, conflict string
}

func newIsolated(t *testing.T) *isolated {
	t.Helper()
	p := &isolated{platform: newPlatform(t, asIdle)}
	type created struct {
		ID string `json:"id"`
	}
	p.message = result[created](t, p.do(t, request{
		method: http.MethodPost, path: "/messages", user: owner, tenant: here, body: samples["messages.send"].body,
	})).ID
	p.run = result[created](t, p.do(t, request{
		method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: samples["runs.start"].body,
	})).ID
	p.subscription = result[created](t, p.do(t, request{
		method: http.MethodPost, path: "/subscriptions", user: owner, tenant: here, body: samples["subscriptions.create"].body,
	})).ID
	p.conflict = p.addConflict(t)
	p.do(t, request{
		method: http.MethodPut, path: "/templates/" + templateName, user: owner, tenant: here, body: samples["templates.save"].body,
	})
	p.do(t, request{
		method: http.MethodPost, path: "/webhooks", user: owner, tenant: here,
		body: strings.Replace(samples["webhooks.create"].body, "fresh", webhookName, 1),
	})
	p.bind(t, here, "dingAAAA", "p-wang", "id-"+owner)
	p.binding = identity.Key{Provider: provider.DingTalk, OrgID: "dingAAAA", ProviderUserID: "p-wang"}.ID()
	return p
}

// request returns a good request for a route, with the ids of what is in here.
func (p *isolated) request(t *testing.T, r transport.RouteInfo, user string, in tenant.ID) request {
	t.Helper()
	sample, ids := samples[r.Op], strings.NewReplacer("$app", p.apps[here], "$binding", p.binding)
	path := r.Path
	if strings.Contains(path, "{id}") {
		collection, _, _ := strings.Cut(path, "/{id}")
		id, known := map[string]string{
			"/apps": p.apps[here], "/messages": p.message, "/sync/runs": p.run, "/subscriptions": p.subscription,
			"/sync/conflicts": p.conflict, "/bindings": p.binding, "/bindings/own": p.binding,
		}[collection]
		if !known {
			t.Fatalf("%s %s: no id of such a thing in here; make one in newIsolated", r.Method, r.Path)
		}
		path = strings.Replace(path, "{id}", id, 1)
	}
	name := templateName
	switch {
	case r.Op == "templates.save":
		name = newTemplate
	case strings.HasPrefix(path, "/webhooks/"):
		name = webhookName
	}
	path = strings.NewReplacer("{name}", name, "{provider}", "dingtalk").Replace(path)
	body := sample.body
	if body == "" && (r.Method == http.MethodPost || r.Method == http.MethodPut) {
		body = "{}"
	}
	req := request{
		method: r.Method, path: path + "?" + ids.Replace(sample.query), body: ids.Replace(body),
		user: user, tenant: in,
	}
	if sample.contentType != "" {
		req.header = http.Header{"Content-Type": {sample.contentType}}
	}
	return req
}

// hasID reports whether a request names something by its id.
func (p *isolated) hasID(r request) bool {
	for _, id := range []string{p.apps[here], p.message, p.run, p.subscription, p.binding, p.conflict, templateName, webhookName} {
		if strings.Contains(r.path+r.body, id) {
			return true
		}
	}
	return false
}

// each runs a test for every line of the route table.
func (p *isolated) each(t *testing.T, test func(t *testing.T, r transport.RouteInfo)) {
	t.Helper()
	for _, r := range transport.RouteTable() {
		t.Run(r.Method+" "+r.Path, func(t *testing.T) { test(t, r) })
	}
}

// behindButton are the operations of the button above front ends' lists of users.
var behindButton = map[string]bool{"sync.departToApp": true, "sync.userToApp": true, "sync.userToLocal": true}

// want fails unless the answer is a refusal with this status on full paths, and
// this code on compatible ones.
func want(t *testing.T, r transport.RouteInfo, a answer, status, code int) {
	t.Helper()
	var e struct {
		Success bool            `json:"success"`
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Result  json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil {
		t.Fatalf("got HTTP %d %q, want an envelope", a.status, a.body)
	}
	wantStatus := status
	if !r.Full {
		status = code
		if wantStatus = http.StatusOK; code == http.StatusUnauthorized {
			wantStatus = code
		}
	}
	empty := string(e.Result) == "null"
	if behindButton[r.Op] { // the message is repeated where the button shows it, and nothing else
		empty = empty || string(e.Result) == `{"successInfo":[],"failInfo":[`+asJSON(t, e.Message)+`]}`
	}
	if a.status != wantStatus || e.Code != status || e.Success || !empty {
		t.Errorf("got HTTP %d %s, want HTTP %d, code %d and no result", a.status, a.body, wantStatus, status)
	}
}

func TestEveryRouteNeedsAToken(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	p.each(t, func(t *testing.T, r transport.RouteInfo) {
		for _, user := range []string{"", "forged", "expired"} {
			req := p.request(t, r, user, here)
			want(t, r, p.do(t, req), http.StatusUnauthorized, http.StatusUnauthorized)
			req.body = "{" // who it is comes before what they say
			want(t, r, p.do(t, req), http.StatusUnauthorized, http.StatusUnauthorized)
		}
	})
	p.unharmed(t)
}

func TestEveryRouteKeepsTenantsApart(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	p.each(t, func(t *testing.T, r transport.RouteInfo) {
		forbidden := func(req request) {
			t.Helper()
			want(t, r, p.do(t, req), http.StatusForbidden, 510)
		}
		malformed := func(req request) {
			t.Helper()
			want(t, r, p.do(t, req), http.StatusBadRequest, 500)
		}
		forbidden(p.request(t, r, foreign, here))
		forbidden(p.request(t, r, owner, there))
		forbidden(p.request(t, r, owner, "")) // the default tenant is not theirs
		forbidden(p.request(t, r, owner, "undefined"))
		for _, header := range []tenant.ID{"1000,2000", "1000 2000", "*", "../1000", "１０００", tenant.ID(strings.Repeat("1", 65))} {
			malformed(p.request(t, r, owner, header))
			malformed(p.request(t, r, admin, header))
		}
		two := p.request(t, r, owner, "")
		two.header = http.Header{"X-Tenant-Id": {"1000", "1000"}}
		malformed(two)
		two.header = http.Header{"X-Tenant-Id": {""}} // like none
		forbidden(two)
		for _, user := range []string{owner, admin} {
			named := p.request(t, r, user, here)
			named.path += "&tenantId=2000"
			malformed(named)
		}
		if !needsNoGrant[r.Op] && !isWeCom(r) {
			forbidden(p.request(t, r, stranger, here))
		}
	})
	p.unharmed(t)
}

// isWeCom reports whether a route is one of WeCom's, which says the same to
// everybody.
func isWeCom(r transport.RouteInfo) bool { return strings.HasPrefix(r.Op, "wecom.") }

// aboutOneself are the operations on one's own bindings and pages.
var aboutOneself = map[string]bool{
	"bindings.own": true, "bindings.bindOwn": true, "bindings.deleteOwn": true, "login.signPage": true,
	"bindings.compatOwn": true, "bindings.compatBind": true, "bindings.compatDelete": true,
}

// viewerMay are the operations of a viewer, who reads configs, runs and
// messages. Every other one is denied, a new one too, until it has a line here.
var viewerMay = map[string]bool{
	"config.enabled": true, "config.get": true, "providers.list": true, "apps.list": true, "apps.get": true,
	"apps.verify": true, "apps.events": true, "messages.list": true, "messages.get": true, "messages.deliveries": true,
	"settings.get": true, "quotas.list": true,
	"templates.list": true, "templates.get": true, "templates.versions": true,
	"login.settings": true, "login.tenants": true, "login.choose": true,
	"runs.list": true, "runs.get": true, "runs.changes": true, "runs.export": true, "runs.progress": true,
	"rules.get": true, "conflicts.list": true, "schedule.get": true,
}

func TestEveryRouteAsksForPermission(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	p.each(t, func(t *testing.T, r transport.RouteInfo) {
		req := p.request(t, r, viewer, here)
		switch {
		case aboutOneself[r.Op], isWeCom(r):
		case !viewerMay[r.Op]:
			want(t, r, p.do(t, req), http.StatusForbidden, 510)
		case r.Op == "runs.progress": // a stream, which does not end here
			req.path = strings.Replace(req.path, p.run, "nobody", 1)
			want(t, r, p.do(t, req), http.StatusNotFound, 500)
		case r.Op == "runs.export": // a file
			if a := p.do(t, req); a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
				t.Errorf("got HTTP %d %s, want a file", a.status, a.body)
			}
		default:
			if a := p.do(t, req); a.status != http.StatusOK || !strings.Contains(a.body, `"success":true`) {
				t.Errorf("got HTTP %d %s, want an answer", a.status, a.body)
			}
		}
	})
	p.unharmed(t)
}

func TestEveryRouteHidesForeignIDs(t *testing.T) { //nolint:tparallel // in the end all of them together must have left no trace
	t.Parallel()
	p := newIsolated(t)
	for _, path := range []string{
		"/apps", "/messages", "/templates", "/webhooks", "/sync/runs", "/subscriptions", "/grants", "/audit", base + "/getThirdConfigByTenantId?thirdType=dingtalk",
	} {
		a := p.do(t, request{path: path, user: foreign, tenant: there})
		for _, mine := range []string{p.apps[here], p.message, p.run, p.subscription, templateName, webhookName, "id-" + owner} {
			if strings.Contains(a.body, mine) {
				t.Errorf("GET %s in another tenant shows %q: %s", path, mine, a.body)
			}
		}
	}
	p.each(t, func(t *testing.T, r transport.RouteInfo) {
		for _, user := range []string{foreign, admin} {
			req := p.request(t, r, user, there)
			if !p.hasID(req) {
				continue
			}
			want(t, r, p.do(t, req), http.StatusNotFound, 500)
		}
	})
	p.unharmed(t)
}

// unharmed fails when anything in here is not as newIsolated left it.
func (p *isolated) unharmed(t *testing.T) {
	t.Helper()
	ctx := tenant.AsSystem(t.Context(), "test")
	app, err := p.services.Tenants.App(ctx, here, p.apps[here])
	if err != nil || app.Version != 1 || !app.Enabled {
		t.Errorf("app of the tenant: %+v, %v; want it untouched", app, err)
	}
	grants, err := p.services.Tenants.Grants(ctx, here, tenant.Page{})
	if err != nil || len(grants.Items) != 2 {
		t.Errorf("grants of the tenant: %+v, %v; want the two of the beginning", grants.Items, err)
	}
	messages, err := p.services.Messages.Messages(ctx, here, messaging.MessageFilter{}, tenant.Page{})
	if err != nil || len(messages.Items) != 1 {
		t.Errorf("messages of the tenant: %+v, %v; want the one of the beginning", messages.Items, err)
	}
	runs, err := p.services.Sync.Runs(ctx, here, dirsync.RunFilter{}, tenant.Page{})
	if err != nil || len(runs.Items) != 1 || runs.Items[0].CancelRequested {
		t.Errorf("runs of the tenant: %+v, %v; want the one of the beginning", runs.Items, err)
	}
	conflicts, err := p.services.Sync.Conflicts(ctx, here, provider.DingTalk, tenant.Page{})
	if err != nil || len(conflicts.Items) != 1 {
		t.Errorf("conflicts of the tenant: %+v, %v; want the one of the beginning", conflicts.Items, err)
	}
	schedule, err := p.services.Sync.Schedule(ctx, here, provider.DingTalk)
	if err != nil || schedule.Version != 0 {
		t.Errorf("schedule of the tenant: %+v, %v; want none", schedule, err)
	}
	subs, err := p.services.Events.Subscriptions(ctx, here)
	if err != nil || len(subs) != 1 || subs[0].Version != 1 {
		t.Errorf("subscriptions of the tenant: %+v, %v; want the one of the beginning", subs, err)
	}
	templates, err := p.services.Messages.Templates(ctx, here, tenant.Page{})
	if err != nil || len(templates.Items) != 1 || templates.Items[0].Version != 1 {
		t.Errorf("templates of the tenant: %+v, %v; want the one of the beginning", templates.Items, err)
	}
	webhooks, err := p.services.Messages.Webhooks(ctx, here, tenant.Page{})
	if err != nil || len(webhooks.Items) != 1 || webhooks.Items[0].Version != 1 {
		t.Errorf("webhooks of the tenant: %+v, %v; want the one of the beginning", webhooks.Items, err)
	}
	settings, err := p.services.Messages.Settings(ctx, here)
	if err != nil || settings.UpdatedBy != "" {
		t.Errorf("settings of the tenant: %+v, %v; want them untouched", settings, err)
	}
	bindings, err := p.services.Logins.Bindings(ctx, here, identity.BindingFilter{}, tenant.Page{})
	if err != nil || len(bindings.Items) != 2 {
		t.Errorf("bindings of the tenant: %+v, %v; want the two of the beginning", bindings.Items, err)
	}
	logins, err := p.services.Logins.Settings(ctx, here)
	if err != nil || logins.UpdatedBy != "" {
		t.Errorf("login settings of the tenant: %+v, %v; want them untouched", logins, err)
	}
	if n := len(p.emulator.Media()); n != 0 {
		t.Errorf("%d files were uploaded, want none", n)
	}
	for _, other := range []tenant.ID{there, tenant.Default} {
		apps, err := p.services.Tenants.Apps(ctx, other, "")
		if n := map[tenant.ID]int{there: 1}[other]; err != nil || len(apps) != n {
			t.Errorf("apps of tenant %s: %+v, %v; want %d", other, apps, err, n)
		}
	}
}
