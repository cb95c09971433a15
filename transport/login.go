package transport

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// maxTicket bounds a ticket, state or proof, in bytes.
const maxTicket = 4096

// maxCode bounds the code of an office app, in bytes.
const maxCode = 512

// loginOf is what the operations for everybody begin with: it notes the tenant
// for the log and counts the request.
func (a *api) loginOf(ctx context.Context, t tenant.ID) error {
	callFrom(ctx).tenant = t
	return a.pace.tenant(t, a.cfg.Now())
}

// claimedTenant is loginOf by the tenant that a state, ticket or proof claims.
func (a *api) claimedTenant(ctx context.Context, text provider.Secret) error {
	t, ok := identity.TenantOf(text.Reveal())
	if !ok {
		return nil // it will be refused
	}
	return a.loginOf(ctx, t)
}

func decodeProvider(r *http.Request) (provider.Kind, error) {
	kind := r.PathValue("provider")
	if !isToken(kind) {
		return "", errNoRecord()
	}
	return provider.Kind(kind), nil
}

// loginTenant reads the tenant of a login; absent is the default tenant.
func loginTenant(query url.Values) (tenant.ID, error) {
	s, err := param(query, tenantParam)
	if err != nil {
		return "", err
	}
	t, err := parameterTenant(s)
	if err == nil && t == "" {
		t = tenant.Default
	}
	return t, err
}

// appRequest is GET /login/{provider}/app?tenantId=, or corpId= as an app's home
// page gets it from the office app.
type appRequest struct {
	kind   provider.Kind
	tenant tenant.ID
	orgID  string
}

// orgParam is a company by which a tenant is found.
func orgParam() parameter {
	return textParam("corpId", "企业ID，由办公应用打开首页时给出", "the company's id, as a home page gets it from the office app")
}

func decodeLoginApp(r *http.Request) (req appRequest, err error) {
	if req.kind, err = decodeProvider(r); err != nil {
		return req, err
	}
	query := r.URL.Query()
	if req.orgID, err = param(query, "corpId"); err != nil {
		return req, err
	}
	if req.orgID != "" && query.Get(tenantParam) != "" {
		return req, invalid("corpId", "corpId与tenantId只能提供一个", "give corpId or tenantId, not both")
	}
	req.tenant, err = loginTenant(query)
	return req, err
}

// loginAppBody is what a login page needs to know.
type loginAppBody struct {
	TenantID tenant.ID     `json:"tenantId"`
	Provider provider.Kind `json:"provider"`
	CorpID   string        `json:"corpId"`
	ClientID string        `json:"clientId"`
	AgentID  string        `json:"agentId"`
}

func (a *api) loginApp(ctx context.Context, req appRequest) (loginAppBody, error) {
	app, err := a.findLoginApp(ctx, req)
	return loginAppBody{app.Tenant, app.Provider, app.OrgID, app.ClientID, app.AgentID}, err
}

func (a *api) findLoginApp(ctx context.Context, req appRequest) (identity.App, error) {
	if req.orgID != "" {
		return a.services.Logins.AppOfOrg(ctx, req.kind, req.orgID)
	}
	if err := a.loginOf(ctx, req.tenant); err != nil {
		return identity.App{}, err
	}
	return a.services.Logins.App(ctx, req.tenant, req.kind)
}

// codeBody is the body of POST /login/{provider}/code.
type codeBody struct {
	TenantID string `json:"tenantId"`
	Code     string `json:"code"`
}

func decodeLoginCode(r *http.Request) (identity.InAppLogin, error) {
	kind, err := decodeProvider(r)
	if err != nil {
		return identity.InAppLogin{}, err
	}
	body, err := decodeBody[codeBody](r)
	if err != nil {
		return identity.InAppLogin{}, err
	}
	t, err := parameterTenant(body.TenantID)
	if err == nil && t == "" {
		t = tenant.Default
	}
	if err == nil {
		err = checkCode("code", body.Code)
	}
	return identity.InAppLogin{
		Tenant: t, Provider: kind, Code: provider.NewSecret(body.Code), Browser: callFrom(r.Context()).browser,
	}, err
}

// checkCode looks at a code of an office app.
func checkCode(name, code string) error {
	if code == "" || len(code) > maxCode {
		return invalid(name, "参数"+name+"不能为空，且不超过512字节", "parameter "+name+": want 1 to 512 bytes")
	}
	return nil
}

// ticketBody is a ticket, to be exchanged by POST /login/exchange.
type ticketBody struct {
	Ticket   string        `json:"ticket"`
	TenantID tenant.ID     `json:"tenantId"`
	Provider provider.Kind `json:"provider"`
}

