package jwtauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// Claims is what a token says. At least one of UserID and Username is set.
type Claims struct {
	// UserID is the platform user's stable id (claim "sub").
	UserID string
	// Username is the user's name (claim "username").
	Username string
	// SessionID, Home and Tenants are those of a session of [Sessions]: its id,
	// the tenant that the person logged in to, and those in which it holds
	// (claims "jti", "home", "tenants"). Other tokens have none, and hold in all
	// of the user's tenants.
	SessionID string
	Home      tenant.ID
	Tenants   []tenant.ID
	// IssuedAt is when the token was issued (claim "iat"); may be zero.
	IssuedAt time.Time
	// ExpiresAt is when it expires (claim "exp").
	ExpiresAt time.Time
}

// Bounded reports whether the token holds in its Tenants only.
func (c Claims) Bounded() bool { return c.SessionID != "" }

// wire is Claims as they stand in a token.
type wire struct {
	Username string      `json:"username,omitempty"`
	Home     tenant.ID   `json:"home,omitempty"`
	Tenants  []tenant.ID `json:"tenants,omitempty"`
	jwt.RegisteredClaims
}

func (w wire) claims() Claims {
	c := Claims{UserID: w.Subject, Username: w.Username, SessionID: w.ID, Home: w.Home, Tenants: w.Tenants}
	if w.IssuedAt != nil {
		c.IssuedAt = w.IssuedAt.Time
	}
	if w.ExpiresAt != nil {
		c.ExpiresAt = w.ExpiresAt.Time
	}
	return c
}

// Authenticator issues and checks tokens.
type Authenticator struct {
	cfg    Config
	parser *jwt.Parser
	memory memory
}

// New returns an Authenticator.
func New(cfg Config) (*Authenticator, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("jwtauth: new: %w", err)
	}
	return &Authenticator{cfg: cfg, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(cfg.Leeway),
		jwt.WithTimeFunc(cfg.Now),
	)}, nil
}

// Issue returns a token for the user of the claims that expires after ttl, a
// positive time; IssuedAt and ExpiresAt of the claims are not looked at.
func (a *Authenticator) Issue(ctx context.Context, claims Claims, ttl time.Duration) (string, error) {
	if claims.UserID == "" && claims.Username == "" {
		return "", errors.New("jwtauth: issue: neither user id nor user name")
	}
	if ttl <= 0 {
		return "", fmt.Errorf("jwtauth: issue: ttl %s: must be positive", ttl)
	}
	key, err := a.key(ctx, claims)
	if err != nil {
		return "", fmt.Errorf("jwtauth: issue: %w", err)
	}
	now := a.cfg.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, wire{
		Username: claims.Username, Home: claims.Home, Tenants: claims.Tenants,
		RegisteredClaims: jwt.RegisteredClaims{
			ID: claims.SessionID, Subject: claims.UserID, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		},
	}).SignedString([]byte(key.Reveal()))
	if err != nil {
		return "", fmt.Errorf("jwtauth: issue: %w", err)
	}
	return token, nil
}

// Authenticate tells who sends a request; it is a transport.Authenticator.
func (a *Authenticator) Authenticate(r *http.Request) (transport.Principal, error) {
	token, ok := tokenOf(r)
	if !ok {
		return transport.Principal{}, transport.ErrTokenMissing
	}
	claims, err := a.check(r.Context(), token)
	if err != nil {
		return transport.Principal{}, err
	}
	return a.owner(r.Context(), claims)
}

// owner returns who the claims of a good token belong to.
func (a *Authenticator) owner(ctx context.Context, claims Claims) (transport.Principal, error) {
	now := a.cfg.Now()
	if p, ok := a.memory.find(claims.whose(), now); ok {
		return p, nil
	}
	p, err := a.cfg.Lookup(ctx, claims)
	switch {
	case errors.Is(err, tenant.ErrNotFound), err == nil && p.UserID == "":
		return transport.Principal{}, transport.ErrUserUnknown.WithCause(err)
	case err != nil:
		return transport.Principal{}, fmt.Errorf("jwtauth: look up user: %w", err)
	}
	if a.cfg.Remember > 0 {
		a.memory.keep(claims.whose(), p, now.Add(a.cfg.Remember))
	}
	return p, nil
}

// check returns the claims of a token that is good now.
func (a *Authenticator) check(ctx context.Context, token string) (Claims, error) {
	if len(token) > maxTokenBytes {
		return Claims{}, transport.ErrTokenInvalid
	}
	var w wire
	var keyErr error
	_, err := a.parser.ParseWithClaims(token, &w, func(*jwt.Token) (any, error) {
		key, err := a.key(ctx, w.claims())
		keyErr = err
		if err != nil || a.cfg.PreviousKey.IsZero() {
			return []byte(key.Reveal()), err
		}
		return jwt.VerificationKeySet{Keys: []jwt.VerificationKey{
			[]byte(key.Reveal()), []byte(a.cfg.PreviousKey.Reveal()),
		}}, nil
	})
	switch {
	case errors.Is(keyErr, tenant.ErrNotFound): // whoever has proved nothing is not told who exists
		return Claims{}, transport.ErrTokenInvalid.WithCause(keyErr)
	case keyErr != nil:
		return Claims{}, fmt.Errorf("jwtauth: key: %w", keyErr)
	case expired(err):
		return Claims{}, transport.ErrTokenExpired.WithCause(err)
	case err != nil:
		return Claims{}, transport.ErrTokenInvalid.WithCause(err)
	case w.Subject == "" && w.Username == "":
		return Claims{}, transport.ErrTokenInvalid
	}
	return w.claims(), nil
}

// expired reports whether expiry is all that is wrong with a token. The claims
// are looked at only when the signature is good.
func expired(err error) bool {
	return errors.Is(err, jwt.ErrTokenExpired) &&
		!errors.Is(err, jwt.ErrTokenUsedBeforeIssued) && !errors.Is(err, jwt.ErrTokenNotValidYet)
}

// key returns the key of a user's tokens.
func (a *Authenticator) key(ctx context.Context, claims Claims) (provider.Secret, error) {
	if a.cfg.KeyFunc == nil {
		return a.cfg.Key, nil
	}
	key, err := a.cfg.KeyFunc(ctx, claims)
	if err == nil {
		err = checkKey(key)
	}
	if err != nil {
		return provider.Secret{}, err
	}
	return key, nil
}
