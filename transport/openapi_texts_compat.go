package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// compatTexts are those of the compatible family.
func compatTexts() typeTexts {
	null := provider.Text{ZH: "始终为null", EN: "always null"}
	return typeTexts{
		reflect.TypeFor[configInput](): {
			about: provider.Text{ZH: "应用配置；数字和布尔值也可写成字符串，其他字段被忽略", EN: "A config; numbers and booleans may come as texts, and other fields are ignored"},
			fields: fieldTexts{
				"id":           {ZH: "配置ID；修改时必填，添加时忽略", EN: "id of the config; required to change one, not looked at to add one"},
				"corpId":       {ZH: "企业在办公应用的ID", EN: "the company's id at the office app"},
				"agentId":      {ZH: "应用在企业中的AgentId", EN: "the app's number in the company, AgentId"},
				"clientId":     {ZH: "应用的AppKey", EN: "the app's public key, AppKey"},
				"clientSecret": {ZH: "应用的AppSecret，密钥；修改时******为不变", EN: "the app's secret, AppSecret; ****** is unchanged in a change"},
				"thirdType":    {ZH: "应用类型，例如dingtalk；添加时必填", EN: "kind of the office app, such as dingtalk; required to add one"},
				"status":       {ZH: "1启用，0停用，也可为true、false；添加时缺省为启用，修改时缺省为不变", EN: "1 enabled, 0 disabled, also true and false; a new one is enabled if it is absent, and a change leaves it as it is"},
				"tenantId":     {ZH: "可省略；须为请求所在的租户ID", EN: "may be left out; must be the tenant that the request acts in"},
			},
		},
		reflect.TypeFor[configAnswer](): {
			like:  reflect.TypeFor[configInput](),
			about: provider.Text{ZH: "应用配置；密钥显示为******，没有的设置项为null", EN: "A config; secrets are shown as ******, and settings without a value are null"},
			fields: fieldTexts{
				"id":           {ZH: "配置ID", EN: "id of the config"},
				"thirdType":    {ZH: "应用类型：dingtalk，或wechat_enterprise（企业微信）", EN: "kind of the office app, dingtalk, or wechat_enterprise for WeCom"},
				"status":       {ZH: "1启用，0停用", EN: "1 enabled, 0 disabled"},
				"clientSecret": {ZH: "应用的AppSecret，显示为******；没有时为null", EN: "the app's secret, AppSecret, shown as ******; null for none"},
				"tenantId":     {ZH: "租户ID；能以整数表示时为整数，否则为字符串", EN: "the tenant's id, an integer where it can be one, else a text"},
				"createTime":   {ZH: "创建时间，北京时间，格式2006-01-02 15:04:05", EN: "when it was created, in China's time, as 2006-01-02 15:04:05"},
				"updateTime":   {ZH: "修改时间，北京时间，格式2006-01-02 15:04:05", EN: "when it was changed, in China's time, as 2006-01-02 15:04:05"},
			},
		},
		reflect.TypeFor[syncInfoBody](): {
			about: provider.Text{ZH: "同步的结果，逐条用中文说明，合计最多约1000条", EN: "A run told in Chinese sentences, about 1000 at most"},
			fields: fieldTexts{
				"successInfo": {ZH: "成功的变更；同步仍在进行时含一条带任务编号的说明", EN: "what was done; a sentence with the run's id if it goes on in the background"},
				"failInfo":    {ZH: "失败、冲突和未能读取的部门", EN: "what failed, conflicts, and departments that could not be read"},
			},
		},
		reflect.TypeFor[testMessageFields](): {
			like:  reflect.TypeFor[configInput](),
			about: provider.Text{ZH: "测试消息；过期时间为北京时间当天结束", EN: "A test message, which expires at the end of the day, China's"},
			fields: fieldTexts{
				"app":      {ZH: "DINGTALK、WECHAT_ENTERPRISE或FEISHU，须是宿主提供的应用；必填", EN: "DINGTALK, WECHAT_ENTERPRISE or FEISHU, of those that the host offers; required"},
				"receiver": {ZH: "接收人的平台用户名，以逗号分隔；sendAll不为true时必填", EN: "usernames on the platform with commas between; required unless sendAll is true"},
				"sendAll":  {ZH: "true或1发给所有人，此时不看receiver；缺省为false", EN: "true or 1 sends to everyone, and receiver does not matter; false if absent"},
				"content":  {ZH: "文本内容，必填", EN: "the text, required"},
			},
		},
		reflect.TypeFor[testRecallFields](): {like: reflect.TypeFor[configInput](), fields: fieldTexts{
			"app":         {ZH: "发送时的app：DINGTALK、WECHAT_ENTERPRISE或FEISHU；必填", EN: "the app that it was sent with: DINGTALK, WECHAT_ENTERPRISE or FEISHU; required"},
			"msg_task_id": {ZH: "sendMessageTest返回的result.result；以逗号分隔的多个中任取一个即可，必填", EN: "result.result of sendMessageTest; of several with commas between any will do; required"},
		}},
		reflect.TypeFor[testAnswer](): {
			about: provider.Text{ZH: "办公应用的应答，并补全为固定的字段；可能有办公应用的其他字段", EN: "The office app's own answer, completed to these fields; it may have others of its own"},
			fields: fieldTexts{
				"request_id": {ZH: "办公应用给出的请求编号；没有时为空字符串", EN: "number of the request at the office app; empty for none"},
				"errcode":    {ZH: "0成功，否则为办公应用的错误码；不是办公应用的错误时为-1", EN: "0 for success, else the office app's error number, or -1 if it was not the office app that failed"},
				"errmsg":     {ZH: "ok，或失败的原因", EN: "ok, or what went wrong"},
				"result":     {ZH: "已接受的各批次的任务ID，以逗号分隔", EN: "the office app's names of the batches it accepted, with commas between"},
				"success":    {ZH: "办公应用是否接受", EN: "whether the office app accepted it"},
				"messageId":  {ZH: "消息的ID，见GET /messages/{id}", EN: "id of the message, for GET /messages/{id}"},
				"state":      {ZH: "消息现在的状态，见Message的state", EN: "state of the message, as that of a Message"},
				"unbound":    {ZH: "没有可发送账号的接收人", EN: "recipients that nothing was sent to"},
			},
		},
		reflect.TypeFor[unboundBody](): {fields: fieldTexts{
			"username": {ZH: "接收人的平台用户名", EN: "the recipient's username on the platform"},
			"reason":   {ZH: "不能发送的原因的固定名称，例如unknown_user、not_bound", EN: "stable name of why nothing was sent, such as unknown_user or not_bound"},
			"message":  {ZH: "不能发送的原因，语言取自Accept-Language", EN: "why nothing was sent, in the language of Accept-Language"},
		}},
		reflect.TypeFor[compatAppBody](): {
			like:  reflect.TypeFor[configAnswer](),
			about: provider.Text{ZH: "登录页所需的配置；仅corpId、clientId和tenantId有值，其余为null", EN: "A config of which only corpId, clientId and tenantId are told; the others are null"},
			fields: fieldTexts{
				"id": null, "agentId": null, "clientSecret": null, "thirdType": null, "status": null, "createTime": null, "updateTime": null,
			},
		},
		reflect.TypeFor[compatLoginBody](): {
			about: provider.Text{ZH: "已登录的会话，形式同JeecgBoot", EN: "A session, in the form that front ends of JeecgBoot know"},
			fields: fieldTexts{
				"token":           {ZH: "访问令牌，放在请求头X-Access-Token", EN: "the access token, for the header X-Access-Token"},
				"tenantList":      {ZH: "令牌可用的租户", EN: "the tenants in which the token is good"},
				"userInfo":        {ZH: "登录的人", EN: "who is signed in"},
				"sysAllDictItems": {ZH: "始终为空对象", EN: "always an empty object"},
			},
		},
		reflect.TypeFor[compatTenantBody](): {
			about: provider.Text{ZH: "租户", EN: "A tenant"},
			fields: fieldTexts{
				"id":   {ZH: "租户的ID；能以整数表示时为整数，否则为字符串", EN: "id of the tenant, an integer where it can be one, else a text"},
				"name": {ZH: "租户的名称，即其ID", EN: "name of the tenant, which is its id"},
			},
		},
		reflect.TypeFor[compatUserBody](): {fields: fieldTexts{
			"id":            {ZH: "当前用户的平台用户ID", EN: "user id, on the platform, of who is signed in"},
			"realname":      {ZH: "真实姓名", EN: "the person's name"},
			"avatar":        {ZH: "头像地址；没有时为空字符串", EN: "address of a picture; empty for none"},
			"phone":         {ZH: "手机号；没有时为空字符串", EN: "mobile number; empty for none"},
			"status":        {ZH: "始终为1，正常", EN: "always 1, active"},
			"loginTenantId": {ZH: "进入的租户ID：上次选择的，否则为登录的", EN: "the tenant to act in: that chosen last, else that of the login"},
		}},
		reflect.TypeFor[compatMobileFields](): {fields: fieldTexts{
			"mobile":        {ZH: "要验证的手机号，1到64字节，必填", EN: "the mobile number to verify, 1 to 64 bytes, required"},
			"captcha":       {ZH: "短信验证码，最长64字节", EN: "the code that was sent, at most 64 bytes"},
			"thirdUserUuid": {ZH: "扫码后得到的身份凭证，默认10分钟内有效", EN: "the proof that the scan brought back, good for 10 minutes by default"},
		}},
		reflect.TypeFor[compatBindFields](): {like: reflect.TypeFor[configInput](), fields: fieldTexts{
			"thirdUserUuid": {ZH: "扫码后得到的身份凭证，不是办公应用的用户ID", EN: "the proof that the scan brought back, not an id of the office app"},
			"thirdType":     {ZH: "忽略：凭证中已有应用类型", EN: "not looked at: the proof tells the kind"},
		}},
		reflect.TypeFor[compatUnbindFields](): {like: reflect.TypeFor[configInput](), fields: fieldTexts{
			"id":        {ZH: "绑定的ID，取自getThirdAccountByUserId", EN: "id of the binding, as getThirdAccountByUserId has it"},
			"sysUserId": {ZH: "可省略；只能是自己的用户ID", EN: "may be left out; no other one than one's own user id"},
		}},
		reflect.TypeFor[thirdAccount](): {
			like:  reflect.TypeFor[configAnswer](),
			about: provider.Text{ZH: "绑定，形式同JeecgBoot", EN: "A binding, in the form that front ends of JeecgBoot know"},
			fields: fieldTexts{
				"id":            {ZH: "绑定的ID", EN: "id of the binding"},
				"sysUserId":     {ZH: "绑定的平台用户ID", EN: "user id, on the platform, that is bound"},
				"thirdUserUuid": {ZH: "办公应用的unionId；未知时为空字符串", EN: "union id at the office app; empty if it is not known"},
				"thirdUserId":   {ZH: "绑定的办公应用用户ID", EN: "user id, at the office app, that is bound"},
				"thirdType":     {ZH: "绑定的应用类型，例如dingtalk", EN: "kind of the office app of the binding, such as dingtalk"},
				"realname":      {ZH: "平台账号的姓名", EN: "name on the platform's account"},
				"status":        {ZH: "1正常，2已离开企业", EN: "1 active, 2 for somebody who has left the company"},
				"delFlag":       {ZH: "始终为0，未删除", EN: "always 0, not deleted"},
			},
		},
	}
}
