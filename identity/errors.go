package identity

import (
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The refusals of this package; find them with errors.Is, which goes by the
// reason. The Chinese texts of ErrUnbound, ErrWrongCode and ErrBoundElsewhere
// are what existing front ends show.
var (
	// ErrState: the login was not begun here, by this browser and lately, or was
	// finished already.
	ErrState = tenant.Refuse(provider.InvalidArgument, "invalid_state",
		"登录已失效，请重新登录", "the login has expired or was begun elsewhere; start again")
	// ErrTicket: not a ticket of this browser that is still good.
	ErrTicket = tenant.Refuse(provider.Unauthenticated, "invalid_ticket",
		"登录凭证无效或已使用，请重新登录", "the login ticket is not valid or was used already; log in again").WithField("ticket")
	// ErrProof: as ErrTicket, of what somebody proved to be at the office app.
	ErrProof = tenant.Refuse(provider.InvalidArgument, "invalid_proof",
		"身份凭证无效或已过期，请重新扫码", "the proof of who you are is not valid any more; scan again").WithField("proof")
	// ErrDeclined: the person did not agree at the office app.
	ErrDeclined = tenant.Refuse(provider.PermissionDenied, "declined",
		"您已取消登录", "you did not agree to the login")
	// ErrUnbound: the member has no account. Details is an [UnboundDetails].
	ErrUnbound = tenant.Refuse(provider.PermissionDenied, "unbound",
		"该用户没有同步，请先同步！", "you have no account here yet; ask an administrator of the tenant to add you")
	// ErrSuspended and the following: the account may not be used.
	ErrSuspended = tenant.Refuse(provider.PermissionDenied, "suspended",
		"您在该租户的账号已被停用，请联系管理员", "your account is suspended in this tenant; ask an administrator")
	// ErrDisabled: on the whole platform.
	ErrDisabled = tenant.Refuse(provider.PermissionDenied, "disabled",
		"该用户已冻结", "your account is disabled; ask an administrator")
	// ErrPending: waits to be admitted.
	ErrPending = tenant.Refuse(provider.PermissionDenied, "pending",
		"您的账号正在等待管理员审核，请联系管理员", "your account waits for an administrator to admit it; ask one")
	// ErrLeft: the member has left the company.
	ErrLeft = tenant.Refuse(provider.PermissionDenied, "left",
		"您已离开该企业，不能登录；如有误请联系管理员", "you have left this company and cannot log in; if that is wrong, ask an administrator")
	// ErrStranger: the account is not of this tenant.
	ErrStranger = tenant.Refuse(provider.PermissionDenied, "not_a_member",
		"您不是该租户的成员，请联系管理员", "you are not a member of this tenant; ask an administrator to add you")
	// ErrBoundElsewhere: the member has another account.
	ErrBoundElsewhere = tenant.Refuse(provider.AlreadyExists, "bound_elsewhere",
		"该第三方账号已绑定其它账号，请先解绑", "this member is bound to another account; unbind that one first")
	// ErrAccountBound: the account belongs to another member.
	ErrAccountBound = tenant.Refuse(provider.AlreadyExists, "account_bound",
		"该账号已被其它第三方账号绑定，请先解绑", "this account is bound to another member; unbind that one first")
	// ErrBindingNotFound: the tenant, or the person, has no such binding.
	ErrBindingNotFound = tenant.Refuse(provider.NotFound, "not_found",
		"未找到该第三方账户信息", "no such binding")
	// ErrReturnURL: not on the tenant's list.
	ErrReturnURL = tenant.Refuse(provider.InvalidArgument, "invalid_return_url",
		"返回地址不在该租户的允许列表中，请在登录设置的returnUrls中添加", "the return address is not on the tenant's list; add it to returnUrls in the login settings").WithField("returnUrl")
	// ErrPageURL: a page to be signed is not on it.
	ErrPageURL = tenant.Refuse(provider.InvalidArgument, "invalid_page_url",
		"页面地址不在该租户的允许列表中，请在登录设置的returnUrls中添加", "the page is not on the tenant's list of return addresses; add it to returnUrls in the login settings").WithField("url")
	// ErrNoCodes: mobile numbers are not verified here.
	ErrNoCodes = tenant.Refuse(provider.Unsupported, "no_verification",
		"未开通手机号验证，请以其他方式绑定或联系管理员", "verification of mobile numbers is not offered; bind the account another way, or ask an administrator")
	// ErrWrongCode: the code is not the one that was sent.
	ErrWrongCode = tenant.Refuse(provider.InvalidArgument, "wrong_code",
		"验证码错误", "the verification code is wrong or has expired").WithField("code")
	// ErrManyTries: too many for one proof, or within an hour for one member or
	// one number.
	ErrManyTries = tenant.Refuse(provider.ResourceExhausted, "many_tries",
		"尝试次数过多，请重新扫码", "too many tries; scan again")
	// errTriesOfHour is the ErrManyTries of which another scan is no way out.
	errTriesOfHour = tenant.Refuse(provider.ResourceExhausted, "many_tries",
		"尝试次数过多，请一小时后再试，或联系管理员", "too many tries; try again in an hour, or ask an administrator")
	// ErrUnknownOrg: no tenant, or more than one, is connected to the company.
	ErrUnknownOrg = tenant.Refuse(provider.NotFound, "unknown_org",
		"未找到该企业对应的租户，请使用带租户ID的地址", "which tenant the company belongs to is not clear; use the address with the tenant's id").WithField("corpId")
)

// UnboundDetails is what somebody without an account can do.
type UnboundDetails struct {
	// Proof is good for binding an account of the same browser's session, or
	// for verifying a mobile number.
	Proof string `json:"proof"`
	// VerifyMobile is true when the latter is offered.
	VerifyMobile bool `json:"verifyMobile"`
	// Name is the member's.
	Name string `json:"name"`
}

// usable returns why an account may not be used, nil when it may.
func (a Account) usable() error {
	switch a.Status {
	case AccountActive:
		return nil
	case AccountPending:
		return ErrPending
	case AccountSuspended:
		return ErrSuspended
	case AccountDisabled:
		return ErrDisabled
	default:
		return ErrStranger
	}
}
