package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// AddSession remembers a session that came out of a login to a tenant; it is
// meant for jwtauth.Sessions.
func (s *Store) AddSession(ctx context.Context, t tenant.ID, userID, id string, created, expires time.Time) error {
	err := checkText(userID, id)
	if err == nil {
		_, err = s.exec(ctx, `INSERT INTO thirdapp_login_sessions (tenant_id, user_id, id, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5)`, string(t), userID, id, s.timeArg(created), s.timeArg(expires))
	}
	if err != nil {
		return fmt.Errorf("bunstore: add session: %w", storeError(err))
	}
	return nil
}

// HasSession reports whether a session was added and has not been removed or
// expired.
func (s *Store) HasSession(ctx context.Context, t tenant.ID, userID, id string, now time.Time) (bool, error) {
	err := checkText(userID, id)
	var found bool
	if err == nil {
		found, err = s.idb(ctx).NewSelect().Table("thirdapp_login_sessions").
			Where("tenant_id = ? AND user_id = ? AND id = ? AND expires_at > ?", t, userID, id, stored(now)).Exists(ctx)
	}
	if err != nil {
		return false, fmt.Errorf("bunstore: has session: %w", storeError(err))
	}
	return found, nil
}

// RemoveSessions removes the sessions of a user in a tenant that were created
// before a time.
func (s *Store) RemoveSessions(ctx context.Context, t tenant.ID, userID string, before time.Time) error {
	err := checkText(userID)
	if err == nil {
		_, err = s.idb(ctx).NewRaw(`DELETE FROM thirdapp_login_sessions
			WHERE tenant_id = ? AND user_id = ? AND created_at < ?`, t, userID, stored(before)).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("bunstore: remove sessions: %w", storeError(err))
	}
	return nil
}
