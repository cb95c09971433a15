package transport

import (
	"net/http"
	"reflect"
)

// visitorRoutes are the steps of a login.
func (a *api) visitorRoutes() []route {
	return []route{
		full(a, get, "/login/{provider}/app", "login.app", decodeLoginApp, a.loginApp).forVisitors().
			query(tenantQuery(), orgParam()),
		full(a, post, "/login/{provider}/code", "login.code", decodeLoginCode, a.loginByCode).
			sends(reflect.TypeFor[codeBody]()).forVisitors(),
		htmlPage(a, "/login/{provider}/authorize", "login.authorize", decodeAuthorize, a.authorize).forVisitors().
			query(loginTenantParam(), returnURLParam(), displayParam()),
		htmlPage(a, "/login/{provider}/callback", "login.callback", decodeCallback, a.callback).forVisitors().
			query(cameBackParams()...),
		a.homeRoute("/login/{provider}/home").
			query(textParam("corpId", "企业ID，由办公应用填入；也可写作corpid", "the company's id, which the office app fills in; corpid is the same").needed(), returnURLParam()),
		a.homeRoute("/login/{provider}/home/tenantId/{tenant}").query(returnURLParam()),
		full(a, post, "/login/exchange", "login.exchange", decodeExchange, a.exchange).
			sends(reflect.TypeFor[exchangeBody]()).forVisitors(),
		full(a, post, "/login/codes", "login.sendCode", decodeMobileCode, a.sendMobileCode).
			sends(reflect.TypeFor[mobileBody]()).forVisitors(),
		full(a, post, "/login/mobile", "login.mobile", decodeMobileCode, a.loginByMobile).
			sends(reflect.TypeFor[mobileBody]()).forVisitors(),

		compat(a, get, compatLogin+"/get/corpId/clientId", "login.compatApp", decodeCompatApp, a.compatApp).
			answers(reflect.TypeFor[compatAppBody]()).forVisitors().marking(setsMark).
			query(tenantQuery(), orgParam()),
		htmlPage(a, compatLogin+"/oauth2/dingding/login", "login.compatCode", a.decodeCompatCode, a.compatCode).
			forVisitors().marking(takesMark).overlapping().
			query(textParam("authCode", "页面在钉钉内取得的免登码；也可写作code", "the code that a page inside of DingTalk gets; code is the same").needed(),
				stateParam(), loginTenantParam()),
		htmlPage(a, compatLogin+"/oauth2/{source}/login", "login.compatAuthorize", decodeCompatAuthorize, a.authorize).forVisitors().
			query(stateParam(), loginTenantParam()),
		htmlPage(a, compatLogin+"/oauth2/{source}/callback", "login.compatCallback", decodeCallback, a.callback).forVisitors().
			query(cameBackParams()...),
		// /render/{source} and /{source}/callback, which patterns cannot tell apart.
		htmlPage(a, compatLogin+"/{first}/{second}", "login.compatPopup", decodeCompatPopup, a.compatPopup).forVisitors().
			query(append([]parameter{loginTenantParam()}, cameBackParams()...)...),
		compat(a, get, compatLogin+"/getLoginUser/{token}/{thirdType}/{tenantId}", "login.compatUser", decodeCompatUser, a.compatUser).
			answers(reflect.TypeFor[compatLoginBody]()).
			forVisitors(),
		compat(a, post, compatLogin+"/bindingThirdPhone", "login.compatMobile", decodeCompatMobile, a.compatMobile).
			answers(reflect.TypeFor[string]()).
			sends(reflect.TypeFor[compatMobileFields]()).forVisitors(),
		compat(a, put, compatLogin+"/registerBindThirdAccount", "login.compatRegister", decodeNone, compatRegister).forVisitors(),
	}
}

// loginTenantParam is what loginTenant reads.
func loginTenantParam() parameter {
	return textParam(tenantParam, "租户ID，缺省为0", "the tenant's id, 0 if absent")
}

