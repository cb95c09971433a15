package tenant

import (
	"context"
	"errors"

	"github.com/thirdapp/thirdapp/provider"
)

// updateTries is how often an update starts again because somebody else changed
// the app in between.
const updateTries = 5

// CreateApp connects an office app. It needs ActionWrite on ObjectConfig.
//
// Refusals: ErrAppExists when the tenant has an enabled app of the provider,
// whether or not the new one is to be enabled; ErrAppKeyExists when the same
// app of the provider is connected in any tenant; ErrInvalidSettings; an invalid
// tenant id, such as Platform.
func (s *Service) CreateApp(ctx context.Context, t ID, in AppInput) (AppView, error) {
	var created App
	op := Operation{Tenant: t, Need: Permission{ObjectConfig, ActionWrite}, Action: "app.create"}
	err := s.administer(ctx, op, func(ctx context.Context, row *AuditEntry) error {
		app, err := s.newApp(ctx, t, in)
		if err != nil {
			return err
		}
		if err := s.refuseSecondApp(ctx, t, in.Provider); err != nil {
			return err
		}
		row.Target, row.After = app.ID, recordOf(app, allSecrets(app))
		created = app
		return s.trail.Commit(ctx, row, func(ctx context.Context) error {
			return appConflict(s.store.CreateApp(ctx, app))
		})
	})
	if err != nil {
		return AppView{}, err
	}
	s.forget(created)
	return view(created), nil
}

// newApp checks what was entered and returns it as an App with sealed secrets.
func (s *Service) newApp(ctx context.Context, t ID, in AppInput) (App, error) {
	if _, err := ParseID(string(t)); err != nil {
		return App{}, err
	}
	f, err := s.factory(in.Provider)
	if err != nil {
		return App{}, err
	}
	id, err := newID()
	if err != nil {
		return App{}, err
	}
	now := s.now()
	app := App{
		ID: id, Tenant: t, Provider: in.Provider, Enabled: in.Enabled, Version: 1,
		CreatedAt: now, UpdatedAt: now,
	}
	return s.fill(ctx, app, f, merge(f.Settings(), provider.Settings{}, in.Settings))
}

// fill puts valid settings into an app, or says what is wrong with them.
func (s *Service) fill(ctx context.Context, a App, f provider.Factory, settings provider.Settings) (App, error) {
	if err := provider.CheckSettings(f.Settings(), settings); err != nil {
		return App{}, errInvalidSettings(err)
	}
	sealed, err := s.seal(ctx, a.Tenant, a.ID, settings.Secrets)
	if err != nil {
		return App{}, err
	}
	a.Identity, a.Values, a.Secrets = f.Identity(settings), settings.Values, sealed
	return a, nil
}

// refuseSecondApp refuses when the tenant has an enabled app of the provider.
// The store's constraint decides between two that come at the same time.
func (s *Service) refuseSecondApp(ctx context.Context, t ID, kind provider.Kind) error {
	_, _, err := s.store.AppVersion(ctx, t, kind)
	switch {
	case err == nil:
		return ErrAppExists
	case errors.Is(err, ErrNotFound):
		return nil
	}
	return err
}

// UpdateApp changes an app and seals all its secrets with the current key. It
// needs ActionWrite on ObjectConfig.
//
// Refusals: ErrAppNotFound; ErrAppChanged when the app is not at the version
// expected; ErrAppExists when the app is to be enabled beside another enabled
// one; ErrAppKeyExists; ErrInvalidSettings.
func (s *Service) UpdateApp(ctx context.Context, t ID, id string, change AppChange) (AppView, error) {
	var updated App
	op := Operation{Tenant: t, Need: Permission{ObjectConfig, ActionWrite}, Action: "app.update", Target: id}
	err := s.administer(ctx, op, func(ctx context.Context, row *AuditEntry) error {
		var err error
		for range updateTries {
			updated, err = s.updateOnce(ctx, t, id, change, row)
			if !isVersionConflict(err) {
				return err
			}
		}
		return errChangedMeanwhile(err)
	})
	if err != nil {
		return AppView{}, err
	}
	s.forget(updated)
	return view(updated), nil
}

func isVersionConflict(err error) bool {
	var conflict *ConflictError
	var refusal *Error
	return errors.As(err, &conflict) && !errors.As(err, &refusal) && conflict.Key == "version"
}

// updateOnce reads the app, changes it and stores it if nobody else did.
func (s *Service) updateOnce(
	ctx context.Context, t ID, id string, change AppChange, row *AuditEntry,
) (App, error) {
	old, err := s.store.App(ctx, t, id)
	if err != nil {
		return App{}, appMissing(err)
	}
	if change.Expected != nil && *change.Expected != old.Version {
		return App{}, ErrAppChanged
	}
	next, changed, err := s.changed(ctx, old, change)
	if err != nil {
		return App{}, err
	}
	row.Before, row.After = recordOf(old, nil), recordOf(next, changed)
	err = s.trail.Commit(ctx, row, func(ctx context.Context) error {
		return appMissing(appConflict(s.store.UpdateApp(ctx, next)))
	})
	return next, err
}

// changed returns the next version of an app and the names of the secrets in
// which it differs.
func (s *Service) changed(ctx context.Context, old App, change AppChange) (App, map[string]bool, error) {
	f, err := s.factory(old.Provider)
	if err != nil {
		return App{}, nil, err
	}
	before, err := s.unseal(ctx, old, func(name string) bool {
		v, entered := change.Settings[name]
		return entered && replaces(v)
	})
	if err != nil {
		return App{}, nil, err
	}
	after := merge(f.Settings(), before, change.Settings)
	next := old
	next.Version, next.UpdatedAt = old.Version+1, s.now()
	if change.Enabled != nil {
		next.Enabled = *change.Enabled
	}
	next, err = s.fill(ctx, next, f, after)
	if err != nil {
		return App{}, nil, err
	}
	return next, changedSecrets(old.Secrets, before.Secrets, after.Secrets), nil
}

// DeleteApp removes an app with its secrets; who is who at the office app stays
// known. It needs ActionWrite on ObjectConfig. Refusal: ErrAppNotFound.
func (s *Service) DeleteApp(ctx context.Context, t ID, id string) error {
	var deleted App
	op := Operation{Tenant: t, Need: Permission{ObjectConfig, ActionWrite}, Action: "app.delete", Target: id}
	err := s.administer(ctx, op, func(ctx context.Context, row *AuditEntry) error {
		var err error
		if deleted, err = s.store.App(ctx, t, id); err != nil {
			return appMissing(err)
		}
		row.Before = recordOf(deleted, nil)
		return s.trail.Commit(ctx, row, func(ctx context.Context) error {
			return appMissing(s.store.DeleteApp(ctx, t, id))
		})
	})
	if err != nil {
		return err
	}
	s.forget(deleted)
	return nil
}
