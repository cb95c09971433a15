package dingtalktest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func setupAdmin(t *testing.T) *bundle {
	t.Helper()
	return setup(t, func(o *dingtalktest.Options) { o.Admin = true })
}

func (a answer) wantStatus(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.raw)
	}
	return a
}

func TestAdminState(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	a := b.get("/_emulator/state").wantStatus(http.StatusOK)
	for _, want := range []string{
		`"corpId":"dingcorp"`, `"people":5`, `"departments":4`, `"clientId":"key"`, `"clientSecret":"secret"`, `"agentId":1001`, `"permissions":null`,
	} {
		if !strings.Contains(string(a.raw), want) {
			t.Errorf("%s lacks %s", a.raw, want)
		}
	}
	equal(t, "people", pluck[string](b.get("/_emulator/people?limit=2").body["people"], "userId"), []string{"alice", "bob"})
	equal(t, "departments", numbers(ids(b.get("/_emulator/departments?corpId=" + corp).body["departments"], "id")), []int64{1, 10, 20, 11})
}

func TestAdminPeople(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	post := func(p params) answer { t.Helper(); return b.post("/_emulator/people", p) }

	post(params{"action": "join", "person": params{
		"userId": "erin", "name": "艾琳", "memberships": []params{{"departmentId": 10, "leader": true}},
	}}).wantStatus(http.StatusOK)
	a := post(params{"corpId": corp, "action": "change", "userId": "erin", "person": params{
		"mobile": "13900000001", "memberships": []params{{"departmentId": 20}},
	}}).wantStatus(http.StatusOK)
	same(t, "answer", a.body["mobile"], any("13900000001"))
	erin, err := b.Person(corp, "erin")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "name stays", erin.Name, "艾琳")
	same(t, "moved", fmt.Sprint(erin.Memberships), "[{20 false 0}]")
	post(params{"action": "change", "userId": "erin", "person": params{"mobile": nil}}).wantStatus(http.StatusOK)
	erin, err = b.Person(corp, "erin")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "null", erin.Mobile, "")
	post(params{"action": "leave", "userId": "erin"}).wantStatus(http.StatusOK)

	post(params{"action": "leave", "userId": "erin"}).wantStatus(http.StatusNotFound)
	post(params{"corpId": "nobody", "action": "leave", "userId": "bob"}).wantStatus(http.StatusNotFound)
	post(params{"action": "join", "person": params{"userId": "bob", "name": "x"}}).wantStatus(http.StatusConflict)
	post(params{"action": "join", "person": params{"userId": "x", "name": "x", "shoeSize": 42}}).wantStatus(http.StatusBadRequest)
	post(params{"action": "change", "userId": "bob", "person": params{"name": ""}}).wantStatus(http.StatusBadRequest)
	post(params{"action": "change", "userId": "bob", "person": params{"name": 1}}).wantStatus(http.StatusBadRequest)
	post(params{"action": "dance"}).wantStatus(http.StatusBadRequest)
	b.do(b.request(http.MethodPost, "/_emulator/people", "text/plain", []byte(`{}`))).wantStatus(http.StatusBadRequest)
	b.do(b.request(http.MethodPost, "/_emulator/people", "application/json", []byte(`{`))).wantStatus(http.StatusBadRequest)
}

func TestAdminDepartments(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	post := func(p params) answer { t.Helper(); return b.post("/_emulator/departments", p) }
	post(params{"action": "create", "department": params{"id": 30, "name": "法务部"}}).wantStatus(http.StatusOK)
	post(params{"action": "change", "id": 30, "department": params{"parentId": 20}}).wantStatus(http.StatusOK)
	equal(t, "moved", numbers(b.call(pathParents, params{"dept_id": 30}).result()["parent_id_list"]), []int64{30, 20, 1})
	post(params{"action": "remove", "id": 30}).wantStatus(http.StatusOK)
	post(params{"action": "remove", "id": 30}).wantStatus(http.StatusNotFound)
	post(params{"action": "remove", "id": 10}).wantStatus(http.StatusBadRequest)
	post(params{"action": "dance"}).wantStatus(http.StatusBadRequest)
	same(t, "the next id", post(params{"action": "create", "department": params{"name": "财务部"}}).wantStatus(http.StatusOK).body["id"], 31.0)
}

