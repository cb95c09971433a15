package transport_test

import (
	"net/http"
	"testing"
)

// TestSyncSchedule reads and changes when a directory is synchronised by
// itself.
func TestSyncSchedule(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	const path = "/sync/schedule?provider=dingtalk"
	put := func(body string) request {
		return request{method: http.MethodPut, path: path, user: owner, tenant: here, body: body}
	}
	p.golden(t, []step{
		{"suggested", request{path: path, user: viewer, tenant: here}},
		{"enabled", put(`{"version":0,"enabled":true}`)},
		{"changed_meanwhile", put(`{"version":0,"enabled":false}`)},
		{"too_often", put(`{"version":1,"cron":"*/5 * * * *"}`)},
		{"malformed", put(`{"version":1,"cron":"at noon"}`)},
		{"unknown_zone", put(`{"version":1,"timeZone":"Mars/Base"}`)},
		{"both", put(`{"version":1,"cron":"0 3 * * *","intervalMinutes":60}`)},
		{"short_interval", put(`{"version":1,"intervalMinutes":5}`)},
		{"paused", put(`{"version":1,"enabled":false,"intervalMinutes":240,"timeZone":"UTC"}`)},
		{"without_version", put(`{"enabled":true}`)},
		{"unknown_field", put(`{"version":2,"jitter":1}`)},
		{"of_no_app", request{path: "/sync/schedule", user: owner, tenant: here}},
		{"of_unknown_app", request{path: "/sync/schedule?provider=x", user: owner, tenant: here}},
		{"forbidden", request{method: http.MethodPut, path: path, user: viewer, tenant: here, body: `{"version":2}`}},
		{"kept", request{path: path, user: owner, tenant: here}},
	})
}
