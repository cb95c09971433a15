package providertest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

func runRegistrar(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"registers and takes back", func(t *testing.T, s subject) {
			r := ability[provider.CallbackRegistrar](t, s)
			for range 2 { // a later address replaces the one before
				server := s.receiver(t)
				if err := r.RegisterCallback(t.Context(), server); err != nil {
					t.Fatalf("RegisterCallback: %v", err)
				}
				wantRegistration(t, r, provider.CallbackRegistration{URL: server, Complete: true})
			}
			for range 2 {
				if err := r.UnregisterCallback(t.Context()); err != nil {
					t.Fatalf("UnregisterCallback: %v", err)
				}
				wantRegistration(t, r, provider.CallbackRegistration{})
			}
		}},
		{"address that does not answer", func(t *testing.T, s subject) {
			r := ability[provider.CallbackRegistrar](t, s)
			deaf := httptest.NewServer(http.NotFoundHandler())
			defer deaf.Close()
			err := r.RegisterCallback(t.Context(), deaf.URL)
			wantError(t, "RegisterCallback", s.Kind(), err, provider.FailedPrecondition)
			wantRemedy(t, err)
			wantRegistration(t, r, provider.CallbackRegistration{})
		}},
	})
}

func wantRegistration(t *testing.T, r provider.CallbackRegistrar, want provider.CallbackRegistration) {
	t.Helper()
	if got, err := r.CallbackRegistration(t.Context()); err != nil || got != want {
		t.Errorf("CallbackRegistration: %+v, %v; want %+v", got, err, want)
	}
}

// receiver serves the Provider's own EventDecoder and returns the address.
func (s subject) receiver(t *testing.T) string {
	t.Helper()
	d := ability[provider.EventDecoder](t, s)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		now := time.Now
		if s.Environment.Now != nil {
			now = s.Environment.Now
		}
		a, err := d.DecodeEvent(r.Context(), provider.CallbackRequest{
			Query: r.URL.Query(), Header: r.Header, Body: body.Bytes(), At: now(),
		})
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", a.ContentType)
		_, _ = w.Write(a.Body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/callback"
}
