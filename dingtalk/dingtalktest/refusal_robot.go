package dingtalktest

import "net/http"

// Refusals of the robot API (docs, error tables of "batch send of one-to-one
// messages by robot" and its companions, read 2026-11-22). The names are the
// documentation's, spelling included; the texts are ours.
var (
	errRobotCodeEmpty   = robotRefusal("invalidParameter.robotCode.empty", "robotCode不能为空")
	errRobotCodeUnknown = robotRefusal("invalidParameter.robotCode.notExsit", "robotCode不存在")
	errRobotCodeOthers  = robotRefusal("invalidParameter.robotCode.auth", "robotCode不属于当前应用")
	errUserIDsEmpty     = robotRefusal("invalidParameter.userIds.empty", "userIds不能为空")
	errUserIDsTooMany   = robotRefusal("invalidParameter.userIds.overMax", "userIds超过上限")
	errMsgKeyEmpty      = robotRefusal("invalidParameter.msgKey.empty", "msgKey不能为空")
	errMsgKeyUnknown    = robotRefusal("invalidParameter.msgKey.invalid", "msgKey无效")
	errMsgParam         = robotRefusal("invalidParameter.msgParam.invalid", "msgParam无效")
	errMsgParamTooLong  = robotRefusal("invalidParameter.msgParam.tooLong", "msgParam超长")
	errParam            = robotRefusal("invalidParameter.param.invalid", "参数无效")
	errKeyAbsent        = robotRefusal("invalidParameter.processQueryKey.missing", "缺少processQueryKey")
	errKeyInvalid       = robotRefusal("invalid.processQueryKey", "processQueryKey无效")
	errKeyExpired       = robotRefusal("processQueryKey.expireTime", "processQueryKey已过期或消息尚未发送完成")
	errKeysTooMany      = robotRefusal("invalidParameter.processQueryKeys.overMax", "processQueryKeys超过上限")
	errCursor           = robotRefusal("invalidParameter.cursor.invalid", "nextToken无效")
	errPageSize         = robotRefusal("invalidParameter.pageSize.invalid", "maxResults无效")
	errGroupMissing     = robotRefusal("miss.openConversationId", "缺少openConversationId")
	errGroupInvalid     = robotRefusal("invalid.openConversationId", "openConversationId无效")
	errGroupForeign     = robotRefusal("conversation.org.notMatch", "群不属于当前企业")
	errGroupDisbanded   = robotRefusal("group.disbanded", "群已解散")
)

func robotRefusal(name, text string) *refusal {
	return &refusal{status: http.StatusBadRequest, name: name, message: text}
}

// Refusals of custom robots (docs, "custom robot", read 2026-11-22). The texts
// of 310000 are the documented ones, their link and the other texts are ours.
// errWebhookTooLong is not documented; users of custom robots quote it.
var (
	errWebhookToken     = &refusal{code: 400101, text: "robot not found, access_token is invalid"}
	errWebhookStopped   = &refusal{code: 400102, text: "机器人已停用"}
	errWebhookGone      = &refusal{code: 400106, text: "机器人不存在"}
	errWebhookDisbanded = &refusal{code: 400013, text: "群已被解散"}
	errWebhookType      = &refusal{code: 400105, text: "不支持的消息类型"}
	errWebhookTooLong   = &refusal{code: 460101, text: "message too long, exceed 20000 bytes"}
	errWebhookTooFast   = &refusal{code: 410100, text: "发送速度太快而限流"}
	errWebhookKeywords  = &refusal{code: codeWebhookSecurity, text: "keywords not in content, more: [" + webhookHelp + "]"}
	errWebhookTimestamp = &refusal{code: codeWebhookSecurity, text: "invalid timestamp, more: [" + webhookHelp + "]"}
	errWebhookSign      = &refusal{code: codeWebhookSecurity, text: "sign not match, more: [" + webhookHelp + "]"}
)

const (
	codeWebhookSecurity = 310000
	webhookHelp         = "https://open.dingtalk.com/document/robots/customize-robot-security-settings"
)

// webhookAddress refuses a call from outside of a custom robot's IP list.
func webhookAddress(host string) *refusal {
	return &refusal{code: codeWebhookSecurity, text: "ip " + host + " not in whitelist, more: [" + webhookHelp + "]"}
}
