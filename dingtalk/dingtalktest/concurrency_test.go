package dingtalktest_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// TestEverythingAtOnce is for the race detector.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.CallsPerSecond = 1_000_000; o.SendSteps = 2 })
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
	do(func(int) {
		b.Sent()
		b.Calls()
		b.Received(corp)
		for range b.People(corp) {
			break
		}
		b.get(pathGetToken + "?appkey=key&appsecret=secret").want(0)
	})
	wg.Wait()
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
