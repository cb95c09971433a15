package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// loginSettingsBody is what the tenant has decided about logins.
type loginSettingsBody struct {
	Unbound    identity.Unbound `json:"unbound"`
	ReturnURLs []string         `json:"returnUrls"`
	UpdatedBy  string           `json:"updatedBy"`
	UpdatedAt  *time.Time       `json:"updatedAt"`
}

func loginSettingsOf(s identity.Settings) loginSettingsBody {
	return loginSettingsBody{s.Unbound, append([]string{}, s.ReturnURLs...), s.UpdatedBy, optionalTime(s.UpdatedAt)}
}

// loginSettingsChange is the body of PUT /login/settings; what it leaves out is
// unchanged.
type loginSettingsChange struct {
	Unbound    *identity.Unbound `json:"unbound"`
	ReturnURLs *[]string         `json:"returnUrls"`
}

func (a *api) loginSettings(ctx context.Context, _ none) (loginSettingsBody, error) {
	s, err := a.services.Logins.Settings(ctx, tenantOf(ctx))
	return loginSettingsOf(s), err
}

func (a *api) saveLoginSettings(ctx context.Context, req loginSettingsChange) (loginSettingsBody, error) {
	s, err := a.services.Logins.SaveSettings(ctx, tenantOf(ctx), identity.SettingsChange(req))
	return loginSettingsOf(s), err
}

// loginTenantsBody are the tenants that the person may act in.
type loginTenantsBody struct {
	Tenants        []tenant.ID `json:"tenants"`
	ChosenTenantID tenant.ID   `json:"chosenTenantId"`
}

func (a *api) loginTenants(ctx context.Context, _ none) (loginTenantsBody, error) {
	p := callFrom(ctx).principal
	chosen, err := a.services.Logins.Chosen(ctx, p.UserID, p.Tenants)
	return loginTenantsBody{append([]tenant.ID{}, p.Tenants...), chosen}, err
}

// tenantChoice is the body of PUT /login/tenants.
type tenantChoice struct {
	ChosenTenantID tenant.ID `json:"chosenTenantId" schema:"required"`
}

func decodeTenantChoice(r *http.Request) (tenantChoice, error) {
	choice, err := decodeBody[tenantChoice](r)
	if err == nil && choice.ChosenTenantID == "" {
		err = invalid("chosenTenantId", "参数chosenTenantId不能为空", "parameter chosenTenantId is required")
	}
	return choice, err
}

func (a *api) chooseTenant(ctx context.Context, req tenantChoice) (loginTenantsBody, error) {
	p := callFrom(ctx).principal
	if err := a.services.Logins.Choose(ctx, p.UserID, p.Tenants, req.ChosenTenantID); err != nil {
		return loginTenantsBody{}, err
	}
	return loginTenantsBody{append([]tenant.ID{}, p.Tenants...), req.ChosenTenantID}, nil
}

// pageToSign is GET /login/{provider}/page?url=.
type pageToSign struct {
	kind provider.Kind
	url  string
}

func decodePageToSign(r *http.Request) (req pageToSign, err error) {
	if req.kind, err = decodeProvider(r); err != nil {
		return req, err
	}
	req.url, err = requiredParam(r.URL.Query(), "url")
	return req, err
}

// pageSignatureBody is what a page hands to the office app's script.
type pageSignatureBody struct {
	CorpID    string `json:"corpId"`
	AgentID   string `json:"agentId"`
	ClientID  string `json:"clientId"`
	TimeStamp int64  `json:"timeStamp"`
	NonceStr  string `json:"nonceStr"`
	Signature string `json:"signature"`
}

func (a *api) signPage(ctx context.Context, req pageToSign) (pageSignatureBody, error) {
	s, err := a.services.Logins.SignPage(ctx, tenantOf(ctx), req.kind, req.url)
	return pageSignatureBody{s.OrgID, s.AgentID, s.ClientID, s.Timestamp, s.Nonce, s.Signature}, err
}
