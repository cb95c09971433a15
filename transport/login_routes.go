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
		htmlPage(a, "/login/{provider}/authorize", "login.authorize", decodeAuthorize, a.authorize).forVisitors(),
		htmlPage(a, "/login/{provider}/callback", "login.callback", decodeCallback, a.callback).forVisitors(),
		a.homeRoute("/login/{provider}/home"),
		a.homeRoute("/login/{provider}/home/tenantId/{tenant}"),
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
			forVisitors().marking(takesMark).overlapping(),
		htmlPage(a, compatLogin+"/oauth2/{source}/login", "login.compatAuthorize", decodeCompatAuthorize, a.authorize).forVisitors(),
		htmlPage(a, compatLogin+"/oauth2/{source}/callback", "login.compatCallback", decodeCallback, a.callback).forVisitors(),
		// /render/{source} and /{source}/callback, which patterns cannot tell apart.
		htmlPage(a, compatLogin+"/{first}/{second}", "login.compatPopup", decodeCompatPopup, a.compatPopup).forVisitors(),
		compat(a, get, compatLogin+"/getLoginUser/{token}/{thirdType}/{tenantId}", "login.compatUser", decodeCompatUser, a.compatUser).
			answers(reflect.TypeFor[compatLoginBody]()).
			forVisitors(),
		compat(a, post, compatLogin+"/bindingThirdPhone", "login.compatMobile", decodeCompatMobile, a.compatMobile).
			answers(reflect.TypeFor[string]()).
			sends(reflect.TypeFor[compatMobileFields]()).forVisitors(),
		compat(a, put, compatLogin+"/registerBindThirdAccount", "login.compatRegister", decodeNone, compatRegister).forVisitors(),
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
			query(textParam("url", "页面地址", "address of the page").needed()),

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
