package dingtalk

import (
	"context"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// externalContact is the contact type of somebody outside of the company.
const externalContact = 1

// DepartmentByID returns one department. DingTalk tells the order of
// departments only in the listing of their parent: Order is 0.
func (p *Provider) DepartmentByID(ctx context.Context, id provider.DepartmentID) (provider.Department, error) {
	n, err := departmentNumber(apiDepartment, id)
	if err != nil {
		return provider.Department{}, err
	}
	d, err := p.department(ctx, n)
	if err != nil {
		return provider.Department{}, err
	}
	found := provider.Department{ID: id, Name: string(d.Name)}
	if n != rootDepartment && d.ParentID > 0 {
		found.ParentID = departmentID(int64(d.ParentID))
	}
	return found, nil
}

// PersonByID returns one person with all memberships and the manager. Somebody
// who has left, or has not yet accepted the invitation, is NotFound.
func (p *Provider) PersonByID(ctx context.Context, id provider.UserID) (provider.Person, error) {
	if id == "" {
		return provider.Person{}, invalid(apiUser, "user id is empty")
	}
	u, got, err := askResult[wire.SingleUser](ctx, p.client, request{
		api: apiUser, body: wire.UserRequest{UserID: string(id), Language: p.language},
	})
	if err != nil {
		return provider.Person{}, err
	}
	if !strings.EqualFold(string(u.UserID), string(id)) {
		return provider.Person{}, p.client.malformed(apiUser, got)
	}
	return singlePerson(u), nil
}

// PersonByMobile returns the person with a number in the form of
// provider.Person.Mobile; +86- in front of a mainland number is allowed. It
// takes two calls.
func (p *Provider) PersonByMobile(ctx context.Context, mobile string) (provider.Person, error) {
	if mobile == "" {
		return provider.Person{}, invalid(apiUserByMobile, "mobile is empty")
	}
	number := dingtalkMobile(mobile)
	return p.found(ctx, request{
		api: apiUserByMobile, body: wire.MobileRequest{Mobile: number}, private: []string{number},
	})
}

// PersonByUnionID returns the person with a union id. An external contact is
// NotFound. It takes two calls.
func (p *Provider) PersonByUnionID(ctx context.Context, id provider.UnionID) (provider.Person, error) {
	if id == "" {
		return provider.Person{}, invalid(apiUserByUnionID, "union id is empty")
	}
	return p.found(ctx, request{api: apiUserByUnionID, body: wire.UnionIDRequest{UnionID: string(id)}})
}

// found makes a look-up and reads the person it names.
func (p *Provider) found(ctx context.Context, lookUp request) (provider.Person, error) {
	who, got, err := askResult[wire.FoundUser](ctx, p.client, lookUp)
	switch {
	case err != nil:
		return provider.Person{}, err
	case who.ContactType == externalContact:
		e := p.client.failure(lookUp.api, provider.NotFound, nil, true)
		e.RequestID = got.requestID
		return provider.Person{}, e
	case who.UserID == "":
		return provider.Person{}, p.client.malformed(lookUp.api, got)
	}
	return p.PersonByID(ctx, provider.UserID(who.UserID))
}
