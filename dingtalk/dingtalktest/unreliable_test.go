package dingtalktest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// seen is what a client sees of one call: whether it was told that all is well.
func (b *bundle) seen(path, contentType, body string) bool {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Acs-Dingtalk-Access-Token", b.token)
	// A kept connection that breaks would be tried again behind our back.
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	var answer struct {
		ErrCode int `json:"errcode"`
	}
	return err == nil && resp.StatusCode == http.StatusOK && json.Unmarshal(raw, &answer) == nil && answer.ErrCode == 0
}

// attempt sends one message with a number in it through one of the channels.
func (b *bundle) attempt(channel dingtalktest.Channel, group, hook string, n int) bool {
	b.t.Helper()
	param := fmt.Sprintf(`"robotCode":"dingrobot","msgKey":"sampleText","msgParam":"{\"content\":\"%d\"}"`, n)
	switch channel {
	case dingtalktest.ChannelWork:
		return b.seen(pathSend+"?access_token="+b.token, "application/json",
			fmt.Sprintf(`{"agent_id":1001,"userid_list":"bob","msg":{"msgtype":"text","text":{"content":"%d"}}}`, n))
	case dingtalktest.ChannelRobot:
		return b.seen(pathRobotSend, "application/json", `{"userIds":["bob"],`+param+`}`)
	case dingtalktest.ChannelGroup:
		return b.seen(pathGroupSend, "application/json", `{"openConversationId":"`+group+`",`+param+`}`)
	default:
		return b.seen(pathWebhook+"?access_token="+hook, "application/json", fmt.Sprintf(`{"msgtype":"text","text":{"content":"%d"}}`, n))
	}
}

// TestUnreliable lets calls of every channel fail and compares what the client
// was told with what the emulator says became of the messages.
func TestUnreliable(t *testing.T) {
	t.Parallel()
	for _, channel := range []dingtalktest.Channel{
		dingtalktest.ChannelWork, dingtalktest.ChannelRobot, dingtalktest.ChannelGroup, dingtalktest.ChannelWebhook,
	} {
		t.Run(string(channel), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			group := b.addGroup()
			hook := b.addWebhook(dingtalktest.Webhook{GroupID: group, PerMinute: -1})
			script := b.Fail(dingtalktest.Unreliable(0.5, 3))
			const calls = 80
			told := make(map[string]bool)
			failures := 0
			for n := range calls {
				told[fmt.Sprint(n)] = b.attempt(channel, group, hook, n)
				if !told[fmt.Sprint(n)] {
					failures++
				}
			}
			same(t, "hits", script.Hits(), failures)
			if failures < calls/4 || failures > calls*3/4 {
				t.Errorf("%d of %d failed, want about half", failures, calls)
			}
			kinds := make(map[dingtalktest.FaultKind]int)
			taken := 0
			for _, d := range b.Deliveries() {
				taken++
				kinds[d.AnswerLost]++
				if content := d.Content.Fields["content"]; told[content] != (d.AnswerLost == "") {
					t.Errorf("message %s: client told %t, answer lost by %q", content, told[content], d.AnswerLost)
				}
			}
			for _, kind := range []dingtalktest.FaultKind{dingtalktest.Timeout, dingtalktest.Truncate, dingtalktest.Reset, ""} {
				if kinds[kind] == 0 {
					t.Errorf("no message with its answer lost by %q: %v", kind, kinds)
				}
			}
			same(t, "known to the client", kinds[""], calls-failures)
			if taken == calls {
				t.Error("every message was taken, want some turned away")
			}
		})
	}
}

func TestMixIsReproducible(t *testing.T) {
	t.Parallel()
	mix := []dingtalktest.Fault{
		{Kind: dingtalktest.Busy, Weight: 3},
		{Kind: dingtalktest.Throttle},
		{Kind: dingtalktest.Refuse, Code: "7", AfterEffect: true},
	}
	run := func(seed uint64) []int {
		b := setup(t)
		b.Fail(dingtalktest.Fault{Path: pathListSub, Probability: 0.5, Seed: seed, Mix: mix})
		var codes []int
		for range 200 {
			code, _ := b.call(pathListSub, params{}).code()
			codes = append(codes, code)
		}
		return codes
	}
	first := run(1)
	equal(t, "the same seed", run(1), first)
	counts := make(map[int]int)
	for _, code := range first {
		counts[code]++
	}
	if counts[-1] <= counts[90018] || counts[-1] <= counts[7] || counts[90018] == 0 || counts[7] == 0 || counts[0] < 70 {
		t.Errorf("answers %v, want half of them 0 and most of the others -1", counts)
	}
	same(t, "none but these", len(counts), 4)
}

func TestMixesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	em := dingtalktest.New(dingtalktest.Options{})
	busy := dingtalktest.Fault{Kind: dingtalktest.Busy}
	for _, f := range []dingtalktest.Fault{
		{Kind: dingtalktest.Busy, Mix: []dingtalktest.Fault{busy}},
		{Mix: []dingtalktest.Fault{{}}},
		{Mix: []dingtalktest.Fault{{Mix: []dingtalktest.Fault{busy}}}},
		{Mix: []dingtalktest.Fault{{Kind: dingtalktest.Busy, Weight: -1}}},
		{Probability: 2, Mix: []dingtalktest.Fault{busy}},
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !errors.Is(err, dingtalktest.ErrInvalid) {
					t.Errorf("%+v: got %v, want ErrInvalid", f, err)
				}
			}()
			em.Fail(f)
		}()
	}
}

func TestUnreliableNever(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fail(dingtalktest.Unreliable(0, 1))
	for range 50 {
		b.call(pathListSub, params{}).want(0)
	}
}

// TestFaultsOfEveryChannel meets each kind of fault at each new endpoint.
func TestFaultsOfEveryChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group := b.addGroup()
	hook := b.addWebhook(dingtalktest.Webhook{PerMinute: -1})
	robot := func(path string, p params) func() answer {
		return func() answer { t.Helper(); return b.callNew(path, p) }
	}
	old := func(path string, p params) func() answer { return func() answer { t.Helper(); return b.call(path, p) } }
	for _, tc := range []struct {
		path                 string
		call                 func() answer
		throttle, busy, none any
	}{
		{pathStatusBar, old(pathStatusBar, params{}), 90018.0, -1.0, 41011.0},
		{pathUpload, func() answer { t.Helper(); return b.upload("", "image", "a.png", []byte("x")) }, 90018.0, -1.0, 0.0},
		{pathWebhook, func() answer { t.Helper(); return b.hook(hook, text("x")) }, 410100.0, -1.0, 0.0},
		{pathRobotSend, robot(pathRobotSend, params{}), "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "systemBusy", "invalidParameter.robotCode.empty"},
		{pathRobotRead, robot(pathRobotRead, nil), "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "systemBusy", "invalidParameter.robotCode.empty"},
		{pathRobotRecall, robot(pathRobotRecall, params{}), "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "systemBusy", "invalidParameter.robotCode.empty"},
		{pathGroupSend, robot(pathGroupSend, robotText("x").with("openConversationId", group)), "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "systemBusy", nil},
		{pathGroupQuery, robot(pathGroupQuery, params{}), "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "systemBusy", "invalidParameter.robotCode.empty"},
		{pathGroupRecall, robot(pathGroupRecall, params{}), "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "systemBusy", "invalidParameter.robotCode.empty"},
	} {
		number := func(a answer) any {
			if code, old := a.body["errcode"]; old {
				return code
			}
			return a.body["code"]
		}
		b.Clear()
		b.Fail(dingtalktest.Fault{Path: tc.path, Kind: dingtalktest.Throttle, Times: 1})
		b.Fail(dingtalktest.Fault{Path: tc.path, Kind: dingtalktest.Busy, Times: 1})
		b.Fail(dingtalktest.Fault{Path: tc.path, Kind: dingtalktest.Delay, Delay: time.Millisecond, Times: 1})
		same(t, tc.path+" throttled", number(tc.call()), tc.throttle)
		same(t, tc.path+" busy", number(tc.call()), tc.busy)
		same(t, tc.path+" late", number(tc.call()), tc.none)
		same(t, tc.path, number(tc.call()), tc.none)
	}
	b.Fail(dingtalktest.Fault{Path: pathWebhook, Kind: dingtalktest.TokenExpired, Times: 1})
	b.hook(hook, text("x")).wantHook(400101)
	for _, d := range b.Deliveries() {
		same(t, "a late answer is no lost one", d.AnswerLost, dingtalktest.FaultKind(""))
	}
}

func TestUploadWithLostAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fail(dingtalktest.Fault{Path: pathUpload, Kind: dingtalktest.Busy, AfterEffect: true, Params: map[string]string{"type": "image"}})
	b.upload("", "image", "a.png", []byte("x")).want(-1)
	b.upload("", "file", "a.pdf", []byte("x")).want(0)
	uploads := b.Media()
	same(t, "lost", uploads[0].AnswerLost, dingtalktest.Busy)
	same(t, "not lost", uploads[1].AnswerLost, dingtalktest.FaultKind(""))
}
