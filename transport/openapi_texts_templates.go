package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// templateTexts are those of templates of messages and of group webhooks.
func templateTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[templateBody](): {
			about: provider.Text{ZH: "消息模板的一个版本，保存后不再变化", EN: "A version of a message template, which never changes"},
			fields: fieldTexts{
				"name": {
					ZH: "模板的名称，在租户内唯一：1到64个小写字母、数字、点、下划线和连字符",
					EN: "name of the template, unique in the tenant: 1 to 64 of a-z, 0-9, '.', '_' and '-'",
				},
				"version":   {ZH: "版本号，从1开始；删除后的版本号不再使用", EN: "number of the version, from 1; that of a deleted one is not used again"},
				"contents":  {ZH: "内容，按语言zh、en；其中的文本为Go模板", EN: "contents by the languages zh and en; their texts are Go templates"},
				"variables": {ZH: "文本可使用的变量", EN: "the variables that the texts may use"},
				"createdBy": {ZH: "保存此版本的用户名", EN: "username of who saved this version"},
				"createdAt": {ZH: "保存此版本的时间", EN: "when this version was saved"},
			},
		},
		reflect.TypeFor[variableBody](): {
			about: provider.Text{ZH: "模板的一个变量", EN: "A variable of a template"},
			fields: fieldTexts{
				"name": {
					ZH: "变量名：1到64字节，以字母或下划线开头，其后为字母、数字和下划线",
					EN: "1 to 64 bytes: a letter or '_', then letters, digits and '_'",
				},
				"required": {ZH: "是否必填：没有值时拒绝发送；缺省为false，不能与default同用", EN: "whether sending without a value is refused, goes without default; false if absent"},
				"default":  {ZH: "没有值时的值，最多1024字节；空字符串为没有", EN: "the value if none is given, at most 1024 bytes; empty for none"},
				"example":  {ZH: "预览时没有值所用的值，最多1024字节", EN: "the value in previews if none is given, at most 1024 bytes"},
				"maxLength": {
					ZH: "值中每个文本的最大字符数，0到32768；0或缺省为不限",
					EN: "bounds each text of the value, in characters, 0 to 32,768; no bound if 0 or absent",
				},
			},
		},
		reflect.TypeFor[templateInput](): {
			about: provider.Text{ZH: "未保存的模板", EN: "A template that is not saved"},
			fields: fieldTexts{
				"contents": {
					ZH: "内容，按语言，zh和en至少一种；其中的文本为Go模板，每个最多16KiB，每种语言合计最多32KiB",
					EN: "contents by language, at least one of zh and en; their texts are Go templates of at most 16 KiB each and 32 KiB for a language",
				},
				"variables": {ZH: "文本可使用的变量，最多64个", EN: "the variables that the texts may use, at most 64"},
			},
		},
		reflect.TypeFor[templateSave](): {
			like:  reflect.TypeFor[templateInput](),
			about: provider.Text{ZH: "要保存的模板；与最新版本不同时产生新版本，保留最新的100个版本", EN: "A template to save; what differs from the newest version becomes the next one, and the newest 100 are kept"},
			fields: fieldTexts{
				"expectedVersion": {
					ZH: "修改所依据的版本，新建为0；不符时返回409，原因template_changed。null或缺省为不检查",
					EN: "the version that the save builds on, 0 for a new one; 409 with the reason template_changed if it is another. Not checked if null or absent",
				},
			},
		},
		reflect.TypeFor[previewRequest](): {
			about: provider.Text{ZH: "预览模板；填写provider时给出长度和差异", EN: "A template to preview; with a provider it is measured, too"},
			fields: fieldTexts{
				"version":   {ZH: "要预览的版本；0或缺省为最新", EN: "the version to preview; the newest if 0 or absent"},
				"language":  {ZH: "预览的语言：zh或en；缺省取自Accept-Language", EN: "zh or en; that of Accept-Language if absent"},
				"variables": {ZH: "预览时变量的值，按变量名；没有值的变量用其example", EN: "values by the names of variables; a variable without one has its example"},
				"provider":  {ZH: "按哪类应用计算长度；缺省为不计算", EN: "kind of the office app to measure for; not measured if absent"},
				"channel":   {ZH: "按哪个渠道计算；缺省为work", EN: "the channel to measure for; work if absent"},
				"webhook":   {ZH: "按哪个Webhook计算；仅在channel为webhook时填写", EN: "name of the webhook to measure for, with channel webhook"},
			},
		},
		reflect.TypeFor[unsavedPreview](): {
			like:  reflect.TypeFor[previewRequest](),
			about: provider.Text{ZH: "预览未保存的模板", EN: "A template that is not saved, to preview"},
			fields: fieldTexts{
				"template": {ZH: "要预览的模板", EN: "the template to preview"},
			},
		},
		reflect.TypeFor[previewBody](): {fields: fieldTexts{
			"content":  {ZH: "填入变量后的内容", EN: "what the template makes of the values"},
			"template": {ZH: "预览的模板", EN: "the template that was previewed"},
			"measure":  {ZH: "在办公应用中的长度和差异；未指定应用，或租户没有已启用的该类应用时为null", EN: "how it fares with the office app; null if none was named, or the tenant has no enabled app of it"},
		}},
		reflect.TypeFor[measureBody](): {fields: fieldTexts{
			"bytes":    {ZH: "按办公应用的格式计的长度，字节", EN: "its size in the office app's form, in bytes"},
			"maxBytes": {ZH: "渠道的长度上限，字节；0为不限", EN: "the most that the channel takes, in bytes; 0 is no limit"},
			"degraded": {ZH: "办公应用将以不同方式显示的内容；没有时为空数组", EN: "what the office app would show differently; empty for nothing"},
		}},
		reflect.TypeFor[webhookBody](): {
			about: provider.Text{ZH: "群机器人的Webhook", EN: "A group webhook: the address of a group's robot"},
			fields: fieldTexts{
				"name":       {ZH: "Webhook的名称，在租户内唯一", EN: "name of the webhook, unique in the tenant"},
				"url":        {ZH: "地址；是密钥，显示为******", EN: "the address, a secret that is shown as ******"},
				"signSecret": {ZH: "加签密钥，显示为******；没有时为空字符串", EN: "the secret that signs calls, shown as ******; empty for none"},
				"keywords":   {ZH: "群要求的关键词；消息中都没有时加上第一个", EN: "what the group asks for; a message that has none of them gets the first"},
			},
		},
		reflect.TypeFor[newWebhook](): {
			like:  reflect.TypeFor[webhookInput](),
			about: provider.Text{ZH: "要添加的Webhook；每个租户最多200个", EN: "A group webhook to add; a tenant has at most 200"},
			fields: fieldTexts{
				"name": {
					ZH: "名称：1到64个字母、数字、点、下划线和连字符，不能只有点；创建后不能修改",
					EN: "1 to 64 letters, digits, '.', '_' or '-', not only dots; never changed later",
				},
				"url": {
					ZH: "群机器人的地址，最长2048字节，须为该办公应用的地址",
					EN: "address of the group's robot, at most 2048 bytes, of the form that the office app has",
				},
				"signSecret": {
					ZH: "群机器人的加签密钥，最长512字节；null或缺省为没有",
					EN: "the secret that the group's robot signs with, at most 512 bytes; none if null or absent",
				},
				"enabled": {ZH: "新Webhook是否启用；null或缺省为true", EN: "whether the new webhook is enabled; true if null or absent"},
			},
		},
		reflect.TypeFor[webhookInput](): {
			about: provider.Text{ZH: "Webhook的修改；缺省或null的字段不变", EN: "A change of a group webhook; what is absent or null is unchanged"},
			fields: fieldTexts{
				"name":       {ZH: "可省略；不能与路径中的名称不同", EN: "may be left out; no other one than that of the path"},
				"provider":   {ZH: "应用类型，创建后不能修改；修改时可省略", EN: "kind of the office app, which is never changed; may be left out in a change"},
				"url":        {ZH: "新的地址，最长2048字节；******为不变", EN: "the new address, at most 2048 bytes; ****** is unchanged"},
				"signSecret": {ZH: "新的加签密钥，最长512字节；******为不变，空字符串清除", EN: "the new secret, at most 512 bytes; ****** is unchanged, empty takes it away"},
				"keywords":   {ZH: "关键词，最多10个，每个1到64字节", EN: "at most 10 keywords of 1 to 64 bytes"},
				"enabled":    {ZH: "启用或停用Webhook", EN: "enables or disables the webhook"},
			},
		},
	}
}
