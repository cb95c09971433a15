package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// contentTexts are those of what a message says. How long texts may be is the
// office app's: see GET /providers.
func contentTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[provider.Content](): {
			about: provider.Text{
				ZH: "消息内容：type所指的一个字段必填，其余不填",
				EN: "What a message says: the one field that type names, and no other",
			},
			fields: fieldTexts{
				"type": {
					ZH: "内容的类型，必填",
					EN: "type of the content, required",
				},
				"text": {
					ZH: "纯文本；type为text时填写",
					EN: "plain text; for type text",
				},
				"markdown": {
					ZH: "Markdown；type为markdown时填写",
					EN: "markdown; for type markdown",
				},
				"link": {
					ZH: "链接；type为link时填写",
					EN: "a text that opens a page; for type link",
				},
				"image": {
					ZH: "图片；type为image时填写",
					EN: "a picture; for type image",
				},
				"file": {
					ZH: "文件；type为file时填写",
					EN: "a document; for type file",
				},
				"voice": {
					ZH: "语音；type为voice时填写",
					EN: "a recording; for type voice",
				},
				"card": {
					ZH: "卡片；type为card时填写",
					EN: "a text with buttons; for type card",
				},
				"notice": {
					ZH: "通知；type为notice时填写",
					EN: "a structured announcement; for type notice",
				},
				"feed": {
					ZH: "图文列表；type为feed时填写",
					EN: "a list of links with pictures; for type feed",
				},
			},
		},
		reflect.TypeFor[provider.TextBody](): {fields: fieldTexts{
			"content": {
				ZH: "文本，不能为空",
				EN: "the text, not empty",
			},
		}},
		reflect.TypeFor[provider.Markdown](): {fields: fieldTexts{
			"title": {
				ZH: "会话列表中显示的标题，不能为空",
				EN: "what the list of chats shows, not empty",
			},
			"text": {
				ZH: "Markdown正文，不能为空；办公应用不能显示的部分会被转换",
				EN: "the markdown, not empty; what the office app cannot show is converted",
			},
		}},
		reflect.TypeFor[provider.Link](): {fields: fieldTexts{
			"title": {
				ZH: "链接的标题，不能为空",
				EN: "title of the link, not empty",
			},
			"text": {
				ZH: "链接的正文，不能为空",
				EN: "text of the link, not empty",
			},
			"url": {
				ZH: "打开的页面的绝对地址（http、https或办公应用自己的协议），不能为空；不能是javascript、vbscript或data地址",
				EN: "absolute address of the page to open, http, https or the office app's own scheme, not empty; not a javascript, vbscript or data address",
			},
			"imageUrl": {
				ZH: "配图：图片地址或mediaId；可省略",
				EN: "a picture, by its address or mediaId; may be left out",
			},
		}},
		reflect.TypeFor[provider.File](): {fields: fieldTexts{
			"name": {
				ZH: "显示的文件名，含扩展名，不能为空",
				EN: "name that people see, with its extension, not empty",
			},
		}},
		reflect.TypeFor[provider.Voice](): {fields: fieldTexts{
			"duration": {
				ZH: "时长，单位秒，1到60（钉钉工作通知最长59秒）",
				EN: "length in seconds, 1 to 60 (DingTalk's work notifications take 59)",
			},
		}},
		reflect.TypeFor[provider.Card](): {fields: fieldTexts{
			"title": {
				ZH: "卡片的标题，不能为空",
				EN: "title of the card, not empty",
			},
			"text": {
				ZH: "卡片正文，Markdown，不能为空",
				EN: "text of the card in markdown, not empty",
			},
			"layout": {
				ZH: "多个按钮的排列：vertical竖排，horizontal横排；缺省为vertical，应答中缺省时不出现",
				EN: "how several buttons stand; vertical if absent",
			},
			"buttons": {
				ZH: "按钮，1到5个",
				EN: "one to five buttons",
			},
		}},
		reflect.TypeFor[provider.Button](): {fields: fieldTexts{
			"title": {
				ZH: "按钮上的文字，不能为空",
				EN: "what the button says, not empty",
			},
			"url": {
				ZH: "点击后打开的页面地址，不能为空；不能是javascript、vbscript或data地址",
				EN: "address of the page that the button opens, not empty; not a javascript, vbscript or data address",
			},
		}},
		reflect.TypeFor[provider.Notice](): {
			about: provider.Text{
				ZH: "通知；除title和text至少填写一项外，字段均可省略",
				EN: "An announcement; title or text is required, every other field may be left out",
			},
			fields: fieldTexts{
				"title": {
					ZH: "通知的标题；与text至少填写一项",
					EN: "title of the notice; it or text is required",
				},
				"text": {
					ZH: "通知的正文；与title至少填写一项",
					EN: "text of the notice; it or title is required",
				},
				"url": {
					ZH: "点击通知打开的页面地址，可省略；不能是javascript、vbscript或data地址",
					EN: "address of the page that the notice opens, may be left out; not a javascript, vbscript or data address",
				},
				"imageUrl": {
					ZH: "通知的图片：图片地址或mediaId",
					EN: "picture of the notice, by its address or mediaId",
				},
				"author": {
					ZH: "作者，显示在末尾",
					EN: "the author, shown at the end",
				},
				"head": {
					ZH: "顶部的彩色标题栏",
					EN: "the coloured line on top",
				},
				"form": {
					ZH: "表单行，最多20行",
					EN: "lines of a form, at most 20",
				},
				"rich": {
					ZH: "突出显示的数字",
					EN: "a number shown large",
				},
				"status": {
					ZH: "状态栏；发送后可用POST /messages/{id}/status修改",
					EN: "a status bar, which POST /messages/{id}/status changes later",
				},
			},
		},
		reflect.TypeFor[provider.NoticeHead](): {fields: fieldTexts{
			"text": {
				ZH: "标题栏的文字，不能为空",
				EN: "text of the line, not empty",
			},
			"color": {
				ZH: "标题栏的颜色：6位十六进制RGB，例如FF6600；空表示办公应用的默认颜色",
				EN: "colour of the line, six hexadecimal digits, red first, such as FF6600; the office app's own if empty",
			},
		}},
		reflect.TypeFor[provider.FormRow](): {fields: fieldTexts{
			"key": {
				ZH: "表单行的名称，不能为空",
				EN: "name of the line, not empty",
			},
			"value": {
				ZH: "表单行的值，可为空",
				EN: "value of the line, may be empty",
			},
		}},
		reflect.TypeFor[provider.RichNumber](): {fields: fieldTexts{
			"number": {
				ZH: "数字，以字符串填写，不能为空",
				EN: "the number as a text, not empty",
			},
			"unit": {
				ZH: "单位，例如元；可省略",
				EN: "its unit, may be left out",
			},
		}},
		reflect.TypeFor[provider.Status](): {
			about: provider.Text{
				ZH: "通知的状态栏",
				EN: "The status bar of a notice",
			},
			fields: fieldTexts{
				"text": {
					ZH: "状态文字，例如已同意，不能为空",
					EN: "text of the status, such as approved, not empty",
				},
				"color": {
					ZH: "状态栏的颜色：6位十六进制RGB，例如FF6600；空表示默认颜色",
					EN: "colour of the status bar, six hexadecimal digits, red first; the default if empty",
				},
			},
		},
		reflect.TypeFor[provider.Feed](): {fields: fieldTexts{
			"items": {
				ZH: "图文链接，1到10条",
				EN: "one to ten links",
			},
		}},
		reflect.TypeFor[provider.FeedItem](): {fields: fieldTexts{
			"title": {
				ZH: "图文链接的标题，不能为空",
				EN: "title of the item, not empty",
			},
			"url": {
				ZH: "图文链接打开的页面地址，不能为空；不能是javascript、vbscript或data地址",
				EN: "address of the page that the item opens, not empty; not a javascript, vbscript or data address",
			},
			"imageUrl": {
				ZH: "图文链接的图片：图片地址或mediaId，不能为空",
				EN: "picture of the item, by its address or mediaId, not empty",
			},
		}},
	}
}
