package dingtalktest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// FuzzRequest sends anything to the handler: it must answer everything, in the
// form of its API generation.
func FuzzRequest(f *testing.F) {
	em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{company()}, Admin: true})
	token := tokenOf(f, em)
	const isJSON, isForm = "application/json", "application/x-www-form-urlencoded"
	f.Add(http.MethodGet, pathGetToken, "", "appkey=key&appsecret=secret")
	f.Add(http.MethodGet, pathScopes, "", "")
	f.Add(http.MethodPost, pathAccessToken, isJSON, `{"appKey":"key","appSecret":"secret"}`)
	f.Add(http.MethodPost, pathUsers, isJSON, `{"dept_id":10,"cursor":0,"size":100,"order_field":"entry_asc"}`)
	f.Add(http.MethodPost, pathUsers, isForm, `dept_id=10&cursor=9223372036854775807&size=1`)
	f.Add(http.MethodPost, pathUser, isForm, "userid=\xff")
	f.Add(http.MethodPost, pathSend, isJSON, `{"agent_id":"1001","userid_list":"bob,\u0000","msg":{"msgtype":"text","text":{"content":"x"}}}`)
	f.Add(http.MethodPost, pathSend, isForm, `agent_id=1001&userid_list=b%ffb&msg={"msgtype":"oa","oa":{"head":null,"body":[]}}`)
	f.Add(http.MethodPost, pathSend, isJSON, `{"agent_id":1001,"to_all_user":true,"msg":{"msgtype":"action_card","action_card":{"btn_json_list":[null]}}}`)
	f.Add(http.MethodPost, pathStatusBar, isJSON, `{"agent_id":1001,"task_id":1,"status_value":"v"}`)
	f.Add(http.MethodGet, pathRobotRead, "", "robotCode=dingrobot&processQueryKey=%2B")
	f.Add(http.MethodPost, pathRobotRecall, isJSON, `{"robotCode":"dingrobot","processQueryKeys":["x",""]}`)
	f.Add(http.MethodPost, pathGroupSend, isJSON, `{"robotCode":"dingrobot","openConversationId":"cid","msgKey":"sampleText","msgParam":"{}"}`)
	f.Add(http.MethodPost, pathUpload, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\n\r\nx\r\n--x--")
	f.Add(http.MethodPost, pathCode, isJSON, `{"code":"x"}`)
	f.Add(http.MethodPost, pathUserToken, isJSON, `{"clientId":"key","clientSecret":"secret","grantType":"authorization_code","code":"x"}`)
	f.Add(http.MethodGet, pathSelf, "", "")
	f.Add(http.MethodPost, pathTicket, isJSON, `{}`)
	f.Add(http.MethodGet, pathLogin, "", loginQuery().Encode())
	f.Add(http.MethodPost, "/_emulator/webhooks", isJSON, `{"name":"x","keywords":["a"]}`)
	f.Add(http.MethodPost, "/_emulator/people", isJSON, `{"action":"change","userId":"bob","person":{"memberships":null}}`)
	f.Fuzz(func(t *testing.T, method, path, contentType, input string) {
		if method != http.MethodGet {
			method = http.MethodPost
		}
		target := &url.URL{Path: "/" + strings.TrimLeft(path, "/"), RawQuery: "access_token=" + token}
		body := input
		if method == http.MethodGet {
			target.RawQuery, body = target.RawQuery+"&"+input, ""
		}
		req := httptest.NewRequest(method, "/", strings.NewReader(body))
		req.URL = target
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("X-Acs-Dingtalk-Access-Token", token)
		rec := httptest.NewRecorder()
		em.ServeHTTP(rec, req)
		if strings.HasPrefix(target.Path, "/_emulator/") || target.Path == pathLogin { // pages for people
			return
		}
		var answer map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s: %q: %v", method, target.Path, rec.Body, err)
		}
		if strings.HasPrefix(target.Path, "/v1.0/") || strings.HasPrefix(target.Path, "/v2.0/") {
			if _, isError := answer["code"]; isError == (rec.Code < http.StatusMultipleChoices) {
				t.Errorf("%s %s: status %d with %s", method, target.Path, rec.Code, rec.Body)
			}
			return
		}
		if _, ok := answer["errcode"]; !ok || rec.Code != http.StatusOK {
			t.Errorf("%s %s: status %d with %s", method, target.Path, rec.Code, rec.Body)
		}
	})
}

// tokenOf fetches an access token of the small company's app.
func tokenOf(tb testing.TB, em *dingtalktest.Emulator) string {
	tb.Helper()
	rec := httptest.NewRecorder()
	em.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, pathGetToken+"?appkey=key&appsecret=secret", nil))
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &token); err != nil {
		tb.Fatal(err)
	}
	return token.Value
}

