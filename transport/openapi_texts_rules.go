package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// ruleTexts are those of the rules of the directory and of its schedule.
func ruleTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[syncSettingsBody](): {
			about: provider.Text{ZH: "一个办公应用的同步规则；一次同步始终使用开始时的规则", EN: "The rules for an office app; a run keeps those it was started with"},
			fields: fieldTexts{
				"version": {
					ZH: "规则的版本，修改时传回；从未修改时为0",
					EN: "version of the rules, which a change names; 0 if nobody has changed them",
				},
				"retentionDays": {
					ZH: "同步记录的保留天数；未设置时为宿主的默认值（180）",
					EN: "days that runs are kept; the host's default (180) if it was not chosen",
				},
				"updatedBy": {
					ZH: "最后修改规则的用户名；从未修改时为空字符串",
					EN: "username of who changed the rules last, empty if nobody did",
				},
				"updatedAt": {
					ZH: "规则最后修改的时间；从未修改时为null",
					EN: "when the rules were changed last; null if never",
				},
			},
		},
		reflect.TypeFor[dirsync.Rules](): {fields: fieldTexts{
			"scope": {ZH: "目录的哪一部分同步到平台", EN: "which part of the directory comes to the platform"},
			"mapping": {
				ZH: "人员字段的来源，按字段：值为办公应用的字段name、email、jobNumber、title、avatar、mobile、userId、unionId、extension.<名称>，空字符串为不填；不在其中的字段取自同名字段。mobile不能映射，manager只能取自manager、extension.<名称>或留空",
				EN: "what fills a field of people, by field: name, email, jobNumber, title, avatar, mobile, userId, unionId or extension.<name> of the office app, empty for nothing; a field that is not there is filled by its own name. mobile cannot be mapped, manager comes from manager, extension.<name> or nothing",
			},
			"ownership": {
				ZH: "字段以哪边为准，按字段：provider办公应用，platform平台，first只在为空时填写一次；不在其中的字段拉取时以办公应用为准",
				EN: "whose value counts, by field: provider, platform, or first, which fills it once where it is empty; a pull takes the office app's for a field that is not there",
			},
			"matching": {
				ZH: "未绑定的人按什么匹配平台账号，按顺序；email和jobNumber只匹配已是本租户成员的账号",
				EN: "what people without a binding are recognised by, in this order; email and jobNumber find members of the tenant only",
			},
			"accountName": {
				ZH: "拉取时创建的账号的用户名取自：mobile手机号，email邮箱，emailName邮箱@之前的部分，jobNumber工号，userId办公应用的用户ID，name姓名；没有该值时为手机号",
				EN: "what the username of a created account is made of: mobile, email, emailName (before the @), jobNumber, userId (at the office app), name; the mobile number where there is none",
			},
			"guard": {
				ZH: "一次同步无须批准最多可移除多少人：people与percent中较大者",
				EN: "how many people a run may remove without approval: the larger of people and percent",
			},
			"graceDays": {
				ZH: "离开目录多少天后停用，0到365；0为立即",
				EN: "days after which somebody who is not in the directory any more is suspended, 0 to 365; 0 is at once",
			},
			"initialPassword": {
				ZH: "创建的账号的初始密码：none无，设置前不能以密码登录；house_number_mobile租户门牌号加手机号，首次登录须修改",
				EN: "password of created accounts: none, with which nobody signs in until one is set, or house_number_mobile, the tenant's house number and the mobile number, to be changed at the first login",
			},
			"existing": {
				ZH: "对此前已有平台账号的人的处理",
				EN: "about people whose account was there before",
			},
			"pushDeletes": {
				ZH: "跟随平台变化的推送是否在办公应用中删除平台已删除的人员和部门",
				EN: "whether pushes that follow the platform remove at the office app what was removed on the platform",
			},
		}},
		reflect.TypeFor[syncSettingsChange](): {
			about: provider.Text{ZH: "规则的修改；缺省或null的字段不变，填写的字段整体替换", EN: "A change of the rules; what is absent or null is unchanged, what is there is replaced as a whole"},
			fields: fieldTexts{
				"version": {
					ZH: "读取时得到的版本，必填；规则已被他人修改时返回409，原因settings_changed",
					EN: "the version that was read, required; 409 with the reason settings_changed if somebody else has changed the rules",
				},
			},
		},
		reflect.TypeFor[dirsync.RulesChange](): {
			like: reflect.TypeFor[dirsync.Rules](),
			fields: fieldTexts{
				"matching": {
					ZH: "匹配的顺序，最多3项，不重复，须包含mobile；email和jobNumber只匹配已是本租户成员的账号",
					EN: "what people without a binding are recognised by, in this order: at most 3, each once, mobile among them; email and jobNumber find members of the tenant only",
				},
			},
		},
		reflect.TypeFor[dirsync.SettingsChange](): {fields: fieldTexts{
			"retentionDays": {
				ZH: "同步记录的保留天数，1到3650；0恢复默认值",
				EN: "days that runs are kept, 1 to 3650; 0 goes back to the default",
			},
		}},
		reflect.TypeFor[dirsync.ScopeRules](): {fields: fieldTexts{
			"include": {
				ZH: "同步哪些部门（办公应用的部门ID，含下级），最多1000个；空为应用可见的全部",
				EN: "ids, at the office app, of the departments that come with all below them, at most 1000; everything the app may see if empty",
			},
			"exclude": {
				ZH: "不同步哪些部门（办公应用的部门ID，含下级），最多1000个，不能与include重复",
				EN: "ids, at the office app, of departments that do not come, at most 1000, none of which is in include",
			},
		}},
		reflect.TypeFor[dirsync.Guard](): {fields: fieldTexts{
			"people": {
				ZH: "人数，1到1000000；-1为不按人数放行。修改guard时必填",
				EN: "number of people, 1 to 1,000,000, or -1 for none; required in a change of guard",
			},
			"percent": {
				ZH: "占目录现有人数的百分比，1到100；-1为不按比例放行。修改guard时必填",
				EN: "part of the directory's active people, 1 to 100, or -1 for none; required in a change of guard",
			},
		}},
		reflect.TypeFor[dirsync.ExistingRules](): {fields: fieldTexts{
			"join": {
				ZH: "怎样加入租户：active立即，pending等待管理员批准。修改existing时必填",
				EN: "how they join the tenant: active at once, pending until an administrator admits them; required in a change of existing",
			},
			"fields": {
				ZH: "字段是否跟随目录：update跟随（姓名和头像只在为空时填写），keep保持不变；部门始终跟随。修改existing时必填",
				EN: "whether their fields follow the directory: update (name and avatar only where they are empty) or keep; departments always do; required in a change of existing",
			},
		}},
		reflect.TypeFor[scheduleBody](): {
			about: provider.Text{ZH: "一个办公应用的同步计划；从未保存时为建议值，处于暂停", EN: "The schedule for an office app; a paused suggestion if none was saved"},
			fields: fieldTexts{
				"version": {
					ZH: "计划的版本，修改时传回；从未保存时为0",
					EN: "version of the schedule, which a change names; 0 if none was saved",
				},
				"nextRunAt": {
					ZH: "下次同步的时间；暂停时为null",
					EN: "when the next run starts; null while it is paused",
				},
				"lastRunAt": {
					ZH: "上次到点的时间；从未到点时为null",
					EN: "when it came last; null if it never has",
				},
				"lastOutcome": {
					ZH: "上次的结果：started已开始，skipped另有同步在进行，failed未能开始；从未到点时为空字符串",
					EN: "started, skipped as another run was under way, or failed to start; empty if it never came",
				},
				"lastRunId": {
					ZH: "上次开始的同步，或当时在进行的同步的ID；没有时为空字符串",
					EN: "id of the run that was started, or that stood in the way; else empty",
				},
				"lastError": {
					ZH: "上次未能开始的原因；没有时为null",
					EN: "why no run could be started; else null",
				},
				"updatedBy": {
					ZH: "最后修改计划的用户名；从未修改时为空字符串",
					EN: "username of who changed the schedule last, empty if nobody did",
				},
				"updatedAt": {
					ZH: "计划最后修改的时间；从未修改时为null",
					EN: "when the schedule was changed last; null if never",
				},
			},
		},
		reflect.TypeFor[dirsync.Timing](): {fields: fieldTexts{
			"enabled": {
				ZH: "false为暂停",
				EN: "false while it is paused",
			},
			"cron": {
				ZH: "cron表达式，5段：分 时 日 月 周，最多256字节，两次至少相隔15分钟；使用间隔时为空字符串",
				EN: "cron expression of five fields, minute, hour, day of month, month, day of week, at most 256 bytes, whose times are 15 minutes apart at least; empty if there is an interval",
			},
			"intervalMinutes": {
				ZH: "两次同步的间隔，单位分钟，15到43200；使用cron时为0",
				EN: "minutes from one run to the next, 15 to 43,200; 0 if there is a cron",
			},
			"timeZone": {
				ZH: "cron所用的时区，IANA名称，例如Asia/Shanghai",
				EN: "time zone of cron, an IANA name such as Asia/Shanghai",
			},
		}},
		reflect.TypeFor[scheduleChange](): {
			about: provider.Text{ZH: "同步计划的修改；缺省或null的字段不变，只填cron或intervalMinutes之一时另一个被清除", EN: "A change of the schedule; what is absent or null is unchanged, and one of cron and intervalMinutes takes the other away"},
			fields: fieldTexts{
				"version": {
					ZH: "读取时得到的版本，必填；计划已被他人修改时返回409，原因schedule_changed",
					EN: "the version that was read, required; 409 with the reason schedule_changed if somebody else has changed the schedule",
				},
			},
		},
		reflect.TypeFor[dirsync.TimingChange](): {like: reflect.TypeFor[dirsync.Timing]()},
		reflect.TypeFor[personPreviewRequest](): {
			about: provider.Text{ZH: "预览一个人在下次全量拉取中的结果", EN: "Asks what the next full pull would do about somebody"},
			fields: fieldTexts{
				"userId": {
					ZH: "办公应用的用户ID",
					EN: "user id at the office app",
				},
				"settings": {
					ZH: "要试用而不保存的规则修改；缺省为现有规则",
					EN: "a change of the rules to try without saving it; the rules as they are if absent",
				},
			},
		},
		reflect.TypeFor[triedSettings](): {
			about: provider.Text{ZH: "要试用的规则修改，同PUT /sync/settings", EN: "A change of the rules to try, as PUT /sync/settings takes it"},
			fields: fieldTexts{
				"version": {
					ZH: "修改所依据的版本；null或缺省为不检查",
					EN: "the version that the change is for; whichever they have if null or absent",
				},
			},
		},
		reflect.TypeFor[personPreview](): {fields: fieldTexts{
			"userId": {
				ZH: "所预览的人在办公应用的用户ID",
				EN: "user id, at the office app, of whom it is about",
			},
			"name": {
				ZH: "在办公应用的姓名；已不在组织中时为最后见到的姓名",
				EN: "their name at the office app, or what it was when they were last seen",
			},
			"found":   {ZH: "组织中是否有此人", EN: "whether the organisation has them"},
			"inScope": {ZH: "是否同步到平台", EN: "whether they come to the platform"},
			"kind": {
				ZH: "将发生的变更；none为没有",
				EN: "the change there would be; none without",
			},
			"reasons": {
				ZH: "结果的理由，每条一句，中英文都有；不为空",
				EN: "why, a sentence each in both languages; never empty",
			},
			"refusal": {
				ZH: "平台不接受该变更的原因，中英文都有；接受时为null",
				EN: "why the platform would not take the change, in both languages; null if it would",
			},
			"departments": {
				ZH: "此人在办公应用的所有部门",
				EN: "all departments that they are in at the office app",
			},
			"account": {
				ZH: "此人的平台账号",
				EN: "their account on the platform",
			},
			"fields": {
				ZH: "在范围内且没有冲突的人的各字段，上级除外；其他人为空数组",
				EN: "the fields of somebody in scope who is no conflict, but for the manager; else empty",
			},
			"settingsVersion": {
				ZH: "现有规则的版本",
				EN: "version of the rules as they are saved",
			},
			"draft": {
				ZH: "是否试用了规则的修改",
				EN: "whether a change of the rules was tried",
			},
		}},
		reflect.TypeFor[previewDepartment](): {fields: fieldTexts{
			"departmentId": {
				ZH: "办公应用的部门ID",
				EN: "id of the department at the office app",
			},
			"name": {
				ZH: "部门在办公应用的名称",
				EN: "name of the department at the office app",
			},
			"inScope": {
				ZH: "此人在平台上是否属于该部门",
				EN: "whether they are in it on the platform",
			},
			"rule": {
				ZH: "决定的规则：all应用可见的全部，include在include中，exclude在exclude中，notIncluded不在include中，invisible应用不可见",
				EN: "the rule that has decided: all that the app may see, include, exclude, notIncluded as include names others, invisible to the app",
			},
			"decidedBy": {
				ZH: "规则所指的部门ID：该部门或其上级；没有时为空字符串",
				EN: "id of the department that the rule names, it or one above it; else empty",
			},
			"reason": {
				ZH: "部门的理由，中英文都有",
				EN: "why, in both languages",
			},
			"localId": {
				ZH: "平台的部门ID；尚未创建时为空字符串",
				EN: "id of the department on the platform; empty for one that is still to be created",
			},
		}},
		reflect.TypeFor[previewAccount](): {fields: fieldTexts{
			"localId": {
				ZH: "平台的用户ID；将要创建时为空字符串",
				EN: "user id on the platform; empty for an account to be created",
			},
			"username": {
				ZH: "用户名；将要创建的账号为其用户名，其中的手机号部分隐藏",
				EN: "username, or what an account to be created is called, in which a mobile number is masked",
			},
			"matchedBy": {
				ZH: "匹配的依据：binding、unionId已绑定，mobile、email、jobNumber按规则；没有时为空字符串",
				EN: "what they were recognised by: binding or unionId of a binding, or mobile, email, jobNumber; empty for nothing",
			},
			"join": {
				ZH: "将怎样加入租户：active立即，pending等待批准；已是成员时为空字符串",
				EN: "how they would join the tenant, active or pending; empty for a member",
			},
			"password": {
				ZH: "将要创建的账号的初始密码方式；否则为空字符串",
				EN: "kind of password of an account to be created; else empty",
			},
		}},
		reflect.TypeFor[previewField](): {fields: fieldTexts{
			"field": {ZH: "字段", EN: "the field"},
			"before": {
				ZH: "平台现在的值；手机号部分隐藏",
				EN: "the platform's value now; mobile numbers are masked",
			},
			"after": {
				ZH: "平台将有的值；手机号部分隐藏",
				EN: "the value the platform would have; mobile numbers are masked",
			},
			"provider": {
				ZH: "办公应用的值，按映射取得；手机号部分隐藏",
				EN: "the office app's value, as the mapping fills it; mobile numbers are masked",
			},
			"owner": {
				ZH: "字段以哪边为准",
				EN: "whose value of the field counts",
			},
			"effect": {
				ZH: "结果：same两边相同，set写入办公应用的值，keep保留平台的值，conflict保留并列为冲突",
				EN: "same on both sides, set to the office app's value, keep the platform's, or conflict, which keeps it and lists it",
			},
		}},
		reflect.TypeFor[provider.Text](): {
			about: provider.Text{ZH: "中英文的一句话", EN: "A sentence in both languages"},
			fields: fieldTexts{
				"zh": {ZH: "中文", EN: "in Chinese"},
				"en": {ZH: "英文", EN: "in English"},
			},
		},
	}
}
