package transport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

const pullPath = base + "/sync/dingtalk/departAndUser/toLocal"

// pulled is the answer of the compatible synchronisation route.
type pulled struct {
	Success bool
	Message string
	Code    int
	Result  *struct {
		SuccessInfo, FailInfo []string
	}
}

func (p *platform) pull(t *testing.T) pulled {
	t.Helper()
	return decodePulled(t, p.do(t, request{path: pullPath, user: owner, tenant: here}))
}

func decodePulled(t *testing.T, a answer) pulled {
	t.Helper()
	var got pulled
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != http.StatusOK {
		t.Fatalf("got HTTP %d %s", a.status, a.body)
	}
	if got.Result != nil && (got.Result.SuccessInfo == nil || got.Result.FailInfo == nil) {
		t.Errorf("got %s, want both lists of the result to be arrays", a.body)
	}
	return got
}

func TestPull(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	a := p.do(t, request{path: pullPath, user: owner, tenant: here})
	golden(t, "pulled", a)
	got := decodePulled(t, a)
	if !got.Success || got.Code != 200 || got.Message != "同步成功" || len(got.Result.FailInfo) != 0 {
		t.Errorf("first pull: got %+v", got)
	}
	if lines := strings.Join(got.Result.SuccessInfo, "\n"); !strings.Contains(lines, "部门 研发 创建成功！") || !strings.Contains(lines, "王伟") {
		t.Errorf("first pull tells of %q, want the departments and people", lines)
	}
	if got := p.pull(t); !got.Success || got.Message != "同步成功" {
		t.Errorf("second pull: got %+v", got)
	}
}

func TestPullNotConfigured(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.golden(t, []step{
		{"not_configured", request{path: pullPath, user: single}},
		{"no_permission", request{path: pullPath, user: viewer, tenant: here}},
	})
}

func TestPullWithoutReadableDepartments(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.emulator.Fail(dingtalktest.Fault{
		Path: "/topapi/v2/*", Kind: dingtalktest.Refuse, Code: "60020", Text: "访问ip不在白名单之中", Wrapped: true,
	})
	p.emulator.Fail(dingtalktest.Fault{Path: "/auth/scopes", Kind: dingtalktest.Refuse, Code: "60020", Text: "访问ip不在白名单之中"})
	a := p.do(t, request{path: pullPath, user: owner, tenant: here})
	golden(t, "nothing_readable", a)
	got := decodePulled(t, a)
	if got.Success || got.Code != 500 || got.Message != "请查看配置参数和白名单是否配置！" {
		t.Errorf("got %+v, want the contract's refusal", got)
	}
	if len(got.Result.FailInfo) == 0 || !strings.Contains(strings.Join(got.Result.FailInfo, "\n"), "白名单") {
		t.Errorf("got %+v, want the reason and what to do about it", got.Result)
	}
}

func TestPullFailsInPart(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.emulator.Fail(dingtalktest.Fault{
		Path: "/topapi/v2/user/list", Params: map[string]string{"dept_id": "3"},
		Kind: dingtalktest.Refuse, Code: "50004", Text: "不在授权范围",
	})
	a := p.do(t, request{path: pullPath, user: owner, tenant: here})
	golden(t, "failed_in_part", a)
	got := decodePulled(t, a)
	if got.Success || got.Code != 500 || got.Message != "同步失败" || len(got.Result.FailInfo) == 0 || len(got.Result.SuccessInfo) == 0 {
		t.Errorf("got %+v, want 同步失败 with both lists filled", got)
	}
}

func TestPullGoesOnInTheBackground(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle, func(s *setup) { s.SyncWait = 50 * time.Millisecond })
	a := p.do(t, request{path: pullPath, user: owner, tenant: here})
	golden(t, "goes_on", a)
	got, runs := decodePulled(t, a), p.runs(t)
	if len(runs) != 1 {
		t.Fatalf("got runs %v, want one", runs)
	}
	if !got.Success || got.Code != 200 || !strings.Contains(strings.Join(got.Result.SuccessInfo, "\n"), runs[0].ID) {
		t.Errorf("got %+v, want a success that names run %s", got, runs[0].ID)
	}
	// Whoever asks again joins the same run.
	if again := p.pull(t); !again.Success || len(p.runs(t)) != 1 {
		t.Errorf("second request: got %+v and runs %v, want it to join", again, p.runs(t))
	}
}

func TestPullIsCancelled(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	answered := make(chan answer, 1)
	go func() { answered <- p.do(t, request{path: pullPath, user: owner, tenant: here}) }()
	p.eventually(t, "there is a run", func() bool { return len(p.runs(t)) == 1 })
	a := p.do(t, request{method: http.MethodPost, path: "/sync/runs/" + p.runs(t)[0].ID + "/cancel", user: owner, tenant: here})
	if a.status != http.StatusOK {
		t.Fatalf("cancel: HTTP %d %s", a.status, a.body)
	}
	got := decodePulled(t, <-answered)
	if got.Success || got.Code != 500 || got.Message != "同步已取消" {
		t.Errorf("got %+v, want it to tell of the cancellation", got)
	}
}

