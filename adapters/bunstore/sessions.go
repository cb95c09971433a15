package bunstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

// AddSessions remembers sessions that came out of logins, all or none; it is
// meant for jwtauth.Sessions.
func (s *Store) AddSessions(ctx context.Context, list ...identity.SessionRecord) error {
	var err error
	for _, r := range list {
		err = cmp.Or(err, checkText(r.UserID, r.ID))
	}
	switch {
	case err != nil:
	case len(list) == 1:
		err = s.addSession(ctx, list[0])
	case s.postgres():
		err = s.addMany(ctx, list)
	default:
		err = s.InTx(ctx, func(ctx context.Context) error { return s.addEach(ctx, list) })
	}
	if err != nil {
		return fmt.Errorf("bunstore: add sessions: %w", storeError(err))
	}
	return nil
}

const insertSession = "INSERT INTO thirdapp_login_sessions (tenant_id, user_id, id, created_at, expires_at) "

func (s *Store) addSession(ctx context.Context, r identity.SessionRecord) error {
	_, err := s.exec(ctx, insertSession+"VALUES ($1, $2, $3, $4, $5)",
		string(r.Tenant), r.UserID, r.ID, s.timeArg(r.CreatedAt), s.timeArg(r.ExpiresAt))
	return err
}

func (s *Store) addEach(ctx context.Context, list []identity.SessionRecord) error {
	for _, r := range list {
		if err := s.addSession(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addMany(ctx context.Context, list []identity.SessionRecord) error {
	n := len(list)
	tenants, users, ids := make([]string, n), make([]string, n), make([]string, n)
	created, expires := make([]time.Time, n), make([]time.Time, n)
	for i, r := range list {
		tenants[i], users[i], ids[i] = string(r.Tenant), r.UserID, r.ID
		created[i], expires[i] = stored(r.CreatedAt), stored(r.ExpiresAt)
	}
	_, err := s.exec(ctx, insertSession+
		"SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])",
		tenants, users, ids, created, expires)
	return err
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
