package dingtalktest

import "net/http"

// refusal is why a call is not served, in the terms of both API generations.
// Numbers and texts are those of DingTalk's table of global error codes (docs,
// "global error codes", read 2026-11-22) unless a comment says otherwise.
type refusal struct {
	// code and text are for the old API.
	code int
	text string
	// gateway errors come from in front of /topapi, which wraps them in 88.
	gateway bool

	// status, name and message are for the new API; a zero status stands for
	// 400 and an empty message for text.
	status  int
	name    string
	message string
	// scopes are the permissions that are missing.
	scopes []string
}

// codeGateway is the code of refusals wrapped by the gateway of /topapi.
const codeGateway = 88

var (
	errBusy = &refusal{code: -1, text: "系统繁忙", status: http.StatusInternalServerError, name: "systemBusy"}

	// errGatewayBusy has no sub_code: the service that knows about permissions
	// did not answer in time.
	errGatewayBusy = &refusal{gateway: true, status: http.StatusInternalServerError, name: "systemBusy", message: "系统繁忙"}

	errNeedGET     = &refusal{code: 43001, text: "需要GET请求"}
	errNeedPOST    = &refusal{code: 43002, text: "需要POST请求"}
	errContentType = &refusal{code: 43004, text: "无效的HTTP HEADER Content-Type", name: "invalidParameter"}
	errCharset     = &refusal{code: 43005, text: "需要Content-Type为application/json;charset=UTF-8", name: "invalidParameter"}
	errJSON        = &refusal{code: 47001, text: "解析JSON/XML内容错误", name: "invalidParameter"}
	// errTooLarge: seen nowhere for these endpoints, taken from the table as
	// the nearest meaning.
	errTooLarge = &refusal{code: 41102, text: "参数值过大", name: "invalidParameter"}
	// errNoURI: the answer also to a new path without its version, at status
	// 200 (seen with made-up credentials, 2026-09-11).
	errNoURI = &refusal{code: 404, text: "请求的URI地址不存在"}
	// errNoAction: seen; the documentation does not name it.
	errNoAction = &refusal{
		status: http.StatusNotFound, name: "InvalidAction.NotFound",
		message: "Specified api is not found, please check your url and method.",
	}

	// errTokenBlank is how /topapi says that there is no token (seen with
	// made-up credentials, 2026-09-11); other paths answer errTokenMissing.
	errTokenBlank = &refusal{
		code: 40000, text: "access_token is blank", gateway: true,
		name: "AuthenticationFailed.MissingParameter", message: "缺少参数：x-acs-dingtalk-access-token",
	}
	errTokenMissing = &refusal{code: 41001, text: "缺少access_token参数"}
	errTokenInvalid = &refusal{code: 40014, text: "不合法的access_token", gateway: true, name: "InvalidAuthentication"}
	errTokenExpired = &refusal{
		code: 42001, text: "access_token超时", gateway: true,
		name: "InvalidAuthentication", message: "不合法的access_token",
	}

	// errKeyMissing and errKeyUnknown: seen with made-up credentials,
	// 2026-09-11; the table has only 40089, which speaks of the secret.
	errKeyMissing  = &refusal{code: 40035, text: "缺少参数 corpid or appkey", name: "invalidClientIdOrSecret", message: "无效的clientId或者clientSecret"}
	errKeyUnknown  = &refusal{code: 40096, text: "不合法的appKey或appSecret", name: "invalidClientIdOrSecret", message: "无效的clientId或者clientSecret"}
	errSecretWrong = &refusal{code: 40089, text: "不合法的corpId或corpSecret", name: "invalidClientIdOrSecret", message: "无效的clientId或者clientSecret"}

	errThrottled = &refusal{
		code: 90018, text: "您的应用调用该接口过于频繁，请求被暂时禁用了",
		status: http.StatusForbidden, name: "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
	}

	errParameter       = &refusal{code: 400002, text: "参数错误", name: "invalidParameter"}
	errIllegal         = &refusal{code: 40035, text: "不合法的参数"}
	errOffset          = &refusal{code: 40068, text: "不合法的偏移量"}
	errSize            = &refusal{code: 40069, text: "不合法的分页大小"}
	errUserID          = &refusal{code: 33012, text: "无效的USERID"}
	errMobile          = &refusal{code: 40104, text: "企业中无效的手机号"}
	errNoPerson        = &refusal{code: 60121, text: "找不到该用户"}
	errNoDepartment    = &refusal{code: 60003, text: "部门不存在"}
	errPersonScope     = &refusal{code: 50002, text: "企业员工不在授权范围"}
	errDepartmentScope = &refusal{code: 50004, text: "企业部门不在授权范围"}

	errAgentMissing    = &refusal{code: 41011, text: "缺少agentid"}
	errAgent           = &refusal{code: 40056, text: "不合法的agentid"}
	errMessageType     = &refusal{code: 40008, text: "不合法的消息类型"}
	errMediaID         = &refusal{code: 40007, text: "不合法的媒体文件id"}
	errTooLong         = &refusal{code: 34016, text: "会话消息的内容超长"}
	errTooMany         = &refusal{code: 41029, text: "超过消息接收者人数上限"}
	errEveryoneTooMuch = &refusal{code: 41045, text: "单应用全员消息/每天总量超限"}

	// The texts of these are ours, the numbers the documentation's.
	errMediaType    = &refusal{code: 40004, text: "不合法的媒体文件类型"}
	errMediaFormat  = &refusal{code: 40005, text: "不合法的文件类型"}
	errMediaSize    = &refusal{code: 40006, text: "不合法的文件大小"}
	errNoMedia      = &refusal{code: 41005, text: "缺少多媒体文件数据"}
	errEmptyMedia   = &refusal{code: 44001, text: "多媒体文件为空"}
	errNotMultipart = &refusal{code: 43008, text: "需要使用multipart/form-data类型上传文件"}
	errStatusBar    = &refusal{code: 41052, text: "消息接收者过多或消息未发送完成"}

	// errUpstream is a server behind the gateway that did not answer in time.
	errUpstream = &refusal{code: codeUpstream, text: "isp.top-remote-connection-timeout"}
)

// codeUpstream is an error of a server behind the gateway; the text is its
// sub_code.
const codeUpstream = 15

// missingPermission refuses a call for which the app lacks a permission.
func missingPermission(clientID, permission string) *refusal {
	text := "应用尚未开通所需的权限：[" + permission + "]，点击链接申请并开通即可：" +
		"https://open-dev.dingtalk.com/appscope/apply?content=" + clientID + "%23" + permission
	return &refusal{
		code: 60011, text: text, gateway: true,
		status: http.StatusForbidden, name: "Forbidden.AccessDenied.AccessTokenPermissionDenied",
		scopes: []string{permission},
	}
}

// addressNotListed refuses a call from outside of the app's IP whitelist.
func addressNotListed(address, clientID string) *refusal {
	return &refusal{
		code: 60020, text: "访问ip不在白名单之中, request ip=" + address + " appKey(" + clientID + ")",
		status: http.StatusForbidden, name: "Forbidden.AccessDenied.IpNotInWhiteList",
	}
}
