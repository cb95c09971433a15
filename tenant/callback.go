package tenant

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
)

// ConnectCallback returns the connection through an app by its id alone, for
// requests of the office app itself, which knows no tenants. It asks for no
// permission; what the request says must prove itself.
//
// Refusals: ErrAppNotFound, also for an app of another kind; ErrAppDisabled,
// ErrInvalidSettings as in Connect.
func (s *Service) ConnectCallback(ctx context.Context, kind provider.Kind, appID string) (Connection, error) {
	owner, err := s.store.AppOwner(ctx, appID)
	if err != nil {
		return Connection{}, fmt.Errorf("tenant: connect callback: %w", appMissing(err))
	}
	conn, err := s.ConnectApp(ctx, owner, appID)
	if err == nil && conn.App.Provider != kind {
		err = ErrAppNotFound
	}
	if err != nil {
		return Connection{}, err
	}
	return conn, nil
}
