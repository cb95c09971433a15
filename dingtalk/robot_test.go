package dingtalk_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// openRobot returns a Provider whose app has a robot.
func openRobot(t testing.TB, f *fake) *dingtalk.Provider {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return openWith(t, dingtalk.Options{APIBaseURL: server.URL, OAPIBaseURL: server.URL, CallsPerSecond: -1},
		robotSettings(), provider.Environment{Client: server.Client()})
}

func robotSettings() provider.Settings {
	s := settings()
	s.Values[dingtalk.SettingRobotCode] = "dingrobot"
	return s
}

var helloRobot = provider.Rendered{Body: []byte(`{"msgKey":"sampleText","msgParam":"{\"content\":\"<你好>\"}"}`)}

func TestSendRobotToPeople(t *testing.T) {
	t.Parallel()
	f := newFake().reply(robotPath, `{"processQueryKey":"key/1+","invalidStaffIdList":["U3"],"flowControlledStaffIdList":["u4"],"filteredStaffIdList":["u5","other"],"echo":"tok-1"}`)
	got, err := openRobot(t, f).SendRobot(t.Context(), provider.RobotAudience{Users: []provider.UserID{"u1", "u2", "u3", "u4", "u5"}}, helloRobot, "")
	if err != nil || got.TaskID != "key/1+" || strings.Contains(string(got.Raw), "tok-1") {
		t.Fatalf("SendRobot() = %+v, %v", got, err)
	}
	sent := f.to(robotPath)[0]
	if want := `{"robotCode":"dingrobot","userIds":["u1","u2","u3","u4","u5"],"msgKey":"sampleText","msgParam":"{\"content\":\"<你好>\"}"}`; string(sent.body) != want {
		t.Errorf("body = %s\nwant   %s", sent.body, want)
	}
	if sent.header.Get("x-acs-dingtalk-access-token") != "tok-1" {
		t.Error("no token in the header")
	}
	for id, want := range map[provider.UserID]provider.Code{
		"u3": provider.NotFound, "u4": provider.ResourceExhausted, "u5": provider.PermissionDenied,
	} {
		e := got.Refused[id]
		if e == nil || e.Code != want || e.Remedy.ZH == "" || e.Remedy.EN == "" || !e.Unsent || provider.Retryable(e) != (want == provider.ResourceExhausted) {
			t.Errorf("%s refused with %+v, want %s and a remedy", id, e, want)
		}
	}
	if len(got.Refused) != 3 {
		t.Errorf("refused = %v, want three", got.Refused)
	}
}

func TestSendRobotToGroup(t *testing.T) {
	t.Parallel()
	f := newFake().reply(groupPath, `{"processQueryKey":"k"}`)
	got, err := openRobot(t, f).SendRobot(t.Context(), provider.RobotAudience{Conversation: "cid=="}, helloRobot, "")
	if err != nil || got.TaskID != "k" || got.Refused != nil {
		t.Errorf("SendRobot() = %+v, %v", got, err)
	}
	if body := string(f.to(groupPath)[0].body); body != `{"robotCode":"dingrobot","openConversationId":"cid==","msgKey":"sampleText","msgParam":"{\"content\":\"<你好>\"}"}` {
		t.Errorf("body = %s", body)
	}
}

// TestSendRobotToNobody: DingTalk turned everybody away.
func TestSendRobotToNobody(t *testing.T) {
	t.Parallel()
	f := newFake().reply(robotPath, `{"invalidStaffIdList":["u1"]}`)
	got, err := openRobot(t, f).SendRobot(t.Context(), provider.RobotAudience{Users: []provider.UserID{"u1"}}, helloRobot, "")
	if err != nil || got.TaskID != "" || got.Refused["u1"] == nil {
		t.Errorf("SendRobot() = %+v, %v; want u1 refused", got, err)
	}
}

