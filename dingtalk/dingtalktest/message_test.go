package dingtalktest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func text(content string) map[string]any {
	return map[string]any{"msgtype": "text", "text": map[string]any{"content": content}}
}

// send sends a text to users and returns the task id.
func (b *bundle) send(content, users string) int64 {
	b.t.Helper()
	return b.sendWith(params{"agent_id": agent, "userid_list": users, "msg": text(content)})
}

func (b *bundle) sendWith(p params) int64 {
	b.t.Helper()
	id, ok := b.call(pathSend, p).want(0).body["task_id"].(float64)
	if !ok || id <= 0 {
		b.t.Fatal("no task_id")
	}
	return int64(id)
}

func (b *bundle) sendResult(task int64) map[string]any {
	b.t.Helper()
	return b.call(pathResult, params{"agent_id": agent, "task_id": task}).want(0).object("send_result")
}

func (b *bundle) progress(task int64) (percent, status any) {
	b.t.Helper()
	p := b.call(pathProgress, params{"agent_id": agent, "task_id": task}).want(0).object("progress")
	return p["progress_in_percent"], p["status"]
}

func TestSendToUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	task := b.send("你好", "bob,nobody,alice,bob")
	sent := b.Sent()
	if len(sent) != 1 {
		t.Fatalf("%d messages, want 1", len(sent))
	}
	m := sent[0]
	same(t, "task", m.TaskID, task)
	same(t, "corp", m.CorpID, corp)
	same(t, "client", m.ClientID, "key")
	same(t, "type", m.Type, "text")
	same(t, "body", string(m.Body), `{"msgtype":"text","text":{"content":"你好"}}`)
	same(t, "time", m.Time, b.clock.Now())
	equal(t, "recipients", m.Recipients, []string{"bob", "alice"})
	equal(t, "invalid", m.InvalidUsers, []string{"nobody"})

	percent, status := b.progress(task)
	same(t, "percent", percent, any(100.0))
	same(t, "status", status, any(2.0))
	r := b.sendResult(task)
	equal(t, "invalid_user_id_list", texts(r["invalid_user_id_list"]), []string{"nobody"})
	equal(t, "unread", texts(r["unread_user_id_list"]), []string{"bob", "alice"})
	equal(t, "read", texts(r["read_user_id_list"]), nil)
}

func TestSendAsForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	msg, err := json.Marshal(text("表单"))
	if err != nil {
		t.Fatal(err)
	}
	b.callForm(pathSend, url.Values{
		"agent_id": {"1001"}, "dept_id_list": {"10,99"}, "to_all_user": {"false"}, "msg": {string(msg)},
	}).want(0)
	m := b.Sent()[0]
	equal(t, "recipients", m.Recipients, []string{"dave", "alice", "bob"})
	equal(t, "invalid departments", m.InvalidDepartments, []int64{99})
}

func TestSendToDepartmentsAndUsersReachesEachOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sendWith(params{"agent_id": agent, "userid_list": "alice", "dept_id_list": "10,11,20", "msg": text("一次")})
	equal(t, "recipients", b.Sent()[0].Recipients, []string{"alice", "dave", "bob", "carol"})
}

func TestSendToEveryone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	everyone := params{"agent_id": agent, "to_all_user": true}
	for i := range 3 {
		b.sendWith(everyone.with("msg", text(fmt.Sprint("第", i))))
	}
	b.call(pathSend, everyone.with("msg", text("第四"))).want(41045)
	counts := b.Received(corp)
	same(t, "people", len(counts), 5)
	for id, n := range counts {
		same(t, id, n, 3)
	}
	// The next day in China.
	b.clock.Advance(15 * time.Hour)
	b.fetch()
	b.sendWith(everyone.with("msg", text("明天")))
}

