package dingtalktest

import (
	"net/http"
	"time"
)

// tokenRoutes are the tokens and what they are good for.
func tokenRoutes() []route {
	return []route{
		{oldAPI, http.MethodGet, "/gettoken", credentials, "", anyBody, (*call).getToken},
		{newAPI, http.MethodPost, "/v1.0/oauth2/accessToken", credentials, "", anyBody, (*call).accessToken},
		{oldAPI, http.MethodGet, "/auth/scopes", appToken, PermissionBase, anyBody, (*call).authScopes},
	}
}

func (c *call) getToken() *refusal {
	token, refused := c.issueToken(c.params.text("appsecret"))
	if refused != nil {
		return refused
	}
	c.body = append(c.body, `"access_token":`...)
	c.body = appendString(c.body, token)
	c.body = append(c.body, `,"expires_in":`...)
	c.body = appendInt(c.body, c.em.tokenSeconds())
	c.body = append(c.body, ',')
	return nil
}

func (c *call) accessToken() *refusal {
	token, refused := c.issueToken(c.params.text("appSecret"))
	if refused != nil {
		return refused
	}
	o := openObject(c.body)
	o.text("accessToken", token)
	o.number("expireIn", c.em.tokenSeconds())
	c.body = o.close()
	return nil
}

// issueToken checks the credentials a call came with.
func (c *call) issueToken(secret string) (string, *refusal) {
	if refused := c.checkCredentials(secret); refused != nil {
		return "", refused
	}
	return c.em.tokens.issue(c.app, c.at, c.em.opts.TokenLifetime), nil
}

// checkCredentials checks the client id and secret a call came with.
func (c *call) checkCredentials(secret string) *refusal {
	switch {
	case c.clientID() == "" || secret == "":
		return errKeyMissing
	case c.app == nil:
		return errKeyUnknown
	case secret != c.grant.ClientSecret:
		return errSecretWrong
	}
	return c.checkAddress()
}

func (em *Emulator) tokenSeconds() int64 { return int64(em.opts.TokenLifetime / time.Second) }

// authScopes tells what of the contacts the app may see. The field names are
// those of the documentation's sample ("get the contact permission scope", read
// 2026-11-22), with mobile and email where their field permission is granted.
func (c *call) authScopes() *refusal {
	fields := []string{"jobnumber", "isLeader", "name", "position", "isAdmin", "avatar", "department", "userid", "deviceId", "isHide"}
	if c.grant.has(PermissionMobile) {
		fields = append(fields, "mobile")
	}
	if c.grant.has(PermissionEmail) {
		fields = append(fields, "email")
	}
	departments, people := c.grant.Scope.Departments, c.grant.Scope.UserIDs
	if c.grant.whole {
		departments = []int64{RootID}
	}
	c.body = append(c.body, `"condition_field":[],"auth_user_field":`...)
	c.body = append(appendStrings(c.body, fields), ',')
	c.field("auth_org_scopes", func(o *object) {
		o.texts("authed_user", people)
		o.numbers("authed_dept", departments)
	})
	return nil
}
