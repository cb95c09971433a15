package transport_test

import (
	"net/http"
	"strings"
	"testing"
)

// addConflict puts an open conflict about somebody's email into here and
// returns its id.
func (p *platform) addConflict(tb testing.TB) string {
	tb.Helper()
	return p.addConflictAbout(tb, "email")
}

// addConflictAbout does so about a field; "" is somebody who cannot be matched.
func (p *platform) addConflictAbout(tb testing.TB, field string) string {
	tb.Helper()
	const id = "01900000-0000-7000-8000-00000000c0de"
	p.exec(tb, `INSERT INTO thirdapp_sync_conflicts (tenant_id, id, provider, org_id, remote_id, field, name, local_id, account,
		platform_value, provider_value, reason_zh, reason_en, run_id, created_at)
		VALUES (?, ?, 'dingtalk', 'dingAAAA', 'p-wang', ?, '王伟', 'u1', 'wangwei', 'a@example.com', 'b@example.com', '', '', 'r1', ?)`,
		here, id, field, now())
	return id
}

// TestSyncConflicts lists a conflict and resolves it.
func TestSyncConflicts(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	path := "/sync/conflicts/" + p.addConflict(t) + "/resolve"
	resolve := func(user, body string) request {
		return request{method: http.MethodPost, path: path, user: user, tenant: here, body: body}
	}
	p.golden(t, []step{
		{"listed", request{path: "/sync/conflicts?provider=dingtalk", user: viewer, tenant: here}},
		{"forbidden", resolve(viewer, `{"resolution":"platform"}`)},
		{"unknown_resolution", resolve(owner, `{"resolution":"both"}`)},
		{"wrong_resolution", resolve(owner, `{"resolution":"bind","localId":"u1"}`)},
		{"gone_at_the_office_app", resolve(owner, `{"resolution":"provider"}`)},
		{"resolved", resolve(owner, `{"resolution":"platform"}`)},
		{"resolved_already", resolve(owner, `{"resolution":"platform"}`)},
		{"none_left", request{path: "/sync/conflicts", user: owner, tenant: here}},
	})
}

// TestSyncConflictOfAPerson: somebody who cannot be matched is as the document
// says, which has no field then.
func TestSyncConflictOfAPerson(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	p.addConflictAbout(t, "")
	a := p.do(t, request{path: "/sync/conflicts", user: viewer, tenant: here})
	if a.status != http.StatusOK || !strings.Contains(a.body, `"field":""`) {
		t.Errorf("HTTP %d %s, want a conflict without a field", a.status, a.body)
	}
}
