package wholetest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

const sendPath = "/topapi/message/corpconversation/asyncsend_v2"

// TestOfficeAppInTrouble: DingTalk down, slow, throttling or answering
// nonsense is told as such, soon, with nothing claimed that is not known.
func TestOfficeAppInTrouble(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		// trouble is what DingTalk does to every call it is asked for; nil
		// means that it is gone.
		trouble *dingtalktest.Fault
		// state is that of the delivery of a message sent meanwhile: pending
		// where it is certain that nothing was sent.
		state string
		// test is what a test message answers.
		testZH, testEN string
		// verify is the HTTP status of a verification, 0 for one that is not
		// made.
		verify int
		// run is the code of the error of a run.
		run string
	}{
		{
			"down", nil, "pending",
			"调用钉钉失败：服务暂时不可用，请稍后重试；将自动重试，消息编号：{id}。处理办法：若持续出现，请检查本服务器到钉钉的网络、代理和接口地址配置",
			"calling DingTalk failed: the service is not available at the moment; try again later; it will be tried again, message {id}. What to do: if it persists, check this server's network, proxy and base URLs on the way to DingTalk",
			http.StatusBadGateway, "unavailable",
		},
		{
			"slow", &dingtalktest.Fault{Kind: dingtalktest.Timeout}, "uncertain",
			"调用钉钉失败：等待超时，结果未知。处理办法：",
			"calling DingTalk failed: no answer in time; the outcome is not known. What to do: ",
			0, "deadline_exceeded",
		},
		{
			"throttling", &dingtalktest.Fault{Kind: dingtalktest.Throttle}, "pending",
			"钉钉返回错误：90018 您的应用调用该接口过于频繁，请求被暂时禁用了（请求过于频繁或配额已用完，请稍后重试）；将自动重试，消息编号：{id}。" +
				"处理办法：调用钉钉过于频繁，请稍后重试；若其他系统也使用该应用，请为本系统单独创建应用",
			"DingTalk answered: 90018 您的应用调用该接口过于频繁，请求被暂时禁用了 (too many requests, or the quota is used up; try again later); " +
				"it will be tried again, message {id}. What to do: too many calls; try again later. If other systems use the same app, create one for this system alone",
			http.StatusTooManyRequests, "resource_exhausted",
		},
		{
			"nonsense", &dingtalktest.Fault{Kind: dingtalktest.Garbage}, "uncertain",
			"调用钉钉失败：服务暂时不可用，请稍后重试。处理办法：",
			"calling DingTalk failed: the service is not available at the moment; try again later. What to do: ",
			http.StatusBadGateway, "unavailable",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, databases["sqlite"](t), func(s *setup) {
				s.config.Messages.SendTimeout = 5 * time.Second
				s.config.Directory.CallTimeout = 20 * time.Second
				if tt.name == "slow" {
					s.config.Messages.SendTimeout = 300 * time.Millisecond
					s.config.Directory.CallTimeout = time.Second
				}
				s.config.Messages.Backoff = []time.Duration{0, time.Hour}
			})
			app := h.connect(t)
			h.bind(t, "u-zhang", owner)
			// What is new to the module's access token is not the point here:
			// all but the token is in trouble.
			warm := h.ask(t, request{method: http.MethodPost, path: compat + "/sendMessageTest", user: owner, tenant: here, body: testMessage("一切正常")})
			if !warm.Success {
				t.Fatalf("test message: %s", warm.body)
			}
			if tt.trouble == nil {
				h.emulator.Close()
			} else {
				for _, path := range []string{"/topapi/*", "/auth/scopes"} {
					fault := *tt.trouble
					fault.Path = path
					h.emulator.Fail(fault)
				}
			}
			run := h.startRun(t)
			for language, want := range map[string]string{"zh-CN": tt.testZH, "en": tt.testEN} {
				a := h.ask(t, request{
					method: http.MethodPost, path: compat + "/sendMessageTest", user: owner, tenant: here, body: testMessage("在吗 " + language),
				}.in(language))
				sent := decode[struct{ MessageID string }](t, a.Result)
				want = strings.ReplaceAll(want, "{id}", sent.MessageID)
				if a.Success || a.Code != 500 || !strings.HasPrefix(a.Message, want) {
					t.Errorf("test message: got\n%q, want\n%q", a.Message, want)
				}
				got := h.deliveries(t, sent.MessageID)
				if len(got) != 1 || got[0].State != tt.state {
					t.Errorf("deliveries: %+v, want one that is %s", got, tt.state)
				}
				if tt.verify == 0 {
					continue
				}
				v := h.ask(t, request{method: http.MethodPost, path: "/apps/" + app + "/verify", user: owner, tenant: here}.in(language))
				if v.status != tt.verify || v.Error.Remedy == "" || v.Message == "" {
					t.Errorf("verify: HTTP %d %s, want %d with a remedy", v.status, v.body, tt.verify)
				}
				if retry := v.header.Get("Retry-After"); tt.verify == http.StatusTooManyRequests && retry == "" {
					t.Error("verify: no Retry-After")
				}
			}
			ended := h.awaitRun(t, run)
			if ended.State != "failed" || ended.Error == nil || ended.Error.Code != tt.run || ended.Error.Message == "" || ended.Error.Remedy == "" {
				t.Errorf("run: %s with error %+v, want it failed with %s and a remedy", ended.State, ended.Error, tt.run)
			}
			if got := h.emulator.Sent(); slices.ContainsFunc(got, func(m dingtalktest.Message) bool { return strings.Contains(string(m.Body), "在吗") }) {
				t.Error("DingTalk took a message in trouble")
			}
		})
	}
}

func testMessage(content string) map[string]any {
	return map[string]any{"app": "DINGTALK", "receiver": owner, "content": content}
}
