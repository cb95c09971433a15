package dingtalk

import (
	"errors"

	"github.com/thirdapp/thirdapp/provider"
)

// undelivered is why a person did not get an accepted message.
type undelivered struct {
	code    provider.Code
	pause   pause
	meaning provider.Text
	remedy  provider.Text
}

// The reasons of getsendresult (docs, "result of work notifications", table of
// forbidden_list, read 2026-11-22).
//
//nolint:gochecknoglobals // constant table
var (
	perMinute = undelivered{
		code: provider.ResourceExhausted, pause: nextMinute,
		meaning: provider.Text{ZH: "超过每分钟发送上限", EN: "over the limit per minute"},
		remedy:  remedySlow,
	}
	perDay = undelivered{
		code: provider.ResourceExhausted, pause: nextDay,
		meaning: provider.Text{ZH: "该成员今日接收的工作通知已达上限", EN: "this person's work notifications of today are used up"},
		remedy:  provider.Text{ZH: "请明天再发，或减少发送给该成员的消息", EN: "send tomorrow, or send this person fewer messages"},
	}
	duplicate = undelivered{
		code:    provider.AlreadyExists,
		meaning: provider.Text{ZH: "今日已向该成员发送过相同内容", EN: "this person has already had the same content today"},
		remedy:  provider.Text{ZH: "请修改消息内容后重发，例如加上时间", EN: "change the text before sending again, for example by adding the time"},
	}

	notDelivered = undelivered{
		code:    provider.Unavailable,
		meaning: provider.Text{ZH: "钉钉推送失败", EN: "DingTalk could not deliver"},
		remedy:  remedyWait,
	}
	unknownReceiver = undelivered{
		code:    provider.NotFound,
		meaning: provider.Text{ZH: "接收人不存在", EN: "no such receiver"},
		remedy:  provider.Text{ZH: "请重新同步通讯录，该成员可能已离职", EN: "run a directory sync; this person may have left"},
	}
	heldBack = undelivered{
		code:    provider.PermissionDenied,
		meaning: provider.Text{ZH: "钉钉禁止向该成员发送", EN: "DingTalk does not allow sending to this person"},
		remedy: provider.Text{
			ZH: "请确认该成员在应用的可使用范围内",
			EN: "make sure that this person is in the app's range of use (可使用范围)",
		},
	}

	// flowControlled and filtered are the robot's (docs, "send one-on-one chat
	// messages in batches", read 2026-11-22; the Go SDK alone has the list of
	// filtered people).
	flowControlled = undelivered{
		code: provider.ResourceExhausted, pause: oneMinute,
		meaning: provider.Text{ZH: "钉钉对该成员的机器人消息限流", EN: "DingTalk holds back the robot's messages to this person"},
		remedy:  remedySlow,
	}
	filtered = undelivered{
		code:    provider.PermissionDenied,
		meaning: provider.Text{ZH: "钉钉过滤了发给该成员的机器人消息", EN: "DingTalk filters the robot's messages to this person"},
		remedy: provider.Text{
			ZH: "请确认该成员在机器人的可使用范围内，且未屏蔽该机器人",
			EN: "make sure that this person is in the robot's range of use (可使用范围) and has not blocked it",
		},
	}

	undeliveredReasons = map[string]undelivered{
		"143103": perMinute, "143104": perMinute, "143203": perMinute, "143204": perMinute,
		"143105": perDay, "143205": perDay,
		"143106": duplicate, "143206": duplicate,
		"1430000": unknownReceiver,
		"1430001": {
			code:    provider.InvalidArgument,
			meaning: provider.Text{ZH: "不支持的发送类型", EN: "unknown kind of sending"},
		},
		"1430002": {
			code:    provider.InvalidArgument,
			meaning: provider.Text{ZH: "消息包含违禁内容", EN: "forbidden content"},
			remedy:  remedyContent,
		},
		"1430003": {
			code:    provider.ResourceExhausted,
			meaning: provider.Text{ZH: "触发钉钉系统保护", EN: "held back by DingTalk's system protection"},
			remedy:  remedyWait,
		},
		"1430004": {
			code:    provider.PermissionDenied,
			meaning: provider.Text{ZH: "该成员开启了高管模式", EN: "this person is protected by executive mode"},
			remedy: provider.Text{
				ZH: "请在钉钉管理后台将应用或发送人加入该成员的高管模式白名单",
				EN: "add the app to this person's executive mode whitelist in DingTalk's admin console",
			},
		},
	}
)

func reasonFor(code string) undelivered {
	if r, ok := undeliveredReasons[code]; ok {
		return r
	}
	return heldBack
}

// personError makes the error of one person. DingTalk gives a number at best and
// no text, so that the meaning stands in the remedy, too.
func (c *client) personError(a api, why undelivered, code, requestID string) *provider.Error {
	return &provider.Error{
		Code: why.code, Provider: provider.DingTalk, Op: a.path,
		Upstream: code, RequestID: requestID, RetryAfter: why.pause.from(c.now()),
		Remedy: why.advice(), Unsent: true, Err: errors.New(why.meaning.EN),
	}
}

func (u undelivered) advice() provider.Text {
	if u.remedy.IsZero() {
		return u.meaning
	}
	return provider.Text{ZH: u.meaning.ZH + "。" + u.remedy.ZH, EN: u.meaning.EN + "; " + u.remedy.EN}
}