func TestAdminFaults(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	post := func(p params) answer { t.Helper(); return b.post("/_emulator/faults", p) }
	post(params{"path": pathListSub, "kind": "busy", "times": 1, "delay": "1ms"}).wantStatus(http.StatusOK)
	b.call(pathListSub, params{}).want(-1)
	b.call(pathListSub, params{}).want(0)
	a := b.get("/_emulator/faults").wantStatus(http.StatusOK)
	same(t, "hits", fmt.Sprint(pluck[float64](a.body["faults"], "hits")), "[1]")
	same(t, "delay", fmt.Sprint(pluck[string](a.body["faults"], "delay")), "[1ms]")

	post(params{"kind": "busy", "path": pathUser}).wantStatus(http.StatusOK)
	b.do(b.request(http.MethodDelete, "/_emulator/faults", "", nil)).wantStatus(http.StatusOK)
	b.call(pathUser, params{"userid": "bob"}).want(0)

	post(params{"kind": "dance"}).wantStatus(http.StatusBadRequest)
	post(params{"kind": "busy", "delay": "soon"}).wantStatus(http.StatusBadRequest)
	post(params{"kind": "busy", "tiems": 1}).wantStatus(http.StatusBadRequest)
}

func TestAdminMessagesAndCalls(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	task := b.send("看", "bob,alice")
	b.post("/_emulator/read", params{"taskId": task, "userId": "bob"}).wantStatus(http.StatusOK)
	a := b.get("/_emulator/sent").wantStatus(http.StatusOK)
	for _, want := range []string{`"total":1`, `"recipients":["bob","alice"]`, `"read":["bob"]`, `"content":"看"`} {
		if !strings.Contains(string(a.raw), want) {
			t.Errorf("%s lacks %s", a.raw, want)
		}
	}
	b.post("/_emulator/read", params{"taskId": task}).wantStatus(http.StatusOK)
	equal(t, "read by all", texts(b.sendResult(task)["read_user_id_list"]), []string{"bob", "alice"})
	b.post("/_emulator/read", params{"taskId": 7}).wantStatus(http.StatusNotFound)

	a = b.get("/_emulator/calls?limit=1").wantStatus(http.StatusOK)
	equal(t, "calls", pluck[string](a.body["calls"], "path"), []string{pathResult})
	same(t, "total", a.body["total"], any(3.0))
	b.get("/_emulator/calls?limit=none").wantStatus(http.StatusBadRequest)

	b.post("/_emulator/tokens/expire", params{}).wantStatus(http.StatusOK)
	b.call(pathListSub, params{}).wantWrapped(42001)
	b.post("/_emulator/reset", params{}).wantStatus(http.StatusOK)
	same(t, "after reset", len(b.Sent())+b.CallCount(""), 0)
}

func TestAdminGroupsAndWebhooks(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	a := b.post("/_emulator/groups", params{"name": "群", "members": []string{"alice", "bob"}}).wantStatus(http.StatusOK)
	group, _ := a.body["id"].(string)
	a = b.post("/_emulator/webhooks", params{"corpId": corp, "name": "告警", "groupId": group, "keywords": []string{"告警"}}).wantStatus(http.StatusOK)
	token, _ := a.body["token"].(string)
	equal(t, "groups", pluck[string](b.get("/_emulator/groups").body["groups"], "id"), []string{group})
	equal(t, "webhooks", pluck[string](b.get("/_emulator/webhooks").body["webhooks"], "token"), []string{token})

	b.hook(token, text("告警一")).wantHook(0)
	b.send("通知", "bob")
	_, key := b.sendRobot("机器人", "bob")
	list := func(query string) []string {
		t.Helper()
		a := b.get("/_emulator/messages" + query).wantStatus(http.StatusOK)
		return pluck[string](a.body["messages"], "channel")
	}
	equal(t, "messages", list(""), []string{"webhook", "work", "robot"})
	equal(t, "newest", list("?limit=1"), []string{"robot"})
	equal(t, "of a person", list("?userId=bob"), []string{"work", "robot"})
	equal(t, "of a group", list("?groupId="+group), []string{"webhook"})
	equal(t, "of a channel", list("?channel=work"), []string{"work"})

	b.post("/_emulator/read", params{"id": key, "userId": "bob"}).wantStatus(http.StatusOK)
	equal(t, "read", b.Inbox(corp, "bob")[1].Read, []string{"bob"})
	b.post("/_emulator/read", params{"id": key}).wantStatus(http.StatusOK)
	b.post("/_emulator/read", params{"id": "x"}).wantStatus(http.StatusNotFound)
	b.post("/_emulator/groups", params{"members": []string{"nobody"}}).wantStatus(http.StatusNotFound)
	b.post("/_emulator/webhooks", params{"groupId": "x"}).wantStatus(http.StatusNotFound)
	b.post("/_emulator/webhooks", params{"tokn": "x"}).wantStatus(http.StatusBadRequest)

	b.upload("", "image", "a.png", []byte("x")).want(0)
	equal(t, "media", pluck[string](b.get("/_emulator/media").body["media"], "name"), []string{"a.png"})
}