func ticketOf(a identity.Admission) ticketBody {
	return ticketBody{a.Ticket.Reveal(), a.Tenant, a.Provider}
}

func (a *api) loginByCode(ctx context.Context, req identity.InAppLogin) (ticketBody, error) {
	if err := a.loginOf(ctx, req.Tenant); err != nil {
		return ticketBody{}, err
	}
	admission, err := a.services.Logins.LoginInApp(ctx, req)
	return ticketOf(admission), err
}

// exchangeBody is the body of POST /login/exchange.
type exchangeBody struct {
	Ticket   string `json:"ticket" schema:"required"`
	TenantID string `json:"tenantId"`
}

func decodeExchange(r *http.Request) (identity.Exchange, error) {
	body, err := decodeBody[exchangeBody](r)
	if err != nil {
		return identity.Exchange{}, err
	}
	if body.Ticket == "" {
		return identity.Exchange{}, invalid("ticket", "票据ticket不能为空：请填写登录带回的ticket", "ticket is required: it is what the login brings back")
	}
	t, err := parameterTenant(body.TenantID)
	return identity.Exchange{
		Ticket: provider.NewSecret(body.Ticket), Tenant: t, Browser: callFrom(r.Context()).browser,
	}, err
}

// loginBody is somebody who is in.
type loginBody struct {
	Token     string        `json:"token"`
	ExpiresAt time.Time     `json:"expiresAt"`
	TenantID  tenant.ID     `json:"tenantId"`
	Provider  provider.Kind `json:"provider"`
	User      loginUser     `json:"user"`
	// Tenants are those in which the token is good, ChosenTenantID the one that
	// the person chose last time, "" for none.
	Tenants        []tenant.ID `json:"tenants"`
	ChosenTenantID tenant.ID   `json:"chosenTenantId"`
}

type loginUser struct {
	UserID    string `json:"userId"`
	Username  string `json:"username"`
	Name      string `json:"name"`
	AvatarURL string `json:"avatarUrl"`
}

func (a *api) exchange(ctx context.Context, req identity.Exchange) (loginBody, error) {
	l, err := a.enter(ctx, req)
	if err != nil {
		return loginBody{}, err
	}
	return loginBody{
		Token: l.Session.Token.Reveal(), ExpiresAt: l.Session.ExpiresAt.UTC(), TenantID: l.Tenant, Provider: l.Provider,
		User:    loginUser{l.Account.UserID, l.Account.Username, l.Account.Name, l.Account.AvatarURL},
		Tenants: append([]tenant.ID{}, l.Tenants...), ChosenTenantID: l.Chosen,
	}, nil
}

func (a *api) enter(ctx context.Context, req identity.Exchange) (identity.Login, error) {
	if err := a.claimedTenant(ctx, req.Ticket); err != nil {
		return identity.Login{}, err
	}
	l, err := a.services.Logins.Exchange(ctx, req)
	if err == nil {
		callFrom(ctx).principal = Principal{UserID: l.Account.UserID, Username: l.Account.Username} // for the log
	}
	return l, err
}

// mobileBody is the body of POST /login/codes and POST /login/mobile.
type mobileBody struct {
	Proof  string `json:"proof"`
	Mobile string `json:"mobile"`
	Code   string `json:"code"`
}

func decodeMobileCode(r *http.Request) (identity.MobileCode, error) {
	body, err := decodeBody[mobileBody](r)
	if err != nil {
		return identity.MobileCode{}, err
	}
	return mobileCode(r, body)
}

func mobileCode(r *http.Request, body mobileBody) (identity.MobileCode, error) {
	for name, value := range map[string]string{"mobile": body.Mobile, "code": body.Code} {
		if len(value) > maxIDLength {
			return identity.MobileCode{}, invalid(name, "参数"+name+"过长", "parameter "+name+" is too long")
		}
	}
	if body.Mobile == "" {
		return identity.MobileCode{}, invalid("mobile", "参数mobile不能为空", "parameter mobile is required")
	}
	return identity.MobileCode{
		Proof: provider.NewSecret(body.Proof), Browser: callFrom(r.Context()).browser, Mobile: body.Mobile, Code: body.Code,
	}, nil
}

func (a *api) sendMobileCode(ctx context.Context, req identity.MobileCode) (any, error) {
	if err := a.claimedTenant(ctx, req.Proof); err != nil {
		return nil, err
	}
	return nil, a.services.Logins.SendCode(ctx, req)
}

func (a *api) loginByMobile(ctx context.Context, req identity.MobileCode) (ticketBody, error) {
	if err := a.claimedTenant(ctx, req.Proof); err != nil {
		return ticketBody{}, err
	}
	admission, err := a.services.Logins.VerifyMobile(ctx, req)
	return ticketOf(admission), err
}