// serve posts a body to the handler itself.
func serve(em *dingtalktest.Emulator, target, contentType, token, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Acs-Dingtalk-Access-Token", token)
	rec := httptest.NewRecorder()
	em.ServeHTTP(rec, req)
	return rec
}

// newest returns the content of the newest message when there are count of them.
func newest(t *testing.T, em *dingtalktest.Emulator, count int) dingtalktest.Content {
	t.Helper()
	all := em.Deliveries()
	if len(all) != count {
		t.Fatalf("%d messages, want %d", len(all), count)
	}
	if count == 0 {
		return dingtalktest.Content{}
	}
	return all[count-1].Content
}

// FuzzWebhook sends any body to a custom robot: what it takes is kept once and
// says something, what it refuses leaves nothing behind.
func FuzzWebhook(f *testing.F) {
	for _, body := range []string{
		`{"msgtype":"text","text":{"content":"@bob x"},"at":{"atUserIds":["bob"],"isAtAll":true},"msgUuid":"u"}`,
		`{"msgtype":"link","link":{"title":"t","text":"x","messageUrl":"https://e.com","picUrl":""}}`,
		`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","btns":[{"title":"a","actionURL":"https://e.com"}]}}`,
		`{"msgtype":"feedCard","feedCard":{"links":[{"title":"t","messageURL":"https://e.com","picURL":"https://e.com"}]}}`,
		`{"msgtype":"markdown","markdown":{"title":"t","text":"\ud800"},"at":null}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{company()}})
		hook, err := em.AddWebhook(corp, dingtalktest.Webhook{})
		if err != nil {
			t.Fatal(err)
		}
		rec := serve(em, pathWebhook+"?access_token="+hook.Token, "application/json", "", body)
		if rec.Body.String() != `{"errcode":0,"errmsg":"ok"}` {
			newest(t, em, 0)
			return
		}
		if c := newest(t, em, 1); len(c.Fields) == 0 || !json.Valid([]byte(body)) {
			t.Errorf("%q was taken as %s", body, c)
		}
	})
}

// FuzzRobotMessage sends any msgParam: see FuzzWebhook.
func FuzzRobotMessage(f *testing.F) {
	f.Add("sampleText", `{"content":"x"}`)
	f.Add("sampleLink", `{"title":"t","text":"x","picUrl":"@x","messageUrl":"https://e.com"}`)
	f.Add("sampleActionCard5", `{"title":"t","text":"x","actionTitle1":"a","actionURL1":"https://e.com"}`)
	f.Add("sampleVideo", `{"duration":"1","videoMediaId":"@x","videoType":"mp4","picMediaId":"$x","width":"-1"}`)
	f.Fuzz(func(t *testing.T, key, param string) {
		em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{company()}, RulesOff: []dingtalktest.Rule{dingtalktest.RuleMedia}})
		token := tokenOf(t, em)
		body, err := json.Marshal(params{"robotCode": robot, "userIds": []string{"bob"}, "msgKey": key, "msgParam": param})
		if err != nil {
			t.Fatal(err)
		}
		if rec := serve(em, pathRobotSend, "application/json", token, string(body)); rec.Code != http.StatusOK {
			newest(t, em, 0)
			return
		}
		if c := newest(t, em, 1); c.Type != key || len(c.Fields) == 0 {
			t.Errorf("%s %q was taken as %s", key, param, c)
		}
	})
}

// FuzzUpload sends any multipart body: what is taken is kept, with its size.
func FuzzUpload(f *testing.F) {
	part := func(disposition, content string) string {
		return "--x\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n"
	}
	f.Add(part(`name="type"`, "image") + part(`name="media"; filename="a.png"`, "data") + "--x--\r\n")
	f.Add(part(`name="media"; filename="a.png"`, "") + part(`name="type"`, "image") + "--x--")
	f.Add(part(`name="media"; filename="../a.png"`, "data"))
	f.Add("--x--")
	f.Fuzz(func(t *testing.T, body string) {
		em := dingtalktest.New(dingtalktest.Options{Companies: []dingtalktest.Company{company()}})
		token := tokenOf(t, em)
		rec := serve(em, pathUpload+"?access_token="+token, "multipart/form-data; boundary=x", "", body)
		var answer struct {
			Code    int    `json:"errcode"`
			MediaID string `json:"media_id"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		kept := em.Media()
		if (answer.Code == 0) != (len(kept) == 1) {
			t.Fatalf("errcode %d, %d kept", answer.Code, len(kept))
		}
		if len(kept) == 1 && (kept[0].ID != answer.MediaID || kept[0].Size < 1 || kept[0].Size > int64(len(body))) {
			t.Errorf("kept %+v, answered %s", kept[0], rec.Body)
		}
	})
}
