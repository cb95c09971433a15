package dingtalktest

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
)

// writeRoutes are the calls of the old contact API that change departments and
// people.
func writeRoutes() []route {
	at := func(path string, serve func(*call) *refusal) route {
		return route{oldAPI, http.MethodPost, "/topapi/v2/" + path, appToken, PermissionWrite, anyBody, serve}
	}
	return []route{
		at("department/create", (*call).createDepartment),
		at("department/update", (*call).updateDepartment),
		at("department/delete", (*call).deleteDepartment),
		at("user/create", (*call).createPerson),
		at("user/update", (*call).updatePerson),
		at("user/delete", (*call).deletePerson),
	}
}

// Refusals of writing. Which of several that fit is answered is our reading.
var (
	errDepartmentID     = &refusal{code: 40009, text: "不合法的部门id"}
	errDepartmentOrder  = &refusal{code: 40011, text: "不合法的部门排序"}
	errDepartmentName   = &refusal{code: 60001, text: "不合法的部门名称"}
	errNoParent         = &refusal{code: 60004, text: "父部门不存在"}
	errHoldsPeople      = &refusal{code: 60005, text: "不允许删除有成员的部门"}
	errHoldsDepartments = &refusal{code: 60006, text: "不允许删除有子部门的部门"}
	errRootRemoved      = &refusal{code: 60007, text: "不允许删除根部门"}
	errNameCharacters   = &refusal{code: 60009, text: "部门名称含有非法字符"}
	errCircle           = &refusal{code: 60010, text: "部门存在循环关系"}
	errRootChanged      = &refusal{code: 60018, text: "不允许修改根部门"}
	errSiblingName      = &refusal{code: 60021, text: "父部门下该部门名称已存在"}
	errManagers         = &refusal{code: 40031, text: "不合法的UserID列表"}

	errMobileFixed   = &refusal{code: 40022, text: "企业中的手机号码和登录钉钉的手机号码不一致，暂时不支持修改用户信息，可以删除后重新添加"}
	errDepartments   = &refusal{code: 40025, text: "无效的部门列表"}
	errInvited       = &refusal{code: 40103, text: "已向该用户发送加入企业的邀请，待用户同意后加入"}
	errUserIDTaken   = &refusal{code: 60102, text: "UserID在公司中已存在"}
	errMobileForm    = &refusal{code: 60103, text: "手机号码不合法"}
	errMobileTaken   = &refusal{code: 60104, text: "手机号码在公司中已存在"}
	errEmailTaken    = &refusal{code: 60106, text: "邮箱已存在"}
	errUserIDMissing = &refusal{code: 60111, text: "userid不存在"}
	errPersonName    = &refusal{code: 60112, text: "无效的姓名"}
	errNoIdentity    = &refusal{code: 60113, text: "缺少手机号等身份信息"}
	errExtension     = &refusal{code: 60122, text: "扩展属性格式错误"}
	errJobNumber     = &refusal{code: 60123, text: "无效的工号"}
	errManager       = &refusal{code: 60128, text: "无效的主管id"}
)

// Error implements error, so that checks inside a change can refuse it.
func (r *refusal) Error() string { return r.text }

// refusalOf turns the error of a change into an answer; otherwise is that for
// an error that no check gave.
func refusalOf(err error, otherwise *refusal) *refusal {
	var refused *refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refused
	}
	return otherwise
}

// numbers returns the elements of a list of ids separated by commas.
func (p params) numbers(name string) (list []int64, valid bool) {
	for _, text := range p.list(name) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n <= 0 {
			return nil, false
		}
		list = append(list, n)
	}
	return list, true
}

// forced tells whether force_update_fields names a field, which may then be
// cleared.
func (c *call) forced(field string) bool {
	return slices.Contains(c.params.list("force_update_fields"), field)
}
