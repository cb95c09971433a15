package transport_test

import (
	"net/http"
	"testing"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestUndo takes a run back over HTTP.
func TestUndo(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	run := p.startRun(t)
	p.finished(t, run)
	post := func(path, body string) request {
		return request{method: http.MethodPost, path: "/sync/runs/" + path, user: owner, tenant: here, body: body}
	}
	a := p.do(t, post(run+"/undo", `{"dryRun":true}`))
	golden(t, "dry", a)
	dry := p.finished(t, result[listedRun](t, a).ID)
	if dry.State != dirsync.StatePlanned || len(p.members(t)) == 0 {
		t.Errorf("dry undo %+v, members %v; want a plan and nothing changed", dry, p.members(t))
	}
	undo := result[listedRun](t, p.do(t, post(run+"/undo", ""))).ID
	p.finished(t, undo)
	golden(t, "waits", p.do(t, request{path: "/sync/runs/" + undo, user: viewer, tenant: here}))
	golden(t, "active", p.do(t, post(run+"/undo", "{}")))
	golden(t, "plan", p.do(t, request{path: "/sync/runs/" + undo + "/changes?entity=person", user: viewer, tenant: here}))
	p.do(t, post(undo+"/approve", ""))
	if got := p.finished(t, undo); got.State != dirsync.StateSucceeded {
		t.Errorf("undo is %s, want succeeded", got.State)
	}
	if left := p.members(t); len(left) != 0 {
		t.Errorf("members %v are left, want none", left)
	}
	p.golden(t, []step{
		{"not_undoable", post(dry.ID+"/undo", "{}")},
		{"unknown", post("nobody/undo", "{}")},
		{"deletes_of_a_pull", post(run+"/undo", `{"deletes":true}`)},
		{"unknown_field", post(run+"/undo", `{"force":true}`)},
		{"forbidden", request{method: http.MethodPost, path: "/sync/runs/" + run + "/undo", user: viewer, tenant: here, body: "{}"}},
	})
}

// members are the active members of here that the pull has brought.
func (p *platform) members(t *testing.T) []string {
	t.Helper()
	var list []string
	err := p.store.DB().NewRaw(`SELECT m.person_id FROM thirdapp_memberships m
		JOIN thirdapp_bindings b ON b.tenant_id = m.tenant_id AND b.person_id = m.person_id
		WHERE m.tenant_id = ? AND m.state = 'active' AND b.active`, here).Scan(t.Context(), &list)
	check(t, err)
	return list
}
