package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Mode is how a login in a browser ends. It is kept in the state; this package
// does nothing else with it.
type Mode string

// Admission is somebody who was let in: what comes of it is a ticket, to be
// exchanged soon.
type Admission struct {
	Tenant   tenant.ID
	Provider provider.Kind
	Ticket   provider.Secret
	// Account is whose ticket it is.
	Account Account
}

// InAppLogin is the login of a page inside of the office app.
type InAppLogin struct {
	Tenant   tenant.ID
	Provider provider.Kind
	// Code is what the page got from the office app.
	Code provider.Secret
	// Browser is the secret of the browser that exchanges the ticket.
	Browser provider.Secret
}

// LoginInApp finds out whose code it is, and lets them in.
//
// Refusals: tenant.ErrNotConfigured; those of an office app; ErrUnbound,
// ErrSuspended, ErrDisabled, ErrPending, ErrLeft, ErrStranger, ErrAccountBound.
func (s *Service) LoginInApp(ctx context.Context, in InAppLogin) (Admission, error) {
	a, err := s.loginInApp(ctx, in)
	if err != nil {
		return Admission{}, fmt.Errorf("identity: login in app: %w", err)
	}
	return a, nil
}

func (s *Service) loginInApp(ctx context.Context, in InAppLogin) (_ Admission, err error) {
	conn, flow, err := s.login(ctx, in.Tenant, in.Provider)
	defer func() { s.cfg.Metrics.countFailure(conn.App.Provider, err) }()
	if err != nil {
		return Admission{}, err
	}
	who, err := flow.InAppIdentity(ctx, in.Code)
	if err != nil {
		return Admission{}, err
	}
	return s.admit(ctx, conn, who, in.Browser)
}

// BrowserLogin is a login that begins in a browser.
type BrowserLogin struct {
	Tenant   tenant.ID
	Provider provider.Kind
	// ReturnURL is where the person goes in the end; it must be on the tenant's
	// list. "" is the only one on it.
	ReturnURL string
	// RedirectURL is where the office app sends the person back: the caller's
	// own address, which calls Finish.
	RedirectURL string
	Mode        Mode
	Browser     provider.Secret
	// Inside is true when the browser is the office app's own.
	Inside bool
}

// Begin returns the page of the office app on which the person says who they
// are.
//
// Refusals: tenant.ErrNotConfigured, ErrReturnURL; errors.Is
// provider.ErrUnsupported when the office app has no such login.
func (s *Service) Begin(ctx context.Context, in BrowserLogin) (string, error) {
	page, err := s.begin(ctx, in)
	if err != nil {
		return "", fmt.Errorf("identity: begin login: %w", err)
	}
	return page, nil
}

func (s *Service) begin(ctx context.Context, in BrowserLogin) (string, error) {
	_, flow, err := s.login(ctx, in.Tenant, in.Provider)
	if err != nil {
		return "", err
	}
	settings, err := s.store.LoginSettings(ctx, in.Tenant)
	if err != nil {
		return "", err
	}
	back, err := settings.returnURL(in.ReturnURL)
	if err != nil {
		return "", err
	}
	verifier := rand.Text() + rand.Text() // 43 characters at least (RFC 7636, section 4.1)
	state, err := s.seal(ctx, forState, voucher{
		tenant: in.Tenant, Provider: in.Provider, Mode: in.Mode, ReturnURL: back, RedirectURL: in.RedirectURL,
		Verifier: verifier,
	}, in.Browser, s.cfg.StateTTL)
	if err != nil {
		return "", err
	}
	challenge := sha256.Sum256([]byte(verifier))
	return flow.AuthorizeURL(provider.AuthorizeRequest{
		RedirectURL: in.RedirectURL, State: state.Reveal(), Challenge: base64.RawURLEncoding.EncodeToString(challenge[:]),
		Inside: in.Inside,
	})
}

// Returned is somebody whom the office app sent back.
type Returned struct {
	Provider provider.Kind
	State    provider.Secret
	// Code is zero when they declined.
	Code    provider.Secret
	Browser provider.Secret
}

// Finished is a login that began in a browser. What comes of it is in the
// Admission, unless Finish returns an error.
type Finished struct {
	Admission
	// ReturnURL and Mode are those of the BrowserLogin; "" when the state was
	// not good.
	ReturnURL string
	Mode      Mode
}

// Finish ends a login that Begin began. With the state of a tenant the result
// says where it was to go also when there is an error.
//
// Refusals: ErrState, ErrDeclined; those of LoginInApp.
func (s *Service) Finish(ctx context.Context, in Returned) (Finished, error) {
	v, err := s.open(ctx, forState, in.State, in.Browser)
	if err == nil && v.Provider != in.Provider {
		err = errors.New("of another provider")
	}
	if err != nil {
		err = ErrState.WithCause(err)
		s.cfg.Metrics.countFailure("", err)
		return Finished{}, fmt.Errorf("identity: finish login: %w", err)
	}
	f := Finished{Admission: Admission{Tenant: v.tenant, Provider: v.Provider}, ReturnURL: v.ReturnURL, Mode: v.Mode}
	if f.Admission, err = s.finish(ctx, v, in); err != nil {
		s.cfg.Metrics.countFailure(v.Provider, err)
		f.Admission = Admission{Tenant: v.tenant, Provider: v.Provider}
		return f, fmt.Errorf("identity: finish login: %w", err)
	}
	return f, nil
}

func (s *Service) finish(ctx context.Context, v voucher, in Returned) (Admission, error) {
	if err := s.use(ctx, v, ErrState); err != nil {
		return Admission{}, err
	}
	if in.Code.IsZero() {
		return Admission{}, ErrDeclined
	}
	conn, flow, err := s.login(ctx, v.tenant, v.Provider)
	if err != nil {
		return Admission{}, err
	}
	who, err := flow.BrowserIdentity(ctx, provider.BrowserCode{
		Code: in.Code, RedirectURL: v.RedirectURL, Verifier: provider.NewSecret(v.Verifier),
	})
	if err != nil {
		return Admission{}, err
	}
	return s.admit(ctx, conn, who, in.Browser)
}
