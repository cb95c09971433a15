package providertest

import (
	"context"
	"slices"
	"strconv"

	"github.com/thirdapp/thirdapp/provider"
)

// Scope implements provider.DirectoryReader.
func (c *connection) Scope(ctx context.Context) (provider.Scope, error) {
	if _, err := c.begin(ctx, OpScope); err != nil {
		return provider.Scope{}, err
	}
	company := c.company()
	scope := provider.Scope{Departments: company.children("")}
	for _, p := range company.People {
		if len(p.Memberships) == 0 {
			scope.People = append(scope.People, p.UserID)
		}
	}
	return scope, nil
}

// Departments implements provider.DirectoryReader. It returns children, never
// subtrees.
func (c *connection) Departments(
	ctx context.Context, parent provider.DepartmentID, at provider.Cursor,
) (provider.DepartmentPage, error) {
	if _, err := c.begin(ctx, OpDepartments); err != nil {
		return provider.DepartmentPage{}, err
	}
	company := c.company()
	if _, ok := company.department(parent); !ok {
		return provider.DepartmentPage{}, c.fake.errorf(OpDepartments, provider.NotFound, "no such department")
	}
	page, next, err := cut(c.fake, OpDepartments, company.children(parent), at)
	return provider.DepartmentPage{Departments: page, Next: next}, err
}

// People implements provider.DirectoryReader.
func (c *connection) People(
	ctx context.Context, department provider.DepartmentID, at provider.Cursor,
) (provider.PersonPage, error) {
	if _, err := c.begin(ctx, OpPeople); err != nil {
		return provider.PersonPage{}, err
	}
	company := c.company()
	if _, ok := company.department(department); !ok {
		return provider.PersonPage{}, c.fake.errorf(OpPeople, provider.NotFound, "no such department")
	}
	page, next, err := cut(c.fake, OpPeople, company.members(department), at)
	return provider.PersonPage{People: page, Next: next}, err
}

// DepartmentByID implements provider.DepartmentFinder.
func (c *connection) DepartmentByID(ctx context.Context, id provider.DepartmentID) (provider.Department, error) {
	if _, err := c.begin(ctx, OpDepartments); err != nil {
		return provider.Department{}, err
	}
	company := c.company()
	d, ok := company.department(id)
	if !ok {
		return provider.Department{}, c.fake.errorf(OpDepartments, provider.NotFound, "no such department")
	}
	return d, nil
}

// PersonByID implements provider.PersonFinder.
func (c *connection) PersonByID(ctx context.Context, id provider.UserID) (provider.Person, error) {
	return c.find(ctx, func(p provider.Person) bool { return p.UserID == id })
}

// PersonByMobile implements provider.PersonFinder.
func (c *connection) PersonByMobile(ctx context.Context, mobile string) (provider.Person, error) {
	return c.find(ctx, func(p provider.Person) bool { return mobile != "" && p.Mobile == mobile })
}

// PersonByUnionID implements provider.PersonFinder.
func (c *connection) PersonByUnionID(ctx context.Context, id provider.UnionID) (provider.Person, error) {
	return c.find(ctx, func(p provider.Person) bool { return id != "" && p.UnionID == id })
}

func (c *connection) find(ctx context.Context, ok func(provider.Person) bool) (provider.Person, error) {
	if _, err := c.begin(ctx, OpPerson); err != nil {
		return provider.Person{}, err
	}
	p, found := c.company().person(ok)
	if !found {
		return provider.Person{}, c.fake.errorf(OpPerson, provider.NotFound, "no such person")
	}
	return p, nil
}

func (c *connection) company() Company {
	c.fake.mu.Lock()
	defer c.fake.mu.Unlock()
	return c.fake.company.clone()
}

// cut returns the page of a list that begins at a cursor.
func cut[T any](f *Fake, op Op, list []T, at provider.Cursor) ([]T, provider.Cursor, error) {
	start := 0
	if at != "" {
		n, err := strconv.Atoi(string(at))
		if err != nil || n < 0 || n > len(list) {
			return nil, "", f.errorf(op, provider.InvalidArgument, "malformed cursor")
		}
		start = n
	}
	end := min(start+f.cfg.PageSize, len(list))
	var next provider.Cursor
	if end < len(list) {
		next = provider.Cursor(strconv.Itoa(end))
	}
	return slices.Clone(list[start:end]), next, nil
}
