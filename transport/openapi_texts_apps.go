package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// appTexts are those of office apps and of what a tenant has connected.
func appTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[providerBody](): {
			about: provider.Text{ZH: "可接入的办公应用", EN: "An office app that the host offers"},
			fields: fieldTexts{
				"kind": {ZH: "应用类型，例如dingtalk，用于各处的provider", EN: "its kind, such as dingtalk, for every field and parameter provider"},
				"title": {
					ZH: "名称，语言取自Accept-Language",
					EN: "its name in the language of Accept-Language",
				},
				"titles": {ZH: "中英文的名称", EN: "its name in both languages"},
				"abilities": {
					ZH: "能力，按名称排序，例如MessageSender",
					EN: "what it can do, sorted names such as MessageSender",
				},
				"limits": {ZH: "限制；数值0表示没有此限制", EN: "what it allows; a number of 0 is no limit"},
				"settings": {
					ZH: "租户须填写的设置项，JSON Schema（2020-12）",
					EN: "what a tenant enters, as a JSON Schema (2020-12)",
				},
			},
		},
		reflect.TypeFor[limitsBody](): {
			about: provider.Text{ZH: "办公应用的限制；数值0表示没有此限制", EN: "What an office app allows; a number of 0 is no limit"},
			fields: fieldTexts{
				"usersPerSend":         {ZH: "每次调用发送工作通知的人数", EN: "people that one call of a work notification takes"},
				"departmentsPerSend":   {ZH: "每次调用发送工作通知的部门数", EN: "departments that one call of a work notification takes"},
				"robotUsersPerSend":    {ZH: "每次调用机器人单聊的人数", EN: "people that one call of the robot takes"},
				"messageBytes":         {ZH: "工作通知的长度，字节（UTF-8，按办公应用的格式）", EN: "length of a work notification in the office app's form, in bytes of UTF-8"},
				"robotBytes":           {ZH: "机器人消息的长度，字节", EN: "length of a robot's message, in bytes"},
				"webhookBytes":         {ZH: "Webhook消息的长度，字节", EN: "length of a message to a webhook, in bytes"},
				"callsPerSecond":       {ZH: "每个应用每个接口每秒的调用次数", EN: "calls a second, for each app and API"},
				"everyonePerDay":       {ZH: "每天发给所有人的工作通知数", EN: "work notifications to everyone a day"},
				"sendsPerPersonPerDay": {ZH: "一个应用每天发给一个人的工作通知数", EN: "work notifications of one app to one person a day"},
				"sameContentPerDay":    {ZH: "一个应用每天发给一个人的相同工作通知数", EN: "times a day that one person may get the same work notification of one app"},
				"peoplePerMinute":      {ZH: "一个应用的工作通知每分钟的人数", EN: "people that the work notifications of one app may reach in a minute"},
				"webhookPerMinute":     {ZH: "一个Webhook每分钟的消息数", EN: "messages that a webhook takes in a minute"},
				"trackWindowSeconds":   {ZH: "发送后多少秒内可查询结果", EN: "seconds after sending in which the outcome can be asked for"},
				"trackUsers":           {ZH: "一批中多少人以内可逐人查询结果", EN: "largest number of recipients of a batch whose outcomes are told one by one"},
				"recallWindowSeconds":  {ZH: "发送后多少秒内可撤回", EN: "seconds after sending in which a message can be taken back"},
				"statusWindowSeconds":  {ZH: "发送后多少秒内可修改通知的状态栏", EN: "seconds after sending in which the status bar of a notice can be changed"},
				"statusUsers":          {ZH: "发给多少人以内的通知可修改状态栏", EN: "largest number of people of a notice whose status bar can be changed"},
				"mentions":             {ZH: "一条Webhook消息可@的人数", EN: "people that a message to a webhook may mention"},
				"media":                {ZH: "可上传的文件，按类型（image、voice、video、file）；没有的类型不能上传", EN: "what can be uploaded, by kind (image, voice, video, file); a kind that is not there cannot"},
				"write":                {ZH: "推送通讯录时的限制", EN: "what a push of the directory may write"},
				"peoplePageSize":       {ZH: "读取通讯录时每页的人数", EN: "people on a page of a read of the directory"},
			},
		},
		reflect.TypeFor[writeLimitsBody](): {
			about: provider.Text{ZH: "推送通讯录时的限制，长度以字符计；0或空字符串表示没有此限制", EN: "What a push may write, lengths in characters; 0 and empty are no limit"},
			fields: fieldTexts{
				"departmentName":        {ZH: "部门名称的长度", EN: "length of a department's name"},
				"departmentNameWithout": {ZH: "部门名称中不能有的字符", EN: "characters that a department's name must not have"},
				"userId":                {ZH: "办公应用的用户ID的长度", EN: "length of a user id at the office app"},
				"personName":            {ZH: "姓名的长度", EN: "length of a person's name"},
				"email":                 {ZH: "邮箱的长度", EN: "length of an email address"},
				"jobNumber":             {ZH: "工号的长度", EN: "length of a job number"},
				"title":                 {ZH: "职位的长度", EN: "length of a job title"},
				"extension":             {ZH: "扩展字段合起来的JSON的长度", EN: "length of all extension fields together, as JSON"},
				"memberships":           {ZH: "一个人可在多少个部门", EN: "number of departments of one person"},
				"mobileRequired":        {ZH: "创建人员是否须有手机号", EN: "whether nobody can be created without a mobile number"},
				"mobileFixed":           {ZH: "手机号是否在创建后不能修改", EN: "whether a mobile number cannot be changed once the person exists"},
				"lacks":                 {ZH: "办公应用没有的人员字段，例如jobNumber，不会被推送；没有缺少时为空数组", EN: "fields of people that the office app has not, such as jobNumber, and that are not pushed; empty for none"},
			},
		},
		reflect.TypeFor[mediaLimitsBody](): {
			about: provider.Text{ZH: "一种文件的限制", EN: "What an office app takes of one kind of file"},
			fields: fieldTexts{
				"bytes":      {ZH: "文件大小的上限，字节", EN: "the largest size, in bytes"},
				"extensions": {ZH: "允许的扩展名，小写，不含点", EN: "extensions that are taken, in lower case without the dot"},
			},
		},
		reflect.TypeFor[settingsSchema](): {
			about: provider.Text{ZH: "应用设置的JSON Schema（2020-12），可据此生成表单", EN: "A JSON Schema (2020-12) of what a tenant enters, of which a form can be made"},
			fields: fieldTexts{
				"$schema":              {ZH: "JSON Schema的版本，固定为2020-12", EN: "version of JSON Schema, always 2020-12"},
				"type":                 {ZH: "固定为object", EN: "always object"},
				"title":                {ZH: "办公应用的名称，语言取自Accept-Language", EN: "name of the office app in the language of Accept-Language"},
				"properties":           {ZH: "设置项，按名称", EN: "the settings by their names"},
				"required":             {ZH: "必填的设置项的名称", EN: "names of the settings that must be there"},
				"additionalProperties": {ZH: "固定为false：没有其他设置项", EN: "always false: there are no other settings"},
			},
		},
		reflect.TypeFor[propertySchema](): {
			about: provider.Text{ZH: "一个设置项", EN: "A setting"},
			fields: fieldTexts{
				"type":          {ZH: "固定为string", EN: "always string"},
				"title":         {ZH: "设置项的名称，语言取自Accept-Language", EN: "what a form calls it, in the language of Accept-Language"},
				"description":   {ZH: "在哪里找到该值，语言取自Accept-Language；没有时不出现", EN: "where to find the value, in the language of Accept-Language; absent without"},
				"minLength":     {ZH: "必填的设置项为1，否则不出现", EN: "1 for a setting that must be there, else absent"},
				"maxLength":     {ZH: "值的最大长度，按字节计", EN: "the greatest length of the value, counted in bytes"},
				"enum":          {ZH: "可选的值；任意时不出现", EN: "the values there are; absent for any"},
				"default":       {ZH: "未填时的值；没有时不出现", EN: "what an absent value means; absent without"},
				"writeOnly":     {ZH: "true为密钥：加密保存，读取时显示为******；否则不出现", EN: "true for a secret, which is stored sealed and read as ******; else absent"},
				"x-title":       {ZH: "中英文的设置项名称", EN: "what a form calls it, in both languages"},
				"x-description": {ZH: "中英文的description；没有时不出现", EN: "the description in both languages; absent without"},
				"x-order":       {ZH: "在表单中的次序，从1开始", EN: "its place in a form, from 1"},
			},
		},
		reflect.TypeFor[appBody](): {
			about: provider.Text{ZH: "应用连接：租户接入的一个办公应用", EN: "An app connection: an office app that the tenant has connected"},
			fields: fieldTexts{
				"id":      {ZH: "应用连接的ID，即其他接口的appId", EN: "id of the connection, the appId of other answers"},
				"enabled": {ZH: "是否启用；同一类应用只有一个可启用", EN: "whether it is enabled; of a kind only one can be"},
				"version": {ZH: "版本号，每次修改加一；ETag即为此值", EN: "grows by one with each change; the ETag is made of it"},
				"settings": {
					ZH: "设置项的值，按名称，见GET /providers的settings；密钥显示为******，未填的不出现",
					EN: "values of the settings by name, see settings of GET /providers; secrets are shown as ******, and what was not entered is absent",
				},
			},
		},
		reflect.TypeFor[newApp](): {
			about: provider.Text{ZH: "要接入的应用", EN: "An app to connect"},
			fields: fieldTexts{
				"enabled": {ZH: "是否启用；null或缺省为true", EN: "whether it is enabled; true if null or absent"},
				"settings": {
					ZH: "设置项的值，按名称，见GET /providers的settings；首尾空白被去掉，null和空字符串视为未填",
					EN: "values of the settings by name, see settings of GET /providers; white space around them is cut, null and empty are like absent",
				},
			},
		},
		reflect.TypeFor[appChange](): {
			about: provider.Text{ZH: "应用的修改；缺省或null的字段不变", EN: "A change of an app; what is absent or null is unchanged"},
			fields: fieldTexts{
				"enabled": {ZH: "启用或停用；null或缺省为不变", EN: "enables or disables it; unchanged if null or absent"},
				"settings": {
					ZH: "要修改的设置项，按名称；未出现和null的不变，密钥为******的不变，空字符串清除该项",
					EN: "the settings to change by name; one that is absent or null is unchanged, and so is a secret of ******; empty takes it away",
				},
			},
		},
		reflect.TypeFor[verifyBody](): {
			about: provider.Text{ZH: "权限检查的结果", EN: "What a permission probe found"},
			fields: fieldTexts{
				"ok":          {ZH: "是否不缺权限；未知的不算缺", EN: "whether no permission is missing; unknown ones do not count"},
				"permissions": {ZH: "本模块需要的各权限", EN: "the permissions that this module needs"},
				"scope":       {ZH: "应用可见的通讯录范围", EN: "what of the directory the app may see"},
			},
		},
		reflect.TypeFor[permissionBody](): {fields: fieldTexts{
			"name":   {ZH: "权限在办公应用控制台的名称", EN: "name of the permission in the office app's console"},
			"code":   {ZH: "办公应用自己的权限标识；可能为空字符串", EN: "the office app's own identifier of the permission; may be empty"},
			"state":  {ZH: "granted已有，missing缺少，unknown无法得知", EN: "granted, missing, or unknown if it cannot be found out"},
			"needed": {ZH: "哪项功能需要该权限，语言取自Accept-Language", EN: "what needs the permission, in the language of Accept-Language"},
			"remedy": {ZH: "如何补上该权限，语言取自Accept-Language；已有的为空字符串", EN: "how to have it granted, in the language of Accept-Language; empty for one that is"},
		}},
		reflect.TypeFor[scopeBody](): {fields: fieldTexts{
			"departments": {ZH: "可见的最上层部门，各包含所有下级", EN: "the topmost departments that are visible, each with all below it"},
			"people":      {ZH: "单独授权的人员在办公应用的用户ID", EN: "user ids, at the office app, of people granted one by one"},
		}},
		reflect.TypeFor[departmentBody](): {
			about: provider.Text{ZH: "办公应用的部门", EN: "A department at the office app"},
			fields: fieldTexts{
				"id":   {ZH: "部门在办公应用的ID", EN: "its id at the office app"},
				"name": {ZH: "部门在办公应用显示的名称", EN: "its name at the office app"},
			},
		},
		reflect.TypeFor[appEventsBody](): {
			about: provider.Text{ZH: "应用的事件如何到达，以及还要做什么", EN: "How the events of an app come in, and what is to be done to have them come"},
			fields: fieldTexts{
				"callbackPath": {ZH: "回调地址的路径，接在平台自己的地址之后", EN: "path of the callback address, below the platform's own address"},
				"mode":         {ZH: "接收方式，取自应用的设置：none不接收，callback回调，stream长连接", EN: "how the app's settings have them come: none, callback or stream"},
				"callback":     {ZH: "回调方式的情况", EN: "about the callback address"},
				"stream":       {ZH: "长连接方式的情况", EN: "about the connection in Stream mode"},
				"received":     {ZH: "至今收到的不同事件数", EN: "number of different events so far"},
				"lastType":     {ZH: "最近一个事件的类型，办公应用自己的名称；没有时为空字符串", EN: "the office app's own name of the last event's type; empty before the first"},
				"lastAt":       {ZH: "最近一个事件到达的时间；没有时为null", EN: "when the last event came; null before the first"},
				"failure":      {ZH: "最近一次未能接收的错误类别，见Error的code；没有时为空字符串", EN: "why a report could not be taken in last, a code as of an Error; empty if that never happened"},
				"failedAt":     {ZH: "最近一次未能接收的时间；没有时为null", EN: "when a report could not be taken in last; null if that never happened"},
				"steps":        {ZH: "在办公应用控制台须做的步骤，按顺序，语言取自Accept-Language", EN: "the steps to take in the office app's console, in order and in the language of Accept-Language"},
			},
		},
		reflect.TypeFor[callbackBody](): {
			about: provider.Text{ZH: "回调地址的情况", EN: "How the callback address is doing"},
			fields: fieldTexts{
				"supported":   {ZH: "办公应用能否以回调发送事件", EN: "whether the office app can call an address"},
				"registrable": {ZH: "能否经POST /apps/{id}/events/callback注册", EN: "whether POST /apps/{id}/events/callback can register it"},
				"url":         {ZH: "已注册的地址；未注册或无法得知时为空字符串", EN: "the address that is registered; empty if none is or nobody can tell"},
				"complete":    {ZH: "本模块的所有事件是否都发往该地址", EN: "whether all events that this module uses go there"},
				"error":       {ZH: "未能询问办公应用的原因；没有时为null", EN: "why the office app could not be asked; else null"},
			},
		},
		reflect.TypeFor[streamBody](): {
			about: provider.Text{ZH: "长连接的情况", EN: "How the connection in Stream mode is doing"},
			fields: fieldTexts{
				"supported":   {ZH: "办公应用是否支持长连接", EN: "whether the office app has such connections"},
				"connected":   {ZH: "是否已连接", EN: "whether it is connected"},
				"connectedAt": {ZH: "自何时连接；未连接时为null", EN: "since when it is connected; null while it is not"},
				"node":        {ZH: "保持连接的进程；没有时为空字符串", EN: "the process that holds it; empty for none"},
				"error":       {ZH: "连接最近中断或未能建立的原因；没有时为null", EN: "why it was cut or could not be opened last; else null"},
				"failedAt":    {ZH: "连接最近中断或未能建立的时间；没有时为null", EN: "when it was cut or could not be opened last; else null"},
			},
		},
		reflect.TypeFor[callbackAddress](): {
			about: provider.Text{ZH: "要在办公应用注册的回调地址", EN: "The callback address to register at the office app"},
			fields: fieldTexts{
				"url": {
					ZH: "绝对地址，https（试用时可为http），最长1024字节，不含用户名和空白",
					EN: "absolute address, https or http for a trial, at most 1024 bytes, without a user name and spaces",
				},
			},
		},
	}
}
