package transport

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// homeRequest is GET /login/{provider}/home?corpId=&returnUrl=, or with
// /tenantId/{tenant} in place of the company.
type homeRequest struct {
	identity.HomeRequest
	// again is the request itself, to try again.
	again string
}

func decodeHome(r *http.Request) (req homeRequest, err error) {
	if req.Provider, err = decodeProvider(r); err != nil {
		return req, err
	}
	req.again = r.URL.RequestURI()
	query := r.URL.Query()
	if req.ReturnURL, err = param(query, "returnUrl"); err != nil {
		return req, err
	}
	if name := r.PathValue("tenant"); name != "" {
		req.Tenant, err = tenant.ParseID(name)
		return req, err
	}
	req.OrgID, err = homeOrg(query)
	return req, err
}

// homeOrg reads the company that the office app puts into the address. DingTalk's
// documentation spells the parameter corpid, older front ends corpId.
func homeOrg(query url.Values) (string, error) {
	orgID, err := param(query, "corpId")
	if err == nil && orgID == "" {
		orgID, err = param(query, "corpid")
	}
	switch {
	case err != nil:
		return "", err
	case strings.HasPrefix(orgID, "$") && strings.HasSuffix(orgID, "$"):
		return "", tenant.Refuse(provider.InvalidArgument, "not_inside",
			"请从办公应用的工作台打开", "open this from the workbench of the office app").WithField("corpId")
	case orgID == "":
		return "", invalid("corpId", "地址须含/tenantId/租户ID，或参数corpId",
			"the address needs /tenantId/ and the tenant's id, or the parameter corpId")
	}
	return orgID, nil
}

// homeView is what the home page shows and runs.
type homeView struct {
	pageView
	// App is what the page's script works with.
	App homeApp
	// Inside and Ask are those of the provider's CodeScript.
	Inside, Ask template.JS
	// Browser is where people log in who are not inside of the office app; ""
	// where that is not offered.
	Browser string
}

type homeApp struct {
	Script    string        `json:"script"`
	Code      string        `json:"code"`
	TenantID  tenant.ID     `json:"tenantId"`
	Provider  provider.Kind `json:"provider"`
	CorpID    string        `json:"corpId"`
	ClientID  string        `json:"clientId"`
	ReturnURL string        `json:"returnUrl"`
}

// home answers the page that logs people in who open the app in the workbench of
// the office app.
func (a *api) home(ctx context.Context, req homeRequest) (homeView, error) {
	c := callFrom(ctx)
	c.retry = req.again
	if req.OrgID == "" {
		if err := a.loginOf(ctx, req.Tenant); err != nil {
			return homeView{}, err
		}
	}
	h, err := a.services.Logins.Home(ctx, req.HomeRequest)
	if err != nil {
		return homeView{}, err
	}
	if req.OrgID != "" {
		if err := a.loginOf(ctx, h.Tenant); err != nil {
			return homeView{}, err
		}
	}
	view := homeView{
		pageView: a.view(c), Inside: template.JS(h.Script.Inside), Ask: template.JS(h.Script.Ask), //nolint:gosec // the provider package's own text
		App: homeApp{
			Script: h.Script.URL, Code: a.cfg.Prefix + "/login/" + string(h.Provider) + "/code",
			TenantID: h.Tenant, Provider: h.Provider, CorpID: h.OrgID, ClientID: h.ClientID, ReturnURL: h.ReturnURL,
		},
	}
	if a.cfg.PublicURL != "" {
		view.Browser = a.retryOf(identity.Finished{
			Admission: identity.Admission{Tenant: h.Tenant, Provider: h.Provider}, ReturnURL: h.ReturnURL, Mode: modeReturn,
		})
	}
	return view, nil
}

func (a *api) encodeHome(ctx context.Context, w http.ResponseWriter, view homeView) error {
	return writePage(w, callFrom(ctx), http.StatusOK, "home.html", pagePolicy{nonce: view.Nonce, script: view.App.Script}, view)
}
