package transport

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// compatSource returns the provider that a {source} names, in any case.
func compatSource(source string) (provider.Kind, error) {
	if !isToken(source) {
		return "", errUnknownSource()
	}
	return kindOf(strings.ToLower(source)), nil
}

func errUnknownSource() error {
	return tenant.Refuse(provider.InvalidArgument, "unknown_provider", "不支持的source，请填写已接入的应用类型，如dingtalk", "unknown source; give the kind of an office app, such as dingtalk").WithField("source")
}

// decodeCompatApp is GET get/corpId/clientId?tenantId=. Our own parameter corpId
// finds the tenant of a home page.
func decodeCompatApp(r *http.Request) (req appRequest, err error) {
	query := r.URL.Query()
	req.kind = provider.DingTalk
	if req.orgID, err = param(query, "corpId"); err != nil {
		return req, err
	}
	req.tenant, err = loginTenant(query)
	return req, err
}

// compatAppBody is a config of which only these are told: the others are null.
type compatAppBody struct {
	CorpID       string       `json:"corpId"`
	ClientID     string       `json:"clientId"`
	TenantID     compatTenant `json:"tenantId"`
	ID           *string      `json:"id"`
	AgentID      *string      `json:"agentId"`
	ClientSecret *string      `json:"clientSecret"`
	ThirdType    *string      `json:"thirdType"`
	Status       *int         `json:"status"`
	CreateTime   *string      `json:"createTime"`
	UpdateTime   *string      `json:"updateTime"`
}

// compatApp answers a config of which only two fields are set, or null.
func (a *api) compatApp(ctx context.Context, req appRequest) (reply, error) {
	app, err := a.findLoginApp(ctx, req)
	switch {
	case errors.Is(err, tenant.ErrNotConfigured), errors.Is(err, identity.ErrUnknownOrg):
		return reply{}, nil
	case err != nil:
		return reply{}, err
	}
	return reply{result: compatAppBody{CorpID: app.OrgID, ClientID: app.ClientID, TenantID: compatTenant(app.Tenant)}}, nil
}

// classicState reads the parameter state of existing front ends: their origin,
// and possibly a query that comes back.
func classicState(query url.Values) (string, error) {
	state, err := requiredParam(query, "state")
	if err != nil {
		return "", err
	}
	origin, extra, has := strings.Cut(state, "?")
	page := strings.TrimSuffix(origin, "/") + classicPath
	if has {
		page += "?" + extra
	}
	return page, nil
}

// decodeCompatAuthorize is GET oauth2/{source}/login?state=&tenantId=.
func decodeCompatAuthorize(r *http.Request) (authorizeRequest, error) {
	kind, err := compatSource(r.PathValue("source"))
	if err != nil {
		return authorizeRequest{}, err
	}
	query := r.URL.Query()
	back, err := classicState(query)
	if err != nil {
		return authorizeRequest{}, err
	}
	t, err := loginTenant(query)
	return authorizeRequest{
		BrowserLogin: identity.BrowserLogin{
			Tenant: t, Provider: kind, ReturnURL: back, Mode: modeClassic, Browser: callFrom(r.Context()).browser,
		},
		callback: compatLogin + "/oauth2/" + thirdTypeOf(kind) + "/callback", retry: r.URL.RequestURI(),
	}, err
}

// compatPopupRequest is GET render/{source} or {source}/callback.
type compatPopupRequest struct {
	begin *authorizeRequest
	end   identity.Returned
}

func decodeCompatPopup(r *http.Request) (compatPopupRequest, error) {
	first, second := r.PathValue("first"), r.PathValue("second")
	switch {
	case first == "render":
		begin, err := decodeRender(r, second)
		return compatPopupRequest{begin: &begin}, err
	case second == "callback":
		kind, err := compatSource(first)
		if err != nil {
			return compatPopupRequest{}, err
		}
		end, err := returned(r, kind)
		return compatPopupRequest{end: end}, err
	}
	callFrom(r.Context()).family = compatFamily // no page: there is none
	return compatPopupRequest{}, errNoRoute()
}

// decodeRender reads GET render/{source}, to which we add tenantId.
func decodeRender(r *http.Request, source string) (authorizeRequest, error) {
	kind, err := compatSource(source)
	if err != nil {
		return authorizeRequest{}, err
	}
	t, err := loginTenant(r.URL.Query())
	return authorizeRequest{
		BrowserLogin: identity.BrowserLogin{
			Tenant: t, Provider: kind, Mode: modeClassicPopup, Browser: callFrom(r.Context()).browser,
		},
		opener: r.Referer(), callback: compatLogin + "/" + thirdTypeOf(kind) + "/callback", retry: r.URL.RequestURI(),
	}, err
}