func TestSendRobotRefusesBeforeCalling(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := openRobot(t, f)
	users := make([]provider.UserID, 21)
	for i := range users {
		users[i] = provider.UserID(fmt.Sprint("u", i))
	}
	for name, c := range map[string]struct {
		to provider.RobotAudience
		m  provider.Rendered
	}{
		"nobody":          {provider.RobotAudience{}, helloRobot},
		"two kinds":       {provider.RobotAudience{Users: users[:1], Conversation: "c"}, helloRobot},
		"too many":        {provider.RobotAudience{Users: users}, helloRobot},
		"empty user":      {provider.RobotAudience{Users: []provider.UserID{""}}, helloRobot},
		"no message":      {provider.RobotAudience{Conversation: "c"}, provider.Rendered{}},
		"another channel": {provider.RobotAudience{Conversation: "c"}, provider.Rendered{Body: []byte(`{"msgtype":"text"}`)}},
	} {
		_, err := p.SendRobot(t.Context(), c.to, c.m, "")
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent {
			t.Errorf("%s: %+v, want invalid_argument and unsent", name, e)
		}
	}
	_, err := p.TrackRobot(t.Context(), provider.TrackRequest{})
	if provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("TrackRobot without a task: %v", err)
	}
	if err := p.RecallRobot(t.Context(), "", ""); provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("RecallRobot without a task: %v", err)
	}
	if len(f.requests) > 0 {
		t.Errorf("%d calls, want none", len(f.requests))
	}
}

func TestRobotNeedsItsCode(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := open(t, f)
	_, send := p.SendRobot(t.Context(), provider.RobotAudience{Conversation: "c"}, helloRobot, "")
	_, track := p.TrackRobot(t.Context(), provider.TrackRequest{TaskID: "k"})
	for name, err := range map[string]error{"send": send, "track": track, "recall": p.RecallRobot(t.Context(), "", "k")} {
		e := asError(t, err)
		if e.Code != provider.FailedPrecondition || !e.Unsent || !strings.Contains(e.Remedy.ZH, "RobotCode") || !strings.Contains(e.Remedy.EN, "Client ID") {
			t.Errorf("%s: %+v, want failed_precondition that names the setting", name, e)
		}
	}
	if len(f.requests) > 0 {
		t.Errorf("%d calls, want none", len(f.requests))
	}
}

// TestSendRobotIsNotRepeatedWhenInDoubt: as for work notifications.
func TestSendRobotIsNotRepeatedWhenInDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   provider.Code
		calls  int
		unsent bool
	}{
		"unknown":        {write(400, `{"code":"unknown.send.result"}`), provider.Unavailable, 1, false},
		"500":            {write(500, `{"code":"system.error"}`), provider.Unavailable, 1, false},
		"time-out":       {write(504, ``), provider.Unavailable, 1, false},
		"no key":         {write(200, `{}`), provider.Unavailable, 1, false},
		"token":          {write(400, `{"code":"InvalidAuthentication"}`), provider.Unavailable, 2, true},
		"too fast":       {write(400, `{"code":"send.too.fast"}`), provider.ResourceExhausted, 3, true},
		"no permission":  {write(403, `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied"}`), provider.PermissionDenied, 1, true},
		"no robot":       {write(400, `{"code":"invalidParameter.robotCode.notExsit"}`), provider.FailedPrecondition, 1, true},
		"not started":    {write(400, `{"code":"robot.oto.notExist"}`), provider.FailedPrecondition, 1, true},
		"muted":          {write(400, `{"code":"bot.forbidden.sendMessage"}`), provider.PermissionDenied, 1, true},
		"no such group":  {write(400, `{"code":"invalid.openConversationId"}`), provider.NotFound, 1, true},
		"too long":       {write(400, `{"code":"invalidParameter.msgParam.tooLong"}`), provider.InvalidArgument, 1, true},
		"unsafe":         {write(400, `{"code":"contain.unsafe.url"}`), provider.InvalidArgument, 1, true},
		"wrong template": {write(400, `{"code":"miss.param.text"}`), provider.InvalidArgument, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake().on(groupPath, c.answer)
				p := openWith(t, dingtalk.Options{CallsPerSecond: -1}, robotSettings(), provider.Environment{Client: &http.Client{Transport: direct{f}}})
				_, err := p.SendRobot(t.Context(), provider.RobotAudience{Conversation: "c"}, helloRobot, "")
				if e := asError(t, err); e.Unsent != c.unsent || e.Code != c.code {
					t.Errorf("error = %+v, want %s, unsent = %v", e, c.code, c.unsent)
				}
				if n := f.count(groupPath); n != c.calls {
					t.Errorf("%d calls, want %d", n, c.calls)
				}
			})
		})
	}
}

