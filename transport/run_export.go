package transport

import (
	"context"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// exportChanges returns the changes of a run as a file for people: one row for
// each, with what differs in one cell. Mobile numbers are masked as everywhere.
func (a *api) exportChanges(ctx context.Context, req changeSelection) (csvFile, error) {
	if _, err := a.services.Sync.Run(ctx, tenantOf(ctx), req.run); err != nil {
		return csvFile{}, err
	}
	return csvFile{
		name: "sync-" + req.run + ".csv",
		write: func(ctx context.Context, w *csvWriter) error {
			c := callFrom(ctx)
			if err := w.row(exportHeader(c)...); err != nil {
				return err
			}
			for change, err := range a.services.Sync.EachChange(ctx, tenantOf(ctx), req.run, req.filter) {
				if err != nil {
					return err
				}
				if err := w.row(exportRow(c, change)...); err != nil {
					return err
				}
			}
			return nil
		},
	}, nil
}

func exportHeader(c *call) []string {
	titles := []provider.Text{
		{ZH: "序号", EN: "No."},
		{ZH: "对象", EN: "Entity"},
		{ZH: "变更", EN: "Change"},
		{ZH: "第三方ID", EN: "Remote ID"},
		{ZH: "平台ID", EN: "Local ID"},
		{ZH: "账号", EN: "Account"},
		{ZH: "名称", EN: "Name"},
		{ZH: "变更内容", EN: "Differences"},
		{ZH: "状态", EN: "State"},
		{ZH: "原因", EN: "Reason"},
	}
	cells := make([]string, len(titles))
	for i, t := range titles {
		cells[i] = c.text(t)
	}
	return cells
}

func exportRow(c *call, ch dirsync.Change) []string {
	differences := make([]string, len(ch.Fields))
	for i, f := range ch.Fields {
		differences[i] = word(c, f.Field) + ": " + f.Before + " → " + f.After
	}
	return []string{
		ch.ID, word(c, string(ch.Entity)), word(c, string(ch.Kind)), ch.RemoteID, ch.LocalID, ch.Account, ch.Name,
		strings.Join(differences, "\n"), word(c, string(ch.State)), c.text(ch.Reason),
	}
}

// word returns the name of a value of changes in the language of the request,
// and the value itself in English or when it has none.
func word(c *call, value string) string {
	zh := map[string]string{
		"department": "部门", "person": "用户",
		"create": "新增", "update": "更新", "move": "调动", "leave": "离开", "leaving": "待停用", "rejoin": "恢复", "conflict": "冲突", "unbind": "解绑",
		"pending": "待执行", "applied": "已执行", "failed": "失败", "skipped": "未执行",
		"name": "名称", "mobile": "手机号", "email": "邮箱", "jobNumber": "工号", "title": "职位", "avatar": "头像",
		"departments": "所属部门", "manager": "上级", "leaderOf": "主管部门", "order": "排序", "parent": "上级部门",
	}[value]
	if zh == "" || c.lang != chinese {
		return value
	}
	return zh
}