func returnURLParam() parameter {
	return textParam("returnUrl", "登录后返回的地址，须在登录设置returnUrls之内；其中只有一个时可缺省",
		"where to return to after the login, within the returnUrls of the login settings; may be absent if there is one")
}

func displayParam() parameter {
	return choiceParam("display", "缺省为redirect；popup为弹窗；inside表示页面在办公应用内打开",
		"redirect if absent, popup for a small window, inside for a page that is open inside of the office app", displays()...)
}

// stateParam is what classicState reads.
func stateParam() parameter {
	return textParam("state", "前端的来源，如https://app.example.com，可带查询参数", "the front end's origin, such as https://app.example.com, possibly with a query").needed()
}

// cameBackParams are what returned reads.
func cameBackParams() []parameter {
	return []parameter{
		textParam("code", "办公应用带回的代码；也可写作authCode", "the code that the office app brings back; authCode is the same"),
		textParam("state", "登录开始时给出的state", "the state that the login began with"),
	}
}

// homeRoute is the page that an office app opens from its workbench.
func (a *api) homeRoute(path string) route {
	return newRoute(a, pageFamily, get, path, "login.home", decodeHome, a.home, a.encodeHome).forVisitors()
}

// loginRoutes are the operations on bindings and on what a tenant decides about
// logins.
func (a *api) loginRoutes() []route {
	return []route{
		full(a, get, "/login/tenants", "login.tenants", decodeNone, a.loginTenants),
		full(a, put, "/login/tenants", "login.choose", decodeTenantChoice, a.chooseTenant).
			sends(reflect.TypeFor[tenantChoice]()),
		full(a, get, "/login/settings", "login.settings", decodeNone, a.loginSettings),
		full(a, put, "/login/settings", "login.saveSettings", decodeBody[loginSettingsChange], a.saveLoginSettings).
			sends(reflect.TypeFor[loginSettingsChange]()),
		full(a, get, "/login/{provider}/page", "login.signPage", decodePageToSign, a.signPage).
			query(textParam("url", "要签名的页面的完整地址，须在登录设置returnUrls之内", "complete address of the page to sign, within the returnUrls of the login settings").needed()),

		full(a, get, "/bindings", "bindings.list", a.decodeBindingList, a.bindings).
			query(a.bindingParams()...),
		fullPost(a, http.StatusCreated, "/bindings", "bindings.create", decodeBody[newBinding], a.createBinding).
			sends(reflect.TypeFor[newBinding]()),
		full(a, del, "/bindings/{id}", "bindings.delete", decodeBindingID, a.deleteBinding),
		full(a, get, "/bindings/own", "bindings.own", decodePage, a.ownBindings).overlapping().
			query(pageParams()...),
		fullPost(a, http.StatusCreated, "/bindings/own", "bindings.bindOwn", a.decodeBindOwn, a.bindOwn).
			sends(reflect.TypeFor[bindOwnBody]()).overlapping(),
		full(a, del, "/bindings/own/{id}", "bindings.deleteOwn", decodeBindingID, a.deleteOwnBinding),

		compat(a, get, compatBase+"/getThirdAccountByUserId", "bindings.compatOwn", decodeThirdTypes, a.compatOwn).
			answers(reflect.TypeFor[[]thirdAccount]()).
			query(textParam("thirdType", "应用类型，以逗号分隔", "kinds of office apps with commas between").needed()),
		compat(a, post, compatBase+"/bindThirdAppAccount", "bindings.compatBind", a.decodeCompatBind, a.compatBind).
			answers(reflect.TypeFor[thirdAccount]()).
			sends(reflect.TypeFor[compatBindFields]()),
		compat(a, del, compatBase+"/deleteThirdAccount", "bindings.compatDelete", decodeCompatUnbind, a.compatUnbind).
			answers(reflect.TypeFor[string]()).
			sends(reflect.TypeFor[compatUnbindFields]()),
	}
}