func TestTrackRobot(t *testing.T) {
	t.Parallel()
	const people = `"messageReadInfoList":[{"name":"a","userId":"u1","readStatus":"READ"},{"userId":"u2","readStatus":"UNREAD","readTimestamp":0},{"userId":"u3","readStatus":"?"}]}`
	for status, c := range map[string]struct {
		done   bool
		unread provider.Outcome
	}{
		"SUCCESS": {true, provider.OutcomeDelivered}, "SUCESS": {true, provider.OutcomeDelivered},
		"RECALLED": {true, provider.OutcomeDelivered}, "PROCESSING": {false, provider.OutcomePending},
	} {
		f := newFake().reply(readPath, `{"sendStatus":"`+status+`",`+people)
		got, err := openRobot(t, f).TrackRobot(t.Context(), provider.TrackRequest{TaskID: "key/1+", Recipients: 3})
		if err != nil || got.Done != c.done || (got.Percent == 100) != c.done || len(got.Outcomes) != 3 ||
			got.Outcomes["u1"].Outcome != provider.OutcomeRead || got.Outcomes["u2"].Outcome != c.unread || got.Outcomes["u3"].Outcome != provider.OutcomePending {
			t.Errorf("%s: TrackRobot() = %+v, %v", status, got, err)
		}
		if q := f.to(readPath)[0].query; q.Get("processQueryKey") != "key/1+" || q.Get("robotCode") != "dingrobot" || len(q) != 2 {
			t.Errorf("query = %v", q)
		}
	}
}

func TestTrackRobotInGroupReadsAllPages(t *testing.T) {
	t.Parallel()
	f := newFake().reply(readersPath,
		`{"sendStatus":"SUCCESS","readUserIds":["u1","u2"],"hasMore":true,"nextToken":"p2"}`,
		`{"sendStatus":"SUCCESS","readUserIds":["u3"],"hasMore":false,"nextToken":"p3"}`)
	got, err := openRobot(t, f).TrackRobot(t.Context(), provider.TrackRequest{TaskID: "k", Conversation: "c"})
	if err != nil || !got.Done || len(got.Outcomes) != 3 || got.Outcomes["u3"].Outcome != provider.OutcomeRead {
		t.Errorf("TrackRobot() = %+v, %v", got, err)
	}
	asked := f.to(readersPath)
	for i, want := range []string{
		`{"robotCode":"dingrobot","openConversationId":"c","processQueryKey":"k","maxResults":200}`,
		`{"robotCode":"dingrobot","openConversationId":"c","processQueryKey":"k","maxResults":200,"nextToken":"p2"}`,
	} {
		if i >= len(asked) || string(asked[i].body) != want {
			t.Errorf("request %d of %d, want %s", i, len(asked), want)
		}
	}
	for name, answer := range map[string]string{
		"the same page for ever": `{"sendStatus":"SUCCESS","hasMore":true,"nextToken":"p1"}`,
		"no next page":           `{"sendStatus":"SUCCESS","hasMore":true}`,
		"no status":              `{"readUserIds":["u1"]}`,
	} {
		f.reply(readersPath, answer)
		if _, err := openRobot(t, f).TrackRobot(t.Context(), provider.TrackRequest{TaskID: "k", Conversation: "c"}); provider.CodeOf(err) != provider.Unavailable {
			t.Errorf("%s: %v, want unavailable", name, err)
		}
	}
}

