package dingtalktest

import "slices"

// Permission codes (docs, the permission line of each endpoint's page, read
// 2026-11-22). The comment gives the name the developer console shows.
const (
	// PermissionBase is 调用企业API基础权限: tokens, work notifications,
	// uploads, contact scope.
	PermissionBase = "qyapi_base"
	// PermissionDepartments is 通讯录部门信息读权限.
	PermissionDepartments = "qyapi_get_department_list"
	// PermissionMembers is 通讯录部门成员读权限.
	PermissionMembers = "qyapi_get_department_member"
	// PermissionPerson is 成员信息读权限.
	PermissionPerson = "qyapi_get_member"
	// PermissionByMobile is 根据手机号获取成员信息.
	PermissionByMobile = "qyapi_get_member_by_mobile"
	// PermissionRobot is 企业内机器人发送消息权限: the robot API.
	PermissionRobot = "qyapi_robot_sendmsg"
	// PermissionSelf is 通讯录个人信息读权限: who the token of a user stands for.
	PermissionSelf = "Contact.User.Read"
	// PermissionSelfMobile is 个人手机号信息; without it that comes without
	// mobile.
	PermissionSelfMobile = "Contact.User.mobile"
	// PermissionWrite is 维护通讯录的接口访问权限: creating, updating and
	// deleting people and departments.
	PermissionWrite = "qyapi_manage_addresslist"
	// PermissionMobile is the field permission 企业员工手机号信息; without it
	// people come without mobile. The documentation prints no code for it.
	PermissionMobile = "fieldMobile"
	// PermissionEmail is the field permission 邮箱等个人信息; without it people
	// come without mail address, work place, remark and extension. The
	// documentation prints no code for it.
	PermissionEmail = "fieldEmail"
)

// AllPermissions returns every permission code the emulator knows.
func AllPermissions() []string {
	return []string{
		PermissionBase, PermissionDepartments, PermissionMembers, PermissionPerson,
		PermissionByMobile, PermissionRobot, PermissionSelf, PermissionSelfMobile, PermissionWrite, PermissionMobile, PermissionEmail,
	}
}

// Without returns codes less the removed ones, for apps that lack something:
//
//	app.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionMobile)
func Without(codes []string, removed ...string) []string {
	return slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return slices.Contains(removed, c) })
}
