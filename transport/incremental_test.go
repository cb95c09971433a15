package transport_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestRunOfSinglePeople pulls a leaver, and finds everything done afterwards:
// listing a department and looking up its people tell the same of them.
func TestRunOfSinglePeople(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	start := func(body string) answer {
		return p.do(t, request{method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: body})
	}
	golden(t, "never_pulled", start(`{"provider":"dingtalk","mode":"incremental","ids":["extra-0"]}`))
	p.hire(t, 5)
	if got := p.pull(t); !got.Success {
		t.Fatalf("first pull: %+v", got)
	}
	golden(t, "ids_of_full", start(`{"provider":"dingtalk","ids":["extra-0"]}`))
	golden(t, "nobody", start(`{"provider":"dingtalk","mode":"incremental"}`))
	check(t, p.emulator.RemovePerson("dingAAAA", "extra-1"))
	check(t, p.emulator.UpdateDepartment("dingAAAA", 2, func(d *dingtalktest.Department) { d.Name = "改名" }))
	a := start(`{"provider":"dingtalk","mode":"incremental","ids":["extra-0","extra-1"],"departmentIds":["2"]}`)
	var run struct{ Result listedRun }
	if err := json.Unmarshal([]byte(a.body), &run); err != nil || a.status != http.StatusAccepted {
		t.Fatalf("start: HTTP %d %s", a.status, a.body)
	}
	done := p.finished(t, run.Result.ID)
	if done.State != dirsync.StateSucceeded || done.Counts.Total()[dirsync.KindLeave] != 1 || done.Counts.Total()[dirsync.KindUpdate] != 1 {
		t.Errorf("run %+v, want one to leave and a department to be renamed", done)
	}
	p.pull(t)
	if full := p.runs(t)[0]; len(full.Counts) != 0 {
		t.Errorf("the full run after it plans %v, want nothing", full.Counts)
	}
}
