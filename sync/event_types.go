package sync

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// EventType is a type of event that this package publishes.
type EventType struct {
	Name string
	// About says when there is such an event.
	About provider.Text
	// Describe returns the data of an event by its subject.
	Describe func(ctx context.Context, t tenant.ID, subject string) (any, error)
}

// EventTypes returns all types, for whoever tells their events, such as
// events.Service.Describe.
func (s *Service) EventTypes() []EventType {
	return []EventType{
		{EventRunStarted, provider.Text{ZH: "同步已发起", EN: "a synchronisation was asked for"}, s.describeRun},
		{EventRunWaits, provider.Text{ZH: "同步等待审批", EN: "a synchronisation waits for approval"}, s.describeRun},
		{EventRunFinished, provider.Text{ZH: "同步已结束", EN: "a synchronisation has ended"}, s.describeRun},
		{EventPersonCreated, provider.Text{ZH: "人员已加入租户", EN: "somebody has become a member of the tenant"}, s.describeChange},
		{EventPersonChanged, provider.Text{ZH: "人员信息或部门已变更", EN: "fields or departments of a member have changed"}, s.describeChange},
		{EventPersonLeaving, provider.Text{
			ZH: "人员已不在办公应用的通讯录中，宽限期后将被停用", EN: "somebody is not in the office app's directory any more, and will be suspended after the grace period",
		}, s.describeChange},
		{EventPersonSuspended, provider.Text{
			ZH: "人员已不在办公应用的通讯录中，已被停用", EN: "a member who is not in the office app's directory any more was suspended",
		}, s.describeChange},
		{EventPersonLeft, provider.Text{
			ZH: "人员已不在办公应用的通讯录中，仍是租户成员", EN: "somebody is not in the office app's directory any more, and stays a member",
		}, s.describeChange},
		{EventPersonRestored, provider.Text{ZH: "已离开的人员已恢复", EN: "somebody who left is back"}, s.describeChange},
		{EventDepartmentCreated, provider.Text{ZH: "部门已创建", EN: "a department was created"}, s.describeChange},
		{EventDepartmentChanged, provider.Text{
			ZH: "部门的名称、上级或排序已变更", EN: "name, parent or order of a department has changed",
		}, s.describeChange},
		{EventDepartmentRemoved, provider.Text{ZH: "部门已删除", EN: "a department was removed"}, s.describeChange},
		{EventDepartmentRestored, provider.Text{ZH: "已删除的部门已恢复", EN: "a department that was removed is back"}, s.describeChange},
		{EventDirectoryChanged, provider.Text{
			ZH: "一次变更较多、不逐条通知的同步已结束", EN: "a synchronisation with too many changes to tell of one by one has ended",
		}, s.describeChanges},
	}
}
