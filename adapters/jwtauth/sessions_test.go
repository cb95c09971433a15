package jwtauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// sessionList is a SessionStore in memory.
type sessionList struct {
	ids []string
	err error
}

func (l *sessionList) AddSessions(_ context.Context, list ...identity.SessionRecord) error {
	for _, r := range list {
		l.ids = append(l.ids, string(r.Tenant)+"/"+r.UserID+"/"+r.ID)
	}
	return l.err
}

func (l *sessionList) HasSession(_ context.Context, t tenant.ID, user, id string, _ time.Time) (bool, error) {
	return slices.Contains(l.ids, string(t)+"/"+user+"/"+id), l.err
}

func (l *sessionList) RemoveSessions(_ context.Context, t tenant.ID, user string, _ time.Time) error {
	l.ids = slices.DeleteFunc(l.ids, func(s string) bool { return strings.HasPrefix(s, string(t)+"/"+user+"/") })
	return l.err
}

func TestSessions(t *testing.T) {
	t.Parallel()
	list := &sessionList{}
	var sessions *jwtauth.Sessions
	cfg := config()
	cfg.Lookup = func(ctx context.Context, c jwtauth.Claims) (transport.Principal, error) {
		ok, err := sessions.Holds(ctx, c)
		if err == nil && !ok {
			err = transport.ErrTokenExpired
		}
		return transport.Principal{UserID: c.UserID, Tenants: c.Tenants, Bounded: c.Bounded()}, err
	}
	auth := newAuth(t, cfg)
	var err error
	if sessions, err = jwtauth.NewSessions(auth, list, 0); err != nil {
		t.Fatal(err)
	}
	req := identity.SessionRequest{UserID: "u", Username: "alice", Tenant: "1000", Tenants: []tenant.ID{"1000", "3000"}}
	first, err := sessions.Issue(t.Context(), req)
	if err != nil || !first.ExpiresAt.Equal(at.Add(12*time.Hour)) {
		t.Fatalf("Issue: %+v, %v", first, err)
	}
	second, err := sessions.Issue(t.Context(), req)
	if err != nil || second.Token.Reveal() == first.Token.Reveal() {
		t.Errorf("two sessions are one, %v", err)
	}
	who := func(token string) (transport.Principal, error) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Access-Token", token)
		return auth.Authenticate(r)
	}
	p, err := who(first.Token.Reveal())
	if err != nil || p.UserID != "u" || !p.Bounded || !slices.Equal(p.Tenants, req.Tenants) {
		t.Errorf("Authenticate: %+v, %v", p, err)
	}
	if err := sessions.Revoke(t.Context(), identity.Revocation{Tenant: "1000", UserID: "u", Before: at}); err != nil {
		t.Fatal(err)
	}
	if _, err := who(first.Token.Reveal()); !errors.Is(err, transport.ErrTokenExpired) {
		t.Errorf("after Revoke: %v, want ErrTokenExpired", err)
	}
	// Tokens that were issued otherwise hold, and are not bounded.
	if p, err := who(issue(t, auth, "bob")); err != nil || p.Bounded {
		t.Errorf("a token by password: %+v, %v", p, err)
	}
	list.err = tenant.ErrUnavailable
	if _, err := sessions.Issue(t.Context(), req); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("Issue without the store: %v", err)
	}
	if _, err := sessions.Holds(t.Context(), jwtauth.Claims{SessionID: "x"}); provider.CodeOf(err) != provider.Unavailable {
		t.Errorf("Holds without the store: %v", err)
	}
	if err := sessions.Revoke(t.Context(), identity.Revocation{}); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("Revoke without the store: %v", err)
	}
}

func TestNewSessions(t *testing.T) {
	t.Parallel()
	auth := newAuth(t, config())
	for name, make := range map[string]func() error{
		"no tokens": func() error { _, err := jwtauth.NewSessions(nil, &sessionList{}, 0); return err },
		"no store":  func() error { _, err := jwtauth.NewSessions(auth, nil, 0); return err },
		"ttl":       func() error { _, err := jwtauth.NewSessions(auth, &sessionList{}, time.Second); return err },
	} {
		if make() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
