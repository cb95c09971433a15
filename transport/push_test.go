package transport_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

const (
	departPath = base + "/sync/dingtalk/depart/toApp"
	userPath   = base + "/sync/dingtalk/user/toApp"
)

// TestToApp pushes departments and people by the compatible routes.
func TestToApp(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	if got := p.pull(t); !got.Success {
		t.Fatalf("pull: %+v", got)
	}
	p.exec(t, `INSERT INTO thirdapp_departments (tenant_id, id, parent_id, name, sort_order, provider, org_id, remote_id, created_at, updated_at)
		VALUES (?, 'lab', '', '实验室', 0, '', '', '', ?, ?)`, here, now(), now())
	get := func(path, user string, in tenant.ID) answer {
		return p.do(t, request{path: path, user: user, tenant: in})
	}
	golden(t, "departments", get(departPath+"?ids=whatever", owner, here))
	if n := len(p.emulator.Departments("dingAAAA")); n != 4 {
		t.Errorf("%d departments at the office app, want the new one as well", n)
	}
	golden(t, "departments_again", get(departPath, owner, here))
	one := decodePulled(t, get(userPath+"?ids=id-"+stranger+",", owner, here))
	golden(t, "nobody", get(userPath+"?ids=nobody,id-"+stranger, owner, here))
	golden(t, "not_configured", get(userPath, single, ""))
	golden(t, "no_permission", get(departPath, viewer, here))
	runs := p.runs(t)
	if len(runs) != 5 || runs[0].Counts[dirsync.KindLeave] != 0 {
		t.Errorf("runs %+v, want a pull and four pushes", runs)
	}
	lines := append(one.Result.SuccessInfo, one.Result.FailInfo...)
	if len(lines) != 1 || !strings.Contains(lines[0], "stranger") {
		t.Errorf("pushing one user tells %q, want a line about them", lines)
	}
}

// TestButton: what the button above the front ends' list of users asks for is
// answered within the 10 s that it waits, and always with the lists it shows.
func TestButton(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	const toLocal = base + "/sync/dingtalk/user/toLocal?ids="
	pulled := decodePulled(t, p.do(t, request{path: toLocal + "id-alice,id-bob&_t=1700000000000", user: owner, tenant: here}))
	if !pulled.Success || !strings.Contains(strings.Join(pulled.Result.SuccessInfo, "\n"), "王伟") {
		t.Errorf("pulled %+v, want everybody", pulled)
	}
	for path, code := range map[string]int{toLocal: 510, departPath: 510, userPath: 510} {
		refused := decodePulled(t, p.do(t, request{path: path, user: viewer, tenant: here}))
		if refused.Success || refused.Code != code || refused.Result == nil || len(refused.Result.FailInfo) != 1 ||
			refused.Result.FailInfo[0] != refused.Message || refused.Message == "" {
			t.Errorf("%s: %+v, want a refusal with its reason in the list", path, refused)
		}
	}
	if a := p.do(t, request{path: toLocal, user: "expired", tenant: here}); a.status != http.StatusUnauthorized {
		t.Errorf("without a session: HTTP %d %s, want 401", a.status, a.body)
	}
	for cfg, want := range map[time.Duration]time.Duration{0: 8 * time.Second, time.Minute: time.Minute} {
		if got := transport.ButtonWait(transport.Config{SyncWait: cfg}); got != want {
			t.Errorf("SyncWait %s: waits %s, want %s", cfg, got, want)
		}
	}
	slow := newPlatform(t, asIdle, func(s *setup) { s.SyncWait = 50 * time.Millisecond })
	if a := decodePulled(t, slow.do(t, request{path: toLocal, user: owner, tenant: here})); !a.Success || len(a.Result.SuccessInfo) != 1 {
		t.Errorf("%+v, want it to go on in the background", a)
	}
	// Another run is in the way: that is told in the lists as well.
	if a := decodePulled(t, slow.do(t, request{path: userPath, user: owner, tenant: here})); a.Success || a.Result == nil || len(a.Result.FailInfo) != 1 {
		t.Errorf("%+v, want a refusal with its reason in the list", a)
	}
}

// TestPushPreview looks at a push, and approves what removes.
func TestPushPreview(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.pull(t)
	a := p.do(t, request{
		method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here,
		body: `{"provider":"dingtalk","direction":"push","deletes":true,"only":"person","dryRun":true}`,
	})
	var started struct {
		Result struct {
			ID, Direction, Only string
			Deletes             bool
		}
	}
	if err := json.Unmarshal([]byte(a.body), &started); err != nil || a.status != http.StatusAccepted ||
		started.Result.Direction != "push" || started.Result.Only != "person" || !started.Result.Deletes {
		t.Fatalf("start: HTTP %d %s", a.status, a.body)
	}
	// Whether the app may write is found out at a department that nobody has.
	const probed = "9007199254740991"
	calls := len(p.emulator.Calls())
	if run := p.finished(t, started.Result.ID); run.State != dirsync.StatePlanned {
		t.Errorf("preview is %s, want planned", run.State)
	}
	for _, call := range p.emulator.Calls()[calls:] {
		writes := strings.Contains(call.Path, "create") || strings.Contains(call.Path, "update") || strings.Contains(call.Path, "delete")
		if writes && call.Params["dept_id"] != probed {
			t.Errorf("a preview called %s with %v", call.Path, call.Params)
		}
	}
}