func TestTrackRobotErrors(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]provider.Code{
		"processQueryKey.expireTime":    provider.Unavailable, // perhaps not there yet
		"robot.processQueryKey.expired": provider.NotFound,
		"invalid.processQueryKey":       provider.NotFound,
		"group.disbanded":               provider.NotFound,
		"bot.stopped":                   provider.FailedPrecondition,
	} {
		f := newFake().on(readPath, write(400, `{"code":"`+name+`","message":"m","requestid":"r"}`))
		_, err := openRobot(t, f).TrackRobot(t.Context(), provider.TrackRequest{TaskID: "k"})
		if e := asError(t, err); e.Code != want || e.Remedy.ZH == "" || e.Upstream != name {
			t.Errorf("%s: %+v, want %s and a remedy", name, e, want)
		}
	}
}

func TestSendRobotErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code   provider.Code
		remedy string
	}{
		"invalidParameter.msgParam.invalid":  {provider.InvalidArgument, "amr"},
		"invalidParameter.robotCode.coolApp": {provider.FailedPrecondition, "coolAppCode"},
	} {
		f := newFake().on(robotPath, write(400, `{"code":"`+name+`","message":"m","requestid":"r"}`))
		_, err := openRobot(t, f).SendRobot(t.Context(), provider.RobotAudience{Users: []provider.UserID{"u1"}}, provider.Rendered{
			Body: []byte(`{"msgKey":"sampleAudio","msgParam":"{}"}`),
		}, "")
		if e := asError(t, err); e.Code != c.code || !strings.Contains(e.Remedy.ZH, c.remedy) || !strings.Contains(e.Remedy.EN, c.remedy) {
			t.Errorf("%s: %+v, want %s and a remedy with %s", name, e, c.code, c.remedy)
		}
	}
}

func TestRecallRobot(t *testing.T) {
	t.Parallel()
	for conversation, path := range map[provider.ConversationID]string{"": unsendPath, "c": ungroupPath} {
		f := newFake().reply(path, `{"successResult":["k"],"failedResult":{}}`)
		p := openRobot(t, f)
		if err := p.RecallRobot(t.Context(), conversation, "k"); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		want := `{"robotCode":"dingrobot","processQueryKeys":["k"]}`
		if conversation != "" {
			want = `{"robotCode":"dingrobot","openConversationId":"c","processQueryKeys":["k"]}`
		}
		if sent := f.to(path); len(sent) != 1 || string(sent[0].body) != want {
			t.Errorf("%s: sent %s, want %s", path, sent, want)
		}
		for answer, want := range map[string]provider.Code{
			`{"successResult":[],"failedResult":{"k":"消息已过期"}}`:      provider.NotFound,
			`{"failedResult":{"k":"robot.processQueryKey.expired"}}`: provider.NotFound,
			`{"failedResult":{"k":"processQueryKey.expireTime"}}`:    provider.NotFound,
			`{"failedResult":{"k":"system.error"}}`:                  provider.Unavailable,
			`{}`:                                                     provider.Unavailable,
		} {
			f.reply(path, answer)
			if e := asError(t, p.RecallRobot(t.Context(), conversation, "k")); e.Code != want || e.Op != strings.TrimPrefix(path, "/") {
				t.Errorf("%s: %+v, want %s", answer, e, want)
			}
		}
	}
}

// TestVerifyTriesTheRobot: with the entered code, else with the Client ID.
func TestVerifyTriesTheRobot(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]provider.Settings{"dingrobot": robotSettings(), "dingappkey": settings()} {
		f := verified()
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		p := openWith(t, dingtalk.Options{APIBaseURL: server.URL, OAPIBaseURL: server.URL, CallsPerSecond: -1, CallTimeout: time.Minute}, s, provider.Environment{})
		if _, err := p.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := f.to(readPath)[0].query.Get("robotCode"); got != want {
			t.Errorf("tried robot %q, want %q", got, want)
		}
	}
}

// TestRobotWithoutCode: it is refused before anything is sent, and says where
// the code is entered.
func TestRobotWithoutCode(t *testing.T) {
	t.Parallel()
	_, err := open(t, newFake()).RenderRobot(provider.NewText("hello"))
	if e := asError(t, err); e.Code != provider.FailedPrecondition || !strings.Contains(e.Remedy.EN, "RobotCode") || e.Remedy.ZH == "" {
		t.Errorf("RenderRobot() without a code: %+v, want a remedy", e)
	}
}
