package dingtalk

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// The settings of a DingTalk app beside those every office app has.
const (
	// SettingRobotCode names the app's robot.
	SettingRobotCode = "robotCode"
	// SettingCallbackToken signs event callbacks.
	SettingCallbackToken = "callbackToken"
	// SettingCallbackAESKey encrypts event callbacks.
	SettingCallbackAESKey = "callbackAesKey"
	// SettingCallbackTokenPrevious and SettingCallbackAESKeyPrevious are those
	// before, accepted as well while they are being changed.
	SettingCallbackTokenPrevious  = "callbackTokenPrevious"
	SettingCallbackAESKeyPrevious = "callbackAesKeyPrevious"
)

var (
	callbackTokenForm  = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)
	callbackAESKeyForm = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)
)

// settings is the form a tenant fills in, in the words of DingTalk's console.
func settings() []provider.Setting {
	return []provider.Setting{
		{
			Name:  provider.SettingOrgID,
			Title: provider.Text{ZH: "企业CorpId", EN: "CorpId"},
			Help: provider.Text{
				ZH: "钉钉开放平台首页可查看，通讯录与账号绑定以企业为单位保存",
				EN: "shown on the home page of DingTalk's open platform, and directory and bindings are kept by it",
			},
			Required: true,
			Check:    noSpace,
		},
		{
			Name:  provider.SettingAgentID,
			Title: provider.Text{ZH: "原企业内部应用AgentId", EN: "AgentId"},
			Help: provider.Text{
				ZH: "应用详情 > 凭证与基础信息",
				EN: "the app's page, Credentials & Basic Info (凭证与基础信息)",
			},
			Required: true, MaxLength: 19, Check: agentIDForm,
		},
		{
			Name:  provider.SettingClientID,
			Title: provider.Text{ZH: "Client ID（原AppKey）", EN: "Client ID (AppKey)"},
			Help: provider.Text{
				ZH: "应用详情 > 凭证与基础信息",
				EN: "the app's page, Credentials & Basic Info (凭证与基础信息)",
			},
			Required: true, Check: noSpace,
		},
		{
			Name:  provider.SettingClientSecret,
			Title: provider.Text{ZH: "Client Secret（原AppSecret）", EN: "Client Secret (AppSecret)"},
			Help: provider.Text{
				ZH: "应用详情 > 凭证与基础信息",
				EN: "the app's page, Credentials & Basic Info (凭证与基础信息)",
			},
			Secret: true, Required: true, Check: noSpace,
		},
		{
			Name:  SettingRobotCode,
			Title: provider.Text{ZH: "机器人RobotCode", EN: "RobotCode"},
			Help: provider.Text{
				ZH: "添加应用能力 > 机器人 > 机器人配置；通常与Client ID相同",
				EN: "app abilities, robot (机器人), robot configuration; often equal to the Client ID",
			},
			Check: noSpace,
		},
		{
			Name:  SettingCallbackToken,
			Title: provider.Text{ZH: "事件订阅签名token", EN: "Event subscription token"},
			Help: provider.Text{
				ZH: "开发配置 > 事件订阅 > HTTP推送 > 签名token",
				EN: "event subscription (事件订阅), HTTP push, signing token",
			},
			Secret: true, Check: callbackTokenCheck,
		},
		{
			Name:  SettingCallbackAESKey,
			Title: provider.Text{ZH: "事件订阅加密aes_key", EN: "Event subscription aes_key"},
			Help: provider.Text{
				ZH: "开发配置 > 事件订阅 > HTTP推送 > 加密aes_key，43个字符",
				EN: "event subscription (事件订阅), HTTP push, aes_key of 43 characters",
			},
			Secret: true, Check: callbackAESKeyCheck,
		},
		{
			Name:  SettingCallbackTokenPrevious,
			Title: provider.Text{ZH: "原签名token（更换期间）", EN: "Previous token, while it is changed"},
			Help: provider.Text{
				ZH: "更换token或aes_key时填写原值：先在此保存新旧两组，再到钉钉开放平台修改，待推送正常后清空，期间不丢失事件",
				EN: "the value before, when token or aes_key change: save both here, change them at DingTalk, clear this when events arrive again; none is lost",
			},
			Secret: true, Check: callbackTokenCheck,
		},
		{
			Name:  SettingCallbackAESKeyPrevious,
			Title: provider.Text{ZH: "原加密aes_key（更换期间）", EN: "Previous aes_key, while it is changed"},
			Help: provider.Text{
				ZH: "更换aes_key时填写原值，只更换token时不填",
				EN: "the value before, when the aes_key changes; empty when only the token does",
			},
			Secret: true, Check: callbackAESKeyCheck,
		},
		{
			Name:  provider.SettingEventMode,
			Title: provider.Text{ZH: "事件推送方式", EN: "Event delivery"},
			Help: provider.Text{
				ZH: "须与钉钉开放平台应用「开发配置 > 事件订阅」的推送方式一致，并在其中勾选通讯录事件：" +
					"stream为Stream模式推送，无需公网地址，本系统主动建立连接；callback为HTTP推送，在其中填写本系统给出的回调地址；none不接收",
				EN: "as chosen in the app's event subscription (事件订阅) at DingTalk, where the contact events are ticked: " +
					"stream for Stream mode, over a connection that this system opens, without a public address; callback for HTTP push, with the callback URL of this system entered there; none",
			},
			Enum:    []string{provider.EventModeNone, provider.EventModeCallback, provider.EventModeStream},
			Default: provider.EventModeNone,
		},
	}
}

func noSpace(v string) provider.Text {
	if strings.TrimSpace(v) == v {
		return provider.Text{}
	}
	return provider.Text{ZH: "首尾不能有空格", EN: "must not begin or end with a space"}
}

func agentIDForm(v string) provider.Text {
	if n, err := strconv.ParseUint(v, 10, 63); err == nil && n > 0 {
		return provider.Text{}
	}
	return provider.Text{ZH: "只能是数字", EN: "must be a number"}
}

func callbackTokenCheck(v string) provider.Text {
	if callbackTokenForm.MatchString(v) {
		return provider.Text{}
	}
	return provider.Text{ZH: "应为3至32位字母或数字", EN: "must be 3 to 32 letters or digits"}
}

func callbackAESKeyCheck(v string) provider.Text {
	if callbackAESKeyForm.MatchString(v) {
		return provider.Text{}
	}
	return provider.Text{ZH: "应为43位字母或数字", EN: "must be 43 letters or digits"}
}
