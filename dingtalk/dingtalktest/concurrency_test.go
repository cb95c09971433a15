package dingtalktest_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// TestEverythingAtOnce is for the race detector.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.CallsPerSecond = 1_000_000; o.SendSteps, o.MessageHistory = 2, 10_000 })
	group := b.addGroup()
	hook := b.addWebhook(dingtalktest.Webhook{GroupID: group, PerMinute: -1})
	var wg sync.WaitGroup
	const rounds = 40
	do := func(f func(i int)) {
		wg.Go(func() {
			for i := range rounds {
				f(i)
			}
		})
	}
	page := params{"dept_id": 10, "cursor": 0, "size": 100}
	do(func(int) { b.call(pathUsers, page).want(0) })
	do(func(int) { b.call(pathUsers, page.with("order_field", "modify_desc")).want(0) })
	do(func(int) { b.call(pathByMobile, params{"mobile": "13800000001"}) })
	do(func(int) { b.call(pathDepartment, params{"dept_id": 1}).want(0) })
	do(func(i int) {
		task := b.send(fmt.Sprint("并发", i), "alice,bob,carol")
		b.call(pathProgress, params{"agent_id": agent, "task_id": task}).want(0)
		b.call(pathResult, params{"agent_id": agent, "task_id": task}).want(0)
		b.call(pathRecall, params{"agent_id": agent, "msg_task_id": task}).want(0)
	})
	do(func(i int) {
		id := fmt.Sprint("new", i)
		check(t, b.AddPerson(corp, dingtalktest.Person{UserID: id, Name: id, Mobile: "13800000001", Memberships: in(10, 11)}))
		check(t, b.UpdatePerson(corp, id, func(p *dingtalktest.Person) { p.Memberships = in(20) }))
		check(t, b.RemovePerson(corp, id))
	})
	do(func(i int) {
		check(t, b.UpdatePerson(corp, "alice", func(p *dingtalktest.Person) { p.Title += "." }))
		check(t, b.AddDepartment(corp, dingtalktest.Department{ID: int64(100 + i), Name: fmt.Sprint("部", i)}))
		check(t, b.UpdateDepartment(corp, int64(100+i), func(d *dingtalktest.Department) { d.ParentID = 20 }))
	})
	do(func(int) {
		check(t, b.UpdateApp("key", func(a *dingtalktest.App) { a.Scope.UserIDs = []string{"bob"}; a.Scope.Departments = []int64{1} }))
		script := b.Fail(dingtalktest.Fault{Path: "/nothing", Kind: dingtalktest.Busy})
		b.get("/nothing")
		script.Remove()
	})
	do(func(i int) {
		_, key := b.sendRobot(fmt.Sprint("机器人", i), "bob", "boss")
		check(t, b.ReadDelivery("boss", key))
		b.readStatus(key).wantStatus(http.StatusOK)
		b.callNew(pathRobotRecall, params{"robotCode": robot, "processQueryKeys": []string{key}}).wantStatus(http.StatusOK)
		b.Inbox(corp, "boss")
	})
	do(func(i int) {
		key := b.sendGroup(group, "群")
		b.callNew(pathGroupQuery, params{"robotCode": robot, "openConversationId": group, "processQueryKey": key}).wantStatus(http.StatusOK)
		b.hook(hook, params(text("群")).with("msgUuid", fmt.Sprint(i/2))).wantHook(0)
		b.upload("", "image", "a.png", []byte("x")).want(0)
		check(t, b.SlowRobots(corp, "dave", i%2 == 0))
		check(t, b.StopWebhook(hook, false))
	})
	do(func(int) {
		b.Deliveries()
		b.GroupMessages(group)
		b.Media()
		b.Sent()
		b.Calls()
		b.Received(corp)
		for range b.People(corp) {
			break
		}
		b.get(pathGetToken + "?appkey=key&appsecret=secret").want(0)
	})
	wg.Wait()
	same(t, "messages to the group", len(b.GroupMessages(group)), rounds+rounds/2)
	same(t, "boss has", len(b.Inbox(corp, "boss")), rounds)
	alice, err := b.Person(corp, "alice")
	check(t, err)
	same(t, "no change was lost", len(alice.Title), len("总监")+rounds)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
