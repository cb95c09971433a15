package transport_test

import (
	"net/http"
	"testing"
)

// TestCompatWithoutWeCom: a front end that has a tab of WeCom shows what the
// contract says of a WeCom that is not there, in words that it has sent itself.
func TestCompatWithoutWeCom(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	get := func(path string) request { return request{path: base + path, user: owner, tenant: here} }
	post := func(path, body string) request {
		return request{method: http.MethodPost, path: base + path, user: owner, tenant: here, body: body}
	}
	const sync = "/sync/wechatEnterprise"
	p.golden(t, []step{
		{"depart_to_app", get(sync + "/depart/toApp?ids=1")},
		{"user_to_app", get(sync + "/user/toApp")},
		{"user_to_local", get(sync + "/user/toLocal")},
		{"depart_to_local", get(sync + "/depart/toLocal")},
		{"to_local", get(sync + "/departAndUser/toLocal?jwUserDepartJson=%5B%5D")},
		{"users", get("/getThirdUserByWechat?tenantId=1000")},
		{"bound", get("/getThirdUserBindByWechat")},
		{"send", post("/sendMessageTest", `{"app":"WECHAT_ENTERPRISE","receiver":"alice","content":"你好"}`)},
		{"send_feishu", post("/sendMessageTest", `{"app":"FEISHU","receiver":"alice","content":"你好"}`)},
		{"recall", post("/recallMessageTest", `{"app":"WECHAT_ENTERPRISE","msg_task_id":"1"}`)},
		{"add", post("/addThirdAppConfig", `{"thirdType":"wechat_enterprise","agentId":"1","clientId":"k","clientSecret":"s"}`)},
	})
}