func TestSendRespectsScope(t *testing.T) {
	t.Parallel()
	b := setup(t, withApp(func(a *dingtalktest.App) { a.Scope = dingtalktest.Scope{Departments: []int64{10}} }))
	b.sendWith(params{"agent_id": agent, "userid_list": "bob,carol", "dept_id_list": "20", "msg": text("范围")})
	m := b.Sent()[0]
	equal(t, "recipients", m.Recipients, []string{"bob"})
	equal(t, "invalid users", m.InvalidUsers, []string{"carol"})
	equal(t, "invalid departments", m.InvalidDepartments, []int64{20})
	b.sendWith(params{"agent_id": agent, "to_all_user": "true", "msg": text("全员")})
	equal(t, "everyone", b.Sent()[1].Recipients, []string{"dave", "alice", "bob"})
}

func TestDuplicatesAreDroppedSilently(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send("相同", "bob")
	// The same content in another layout is the same content.
	again := b.sendWith(params{
		"agent_id": agent, "userid_list": "bob,alice",
		"msg": json.RawMessage(`{ "text": {"content": "\u76f8同"}, "msgtype": "text" }`),
	})
	equal(t, "recipients", b.Sent()[1].Recipients, []string{"alice"})
	r := b.sendResult(again)
	equal(t, "forbidden_user_id_list", texts(r["forbidden_user_id_list"]), []string{"bob"})
	equal(t, "codes", pluck[string](r["forbidden_list"], "code"), []string{"143106"})
	equal(t, "unread", texts(r["unread_user_id_list"]), []string{"alice"})
	same(t, "bob has", b.Received(corp)["bob"], 1)

	b.clock.Advance(24 * time.Hour)
	b.fetch()
	b.send("相同", "bob")
	same(t, "bob has, next day", b.Received(corp)["bob"], 2)
}

func TestDailyLimit(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.MessagesPerPersonPerDay = 2 })
	for i := range 3 {
		b.send(fmt.Sprint("消息", i), "bob")
	}
	same(t, "bob has", b.Received(corp)["bob"], 2)
	same(t, "forbidden", fmt.Sprint(b.Sent()[2].Forbidden), fmt.Sprint([]dingtalktest.Forbidden{{UserID: "bob", Code: dingtalktest.CodePerDay}}))
}

func TestPerMinuteLimit(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.PeoplePerMinute = 2 })
	b.send("快", "boss,alice,bob")
	m := b.Sent()[0]
	equal(t, "recipients", m.Recipients, []string{"boss", "alice"})
	same(t, "code", m.Forbidden[0].Code, dingtalktest.CodePerMinute)
	b.clock.Advance(time.Minute)
	b.send("快", "bob")
	equal(t, "a minute later", b.Sent()[1].Recipients, []string{"bob"})
}

func TestScriptedDrops(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := errors.Join(
		b.ForbidMessages(corp, "bob", dingtalktest.CodeForbiddenContent),
		b.FailMessages(corp, "alice", true),
	); err != nil {
		t.Fatal(err)
	}
	r := b.sendResult(b.send("内容", "boss,alice,bob"))
	equal(t, "failed", texts(r["failed_user_id_list"]), []string{"alice"})
	equal(t, "codes", pluck[string](r["forbidden_list"], "code"), []string{"1430002"})
	equal(t, "unread", texts(r["unread_user_id_list"]), []string{"boss"})

	if err := errors.Join(b.ForbidMessages(corp, "bob", 0), b.FailMessages(corp, "alice", false)); err != nil {
		t.Fatal(err)
	}
	b.send("内容二", "alice,bob")
	equal(t, "let through again", b.Sent()[1].Recipients, []string{"alice", "bob"})
	if err := b.FailMessages("nobody", "bob", true); !errors.Is(err, dingtalktest.ErrNotFound) {
		t.Errorf("unknown company: got %v, want ErrNotFound", err)
	}
}

func TestSendParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := params{"agent_id": agent, "userid_list": "bob", "msg": text("参数")}
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	for _, tc := range []struct {
		name string
		p    params
		code int
	}{
		{"no agent", good.without("agent_id"), 41011},
		{"agent of nobody", good.with("agent_id", 7), 40056},
		{"agent text", good.with("agent_id", "x"), 40056},
		{"nobody", good.without("userid_list"), 400002},
		{"empty list", good.with("userid_list", ""), 400002},
		{"101 users", good.with("userid_list", many(101, "u")), 41029},
		{"100 users", good.with("userid_list", many(100, "u")), 0},
		{"21 departments", good.with("dept_id_list", many(21, "1")), 41029},
		{"20 departments", good.with("dept_id_list", many(20, "1")), 0},
		{"department text", good.with("dept_id_list", "x"), 400002},
		{"to_all_user", good.with("to_all_user", "yes"), 400002},
		{"no msg", good.without("msg"), 40035},
		{"msg null", good.with("msg", nil), 40035},
	} {
		if code, _ := b.call(pathSend, tc.p).code(); code != tc.code {
			t.Errorf("%s: got %d, want %d", tc.name, code, tc.code)
		}
	}
}

func TestMessageSize(t *testing.T) {
	t.Parallel()
	b := setup(t)
	frame := len(`{"msgtype":"text","text":{"content":""}}`)
	b.send(strings.Repeat("x", 2048-frame), "bob")
	b.call(pathSend, params{"agent_id": agent, "userid_list": "bob", "msg": text(strings.Repeat("x", 2049-frame))}).want(34016)
	// Bytes count, not characters.
	b.call(pathSend, params{"agent_id": agent, "userid_list": "bob", "msg": text(strings.Repeat("字", 700))}).want(34016)
}

