package dingtalk

import "github.com/thirdapp/thirdapp/provider"

// What an administrator can do about a refusal.
//
//nolint:gochecknoglobals // constant table
var (
	remedyCredentials = provider.Text{
		ZH: "请核对Client ID（AppKey）和Client Secret（AppSecret），见钉钉开放平台的应用「凭证与基础信息」",
		EN: "check the Client ID (AppKey) and Client Secret (AppSecret) against the app's page 凭证与基础信息 of DingTalk's open platform",
	}
	remedyCorpID = provider.Text{
		ZH: "请核对企业CorpId，见钉钉开放平台首页",
		EN: "check the CorpId on the home page of DingTalk's open platform",
	}
	remedyLoginAgain = provider.Text{
		ZH: "登录码已使用或过期，请重新登录",
		EN: "the login code was used or has expired; log in again",
	}
	remedyOtherCompany = provider.Text{
		ZH: "您不是该企业的成员，或选择了其他企业；请重新登录并选择该企业",
		EN: "you are not a member of this company, or have chosen another one; log in again and choose this company",
	}
	remedyWait = provider.Text{
		ZH: "钉钉繁忙，请稍后重试",
		EN: "DingTalk is busy; try again later",
	}
	remedyUnreachable = provider.Text{
		ZH: "若持续出现，请检查本服务器到钉钉的网络、代理和接口地址配置",
		EN: "if it persists, check this server's network, proxy and base URLs on the way to DingTalk",
	}
	remedySlow = provider.Text{
		ZH: "调用钉钉过于频繁，请稍后重试；若其他系统也使用该应用，请为本系统单独创建应用",
		EN: "too many calls; try again later. If other systems use the same app, create one for this system alone",
	}
	remedyBanned = provider.Text{
		ZH: "本服务器出口IP的调用过于频繁，被钉钉暂时封禁，请等待5分钟；若持续出现，请检查是否有代理拦截",
		EN: "DingTalk has banned this server's exit IP for too many calls; wait 5 minutes. If it persists, see whether a proxy answers instead",
	}
	remedyMonthlyQuota = provider.Text{
		ZH: "企业的钉钉API调用量已用完，请等待额度恢复，或在钉钉开放平台升级专业版、购买增量包",
		EN: "the company's DingTalk API quota is used up; wait until it is renewed, or upgrade to the professional edition or buy an add-on",
	}
	remedyEveryone = provider.Text{
		ZH: "发送给全员的消息每天最多3条，请明天再发，或按部门、人员发送",
		EN: "at most 3 messages a day to everyone; send tomorrow, or to departments or people",
	}
	remedyNotEveryone = provider.Text{
		ZH: "该应用无权发送给全员，请按部门或人员发送",
		EN: "the app has no right to send to everyone; send to departments or people",
	}
	remedyMayNotSend = provider.Text{
		ZH: "该应用被禁止发送消息，请在钉钉管理后台和开放平台确认应用已启用、已发布，且有权发送工作通知",
		EN: "the app is not allowed to send; see in DingTalk's admin console and open platform that it is enabled, published, and has the right to send work notifications",
	}
	remedyScope = provider.Text{
		ZH: "请在钉钉开放平台的应用「权限管理 > 通讯录接口权限范围」中扩大范围，使其包含该部门或成员",
		EN: "widen the app's contact scope (权限管理 > 通讯录接口权限范围) so that it includes this department or person",
	}
	remedyIP = provider.Text{
		ZH: "请将本服务器的出口IP加入应用的白名单（开发配置 > 服务器出口IP）",
		EN: "add this server's exit IP to the app's whitelist (开发配置 > 服务器出口IP)",
	}
	remedyAgentID = provider.Text{
		ZH: "请核对AgentId，见钉钉开放平台的应用「凭证与基础信息」",
		EN: "check the AgentId against the app's page 凭证与基础信息 of DingTalk's open platform",
	}
	remedyStopped = provider.Text{
		ZH: "应用或企业已停用，请在钉钉管理后台启用并发布应用",
		EN: "the app or the company is disabled; enable and publish the app in DingTalk's admin console",
	}
	remedyWebhook = provider.Text{
		ZH: "请核对群机器人的安全设置（关键词、加签、IP地址）；启用加签时，本服务器的时钟误差不得超过1小时",
		EN: "check the group robot's security settings (keywords, sign, IP address); for a sign this server's clock may be off by an hour at most",
	}
	remedyWebhookGone = provider.Text{
		ZH: "该群机器人已被删除或地址有误，请在钉钉群的机器人设置中重新复制Webhook地址",
		EN: "the group robot was deleted or its address is wrong; copy the webhook address again from the group's robot settings",
	}
	remedyRobotCode = provider.Text{
		ZH: "请在应用配置中填写机器人RobotCode（robotCode，通常与Client ID相同），见钉钉开放平台的应用「添加应用能力 > 机器人」",
		EN: "enter the setting RobotCode (robotCode, often equal to the Client ID); see the app's robot configuration (添加应用能力 > 机器人) on DingTalk's open platform",
	}
	remedyRobot = provider.Text{
		ZH: "请核对机器人RobotCode，并确认机器人属于该应用、已启用并发布，群消息还须机器人在群内且未被禁言；经酷应用安装的机器人需要coolAppCode，本系统不支持，请将机器人直接添加到群",
		EN: "check the RobotCode; the robot must belong to this app, be enabled and published and, for a group, be a member that is not muted. One installed by a cool app (酷应用) wants a coolAppCode, which is not supported: add the robot to the group directly",
	}
	remedyRobotContent = provider.Text{
		ZH: "机器人不能发送该内容：语音须为amr格式，图片和文件须用该应用上传，链接须完整",
		EN: "the robot cannot send this: recordings must be amr, pictures and files uploaded with this app, and links complete",
	}
	remedyConversation = provider.Text{
		ZH: "请核对群会话ID：群可能已解散，或不属于该企业",
		EN: "check the group's conversation id: the group may be disbanded or of another company",
	}
	remedyTooOld = provider.Text{
		ZH: "该消息不存在或已超过24小时，无法查询或撤回",
		EN: "the message is not known or older than 24 hours and can be neither tracked nor recalled",
	}
	remedyNotReady = provider.Text{
		ZH: "钉钉尚未生成该消息的查询数据，请稍后重试；超过24小时的消息无法查询",
		EN: "DingTalk has no data about the message yet; try again later. Messages older than 24 hours cannot be asked about",
	}
	remedyStatusBar = provider.Text{
		ZH: "消息尚未发送完成，或接收人超过5人，无法更新状态栏",
		EN: "the status bar cannot be changed: the message is still being sent or went to more than 5 people",
	}
	remedyFile = provider.Text{
		ZH: "文件类型或大小不符合钉钉的要求，请更换文件",
		EN: "DingTalk does not take a file of this type or size; choose another",
	}
	remedyMediaID = provider.Text{
		ZH: "媒体文件不存在，请用该应用重新上传",
		EN: "the media id is not known; upload the file again with this app",
	}
	remedyContent = provider.Text{
		ZH: "消息内容过长，或包含不允许的文字或链接，请修改后重发",
		EN: "the message is too long or holds words or links that are not allowed; change it",
	}
	remedyNotEmpty = provider.Text{
		ZH: "该部门下还有成员或子部门，请先移走后再删除",
		EN: "the department still holds people or departments; move them away first",
	}
	remedyRoot = provider.Text{
		ZH: "根部门即企业本身，不能通过接口修改或删除",
		EN: "the root department is the company itself and can be neither changed nor deleted",
	}
	remedyDepartments = provider.Text{
		ZH: "部门层级过深或部门数量已达上限，请在钉钉管理后台调整组织架构",
		EN: "departments are nested too deeply or too many; rearrange them in DingTalk's admin console",
	}
	remedyLeaders = provider.Text{
		ZH: "部门主管和群主必须是该部门的成员，请先将其加入该部门",
		EN: "who leads a department or owns its chat must be a member of it; add them to it first",
	}
	remedyFull = provider.Text{
		ZH: "部门或企业的人数已达上限，或该成员加入的未认证企业过多，请在钉钉管理后台完成企业认证或扩容",
		EN: "the department or company is full, or the person is in too many unverified companies; verify or enlarge the company in DingTalk's admin console",
	}
	remedyPersonDisabled = provider.Text{
		ZH: "该成员的账号已被禁用，请在钉钉管理后台恢复",
		EN: "the person's account is disabled; restore it in DingTalk's admin console",
	}
	remedyHR = provider.Text{
		ZH: "该企业的职位信息由智能人事管理，请在智能人事中修改",
		EN: "positions of this company are kept by DingTalk's HR app (智能人事); change them there",
	}
	remedyMobile = provider.Text{
		ZH: "钉钉不允许通过接口修改手机号，须由成员本人在钉钉中更换",
		EN: "DingTalk lets nobody change a mobile number by API; the person changes it in DingTalk",
	}
	remedyOtherMobile = provider.Text{
		ZH: "该成员在企业通讯录中的手机号与其登录钉钉的手机号不一致，钉钉因此不允许修改；请在钉钉管理后台删除该成员后重新添加",
		EN: "the person's number in the company differs from the one they log in to DingTalk with, so that DingTalk lets nobody change their data; delete the person in DingTalk's admin console and add them anew",
	}
	remedyExtension = provider.Text{
		ZH: "请先在钉钉管理后台的通讯录中定义这些扩展字段，再写入其内容",
		EN: "define these custom fields in the contacts of DingTalk's admin console before they are written",
	}
	remedyCallbackKey = provider.Text{
		ZH: "请核对应用配置中的callbackToken和callbackAesKey，须与钉钉开放平台的应用「事件订阅」中的签名token和加密aes_key一致",
		EN: "check the settings callbackToken and callbackAesKey: they must be the token and aes_key of the app's event subscription (事件订阅) at DingTalk",
	}
	remedyCallbackOwner = provider.Text{
		ZH: "该回调属于其他应用，请核对钉钉开放平台中填写的回调地址，以及本系统中的Client ID和企业CorpId",
		EN: "the callback is another app's; check the callback URL entered at DingTalk, and the Client ID and CorpId entered here",
	}
	remedyClock = provider.Text{
		ZH: "请校准本服务器的时钟：回调时间与本机时间相差过大",
		EN: "set this server's clock: the time of the callback is too far from it",
	}
	remedyCallbackAnswer = provider.Text{
		ZH: "回调地址未按要求应答，请确认该地址可从公网以POST访问、应用配置已保存，且中间没有登录页、重定向或防火墙拦截",
		EN: "the address did not answer as it should; it must be reachable by POST from the internet, the settings must be saved, and no login page, redirect or firewall stand in between",
	}
	remedyCallbackTag = provider.Text{
		ZH: "钉钉不通过接口登记这些事件，请在钉钉开放平台的应用「事件订阅」中填写回调地址并勾选事件",
		EN: "DingTalk does not register these events by API; enter the address and tick the events in the app's event subscription (事件订阅) at DingTalk",
	}
	remedyCallbackURL = provider.Text{
		ZH: "钉钉不接受该回调地址，请使用公网可访问的http或https地址，或改在钉钉开放平台的应用「事件订阅」中填写",
		EN: "DingTalk does not take this address: use a public http or https address, or enter it in the app's event subscription (事件订阅) at DingTalk",
	}
	remedyConfirmLogin = provider.Text{
		ZH: "有成员扫码登录时才能得知：缺少时登录页会指出该权限。请在钉钉开放平台的应用「权限管理」中确认已开通：" + rightSelf.label(),
		EN: "known only once somebody logs in with a browser: the login page names it when it is missing. Make sure that " + rightSelf.label() + " is granted on the app's permission page (权限管理) of DingTalk's open platform",
	}
	remedySubscribeStream = provider.Text{
		ZH: "未能自动检测，请在钉钉开放平台的应用「事件订阅」中选择Stream模式推送，勾选通讯录用户与部门的增加、修改、离职、激活、删除事件，并发布版本",
		EN: "could not be checked; choose Stream mode in the app's event subscription (事件订阅) at DingTalk, tick the events of users and departments, and publish a version",
	}
	remedySubscribeCallback = provider.Text{
		ZH: "未能自动检测，请在钉钉开放平台的应用「事件订阅」中选择HTTP推送，填写回调地址，勾选通讯录用户与部门的增加、修改、离职、激活、删除事件，并发布版本",
		EN: "could not be checked; choose HTTP push in the app's event subscription (事件订阅) at DingTalk, enter the callback URL, tick the events of users and departments, and publish a version",
	}
)
