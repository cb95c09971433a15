package transport_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// TestStreamState: an administrator sees whether the connection of Stream mode
// stands and who holds it, and otherwise what to do.
func TestStreamState(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	_, err := p.services.Tenants.UpdateApp(tenant.AsSystem(t.Context(), "test"), here, p.apps[here], tenant.AppChange{
		Settings: map[string]string{"eventMode": "stream"},
	})
	check(t, err)
	state := request{path: "/apps/" + p.apps[here] + "/events", user: owner, tenant: here}
	golden(t, "not_held", p.do(t, state))
	english := state
	english.header = http.Header{"Accept-Language": {"en"}}
	golden(t, "not_held_english", p.do(t, english))

	check(t, p.services.Sync.StartStreams(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		check(t, p.services.Sync.StopStreams(ctx))
	})
	var a answer
	p.eventually(t, "it is connected", func() bool {
		a = p.do(t, state)
		return strings.Contains(a.body, `"connected":true`)
	})
	if strings.Contains(a.body, `"connectedAt":null`) || strings.Contains(a.body, `"node":""`) || !strings.Contains(a.body, `"error":null`) {
		t.Errorf("got %s, want since when it is connected, and by whom", a.body)
	}
	if a := p.do(t, request{path: state.path, user: foreign, tenant: there}); a.status != http.StatusNotFound {
		t.Errorf("the state of another tenant's app: HTTP %d %s", a.status, a.body)
	}
}
