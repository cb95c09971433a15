package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	auditRegister   = "sync.events.register"
	auditUnregister = "sync.events.unregister"
)

// EventSetup is what an administrator has to know to get events.
type EventSetup struct {
	// Callback is true when the office app can send its events to an address.
	// Streams, over a connection that this side opens, are not followed here.
	Callback bool
	// Registrable is true when the address can be registered from here.
	Registrable bool
	// Registration is what the office app has; zero where it cannot tell.
	Registration provider.CallbackRegistration
	// RegistrationFailure is why the office app could not be asked; nil mostly.
	RegistrationFailure *Failure
	// Guide are the steps to take in the office app's console.
	Guide []provider.Text
	State EventState
}

// EventSetup returns how the events of an app come in, and what is to be done
// to have them come. address is that of callbacks. It needs config.read.
//
// Refusals: tenant.ErrAppNotFound, tenant.ErrAppDisabled.
func (s *Service) EventSetup(ctx context.Context, t tenant.ID, appID, address string) (EventSetup, error) {
	if _, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectConfig, tenant.ActionRead); err != nil {
		return EventSetup{}, err
	}
	conn, err := s.conns.ConnectApp(ctx, t, appID)
	if err != nil {
		return EventSetup{}, fmt.Errorf("sync: event setup: %w", err)
	}
	setup := EventSetup{}
	_, err = provider.As[provider.EventDecoder](conn.Provider)
	setup.Callback = err == nil
	if setup.State, err = s.store.EventState(ctx, t, appID); err != nil {
		return EventSetup{}, fmt.Errorf("sync: event setup: %w", err)
	}
	if guide, err := provider.As[provider.EventGuide](conn.Provider); err == nil {
		setup.Guide = guide.EventGuide(address)
	}
	if registrar, err := provider.As[provider.CallbackRegistrar](conn.Provider); err == nil {
		setup.Registrable = true
		ctx, cancel := context.WithTimeout(ctx, s.cfg.CallTimeout)
		defer cancel()
		if setup.Registration, err = registrar.CallbackRegistration(ctx); err != nil {
			setup.RegistrationFailure = failureOf(err)
		}
	}
	return setup, nil
}

// RegisterCallback makes address the one that the office app tells an app of
// events at. It is an absolute https address, or http for a trial. It needs
// config.write.
//
// Refusals: an address of another form; provider.ErrUnsupported where it has to
// be entered in the office app's console; what the office app answered, a
// *provider.Error.
func (s *Service) RegisterCallback(ctx context.Context, t tenant.ID, appID, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || len(address) > 1024 ||
		strings.ContainsAny(address, " \t\r\n") {
		return errCallbackAddress(address)
	}
	return s.changeCallback(ctx, t, appID, auditRegister, address, func(ctx context.Context, r provider.CallbackRegistrar) error {
		return r.RegisterCallback(ctx, address)
	})
}

// UnregisterCallback has the office app tell an app of no more events. It needs
// config.write.
func (s *Service) UnregisterCallback(ctx context.Context, t tenant.ID, appID string) error {
	return s.changeCallback(ctx, t, appID, auditUnregister, "", func(ctx context.Context, r provider.CallbackRegistrar) error {
		return r.UnregisterCallback(ctx)
	})
}

func (s *Service) changeCallback(
	ctx context.Context, t tenant.ID, appID, action, address string,
	change func(context.Context, provider.CallbackRegistrar) error,
) error {
	err := s.askCallback(ctx, t, appID, action, address, change)
	if err != nil {
		s.recordRefusal(ctx, action, Run{Tenant: t, ID: appID}, err)
	}
	return err
}

func (s *Service) askCallback(
	ctx context.Context, t tenant.ID, appID, action, address string,
	change func(context.Context, provider.CallbackRegistrar) error,
) error {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectConfig, tenant.ActionWrite)
	if err != nil {
		return err
	}
	conn, err := s.conns.ConnectApp(ctx, t, appID)
	if err != nil {
		return fmt.Errorf("sync: callback: %w", err)
	}
	registrar, err := provider.As[provider.CallbackRegistrar](conn.Provider)
	if err != nil {
		return err
	}
	row, err := s.auditRow(actor, t, action, appID)
	if err != nil {
		return err
	}
	if row.After, err = json.Marshal(map[string]string{"url": address}); err != nil {
		return fmt.Errorf("sync: callback: %w", err)
	}
	call, cancel := context.WithTimeout(ctx, s.cfg.CallTimeout)
	defer cancel()
	if err := change(call, registrar); err != nil {
		return fmt.Errorf("sync: callback: %w", err)
	}
	if err := s.audit.AppendAudit(ctx, row); err != nil {
		return fmt.Errorf("sync: audit: %w", err)
	}
	return nil
}

func errCallbackAddress(address string) *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "callback_address",
		fmt.Sprintf("回调地址%q无效，须为https开头的完整地址", address),
		fmt.Sprintf("callback address %q: want a complete address that begins with https", address)).WithField("url")
}
