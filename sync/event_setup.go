package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	auditRegister   = "sync.events.register"
	auditUnregister = "sync.events.unregister"
)

// EventSetup is what an administrator has to know to get events.
type EventSetup struct {
	// Mode is how the app's settings have events come: provider.EventModeNone,
	// EventModeCallback or EventModeStream.
	Mode string
	// Callback and Stream are true when the office app can send its events to
	// an address, or over a connection that this side opens.
	Callback, Stream bool
	// StreamState is how that connection is doing; zero unless Mode is stream.
	// While no process holds it, Failure says what to do.
	StreamState StreamState
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
	setup := EventSetup{
		Mode:     cmp.Or(conn.App.Values[provider.SettingEventMode], provider.EventModeNone),
		Callback: can[provider.EventDecoder](conn), Stream: can[provider.EventStreamer](conn),
	}
	if setup.State, err = s.store.EventState(ctx, t, appID); err != nil {
		return EventSetup{}, fmt.Errorf("sync: event setup: %w", err)
	}
	if setup.Mode == provider.EventModeStream {
		state, err := s.store.StreamState(ctx, t, appID)
		if err != nil {
			return EventSetup{}, fmt.Errorf("sync: event setup: %w", err)
		}
		setup.StreamState = state.live(s.now())
		if setup.StreamState.Holder == "" {
			setup.StreamState.Failure, setup.StreamState.FailedAt = failureOf(errStreamNotHeld()), time.Time{}
		}
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

func can[T any](conn tenant.Connection) bool {
	_, err := provider.As[T](conn.Provider)
	return err == nil
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
	op := tenant.Operation{
		Tenant: t, Need: tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionWrite},
		Action: action, Target: appID,
	}
	return s.trail.Do(ctx, op, func(ctx context.Context, row *tenant.AuditEntry) error {
		return s.askCallback(ctx, row, appID, address, change)
	})
}

func (s *Service) askCallback(
	ctx context.Context, row *tenant.AuditEntry, appID, address string,
	change func(context.Context, provider.CallbackRegistrar) error,
) error {
	conn, err := s.conns.ConnectApp(ctx, row.Tenant, appID)
	if err != nil {
		return fmt.Errorf("sync: callback: %w", err)
	}
	registrar, err := provider.As[provider.CallbackRegistrar](conn.Provider)
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
	if err := s.store.AppendAudit(ctx, *row); err != nil {
		return fmt.Errorf("sync: audit: %w", err)
	}
	return nil
}

func errCallbackAddress(address string) *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "callback_address",
		fmt.Sprintf("回调地址%q无效，须为https开头的完整地址", address),
		fmt.Sprintf("callback address %q: want a complete address that begins with https", address)).WithField("url")
}
