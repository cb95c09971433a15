package dingtalk

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// rootDepartment is the whole company.
const rootDepartment = 1

// Scope returns the root when the app may see the whole company, otherwise the
// topmost departments and the people it was granted one by one. These people
// may also be members of a granted department.
func (p *Provider) Scope(ctx context.Context) (provider.Scope, error) {
	granted, err := p.authScopes(ctx)
	if err != nil {
		return provider.Scope{}, err
	}
	return p.scopeOf(ctx, granted)
}

// grantedScope is what auth/scopes lists.
type grantedScope struct {
	departments []int64
	users       []provider.UserID
	// fields are the fields of people the app may see.
	fields []wire.Text
}

func (g grantedScope) whole() bool { return slices.Contains(g.departments, rootDepartment) }

func (p *Provider) authScopes(ctx context.Context) (grantedScope, error) {
	auth, got, err := ask[wire.AuthScopes](ctx, p.client, request{api: apiAuthScopes})
	if err != nil {
		return grantedScope{}, err
	}
	if auth.Org == nil {
		return grantedScope{}, p.client.malformed(apiAuthScopes, got)
	}
	g := grantedScope{departments: auth.Org.Departments, fields: auth.UserFields}
	if g.whole() {
		return g, nil // everybody is below the root
	}
	for _, u := range auth.Org.Users {
		g.users = append(g.users, provider.UserID(u))
	}
	return g, nil
}

func (p *Provider) scopeOf(ctx context.Context, g grantedScope) (provider.Scope, error) {
	if g.whole() {
		g.departments = []int64{rootDepartment}
	}
	s := provider.Scope{People: g.users}
	var gone error
	tops := topFinder{provider: p, granted: g.departments, seen: map[int64]wire.Department{}}
	for _, id := range g.departments {
		d, top, err := tops.look(ctx, id)
		if provider.CodeOf(err) == provider.NotFound { // removed, and granted still
			gone = err
			continue
		}
		if err != nil {
			return provider.Scope{}, err
		}
		if top {
			s.Departments = append(s.Departments, provider.Department{
				ID: departmentID(id), Name: string(d.Name), Order: int64(len(s.Departments)),
			})
		}
	}
	if len(s.Departments)+len(s.People) == 0 && gone != nil {
		return provider.Scope{}, gone
	}
	return s, nil
}

// topFinder finds the granted departments that are not below another granted
// one: an administrator may tick both.
type topFinder struct {
	provider *Provider
	granted  []int64
	seen     map[int64]wire.Department
}

// look returns a granted department and whether it is topmost. It climbs until
// it meets a granted department, the root, or one the app may not see: what is
// below a granted department is visible, so that none can be above that.
func (t *topFinder) look(ctx context.Context, id int64) (wire.Department, bool, error) {
	d, err := t.department(ctx, id)
	if err != nil {
		return d, false, err
	}
	visited := []int64{id}
	for parent := int64(d.ParentID); parent > rootDepartment; {
		if slices.Contains(t.granted, parent) {
			return d, false, nil
		}
		if slices.Contains(visited, parent) {
			break // moved while we read
		}
		visited = append(visited, parent)
		above, err := t.department(ctx, parent)
		if classOf(err) == outOfScope || provider.CodeOf(err) == provider.NotFound {
			break
		}
		if err != nil {
			return d, false, err
		}
		parent = int64(above.ParentID)
	}
	return d, true, nil
}

func (t *topFinder) department(ctx context.Context, id int64) (wire.Department, error) {
	if d, ok := t.seen[id]; ok {
		return d, nil
	}
	d, err := t.provider.department(ctx, id)
	if err == nil {
		t.seen[id] = d
	}
	return d, err
}

func (p *Provider) department(ctx context.Context, id int64) (wire.Department, error) {
	d, got, err := askResult[wire.Department](ctx, p.client, request{
		api: apiDepartment, body: wire.DepartmentRequest{DeptID: id, Language: p.language},
	})
	if err == nil && int64(d.DeptID) != id {
		err = p.client.malformed(apiDepartment, got)
	}
	if err != nil {
		return wire.Department{}, err
	}
	return d, nil
}