func (a *api) compatPopup(ctx context.Context, req compatPopupRequest) (landing, error) {
	if req.begin != nil {
		return a.authorize(ctx, *req.begin)
	}
	return a.callback(ctx, req.end)
}

// decodeCompatUser is GET getLoginUser/{token}/{thirdType}/{tenantId}. The token
// is a ticket. Existing front ends send a tenant that is always 0: the ticket
// has the right one.
func decodeCompatUser(r *http.Request) (identity.Exchange, error) {
	ticket := r.PathValue("token")
	if len(ticket) > maxTicket {
		return identity.Exchange{}, identity.ErrTicket
	}
	return identity.Exchange{Ticket: provider.NewSecret(ticket), Browser: callFrom(r.Context()).browser}, nil
}

// compatLoginBody is somebody who is in, as existing front ends know them.
type compatLoginBody struct {
	Token      string             `json:"token"`
	TenantList []compatTenantBody `json:"tenantList"`
	UserInfo   compatUserBody     `json:"userInfo"`
	// SysAllDictItems is always empty.
	SysAllDictItems struct{} `json:"sysAllDictItems"`
}

type compatTenantBody struct {
	ID   compatTenant `json:"id"`
	Name string       `json:"name"`
}

type compatUserBody struct {
	ID            string       `json:"id"`
	Username      string       `json:"username"`
	Realname      string       `json:"realname"`
	Avatar        string       `json:"avatar"`
	Phone         string       `json:"phone"`
	Status        int          `json:"status"`
	LoginTenantID compatTenant `json:"loginTenantId"`
}

func (a *api) compatUser(ctx context.Context, req identity.Exchange) (reply, error) {
	l, err := a.enter(ctx, req)
	if err != nil {
		return reply{}, err
	}
	tenants := make([]compatTenantBody, len(l.Tenants))
	for i, t := range l.Tenants {
		tenants[i] = compatTenantBody{compatTenant(t), string(t)}
	}
	home := l.Tenant
	if l.Chosen != "" {
		home = l.Chosen
	}
	return okReply(compatLoginBody{
		Token: l.Session.Token.Reveal(), TenantList: tenants,
		UserInfo: compatUserBody{
			ID: l.Account.UserID, Username: l.Account.Username, Realname: l.Account.Name,
			Avatar: l.Account.AvatarURL, Phone: l.Account.Mobile, Status: 1, LoginTenantID: compatTenant(home),
		},
	}), nil
}

// decodeCompatMobile is POST bindingThirdPhone {mobile, captcha, thirdUserUuid}.
func decodeCompatMobile(r *http.Request) (identity.MobileCode, error) {
	fields, err := decodeObject(r)
	if err != nil {
		return identity.MobileCode{}, err
	}
	object, body := looseObject(fields), mobileBody{}
	for name, into := range map[string]*string{
		"mobile": &body.Mobile, "captcha": &body.Code, "thirdUserUuid": &body.Proof,
	} {
		if *into, _, err = object.text(name); err != nil {
			return identity.MobileCode{}, err
		}
	}
	return mobileCode(r, body)
}

// compatMobile answers a ticket where the contract has a token; getLoginUser
// takes it.
func (a *api) compatMobile(ctx context.Context, req identity.MobileCode) (reply, error) {
	if err := a.claimedTenant(ctx, req.Proof); err != nil {
		return reply{}, err
	}
	admission, err := a.services.Logins.VerifyMobile(ctx, req)
	return reply{result: admission.Ticket.Reveal()}, err
}

// compatRegister is PUT registerBindThirdAccount, by which existing front ends
// make an account for somebody who has scanned and has none. Where a tenant
// wants that, the scan itself has made it, and bindingThirdPhone is never asked
// for; where it does not, nobody may. Its user name and e-mail address would be
// taken from whoever calls, and the directory matches people by both.
func compatRegister(context.Context, none) (reply, error) {
	return reply{}, tenant.Refuse(provider.Unsupported, "no_registration",
		"此处不能自行注册，请联系管理员：登录设置unbound为create时，首次扫码即创建账号",
		"nobody registers here; ask an administrator: with unbound set to create in the login settings, the first scan makes the account")
}

// thirdAccount is a binding as existing front ends know it.
type thirdAccount struct {
	ID            string       `json:"id"`
	SysUserID     string       `json:"sysUserId"`
	ThirdUserUUID string       `json:"thirdUserUuid"`
	ThirdUserID   string       `json:"thirdUserId"`
	ThirdType     string       `json:"thirdType"`
	TenantID      compatTenant `json:"tenantId"`
	Realname      string       `json:"realname"`
	Status        int          `json:"status"`
	DelFlag       int          `json:"delFlag"`
}

