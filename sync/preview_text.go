package sync

import (
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
)

// because adds a reason, unless it is empty.
func (p *previewing) because(t provider.Text) {
	if !t.IsZero() {
		p.result.Reasons = append(p.result.Reasons, t)
	}
}

// scopeText says why a department comes, or does not.
func (p *previewing) scopeText(j judgement) provider.Text {
	name := string(j.by)
	if d := p.view.departments[j.by]; d != nil && d.Name != "" {
		name = d.Name + "(" + string(j.by) + ")"
	}
	switch j.rule {
	case ScopeAll:
		return provider.Text{
			ZH: "在应用可见范围内（" + name + "），规则未限定部门",
			EN: "the app may see it (" + name + "), and no rule names departments",
		}
	case ScopeInclude:
		return provider.Text{ZH: "规则scope.include包含" + name, EN: "the rule scope.include names " + name}
	case ScopeExclude:
		return provider.Text{ZH: "规则scope.exclude排除了" + name, EN: "the rule scope.exclude names " + name}
	case ScopeNotIncluded:
		return provider.Text{
			ZH: "规则scope.include未包含该部门及其上级部门",
			EN: "the rule scope.include names neither it nor a department above it",
		}
	case ScopeInvisible:
	}
	return provider.Text{
		ZH: "不在应用的可见范围内，需要同步时请在办公应用的管理后台扩大授权范围",
		EN: "the app may not see it; to have it come, widen the app's scope in the office app's console",
	}
}

// scopeReason says whether somebody comes.
func scopeReason(s *seenPerson) provider.Text {
	switch {
	case s.comes() && len(s.pages.Places) == 0:
		return provider.Text{
			ZH: "该成员被单独授权给应用，在同步范围内，不属于任何同步的部门",
			EN: "in scope: the app may see this person alone, in no department that comes",
		}
	case s.comes():
		return provider.Text{
			ZH: fmt.Sprintf("在同步范围内：所在%d个部门中有%d个参与同步", len(s.departments), len(s.pages.Places)),
			EN: fmt.Sprintf("in scope by %d of %d departments", len(s.pages.Places), len(s.departments)),
		}
	case len(s.departments) == 0:
		return provider.Text{
			ZH: "不在同步范围内：不属于任何部门，也未被单独授权给应用",
			EN: "out of scope: in no department, and not granted to the app alone",
		}
	}
	return provider.Text{
		ZH: "不在同步范围内：所在部门均不参与同步，原因见各部门",
		EN: "out of scope: none of the departments comes; each says why",
	}
}

func textGone() provider.Text {
	return provider.Text{ZH: "办公应用中已没有该成员", EN: "not in the organisation any more"}
}

func textNotOnPlatform(left bool) provider.Text {
	if left {
		return provider.Text{ZH: "此前已离开，无需变更", EN: "left earlier; nothing changes"}
	}
	return provider.Text{ZH: "未同步过该成员，无需变更", EN: "was never synchronised; nothing changes"}
}

func textReplaced(by string) provider.Text {
	return provider.Text{ZH: "账号将转给用户" + by, EN: "the account goes to user " + by}
}

func textLeaves() provider.Text {
	return provider.Text{
		ZH: "该成员将在本租户停用，账号保留；移除人数超过阈值时须先审批",
		EN: "is suspended in the tenant, the account stays; above the guard's threshold the run waits for approval",
	}
}

func textUnchanged() provider.Text {
	return provider.Text{ZH: "与上次同步的结果一致，无需变更", EN: "as it was applied last; nothing changes"}
}

// explain says what a change does, and to whom.
func (p *previewing) explain(change *PendingPerson) {
	p.because(recognisedText(p.result.Account.MatchedBy, change.Replaces))
	if change.LocalID == "" {
		p.because(createdText(p.result.Account))
	}
	if p.result.Account.Join == JoinPending {
		p.because(provider.Text{
			ZH: "加入租户前须由管理员审批（规则existing.join）",
			EN: "an administrator has to admit them to the tenant (rule existing.join)",
		})
	}
	p.because(kindText(p.result.Kind))
	if len(change.Conflicts) > 0 {
		p.because(noteConflicts(change.Conflicts))
	}
	if change.Unplaced > 0 {
		p.because(provider.Text{
			ZH: fmt.Sprintf("有%d个部门尚未同步，将由同一次同步先行创建", change.Unplaced),
			EN: fmt.Sprintf("departments that were not synchronised yet: %d; the same run creates them first", change.Unplaced),
		})
	}
}

func recognisedText(by MatchBy, replaces provider.UserID) provider.Text {
	text := map[MatchBy]provider.Text{
		"":             {ZH: "没有匹配的账号", EN: "no account matches"},
		MatchBinding:   {ZH: "已绑定账号", EN: "bound to an account"},
		MatchUnionID:   {ZH: "按unionId匹配到已绑定的账号", EN: "recognised by the union id of a binding"},
		MatchMobile:    {ZH: "按手机号匹配到账号", EN: "recognised by the mobile number"},
		MatchEmail:     {ZH: "按邮箱匹配到账号", EN: "recognised by the email address"},
		MatchJobNumber: {ZH: "按工号匹配到账号", EN: "recognised by the job number"},
	}[by]
	if replaces != "" {
		text.ZH += "，取代已离开的用户" + string(replaces)
		text.EN += ", in place of user " + string(replaces) + ", who has left"
	}
	return text
}

func createdText(a PreviewAccount) provider.Text {
	t := provider.Text{ZH: "将创建账号" + a.Username, EN: "account " + a.Username + " is created"}
	if a.Password == HouseNumberMobile {
		t.ZH += "，初始密码为租户门牌号加手机号，首次登录须修改"
		t.EN += "; its password is the tenant's house number and the mobile number, to be changed at first login"
		return t
	}
	t.ZH += "，无初始密码，设置密码前不能用密码登录"
	t.EN += "; it has no password, and cannot sign in by one until it is set"
	return t
}

func kindText(k Kind) provider.Text {
	switch k {
	case KindCreate:
		return provider.Text{ZH: "将加入租户", EN: "joins the tenant"}
	case KindUpdate:
		return provider.Text{ZH: "字段、职务或绑定有变化，将更新", EN: "fields, position or binding differ and are updated"}
	case KindMove:
		return provider.Text{ZH: "所在部门有变化，将调整", EN: "the departments differ and are changed"}
	case KindRejoin:
		return provider.Text{ZH: "此前离开或即将离开，将恢复", EN: "had left, or was about to, and comes back"}
	case KindLeaving, KindLeave, KindUnbind, KindConflict, KindNone:
	}
	return provider.Text{}
}

func managerText(f Field) provider.Text {
	t := provider.Text{ZH: "上级将设为" + f.After, EN: "the manager becomes " + f.After}
	if f.After == "" {
		t = provider.Text{ZH: "上级将清空", EN: "the manager is removed"}
	}
	t.ZH += "；若第三方平台的人员列表不含上级，则由增量同步或事件更新"
	t.EN += "; where the office app lists people without their managers, an incremental run or an event does that"
	return t
}
