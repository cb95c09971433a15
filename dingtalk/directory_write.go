package dingtalk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

var _ provider.DirectoryWriter = (*Provider)(nil)

// Fields that an update clears only when they are named (docs, "update a
// department" and "update user information", field force_update_fields, read
// 2026-11-22).
const (
	forceManagers = "dept_manager_userid_list"
	forceManager  = "manager_userid"
)

// codeInvited is DingTalk's word that somebody was invited and is in the company
// when they agree.
const codeInvited = "40103"

// CreateDepartment creates a department. It is not repeated when it may have
// been carried out: a second attempt would find the first one's name.
func (p *Provider) CreateDepartment(ctx context.Context, w provider.DepartmentWrite) (provider.DepartmentID, error) {
	if err := refusedWrite(apiDepartmentCreate, w.Check(writeLimits(), true)); err != nil {
		return "", err
	}
	body, err := departmentWrite(apiDepartmentCreate, w)
	if err != nil {
		return "", err
	}
	created, got, err := askResult[wire.CreatedDepartment](ctx, p.client, request{api: apiDepartmentCreate, body: body})
	switch {
	case err != nil:
		return "", err
	case created.DeptID <= rootDepartment:
		return "", p.client.malformed(apiDepartmentCreate, got)
	}
	return departmentID(int64(created.DeptID)), nil
}

// UpdateDepartment changes a department. Its leaders are DingTalk's 部门主管.
func (p *Provider) UpdateDepartment(ctx context.Context, id provider.DepartmentID, w provider.DepartmentWrite) error {
	number, err := notRoot(apiDepartmentUpdate, id)
	if err != nil {
		return err
	}
	if err := refusedWrite(apiDepartmentUpdate, w.Check(writeLimits(), false)); err != nil {
		return err
	}
	body, err := departmentWrite(apiDepartmentUpdate, w)
	if err != nil {
		return err
	}
	body.DeptID = number
	_, err = p.client.call(ctx, request{api: apiDepartmentUpdate, body: body})
	return err
}

// DeleteDepartment removes an empty department.
func (p *Provider) DeleteDepartment(ctx context.Context, id provider.DepartmentID) error {
	number, err := notRoot(apiDepartmentDelete, id)
	if err != nil {
		return err
	}
	_, err = p.client.call(ctx, request{api: apiDepartmentDelete, body: wire.DepartmentRequest{DeptID: number}})
	return err
}

// CreatePerson adds somebody, or has DingTalk invite them: it invites those who
// have to agree, such as people who are in other companies.
func (p *Provider) CreatePerson(ctx context.Context, w provider.PersonWrite) (provider.CreatedPerson, error) {
	if err := refusedWrite(apiUserCreate, w.Check(writeLimits(), true)); err != nil {
		return provider.CreatedPerson{}, err
	}
	body, err := personWrite(apiUserCreate, w)
	if err != nil {
		return provider.CreatedPerson{}, err
	}
	body.UserID = string(w.UserID)
	created, got, err := askResult[wire.CreatedUser](ctx, p.client, request{
		api: apiUserCreate, body: body, private: privateOf(body),
	})
	if e, ok := asError(err); ok && e.Upstream == codeInvited {
		return provider.CreatedPerson{Invited: true}, nil
	}
	switch {
	case err != nil:
		return provider.CreatedPerson{}, err
	case created.UserID == "":
		return provider.CreatedPerson{}, p.client.malformed(apiUserCreate, got)
	}
	return provider.CreatedPerson{UserID: provider.UserID(created.UserID)}, nil
}

// UpdatePerson changes a person. Custom fields that w does not name stay.
func (p *Provider) UpdatePerson(ctx context.Context, id provider.UserID, w provider.PersonWrite) error {
	if id == "" {
		return invalid(apiUserUpdate, "user id is empty")
	}
	if err := refusedWrite(apiUserUpdate, w.Check(writeLimits(), false)); err != nil {
		return err
	}
	body, err := personWrite(apiUserUpdate, w)
	if err != nil {
		return err
	}
	body.UserID = string(id)
	if body.Extension != "" {
		body.ExtensionMode = wire.ExtensionAppend
	}
	if w.ManagerID != nil && *w.ManagerID == "" {
		body.ForceUpdate = forceManager
	}
	_, err = p.client.call(ctx, request{api: apiUserUpdate, body: body, private: privateOf(body)})
	return err
}

