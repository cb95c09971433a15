package tenant

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/singleflight"

	"github.com/thirdapp/thirdapp/provider"
)

// Connection is an open connection to the office app of a tenant. It is for the
// work at hand: ask again for the next piece, since the Provider is closed some
// time after it was replaced (Config.CloseAfter). Do not close it yourself.
type Connection struct {
	// App is what the Provider was opened from, without the secrets. Its maps
	// are shared and only to be read.
	App      App
	Provider provider.Provider
}

// Connect returns the connection through the tenant's enabled app of a
// provider. It asks for no permission: that is the caller's to do. Within
// Config.VersionCheck of the last call it costs a look into a map; the
// Provider itself is opened on first use. Call it outside of a transaction that
// changes the app.
//
// Refusals: ErrNotConfigured; an unknown provider; ErrInvalidSettings when the
// stored settings are not valid any more.
func (s *Service) Connect(ctx context.Context, t ID, kind provider.Kind) (Connection, error) {
	k := kindKey{t, kind}
	if conn, ok := s.cache.enabled(k); ok {
		return conn, nil
	}
	conn, err := join(ctx, &s.lookups, k.flight(), func() (Connection, error) {
		return s.lookUp(ctx, k)
	})
	if err != nil {
		return Connection{}, fmt.Errorf("tenant: connect: %w", err)
	}
	return conn, nil
}

// lookUp asks the store which app is enabled and opens it if need be.
func (s *Service) lookUp(ctx context.Context, k kindKey) (Connection, error) {
	f, err := s.factory(k.kind)
	if err != nil {
		return Connection{}, err
	}
	at := s.cache.begin()
	defer s.closeDue(ctx)
	id, version, err := s.store.AppVersion(ctx, k.tenant, k.kind)
	if errors.Is(err, ErrNotFound) {
		s.cache.drop(k)
		return Connection{}, errNotConfigured(f, err)
	}
	if err != nil {
		return Connection{}, err
	}
	if conn, ok := s.cache.confirm(appKey{k.tenant, id}, version, at); ok {
		return conn, nil
	}
	app, err := s.store.App(ctx, k.tenant, id)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && !app.Enabled: // changed since
		return Connection{}, errNotConfigured(f, err)
	case err != nil:
		return Connection{}, err
	}
	return s.open(ctx, app, f, at)
}

// ConnectApp returns the connection through one app, for work that belongs to
// it whatever app the tenant uses by now. It asks for no permission.
//
// Refusals: ErrAppNotFound, ErrAppDisabled, ErrInvalidSettings as in Connect.
func (s *Service) ConnectApp(ctx context.Context, t ID, appID string) (Connection, error) {
	k := appKey{t, appID}
	conn, fresh, known := s.cache.app(k)
	if fresh {
		return conn, nil
	}
	if known {
		// It was the enabled one; that it still is costs one small row.
		conn, err := s.Connect(ctx, t, conn.App.Provider)
		switch {
		case err == nil && conn.App.ID == appID:
			return conn, nil
		case err != nil && !errors.Is(err, ErrNotConfigured):
			return Connection{}, err
		}
	}
	at := s.cache.begin()
	app, f, err := s.stored(ctx, t, appID)
	if err == nil && !app.Enabled {
		err = ErrAppDisabled
	}
	if err == nil {
		conn, err = s.open(ctx, app, f, at)
	}
	if err != nil {
		return Connection{}, fmt.Errorf("tenant: connect app: %w", err)
	}
	return conn, nil
}

// OpenApp is as ConnectApp, with a Provider of the caller's own, for work that
// lasts, such as a stream of events: it stays as it was opened when the app is
// changed or disabled, and the caller closes it.
func (s *Service) OpenApp(ctx context.Context, t ID, appID string) (Connection, error) {
	app, f, err := s.stored(ctx, t, appID)
	if err == nil && !app.Enabled {
		err = ErrAppDisabled
	}
	var p provider.Provider
	if err == nil {
		p, err = s.openProvider(ctx, app, f)
	}
	if err != nil {
		return Connection{}, fmt.Errorf("tenant: open app: %w", err)
	}
	app.Secrets = nil
	return Connection{App: app, Provider: p}, nil
}

