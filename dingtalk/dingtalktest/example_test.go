package dingtalktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func ExampleNew() {
	em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{{
		CorpID: "ding1", Name: "华星科技",
		People: []dingtalktest.Person{{UserID: "zhangsan", Name: "张三", Mobile: "13800000001"}},
		Apps:   []dingtalktest.App{{ClientID: "key", ClientSecret: "secret", AgentID: 1}},
	}}})
	srv := httptest.NewServer(em)
	defer srv.Close()
	defer em.Close()

	var token struct {
		Value string `json:"access_token"`
	}
	get(srv.URL+"/gettoken?appkey=key&appsecret=secret", &token)

	body := `{"agent_id":1,"userid_list":"zhangsan","msg":{"msgtype":"text","text":{"content":"你好"}}}`
	resp, err := http.Post(srv.URL+"/topapi/message/corpconversation/asyncsend_v2?access_token="+token.Value,
		"application/json", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()

	for _, m := range em.Sent() {
		fmt.Println(m.Type, m.Recipients)
	}
	// Output: text [zhangsan]
}

func ExampleGenerate() {
	c := dingtalktest.Generate(dingtalktest.Spec{Seed: 1, Name: "华星科技", People: 1000, Departments: 30, NoMobile: 0.05})
	without := 0
	for _, p := range c.People {
		if p.Mobile == "" {
			without++
		}
	}
	fmt.Println(len(c.People), len(c.Departments), without)
	// Output: 1000 31 50
}

func ExampleEmulator_Fail() {
	em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{{CorpID: "ding1"}}})
	srv := httptest.NewServer(em)
	defer srv.Close()
	defer em.Close()

	busy := em.Fail(dingtalktest.Fault{Path: "/gettoken", Kind: dingtalktest.Busy, Times: 1})
	app := em.Apps("ding1")[0]
	for range 2 {
		var answer struct {
			ErrCode int `json:"errcode"`
		}
		get(srv.URL+"/gettoken?appkey="+app.ClientID+"&appsecret="+app.ClientSecret, &answer)
		fmt.Println(answer.ErrCode)
	}
	fmt.Println(busy.Hits())
	// Output:
	// -1
	// 0
	// 1
}

func get(url string, into any) {
	resp, err := http.Get(url)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		fmt.Println(err)
	}
}

func ExampleEmulator_AddWebhook() {
	em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{{CorpID: "ding1"}}})
	srv := httptest.NewServer(em)
	defer srv.Close()
	defer em.Close()

	hook, err := em.AddWebhook("ding1", dingtalktest.Webhook{Name: "告警", Keywords: []string{"告警"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"磁盘满", "告警：磁盘满"} {
		body := `{"msgtype":"text","text":{"content":"` + text + `"}}`
		resp, err := http.Post(srv.URL+"/robot/send?access_token="+hook.Token, "application/json", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := resp.Body.Close(); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, d := range em.WebhookMessages(hook.Token) {
		fmt.Println(d.Webhook, d.Content)
	}
	// Output: 告警 text "content"="告警：磁盘满"
}
