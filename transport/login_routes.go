package transport

import "net/http"

// visitorRoutes are the steps of a login.
func (a *api) visitorRoutes() []route {
	const (
		get  = http.MethodGet
		post = http.MethodPost
	)
	return []route{
		full(a, get, "/login/{provider}/app", "login.app", decodeLoginApp, a.loginApp).forVisitors().
			query(tenantQuery(), orgParam()),
		sending[codeBody](full(a, post, "/login/{provider}/code", "login.code", decodeLoginCode, a.loginByCode)).forVisitors(),
		htmlPage(a, "/login/{provider}/authorize", "login.authorize", decodeAuthorize, a.authorize).forVisitors(),
		htmlPage(a, "/login/{provider}/callback", "login.callback", decodeCallback, a.callback).forVisitors(),
		a.homeRoute("/login/{provider}/home"),
		a.homeRoute("/login/{provider}/home/tenantId/{tenant}"),
		sending[exchangeBody](full(a, post, "/login/exchange", "login.exchange", decodeExchange, a.exchange)).forVisitors(),
		sending[mobileBody](full(a, post, "/login/codes", "login.sendCode", decodeMobileCode, a.sendMobileCode)).forVisitors(),
		sending[mobileBody](full(a, post, "/login/mobile", "login.mobile", decodeMobileCode, a.loginByMobile)).forVisitors(),

		answering[compatAppBody](compat(a, get, compatLogin+"/get/corpId/clientId", "login.compatApp", decodeCompatApp, a.compatApp)).forVisitors().
			query(tenantQuery(), orgParam()),
		htmlPage(a, compatLogin+"/oauth2/dingding/login", "login.compatCode", decodeCompatCode, a.compatCode).forVisitors().overlapping(),
		htmlPage(a, compatLogin+"/oauth2/{source}/login", "login.compatAuthorize", decodeCompatAuthorize, a.authorize).forVisitors(),
		htmlPage(a, compatLogin+"/oauth2/{source}/callback", "login.compatCallback", decodeCallback, a.callback).forVisitors(),
		// /render/{source} and /{source}/callback, which patterns cannot tell apart.
		htmlPage(a, compatLogin+"/{first}/{second}", "login.compatPopup", decodeCompatPopup, a.compatPopup).forVisitors(),
		answering[compatLoginBody](compat(a, get, compatLogin+"/getLoginUser/{token}/{thirdType}/{tenantId}", "login.compatUser", decodeCompatUser, a.compatUser)).
			forVisitors(),
		sending[compatMobileFields](answering[string](compat(a, post, compatLogin+"/bindingThirdPhone", "login.compatMobile", decodeCompatMobile, a.compatMobile))).forVisitors(),
		compat(a, http.MethodPut, compatLogin+"/registerBindThirdAccount", "login.compatRegister", decodeNone, compatRegister).forVisitors(),
	}
}

// homeRoute is the page that an office app opens from its workbench.
func (a *api) homeRoute(path string) route {
	return newRoute(a, pageFamily, http.MethodGet, path, "login.home", decodeHome, a.home, a.encodeHome).forVisitors()
}

// loginRoutes are the operations on bindings and on what a tenant decides about
// logins.
func (a *api) loginRoutes() []route {
	const (
		get = http.MethodGet
		put = http.MethodPut
		del = http.MethodDelete
	)
	return []route{
		full(a, get, "/login/tenants", "login.tenants", decodeNone, a.loginTenants),
		sending[tenantChoice](full(a, put, "/login/tenants", "login.choose", decodeTenantChoice, a.chooseTenant)),
		full(a, get, "/login/settings", "login.settings", decodeNone, a.loginSettings),
		sending[loginSettingsChange](full(a, put, "/login/settings", "login.saveSettings", decodeBody[loginSettingsChange], a.saveLoginSettings)),
		full(a, get, "/login/{provider}/page", "login.signPage", decodePageToSign, a.signPage).
			query(textParam("url", "页面地址", "address of the page").needed()),

		full(a, get, "/bindings", "bindings.list", a.decodeBindingList, a.bindings).
			query(a.bindingParams()...),
		sending[newBinding](fullPost(a, http.StatusCreated, "/bindings", "bindings.create", decodeBody[newBinding], a.createBinding)),
		full(a, del, "/bindings/{id}", "bindings.delete", decodeBindingID, a.deleteBinding),
		full(a, get, "/bindings/own", "bindings.own", decodePage, a.ownBindings).overlapping().
			query(pageParams()...),
		sending[bindOwnBody](fullPost(a, http.StatusCreated, "/bindings/own", "bindings.bindOwn", a.decodeBindOwn, a.bindOwn)).overlapping(),
		full(a, del, "/bindings/own/{id}", "bindings.deleteOwn", decodeBindingID, a.deleteOwnBinding),

		answering[[]thirdAccount](compat(a, get, compatBase+"/getThirdAccountByUserId", "bindings.compatOwn", decodeThirdTypes, a.compatOwn)).
			query(textParam("thirdType", "应用类型，以逗号分隔", "kinds of office apps with commas between").needed()),
		sending[compatBindFields](answering[thirdAccount](compat(a, http.MethodPost, compatBase+"/bindThirdAppAccount", "bindings.compatBind", a.decodeCompatBind, a.compatBind))),
		sending[compatUnbindFields](answering[string](compat(a, del, compatBase+"/deleteThirdAccount", "bindings.compatDelete", decodeCompatUnbind, a.compatUnbind))),
	}
}