// Verify asks the office app with the stored credentials, whether or not the
// app is enabled, on a connection of its own: what it reports owes nothing to
// an access token from before. It needs ActionRead on ObjectConfig.
//
// Refusals: ErrAppNotFound; errors.Is provider.ErrUnsupported when the provider
// cannot tell; what the office app answered, a *provider.Error.
func (s *Service) Verify(ctx context.Context, t ID, appID string) (provider.VerifyReport, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return provider.VerifyReport{}, err
	}
	report, err := s.verify(ctx, t, appID)
	if err != nil {
		return provider.VerifyReport{}, fmt.Errorf("tenant: verify: %w", err)
	}
	return report, nil
}

func (s *Service) verify(ctx context.Context, t ID, appID string) (provider.VerifyReport, error) {
	app, f, err := s.stored(ctx, t, appID)
	if err != nil {
		return provider.VerifyReport{}, err
	}
	p, err := s.openProvider(ctx, app, f)
	if err != nil {
		return provider.VerifyReport{}, err
	}
	defer s.closeProvider(ctx, p, app)
	verifier, err := provider.As[provider.Verifier](p)
	if err != nil {
		return provider.VerifyReport{}, err
	}
	return verifier.Verify(ctx)
}

func (s *Service) stored(ctx context.Context, t ID, appID string) (App, provider.Factory, error) {
	app, err := s.store.App(ctx, t, appID)
	if err != nil {
		return App{}, nil, appMissing(err)
	}
	f, err := s.factory(app.Provider)
	return app, f, err
}

// open returns the cached connection of this version of an app, opened now
// unless it is there.
func (s *Service) open(ctx context.Context, app App, f provider.Factory, at moment) (Connection, error) {
	k := appKey{app.Tenant, app.ID}
	return join(ctx, &s.openings, k.flight(app.Version), func() (Connection, error) {
		if conn, ok := s.cache.confirm(k, app.Version, at); ok {
			return conn, nil
		}
		p, err := s.openProvider(ctx, app, f)
		if err != nil {
			return Connection{}, err
		}
		app.Secrets = nil
		conn, kept, err := s.cache.add(Connection{App: app, Provider: p}, at)
		if !kept { // shutting down, or a newer one is there
			s.closeProvider(ctx, p, app)
		}
		return conn, err
	})
}

// openProvider opens a Provider of its own for an app.
func (s *Service) openProvider(ctx context.Context, app App, f provider.Factory) (provider.Provider, error) {
	settings, err := s.unseal(ctx, app, nil)
	if err != nil {
		return nil, err
	}
	// They were valid when they were stored, perhaps by an older version of
	// the provider.
	if err := provider.CheckSettings(f.Settings(), settings); err != nil {
		return nil, errInvalidSettings(err)
	}
	return f.Open(ctx, settings, s.cfg.Environment)
}

// closeDue closes the Providers that were replaced long enough ago.
func (s *Service) closeDue(ctx context.Context) {
	for _, c := range s.cache.due() {
		s.closeProvider(ctx, c.Provider, c.App)
	}
}

func (s *Service) closeProvider(ctx context.Context, p provider.Provider, app App) {
	if err := p.Close(); err != nil {
		s.cfg.Logger.WarnContext(ctx, "provider not closed cleanly",
			"tenant", app.Tenant, "provider", app.Provider, "code", provider.CodeOf(err).String(), "error", err)
	}
}

// forget makes a change of an app by this Service visible to every call that
// begins from now on.
func (s *Service) forget(a App) {
	s.cache.forget(appKey{a.Tenant, a.ID})
	s.lookups.Forget(kindKey{a.Tenant, a.Provider}.flight())
	s.watchers.tell(a)
}

// join runs fn once for all callers of a key that come while it runs. A caller
// whose flight failed because the context of the one in front ended flies
// again on its own.
func join[T any](ctx context.Context, g *singleflight.Group, key string, fn func() (T, error)) (T, error) {
	for {
		mine := false
		v, err, _ := g.Do(key, func() (any, error) {
			mine = true
			return fn()
		})
		ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
		if !mine && ended && ctx.Err() == nil {
			continue
		}
		t, _ := v.(T)
		return t, err
	}
}
