package sync

import (
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// How the service refuses. Find them with errors.Is.
var (
	// ErrRunActive: another run of this tenant and provider is not finished.
	// Its Details are an [ActiveRun].
	ErrRunActive = tenant.Refuse(provider.FailedPrecondition, "run_active",
		"同步正在进行中，请等待完成后再试", "a synchronisation of this office app is under way; wait for it to end")

	// ErrNoRun: the tenant has no run of this id.
	ErrNoRun = tenant.Refuse(provider.NotFound, "no_such_run",
		"同步任务不存在或已过保留期，请在同步任务列表中查找", "there is no such run, or it was removed after its retention; look for it in the list of runs")

	// ErrScheduleChanged: somebody else has changed the schedule, or has changed
	// it first.
	ErrScheduleChanged = tenant.Refuse(provider.FailedPrecondition, "schedule_changed",
		"同步计划已被他人修改，请刷新后重试", "the schedule was changed meanwhile; read it again")

	// ErrNotUndoable: the run has not ended, or has applied nothing.
	ErrNotUndoable = tenant.Refuse(provider.FailedPrecondition, "run_not_undoable",
		"该任务尚未结束，或没有做出任何变更，无法撤销；请等待其结束，或选择其他任务",
		"the run has not ended, or has changed nothing; wait for its end, or choose another one")

	// ErrFinished: the run has ended and cannot be cancelled.
	ErrFinished = tenant.Refuse(provider.FailedPrecondition, "run_finished",
		"同步任务已结束，无需取消；如要撤回其变更，请撤销该任务", "the run has ended and needs no cancelling; undo it to take back what it has changed")

	// ErrNeverPulled: the directory was never pulled as a whole, so that there
	// is nothing to which single people could be added.
	ErrNeverPulled = tenant.Refuse(provider.FailedPrecondition, "never_pulled",
		"尚未全量同步过，请先执行一次全量同步", "the directory was never pulled as a whole; start a full run first")

	// ErrNotWaiting: the run does not wait for approval.
	ErrNotWaiting = tenant.Refuse(provider.FailedPrecondition, "run_not_waiting",
		"同步任务不在待审批状态，请刷新后重试", "the run does not wait for approval; read it again")

	// ErrNoConflict: the tenant has no open conflict of this id.
	ErrNoConflict = tenant.Refuse(provider.NotFound, "no_such_conflict",
		"冲突不存在或已处理，请刷新后重试", "there is no such conflict, or it was resolved; read the list again")

	// ErrInvalidRules: rules are not valid; its Details are a []RuleFault with
	// the faults, 20 at most.
	ErrInvalidRules = tenant.Refuse(provider.InvalidArgument, "invalid_rules",
		"同步规则有误", "the rules are not valid")

	// ErrSettingsChanged: the rules are not those the change was made for.
	ErrSettingsChanged = tenant.Refuse(provider.FailedPrecondition, "settings_changed",
		"同步规则已被他人修改，请刷新后重试", "somebody else has changed the rules; read them again and repeat the change")
)

// ActiveRun is the Details of [ErrRunActive].
type ActiveRun struct {
	RunID string `json:"runId"`
	State State  `json:"state"`
}

// ErrLost is what a [Store] answers to a worker whose claim was taken over by
// another one: it must stop at once and leave the run alone.
var ErrLost = errors.New("claim was taken over by another worker")

// ActiveRunError is what a [Store] answers when a run cannot be created because
// another one of its tenant and provider is not finished.
type ActiveRunError struct{ Run ActiveRun }

// Error implements error.
func (e *ActiveRunError) Error() string { return "run " + e.Run.RunID + " is active" }

// Is makes errors.Is(err, tenant.ErrConflict) true.
func (e *ActiveRunError) Is(target error) bool { return target == tenant.ErrConflict }

func errNoDirectory() *tenant.Error {
	return tenant.Refuse(provider.Unsupported, "no_directory",
		"该应用不支持通讯录同步，请选择支持通讯录的应用", "this office app has no directory to synchronise; choose one that has")
}

func errUnknown(field, got, known string) *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "unknown_"+field,
		field+"取值“"+shown(got)+"”无效，支持："+known, "unknown value \""+shown(got)+"\"; known: "+known).WithField(field)
}

func errNoHouseNumbers() *tenant.Error {
	return tenant.Refuse(provider.FailedPrecondition, "no_house_numbers",
		"平台未提供租户门牌号，请将同步规则的initialPassword改为none",
		"the platform does not tell house numbers; set the rule initialPassword to none")
}

// ErrNoPerson refuses a preview of somebody whom neither the office app nor the
// platform knows.
var ErrNoPerson = tenant.Refuse(provider.NotFound, "no_such_person",
	"办公应用中没有该用户，请检查userId", "the office app has no such user; check the userId").WithField("userId")

func errNoPerson(id provider.UserID) *tenant.Error {
	e := *ErrNoPerson
	e.Message.ZH += "：" + string(id)
	e.Message.EN += ": " + string(id)
	return &e
}

func errNoPersonFinder() *tenant.Error {
	return tenant.Refuse(provider.Unsupported, "no_finder",
		"该应用不支持查询单个成员，请使用预演（dryRun）", "this office app cannot look up single people; start a dry run")
}

func errNoFinder() *tenant.Error {
	return tenant.Refuse(provider.Unsupported, "no_finder",
		"该应用不支持查询单个成员，请使用全量同步", "this office app cannot look up single people; start a full run")
}

// maxTargets is how many people and departments an incremental run is about at
// most. More are faster read as a whole.
const maxTargets = 1000

func errIDsOfFull() *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "ids_of_full",
		"全量同步不能指定ids，请将mode设为incremental", "a full run takes no ids; set mode to incremental").WithField("ids")
}

func errIDCount(n int) *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "ids_count",
		fmt.Sprintf("增量同步须指定1至%d个成员或部门，当前为%d个", maxTargets, n),
		fmt.Sprintf("an incremental run is about 1 to %d people and departments, not %d", maxTargets, n)).WithField("ids")
}

func errBadID(t Target) *tenant.Error {
	field := "ids"
	if t.Entity == EntityDepartment {
		field = "departmentIds"
	}
	return tenant.Refuse(provider.InvalidArgument, "malformed_id",
		fmt.Sprintf("标识%q格式错误，须为1至256字节，首尾无空格", t.ID), fmt.Sprintf("%q is no id: 1 to 256 bytes without spaces around", t.ID)).WithField(field)
}

func errPushOnly() *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "push_only",
		"only和deletes仅用于推送，请去掉，或将direction设为push", "only and deletes are for a push; leave them out, or set direction to push").WithField("direction")
}

func errNoPush() *tenant.Error {
	return tenant.Refuse(provider.Unsupported, "no_push",
		"该应用不支持推送通讯录，请改为拉取（direction为pull）", "no directory can be pushed to this office app; pull from it (direction pull)")
}

func errNoRoster() *tenant.Error {
	return tenant.Refuse(provider.Unsupported, "no_roster",
		"平台未提供可推送的通讯录，只能拉取；如需推送，请平台的开发者为其Members实现sync.Roster",
		"the platform does not offer its people and departments for a push; pull instead, or have the platform's developers implement sync.Roster on its Members")
}

func errStreamNotHeld() *tenant.Error {
	return tenant.Refuse(provider.Unavailable, "stream_not_held",
		"当前没有进程保持该连接，通常在几秒内建立；若一直如此，请确认平台的服务进程正在运行，且其连接数未达上限（MaxStreams）",
		"no process holds this connection; one should within seconds. If it stays so, see that the platform's processes run, and that they may hold more connections (MaxStreams)")
}