func TestAdminMix(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	mix := []params{{"kind": "busy", "weight": 2, "delay": "1ms"}, {"kind": "throttle", "afterEffect": true}}
	b.post("/_emulator/faults", params{"path": pathListSub, "times": 1, "mix": mix}).wantStatus(http.StatusOK)
	code, _ := b.call(pathListSub, params{}).code()
	if code != -1 && code != 90018 {
		t.Errorf("got %d, want one of the mix", code)
	}
	a := b.get("/_emulator/faults")
	if !strings.Contains(string(a.raw), `"mix":[{"kind":"busy","delay":"1ms","weight":2},{"kind":"throttle","afterEffect":true}]`) {
		t.Errorf("mix is not in %s", a.raw)
	}
	b.post("/_emulator/faults", params{"mix": []params{{"kind": "busy", "delay": "soon"}}}).wantStatus(http.StatusBadRequest)
	b.post("/_emulator/faults", params{"kind": "busy", "mix": mix}).wantStatus(http.StatusBadRequest)
}

func TestAdminEvents(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	l := listen(t)
	same(t, "events", len(pluck[string](b.get("/_emulator/events").wantStatus(http.StatusOK).body["events"], "type")), 0)
	cb := params{"url": l.Callback.URL, "token": callbackToken, "aesKey": callbackKey}
	b.post("/_emulator/callback", params{"clientId": "key", "callback": cb}).wantStatus(http.StatusOK)
	l.set(func() { l.heard = nil })
	fault := b.post("/_emulator/events/faults", params{"kind": "repeat", "times": 1, "delay": "1s"}).wantStatus(http.StatusOK)
	same(t, "delay", fault.body["delay"], any("1s"))
	b.post("/_emulator/events", params{"type": "user_add_org", "userIds": []string{"x"}}).wantStatus(http.StatusOK)
	b.post("/_emulator/people", params{"action": "leave", "userId": "bob"}).wantStatus(http.StatusOK)
	equal(t, "told", l.told(t, 3), []string{"user_add_org [x]", "user_add_org [x]", "user_leave_org [bob]"})
	await(t, func() bool { return b.EventsPending("key") == 0 })
	a := b.get("/_emulator/events?limit=1").wantStatus(http.StatusOK)
	equal(t, "newest", pluck[string](a.body["events"], "type"), []string{"user_leave_org"})
	same(t, "pending", a.body["pending"], any(0.0))
	list := b.get("/_emulator/events/faults").body["faults"]
	equal(t, "hits", pluck[float64](list, "hits"), []float64{1})
	b.do(b.request(http.MethodDelete, "/_emulator/events/faults", "", nil)).wantStatus(http.StatusOK)
	equal(t, "faults", pluck[string](b.get("/_emulator/events/faults").body["faults"], "kind"), nil)
	b.post("/_emulator/callback", params{"clientId": "key"}).wantStatus(http.StatusOK)

	b.post("/_emulator/callback", params{"clientId": "nobody"}).wantStatus(http.StatusNotFound)
	b.post("/_emulator/callback", params{"clientId": "key", "callback": params{"url": "x"}}).wantStatus(http.StatusBadRequest)
	b.post("/_emulator/events", params{}).wantStatus(http.StatusBadRequest)
	b.post("/_emulator/events", params{"corpId": "nobody", "type": "x"}).wantStatus(http.StatusNotFound)
	b.post("/_emulator/events/faults", params{"kind": "shout"}).wantStatus(http.StatusBadRequest)
	b.post("/_emulator/events/faults", params{"kind": "drop", "delay": "soon"}).wantStatus(http.StatusBadRequest)
}
