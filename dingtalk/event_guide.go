package dingtalk

import "github.com/thirdapp/thirdapp/provider"

var _ provider.EventGuide = (*Provider)(nil)

// EventGuide tells what to enter in DingTalk's console (docs, "configure stream
// push" and "configure HTTP push", read 2026-11-22).
func (p *Provider) EventGuide(address string) []provider.Text {
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
		{
			ZH: "勾选通讯录事件：用户增加、修改、离职、激活，部门创建、修改、删除，并发布应用版本",
			EN: "tick the contact events: users added, changed, left and activated, departments created, changed and removed; then publish a version of the app",
		},
		{
			ZH: "更换token或aes_key时，先将原值填入callbackTokenPrevious和callbackAesKeyPrevious，切换期间新旧两组均有效，不会丢失事件",
			EN: "when token or aes_key are changed, put the old ones into callbackTokenPrevious and callbackAesKeyPrevious first: both pairs hold, and no event is lost",
		},
	}
}