// DeletePerson removes somebody from the company.
func (p *Provider) DeletePerson(ctx context.Context, id provider.UserID) error {
	if id == "" {
		return invalid(apiUserDelete, "user id is empty")
	}
	_, err := p.client.call(ctx, request{api: apiUserDelete, body: wire.UserRequest{UserID: string(id)}})
	return err
}

// notRoot refuses the company itself, which is no department to be changed.
func notRoot(a api, id provider.DepartmentID) (int64, error) {
	number, err := departmentNumber(a, id)
	if err == nil && number == rootDepartment {
		return 0, invalid(a, "the root department never changes")
	}
	return number, err
}

// refusedWrite is the error for a write that a Check found wrong; nil for none.
func refusedWrite(a api, problems error) error {
	if problems == nil {
		return nil
	}
	return &provider.Error{
		Code: provider.InvalidArgument, Provider: provider.DingTalk, Op: a.path, Unsent: true, Err: problems,
	}
}

func departmentWrite(a api, w provider.DepartmentWrite) (wire.DepartmentWrite, error) {
	body := wire.DepartmentWrite{Name: w.Name, Order: w.Order}
	if w.ParentID != nil {
		parent, err := departmentNumber(a, *w.ParentID)
		if err != nil {
			return body, err
		}
		body.ParentID = &parent
	}
	if w.Leaders == nil {
		return body, nil
	}
	if len(*w.Leaders) == 0 {
		body.ForceUpdate = forceManagers // an empty list alone is refused
	}
	for _, id := range *w.Leaders {
		if id == "" || strings.Contains(string(id), ",") {
			return body, invalid(a, fmt.Sprintf("user id %q", id))
		}
	}
	body.Managers = joined(*w.Leaders)
	return body, nil
}

func personWrite(a api, w provider.PersonWrite) (wire.UserWrite, error) {
	body := wire.UserWrite{Name: w.Name, Email: w.Email, JobNumber: w.JobNumber, Title: w.Title}
	if w.Mobile != nil {
		number := dingtalkMobile(*w.Mobile)
		body.Mobile = &number
	}
	if w.ManagerID != nil {
		body.Manager = string(*w.ManagerID)
	}
	if len(w.Extension) > 0 {
		text, err := json.Marshal(w.Extension)
		if err != nil {
			return body, invalid(a, "extension has no JSON form")
		}
		body.Extension = string(text)
	}
	if w.Memberships == nil {
		return body, nil
	}
	var err error
	body.DeptIDs, body.DeptOrders, err = placesOf(a, *w.Memberships)
	return body, err
}

// placesOf returns a person's departments in both forms that DingTalk wants.
func placesOf(a api, list []provider.MembershipWrite) (string, []wire.DeptOrder, error) {
	ids := make([]provider.DepartmentID, len(list))
	var orders []wire.DeptOrder
	for i, m := range list {
		number, err := departmentNumber(a, m.DepartmentID)
		if err != nil {
			return "", nil, err
		}
		ids[i] = m.DepartmentID
		if m.Order != nil {
			orders = append(orders, wire.DeptOrder{DeptID: wire.Int(number), Order: wire.Int(smallerFirst(*m.Order))})
		}
	}
	return joined(ids), orders, nil
}

// joined makes the lists that DingTalk wants as text.
func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return strings.Join(texts, ",")
}

// privateOf lists what of a person must not stand in an error.
func privateOf(body wire.UserWrite) []string {
	var private []string
	for _, v := range []*string{body.Mobile, body.Email} {
		if v != nil {
			private = append(private, *v)
		}
	}
	return private
}
