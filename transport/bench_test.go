package transport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/transport"
)

// BenchmarkChain measures what every request pays for all the layers, beside
// the bare minimum of the same exchange: a handler that decodes the body and
// encodes an answer.
func BenchmarkChain(b *testing.B) {
	p := newPlatform(b, asIdle)
	answer := func(_ context.Context, text string) (any, error) { return map[string]string{"text": text}, nil }
	chain := transport.NewProbe(p.services, transport.Config{Authenticator: authenticate}, answer)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Text string `json:"text"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			b.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"success": true, "message": "", "code": 200, "result": map[string]string{"text": body.Text}, "timestamp": 0,
		})
	})
	for _, bench := range []struct {
		name    string
		handler http.Handler
		path    string
	}{
		{"bare", bare, transport.FullProbePath},
		{"full", chain, transport.FullProbePath},
		{"compatible", chain, transport.ProbePath},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, bench.path, strings.NewReader(`{"text":"hello"}`))
				r.Header.Set("X-Access-Token", "token-owner")
				r.Header.Set("X-Tenant-Id", string(here))
				w := httptest.NewRecorder()
				bench.handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("HTTP %d %s", w.Code, w.Body)
				}
			}
		})
	}
}
