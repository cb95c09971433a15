package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// messageTexts are those of messages, their settings, quotas and files.
func messageTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[newMessage](): {
			fields: fieldTexts{
				"provider": {
					ZH: "应用类型，例如dingtalk；租户须有已启用的该类应用。channel为webhook时以Webhook的应用为准",
					EN: "kind of the office app, such as dingtalk, of which the tenant must have an enabled app; on channel webhook the webhook's is used",
				},
				"channel": {
					ZH: "发送渠道：work工作通知，robot应用机器人单聊，group应用机器人所在的群，webhook群机器人；缺省为work",
					EN: "how it is sent: work notification, robot one to one, group that the app's robot is in, webhook of a group; work if absent",
				},
				"webhook": {
					ZH: "Webhook的名称；仅在channel为webhook时填写，且必填",
					EN: "name of the webhook; for channel webhook only, which needs it",
				},
				"recipients": {
					ZH: "接收人；channel为webhook时不填，其余必填",
					EN: "who gets it; required, but for channel webhook, which has none",
				},
				"content": {
					ZH: "消息内容；与template二选一",
					EN: "what it says; it or template is required, not both",
				},
				"template": {
					ZH: "使用的消息模板；与content二选一，null表示不用模板",
					EN: "a stored template in place of content; null for none",
				},
				"mentions": {
					ZH: "在群中@的人；仅用于channel为webhook，其他渠道不显示并列入degraded。最多10000个，办公应用的上限见GET /providers的limits.mentions",
					EN: "people that a message to a webhook calls by name; other channels do not show it and list it in degraded. At most 10,000; how many the office app takes is limits.mentions of GET /providers",
				},
				"sendAt": {
					ZH: "定时发送的时间，须晚于当前时间且在一年之内；null或缺省为立即发送",
					EN: "when to send it, in the future and at most a year ahead; at once if null or absent",
				},
				"expiresAt": {
					ZH: "过期时间，须晚于当前时间和sendAt；届时尚未发出的不再发送。null或缺省为不过期",
					EN: "what was not sent by then is not sent any more; in the future and after sendAt; never if null or absent",
				},
				"onUnsupported": {
					ZH: "办公应用不能原样显示内容时：degrade以最接近的形式发送并列入degraded，refuse拒绝请求；缺省为degrade",
					EN: "if the office app cannot show the content as it is: degrade sends the nearest thing and lists it in degraded, refuse refuses the request; degrade if absent",
				},
				"onTooLong": {
					ZH: "内容超过渠道的长度时：refuse拒绝请求，split拆成最多20条编号的消息（仅文本和Markdown），shorten截短；缺省为refuse",
					EN: "if the content is longer than the channel takes: refuse, split a text or markdown into at most 20 numbered parts, or shorten; refuse if absent",
				},
				"moreUrl": {
					ZH: "截短后全文的地址，http或https，最长500字节；仅在onTooLong为shorten时填写，且必填",
					EN: "where a shortened content can be read in full: http or https, at most 500 bytes; for onTooLong shorten only, which needs it",
				},
				"atLeastOnce": {
					ZH: "结果不明的发送是否重发：true不会有人收不到，但可能有人收到两次；缺省为false",
					EN: "whether what may have been sent already is sent again, so that nobody misses it and some may get it twice; false if absent",
				},
			},
		},
		reflect.TypeFor[webhookMessageFields](): {
			like: reflect.TypeFor[newMessage](),
			about: provider.Text{
				ZH: "发到群Webhook的消息；Webhook由路径给出，没有接收人",
				EN: "A message to the group webhook that the path names; it has no recipients",
			},
			fields: fieldTexts{
				"provider": {
					ZH: "可省略；由Webhook决定",
					EN: "may be left out: the webhook's is used",
				},
			},
		},
		reflect.TypeFor[messageParts](): {
			about: provider.Text{
				ZH: "带文件的消息：message为消息，其余每部分为一个带文件名的文件，字段名任意；最多10个文件，共20MiB",
				EN: "A message with files: the part message, and one part of any name for each file; at most 10 files and 20 MiB together",
			},
			fields: fieldTexts{
				"message": {
					ZH: "消息的JSON，必填；在mediaId或图片地址处写attachment:文件名",
					EN: "the message as JSON, required; where a mediaId or the URL of a picture stands it has attachment:<file name>",
				},
				"file": {
					ZH: "一个附件，须带文件名；更多附件用其他字段名",
					EN: "an attachment with its file name; others are under other names",
				},
			},
		},
		reflect.TypeFor[recipientsBody](): {
			about: provider.Text{
				ZH: "接收人；各列表合计最多10000项，每项1到256字节；重复的人只收到一次",
				EN: "Who gets a message; the lists have at most 10,000 entries of 1 to 256 bytes together, and nobody gets it twice",
			},
			fields: fieldTexts{
				"usernames": {
					ZH: "平台用户名",
					EN: "usernames on the platform",
				},
				"userIds": {
					ZH: "平台用户ID",
					EN: "user ids on the platform",
				},
				"providerUserIds": {
					ZH: "办公应用的用户ID，不必已绑定账号",
					EN: "user ids at the office app, bound to an account or not",
				},
				"departmentIds": {
					ZH: "平台部门ID，包含所有下级部门；发送时才查出其中的人",
					EN: "departments of the platform, each with all below it; their people are looked up when it is sent",
				},
				"roles": {
					ZH: "宿主平台的角色；默认的实现没有角色",
					EN: "roles as the host knows them; the standard implementation has none",
				},
				"conversationIds": {
					ZH: "群会话ID；仅在channel为group时填写，此时不能有其他接收人",
					EN: "groups at the office app; for channel group only, which takes nothing else",
				},
				"all": {
					ZH: "发给能看到应用的所有人；仅用于channel为work，不能与其他字段同时填写，另需权限broadcast.send。缺省为false",
					EN: "everyone who can see the app; for channel work only, without any other recipients, and needs broadcast.send besides; false if absent",
				},
			},
		},
		reflect.TypeFor[mentionsBody](): {
			fields: fieldTexts{
				"usernames": {
					ZH: "要@的人的平台用户名",
					EN: "usernames, on the platform, of people to mention",
				},
				"userIds": {
					ZH: "要@的人的平台用户ID",
					EN: "user ids, on the platform, of people to mention",
				},
				"providerUserIds": {
					ZH: "要@的人在办公应用的用户ID",
					EN: "user ids, at the office app, of people to mention",
				},
				"mobiles": {
					ZH: "要@的人的手机号",
					EN: "mobile numbers of people to mention",
				},
				"all": {
					ZH: "@所有人；缺省为false",
					EN: "mentions everybody in the group; false if absent",
				},
			},
		},
		reflect.TypeFor[templateUseBody](): {
			about: provider.Text{
				ZH: "消息使用的模板",
				EN: "A stored template and what to fill in",
			},
			fields: fieldTexts{
				"name": {
					ZH: "模板名称，必填",
					EN: "name of the template, required",
				},
				"version": {
					ZH: "模板版本；0或缺省为最新",
					EN: "version of the template; the newest if 0 or absent",
				},
				"language": {
					ZH: "语言：zh或en；模板没有该语言时用另一种，缺省为zh",
					EN: "zh or en; the other one where the template lacks it, zh if absent",
				},
				"variables": {
					ZH: "变量的值，按变量名：文本、数字、布尔值，或由它们组成的列表和对象；最多64个，每个最多32KiB、1000项、8层；null视为未填",
					EN: "values by the names of variables: texts, numbers, true or false, lists and objects of these; at most 64, each at most 32 KiB, 1000 entries and 8 levels; null is like absent",
				},
			},
		},
		reflect.TypeFor[messageBody](): {fields: fieldTexts{
			"state": {
				ZH: "消息的状态：scheduled、queued全部在等待，sending发送中，tracking已全部交给办公应用、正在查询结果，finished不再变化",
				EN: "scheduled or queued while all of it waits, sending, tracking while the office app is asked what became of it, finished when nothing will change any more",
			},
			"channel": {
				ZH: "发送渠道：work、robot、group或webhook",
				EN: "how it is sent: work, robot, group or webhook",
			},
			"webhook": {
				ZH: "Webhook的名称；其他渠道为空字符串",
				EN: "name of the webhook; empty on other channels",
			},
			"content": {
				ZH: "消息内容；使用模板时为填入变量后的内容",
				EN: "what it says; what the template made, if there was one",
			},
			"parts": {
				ZH: "内容过长时代替它发送的各部分，按顺序；原样发送时为空数组",
				EN: "what is sent instead of a content that was too long, in order; empty if it is sent as it is",
			},
			"template": {
				ZH: "使用的模板；未使用时为null",
				EN: "the template it was made of; null for none",
			},
			"all": {
				ZH: "是否发给所有人；此时只有一个投递",
				EN: "whether it is for everyone; it has one delivery then",
			},
			"resolving": {
				ZH: "是否仍在查找部门和角色中的人；此期间投递会增加",
				EN: "whether people of departments and roles are still being looked up; deliveries are added until then",
			},
			"counts": {
				ZH: "各状态的投递数，按投递状态；没有投递的状态不出现",
				EN: "number of deliveries by their state; states without any are absent",
			},
			"degraded": {
				ZH: "办公应用以不同方式显示的内容，逐条说明；没有时为空数组",
				EN: "what the office app shows differently, a sentence each; empty for nothing",
			},
			"duplicates": {
				ZH: "重复指定的接收人，按原写法；没有时为空数组",
				EN: "recipients that were named more than once, as they were named; empty for none",
			},
			"atLeastOnce": {
				ZH: "结果不明的发送是否重发",
				EN: "whether what may have been sent already is sent again",
			},
			"idempotencyKey": {
				ZH: "请求的幂等键；没有时为空字符串",
				EN: "the request's idempotency key, empty for none",
			},
			"createdBy": {
				ZH: "发送人的用户名",
				EN: "username of who sent it",
			},
			"sendAt": {
				ZH: "定时发送的时间；立即发送时为null",
				EN: "when it is to be sent; null for at once",
			},
			"expiresAt": {
				ZH: "消息的过期时间；不过期时为null",
				EN: "when it expires; null for never",
			},
			"recallAt": {
				ZH: "请求撤回的时间；未请求时为null",
				EN: "when somebody asked to take it back; null if nobody did",
			},
		}},
		reflect.TypeFor[recallBody](): {
			about: provider.Text{
				ZH: "消息，以及各批次撤回的结果",
				EN: "A message, and what became of its recall",
			},
			fields: fieldTexts{
				"batches": {
					ZH: "消息的各批次；超过等待时间尚未撤回的在后台继续",
					EN: "the batches of the message; those not taken back in time go on in the background",
				},
			},
		},
		reflect.TypeFor[recalledBatch](): {
			about: provider.Text{
				ZH: "一个批次，即对办公应用的一次发送调用",
				EN: "A batch, which is one call of the office app",
			},
			fields: fieldTexts{
				"providerTaskId": {
					ZH: "批次在办公应用的任务ID；未被接受时为空字符串",
					EN: "the office app's name for the batch; empty if it was not accepted",
				},
				"number": {
					ZH: "批次的序号，从1开始",
					EN: "number of the batch in the message, from 1",
				},
				"state": {
					ZH: "批次中投递的状态；recalled为已撤回",
					EN: "state of its deliveries; recalled if it was taken back",
				},
				"error": {
					ZH: "未能撤回的原因；没有时为null",
					EN: "why it could not be taken back; null without a failure",
				},
			},
		},
		reflect.TypeFor[messaging.TemplateRef](): {
			about: provider.Text{
				ZH: "内容所用的模板",
				EN: "What a content was made of",
			},
			fields: fieldTexts{
				"name": {
					ZH: "所用模板的名称；预览未保存的模板时为空字符串",
					EN: "name of the template, empty in the preview of one that is not saved",
				},
				"version": {
					ZH: "所用模板的版本；预览未保存的模板时为0",
					EN: "version of the template, 0 in the preview of one that is not saved",
				},
				"language": {
					ZH: "实际使用的语言：zh或en",
					EN: "the language that was used, zh or en",
				},
			},
		},
		reflect.TypeFor[deliveryBody](): {
			about: provider.Text{
				ZH: "消息对一个接收人的投递；发给所有人的消息只有一个投递，发到群的每群一个",
				EN: "A message on its way to one recipient; one to everyone has one delivery, one to groups one for each",
			},
			fields: fieldTexts{
				"messageId": {
					ZH: "所属消息的ID",
					EN: "id of the message",
				},
				"recipient": {
					ZH: "接收人",
					EN: "who it goes to",
				},
				"part": {
					ZH: "拆分消息的第几部分，从1开始；未拆分时为0",
					EN: "which part of a split message it is, from 1; 0 if the message is not split",
				},
				"state": {
					ZH: "投递的状态：pending等待发送，scheduled等到nextAt，sending发送中，accepted办公应用已接受（不等于送达），delivered已送达，read已读，failed失败，dead重试用尽，uncertain结果不明，unbound没有可发送的人，expired已过期，cancelled已取消，recalled已撤回",
					EN: "pending, scheduled until nextAt, sending, accepted by the office app (which is not delivery), delivered, read, failed, dead after all attempts, uncertain whether it arrived, unbound without anybody to send it to, expired, cancelled, recalled",
				},
				"nextAt": {
					ZH: "下次发送或重试的时间；仅用于pending和scheduled，其他状态为null",
					EN: "when it will be sent or tried again, for pending and scheduled; else null",
				},
				"providerTaskId": {
					ZH: "所在批次在办公应用的任务ID；被接受之前为空字符串",
					EN: "the office app's name for the batch it was sent in; empty before it was accepted",
				},
				"attempts": {
					ZH: "已调用办公应用的次数",
					EN: "how many times the office app was called",
				},
				"error": {
					ZH: "未送达、等待配额或上次尝试失败的原因；没有时为null",
					EN: "why it was not sent, which quota it waits for, or why the last attempt failed; else null",
				},
			},
		},
		reflect.TypeFor[recipientBody](): {
			about: provider.Text{
				ZH: "投递的接收人；未知的字段为空字符串",
				EN: "Who a delivery goes to; what is not known is empty",
			},
			fields: fieldTexts{
				"providerUserId": {
					ZH: "办公应用的用户ID；channel为group时是群会话ID，为webhook时是Webhook的名称",
					EN: "user id at the office app; the conversation's id on channel group, the webhook's name on channel webhook",
				},
				"all": {
					ZH: "是否代表所有人",
					EN: "whether it stands for everyone",
				},
			},
		},
		reflect.TypeFor[replayBody](): {
			fields: fieldTexts{
				"states": {
					ZH: "重发哪些状态的投递：dead、failed、expired、cancelled、uncertain（可能收到两次）；缺省为dead和failed",
					EN: "the states to send again: dead, failed, expired, cancelled, uncertain (which may arrive twice); dead and failed if absent",
				},
			},
		},
		reflect.TypeFor[messageSettingsBody](): {fields: fieldTexts{
			"retentionDays": {
				ZH: "消息的保留天数，自创建、计划发送或最近发送起算；未设置时为宿主的默认值（90）",
				EN: "days that messages are kept after they were created, were to be sent or were last sent; the host's default (90) if it was not chosen",
			},
			"paused": {
				ZH: "是否暂停：尚未发出的消息全部留住",
				EN: "whether everything that is not sent yet is held back",
			},
			"updatedBy": {
				ZH: "最后修改消息设置的用户名；从未修改时为空字符串",
				EN: "username of who changed the settings last, empty if nobody did",
			},
			"updatedAt": {
				ZH: "消息设置最后修改的时间；从未修改时为null",
				EN: "when the settings were changed last; null if never",
			},
		}},
		reflect.TypeFor[messageSettingsChange](): {
			about: provider.Text{
				ZH: "消息设置的修改；缺省或null的字段不变",
				EN: "A change of the settings of messages; what is absent or null is unchanged",
			},
			fields: fieldTexts{
				"retentionDays": {
					ZH: "保留天数，1到3650；0恢复默认值",
					EN: "days that messages are kept, 1 to 3650; 0 goes back to the default",
				},
				"paused": {
					ZH: "true暂停发送，false继续",
					EN: "true holds back what is not sent yet, false lets it go",
				},
			},
		},
		reflect.TypeFor[quotaBody](): {
			about: provider.Text{
				ZH: "办公应用的一个配额在当前时段的用量",
				EN: "How far a quota of an office app is used up in the present window of time",
			},
			fields: fieldTexts{
				"quota": {
					ZH: "配额：everyone_per_day每日发给所有人的次数，person_per_day每人每日，same_content_per_day同一内容每人每日，people_per_minute每分钟人数，webhook_per_minute每分钟Webhook消息数",
					EN: "messages to everyone a day, to one person a day, the same content to one person a day, people a minute, messages to a webhook a minute",
				},
				"appId": {
					ZH: "应用连接的ID；Webhook的配额为空字符串",
					EN: "id of the app connection; empty for a webhook's",
				},
				"webhook": {
					ZH: "配额所属Webhook的名称；其他配额为空字符串",
					EN: "name of the webhook whose quota it is; else empty",
				},
				"providerUserId": {
					ZH: "配额所属的人在办公应用的用户ID；不属于个人时为空字符串",
					EN: "user id, at the office app, of the person whose quota it is; else empty",
				},
				"limit": {
					ZH: "配额的上限",
					EN: "the most that the quota allows",
				},
				"used": {
					ZH: "已用数量",
					EN: "how much is used",
				},
				"remaining": {
					ZH: "剩余数量，不小于0",
					EN: "how much is left, not below 0",
				},
				"resetsAt": {
					ZH: "当前时段结束的时间",
					EN: "the end of the window",
				},
			},
		},
		reflect.TypeFor[mediaParts](): {
			about: provider.Text{
				ZH: "上传一个文件；类型、大小和扩展名的限制见GET /providers的limits.media",
				EN: "A file to upload; GET /providers has the kinds, sizes and extensions that an office app takes, in limits.media",
			},
			fields: fieldTexts{
				"provider": {
					ZH: "应用类型，例如dingtalk，必填",
					EN: "kind of the office app, such as dingtalk, required",
				},
				"kind": {
					ZH: "文件类型：image、voice、video或file，必填",
					EN: "image, voice, video or file, required",
				},
				"file": {
					ZH: "文件，须带文件名（1到128字节，含扩展名），必填；最大20MiB",
					EN: "the file with its name (1 to 128 bytes, with the extension), required; at most 20 MiB",
				},
			},
		},
		reflect.TypeFor[mediaBody](): {
			about: provider.Text{
				ZH: "已上传到办公应用的文件",
				EN: "A file that the office app has",
			},
			fields: fieldTexts{
				"mediaId": {
					ZH: "办公应用给出的文件ID，填在消息内容的mediaId处；只能经同一应用发送",
					EN: "the office app's name for it, for the mediaId of contents; good for the same app only",
				},
				"kind": {
					ZH: "文件类型：image、voice、video或file",
					EN: "image, voice, video or file",
				},
				"name": {
					ZH: "文件名",
					EN: "name of the file",
				},
				"size": {
					ZH: "大小，单位字节",
					EN: "its size in bytes",
				},
				"expiresAt": {
					ZH: "mediaId失效的时间；办公应用未给出时为null",
					EN: "when the mediaId ceases to be good; null if the office app does not say",
				},
				"uploadedAt": {
					ZH: "上传到办公应用的时间",
					EN: "when the office app got it",
				},
			},
		},
	}
}
