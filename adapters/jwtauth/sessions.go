package jwtauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// SessionStore remembers which sessions were not revoked. bunstore.Store is one.
type SessionStore interface {
	// AddSessions remembers sessions, all or none; in the transaction of the
	// context, if there is one.
	AddSessions(ctx context.Context, list ...identity.SessionRecord) error
	// HasSession reports whether it is remembered.
	HasSession(ctx context.Context, t tenant.ID, userID, id string, now time.Time) (bool, error)
	// RemoveSessions forgets a user's sessions in a tenant that were created
	// before a time.
	RemoveSessions(ctx context.Context, t tenant.ID, userID string, before time.Time) error
}

// Sessions issues tokens for people who come in through their office app, and
// takes them back. It implements identity.Sessions.
type Sessions struct {
	tokens *Authenticator
	store  SessionStore
	ttl    time.Duration
}

var (
	_ identity.Sessions    = (*Sessions)(nil)
	_ identity.BatchIssuer = (*Sessions)(nil)
)

// The default and bounds of a session's life.
const (
	defaultSessionTTL = 12 * time.Hour
	minSessionTTL     = time.Minute
	maxSessionTTL     = 90 * 24 * time.Hour
)

// NewSessions returns Sessions whose tokens are those of an Authenticator and
// good for ttl, 1 min to 90 days; 0 means 12 h. Its Lookup must ask
// [Sessions.Holds].
func NewSessions(tokens *Authenticator, store SessionStore, ttl time.Duration) (*Sessions, error) {
	if ttl == 0 {
		ttl = defaultSessionTTL
	}
	var faults []error
	if tokens == nil || store == nil {
		faults = append(faults, errors.New("no tokens or no store"))
	}
	if ttl < minSessionTTL || ttl > maxSessionTTL {
		faults = append(faults, fmt.Errorf("ttl %s: %s to %s", ttl, minSessionTTL, maxSessionTTL))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("jwtauth: new sessions: %w", err)
	}
	return &Sessions{tokens: tokens, store: store, ttl: ttl}, nil
}

// Issue implements identity.Sessions.
func (s *Sessions) Issue(ctx context.Context, req identity.SessionRequest) (identity.Session, error) {
	list, err := s.IssueAll(ctx, req)
	if err != nil {
		return identity.Session{}, err
	}
	return list[0], nil
}

// IssueAll implements identity.BatchIssuer.
func (s *Sessions) IssueAll(ctx context.Context, list ...identity.SessionRequest) ([]identity.Session, error) {
	now := s.tokens.cfg.Now()
	records, sessions := make([]identity.SessionRecord, len(list)), make([]identity.Session, len(list))
	for i, req := range list {
		r := identity.SessionRecord{
			Tenant: req.Tenant, UserID: req.UserID, ID: rand.Text(), CreatedAt: now, ExpiresAt: now.Add(s.ttl),
		}
		token, err := s.tokens.Issue(ctx, Claims{
			UserID: req.UserID, Username: req.Username, SessionID: r.ID, Home: req.Tenant, Tenants: req.Tenants,
		}, s.ttl)
		if err != nil {
			return nil, err
		}
		records[i], sessions[i] = r, identity.Session{Token: provider.NewSecret(token), ExpiresAt: r.ExpiresAt}
	}
	if err := s.store.AddSessions(ctx, records...); err != nil {
		return nil, fmt.Errorf("jwtauth: issue sessions: %w", err)
	}
	return sessions, nil
}

// Revoke implements identity.Sessions.
func (s *Sessions) Revoke(ctx context.Context, r identity.Revocation) error {
	if err := s.store.RemoveSessions(ctx, r.Tenant, r.UserID, r.Before); err != nil {
		return fmt.Errorf("jwtauth: revoke sessions: %w", err)
	}
	return nil
}

// Holds reports whether the session of a token, if it is one of these, was not
// revoked. Tokens that were issued otherwise hold.
func (s *Sessions) Holds(ctx context.Context, c Claims) (bool, error) {
	if !c.Bounded() {
		return true, nil
	}
	ok, err := s.store.HasSession(ctx, c.Home, c.UserID, c.SessionID, s.tokens.cfg.Now())
	if err != nil {
		return false, fmt.Errorf("jwtauth: session: %w", err)
	}
	return ok, nil
}
