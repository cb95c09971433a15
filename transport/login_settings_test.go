package transport_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
)

// TestLoginSettingsAtOnce: of two changes at the same time none undoes the other.
func TestLoginSettingsAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database func(*setup)) {
		p := newPlatform(t, database, asIdle)
		policies := []string{"bind", "create"}
		for n := range 20 {
			page := "https://app.example.com/" + strconv.Itoa(n)
			var both sync.WaitGroup
			for _, body := range []string{`{"unbound":"` + policies[n%2] + `"}`, `{"returnUrls":["` + page + `"]}`} {
				both.Go(func() {
					a := p.do(t, request{method: http.MethodPut, path: "/login/settings", user: owner, tenant: here, body: body})
					if a.status != http.StatusOK {
						t.Errorf("%s: HTTP %d %s", body, a.status, a.body)
					}
				})
			}
			both.Wait()
			got := result[struct {
				Unbound    string
				ReturnURLs []string
			}](t, p.do(t, request{path: "/login/settings", user: owner, tenant: here}))
			if got.Unbound != policies[n%2] || len(got.ReturnURLs) != 1 || got.ReturnURLs[0] != page {
				t.Fatalf("after both: %+v, want %s and %s", got, policies[n%2], page)
			}
		}
	})
}
