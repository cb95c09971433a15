package dingtalk_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

func TestRender(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("标题", 40)
	for name, c := range map[string]struct {
		content  provider.Content
		want     string
		degraded []string
	}{
		"text": {
			provider.NewText(`a<b & "c"`),
			`{"msgtype":"text","text":{"content":"a<b & \"c\""}}`, nil,
		},
		"markdown": {
			provider.NewMarkdown("日报", "# 一\n- 二\n"),
			`{"msgtype":"markdown","markdown":{"title":"日报","text":"# 一\n- 二\n"}}`, nil,
		},
		"markdown with more than DingTalk has": {
			provider.NewMarkdown("t", "| a | b |\n|---|---|\n| 1 | 2 |\n\n```go\nx\n```"),
			`{"msgtype":"markdown","markdown":{"title":"t","text":"- a: 1; b: 2\n\n> x"}}`,
			[]string{"markdown: table shown as lines", "markdown: code block shown as lines"},
		},
		"link": {
			provider.NewLink("标题", "正文", "https://a.example/?x=1&y=2", "https://a.example/p.png"),
			`{"msgtype":"link","link":{"messageUrl":"https://a.example/?x=1&y=2","picUrl":"https://a.example/p.png","title":"标题","text":"正文"}}`,
			nil,
		},
		"link without picture": {
			provider.NewLink(long, "正文", "https://a.example/", ""),
			`{"msgtype":"action_card","action_card":{"title":"` + string([]rune(long)[:63]) + `…","markdown":"### ` + long +
				`\n\n正文","single_title":"查看详情","single_url":"https://a.example/"}}`,
			[]string{"link: without picture, shown as card with a button"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := open(t, newFake()).Render(c.content)
			if err != nil || string(got.Body) != c.want || !slices.Equal(dingtalk.English(got.Degraded), c.degraded) {
				t.Errorf("Render() = %s, %q, %v\nwant %s, %q", got.Body, got.Degraded, err, c.want, c.degraded)
			}
		})
	}
}

func TestRenderRefusesIncompleteContent(t *testing.T) {
	t.Parallel()
	_, err := open(t, newFake()).Render(provider.Content{Type: "card"})
	if provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("Render: %v, want invalid_argument", err)
	}
}

