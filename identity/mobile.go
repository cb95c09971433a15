package identity

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
)

// MobileCode is a step in which somebody who is not bound verifies their mobile
// number.
type MobileCode struct {
	// Proof is that of UnboundDetails.
	Proof   provider.Secret
	Browser provider.Secret
	Mobile  string
	// Code is what they were sent; for VerifyMobile only.
	Code string
}

// SendCode sends a code to a number. What it answers does not tell whether
// somebody has the number. Refusals: ErrProof, ErrNoCodes, ErrUnbound when the
// tenant does not bind by number, ErrManyTries; those of the Codes port.
func (s *Service) SendCode(ctx context.Context, in MobileCode) error {
	v, _, err := s.mobileStep(ctx, in, "send")
	if err == nil {
		err = s.codes.SendCode(ctx, v.tenant, in.Mobile)
	}
	if err != nil {
		return fmt.Errorf("identity: send code: %w", err)
	}
	return nil
}

// VerifyMobile lets somebody in who has verified their number, as the tenant's
// policy says. Refusals: those of SendCode, ErrWrongCode, those of LoginInApp.
func (s *Service) VerifyMobile(ctx context.Context, in MobileCode) (Admission, error) {
	a, err := s.verifyMobile(ctx, in)
	if err != nil {
		return Admission{}, fmt.Errorf("identity: verify mobile: %w", err)
	}
	return a, nil
}

func (s *Service) verifyMobile(ctx context.Context, in MobileCode) (Admission, error) {
	v, policy, err := s.mobileStep(ctx, in, "try")
	if err != nil {
		return Admission{}, err
	}
	ok, err := s.codes.CheckCode(ctx, v.tenant, in.Mobile, in.Code)
	if err == nil && !ok {
		err = ErrWrongCode
	}
	if err == nil {
		err = s.use(ctx, v, ErrProof)
	}
	if err != nil {
		return Admission{}, err
	}
	who := v.visitor(in.Browser)
	account, err := s.settle(ctx, who, policy, in.Mobile)
	if err != nil {
		return Admission{}, err
	}
	return s.ticket(ctx, who, account)
}

// mobileStep opens the proof of a step and counts it.
func (s *Service) mobileStep(ctx context.Context, in MobileCode, step string) (voucher, Unbound, error) {
	if s.codes == nil {
		return voucher{}, "", ErrNoCodes
	}
	v, err := s.openProof(ctx, "", in.Proof, in.Browser)
	if err != nil {
		return voucher{}, "", err
	}
	settings, err := s.store.LoginSettings(ctx, v.tenant)
	switch {
	case err != nil:
		return voucher{}, "", err
	case settings.Unbound == UnboundDeny:
		return voucher{}, "", ErrUnbound
	}
	return v, settings.Unbound, s.count(ctx, v, in.Mobile, step)
}
