package identity_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// codes sends every number the code "right", as often as it is asked.
type codes struct{}

func (codes) SendCode(context.Context, tenant.ID, string) error { return nil }

func (codes) CheckCode(_ context.Context, _ tenant.ID, _, code string) (bool, error) {
	return code == "right", nil
}

// mobileStep takes a step by a new proof of a member.
func (w *world) mobileStep(tb testing.TB, t tenant.ID, member int, mobile, step string) error {
	tb.Helper()
	browser := identity.NewBrowser()
	_, err := w.LoginInApp(tb.Context(), identity.InAppLogin{
		Tenant: t, Provider: provider.DingTalk, Browser: browser,
		Code: provider.NewSecret(w.fake.InAppCode(providertest.SmallCompany().People[member].UserID)),
	})
	var refusal *tenant.Error
	if !errors.As(err, &refusal) {
		tb.Fatalf("login: %v, want a proof", err)
	}
	details, ok := refusal.Details.(identity.UnboundDetails)
	if !ok {
		tb.Fatalf("login: %v, want a proof", err)
	}
	in := identity.MobileCode{Proof: provider.NewSecret(details.Proof), Browser: browser, Mobile: mobile, Code: "wrong"}
	if step == "send" {
		return w.SendCode(tb.Context(), in)
	}
	_, err = w.VerifyMobile(tb.Context(), in)
	return err
}

// TestTriesOfManyProofs: a new proof is no new chance: codes are sent, and tried,
// so many times an hour for one member, and for one number.
func TestTriesOfManyProofs(t *testing.T) {
	t.Parallel()
	for step, passes := range map[string]error{"send": nil, "try": identity.ErrWrongCode} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(p *identity.Ports) { p.Codes = codes{} })
			bindBy := identity.UnboundBind
			for _, in := range []tenant.ID{here, there} {
				_, err := w.SaveSettings(tenant.AsSystem(t.Context(), "test"), in, identity.SettingsChange{Unbound: &bindBy})
				check(t, err)
			}
			const victim = "13911111111"
			want := func(what string, in tenant.ID, member int, mobile string, want error) {
				t.Helper()
				if err := w.mobileStep(t, in, member, mobile, step); !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", what, err, want)
				}
			}
			for n := range 10 {
				want("try "+strconv.Itoa(n), here, 0, victim, passes)
			}
			want("the same member and number", here, 0, victim, identity.ErrManyTries)
			want("the same member, another number", here, 0, "13922222222", identity.ErrManyTries)
			want("another member, the same number", here, 1, victim, identity.ErrManyTries)
			want("another member and number", here, 1, "13922222222", passes)
			want("another tenant", there, 0, victim, passes)
			w.clock.Pass(time.Hour)
			want("an hour later", here, 0, victim, passes)
		})
	}
}