func TestButtonSpeaksEnglish(t *testing.T) {
	t.Parallel()
	p := openWith(t, dingtalk.Options{Language: "en_US"}, settings(), provider.Environment{})
	got, err := p.Render(provider.NewLink("t", "x", "https://a.example", ""))
	if err != nil || !strings.Contains(string(got.Body), `"single_title":"View details"`) {
		t.Errorf("Render() = %s, %v", got.Body, err)
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to   provider.Audience
		want string
	}{
		"users":       {provider.Audience{Users: []provider.UserID{"u1", "u2"}}, `"userid_list":"u1,u2"`},
		"departments": {provider.Audience{Departments: []provider.DepartmentID{"7", "8"}}, `"dept_id_list":"7,8"`},
		"everyone":    {provider.Audience{Everyone: true}, `"to_all_user":true`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := `{"errcode":0,"errmsg":"ok","task_id":256271667526,"request_id":"r5"}`
			f := newFake().reply(sendPath, answer)
			p := open(t, f)
			msg, err := p.Render(provider.NewText("<你好> & 再见\u2028"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Send(t.Context(), c.to, msg, "")
			if err != nil || got.TaskID != "256271667526" || got.RequestID != "r5" || string(got.Raw) != answer || len(got.Refused) > 0 {
				t.Errorf("Send() = %+v, %v; want task 256271667526 of request r5 with the answer", got, err)
			}
			wantBody := `{"agent_id":310804070,` + c.want + `,"msg":` + string(msg.Body) + `}`
			if body := string(f.to(sendPath)[0].body); body != wantBody {
				t.Errorf("body = %s\nwant   %s", body, wantBody)
			}
		})
	}
}

func TestSendRefusesBeforeCalling(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := open(t, f)
	users := make([]provider.UserID, 101)
	departments := make([]provider.DepartmentID, 21)
	for i := range users {
		users[i] = provider.UserID(fmt.Sprint("u", i))
	}
	for i := range departments {
		departments[i] = provider.DepartmentID(fmt.Sprint(i + 1))
	}
	message := provider.Rendered{Body: []byte(`{"msgtype":"text"}`)}
	for name, c := range map[string]struct {
		to provider.Audience
		m  provider.Rendered
	}{
		"nobody":           {provider.Audience{}, message},
		"two kinds":        {provider.Audience{Users: users[:1], Everyone: true}, message},
		"too many users":   {provider.Audience{Users: users}, message},
		"too many depts":   {provider.Audience{Departments: departments}, message},
		"comma":            {provider.Audience{Users: []provider.UserID{"a,b"}}, message},
		"empty user":       {provider.Audience{Users: []provider.UserID{""}}, message},
		"strange dept":     {provider.Audience{Departments: []provider.DepartmentID{"1,2"}}, message},
		"no message":       {provider.Audience{Everyone: true}, provider.Rendered{}},
		"message not JSON": {provider.Audience{Everyone: true}, provider.Rendered{Body: []byte("{")}},
	} {
		_, err := p.Send(t.Context(), c.to, c.m, "")
		if e := asError(t, err); e.Code != provider.InvalidArgument || !e.Unsent {
			t.Errorf("%s: %+v, want invalid_argument and unsent", name, e)
		}
	}
	if n := f.count(sendPath); n > 0 {
		t.Errorf("%d calls, want none", n)
	}
}

// TestSendIsNotRepeatedWhenInDoubt: whatever can have sent is made once.
func TestSendIsNotRepeatedWhenInDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		calls  int
		unsent bool
	}{
		"upstream time-out":   {write(200, `{"errcode":15,"sub_code":"isp.top-remote-connection-timeout"}`), 1, false},
		"500":                 {write(500, `{"errcode":-1}`), 1, false},
		"gateway time-out":    {write(504, ``), 1, false},
		"garbage":             {write(200, `<html>`), 1, false},
		"yes without task id": {write(200, `{"errcode":0}`), 1, false},
		"busy":                {write(200, `{"errcode":-1}`), 1, false},
		"busy for a while":    {write(200, `{"errcode":1002}`), 1, false},
		"gateway":             {write(200, `{"errcode":88,"sub_code":""}`), 3, true},
		"token":               {write(200, `{"errcode":40014}`), 2, true},
		"content":             {write(200, `{"errcode":34016}`), 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake().on(sendPath, c.answer)
				_, err := openInside(t, f, -1).Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
				if e := asError(t, err); e.Unsent != c.unsent {
					t.Errorf("Unsent = %v, want %v: %v", e.Unsent, c.unsent, e)
				}
				if n := f.count(sendPath); n != c.calls {
					t.Errorf("%d calls, want %d", n, c.calls)
				}
			})
		})
	}
}

func TestTrack(t *testing.T) {
	t.Parallel()
	f := newFake().
		reply(trackPath, `{"errcode":0,"progress":{"progress_in_percent":100,"status":2}}`).
		reply(resultPath, `{"errcode":0,"request_id":"r6","send_result":{
			"invalid_user_id_list":["gone"],"forbidden_user_id_list":["dup","full","held"],"failed_user_id_list":["bad","late"],
			"read_user_id_list":["reader"],"unread_user_id_list":["new","late"],"invalid_dept_id_list":[],
			"forbidden_list":[{"code":"143106","count":1,"userid":"dup"},{"code":143105,"count":501,"userid":"full"},{"code":"1430004","count":1}]}}`)
	got, err := open(t, f).Track(t.Context(), provider.TrackRequest{TaskID: "77", Recipients: 8})
	if err != nil || !got.Done || got.Percent != 100 {
		t.Fatalf("Track() = %+v, %v", got, err)
	}
	for id, want := range map[provider.UserID]struct {
		outcome  provider.Outcome
		code     provider.Code
		upstream string
	}{
		"reader": {outcome: provider.OutcomeRead}, "new": {outcome: provider.OutcomeDelivered}, "late": {outcome: provider.OutcomeDelivered},
		"gone": {provider.OutcomeFailed, provider.NotFound, ""}, "bad": {provider.OutcomeFailed, provider.Unavailable, ""},
		"dup": {provider.OutcomeFailed, provider.AlreadyExists, "143106"}, "full": {provider.OutcomeFailed, provider.ResourceExhausted, "143105"},
		"held": {provider.OutcomeFailed, provider.PermissionDenied, ""},
	} {
		o, ok := got.Outcomes[id]
		if !ok || o.Outcome != want.outcome || (o.Err != nil) != (want.outcome == provider.OutcomeFailed) {
			t.Errorf("%s: %+v, want %s", id, o, want.outcome)
			continue
		}
		if e := o.Err; e != nil && (e.Code != want.code || e.Upstream != want.upstream || e.Remedy.ZH == "" || e.Remedy.EN == "" || e.RequestID != "r6") {
			t.Errorf("%s: %+v, want code %v, number %q and a remedy", id, e, want.code, want.upstream)
		}
	}
	if len(got.Outcomes) != 8 {
		t.Errorf("%d outcomes, want 8", len(got.Outcomes))
	}
	if body := string(f.to(resultPath)[0].body); body != `{"agent_id":310804070,"task_id":77}` {
		t.Errorf("body = %s", body)
	}
	if n := f.count(trackPath); n > 0 {
		t.Errorf("%d calls for the progress with everybody's outcome known, want none", n)
	}
}

