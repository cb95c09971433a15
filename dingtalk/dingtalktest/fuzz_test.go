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
	rec := httptest.NewRecorder()
	em.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, pathGetToken+"?appkey=key&appsecret=secret", nil))
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &token); err != nil {
		f.Fatal(err)
	}
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
	f.Add(http.MethodPost, "/_emulator/people", isJSON, `{"action":"change","userId":"bob","person":{"memberships":null}}`)
	f.Fuzz(func(t *testing.T, method, path, contentType, input string) {
		if method != http.MethodGet {
			method = http.MethodPost
		}
		target := &url.URL{Path: "/" + strings.TrimLeft(path, "/"), RawQuery: "access_token=" + token.Value}
		body := input
		if method == http.MethodGet {
			target.RawQuery, body = target.RawQuery+"&"+input, ""
		}
		req := httptest.NewRequest(method, "/", strings.NewReader(body))
		req.URL = target
		req.Header.Set("Content-Type", contentType)
		rec := httptest.NewRecorder()
		em.ServeHTTP(rec, req)
		if strings.HasPrefix(target.Path, "/_emulator/") {
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
