package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// demo plays the administrator of two tenants: it does over HTTP, step by step,
// what the README's reader would do with curl, and says what it sees. Each step
// finds what an earlier start has left, so that it may be killed anywhere and
// started again.
type demo struct {
	out      io.Writer
	client   *client
	emulator string // base URL
	base     string // our own base URL
	public   string // where browsers find us
	password string
}

// demoTenants are the tenants that the demo connects, in the order of the
// emulator's companies.
var demoTenants = []struct{ id, house string }{ //nolint:gochecknoglobals // constant table
	{"1001", "A1001"},
	{"1002", "B1002"},
}

func (d *demo) run(ctx context.Context) error {
	companies, err := d.companies(ctx)
	if err != nil {
		return err
	}
	if err := d.client.login(ctx, "admin", d.password); err != nil {
		return err
	}
	for i, tn := range demoTenants[:min(len(companies), len(demoTenants))] {
		if err := d.tenant(ctx, tn.id, tn.house, companies[i]); err != nil {
			return fmt.Errorf("tenant %s: %w", tn.id, err)
		}
	}
	d.curlLines()
	return nil
}

// company is what the emulator's administration tells of a company.
type company struct {
	CorpID      string `json:"corpId"`
	Name        string `json:"name"`
	People      int    `json:"people"`
	Departments int    `json:"departments"`
	Apps        []struct {
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
		AgentID      int64  `json:"agentId"`
	} `json:"apps"`
}

func (d *demo) companies(ctx context.Context) ([]company, error) {
	var state struct {
		Companies []company `json:"companies"`
	}
	err := getJSON(ctx, d.emulator+"/_emulator/state", &state)
	if err == nil && len(state.Companies) == 0 {
		err = errors.New("it has no company")
	}
	if err != nil {
		return nil, fmt.Errorf("no DingTalk emulator at %s (%w); with the real DingTalk start with -demo=false", d.emulator, err)
	}
	return state.Companies, nil
}

// tenant connects a company to a tenant, brings its people over and writes to
// some of them.
func (d *demo) tenant(ctx context.Context, id, house string, c company) error {
	d.say("\n── 租户 tenant %s：%s（%d 人 people，%d 个部门 departments）", id, c.Name, c.People, c.Departments)
	if err := d.client.createTenant(ctx, id, c.Name, house); err != nil {
		return err
	}
	if err := d.connect(ctx, id, c); err != nil {
		return err
	}
	if err := d.synchronise(ctx, id); err != nil {
		return err
	}
	// People who log in come back to the host's own page.
	err := d.client.do(ctx, http.MethodPut, id, "/login/settings", map[string]any{"returnUrls": []string{d.public + welcomePath}}, nil)
	if err != nil {
		return err
	}
	return d.send(ctx, id, c.Name)
}

// connect stores the app's credentials, over the classic path, and has the
// permissions checked.
func (d *demo) connect(ctx context.Context, id string, c company) error {
	app := c.Apps[0]
	var stored *struct {
		ID string `json:"id"`
	}
	if err := d.client.get(ctx, id, "/sys/thirdApp/getThirdConfigByTenantId?thirdType=dingtalk", &stored); err != nil {
		return err
	}
	if stored == nil {
		err := d.client.post(ctx, id, "/sys/thirdApp/addThirdAppConfig", map[string]any{
			"thirdType": "dingtalk", "corpId": c.CorpID, "agentId": fmt.Sprint(app.AgentID),
			"clientId": app.ClientID, "clientSecret": app.ClientSecret, "status": 1,
		}, nil)
		if err != nil {
			return err
		}
		if err := d.client.get(ctx, id, "/sys/thirdApp/getThirdConfigByTenantId?thirdType=dingtalk", &stored); err != nil {
			return err
		}
	}
	var report struct {
		Permissions []struct{ Name, State, Remedy string } `json:"permissions"`
	}
	if err := d.client.post(ctx, id, "/apps/"+stored.ID+"/verify", nil, &report); err != nil {
		return err
	}
	granted, checked := 0, 0
	for _, p := range report.Permissions {
		switch p.State {
		case "granted":
			granted++
			checked++
		case "missing":
			checked++
		}
	}
	d.say("   ✓ 已连接应用 connected app %s，权限 permissions %d/%d", app.ClientID, granted, checked)
	for _, p := range report.Permissions {
		if p.State == "unknown" {
			d.say("     ? %s %s", p.Name, p.Remedy)
		}
	}
	return nil
}

// run is the part of a synchronisation that the demo shows.
type run struct {
	ID     string         `json:"id"`
	State  string         `json:"state"`
	Phase  string         `json:"phase"`
	Counts map[string]int `json:"counts"`
}

