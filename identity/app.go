package identity

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// App is what a login page needs to know of a tenant's connection. All of it is
// public: the office app shows it to every page.
type App struct {
	Tenant   tenant.ID
	Provider provider.Kind
	OrgID    string
	ClientID string
	AgentID  string
}

// App returns the tenant's connection. Refusal: tenant.ErrNotConfigured.
func (s *Service) App(ctx context.Context, t tenant.ID, kind provider.Kind) (App, error) {
	conn, _, err := s.login(ctx, t, kind)
	if err != nil {
		return App{}, fmt.Errorf("identity: app: %w", err)
	}
	return App{
		Tenant: t, Provider: kind, OrgID: conn.App.OrgID(),
		ClientID: conn.App.Values[provider.SettingClientID], AgentID: conn.App.Values[provider.SettingAgentID],
	}, nil
}

// AppOfOrg is App of the one tenant that is connected to an organisation: the
// office app puts its id into the address of an app's home page. Refusal:
// ErrUnknownOrg when there is none, or more than one.
func (s *Service) AppOfOrg(ctx context.Context, kind provider.Kind, orgID string) (App, error) {
	tenants, err := s.store.TenantsOf(ctx, kind, orgID, 2)
	if err == nil && len(tenants) != 1 {
		err = ErrUnknownOrg
	}
	if err != nil {
		return App{}, fmt.Errorf("identity: app of organisation: %w", err)
	}
	return s.App(ctx, tenants[0], kind)
}

// ReturnURLFor returns the entry of the tenant's list that is of the same origin
// as an address, such as the page that opened a login; without an address the
// first entry, if all are of one origin. Refusal: ErrReturnURL.
func (s *Service) ReturnURLFor(ctx context.Context, t tenant.ID, address string) (string, error) {
	settings, err := s.store.LoginSettings(ctx, t)
	if err != nil {
		return "", fmt.Errorf("identity: return url: %w", err)
	}
	entry, ok := settings.entryFor(address)
	if !ok {
		return "", fmt.Errorf("identity: return url: %w", ErrReturnURL)
	}
	return entry, nil
}

// SignPage signs a page of the tenant for the office app's script. The actor
// must be somebody; the page must be on the tenant's list of return addresses.
// Refusals: tenant.ErrNoActor, ErrPageURL, tenant.ErrNotConfigured; those of an
// office app.
func (s *Service) SignPage(ctx context.Context, t tenant.ID, kind provider.Kind, pageURL string) (provider.PageSignature, error) {
	sig, err := s.signPage(ctx, t, kind, pageURL)
	if err != nil {
		return provider.PageSignature{}, fmt.Errorf("identity: sign page: %w", err)
	}
	return sig, nil
}

func (s *Service) signPage(ctx context.Context, t tenant.ID, kind provider.Kind, pageURL string) (provider.PageSignature, error) {
	if _, ok := tenant.ActorFrom(ctx); !ok {
		return provider.PageSignature{}, tenant.ErrNoActor
	}
	settings, err := s.store.LoginSettings(ctx, t)
	if err != nil {
		return provider.PageSignature{}, err
	}
	page, _ := cutFragment(pageURL)
	if !settings.allows(page) {
		return provider.PageSignature{}, ErrPageURL
	}
	conn, err := s.connector.Connect(ctx, t, kind)
	if err != nil {
		return provider.PageSignature{}, err
	}
	signer, err := provider.As[provider.PageSigner](conn.Provider)
	if err != nil {
		return provider.PageSignature{}, err
	}
	return signer.SignPage(ctx, page)
}

// CheckReturnURL reports whether an address is on the tenant's list: ErrReturnURL
// when it is not.
func (s *Service) CheckReturnURL(ctx context.Context, t tenant.ID, address string) error {
	settings, err := s.store.LoginSettings(ctx, t)
	if err == nil && !settings.allows(address) {
		err = ErrReturnURL
	}
	if err != nil {
		return fmt.Errorf("identity: return url: %w", err)
	}
	return nil
}