func TestPullJoinsARunUnderWay(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	slow := p.emulator.Fail(dingtalktest.Fault{Path: "/topapi/v2/user/list", Kind: dingtalktest.Delay, Delay: 200 * time.Millisecond})
	defer slow.Remove()
	run := p.startRun(t)
	if got := p.pull(t); !got.Success || got.Message != "同步成功" {
		t.Errorf("got %+v", got)
	}
	if runs := p.runs(t); len(runs) != 1 || runs[0].ID != run {
		t.Errorf("got runs %v, want only %s", runs, run)
	}
}

// A dry run applies nothing: who asks for a synchronisation gets one after it.
func TestPullAfterADryRun(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	slow := p.emulator.Fail(dingtalktest.Fault{Path: "/topapi/v2/user/list", Kind: dingtalktest.Delay, Delay: 100 * time.Millisecond})
	defer slow.Remove()
	a := p.do(t, request{
		method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: `{"provider":"dingtalk","dryRun":true}`,
	})
	if a.status != http.StatusAccepted {
		t.Fatalf("dry run: HTTP %d %s", a.status, a.body)
	}
	if got := p.pull(t); !got.Success || got.Message != "同步成功" {
		t.Errorf("got %+v", got)
	}
	if runs := p.runs(t); len(runs) != 2 || runs[0].DryRun || !runs[1].DryRun {
		t.Errorf("got runs %+v, want a real one after the dry one", runs)
	}
}

func TestPullWaitsForApproval(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.hire(t, 30)
	if got := p.pull(t); !got.Success {
		t.Fatalf("first pull: %+v", got)
	}
	for i := range 20 {
		check(t, p.emulator.RemovePerson("dingAAAA", fmt.Sprintf("extra-%d", i)))
	}
	got := p.pull(t)
	run := p.runs(t)[0]
	if got.Success || got.Message != "同步待审批" || !strings.Contains(strings.Join(got.Result.FailInfo, "\n"), run.ID) {
		t.Errorf("got %+v, want it to wait for approval of run %s", got, run.ID)
	}
	control := func(action string) answer {
		return p.do(t, request{method: http.MethodPost, path: "/sync/runs/" + run.ID + "/" + action, user: owner, tenant: here})
	}
	if a := control("approve"); a.status != http.StatusOK {
		t.Fatalf("approve: HTTP %d %s", a.status, a.body)
	}
	if r := p.finished(t, run.ID); r.State != dirsync.StateSucceeded {
		t.Errorf("approved run is %s, want succeeded", r.State)
	}
	golden(t, "approve_twice", control("approve"))
	golden(t, "discard_finished", control("discard"))
	golden(t, "cancel_finished", control("cancel"))
}

// hire adds people to the company of here.
func (p *platform) hire(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		check(t, p.emulator.AddPerson("dingAAAA", dingtalktest.Person{
			UserID: fmt.Sprintf("extra-%d", i), Name: fmt.Sprintf("员工%d", i),
			Mobile: fmt.Sprintf("139%08d", i), Memberships: in(2),
		}))
	}
}

// listedRun is a run as GET /sync/runs shows it.
type listedRun struct {
	ID     string
	State  dirsync.State
	DryRun bool
	Counts map[dirsync.Kind]int
}

func (p *platform) runs(t *testing.T) []listedRun {
	t.Helper()
	return result[struct{ Items []listedRun }](t, p.do(t, request{path: "/sync/runs", user: owner, tenant: here})).Items
}

func TestRuns(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	start := func(user, body string) request {
		in := here
		if user == single {
			in = ""
		}
		return request{method: http.MethodPost, path: "/sync/runs", user: user, tenant: in, body: body}
	}
	p.golden(t, []step{
		{"start_no_provider", start(owner, `{}`)},
		{"start_unknown_provider", start(owner, `{"provider":"slack"}`)},
		{"start_sideways", start(owner, `{"provider":"dingtalk","direction":"sideways"}`)},
		{"start_deleting_pull", start(owner, `{"provider":"dingtalk","deletes":true}`)},
		{"start_incremental", start(owner, `{"provider":"dingtalk","mode":"incremental"}`)},
		{"start_ids", start(owner, `{"provider":"dingtalk","ids":["1"]}`)},
		{"start_unknown_field", start(owner, `{"provider":"dingtalk","dryrun?":true}`)},
		{"start_not_configured", start(single, `{"provider":"dingtalk"}`)},
		{"start_no_permission", start(viewer, `{"provider":"dingtalk"}`)},
		{"get_unknown", request{path: "/sync/runs/nobody", user: owner, tenant: here}},
		{"start", start(owner, `{"provider":"dingtalk","direction":"pull","mode":"full","dryRun":true,"ids":[]}`)},
	})
	run := p.runs(t)[0].ID
	p.finished(t, run)
	list := func(query string) request {
		return request{path: "/sync/runs/" + run + "/changes?" + query, user: viewer, tenant: here}
	}
	p.golden(t, []step{
		{"get", request{path: "/sync/runs/" + run, user: viewer, tenant: here}},
		{"changes_department", list("entity=department&limit=1")},
		{"changes_applied", list("state=applied")},
		{"changes_unknown_kind", list("kind=vanish")},
		{"changes_unknown_entity", list("entity=team")},
		{"changes_unknown_state", list("state=lost")},
	})
}

func TestSecondRunIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	p.startRun(t)
	golden(t, "active", p.do(t, request{
		method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: `{"provider":"dingtalk"}`,
	}))
}
