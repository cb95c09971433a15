package transport

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// syncInfoBody is a run told in sentences; both lists are always there.
type syncInfoBody struct {
	SuccessInfo []string `json:"successInfo"`
	FailInfo    []string `json:"failInfo"`
}

// pullDingTalk returns the operation that starts a run and waits a while for its
// end. A run that is under way already is joined: the contract has no word for
// it.
func (a *api) pullDingTalk(wait time.Duration) func(context.Context, none) (reply, error) {
	return func(ctx context.Context, _ none) (reply, error) { return a.pullToItsEnd(ctx, wait) }
}

func (a *api) pullToItsEnd(ctx context.Context, wait time.Duration) (reply, error) {
	run, err := a.toItsEnd(ctx, dirsync.RunRequest{
		Provider: provider.DingTalk, Direction: dirsync.Pull, Mode: dirsync.Full,
	}, wait)
	if err != nil {
		return reply{}, err
	}
	info, err := a.services.Sync.Summary(ctx, tenantOf(ctx), run.ID, 0)
	if err != nil {
		return reply{}, err
	}
	return pullReply(run, info), nil
}

// activeRun returns the run that stood in the way of a new one.
func activeRun(err error) (id string, ok bool) {
	var refusal *tenant.Error
	if !errors.As(err, &refusal) || !errors.Is(err, dirsync.ErrRunActive) {
		return "", false
	}
	active, ok := refusal.Details.(dirsync.ActiveRun)
	return active.RunID, ok
}

// pullReply tells how a run ended, or that it has not.
func pullReply(run dirsync.Run, info dirsync.Summary) reply {
	body := syncInfoBody{
		SuccessInfo: append([]string{}, info.SuccessInfo...),
		FailInfo:    append([]string{}, info.FailInfo...),
	}
	failed := func(zh, en string) reply {
		return reply{
			outcome: provider.FailedPrecondition, code: codeFailed,
			message: provider.Text{ZH: zh, EN: en}, result: body,
		}
	}
	switch {
	case !run.State.Resting():
		body.SuccessInfo = append(body.SuccessInfo, "同步仍在后台进行，任务编号："+run.ID)
		r := doneReply("同步仍在后台进行", "the synchronisation goes on in the background")
		r.result = body
		return r
	case run.State == dirsync.StateNeedsApproval:
		body.FailInfo = append(body.FailInfo, "移除人数超过阈值，须由管理员审批后执行，任务编号："+run.ID)
		return failed("同步待审批", "the synchronisation waits for approval")
	case run.State == dirsync.StateCancelled, run.State == dirsync.StateDiscarded:
		return failed("同步已取消", "the synchronisation was cancelled")
	case nothingRead(run):
		return failed("请查看配置参数和白名单是否配置！", "check the settings and the IP whitelist of the app")
	case run.State != dirsync.StateSucceeded, len(body.FailInfo) > 0:
		return failed("同步失败", "the synchronisation failed")
	}
	r := doneReply("同步成功", "synchronised")
	r.result = body
	return r
}

// nothingRead reports whether a run ended before it could read a department.
func nothingRead(run dirsync.Run) bool {
	return run.State == dirsync.StateFailed && run.Progress.DepartmentsDone == 0
}

// behindButton returns an operation of the button that front ends have above
// their list of users. It shows the lists of the result, and where there are
// none a dialog without a word: so a refusal has them, too.
func behindButton[Req any](a *api, f func(context.Context, Req) (reply, error)) func(context.Context, Req) (reply, error) {
	return func(ctx context.Context, req Req) (reply, error) {
		out, err := f(ctx, req)
		if err == nil {
			return out, nil
		}
		c := callFrom(ctx)
		told := a.failureOf(err, c.requestID).namingField()
		status, code := compatibleStatus(told)
		if status != http.StatusOK {
			return reply{}, err
		}
		c.reason, c.err = told.reason, err
		return reply{
			outcome: told.code, code: code, message: provider.Text{ZH: told.sentence(chinese), EN: told.sentence(english)},
			result: syncInfoBody{SuccessInfo: []string{}, FailInfo: []string{told.sentence(c.lang)}},
		}, nil
	}
}
