package dingtalktest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestRulesOff(t *testing.T) {
	t.Parallel()
	off := func(rules ...dingtalktest.Rule) *bundle {
		return setup(t, func(o *dingtalktest.Options) {
			o.MessagesPerPersonPerDay, o.PeoplePerMinute, o.EveryonePerDay = 4, 8, 1
			o.RulesOff = rules
		})
	}
	b := off(dingtalktest.RuleDuplicates)
	b.send("相同", "bob")
	b.send("相同", "bob")
	same(t, "the same twice", b.Received(corp)["bob"], 2)

	b = off(dingtalktest.RulePerDay)
	for i := range 5 {
		b.send(fmt.Sprint("日", i), "bob")
	}
	same(t, "more than a day's", b.Received(corp)["bob"], 5)

	b = off(dingtalktest.RulePerMinute, dingtalktest.RulePerDay)
	for i := range 9 {
		b.send(fmt.Sprint("分", i), "bob")
	}
	same(t, "more than a minute's", b.Received(corp)["bob"], 9)

	everyone := params{"agent_id": agent, "to_all_user": true}
	b = off(dingtalktest.RuleEveryone, dingtalktest.RulePerMinute)
	for i := range 3 {
		b.sendWith(everyone.with("msg", text(fmt.Sprint("全", i))))
	}
	b = off()
	b.sendWith(everyone.with("msg", text("全")))
	b.call(pathSend, everyone.with("msg", text("再全"))).want(41045)
}

func TestDaysAreThoseOfChina(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.clock.Advance(6*time.Hour + 59*time.Minute) // 23:59 in China
	b.fetch()
	b.send("今天", "bob")
	b.clock.Advance(30 * time.Second)
	b.send("今天", "bob")
	b.clock.Advance(30 * time.Second)
	b.send("今天", "bob")
	same(t, "before and after midnight", b.Received(corp)["bob"], 2)
}

// TestDefaultLimits meets the documented figures without setting any.
func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	people := make([]dingtalktest.Person, 5001)
	for i := range people {
		people[i] = dingtalktest.Person{UserID: fmt.Sprint("u", i), Name: "某人"}
	}
	b := setup(t, func(o *dingtalktest.Options) { o.Companies[0].People, o.Companies[0].Departments = people, nil })
	b.sendWith(params{"agent_id": agent, "to_all_user": true, "msg": text("五千")})
	m := b.Sent()[0]
	same(t, "reached", len(m.Recipients), 5000)
	same(t, "dropped", fmt.Sprint(m.Forbidden), "[{u5000 143103}]")

	b.clock.Advance(time.Minute)
	for i := range 501 {
		b.send(fmt.Sprint("第", i), "u5000")
	}
	same(t, "a day", b.Received(corp)["u5000"], 500)
	sent := b.Sent()
	r := b.sendResult(sent[len(sent)-1].TaskID)
	equal(t, "code", pluck[string](r["forbidden_list"], "code"), []string{"143105"})
	equal(t, "count", pluck[float64](r["forbidden_list"], "count"), []float64{500})
}

func TestStatusBar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	oa := func(title string) params {
		return params{"msgtype": "oa", "oa": params{
			"message_url": "https://e.com", "head": params{"bgcolor": "FFBBBBBB", "text": "h"}, "body": params{"title": title},
			"status_bar": params{"status_value": "待办", "status_bg": "0xFFF65E5E"},
		}}
	}
	task := b.sendWith(params{"agent_id": agent, "userid_list": "alice,bob", "msg": oa("一")})
	good := params{"agent_id": agent, "task_id": task, "status_value": "已办", "status_bg": "0xff00AA00"}
	b.call(pathStatusBar, good).want(0)
	same(t, "bar", fmt.Sprint(*b.Sent()[0].StatusBar), "{已办 0xff00AA00}")

	words := b.send("文字", "bob")
	others := b.sendWith(params{"agent_id": agent, "userid_list": "bob", "msg": oa("二")})
	b.call(pathRecall, params{"agent_id": agent, "msg_task_id": others}).want(0)
	for _, tc := range []struct {
		name string
		p    params
		code int
	}{
		{"no agent", good.without("agent_id"), 41011},
		{"agent of nobody", good.with("agent_id", 7), 40056},
		{"unknown task", good.with("task_id", 7), 40035},
		{"no value", good.without("status_value"), 40035},
		{"no colour", good.without("status_bg"), 0},
		{"colour without 0x", good.with("status_bg", "FF00AA00"), 40035},
		{"colour that is not opaque", good.with("status_bg", "0x0000AA00"), 40035},
		{"not oa", good.with("task_id", words), 40035},
		{"recalled", good.with("task_id", others), 40035},
	} {
		if code, _ := b.call(pathStatusBar, tc.p).code(); code != tc.code {
			t.Errorf("%s: got %d, want %d", tc.name, code, tc.code)
		}
	}
	b.clock.Advance(7 * 24 * time.Hour)
	b.fetch()
	b.call(pathStatusBar, good).want(0)
	b.clock.Advance(time.Second)
	b.call(pathStatusBar, good).want(40035)
}

func TestStatusBarOfManyOrUnfinished(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.SendTime = time.Minute })
	plain := params{"msgtype": "oa", "oa": params{
		"message_url": "https://e.com", "head": params{"bgcolor": "FFBBBBBB"}, "body": params{"title": "t"},
	}}
	few := b.sendWith(params{"agent_id": agent, "userid_list": "alice", "msg": plain})
	many := b.sendWith(params{"agent_id": agent, "to_all_user": true, "msg": plain})
	bar := params{"agent_id": agent, "status_value": "v"}
	b.call(pathStatusBar, bar.with("task_id", few)).want(41052)
	b.clock.Advance(time.Minute)
	b.call(pathStatusBar, bar.with("task_id", few)).want(0)
	b.call(pathStatusBar, bar.with("task_id", many)).want(41052)
}
