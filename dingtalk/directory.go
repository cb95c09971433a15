package dingtalk

import (
	"context"
	"fmt"
	"strconv"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// Departments returns the children of a department, all in one page: listsub
// has no paging and goes one level down. Their order is that of the answer.
func (p *Provider) Departments(
	ctx context.Context, parent provider.DepartmentID, at provider.Cursor,
) (provider.DepartmentPage, error) {
	if at != "" {
		return provider.DepartmentPage{}, invalid(apiDepartmentChild, "there is one page only")
	}
	id, err := departmentNumber(apiDepartmentChild, parent)
	if err != nil {
		return provider.DepartmentPage{}, err
	}
	list, got, err := askResult[[]wire.Department](ctx, p.client, request{
		api: apiDepartmentChild, body: wire.DepartmentRequest{DeptID: id, Language: p.language},
	})
	if err != nil {
		return provider.DepartmentPage{}, err
	}
	page := provider.DepartmentPage{Departments: make([]provider.Department, len(list))}
	for i, d := range list {
		if d.DeptID == 0 || int64(d.DeptID) == id {
			return provider.DepartmentPage{}, p.client.malformed(apiDepartmentChild, got)
		}
		page.Departments[i] = provider.Department{
			ID: departmentID(int64(d.DeptID)), ParentID: departmentID(id), Name: string(d.Name), Order: int64(i),
		}
	}
	return page, nil
}

// People returns up to 100 direct members of a department. Each person has one
// membership, the one in this department: DingTalk tells order and leader only
// of the department that is listed.
func (p *Provider) People(
	ctx context.Context, department provider.DepartmentID, at provider.Cursor,
) (provider.PersonPage, error) {
	id, err := departmentNumber(apiUserList, department)
	if err != nil {
		return provider.PersonPage{}, err
	}
	cursor, err := cursorNumber(at)
	if err != nil {
		return provider.PersonPage{}, err
	}
	page, got, err := p.userPage(ctx, id, cursor)
	if err != nil {
		return provider.PersonPage{}, err
	}
	people := make([]provider.Person, len(page.List))
	for i, u := range page.List {
		if u.UserID == "" {
			return provider.PersonPage{}, p.client.malformed(apiUserList, got)
		}
		people[i] = listedPerson(u, department)
	}
	out := provider.PersonPage{People: people}
	if *page.HasMore {
		out.Next = provider.Cursor(strconv.FormatInt(int64(page.NextCursor), 10))
	}
	return out, nil
}

// userPage reads a page and refuses one that cannot be continued or does not
// say whether it is the last.
func (p *Provider) userPage(ctx context.Context, department, cursor int64) (wire.UserPage, answer, error) {
	page, got, err := askResult[wire.UserPage](ctx, p.client, request{api: apiUserList, body: wire.UserListRequest{
		DeptID: department, Cursor: cursor, Size: peoplePageSize, Language: p.language,
	}})
	if err == nil && (page.HasMore == nil || (bool(*page.HasMore) && int64(page.NextCursor) <= cursor)) {
		err = p.client.malformed(apiUserList, got)
	}
	return page, got, err
}

func departmentID(n int64) provider.DepartmentID {
	return provider.DepartmentID(strconv.FormatInt(n, 10))
}

// departmentNumber: DingTalk counts its departments; 1 is the root.
func departmentNumber(a api, id provider.DepartmentID) (int64, error) {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil || n <= 0 {
		return 0, invalid(a, fmt.Sprintf("department id %q is not a positive number", id))
	}
	return n, nil
}

func cursorNumber(at provider.Cursor) (int64, error) {
	if at == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(at), 10, 64)
	if err != nil || n <= 0 {
		return 0, invalid(apiUserList, fmt.Sprintf("cursor %q was not returned by this call", at))
	}
	return n, nil
}
