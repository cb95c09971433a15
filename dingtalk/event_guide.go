package dingtalk

import "github.com/thirdapp/thirdapp/provider"

var _ provider.EventGuide = (*Provider)(nil)

// EventGuide tells what to enter in DingTalk's console (docs, "configure stream
// push" and "configure HTTP push", read 2026-11-22), for the event mode of the
// settings; while that is none, for both.
func (p *Provider) EventGuide(address string) []provider.Text {
	switch p.eventMode {
	case provider.EventModeStream:
		return streamGuide()
	case provider.EventModeCallback:
		return callbackGuide(address)
	}
	choice := provider.Text{
		ZH: "目前不接收事件。可将eventMode选为stream（Stream模式推送，无需公网地址，保存后本页列出其步骤），或选为callback（HTTP推送），后者步骤如下",
		EN: "no events come yet: set eventMode to stream (Stream mode, which needs no public address; its steps show here once that is saved), or to callback (HTTP push), of which these are the steps",
	}
	return append([]provider.Text{choice}, callbackGuide(address)...)
}

// streamGuide: DingTalk saves the choice of Stream mode only while a connection
// stands.
func streamGuide() []provider.Text {
	return []provider.Text{
		{
			ZH: "先保存本系统的应用配置（eventMode为stream），数秒后本系统会与钉钉建立连接，无需公网地址，但服务器须能访问api.dingtalk.com和wss-open-connection.dingtalk.com的443端口",
			EN: "save the settings here first, with eventMode stream: a connection to DingTalk is opened within seconds. It needs no public address; this server must reach api.dingtalk.com and wss-open-connection.dingtalk.com on port 443",
		},
		{
			ZH: "登录钉钉开放平台 open-dev.dingtalk.com，进入应用，打开「事件订阅」，推送方式选择「Stream模式推送」，并完成其连接验证",
			EN: "sign in at open-dev.dingtalk.com, open the app and its event subscription (事件订阅), choose Stream mode (Stream模式推送), and have the connection verified there",
		},
		contactEventsStep(),
	}
}

func callbackGuide(address string) []provider.Text {
	return []provider.Text{
		{
			ZH: "登录钉钉开放平台 open-dev.dingtalk.com，进入应用，打开「事件订阅」，推送方式选择「HTTP推送」",
			EN: "sign in at open-dev.dingtalk.com, open the app and its event subscription (事件订阅), and choose HTTP push (HTTP推送)",
		},
		{
			ZH: "将页面上的「签名 token」填入本系统应用配置的callbackToken，「加密 aes_key」填入callbackAesKey，eventMode选择callback，并先保存本系统的配置",
			EN: "copy its token (签名 token) into the setting callbackToken and its aes_key (加密 aes_key) into callbackAesKey here, set eventMode to callback, and save that first",
		},
		{
			ZH: "「请求网址」填写 " + address + "（须为公网可访问的地址），保存后钉钉会立即验证",
			EN: "enter " + address + " as request URL (请求网址); it must be reachable from the internet, and DingTalk tries it at once",
		},
		contactEventsStep(),
		{
			ZH: "更换token或aes_key时，先将原值填入callbackTokenPrevious和callbackAesKeyPrevious，切换期间新旧两组均有效，不会丢失事件",
			EN: "when token or aes_key are changed, put the old ones into callbackTokenPrevious and callbackAesKeyPrevious first: both pairs hold, and no event is lost",
		},
	}
}

func contactEventsStep() provider.Text {
	return provider.Text{
		ZH: "勾选通讯录事件：用户增加、修改、离职、激活，部门创建、修改、删除，并发布应用版本",
		EN: "tick the contact events: users added, changed, left and activated, departments created, changed and removed; then publish a version of the app",
	}
}
