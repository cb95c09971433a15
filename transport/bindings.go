package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// maxBindingID bounds the id of a binding, in bytes.
const maxBindingID = 1024

// bindingBody says which account a member of the company has.
type bindingBody struct {
	ID             string           `json:"id"`
	Provider       provider.Kind    `json:"provider"`
	OrgID          string           `json:"orgId"`
	ProviderUserID provider.UserID  `json:"providerUserId"`
	UnionID        provider.UnionID `json:"unionId"`
	UserID         string           `json:"userId"`
	Username       string           `json:"username"`
	Name           string           `json:"name"`
	Active         bool             `json:"active"`
	Source         identity.Source  `json:"source"`
	Proved         bool             `json:"proved"`
	CreatedAt      time.Time        `json:"createdAt"`
	UpdatedAt      time.Time        `json:"updatedAt"`
}

func bindingOf(b identity.BoundAccount) bindingBody {
	return bindingBody{
		ID: b.ID(), Provider: b.Provider, OrgID: b.OrgID, ProviderUserID: b.ProviderUserID, UnionID: b.UnionID,
		UserID: b.UserID, Username: b.Account.Username, Name: b.Account.Name, Active: b.Active, Source: b.Source,
		Proved: b.Proved(), CreatedAt: b.CreatedAt.UTC(), UpdatedAt: b.UpdatedAt.UTC(),
	}
}

// bindingList is GET /bindings?provider=&userId=.
type bindingList struct {
	filter identity.BindingFilter
	page   tenant.Page
}

// bindingParams are what decodeBindingList reads.
func (a *api) bindingParams() []parameter {
	return append([]parameter{a.kindParam(), textParam("userId", "平台用户ID", "the platform's user id")}, pageParams()...)
}

func (a *api) decodeBindingList(r *http.Request) (bindingList, error) {
	query := r.URL.Query()
	kind, err := a.decodeKind(r)
	if err != nil {
		return bindingList{}, err
	}
	user, err := param(query, "userId")
	if err != nil {
		return bindingList{}, err
	}
	p, err := page(query)
	return bindingList{identity.BindingFilter{Provider: kind, UserID: user}, p}, err
}

func (a *api) bindings(ctx context.Context, req bindingList) (items[bindingBody], error) {
	list, err := a.services.Logins.Bindings(ctx, tenantOf(ctx), req.filter, req.page)
	return listOf(list, bindingOf), err
}

func (a *api) ownBindings(ctx context.Context, p tenant.Page) (items[bindingBody], error) {
	list, err := a.services.Logins.OwnBindings(ctx, tenantOf(ctx), p)
	return listOf(list, bindingOf), err
}

// newBinding is the body of POST /bindings: userId or username.
type newBinding struct {
	Provider       provider.Kind   `json:"provider" schema:"required"`
	ProviderUserID provider.UserID `json:"providerUserId" schema:"required"`
	UserID         string          `json:"userId"`
	Username       string          `json:"username"`
}

func (a *api) createBinding(ctx context.Context, req newBinding) (bindingBody, error) {
	b, err := a.services.Logins.Bind(ctx, tenantOf(ctx), identity.NewBinding(req))
	return bindingOf(b), err
}

// decodeBindingID reads the {id} of the path, like decodeID.
func decodeBindingID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if len(id) > maxBindingID {
		return "", errNoRecord()
	}
	return id, nil
}

func (a *api) deleteBinding(ctx context.Context, id string) (any, error) {
	return nil, a.services.Logins.Unbind(ctx, tenantOf(ctx), id)
}

func (a *api) deleteOwnBinding(ctx context.Context, id string) (any, error) {
	return nil, a.services.Logins.UnbindOwn(ctx, tenantOf(ctx), id)
}

// bindOwnBody is the body of POST /bindings/own.
type bindOwnBody struct {
	Proof string `json:"proof" schema:"required"`
}

func (a *api) decodeBindOwn(r *http.Request) (identity.BindOwn, error) {
	body, err := decodeBody[bindOwnBody](r)
	return a.ownProof(r, body.Proof), err
}

// ownProof is a proof that the browser of a request hands in. Without the
// browser's secret it will be refused.
func (a *api) ownProof(r *http.Request, proof string) identity.BindOwn {
	browser, _ := a.browserOf(r)
	return identity.BindOwn{
		Proof: provider.NewSecret(proof), Browser: browser, Everywhere: !callFrom(r.Context()).principal.Bounded,
	}
}

func (a *api) bindOwn(ctx context.Context, req identity.BindOwn) (bindingBody, error) {
	b, err := a.services.Logins.BindOwn(ctx, tenantOf(ctx), req)
	return bindingOf(b), err
}
