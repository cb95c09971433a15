package dingtalk

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

var (
	_ provider.LoginFlow  = (*Provider)(nil)
	_ provider.PageSigner = (*Provider)(nil)
)

// The calls of a login. A code is good once, so that none of them is made again
// after it may have been carried out.
//
//nolint:gochecknoglobals // constant table
var (
	apiInAppUser = api{path: "topapi/v2/user/getuserinfo", method: http.MethodPost, right: rightBase}
	apiUserToken = api{
		path: "v1.0/oauth2/userAccessToken", gen: newAPI, method: http.MethodPost, open: true, right: rightUserToken,
	}
	// apiSelf carries the user's token, not the app's. DingTalk answers an app's
	// token as a missing permission.
	apiSelf = api{
		path: "v1.0/contact/users/me", gen: newAPI, method: http.MethodGet, repeatable: true, open: true, right: rightSelf,
	}
)

// AuthorizeURL returns DingTalk's login page. The company is asked for as well,
// so that somebody of several companies chooses the right one. DingTalk has no
// PKCE.
func (p *Provider) AuthorizeURL(req provider.AuthorizeRequest) (string, error) {
	if req.RedirectURL == "" || req.State == "" {
		return "", invalid(apiUserToken, "redirect URL or state is empty")
	}
	query := url.Values{
		"redirect_uri": {req.RedirectURL}, "response_type": {"code"}, "client_id": {p.client.app.clientID},
		"scope": {"openid corpid"}, "state": {req.State}, "prompt": {"consent"}, "corpId": {p.corpID},
	}
	// Docs, "login with DingTalk" (read 2026-11-22), write a space as %20.
	return p.loginBase + "/oauth2/auth?" + strings.ReplaceAll(query.Encode(), "+", "%20"), nil
}

// InAppIdentity redeems the code of requestAuthCode. It is good for 5 minutes.
func (p *Provider) InAppIdentity(ctx context.Context, code provider.Secret) (provider.LoginIdentity, error) {
	if code.IsZero() {
		return provider.LoginIdentity{}, invalid(apiInAppUser, "code is empty")
	}
	who, got, err := askResult[wire.CodeUser](ctx, p.client, request{
		api: apiInAppUser, body: wire.CodeRequest{Code: code.Reveal()}, private: []string{code.Reveal()},
	})
	if err == nil && who.UserID == "" {
		err = p.client.malformed(apiInAppUser, got)
	}
	if err != nil {
		return provider.LoginIdentity{}, err
	}
	return provider.LoginIdentity{
		UserID: provider.UserID(who.UserID), UnionID: provider.UnionID(who.UnionID), Name: string(who.Name),
	}, nil
}

// BrowserIdentity redeems the code of the login page. It takes four calls: the
// user's token, the user's union id, who that is in the company, and the name
// there, since the one that the user's token gives is a nickname.
func (p *Provider) BrowserIdentity(ctx context.Context, code provider.BrowserCode) (provider.LoginIdentity, error) {
	if code.Code.IsZero() {
		return provider.LoginIdentity{}, invalid(apiUserToken, "code is empty")
	}
	self, err := p.self(ctx, code.Code.Reveal())
	if err != nil {
		return provider.LoginIdentity{}, err
	}
	person, err := p.PersonByUnionID(ctx, self)
	if err != nil {
		return provider.LoginIdentity{}, notOfCompany(err)
	}
	return provider.LoginIdentity{UserID: person.UserID, UnionID: self, Name: person.Name}, nil
}

// self returns the union id of the user that a code stands for.
func (p *Provider) self(ctx context.Context, code string) (provider.UnionID, error) {
	secret := p.client.app.clientSecret.Reveal()
	token, got, err := ask[wire.UserToken](ctx, p.client, request{
		api: apiUserToken, private: []string{code},
		body: wire.UserTokenRequest{
			ClientID: p.client.app.clientID, ClientSecret: secret, GrantType: "authorization_code", Code: code,
		},
	})
	switch {
	case err != nil:
		return "", err
	case token.AccessToken == "":
		return "", p.client.malformed(apiUserToken, got)
	case token.CorpID != "" && string(token.CorpID) != p.corpID:
		e := p.client.failure(apiUserToken, provider.PermissionDenied, nil, true)
		e.RequestID, e.Remedy = got.requestID, remedyOtherCompany
		return "", e
	}
	bearer := string(token.AccessToken)
	me, got, err := ask[wire.Self](ctx, p.client, request{api: apiSelf, bearer: bearer, private: []string{bearer}})
	if err == nil && me.UnionID == "" {
		err = p.client.malformed(apiSelf, got)
	}
	return provider.UnionID(me.UnionID), err
}

// notOfCompany says so when the person who logged in was not found.
func notOfCompany(err error) error {
	e, ok := asError(err)
	if !ok || e.Code != provider.NotFound {
		return err
	}
	stranger := *e
	stranger.Remedy = remedyOtherCompany
	return &stranger
}