func TestMessageShapes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.addMedia("@lAD", dingtalktest.MediaImage, 1)
	b.addMedia("$lAD", dingtalktest.MediaFile, 10<<20)
	b.addMedia("@big", dingtalktest.MediaFile, 10<<20+1)
	b.addMedia("@voice", dingtalktest.MediaVoice, 1)
	long := func(n int) string { return strings.Repeat("长", n) }
	card := `{"msgtype":"action_card","action_card":{"title":"t","markdown":"m",%s}}`
	oa := `{"msgtype":"oa","oa":{"message_url":"https://e.com","head":{"bgcolor":"FFBBBBBB","text":"h"},"body":{"title":"t"%s}%s}}`
	for _, tc := range []struct {
		name, msg string
		code      int
	}{
		{"text", `{"msgtype":"text","text":{"content":"x"}}`, 0},
		{"text empty", `{"msgtype":"text","text":{"content":""}}`, 400002},
		{"text without text", `{"msgtype":"text"}`, 400002},
		{"text and more", `{"msgtype":"text","text":{"content":"x","at":"y"}}`, 400002},
		{"two types", `{"msgtype":"text","text":{"content":"x"},"markdown":{"title":"t","text":"x"}}`, 400002},
		{"text number", `{"msgtype":"text","text":{"content":1}}`, 400002},
		{"text as list", `{"msgtype":"text","text":[]}`, 400002},
		{"no type", `{"text":{"content":"x"}}`, 40008},
		{"unknown type", `{"msgtype":"dance","dance":{}}`, 40008},
		{"type number", `{"msgtype":1}`, 40008},
		{"not an object", `[1]`, 400002},

		{"image", `{"msgtype":"image","image":{"media_id":"@lAD"}}`, 0},
		{"image without id", `{"msgtype":"image","image":{}}`, 400002},
		{"image by URL", `{"msgtype":"image","image":{"media_id":"https://e.com/a.png"}}`, 40007},
		{"image nobody uploaded", `{"msgtype":"image","image":{"media_id":"@no"}}`, 40007},
		{"image that is a voice", `{"msgtype":"image","image":{"media_id":"@voice"}}`, 40007},
		{"file", `{"msgtype":"file","file":{"media_id":"$lAD"}}`, 0},
		{"file that is an image", `{"msgtype":"file","file":{"media_id":"@lAD"}}`, 0},
		{"file too big", `{"msgtype":"file","file":{"media_id":"@big"}}`, 40006},
		{"file nobody uploaded", `{"msgtype":"file","file":{"media_id":"@no"}}`, 40007},
		{"voice", `{"msgtype":"voice","voice":{"media_id":"@voice","duration":"10"}}`, 0},
		{"voice that is an image", `{"msgtype":"voice","voice":{"media_id":"@lAD","duration":"10"}}`, 40007},
		{"voice number", `{"msgtype":"voice","voice":{"media_id":"@voice","duration":10}}`, 400002},
		{"voice 0", `{"msgtype":"voice","voice":{"media_id":"@voice","duration":"0"}}`, 400002},
		{"voice 60", `{"msgtype":"voice","voice":{"media_id":"@voice","duration":"60"}}`, 400002},

		{"link", `{"msgtype":"link","link":{"messageUrl":"https://e.com","picUrl":"@lAL","title":"t","text":"x"}}`, 0},
		{"link app", `{"msgtype":"link","link":{"messageUrl":"eapp://page","picUrl":"@lAL","title":"t","text":"x"}}`, 0},
		{"link other case", `{"msgtype":"link","link":{"messageURL":"https://e.com","picUrl":"@lAL","title":"t","text":"x"}}`, 400002},
		{"link no picture", `{"msgtype":"link","link":{"messageUrl":"https://e.com","title":"t","text":"x"}}`, 400002},
		{"link no scheme", `{"msgtype":"link","link":{"messageUrl":"e.com","picUrl":"@lAL","title":"t","text":"x"}}`, 400002},

		{"markdown", `{"msgtype":"markdown","markdown":{"title":"t","text":"# x"}}`, 0},
		{"markdown no title", `{"msgtype":"markdown","markdown":{"text":"# x"}}`, 400002},

		{"card single", fmt.Sprintf(card, `"single_title":"s","single_url":"https://e.com"`), 0},
		{"card no button", `{"msgtype":"action_card","action_card":{"title":"t","markdown":"m"}}`, 400002},
		{"card single no url", fmt.Sprintf(card, `"single_title":"s"`), 400002},
		{"card single title long", fmt.Sprintf(card, `"single_title":"`+long(21)+`","single_url":"https://e.com"`), 34016},
		{"card title long", fmt.Sprintf(strings.Replace(card, `"t"`, `"`+long(65)+`"`, 1), `"single_title":"s","single_url":"https://e.com"`), 34016},
		{"card buttons", fmt.Sprintf(card, `"btn_orientation":"1","btn_json_list":[{"title":"a","action_url":"https://e.com"},{"title":"b","action_url":"https://e.com"}]`), 0},
		{"card orientation", fmt.Sprintf(card, `"btn_orientation":"2","btn_json_list":[{"title":"a","action_url":"https://e.com"}]`), 400002},
		{"card buttons empty", fmt.Sprintf(card, `"btn_orientation":"1","btn_json_list":[]`), 400002},
		{"card buttons without title", fmt.Sprintf(card, `"btn_orientation":"1","btn_json_list":[{"action_url":"https://e.com"}]`), 400002},
		{"card buttons as text", fmt.Sprintf(card, `"btn_orientation":"1","btn_json_list":"[]"`), 400002},
		{"card button long", fmt.Sprintf(card, `"btn_orientation":"1","btn_json_list":[{"title":"`+long(21)+`","action_url":"https://e.com"}]`), 34016},
		{"card both", fmt.Sprintf(card, `"single_title":"s","single_url":"https://e.com","btn_orientation":"1","btn_json_list":[{"title":"a","action_url":"https://e.com"}]`), 400002},

		{"oa", fmt.Sprintf(oa, `,"form":[{"key":"k","value":"v"}],"rich":{"num":"15.6","unit":"元"},"content":"c","image":"@lAD","file_count":"3","author":"a"`, ""), 0},
		{"oa picture nobody uploaded", fmt.Sprintf(oa, `,"image":"@no"`, ""), 40007},
		{"oa picture by URL", fmt.Sprintf(oa, `,"image":"https://e.com/a.png"`, ""), 0},
		{"oa pc url", fmt.Sprintf(oa, "", `,"pc_message_url":"https://e.com"`), 0},
		{"oa pc url without scheme", fmt.Sprintf(oa, "", `,"pc_message_url":"e.com"`), 400002},
		{"oa unknown field", fmt.Sprintf(oa, `,"subtitle":"s"`, ""), 400002},
		{"oa form row", fmt.Sprintf(oa, `,"form":[{"key":1}]`, ""), 400002},
		{"oa color", fmt.Sprintf(strings.Replace(oa, "FFBBBBBB", "BBBBBB", 1), "", ""), 400002},
		{"oa title long", fmt.Sprintf(strings.Replace(oa, `"t"`, `"`+long(51)+`"`, 1), "", ""), 34016},
		{"oa file_count number", fmt.Sprintf(oa, `,"file_count":3`, ""), 400002},
		{"oa num number", fmt.Sprintf(oa, `,"rich":{"num":15.6}`, ""), 400002},
		{"oa form", fmt.Sprintf(oa, `,"form":{"k":"v"}`, ""), 400002},
		{"oa no body", `{"msgtype":"oa","oa":{"message_url":"https://e.com","head":{"bgcolor":"FFBBBBBB","text":"h"}}}`, 400002},
		{"oa status bar", fmt.Sprintf(oa, "", `,"status_bar":{"status_value":"进行中","status_bg":"0xFFF65E5E"}`), 0},
		{"oa status bar color", fmt.Sprintf(oa, "", `,"status_bar":{"status_value":"进行中","status_bg":"FFF65E5E"}`), 400002},
	} {
		p := params{"agent_id": agent, "userid_list": "bob", "msg": json.RawMessage(tc.msg)}
		if code, _ := b.call(pathSend, p).code(); code != tc.code {
			t.Errorf("%s: got %d, want %d", tc.name, code, tc.code)
		}
	}
	bar := json.RawMessage(fmt.Sprintf(oa, "", `,"status_bar":{"status_value":"v"}`))
	b.call(pathSend, params{"agent_id": agent, "dept_id_list": "10", "msg": bar}).want(400002)
	b.call(pathSend, params{"agent_id": agent, "userid_list": "1,2,3,4,5,6", "msg": bar}).want(400002)
}