// TestTrackInProgress: as long as somebody's outcome is missing the progress
// tells whether more will come.
func TestTrackInProgress(t *testing.T) {
	t.Parallel()
	f := newFake().
		reply(trackPath, `{"errcode":0,"progress":{"progress_in_percent":60,"status":1}}`).
		reply(resultPath, `{"errcode":0,"send_result":{"read_user_id_list":["reader"]}}`)
	got, err := open(t, f).Track(t.Context(), provider.TrackRequest{TaskID: "77", Recipients: 2})
	if err != nil || got.Done || got.Percent != 60 || got.Outcomes["reader"].Outcome != provider.OutcomeRead {
		t.Errorf("Track() = %+v, %v; want one reader at 60 percent", got, err)
	}
}

func TestTrackWithoutPeople(t *testing.T) {
	t.Parallel()
	f := newFake().reply(trackPath, `{"errcode":0,"progress":{"progress_in_percent":"140","status":"1"}}`)
	p := open(t, f)
	for _, n := range []int{0, 101} {
		got, err := p.Track(t.Context(), provider.TrackRequest{TaskID: "77", Recipients: n})
		if err != nil || got.Done || got.Percent != 100 || got.Outcomes != nil {
			t.Errorf("%d recipients: Track() = %+v, %v; want 100 percent, not done, without outcomes", n, got, err)
		}
	}
	if n := f.count(resultPath); n > 0 {
		t.Errorf("%d calls for the result, want none", n)
	}
}

func TestTrackErrors(t *testing.T) {
	t.Parallel()
	const (
		good   = `{"errcode":0,"progress":{"progress_in_percent":100,"status":2}}`
		nobody = `{"errcode":0,"send_result":{"read_user_id_list":[]}}`
	)
	for name, c := range map[string]struct {
		id, progress, result string
		want                 provider.Code
	}{
		"not an id":      {"x", "", "", provider.InvalidArgument},
		"too old":        {"7", good, `{"errcode":40035}`, provider.NotFound},
		"too old, later": {"7", `{"errcode":400002}`, nobody, provider.NotFound},
		"no progress":    {"7", `{"errcode":0}`, nobody, provider.Unavailable},
		"no result":      {"7", good, `{"errcode":0}`, provider.Unavailable},
		"wrong agent":    {"7", `{"errcode":40056}`, nobody, provider.FailedPrecondition},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake().reply(trackPath, c.progress).reply(resultPath, c.result)
			_, err := open(t, f).Track(t.Context(), provider.TrackRequest{TaskID: c.id, Recipients: 1})
			if got := provider.CodeOf(err); got != c.want {
				t.Errorf("code = %v (%v), want %v", got, err, c.want)
			}
		})
	}
}

// TestSendRefusals looks at the error numbers of sending to everyone.
func TestSendRefusals(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]struct {
		code   provider.Code
		remedy string
	}{
		"41028": {provider.PermissionDenied, "send to departments or people"},
		"41044": {provider.PermissionDenied, "is not allowed to send"},
		"41046": {provider.ResourceExhausted, ""},
	} {
		f := newFake().reply(sendPath, `{"errcode":`+number+`,"errmsg":"no"}`)
		_, err := open(t, f).Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "m-1")
		e := asError(t, err)
		if e.Code != want.code || !e.Unsent || !strings.Contains(e.Remedy.EN, want.remedy) {
			t.Errorf("%s: %+v, remedy %q; want %s, Unsent, %q", number, e, e.Remedy.EN, want.code, want.remedy)
		}
		if number == "41046" && (e.RetryAfter <= 0 || e.RetryAfter > 2*time.Minute) {
			t.Errorf("%s: again in %s, want within the next minute", number, e.RetryAfter)
		}
	}
}
