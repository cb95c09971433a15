package providertest

import (
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

func runChecker(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"answers", func(t *testing.T, s subject) {
			c := s.checker(t)
			r, want := s.CallbackGet(t)
			a, err := c.CheckCallback(t.Context(), r)
			if err != nil || len(a.Events) > 0 || string(a.Body) != want {
				t.Errorf("CheckCallback: %+v, %v; want the answer %q and no events", a, err, want)
			}
			s.wantNoSecretsIn(t, "the answer", string(a.Body))
		}},
		{"forged", func(t *testing.T, s subject) {
			c := s.checker(t)
			r, _ := s.CallbackGet(t)
			for what, forged := range forgeries(r, nil) {
				if what == "no body" {
					continue // it has none
				}
				a, err := c.CheckCallback(t.Context(), forged)
				wantError(t, what, s.Kind(), err, provider.Unauthenticated, provider.InvalidArgument, provider.PermissionDenied)
				if len(a.Body) > 0 {
					t.Errorf("%s: the answer %s beside an error", what, a.Body)
				}
				s.wantNoSecrets(t, what, err)
			}
		}},
		{"not fresh", func(t *testing.T, s subject) {
			c := s.checker(t)
			r, _ := s.CallbackGet(t)
			r.At = r.At.Add(24 * time.Hour)
			_, err := c.CheckCallback(t.Context(), r)
			wantError(t, "a check of another day", s.Kind(), err, provider.Unauthenticated)
		}},
	})
}

func (s subject) checker(t *testing.T) provider.CallbackChecker {
	t.Helper()
	c := ability[provider.CallbackChecker](t, s)
	if s.CallbackGet == nil {
		t.Skip("the harness makes no checks by GET")
	}
	return c
}