func TestProgressBySteps(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.SendSteps = 4 })
	task := b.send("慢", "boss,alice,bob,dave")
	equal(t, "before", b.Sent()[0].Recipients, nil)
	for step, want := range []float64{25, 50, 75, 100} {
		percent, status := b.progress(task)
		same(t, "percent", percent, any(want))
		wantStatus := 1.0
		if want == 100 {
			wantStatus = 2
		}
		same(t, "status", status, any(wantStatus))
		same(t, "recipients", len(b.Sent()[0].Recipients), step+1)
	}
	equal(t, "unread", texts(b.sendResult(task)["unread_user_id_list"]), []string{"boss", "alice", "bob", "dave"})
}

func TestProgressByTime(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.SendTime = 10 * time.Second })
	task := b.send("慢", "boss,alice,bob,dave")
	percent, status := b.progress(task)
	same(t, "at once", fmt.Sprint(percent, status), "0 0")
	b.clock.Advance(5 * time.Second)
	percent, status = b.progress(task)
	same(t, "half way", fmt.Sprint(percent, status), "50 1")
	equal(t, "half of them", texts(b.sendResult(task)["unread_user_id_list"]), []string{"boss", "alice"})
	if err := b.Read("bob", task); !errors.Is(err, dingtalktest.ErrNotFound) {
		t.Errorf("reading before it is there: got %v, want ErrNotFound", err)
	}
	b.clock.Advance(5 * time.Second)
	percent, status = b.progress(task)
	same(t, "done", fmt.Sprint(percent, status), "100 2")
}

func TestReading(t *testing.T) {
	t.Parallel()
	b := setup(t)
	task := b.send("读", "boss,alice,bob")
	if err := b.Read("alice", task); err != nil {
		t.Fatal(err)
	}
	r := b.sendResult(task)
	equal(t, "read", texts(r["read_user_id_list"]), []string{"alice"})
	equal(t, "unread", texts(r["unread_user_id_list"]), []string{"boss", "bob"})
	equal(t, "Sent", b.Sent()[0].Read, []string{"alice"})

	if err := b.ReadAll(task); err != nil {
		t.Fatal(err)
	}
	equal(t, "read by all", texts(b.sendResult(task)["read_user_id_list"]), []string{"boss", "alice", "bob"})
	for name, err := range map[string]error{
		"unknown task":   b.Read("alice", 7),
		"not a receiver": b.Read("carol", task),
		"ReadAll":        b.ReadAll(7),
	} {
		if !errors.Is(err, dingtalktest.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", name, err)
		}
	}
}

