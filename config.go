package thirdapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// Store is everything the module keeps in the database. adapters/bunstore
// implements it.
type Store interface {
	tenant.Store
	messaging.Store
	dirsync.Store
	events.Store
	identity.Store

	// Migrate creates or updates the tables.
	Migrate(ctx context.Context) error
}

// Lifecycle is what a part of the Config may have to be started and stopped
// with the module. The Authorizer is asked for it.
type Lifecycle interface {
	// Start begins background work and returns. The context bounds starting
	// only; the work goes on until Stop. Start is called again after Stop when
	// another part of the module failed to start and the host tries again.
	Start(ctx context.Context) error
	// Stop ends the work and waits. It may be called before Start and more than
	// once.
	Stop()
}

// Config is what a host hands to the module. Fields are required unless their
// comment names a default.
type Config struct {
	// Store keeps the module's tables.
	Store Store
	// Jobs runs background work on the same database.
	Jobs jobs.Runner
	// Sealer encrypts the tenants' secrets.
	Sealer tenant.Sealer
	// Authorizer decides who may do what. There is no default: a module that
	// nobody guards does not start.
	Authorizer tenant.Authorizer
	// Authenticator tells who sent a request. There is no default.
	Authenticator transport.Authenticator
	// Providers are the office apps to offer, such as dingtalk.New(…).
	Providers []provider.Factory
	// Users finds the platform's people by name.
	Users tenant.Users
	// Accounts finds people's accounts at the office app.
	Accounts messaging.Accounts
	// Audiences finds the people of departments and roles.
	Audiences messaging.Audiences
	// Members is where a directory pull creates people and departments.
	Members dirsync.Members
	// LoginAccounts finds and creates the accounts of people who log in through
	// their office app.
	LoginAccounts identity.Accounts
	// Sessions issues and revokes the host's sessions for them.
	Sessions identity.Sessions
	// Codes verifies mobile numbers by short message; nil does without.
	Codes identity.Codes

	// Logger gets the module's log; default discards it. It fills the Logger
	// of the parts below where they have none.
	Logger *slog.Logger
	// Now is the clock; default time.Now. It fills the parts' clocks likewise.
	Now func() time.Time

	// Tenants, Messages, Directory, Events, Identity and HTTP tune the parts; zero values
	// are ready to use. HTTP.Authenticator is filled with the one above.
	Tenants   tenant.Config
	Messages  messaging.Config
	Directory dirsync.Config
	Events    events.Config
	Identity  identity.Config
	HTTP      transport.Config
}

// WithDefaults returns a copy with the defaults filled in.
func (c Config) WithDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	for _, l := range []**slog.Logger{&c.Tenants.Logger, &c.Messages.Logger, &c.Directory.Logger, &c.Events.Logger, &c.Identity.Logger, &c.HTTP.Logger} {
		if *l == nil {
			*l = c.Logger
		}
	}
	for _, now := range []*func() time.Time{&c.Tenants.Now, &c.Messages.Now, &c.Directory.Now, &c.Events.Now, &c.Identity.Now, &c.HTTP.Now} {
		if *now == nil {
			*now = c.Now
		}
	}
	c.HTTP.Authenticator = c.Authenticator
	return c
}

// Validate reports everything that is missing or wrong, joined.
func (c Config) Validate() error {
	var problems []error
	require := func(missing bool, field, remedy string) {
		if missing {
			problems = append(problems, errors.New("thirdapp: Config."+field+" is required: "+remedy))
		}
	}
	require(c.Store == nil, "Store", "give adapters/bunstore, or a store that passes adapters/storetest")
	require(c.Jobs == nil, "Jobs", "give adapters/riverjobs on the database of the Store")
	require(c.Sealer == nil, "Sealer", "give adapters/tinksecrets; tenants' secrets are never stored in plain text")
	require(c.Authorizer == nil, "Authorizer", "give adapters/casbinauthz; without it everybody could do everything")
	require(c.Authenticator == nil, "Authenticator", "give adapters/jwtauth or the host's own; without it nobody knows who sends a request")
	require(len(c.Providers) == 0, "Providers", "give at least one, such as dingtalk.New")
	require(c.Users == nil, "Users", "give adapters/bunstore or the host's own user table")
	require(c.Accounts == nil, "Accounts", "give adapters/bunstore or the host's own user table")
	require(c.Audiences == nil, "Audiences", "give adapters/bunstore or the host's own departments and roles")
	require(c.Members == nil, "Members", "give adapters/bunstore or the host's own people and departments")
	require(c.LoginAccounts == nil, "LoginAccounts", "give adapters/bunstore or the host's own user table")
	require(c.Sessions == nil, "Sessions", "give adapters/jwtauth or the host's own sessions; without them nobody can stay signed in")
	return errors.Join(append(problems,
		inPart("Tenants", c.Tenants.WithDefaults().Validate()),
		inPart("Messages", c.Messages.WithDefaults().Validate()),
		inPart("Directory", c.Directory.WithDefaults().Validate()),
		inPart("Events", c.Events.Validate()),
		inPart("Identity", c.Identity.Validate()),
		inPart("HTTP", c.validateHTTP()))...)
}

// validateHTTP leaves out the Authenticator, which is asked for above.
func (c Config) validateHTTP() error {
	c.HTTP.Authenticator = func(*http.Request) (transport.Principal, error) { return transport.Principal{}, nil }
	return c.HTTP.WithDefaults().Validate()
}

// inPart says which part of the Config an error is about.
func inPart(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("thirdapp: Config.%s: %w", name, err)
}
