package sync

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The bounds of the lines of a summary.
const (
	defaultSummaryLines = 1000
	maxSummaryLines     = 10_000
)

// Summary tells what became of a run, one sentence for each change, at most
// maxLines in both lists together (1 to 10,000; 0 means 1000). When that is not
// all, the last line of a list says how many it lacks. Conflicts, and
// departments that could not be read, are in FailInfo. It needs sync.read.
func (s *Service) Summary(ctx context.Context, t tenant.ID, id string, maxLines int) (Summary, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return Summary{}, err
	}
	run, err := s.run(ctx, t, id)
	if err != nil {
		return Summary{}, err
	}
	if maxLines <= 0 {
		maxLines = defaultSummaryLines
	}
	maxLines = min(maxLines, maxSummaryLines)
	// Failures are what somebody has to look at: they get at least half.
	half := min(maxLines/2, run.Progress.ChangesApplied)
	failed, err := s.failLines(ctx, run, maxLines-half)
	if err != nil {
		return Summary{}, err
	}
	applied, err := s.applied(ctx, run, maxLines-len(failed))
	return Summary{SuccessInfo: applied, FailInfo: failed}, err
}

// failLines returns at most most lines about what went wrong.
func (s *Service) failLines(ctx context.Context, run Run, most int) ([]string, error) {
	lines := make([]string, 0, 8)
	if run.State == StateFailed && run.Error != nil && len(run.Failures) == 0 {
		lines = append(lines, errorLines(run.Error)...)
	}
	for _, f := range run.Failures {
		lines = append(lines, fmt.Sprintf("部门 %s(%s) 同步失败！错误信息：%s", f.Name, f.DepartmentID, f.Message.ZH))
	}
	all := len(lines) + max(0, run.Progress.DepartmentsFailed-len(run.Failures)) +
		run.Progress.ChangesFailed + run.Counts.Total()[KindConflict]
	for _, f := range []ChangeFilter{{State: ChangeFailed}, {Kind: KindConflict}} {
		changes, err := s.someChanges(ctx, run, f, most-len(lines))
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			lines = append(lines, failLine(run.Direction, c))
		}
	}
	return bounded(lines, most, all), nil
}

// errorLines says why a run failed, and what to do about it.
func errorLines(f *Failure) []string {
	lines := []string{f.Message.ZH}
	if f.Code == provider.Unauthenticated.String() {
		lines = append([]string{"accessToken获取失败！"}, lines...)
	}
	if f.Remedy.ZH != "" {
		lines = append(lines, f.Remedy.ZH)
	}
	return lines
}

// applied returns at most most lines about what was applied.
func (s *Service) applied(ctx context.Context, run Run, most int) ([]string, error) {
	changes, err := s.someChanges(ctx, run, ChangeFilter{State: ChangeApplied}, most)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(changes))
	for i, c := range changes {
		lines[i] = successLine(run.Direction, c)
	}
	return bounded(lines, most, run.Progress.ChangesApplied), nil
}

// bounded cuts lines to at most most, of all that there would be.
func bounded(lines []string, most, all int) []string {
	if all <= most && len(lines) <= most {
		return lines
	}
	if most < 1 {
		return []string{}
	}
	lines = lines[:min(len(lines), most-1)]
	return append(lines, fmt.Sprintf("……其余%d条未列出", all-len(lines)))
}

// someChanges returns the first changes that pass a filter.
func (s *Service) someChanges(ctx context.Context, run Run, f ChangeFilter, most int) ([]Change, error) {
	var all []Change
	p := tenant.Page{Limit: tenant.MaxPageLimit}
	for len(all) < most {
		list, err := s.store.Changes(ctx, run.Tenant, run.ID, f, p)
		if err != nil {
			return nil, noRun(err, "sync: summary")
		}
		all = append(all, list.Items...)
		if p.Cursor = list.Next; p.Cursor == "" {
			break
		}
	}
	return all[:min(len(all), max(most, 0))], nil
}

// successLine says what a change has done, in the words of the compatible
// contract where it has some.
func successLine(d Direction, c Change) string {
	if d == Push && c.Kind != KindLeave {
		return pushedLine(c)
	}
	created := c.Kind == KindCreate && !c.Existing
	switch {
	case c.Entity == EntityDepartment && c.Kind == KindLeave:
		return fmt.Sprintf("部门 %s 移除成功！", c.Name)
	case c.Entity == EntityDepartment && created:
		return fmt.Sprintf("部门 %s 创建成功！", c.Name)
	case c.Entity == EntityDepartment:
		return fmt.Sprintf("部门 %s 更新成功！", c.Name)
	case c.Kind == KindLeaving:
		return fmt.Sprintf("用户 %s(%s) 已离开通讯录，%s", c.Name, c.Account, c.Reason.ZH)
	case c.Kind == KindLeave:
		return fmt.Sprintf("用户 %s(%s) 停用成功！", c.Name, c.Account)
	case created:
		return fmt.Sprintf("用户 %s(%s) 创建成功！", c.Name, c.Account)
	}
	return fmt.Sprintf("用户 %s(%s) 更新成功！", c.Name, c.Account)
}

// failLine says why a change was not applied.
func failLine(d Direction, c Change) string {
	if d == Push {
		return notPushedLine(c)
	}
	if c.Entity == EntityDepartment {
		return fmt.Sprintf("部门 %s(%s) 同步失败！错误信息：%s", c.Name, c.RemoteID, c.Reason.ZH)
	}
	return fmt.Sprintf("用户 %s(%s) 同步失败！错误信息：%s", c.RemoteID, c.Name, c.Reason.ZH)
}

// pushedLine and notPushedLine are the compatible contract's words for a push.
func pushedLine(c Change) string {
	if c.Entity == EntityDepartment {
		return fmt.Sprintf("部门户 %s(%s) 同步成功！%s", c.Name, c.RemoteID, c.Reason.ZH)
	}
	return fmt.Sprintf("用户 %s(%s) 同步成功！%s", c.Account, c.Name, c.Reason.ZH)
}

func notPushedLine(c Change) string {
	if c.Entity == EntityDepartment {
		return fmt.Sprintf("部门户 %s(%s) 同步失败！%s", c.Name, c.RemoteID, c.Reason.ZH)
	}
	if c.Account == "" { // nobody's id
		return fmt.Sprintf("用户 %s 同步失败！%s", c.LocalID, c.Reason.ZH)
	}
	return fmt.Sprintf("用户 %s(%s) 同步失败！%s", c.Account, c.Name, c.Reason.ZH)
}
