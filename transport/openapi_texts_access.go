package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// accessTexts are those of subscriptions, grants and the audit trail.
func accessTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[eventTypeBody](): {fields: fieldTexts{
			"type":        {ZH: "事件类型，例如message.deliveries", EN: "the type, such as message.deliveries"},
			"description": {ZH: "何时有此事件，语言取自Accept-Language", EN: "when there is such an event, in the language of Accept-Language"},
		}},
		reflect.TypeFor[subscriptionBody](): {
			about: provider.Text{ZH: "订阅：接收事件的HTTP地址", EN: "A subscription: an HTTP endpoint that is told of events"},
			fields: fieldTexts{
				"url":          {ZH: "接收事件的地址", EN: "address of the endpoint"},
				"types":        {ZH: "订阅的事件类型，已排序；*为全部", EN: "types of events it is told of, sorted; * is all"},
				"enabled":      {ZH: "是否启用；地址返回410或持续失败（默认5天）后自动停用", EN: "whether it is told; switched off when the endpoint answers 410 or has failed for long (5 days by default)"},
				"description":  {ZH: "给人看的说明；可为空字符串", EN: "for people; may be empty"},
				"lastStatus":   {ZH: "最近一次应答的HTTP状态码；没有应答时为0", EN: "HTTP status of the last answer; 0 without an answer"},
				"lastError":    {ZH: "最近一次投递失败的原因；成功时为null", EN: "why the last delivery failed; null if it did not"},
				"lastAt":       {ZH: "最近一次投递结束的时间；没有时为null", EN: "when the last delivery ended; null if there was none"},
				"failingSince": {ZH: "自何时开始失败；正常时为null", EN: "since when deliveries fail; null while all is well"},
			},
		},
		reflect.TypeFor[secretBody](): {
			about: provider.Text{ZH: "订阅及其签名密钥；密钥仅此一次可见", EN: "A subscription with its signing secret, which is shown this once"},
			fields: fieldTexts{
				"secret": {ZH: "签名密钥，按Standard Webhooks 1.0.0验证签名所用", EN: "the secret by which signatures of Standard Webhooks 1.0.0 are checked"},
			},
		},
		reflect.TypeFor[newSubscription](): {
			about: provider.Text{ZH: "要添加的订阅；每个租户最多20个", EN: "A subscription to add; a tenant has at most 20"},
			fields: fieldTexts{
				"url": {
					ZH: "接收事件的地址：https，最长2048字节，须可从公网访问，不含用户名和#片段",
					EN: "address of the endpoint: https, at most 2048 bytes, public, without a user name and a #fragment",
				},
				"types":       {ZH: "事件类型，至少一种，见GET /events/types；*为全部", EN: "types of events, at least one, see GET /events/types; * is all"},
				"enabled":     {ZH: "新订阅是否启用；null或缺省为true", EN: "whether it is told from now on; true if null or absent"},
				"description": {ZH: "给人看的说明，最多200个字符", EN: "for people, at most 200 characters"},
			},
		},
		reflect.TypeFor[subscriptionChange](): {
			about: provider.Text{ZH: "订阅的修改；缺省或null的字段不变", EN: "A change of a subscription; what is absent or null is unchanged"},
			like:  reflect.TypeFor[newSubscription](),
			fields: fieldTexts{
				"enabled": {ZH: "启用或停用订阅；重新启用时清除失败记录", EN: "switches it on or off; on again it has a new chance"},
			},
		},
		reflect.TypeFor[testBody](): {
			about: provider.Text{ZH: "测试订阅地址的结果；只尝试一次，不计入订阅的状态", EN: "How the test of an endpoint ended; it is one attempt, which does not count"},
			fields: fieldTexts{
				"ok":      {ZH: "地址是否接收了测试事件", EN: "whether the endpoint took the event"},
				"eventId": {ZH: "所发测试事件的ID", EN: "id of the event that was sent"},
				"status":  {ZH: "测试应答的HTTP状态码；没有应答时为0", EN: "HTTP status of the endpoint's answer; 0 without one"},
				"error":   {ZH: "测试失败的原因；成功时为null", EN: "why the test failed; null if it did not"},
				"tookMs":  {ZH: "耗时，毫秒", EN: "how long it took, in milliseconds"},
			},
		},
		reflect.TypeFor[grantBody](): {
			about: provider.Text{ZH: "角色授权：用户在租户中的角色", EN: "A grant: a role that a user has in the tenant"},
			fields: fieldTexts{
				"username":  {ZH: "授予时的用户名", EN: "the user's name when it was granted"},
				"role":      {ZH: "角色：owner、admin、operator、sender、viewer，platform_admin为平台管理员", EN: "owner, admin, operator, sender, viewer, or platform_admin over all tenants"},
				"grantedBy": {ZH: "授权人的用户ID", EN: "user id of who granted it"},
			},
		},
		reflect.TypeFor[newGrant](): {
			fields: fieldTexts{
				"username": {ZH: "被授予角色的用户名，须是租户的有效成员", EN: "username of who gets the role, an active member of the tenant"},
				"role":     {ZH: "要授予的角色；授予owner另需权限grant.grant_owner，platform_admin只能在平台中授予", EN: "the role to grant; owner needs the permission grant.grant_owner besides, platform_admin is granted in the platform only"},
			},
		},
		reflect.TypeFor[auditBody](): {
			about: provider.Text{ZH: "一条审计记录", EN: "A row of the audit trail"},
			fields: fieldTexts{
				"id":        {ZH: "记录的ID，较晚的较大", EN: "id of the row; later ones have greater ids"},
				"at":        {ZH: "操作的时间", EN: "when it was done"},
				"actorId":   {ZH: "操作人的用户ID；系统操作为system:名称", EN: "user id of who did it, system:<name> for the platform itself"},
				"actorName": {ZH: "操作人的用户名", EN: "username of who did it"},
				"action":    {ZH: "操作，例如app.create、grant.add", EN: "what was done, such as app.create or grant.add"},
				"target":    {ZH: "操作的对象，例如应用连接的ID", EN: "what it was done to, such as the id of an app connection"},
				"outcome":   {ZH: "ok，或拒绝的原因（Error的reason）", EN: "ok, or the reason of the refusal, as of an Error"},
				"before":    {ZH: "操作前的值，不含密钥，形式因操作而异；没有时为null", EN: "what it was before, without secrets, of a form of its own for each action; null for nothing"},
				"after":     {ZH: "操作后的值，不含密钥，形式因操作而异；没有时为null", EN: "what it was afterwards, without secrets, of a form of its own for each action; null for nothing"},
			},
		},
	}
}