func thirdAccountOf(b identity.BoundAccount) thirdAccount {
	status := 1
	if !b.Active {
		status = 2
	}
	return thirdAccount{
		ID: b.ID(), SysUserID: b.UserID, ThirdUserUUID: string(b.UnionID), ThirdUserID: string(b.ProviderUserID),
		ThirdType: thirdTypeOf(b.Provider), TenantID: compatTenant(b.Tenant), Realname: b.Account.Name, Status: status,
	}
}

// decodeThirdTypes is GET getThirdAccountByUserId?thirdType=a,b.
func decodeThirdTypes(r *http.Request) ([]provider.Kind, error) {
	s, err := requiredParam(r.URL.Query(), "thirdType")
	var kinds []provider.Kind
	for name := range strings.SplitSeq(s, ",") {
		kinds = append(kinds, kindOf(strings.TrimSpace(name)))
	}
	return kinds, err
}

func (a *api) compatOwn(ctx context.Context, kinds []provider.Kind) (reply, error) {
	list, err := a.classicOwn(ctx)
	if err != nil {
		return reply{}, err
	}
	accounts := []thirdAccount{}
	for _, b := range list {
		if slices.Contains(kinds, b.Provider) {
			accounts = append(accounts, thirdAccountOf(b))
		}
	}
	return okReply(accounts), nil
}

// classicOwn returns the actor's bindings of the request's tenant, after those
// of the default one, which the scans of existing front ends lead to whatever
// tenant people are in. Of several the front ends show the last.
func (a *api) classicOwn(ctx context.Context) ([]identity.BoundAccount, error) {
	tenants := []tenant.ID{tenantOf(ctx)}
	if tenants[0] != tenant.Default && isOwn(ctx, tenant.Default) {
		tenants = append([]tenant.ID{tenant.Default}, tenants...)
	}
	var own []identity.BoundAccount
	for _, t := range tenants {
		list, err := a.services.Logins.OwnBindings(ctx, t, tenant.Page{Limit: tenant.MaxPageLimit})
		if err != nil {
			return nil, err
		}
		own = append(own, list.Items...)
	}
	return own, nil
}

// isOwn reports whether a tenant is one of the principal's.
func isOwn(ctx context.Context, t tenant.ID) bool {
	return slices.Contains(callFrom(ctx).principal.Tenants, t)
}

// decodeCompatBind is POST bindThirdAppAccount {thirdUserUuid, thirdType}, of
// which the first is a proof.
func (a *api) decodeCompatBind(r *http.Request) (identity.BindOwn, error) {
	object, err := decodeLoose(r)
	if err != nil {
		return identity.BindOwn{}, err
	}
	proof, _, err := object.text("thirdUserUuid")
	return a.ownProof(r, proof), err
}

// compatBind binds in the tenant of the proof if it is one of the principal's: a
// scan that named no tenant has led to the default one.
func (a *api) compatBind(ctx context.Context, req identity.BindOwn) (reply, error) {
	in := tenantOf(ctx)
	if t, ok := identity.TenantOf(req.Proof.Reveal()); ok && isOwn(ctx, t) {
		in = t
	}
	b, err := a.services.Logins.BindOwn(ctx, in, req)
	return okReply(thirdAccountOf(b)), err
}

// decodeCompatUnbind is DELETE deleteThirdAccount {id, sysUserId}.
func decodeCompatUnbind(r *http.Request) (string, error) {
	object, err := decodeLoose(r)
	if err != nil {
		return "", err
	}
	user, given, err := object.text("sysUserId")
	if err == nil && given && user != callFrom(r.Context()).principal.UserID {
		err = tenant.Refuse(provider.PermissionDenied, "not_yours", "无权修改他人信息", "this is somebody else's")
	}
	if err != nil {
		return "", err
	}
	id, _, err := object.text("id")
	return id, err
}

func (a *api) compatUnbind(ctx context.Context, id string) (reply, error) {
	list, err := a.classicOwn(ctx)
	if err != nil {
		return reply{}, err
	}
	in := tenantOf(ctx)
	for _, b := range list { // of two with one id it is the last, which is shown
		if b.ID() == id {
			in = b.Tenant
		}
	}
	if err := a.services.Logins.UnbindOwn(ctx, in, id); err != nil {
		return reply{}, err
	}
	return reply{code: codeOK, message: provider.Text{ZH: "解绑成功", EN: "unbound"}, result: "解绑成功"}, nil
}
