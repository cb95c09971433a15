package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// hangTimeout is how long calls to an office app that hangs are given. All other
// faults end calls by themselves.
const hangTimeout = 300 * time.Millisecond

// during calls f while a fault lasts.
func during(tb testing.TB, fault Fault, f func(ctx context.Context) error) error {
	tb.Helper()
	timeout := patience
	if fault == FaultHang {
		timeout = hangTimeout
	}
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	return f(ctx)
}

// codesOf returns the codes that describe a fault. A call may take back a
// token or try again, and so end later and differently where it hangs.
func codesOf(f Fault) []provider.Code {
	switch f {
	case FaultThrottled:
		return []provider.Code{provider.ResourceExhausted}
	case FaultDenied:
		return []provider.Code{provider.PermissionDenied}
	case FaultDown, FaultGarbled:
		return []provider.Code{provider.Unavailable}
	case FaultLost, FaultHang:
		return []provider.Code{provider.Unavailable, provider.DeadlineExceeded}
	}
	return nil
}

func runErrors(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{{"an expired token is renewed", func(t *testing.T, s subject) {
		if s.Expire == nil {
			t.Skip("the office app hands out no access tokens")
		}
		for _, o := range s.ops(t, s.Provider) {
			if err := o.call(t.Context()); !o.fine(err) {
				t.Errorf("%s: %v", o.name, err)
			}
			s.Expire(t)
			err := o.call(t.Context())
			if o.name == "Upload" && provider.Retryable(err) { // its data can be read once
				err = o.call(t.Context())
			}
			if !o.fine(err) {
				t.Errorf("%s with a token that has expired: %v", o.name, err)
			}
		}
	}}})
	for _, fault := range Faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			for _, o := range opNames(t, newHarness) {
				if o == "Verify" && (fault == FaultDenied || fault == FaultThrottled) {
					continue // what could not be found out is in its report
				}
				t.Run(o, func(t *testing.T) {
					t.Parallel()
					s := newSubject(t, newHarness)
					defer s.breakDown(t, fault)()
					err := during(t, fault, s.opNamed(t, o).call)
					wantError(t, o, s.Kind(), err, codesOf(fault)...)
					if fault == FaultDenied {
						wantRemedy(t, err)
					}
				})
			}
		})
	}
}

// wantError fails the test unless err is classified as one of the codes and
// says where it comes from.
func wantError(tb testing.TB, what string, kind provider.Kind, err error, codes ...provider.Code) {
	tb.Helper()
	if got := provider.CodeOf(err); !slices.Contains(codes, got) {
		tb.Errorf("%s: got code %s (%v), want one of %v", what, got, err, codes)
		return
	}
	var e *provider.Error
	if !errors.As(err, &e) {
		tb.Errorf("%s: got error %v, want a *provider.Error", what, err)
		return
	}
	if e.Provider != kind || e.Op == "" {
		tb.Errorf("%s: the error is of provider %q and operation %q", what, e.Provider, e.Op)
	}
}

func wantRemedy(tb testing.TB, err error) {
	tb.Helper()
	var e *provider.Error
	if errors.As(err, &e) {
		wantText(tb, "Remedy", e.Remedy)
	}
}

func runSecrets(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"in errors", func(t *testing.T, s subject) {
			for _, fault := range Faults() {
				t.Run(string(fault), func(t *testing.T) {
					t.Parallel()
					s := newSubject(t, newHarness)
					defer s.breakDown(t, fault)()
					var wg sync.WaitGroup
					for _, o := range s.ops(t, s.Provider) {
						wg.Go(func() { s.wantNoSecrets(t, o.name, during(t, fault, o.call)) })
					}
					wg.Wait()
				})
			}
		}},
		{"in errors about credentials", func(t *testing.T, s subject) {
			p := s.openWrong(t)
			for _, o := range s.ops(t, p) {
				err := o.call(t.Context())
				if err == nil {
					t.Errorf("%s with wrong credentials: got no error", o.name)
				}
				s.wantNoSecrets(t, o.name, err)
			}
		}},
		{"in receipts", func(t *testing.T, s subject) {
			sender := ability[provider.MessageSender](t, s)
			to := provider.Audience{Users: []provider.UserID{s.Company.People[0].UserID}}
			receipt, err := sender.Send(t.Context(), to, render(t, sender, "receipt"), "")
			if err != nil {
				t.Fatalf("Send: %v", err)
			}
			s.wantReceipt(t, receipt)
		}},
	})
}

// wantReceipt fails the test when a receipt shows a secret or its Raw is not
// JSON.
func (s subject) wantReceipt(tb testing.TB, r provider.Receipt) {
	tb.Helper()
	s.wantNoSecrets(tb, "receipt", r)
	s.wantNoSecretsIn(tb, "Raw", string(r.Raw))
	if len(r.Raw) > 0 && !json.Valid(r.Raw) {
		tb.Errorf("Raw is not JSON: %s", r.Raw)
	}
}

// wantNoSecrets looks for secrets in every way a value can be shown.
func (s subject) wantNoSecrets(tb testing.TB, what string, v any) {
	tb.Helper()
	if v == nil {
		return
	}
	s.wantNoSecretsIn(tb, what, fmt.Sprintf("%v\n%+v\n%#v", v, v, v))
	if b, err := json.Marshal(v); err == nil {
		s.wantNoSecretsIn(tb, what+" as JSON", string(b))
	}
	err, ok := v.(error)
	for ok && err != nil {
		s.wantNoSecretsIn(tb, what+", a cause", fmt.Sprintf("%v\n%+v\n%#v", err, err, err))
		err = errors.Unwrap(err)
	}
}

func (s subject) wantNoSecretsIn(tb testing.TB, what, text string) {
	tb.Helper()
	secrets := make([]string, 0, len(s.Settings.Secrets))
	for _, settings := range []provider.Settings{s.Settings, s.WrongSettings} {
		for _, secret := range settings.Secrets {
			secrets = append(secrets, secret.Reveal())
		}
	}
	for _, w := range []provider.Webhook{s.Webhook, s.WrongWebhook, s.OfficialWebhook} {
		secrets = append(secrets, secretsOf(w)...)
	}
	if s.Secrets != nil {
		secrets = append(secrets, s.Secrets()...)
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			tb.Errorf("%s shows a secret: %s", what, strings.ReplaceAll(text, secret, "<<<here>>>"))
		}
	}
}
