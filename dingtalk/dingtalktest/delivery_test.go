package dingtalktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// contents are what the messages say.
func contents(list []dingtalktest.Delivery) []string {
	var out []string
	for _, d := range list {
		out = append(out, d.Content.Fields["content"])
	}
	return out
}

func TestInbox(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.RulesOff = []dingtalktest.Rule{dingtalktest.RuleDuplicates} })
	task := b.send("一", "alice,bob")
	equal(t, "bob", contents(b.Inbox(corp, "bob")), []string{"一"})
	b.sendRobot("二", "bob", "carol")
	b.send("一", "bob")
	b.send("三", "alice")
	equal(t, "bob", contents(b.Inbox(corp, "bob")), []string{"一", "二", "一"})
	equal(t, "alice", contents(b.Inbox(corp, "alice")), []string{"一", "三"})
	equal(t, "dave", contents(b.Inbox(corp, "dave")), nil)
	equal(t, "another company", contents(b.Inbox("nobody", "bob")), nil)
	equal(t, "all", contents(b.Deliveries()), []string{"一", "二", "一", "三"})

	inbox := b.Inbox(corp, "bob")
	same(t, "duplicates are alike", inbox[0].Content.String(), inbox[2].Content.String())
	same(t, "id", inbox[0].ID, fmt.Sprint(task))
	equal(t, "recipients", inbox[0].Recipients, []string{"bob"})
	equal(t, "read", inbox[0].Read, nil)
	check(t, b.Read("bob", task))
	equal(t, "read", b.Inbox(corp, "bob")[0].Read, []string{"bob"})
	equal(t, "unread by alice", b.Inbox(corp, "alice")[0].Read, nil)
	b.Reset()
	equal(t, "after reset", contents(b.Inbox(corp, "bob")), nil)
}

func TestInboxFollowsSending(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.SendTime = 10 * time.Second })
	b.send("慢", "alice,bob")
	b.clock.Advance(5 * time.Second)
	same(t, "alice has it", len(b.Inbox(corp, "alice")), 1)
	same(t, "bob not yet", len(b.Inbox(corp, "bob")), 0)
	b.clock.Advance(5 * time.Second)
	same(t, "bob has it", len(b.Inbox(corp, "bob")), 1)
}

func TestContent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.addWebhook(dingtalktest.Webhook{})
	b.hook(token, params{"msgtype": "actionCard", "actionCard": params{
		"title": "t", "text": `x "y"`, "btns": []params{{"title": "甲", "actionURL": "https://e.com/1"}, {"title": "乙", "actionURL": "https://e.com/2"}},
	}, "at": params{"isAtAll": true}}).wantHook(0)
	c := b.WebhookMessages(token)[0].Content
	same(t, "type", c.Type, "actionCard")
	same(t, "second button", c.Fields["btns.1.actionURL"], "https://e.com/2")
	same(t, "text", c.String(), `actionCard "btns.0.actionURL"="https://e.com/1" "btns.0.title"="甲" `+
		`"btns.1.actionURL"="https://e.com/2" "btns.1.title"="乙" "text"="x \"y\"" "title"="t"`)
}

func TestMessageHistoryIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.MessageHistory = 3 })
	token := b.addWebhook(dingtalktest.Webhook{})
	first := b.send("一", "alice,bob")
	b.hook(token, text("群")).wantHook(0)
	same(t, "looked at before", len(b.Inbox(corp, "bob")), 1)
	b.sendRobot("二", "bob")
	_, key := b.sendRobot("三", "bob")
	equal(t, "bob", contents(b.Inbox(corp, "bob")), []string{"二", "三"})
	b.send("四", "bob,carol")
	b.send("五", "bob")
	equal(t, "kept", contents(b.Deliveries()), []string{"三", "四", "五"})
	equal(t, "bob", contents(b.Inbox(corp, "bob")), []string{"三", "四", "五"})
	equal(t, "alice", contents(b.Inbox(corp, "alice")), nil)
	same(t, "counted all the same", fmt.Sprint(b.Received(corp)), "map[alice:1 bob:5 carol:1]")
	b.call(pathResult, params{"agent_id": agent, "task_id": first}).want(40035)
	b.readStatus(key).wantStatus(200)

	// Limits do not forget with it.
	again := b.send("一", "bob")
	r := b.sendResult(again)
	equal(t, "duplicate", pluck[string](r["forbidden_list"], "code"), []string{"143106"})
}

// TestInboxesAddUp sends at random and compares the inboxes with what the
// messages say about their recipients.
func TestInboxesAddUp(t *testing.T) {
	t.Parallel()
	for _, history := range []int{0, 7} {
		b := setup(t, func(o *dingtalktest.Options) { o.MessageHistory = history })
		people := []string{"alice", "bob", "carol", "dave", "boss"}
		total := make(map[string]int)
		for i := range 60 {
			to := people[i%5:][:1+i%(5-i%5)]
			if i%3 == 0 {
				b.sendRobot(fmt.Sprint("第", i), to...)
			} else {
				b.sendWith(params{"agent_id": agent, "userid_list": strings.Join(to, ","), "msg": text(fmt.Sprint("第", i))})
			}
			for _, id := range to {
				total[id]++
			}
			if i%7 != 0 {
				continue
			}
			for _, id := range people {
				var want []string
				for _, d := range b.Deliveries() {
					if slices.Contains(d.Recipients, id) {
						want = append(want, d.Content.Fields["content"])
					}
				}
				equal(t, fmt.Sprint("inbox of ", id, " after ", i), contents(b.Inbox(corp, id)), want)
			}
		}
		same(t, "received", fmt.Sprint(b.Received(corp)), fmt.Sprint(total))
	}
}

// TestBroadcast sends one text to many people in batches of 100, and remembers
// only the last of the batches.
func TestBroadcast(t *testing.T) {
	t.Parallel()
	const people = 20_000
	c := dingtalktest.Generate(dingtalktest.Spec{Seed: 1, People: people})
	em := dingtalktest.New(dingtalktest.Options{
		Companies: []dingtalktest.Company{c}, MessageHistory: 10, RulesOff: []dingtalktest.Rule{dingtalktest.RulePerMinute},
	})
	app := em.Apps(c.CorpID)[0]
	rec := httptest.NewRecorder()
	em.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, pathGetToken+"?appkey="+app.ClientID+"&appsecret="+app.ClientSecret, nil))
	var token struct {
		Value string `json:"access_token"`
	}
	check(t, json.Unmarshal(rec.Body.Bytes(), &token))
	var ids []string
	for p := range em.People(c.CorpID) {
		ids = append(ids, p.UserID)
	}
	for batch := range slices.Chunk(ids, 100) {
		body := fmt.Sprintf(`{"agent_id":%d,"userid_list":%q,"msg":{"msgtype":"text","text":{"content":"全员"}}}`, app.AgentID, strings.Join(batch, ","))
		if rec := serve(em, pathSend+"?access_token="+token.Value, "application/json", "", body); !strings.HasPrefix(rec.Body.String(), `{"errcode":0,`) {
			t.Fatalf("answer %s", rec.Body)
		}
	}
	same(t, "remembered", len(em.Deliveries()), 10)
	counts := em.Received(c.CorpID)
	same(t, "people reached", len(counts), people)
	for id, n := range counts {
		if n != 1 {
			t.Errorf("%s got %d, want 1", id, n)
		}
	}
	same(t, "inbox of the last", len(em.Inbox(c.CorpID, ids[people-1])), 1)
	same(t, "inbox of the first", len(em.Inbox(c.CorpID, ids[0])), 0)
}
