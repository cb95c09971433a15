package transport_test

import (
	"net/http"
	"testing"
)

// TestSyncSettings reads and changes the rules of a synchronisation.
func TestSyncSettings(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	const path = "/sync/settings?provider=dingtalk"
	put := func(body string) request {
		return request{method: http.MethodPut, path: path, user: owner, tenant: here, body: body}
	}
	p.golden(t, []step{
		{"defaults", request{path: path, user: viewer, tenant: here}},
		{"saved", put(`{"version":0,"guard":{"people":20,"percent":-1},"existing":{"join":"pending","fields":"keep"},"retentionDays":90}`)},
		{"changed_meanwhile", put(`{"version":0,"guard":{"people":5,"percent":5}}`)},
		{"faults", put(`{"version":1,"guard":{"people":0,"percent":101},"initialPassword":"house_number_mobile","existing":{"join":"later"},"mapping":{"mobile":"name"},"matching":["email"],"accountName":"x","retentionDays":-1}`)},
		{"without_version", put(`{"guard":{"people":5,"percent":5}}`)},
		{"of_no_app", request{path: "/sync/settings", user: owner, tenant: here}},
		{"of_unknown_app", request{path: "/sync/settings?provider=x", user: owner, tenant: here}},
		{"forbidden", request{method: http.MethodPut, path: path, user: viewer, tenant: here, body: `{"version":1}`}},
		{"kept", request{path: path, user: owner, tenant: here}},
	})
}
