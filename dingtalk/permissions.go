package dingtalk

import (
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// right is a permission as DingTalk's console names it (docs, permission line
// of each API's page, read 2026-11-22).
type right struct {
	code string
	name string
	// needed says what in this module needs it.
	needed provider.Text
	// directory is true for what the reading of the directory needs, writing for
	// what writing to it does, finding for finding by mobile number.
	directory, writing, finding bool
	// hides are the fields of people that come empty without it.
	hides []string
}

//nolint:gochecknoglobals // constant table
var (
	rightBase = right{
		code: "qyapi_base", name: "调用企业API基础权限",
		needed: provider.Text{ZH: "获取凭证、发送工作通知、上传媒体文件", EN: "access token, work notifications, uploads"},
	}
	rightDepartments = right{
		code: "qyapi_get_department_list", name: "通讯录部门信息读权限",
		needed:    provider.Text{ZH: "同步部门", EN: "reading departments"},
		directory: true,
	}
	rightMembers = right{
		code: "qyapi_get_department_member", name: "通讯录部门成员读权限",
		needed:    provider.Text{ZH: "同步部门成员", EN: "reading the members of departments"},
		directory: true,
	}
	rightPerson = right{
		code: "qyapi_get_member", name: "成员信息读权限",
		needed:    provider.Text{ZH: "查询成员详情", EN: "reading a single person"},
		directory: true,
	}
	rightByMobile = right{
		code: "qyapi_get_member_by_mobile", name: "根据手机号姓名获取成员信息的接口访问权限",
		needed:  provider.Text{ZH: "按手机号查找成员", EN: "finding a person by mobile number"},
		finding: true,
	}
	rightRobot = right{
		code: "qyapi_robot_sendmsg", name: "企业内机器人发送消息权限",
		needed: provider.Text{ZH: "以机器人发送、查询和撤回消息", EN: "sending, tracking and recalling messages of the robot"},
	}
	rightWrite = right{
		code: "qyapi_manage_addresslist", name: "维护通讯录的接口访问权限",
		needed: provider.Text{
			ZH: "将部门和成员推送到钉钉", EN: "pushing departments and people to DingTalk",
		},
		writing: true,
	}
	rightUserToken = right{
		code: "open_app_api_base", name: "获取开放接口用户访问凭证的基础权限",
		needed: provider.Text{ZH: "扫码登录", EN: "login with a browser"},
	}
	rightSelf = right{
		code: "Contact.User.Read", name: "通讯录个人信息读权限",
		needed: provider.Text{ZH: "扫码登录", EN: "login with a browser"},
	}
	// DingTalk's documentation prints only the names of the field permissions;
	// their codes are not confirmed.
	rightMobile = right{
		code: "fieldMobile", name: "企业员工手机号信息",
		needed:    provider.Text{ZH: "按手机号匹配成员", EN: "matching people by mobile number"},
		directory: true,
		hides:     []string{"mobile"},
	}
	rightEmail = right{
		code: "fieldEmail", name: "邮箱等个人信息",
		needed:    provider.Text{ZH: "同步邮箱和扩展字段", EN: "email addresses and custom fields"},
		directory: true,
		hides:     []string{"email", "extension"},
	}
)

// label is the right's name with its code, as an administrator searches for it.
func (r right) label() string {
	if r.name == "" {
		return r.code
	}
	return r.name + " (" + r.code + ")"
}

// grantRemedy tells an administrator to grant rights.
func grantRemedy(rights ...right) provider.Text {
	labels := make([]string, len(rights))
	for i, r := range rights {
		labels[i] = r.label()
	}
	return provider.Text{
		ZH: "请在钉钉开放平台的应用「权限管理」中开通：" + strings.Join(labels, "、"),
		EN: "grant " + strings.Join(labels, ", ") + " on the app's permission page (权限管理) of DingTalk's open platform",
	}
}

// confirmRemedy tells an administrator to look for a right that could not be
// checked.
func confirmRemedy(r right) provider.Text {
	return provider.Text{
		ZH: "未能自动检测，请在钉钉开放平台的应用「权限管理」中确认已开通：" + r.label(),
		EN: "could not be checked; make sure that " + r.label() + " is granted on the app's permission page (权限管理) of DingTalk's open platform",
	}
}

// scopeRights turns the scopes a refusal names into rights; unknown ones keep
// their code.
func scopeRights(codes []string) []right {
	rights := make([]right, len(codes))
	for i, c := range codes {
		rights[i] = right{code: c}
		for _, known := range []right{rightBase, rightDepartments, rightMembers, rightPerson, rightByMobile, rightRobot, rightUserToken, rightSelf} {
			if known.code == c {
				rights[i] = known
			}
		}
	}
	return rights
}
