package identity

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// HomeRequest is an app's home page that somebody opens inside of the office
// app.
type HomeRequest struct {
	Provider provider.Kind
	// OrgID finds the tenant; "" goes by Tenant.
	OrgID  string
	Tenant tenant.ID
	// ReturnURL is where the person goes in the end, as that of BrowserLogin.
	ReturnURL string
}

// Home is what the home page needs to log the person in by LoginInApp.
type Home struct {
	App
	// Script gets the code.
	Script provider.CodeScript
	// ReturnURL is on the tenant's list.
	ReturnURL string
}

// Home finds out where a home page lets people in. Refusals:
// tenant.ErrNotConfigured, ErrUnknownOrg, ErrReturnURL; errors.Is
// provider.ErrUnsupported when the office app has no such login.
func (s *Service) Home(ctx context.Context, in HomeRequest) (Home, error) {
	h, err := s.home(ctx, in)
	if err != nil {
		return Home{}, fmt.Errorf("identity: home: %w", err)
	}
	return h, nil
}

func (s *Service) home(ctx context.Context, in HomeRequest) (h Home, err error) {
	if in.OrgID != "" {
		h.App, err = s.AppOfOrg(ctx, in.Provider, in.OrgID)
	} else {
		h.App, err = s.App(ctx, in.Tenant, in.Provider)
	}
	if err != nil {
		return Home{}, err
	}
	settings, err := s.store.LoginSettings(ctx, h.Tenant)
	if err != nil {
		return Home{}, err
	}
	if h.ReturnURL, err = settings.returnURL(in.ReturnURL); err != nil {
		return Home{}, err
	}
	conn, err := s.connector.Connect(ctx, h.Tenant, in.Provider)
	if err != nil {
		return Home{}, err
	}
	scripter, err := provider.As[provider.CodeScripter](conn.Provider)
	if err != nil {
		return Home{}, err
	}
	h.Script = scripter.CodeScript()
	return h, nil
}
