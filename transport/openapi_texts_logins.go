package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// loginTexts are those of logins and of bindings.
func loginTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[loginAppBody](): {
			like:  reflect.TypeFor[configInput](),
			about: provider.Text{ZH: "登录页所需的应用信息；不含密钥", EN: "What a login page needs to know of the app; there is no secret in it"},
			fields: fieldTexts{
				"tenantId": {ZH: "应用所属的租户ID", EN: "id of the tenant that has the app"},
				"agentId":  {ZH: "应用在企业中的AgentId；可能为空字符串", EN: "the app's number in the company, AgentId; may be empty"},
			},
		},
		reflect.TypeFor[codeBody](): {
			about: provider.Text{ZH: "以免登码登录", EN: "A login by the code of a page inside of the office app"},
			fields: fieldTexts{
				"tenantId": {ZH: "要登录的租户ID；空字符串或缺省为0", EN: "the tenant to log in to; 0 if empty or absent"},
				"code":     {ZH: "办公应用给页面的免登码，1到512字节，只能用一次", EN: "the code that the page got from the office app, 1 to 512 bytes, good once"},
			},
		},
		reflect.TypeFor[ticketBody](): {
			about: provider.Text{ZH: "登录成功后的ticket，用POST /login/exchange换取会话", EN: "What a login ends with: a ticket that POST /login/exchange takes"},
			fields: fieldTexts{
				"ticket":   {ZH: "一次性ticket，限同一浏览器，默认60秒内有效", EN: "the ticket, good once, for the same browser, for 60 seconds by default"},
				"tenantId": {ZH: "登录的租户ID", EN: "the tenant that was logged in to"},
			},
		},
		reflect.TypeFor[exchangeBody](): {
			about: provider.Text{ZH: "用ticket换取会话", EN: "A ticket to exchange for a session"},
			fields: fieldTexts{
				"ticket":   {ZH: "登录带回的ticket，最长4096字节", EN: "the ticket that the login brought back, at most 4096 bytes"},
				"tenantId": {ZH: "须为ticket所属的租户ID；空字符串或缺省为不检查", EN: "must be the tenant of the ticket; not checked if empty or absent"},
			},
		},
		reflect.TypeFor[loginBody](): {
			about: provider.Text{ZH: "已登录的会话", EN: "A session of the host, for somebody who has logged in"},
			fields: fieldTexts{
				"token":          {ZH: "宿主平台的访问令牌", EN: "an access token of the host"},
				"expiresAt":      {ZH: "令牌失效的时间", EN: "when the token expires"},
				"tenantId":       {ZH: "ticket所属的租户ID", EN: "the tenant of the ticket"},
				"user":           {ZH: "登录的用户", EN: "who has logged in"},
				"tenants":        {ZH: "令牌可用的租户ID", EN: "ids of the tenants in which the token is good"},
				"chosenTenantId": {ZH: "上次选择的租户ID；没有时为空字符串", EN: "the tenant that was chosen last time; empty for none"},
			},
		},
		reflect.TypeFor[loginUser](): {fields: fieldTexts{
			"name":      {ZH: "用户的姓名；可能为空字符串", EN: "the user's name; may be empty"},
			"avatarUrl": {ZH: "用户头像的地址；没有时为空字符串", EN: "address of the user's picture; empty for none"},
		}},
		reflect.TypeFor[mobileBody](): {
			about: provider.Text{ZH: "尚未绑定的人以手机号验证身份", EN: "A step in which somebody who is not bound verifies their mobile number"},
			fields: fieldTexts{
				"proof":  {ZH: "登录被拒（原因unbound）时details中的proof，限同一浏览器，默认10分钟内有效", EN: "the proof in the details of the refusal unbound, for the same browser, for 10 minutes by default"},
				"mobile": {ZH: "手机号，1到64字节", EN: "the mobile number, 1 to 64 bytes"},
				"code":   {ZH: "收到的验证码，最长64字节；发送验证码时不填", EN: "the code that was sent, at most 64 bytes; not to ask for one"},
			},
		},
		reflect.TypeFor[loginTenantsBody](): {fields: fieldTexts{
			"tenants":        {ZH: "当前用户可进入的租户ID", EN: "ids of the tenants that one may act in"},
			"chosenTenantId": {ZH: "上次选择的租户ID；从未选择时为空字符串", EN: "the tenant that was chosen last; empty if none was"},
		}},
		reflect.TypeFor[tenantChoice](): {fields: fieldTexts{
			"chosenTenantId": {ZH: "选择的租户ID，须为可进入的租户之一；供下次登录使用", EN: "the tenant to work in at the next login, one of those that one may act in"},
		}},
		reflect.TypeFor[loginSettingsBody](): {fields: fieldTexts{
			"unbound":    {ZH: "未绑定的人登录时：deny拒绝，bind按手机号绑定已有账号，create同bind，没有账号时创建；从未设置时为deny", EN: "what becomes of somebody who is not bound: deny, bind to the account with their mobile number, or create, which makes one if need be; deny if it was never set"},
			"returnUrls": {ZH: "登录后可返回的地址和可签名的页面：源，可带路径前缀", EN: "where a login may end, and whose pages may be signed: an origin, possibly with the beginning of a path"},
			"updatedBy":  {ZH: "最后修改登录设置的用户名；从未修改时为空字符串", EN: "username of who changed the settings of logins last, empty if nobody did"},
			"updatedAt":  {ZH: "登录设置最后修改的时间；从未修改时为null", EN: "when the settings of logins were changed last; null if never"},
		}},
		reflect.TypeFor[loginSettingsChange](): {
			about: provider.Text{ZH: "登录设置的修改；缺省或null的字段不变", EN: "A change of the settings of logins; what is absent or null is unchanged"},
			fields: fieldTexts{
				"unbound":    {ZH: "未绑定的人登录时：deny拒绝，bind按手机号绑定已有账号，create同bind，没有账号时创建", EN: "what becomes of somebody who is not bound: deny, bind to the account with their mobile number, or create, which makes one if need be"},
				"returnUrls": {ZH: "返回地址，最多50个，每个最长1024字节：源，可带路径前缀，例如https://app.example.com/portal；整体替换", EN: "at most 50 addresses of at most 1024 bytes, an origin and possibly the beginning of a path, such as https://app.example.com/portal; they replace those there are"},
			},
		},
		reflect.TypeFor[pageSignatureBody](): {
			about: provider.Text{ZH: "页面的JSAPI签名，交给办公应用的脚本（钉钉为dd.config）", EN: "What a page hands to the office app's script, such as dd.config of DingTalk"},
			fields: fieldTexts{
				"corpId":    {ZH: "签名所用的企业ID", EN: "id of the company that the signature is for"},
				"agentId":   {ZH: "签名所用应用的AgentId", EN: "AgentId of the app that the signature is for"},
				"clientId":  {ZH: "签名所用应用的AppKey", EN: "AppKey of the app that the signature is for"},
				"timeStamp": {ZH: "签名的时间，原样交给脚本", EN: "time of the signature, to be handed on as it is"},
				"nonceStr":  {ZH: "签名的随机串，原样交给脚本", EN: "random text of the signature, to be handed on as it is"},
				"signature": {ZH: "签名", EN: "the signature"},
			},
		},
		reflect.TypeFor[bindingBody](): {
			about: provider.Text{ZH: "绑定：企业成员与平台账号的对应；租户内一个成员只有一个账号，反之亦然", EN: "A binding: which account a member of the company has; in a tenant a member has one, and an account one member"},
			fields: fieldTexts{
				"orgId":          {ZH: "成员所在企业在办公应用的ID", EN: "id, at the office app, of the company of the member"},
				"providerUserId": {ZH: "成员在办公应用的用户ID", EN: "the member's user id at the office app"},
				"unionId":        {ZH: "成员在办公应用的unionId；未知时为空字符串", EN: "the member's union id at the office app; empty if it is not known"},
				"username":       {ZH: "账号的用户名；账号已不存在时为空字符串", EN: "the account's username; empty if the account is gone"},
				"name":           {ZH: "账号的姓名；账号已不存在时为空字符串", EN: "the name on the account; empty if the account is gone"},
				"active":         {ZH: "false表示成员已离开企业", EN: "false for a member who has left the company"},
				"source":         {ZH: "绑定的来源：directory目录拉取，admin管理员，mobile手机号相同，created账号为该成员创建，person本人登录后绑定", EN: "where it comes from: a pull of the directory, an admin, the same mobile number, an account created for the member, or the person, who has logged in at the office app while signed in"},
				"proved":         {ZH: "是否由本人证明过", EN: "whether the person has proved it themselves"},
			},
		},
		reflect.TypeFor[newBinding](): {
			about: provider.Text{ZH: "要添加的绑定；userId和username至少填写一项", EN: "A binding to add; it takes userId or username"},
			fields: fieldTexts{
				"providerUserId": {ZH: "要绑定的成员在办公应用的用户ID", EN: "user id, at the office app, of the member to bind"},
				"userId":         {ZH: "要绑定的平台用户ID，须是租户的有效成员；填写时不看username", EN: "user id, on the platform, of an active member of the tenant; username does not matter then"},
				"username":       {ZH: "要绑定的平台用户名；未填userId时使用", EN: "username, on the platform, of an active member of the tenant, without userId"},
			},
		},
		reflect.TypeFor[bindOwnBody](): {
			about: provider.Text{ZH: "将自己的账号绑定到刚在办公应用登录的成员", EN: "Binds one's own account to the member who has just logged in at the office app"},
			fields: fieldTexts{
				"proof": {ZH: "登录被拒（原因unbound）时details中的proof，限同一浏览器", EN: "the proof in the details of the refusal unbound, for the same browser"},
			},
		},
	}
}
