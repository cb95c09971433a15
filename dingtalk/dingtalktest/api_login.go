package dingtalktest

import (
	"net/http"
	"time"
)

// loginRoutes are the calls of a login, and the ticket of pages.
func loginRoutes() []route {
	return []route{
		{oldAPI, http.MethodPost, "/topapi/v2/user/getuserinfo", appToken, PermissionBase, anyBody, (*call).userByCode},
		{oldAPI, http.MethodGet, "/user/getuserinfo", appToken, PermissionBase, anyBody, (*call).userByCodeOld},
		{newAPI, http.MethodPost, "/v1.0/oauth2/userAccessToken", credentials, "", anyBody, (*call).userAccessToken},
		{newAPI, http.MethodGet, "/v1.0/contact/users/me", userAccess, PermissionSelf, anyBody, (*call).self},
		{newAPI, http.MethodPost, "/v1.0/oauth2/jsapiTickets", appToken, PermissionBase, anyBody, (*call).pageTicket},
		{oldAPI, http.MethodGet, "/get_jsapi_ticket", appToken, PermissionBase, anyBody, (*call).pageTicketOld},
	}
}

// The refusals of a login. The text of errGrantType is ours.
var (
	errCode      = &refusal{code: 40078, text: "不存在的临时授权码"}
	errUserCode  = &refusal{name: "invalidCode", message: "无效的code"}
	errGrantType = &refusal{name: "invalidParameter.grantType", message: "无效的grantType"}
)

// codeUser redeems the code of a page inside of DingTalk.
func (c *call) codeUser() (*Person, *refusal) {
	code := c.params.text("code")
	if code == "" {
		return nil, errParameter
	}
	login, ok := c.em.logins.take(code, c.app, false, c.at)
	if !ok {
		return nil, errCode
	}
	p := c.app.company.directory.person(login.userID)
	if p == nil {
		return nil, errNoPerson
	}
	return p, nil
}

// adminLevel is what sys_level says of somebody.
func adminLevel(p *Person) int64 {
	switch {
	case p.Boss:
		return 100
	case p.Admin:
		return 1
	}
	return 0
}

func (c *call) userByCode() *refusal {
	p, refused := c.codeUser()
	if refused != nil {
		return refused
	}
	c.result(func(o *object) {
		o.text("userid", p.UserID)
		o.text("name", p.Name)
		o.text("unionid", p.UnionID)
		o.text("device_id", "emulated")
		o.flag("sys", p.Admin || p.Boss)
		o.number("sys_level", adminLevel(p))
	})
	return nil
}

func (c *call) userByCodeOld() *refusal {
	p, refused := c.codeUser()
	if refused != nil {
		return refused
	}
	o := object{b: c.body}
	o.text("userid", p.UserID)
	o.text("name", p.Name)
	o.text("deviceId", "emulated")
	o.flag("is_sys", p.Admin || p.Boss)
	o.number("sys_level", adminLevel(p))
	c.body = append(o.b, ',')
	return nil
}

// userTokenLifetime is how long a user's token is valid (docs, "get the access
// token of a user", read 2026-11-22).
const userTokenLifetime = 2 * time.Hour

func (c *call) userAccessToken() *refusal {
	secret := c.params.text("clientSecret")
	switch {
	case c.clientID() == "" || secret == "":
		return errKeyMissing
	case c.app == nil:
		return errKeyUnknown
	case secret != c.grant.ClientSecret:
		return errSecretWrong
	case c.params.text("grantType") != "authorization_code":
		return errGrantType // refresh tokens are not modelled
	}
	if refused := c.checkAddress(); refused != nil {
		return refused
	}
	login, ok := c.em.logins.take(c.params.text("code"), c.app, true, c.at)
	if !ok {
		return errUserCode
	}
	token := c.em.logins.issueUser(userToken{app: c.app, userID: login.userID, until: c.at.Add(userTokenLifetime)})
	o := openObject(c.body)
	o.text("accessToken", token)
	o.text("refreshToken", newTokenValue())
	o.number("expireIn", int64(userTokenLifetime/time.Second))
	if login.company {
		o.text("corpId", c.app.company.corpID)
	}
	c.body = o.close()
	return nil
}

// self tells who a user's token stands for. The nickname is the user's own, not
// the name in the company.
func (c *call) self() *refusal {
	p := c.app.company.directory.person(c.user)
	if p == nil {
		return errNoPerson
	}
	o := openObject(c.body)
	o.text("nick", "昵称"+p.Name)
	o.filled("avatarUrl", p.AvatarURL)
	if c.grant.has(PermissionSelfMobile) {
		o.filled("mobile", p.Mobile)
		o.text("stateCode", p.StateCode)
	}
	o.text("openId", "open-"+p.UnionID)
	o.text("unionId", p.UnionID)
	c.body = o.close()
	return nil
}

func (c *call) pageTicket() *refusal {
	o := openObject(c.body)
	o.text("jsapiTicket", c.em.logins.pageTicket(c.app, c.at, c.em.opts.TokenLifetime))
	o.number("expireIn", c.em.tokenSeconds())
	c.body = o.close()
	return nil
}

func (c *call) pageTicketOld() *refusal {
	o := object{b: c.body}
	o.text("ticket", c.em.logins.pageTicket(c.app, c.at, c.em.opts.TokenLifetime))
	o.number("expires_in", c.em.tokenSeconds())
	c.body = append(o.b, ',')
	return nil
}
