package tenant

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Mask is what is shown in the place of a secret that is set. Written back it
// means unchanged.
const Mask = "******"

// AppInput is a new connection to an office app.
type AppInput struct {
	Provider provider.Kind
	// Enabled: the tenant's work goes through this app.
	Enabled bool
	// Settings are the values by provider.Setting.Name, secrets in clear among
	// them. White space around a value is cut; "" is the same as absent, and so
	// is Mask for a secret.
	Settings map[string]string
}

// AppChange is a change of a connection; nil means unchanged.
type AppChange struct {
	// Expected is the version that the change builds on: of an app that is at
	// another one nothing is changed. nil is whatever version it is at.
	Expected *int64
	Enabled  *bool
	// Settings are the values to change, by provider.Setting.Name. A name that
	// is absent is unchanged, and so is a secret whose value is Mask. "" takes
	// the value away, which is refused where it is required.
	Settings map[string]string
}

// AppView is an app connection as it may be shown.
type AppView struct {
	ID       string
	Tenant   ID
	Provider provider.Kind
	Enabled  bool
	// Version grows by one with every change.
	Version int64
	// Settings are the values that are set, by provider.Setting.Name; each
	// secret among them is Mask. The caller owns the map.
	Settings  map[string]string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// What is entered has secrets in it in clear: printed or logged, neither shows
// its settings.

// String implements fmt.Stringer.
func (in AppInput) String() string { return "new app of " + string(in.Provider) }

// GoString implements fmt.GoStringer.
func (in AppInput) GoString() string { return in.String() }

// LogValue implements slog.LogValuer.
func (in AppInput) LogValue() slog.Value { return slog.StringValue(in.String()) }

// String implements fmt.Stringer.
func (AppChange) String() string { return "change of an app" }

// GoString implements fmt.GoStringer.
func (c AppChange) GoString() string { return c.String() }

// LogValue implements slog.LogValuer.
func (c AppChange) LogValue() slog.Value { return slog.StringValue(c.String()) }

func view(a App) AppView {
	v := AppView{
		ID: a.ID, Tenant: a.Tenant, Provider: a.Provider, Enabled: a.Enabled, Version: a.Version,
		Settings:  make(map[string]string, len(a.Values)+len(a.Secrets)),
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
	for name, value := range a.Values {
		v.Settings[name] = value
	}
	for name := range a.Secrets {
		v.Settings[name] = Mask
	}
	return v
}

// App returns one of the tenant's apps. It needs ActionRead on ObjectConfig.
// Refusal: ErrAppNotFound.
func (s *Service) App(ctx context.Context, t ID, id string) (AppView, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return AppView{}, err
	}
	a, err := s.store.App(ctx, t, id)
	if err != nil {
		return AppView{}, fmt.Errorf("tenant: app: %w", appMissing(err))
	}
	return view(a), nil
}

// Apps returns the tenant's apps of a provider, oldest first; "" is every
// provider. It needs ActionRead on ObjectConfig.
func (s *Service) Apps(ctx context.Context, t ID, kind provider.Kind) ([]AppView, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return nil, err
	}
	apps, err := s.store.Apps(ctx, t, kind)
	if err != nil {
		return nil, fmt.Errorf("tenant: apps: %w", err)
	}
	views := make([]AppView, len(apps))
	for i, a := range apps {
		views[i] = view(a)
	}
	return views, nil
}

// AppFor returns the tenant's app of a provider: the enabled one, else the
// newest. It needs ActionRead on ObjectConfig. Refusal: ErrAppNotFound.
func (s *Service) AppFor(ctx context.Context, t ID, kind provider.Kind) (AppView, error) {
	views, err := s.Apps(ctx, t, kind)
	if err != nil {
		return AppView{}, err
	}
	if len(views) == 0 {
		return AppView{}, fmt.Errorf("tenant: app: %w", ErrAppNotFound)
	}
	for _, v := range views {
		if v.Enabled {
			return v, nil
		}
	}
	return views[len(views)-1], nil
}

// EnabledKinds returns the providers of which the tenant has an enabled app, in
// the registry's order. It needs an actor and no permission: front ends ask for
// everybody, to know which buttons to show. Whether the actor belongs to the
// tenant is the caller's to find out ([Service.Enter]). Refusal: ErrNoActor.
func (s *Service) EnabledKinds(ctx context.Context, t ID) ([]provider.Kind, error) {
	if _, ok := ActorFrom(ctx); !ok {
		return nil, fmt.Errorf("tenant: enabled kinds: %w", ErrNoActor)
	}
	apps, err := s.store.Apps(ctx, t, "")
	if err != nil {
		return nil, fmt.Errorf("tenant: enabled kinds: %w", err)
	}
	enabled := make(map[provider.Kind]bool)
	for _, a := range apps {
		enabled[a.Provider] = enabled[a.Provider] || a.Enabled
	}
	var kinds []provider.Kind
	for _, f := range s.registry.Factories() {
		if enabled[f.Kind()] {
			kinds = append(kinds, f.Kind())
		}
	}
	return kinds, nil
}

func (s *Service) mayRead(ctx context.Context, t ID) error {
	if _, err := Authorize(ctx, s.authz, t, ObjectConfig, ActionRead); err != nil {
		return fmt.Errorf("tenant: read apps: %w", err)
	}
	return nil
}
