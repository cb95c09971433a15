package stack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/casbinauthz"
	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// Config is what the standard set needs to know.
type Config struct {
	// DSN names the database: "postgres://…" or "sqlite:" and a file path.
	// Required.
	DSN string
	// SecretsKeyset seals the tenants' secrets: what
	// tinksecrets.GenerateKeyset made once and the host keeps. Without it
	// stored secrets cannot be read again. Required.
	SecretsKeyset provider.Secret
	// JWTKey signs and checks access tokens, at least jwtauth.MinKeyBytes
	// long. Required.
	JWTKey provider.Secret
	// JWTPreviousKey is accepted besides JWTKey, so that a change of the key ends
	// no session: see jwtauth.Config.PreviousKey. None by default.
	JWTPreviousKey provider.Secret
	// Providers are the office apps to offer. Required.
	Providers []provider.Factory
	// Lookup tells who the claims of a good access token belong to. The
	// default finds them among the module's own people, by the user id in the
	// token's subject; a host with its own user table gives its own, which asks
	// Sessions.Holds and heeds the Tenants of claims that are Bounded. An answer
	// is believed for a second.
	Lookup func(ctx context.Context, claims jwtauth.Claims) (transport.Principal, error)
	// SessionTTL is how long somebody who came in through their office app stays
	// signed in; 0 means 12 h.
	SessionTTL time.Duration
	// Logger gets the log of all parts; default discards it.
	Logger *slog.Logger
	// Store and Jobs tune the database connections and the workers. DB,
	// Dialect, PostgresDSN, Tx, AfterCommit and Logger of Jobs are filled in. Its
	// Schema is "thirdapp_jobs" by default, and "<schema>_thirdapp_jobs" where
	// the search_path of the DSN puts the tables into another schema than
	// public, so that several platforms can share a database.
	Store bunstore.Options
	Jobs  riverjobs.Config
}

// rememberUsers is how long a user's memberships are believed: a tenth of a
// request's cost is asking for them, and grants take as long to reach other
// processes.
const rememberUsers = time.Second

// Stack is the standard set, wired.
type Stack struct {
	// Config is complete: thirdapp.New takes it as it is, or changed.
	Config thirdapp.Config
	// Store is the database, for Close and for a host's own transactions.
	Store *bunstore.Store
	// People are the module's own people and departments.
	People *bunstore.People
	// Tokens issues and checks access tokens.
	Tokens *jwtauth.Authenticator
	// Sessions issues tokens to people who come in through their office app.
	Sessions *jwtauth.Sessions
	// Authorizer decides who may do what.
	Authorizer *casbinauthz.Authorizer
}

// Open connects to the database and wires the set. It reports everything that
// is wrong with cfg at once. The caller closes the Stack after it has stopped
// the module.
func Open(ctx context.Context, cfg Config) (*Stack, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("stack: %w", err)
	}
	store, err := bunstore.Open(ctx, cfg.DSN, cfg.Store)
	if err != nil {
		return nil, fmt.Errorf("stack: %w", err)
	}
	s, err := wire(ctx, cfg, store)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("stack: %w", err), store.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Stack) Close() error { return s.Store.Close() }

func (c Config) validate() error {
	var faults []error
	require := func(missing bool, fault string) {
		if missing {
			faults = append(faults, errors.New(fault))
		}
	}
	require(c.DSN == "", "DSN is required, such as sqlite:thirdapp.db")
	require(c.SecretsKeyset.IsZero(), "SecretsKeyset is required: make one with tinksecrets.GenerateKeyset and keep it")
	require(c.JWTKey.IsZero(), fmt.Sprintf("JWTKey is required: at least %d bytes that nobody can guess", jwtauth.MinKeyBytes))
	require(len(c.Providers) == 0, "Providers: at least one is required, such as dingtalk.New")
	return errors.Join(faults...)
}

func wire(ctx context.Context, cfg Config, store *bunstore.Store) (*Stack, error) {
	s := &Stack{Store: store, People: bunstore.NewPeople(store)}
	var errs [5]error
	sealer, err := tinksecrets.New(cfg.SecretsKeyset)
	errs[0] = err
	s.Authorizer, errs[1] = casbinauthz.New(store, casbinauthz.Config{Logger: cfg.Logger})
	if cfg.Lookup == nil {
		cfg.Lookup = s.lookup
	}
	s.Tokens, errs[2] = jwtauth.New(jwtauth.Config{
		Key: cfg.JWTKey, PreviousKey: cfg.JWTPreviousKey, Lookup: cfg.Lookup, Remember: rememberUsers,
	})
	if errs[2] == nil {
		s.Sessions, errs[4] = jwtauth.NewSessions(s.Tokens, store, cfg.SessionTTL)
	}
	jobs, err := newJobs(ctx, cfg, store)
	errs[3] = err
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	s.Config = thirdapp.Config{
		Store: store, Jobs: jobs, Sealer: sealer, Authorizer: s.Authorizer, Authenticator: s.Tokens.Authenticate,
		Providers: cfg.Providers, Users: store, Accounts: store, Audiences: store, Members: s.People,
		LoginAccounts: s.People, Sessions: s.Sessions, Logger: cfg.Logger,
	}
	return s, nil
}

// lookup finds the owner of a token among the module's own people.
func (s *Stack) lookup(ctx context.Context, claims jwtauth.Claims) (transport.Principal, error) {
	login, err := s.People.ByID(ctx, claims.UserID)
	if err != nil {
		return transport.Principal{}, err
	}
	if login.Disabled {
		return transport.Principal{}, transport.ErrUserLocked
	}
	p := transport.Principal{UserID: login.ID, Username: login.Username, Tenants: login.Tenants}
	if !claims.Bounded() {
		return p, nil
	}
	holds, err := s.Sessions.Holds(ctx, claims)
	if err == nil && !holds {
		err = transport.ErrTokenExpired
	}
	p.Bounded = true
	p.Tenants = slices.DeleteFunc(p.Tenants, func(t tenant.ID) bool { return !slices.Contains(claims.Tenants, t) })
	return p, err
}
