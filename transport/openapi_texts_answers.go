package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// answerTexts are those of what every answer has around its result.
func answerTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[envelope](): {fields: fieldTexts{
			"success": {
				ZH: "操作是否成功",
				EN: "whether the operation succeeded",
			},
			"message": {
				ZH: "给人看的提示，语言取自Accept-Language，默认中文；成功时可能为空字符串",
				EN: "a sentence for people, in the language of Accept-Language, Chinese by default; may be empty in a success",
			},
			"code": {
				ZH: "完整接口为HTTP状态码；兼容接口成功为200（部分接口为0），失败为500、510（无权限）或401（未登录）",
				EN: "the HTTP status in the full family; in the compatible one 200 (0 in some answers) for success, else 500, 510 (not permitted) or 401 (not logged in)",
			},
			"result": {
				ZH: "结果；失败时，以及没有结果的操作，为null",
				EN: "the result; null in failures and of operations that have none",
			},
			"timestamp": {
				ZH: "应答时间，自1970-01-01T00:00:00Z起的毫秒数",
				EN: "when it was answered, in milliseconds since 1970-01-01T00:00:00Z",
			},
			"error": {
				ZH: "供程序判断的失败原因",
				EN: "what is wrong, for programs",
			},
		}},
		reflect.TypeFor[errorBody](): {
			about: provider.Text{
				ZH: "失败的原因，供程序判断；没有的字段不出现",
				EN: "What is wrong, for programs; fields without a value are absent",
			},
			fields: fieldTexts{
				"reason": reasonText(),
				"code": {
					ZH: "错误类别，与gRPC状态码同名（小写）：invalid_argument请求有误，not_found不存在，already_exists已存在，permission_denied没有权限，unauthenticated凭据无效，resource_exhausted超过频率或配额，failed_precondition状态不允许，unavailable暂时不可用，unsupported不支持，canceled已取消，deadline_exceeded超时且结果未知，internal、unknown本模块故障",
					EN: "kind of the error, named as gRPC names its codes: invalid_argument, not_found, already_exists, permission_denied, unauthenticated, resource_exhausted (a rate or a quota), failed_precondition (not possible in the present state), unavailable (for now), unsupported, canceled, deadline_exceeded (no answer in time, the outcome is not known), internal or unknown (a fault of this module)",
				},
				"provider": {
					ZH: "拒绝请求的办公应用的类型，例如dingtalk；不是办公应用的错误时不出现",
					EN: "kind of the office app that refused, such as dingtalk; absent if none did",
				},
				"upstream": {
					ZH: "办公应用自己的错误码，例如60011；未收到其应答时不出现",
					EN: "the office app's own error number, such as 60011; absent if it did not answer",
				},
				"upstreamMessage": {
					ZH: "办公应用自己的错误文本，原样",
					EN: "the office app's own text, as it came",
				},
				"requestId": {
					ZH: "办公应用的请求编号，供其技术支持查询",
					EN: "the office app's number of the request, for its support",
				},
				"retryAfter": {
					ZH: "多少秒之后再试；没有建议时不出现",
					EN: "seconds to wait before another try; absent without advice",
				},
				"remedy": {
					ZH: "给管理员的处理办法",
					EN: "what an administrator can do about it",
				},
				"field": {
					ZH: "有误的字段或参数，嵌套时为路径，例如content.text.content、variables[0].name；整个请求体有误时为body",
					EN: "the field or parameter that is wrong, a path inside of objects, such as content.text.content or variables[0].name; body for the body as a whole",
				},
				"details": {
					ZH: "部分错误的补充数据，形式因reason而异",
					EN: "more about some errors; its form depends on the reason",
				},
			},
		},
		reflect.TypeFor[storedError](): {
			about: provider.Text{
				ZH: "后台工作留下的失败原因，含义同Error；没有的字段不出现",
				EN: "What went wrong in the background, told like an Error; fields without a value are absent",
			},
			fields: fieldTexts{
				"message": {
					ZH: "给人看的原因，语言取自Accept-Language",
					EN: "what went wrong, for people, in the language of Accept-Language",
				},
				"reason": {
					ZH: "原因的固定名称，见Error的reason；办公应用返回的错误以upstream为准，可能没有reason",
					EN: "stable name of what is wrong, as the reason of an Error; what the office app said has its own number in upstream, and may have no reason",
				},
			},
		},
	}
}

// pathTexts are those of what paths have between braces.
var pathTexts = map[string]provider.Text{ //nolint:gochecknoglobals // constant table
	"id":        {ZH: "记录的ID，取自列表或创建时的应答", EN: "id of the record, as lists and the answer of its creation have it"},
	"name":      {ZH: "名称，在租户内唯一", EN: "the name, unique in the tenant"},
	"provider":  {ZH: "应用类型，例如dingtalk", EN: "kind of the office app, such as dingtalk"},
	"tenant":    {ZH: "租户ID", EN: "the tenant's id"},
	"source":    {ZH: "应用类型，例如dingtalk，不区分大小写", EN: "kind of the office app, such as dingtalk, in any case"},
	"first":     {ZH: "render，或应用类型", EN: "render, or the kind of the office app"},
	"second":    {ZH: "前一段为render时是应用类型，否则为callback", EN: "kind of the office app after render, else callback"},
	"token":     {ZH: "登录后得到的一次性ticket", EN: "the ticket, good once, that the login ended with"},
	"thirdType": {ZH: "忽略：应用类型以ticket为准", EN: "not looked at: the ticket tells the kind"},
	"tenantId":  {ZH: "忽略：租户以ticket为准", EN: "not looked at: the ticket tells the tenant"},
}

// sharedTexts are those of fields that mean the same wherever they are.
var sharedTexts = fieldTexts{ //nolint:gochecknoglobals // constant table
	"id":          {ZH: "ID，不透明的字符串", EN: "id, an opaque text"},
	"provider":    {ZH: "应用类型，例如dingtalk", EN: "kind of the office app, such as dingtalk"},
	"appId":       {ZH: "应用连接的ID，见GET /apps", EN: "id of the app connection, as GET /apps has it"},
	"createdAt":   {ZH: "创建时间", EN: "when it was created"},
	"updatedAt":   {ZH: "最近一次变化的时间", EN: "when it changed last"},
	"items":       {ZH: "本页的记录", EN: "the records of this page"},
	"nextCursor":  {ZH: "下一页的cursor；空字符串表示没有更多", EN: "the cursor of the next page, empty on the last one"},
	"username":    {ZH: "平台用户名", EN: "username on the platform"},
	"userId":      {ZH: "平台用户ID", EN: "user id on the platform"},
	"enabled":     {ZH: "是否启用", EN: "whether it is enabled"},
	"version":     {ZH: "版本号，每次修改加一", EN: "grows by one with each change"},
	"mediaId":     {ZH: "POST /media返回的mediaId，不能为空；随消息带文件时为attachment:文件名", EN: "the mediaId that POST /media answers, or attachment:<file name> for a file that comes with the message; not empty"},
	"description": {ZH: "给人看的说明，最多256字节；可为空", EN: "for people, at most 256 bytes; may be empty"},
}