func TestAutoRead(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.AutoRead = true })
	equal(t, "read", texts(b.sendResult(b.send("读", "boss,bob"))["read_user_id_list"]), []string{"boss", "bob"})
}

func TestTaskParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.AddApp(corp, dingtalktest.App{ClientID: "key2", ClientSecret: "secret2", AgentID: 1002}); err != nil {
		t.Fatal(err)
	}
	task := b.send("任务", "bob")
	for _, tc := range []struct {
		path, name string
		code       int
	}{{pathProgress, "task_id", 40035}, {pathResult, "task_id", 40035}, {pathRecall, "msg_task_id", 400002}} {
		good := params{"agent_id": agent, tc.name: task}
		b.call(tc.path, good).want(0)
		b.call(tc.path, good.with(tc.name, 7)).want(tc.code)
		b.call(tc.path, good.with(tc.name, "x")).want(tc.code)
		b.call(tc.path, good.without(tc.name)).want(tc.code)
		b.call(tc.path, good.with("agent_id", 1002)).want(tc.code)
		b.call(tc.path, good.without("agent_id")).want(tc.code)
	}
	// Another app of the company does not see it, and nobody after a day.
	mine := b.token
	b.token, _ = b.get(pathGetToken + "?appkey=key2&appsecret=secret2").body["access_token"].(string)
	b.call(pathResult, params{"agent_id": 1002, "task_id": task}).want(40035)
	b.token = mine
	b.clock.Advance(25 * time.Hour)
	b.fetch()
	b.call(pathProgress, params{"agent_id": agent, "task_id": task}).want(40035)
	b.call(pathRecall, params{"agent_id": agent, "msg_task_id": task}).want(400002)
}

func TestRecall(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.SendTime = 10 * time.Second })
	task := b.send("撤回", "boss,alice,bob,dave")
	b.clock.Advance(5 * time.Second)
	recall := params{"agent_id": agent, "msg_task_id": task}
	b.call(pathRecall, recall).want(0)
	b.call(pathRecall, recall).want(0)
	b.clock.Advance(time.Minute)
	m := b.Sent()[0]
	same(t, "recalled", m.Recalled, true)
	equal(t, "those who had it", m.Recipients, []string{"boss", "alice"})
	if err := b.Read("boss", task); !errors.Is(err, dingtalktest.ErrNotFound) {
		t.Errorf("reading what was recalled: got %v, want ErrNotFound", err)
	}
}

func TestResultOfManyTimesOut(t *testing.T) {
	t.Parallel()
	c := dingtalktest.Generate(dingtalktest.Spec{Seed: 3, People: 101})
	srv := dingtalktest.NewServer(t, c)
	b := &bundle{Server: srv, t: t}
	app := srv.App()
	b.token, _ = b.get(pathGetToken + "?appkey=" + app.ClientID + "&appsecret=" + app.ClientSecret).body["access_token"].(string)
	task := b.sendWith(params{"agent_id": app.AgentID, "dept_id_list": "1", "msg": text("多")})
	a := b.call(pathResult, params{"agent_id": app.AgentID, "task_id": task}).want(15)
	same(t, "sub_code", a.body["sub_code"], any("isp.top-remote-connection-timeout"))
}

func TestResetForgetsMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.send("重来", "bob")
	b.Reset()
	same(t, "messages", len(b.Sent()), 0)
	same(t, "calls", b.CallCount(""), 0)
	b.send("重来", "bob")
	same(t, "not a duplicate", b.Received(corp)["bob"], 1)
	same(t, "calls of send", b.CallCount(pathSend), 1)
}
