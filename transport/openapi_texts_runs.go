package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// runTexts are those of runs of the directory, their changes and conflicts.
func runTexts() typeTexts {
	return typeTexts{
		reflect.TypeFor[newRun](): {
			about: provider.Text{ZH: "要开始的同步", EN: "A run to start"},
			fields: fieldTexts{
				"direction": {
					ZH: "方向：pull从办公应用拉取到平台，push从平台推送到办公应用；缺省为pull",
					EN: "pull brings the platform into line with the office app, push the other way; pull if absent",
				},
				"mode": {
					ZH: "full全量，incremental只处理ids和departmentIds所指的成员和部门，须先做过一次全量拉取；缺省为full",
					EN: "full, or incremental, which looks only at ids and departmentIds and needs that everything was pulled once; full if absent",
				},
				"dryRun": {
					ZH: "true只生成计划，不作任何变更；缺省为false",
					EN: "true makes the plan only and changes nothing; false if absent",
				},
				"onActive": {
					ZH: "已有同步在进行时：refuse拒绝（409，原因run_active），join返回那次同步，但须同为全量、方向和dryRun相同；缺省为refuse",
					EN: "if another run is under way: refuse answers 409 with the reason run_active, join returns that run if both are full, of one direction and as dry; refuse if absent",
				},
				"only": {
					ZH: "仅用于推送：只推送department部门或person人员；空字符串或缺省为两者",
					EN: "for a push: only department or only person; both if empty or absent",
				},
				"deletes": {
					ZH: "仅用于推送：是否在办公应用中删除平台已没有的部门和人员；缺省为false",
					EN: "for a push: whether it removes at the office app what the platform has no more; false if absent",
				},
				"ids": {
					ZH: "仅用于incremental：人员ID，拉取时为办公应用的，推送时为平台的；与departmentIds合计1到1000个",
					EN: "for mode incremental: ids of people, at the office app for a pull, on the platform for a push; together with departmentIds 1 to 1000",
				},
				"departmentIds": {
					ZH: "仅用于incremental：部门ID，拉取时为办公应用的，推送时为平台的",
					EN: "for mode incremental: ids of departments, at the office app for a pull, on the platform for a push",
				},
			},
		},
		reflect.TypeFor[undoBody](): {
			about: provider.Text{ZH: "撤销一次同步的方式；可整体省略", EN: "How to take a run back; may be left out as a whole"},
			fields: fieldTexts{
				"dryRun": {
					ZH: "true只生成撤销的计划；缺省为false，计划等待批准",
					EN: "true only makes the plan of the undo; false if absent, and the plan waits for approval",
				},
				"deletes": {
					ZH: "仅用于撤销推送：是否在办公应用中删除那次推送创建的部门和人员；缺省为false",
					EN: "for the undo of a push: whether it removes at the office app what that push has created; false if absent",
				},
			},
		},
		reflect.TypeFor[runBody](): {
			about: provider.Text{ZH: "一次同步", EN: "A synchronisation of the tenant with an office app"},
			fields: fieldTexts{
				"id": {
					ZH: "同步的ID；较晚的同步ID较大",
					EN: "id of the run; later runs have greater ones",
				},
				"direction": {
					ZH: "方向：pull拉取到平台，push推送到办公应用",
					EN: "pull to the platform, push to the office app",
				},
				"mode": {
					ZH: "full全量，incremental增量，undo撤销另一次同步",
					EN: "full, incremental, or undo, which takes another run back",
				},
				"dryRun": {
					ZH: "是否只生成计划",
					EN: "whether it only makes the plan",
				},
				"only": {
					ZH: "推送的范围：department或person；空字符串为两者，拉取时为空字符串",
					EN: "what a push is limited to, department or person; empty for both, and for a pull",
				},
				"deletes": {
					ZH: "推送是否在办公应用中删除",
					EN: "whether a push removes at the office app",
				},
				"undoes": {
					ZH: "mode为undo时，被撤销的同步的ID；否则为空字符串",
					EN: "in mode undo the id of the run that is taken back, else empty",
				},
				"state": {
					ZH: "状态：queued排队，reading读取，planning比较，needs_approval等待批准，applying执行；已结束：planned仅计划，succeeded成功，partial部分成功，failed失败，cancelled已取消，discarded已放弃",
					EN: "queued, reading, planning, needs_approval, applying; finished are planned (a dry run), succeeded, partial, failed, cancelled, discarded",
				},
				"phase": {
					ZH: "当前或结束时所在的阶段：read读取，plan比较，guard检查移除数量，apply执行",
					EN: "the part it is in, or was in when it ended: read, plan, guard (what it removes is checked), apply",
				},
				"complete": {
					ZH: "范围内是否全部读取成功；否则不会移除任何人和部门",
					EN: "whether all in scope was read; a run that is not complete removes nothing",
				},
				"approved": {
					ZH: "计划是否已被管理员批准",
					EN: "whether an administrator has approved the plan",
				},
				"cancelRequested": {
					ZH: "已请求取消，但尚未停下",
					EN: "whether somebody asked to cancel it and it has not stopped yet",
				},
				"counts": {
					ZH: "计划中的变更数，按变更类型，部门和人员合计；没有的类型不出现，计划生成之前为空对象",
					EN: "changes of the plan by kind, departments and people together; kinds without any are absent, and it is empty before there is a plan",
				},
				"countsByEntity": {
					ZH: "计划中的变更数，部门和人员分开",
					EN: "changes of the plan, departments and people apart",
				},
				"progress": {ZH: "到目前为止的数量", EN: "what was done so far"},
				"estimate": {ZH: "当前阶段的进度和剩余时间", EN: "how far the phase is and how long it will take"},
				"missingPermissions": {
					ZH: "应用缺少的权限；空数组为不缺，null为未能询问办公应用",
					EN: "permissions that the app lacks; empty for none, null if the office app could not be asked",
				},
				"error": {
					ZH: "失败的原因，或第一个读取失败的部门的原因；没有时为null",
					EN: "what ended it, or the first of failures; null without a failure",
				},
				"failures": {
					ZH: "未能读取的部门，最多100个；总数见progress.departmentsFailed",
					EN: "departments that could not be read, at most 100; progress.departmentsFailed counts all",
				},
				"startedBy": {
					ZH: "开始同步的用户名；同步计划开始的为schedule",
					EN: "username of who started it; schedule if it came by itself",
				},
				"startedAt": {
					ZH: "开始执行的时间；尚未开始时为null",
					EN: "when the work began; null before",
				},
				"finishedAt": {
					ZH: "结束的时间；未结束时为null",
					EN: "when it ended; null before",
				},
			},
		},
		reflect.TypeFor[startedBody](): {
			about: provider.Text{ZH: "开始的或加入的同步", EN: "The run that was started or joined"},
			fields: fieldTexts{
				"joined": {
					ZH: "true表示返回的是此前已在进行的同步",
					EN: "true for a run that was under way already",
				},
			},
		},
		reflect.TypeFor[entityCounts](): {fields: fieldTexts{
			"departments": {ZH: "部门的变更数，按变更类型", EN: "changes of departments by kind"},
			"people":      {ZH: "人员的变更数，按变更类型", EN: "changes of people by kind"},
		}},
		reflect.TypeFor[progressBody](): {fields: fieldTexts{
			"departments":       {ZH: "已发现的部门数", EN: "departments found so far"},
			"departmentsDone":   {ZH: "已读完的部门数", EN: "departments read to the end"},
			"departmentsFailed": {ZH: "读取失败的部门数", EN: "departments that could not be read"},
			"peopleRead": {
				ZH: "已读取的人次：在两个部门的人计两次",
				EN: "people read so far; somebody in two departments counts twice",
			},
			"changes":        {ZH: "计划中的变更数，包括冲突", EN: "changes of the plan, conflicts included"},
			"changesApplied": {ZH: "已执行的变更数", EN: "changes that were applied"},
			"changesFailed":  {ZH: "执行失败的变更数", EN: "changes that failed"},
		}},
		reflect.TypeFor[estimateBody](): {fields: fieldTexts{
			"done": {
				ZH: "当前阶段已处理的数量：读取时为部门，其后为变更",
				EN: "how many are done in this phase: departments while reading, changes later",
			},
			"total": {
				ZH: "当前阶段的总数；尚未知时为0，读取时会增加",
				EN: "how many there are in this phase; 0 while it is not known, and it grows while reading",
			},
			"perSecond": {
				ZH: "每秒处理的数量，自阶段开始的平均值，保留一位小数；没有进展时为0",
				EN: "mean number a second since the phase began, to a tenth; 0 if nothing happens",
			},
			"remainingSeconds": {
				ZH: "当前阶段剩余的秒数；未知时为null",
				EN: "seconds left of this phase; null while it is not known",
			},
		}},
		reflect.TypeFor[missingPermission](): {like: reflect.TypeFor[permissionBody]()},
		reflect.TypeFor[departmentFailureRow](): {
			like:  reflect.TypeFor[storedError](),
			about: provider.Text{ZH: "未能读取的部门及原因", EN: "A department that could not be read, and why"},
			fields: fieldTexts{
				"departmentId": {
					ZH: "办公应用的部门ID；单独授权给应用的人员为空字符串",
					EN: "id of the department at the office app; empty for people granted to the app one by one",
				},
				"name": {ZH: "部门名称", EN: "name of the department"},
			},
		},
		reflect.TypeFor[changeBody](): {
			about: provider.Text{ZH: "目录与平台的一处差异，以及它的结果", EN: "A difference between the directory and the platform, and what became of it"},
			fields: fieldTexts{
				"id": {
					ZH: "变更的ID，在一次同步内唯一，按计划的顺序",
					EN: "id of the change, unique within the run, in the order of the plan",
				},
				"entity": {
					ZH: "对象：department部门，person人员",
					EN: "what it is about, a department or a person",
				},
				"kind": {
					ZH: "变更类型：create新增，update更新，move调动，leaving宽限期开始，leave移除或停用，rejoin回归，unbind解绑（撤销时），conflict冲突，不执行",
					EN: "create, update, move, leaving (the grace period begins), leave, rejoin, unbind (of an undo), or conflict, which is not applied",
				},
				"remoteId": {
					ZH: "办公应用的部门ID或用户ID",
					EN: "id of the department or user at the office app",
				},
				"localId": {
					ZH: "平台的部门ID或用户ID；未知时为空字符串",
					EN: "id of the department or user on the platform; empty while it is not known",
				},
				"account": {
					ZH: "平台用户名；部门和尚无账号的人为空字符串",
					EN: "username on the platform; empty for departments and while there is no account",
				},
				"name": {
					ZH: "部门或人员的名称",
					EN: "name of the department or person",
				},
				"fields": {
					ZH: "有差异的字段；没有时为空数组",
					EN: "the fields that differ; empty for none",
				},
				"state": {
					ZH: "变更的结果：pending尚未执行，applied已执行，failed失败（下次重试），skipped跳过",
					EN: "pending, applied, failed (the next run tries again), or skipped",
				},
				"reason": {
					ZH: "失败或冲突的原因，或执行后管理员须知道的事，语言取自Accept-Language；没有时为空字符串",
					EN: "why it failed or is a conflict, or what to know about one that was applied, in the language of Accept-Language; else empty",
				},
			},
		},
		reflect.TypeFor[dirsync.Field](): {
			about: provider.Text{ZH: "变更中的一个字段", EN: "A field of a change"},
			fields: fieldTexts{
				"field": {
					ZH: "字段：人员为name、mobile、email、jobNumber、title、avatar、manager、departments、leaderOf、order，部门为name、parent、order",
					EN: "of people name, mobile, email, jobNumber, title, avatar, manager, departments, leaderOf, order; of departments name, parent, order",
				},
				"before": {
					ZH: "变更前的值；手机号部分隐藏",
					EN: "the value before; mobile numbers are masked",
				},
				"after": {
					ZH: "变更后的值；手机号部分隐藏",
					EN: "the value after; mobile numbers are masked",
				},
			},
		},
		reflect.TypeFor[conflictBody](): {
			about: provider.Text{ZH: "拉取时无法决定的事：两边都修改过的字段，或无法匹配的人", EN: "What a pull could not decide: a field that was edited on both sides, or somebody who cannot be matched"},
			fields: fieldTexts{
				"remoteId": {
					ZH: "冲突的人在办公应用的用户ID",
					EN: "user id, at the office app, of whom it is about",
				},
				"name": {
					ZH: "冲突的人在办公应用的姓名",
					EN: "their name at the office app",
				},
				"localId": {
					ZH: "冲突的人在平台的用户ID；无法匹配时为空字符串",
					EN: "their user id on the platform; empty for somebody who cannot be matched",
				},
				"account": {
					ZH: "冲突的人在平台的用户名；无法匹配时为空字符串",
					EN: "their username on the platform; empty for somebody who cannot be matched",
				},
				"field": {
					ZH: "两边都修改过的字段；无法匹配的人为空字符串",
					EN: "the field that was edited on both sides; empty for somebody who cannot be matched",
				},
				"platformValue": {
					ZH: "平台的值；手机号部分隐藏，无法匹配的人为空字符串",
					EN: "the platform's value, mobile numbers masked; empty for somebody who cannot be matched",
				},
				"providerValue": {
					ZH: "办公应用的值；手机号部分隐藏，无法匹配的人为空字符串",
					EN: "the office app's value, mobile numbers masked; empty for somebody who cannot be matched",
				},
				"reason": {
					ZH: "无法匹配的原因；字段冲突为空字符串",
					EN: "why somebody cannot be matched; empty for a field",
				},
				"runId": {
					ZH: "发现冲突的同步的ID",
					EN: "id of the run that found it",
				},
			},
		},
		reflect.TypeFor[conflictResolution](): {fields: fieldTexts{
			"resolution": {
				ZH: "处理办法：platform保留平台的值，provider采用办公应用的值，bind将无法匹配的人绑定到localId",
				EN: "platform keeps the platform's value, provider takes the office app's, bind binds somebody who cannot be matched to localId",
			},
			"localId": {
				ZH: "要绑定的平台用户ID；仅在resolution为bind时填写，且必填",
				EN: "user id on the platform to bind to; for resolution bind only, which needs it",
			},
		}},
	}
}