var phaseNames = map[string]string{ //nolint:gochecknoglobals // constant table
	"read": "读取 reading", "plan": "比对 comparing", "guard": "检查 checking", "apply": "写入 applying",
}

const pollEvery = 200 * time.Millisecond

// synchronise starts a pull, or joins the one that runs, and waits for its end.
func (d *demo) synchronise(ctx context.Context, id string) error {
	began := time.Now()
	var r run
	err := d.client.post(ctx, id, "/sync/runs", map[string]any{"provider": "dingtalk", "direction": "pull"}, &r)
	if runID, active := activeRun(err); active {
		r.ID = runID
	} else if err != nil {
		return err
	}
	for shown := ""; ; {
		var now run
		if err := d.client.get(ctx, id, "/sync/runs/"+r.ID, &now); err != nil {
			return err
		}
		if now.Phase != shown && now.Phase != "" {
			shown = now.Phase
			d.say("     %s …", phaseNames[shown])
		}
		switch now.State {
		case "succeeded", "partial":
			d.say("   ✓ 同步完成 synchronised in %s：%s", time.Since(began).Round(time.Millisecond), counts(now.Counts))
			return d.conflicts(ctx, id, r.ID)
		case "failed", "cancelled", "discarded", "needs_approval":
			return fmt.Errorf("run %s: %s", r.ID, now.State)
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// conflicts shows some of the people who could not be matched, and why.
func (d *demo) conflicts(ctx context.Context, id, runID string) error {
	var list struct {
		Items []struct{ Name, Reason string } `json:"items"`
	}
	if err := d.client.get(ctx, id, "/sync/runs/"+runID+"/changes?kind=conflict&limit=2", &list); err != nil {
		return err
	}
	for _, c := range list.Items {
		d.say("     ! %s：%s", c.Name, c.Reason)
	}
	return nil
}

// message is the part of a message that the demo shows.
type message struct {
	ID     string         `json:"id"`
	Counts map[string]int `json:"counts"`
}

// send writes to three people and follows the message to them.
func (d *demo) send(ctx context.Context, id, name string) error {
	names, err := d.client.bound(ctx, id, 3)
	if err != nil || len(names) == 0 {
		return err
	}
	var m message
	err = d.client.post(ctx, id, "/messages", map[string]any{
		"provider":   "dingtalk",
		"recipients": map[string]any{"usernames": names},
		"content": map[string]any{"type": "markdown", "markdown": map[string]string{
			"title": "欢迎", "text": "### 欢迎使用\n" + name + " 已连接，" + time.Now().Format("15:04:05"),
		}},
	}, &m)
	if err != nil {
		return err
	}
	d.say("   → 消息 message %s → %s", m.ID, strings.Join(names, ", "))
	for shown := ""; ; {
		var now message
		if err := d.client.get(ctx, id, "/messages/"+m.ID, &now); err != nil {
			return err
		}
		if text := counts(now.Counts); text != shown {
			shown = text
			d.say("     %s", text)
		}
		if now.Counts["pending"]+now.Counts["sending"]+now.Counts["accepted"] == 0 {
			return nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

func (d *demo) curlLines() {
	d.say(`
试一试 Try it (paste into another terminal):

TOKEN=$(curl -s %[1]s/sys/login -H 'Content-Type: application/json' \
  -d '{"username":"admin","password":"%[2]s"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')

curl -s %[1]s/sys/thirdApp/sync/dingtalk/departAndUser/toLocal -H "X-Access-Token: $TOKEN" -H 'X-Tenant-Id: 1001'
curl -s '%[1]s/sys/user/list?tenantId=1001&pageNo=1&pageSize=5' -H "X-Access-Token: $TOKEN"
curl -s %[1]s/sys/thirdApp/sendMessageTest -H "X-Access-Token: $TOKEN" -H 'X-Tenant-Id: 1001' \
  -H 'Content-Type: application/json' -d '{"app":"DINGTALK","sendAll":true,"content":"大家好 %[3]s"}'
curl -s %[1]s/messages -H "X-Access-Token: $TOKEN" -H 'X-Tenant-Id: 1001'
curl -s '%[4]s/_emulator/sent?limit=3'

在浏览器中以钉钉登录 log in with a browser: %[5]s/
从模拟的钉钉工作台打开 open from the emulated workbench of DingTalk: %[4]s/workbench

Ctrl-C 结束 ends.`, d.base, d.password, time.Now().Format("15:04"), d.emulator, d.public)
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

// counts shows numbers by name, in the order of their names.
func counts(m map[string]int) string {
	if len(m) == 0 {
		return "无变化 no changes"
	}
	parts := make([]string, 0, len(m))
	for _, name := range sortedKeys(m) {
		parts = append(parts, fmt.Sprintf("%s %d", name, m[name]))
	}
	return strings.Join(parts, ", ")
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
