package transport_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestOutageIsWarnedOf: an operator who keeps warnings only reads of an outage.
func TestOutageIsWarnedOf(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	if a := p.do(t, request{path: "/apps", user: "outage", tenant: here}); a.status != http.StatusServiceUnavailable {
		t.Fatalf("got HTTP %d %s, want 503", a.status, a.body)
	}
	if line := p.log.String(); !strings.Contains(line, `"level":"WARN"`) || !strings.Contains(line, `"reason":"database_unavailable"`) {
		t.Errorf("log %s, want a warning that names the outage", line)
	}
}
