package thirdapp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// Module is the running whole: services, workers and the HTTP handler.
type Module struct {
	cfg      Config
	tenants  *tenant.Service
	messages *messaging.Service
	dirs     *dirsync.Service
	events   *events.Service
	logins   *identity.Service
	handler  http.Handler

	mu      sync.Mutex
	started bool
	stopped bool
}

// New checks the configuration and wires the module. It does no input or
// output. The error lists everything that is wrong, joined.
func New(cfg Config) (*Module, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	registry, err := provider.NewRegistry(cfg.Providers...)
	if err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	m := &Module{cfg: cfg}
	if m.tenants, err = tenant.New(cfg.Store, registry, cfg.Sealer, cfg.Authorizer, cfg.Users, cfg.Tenants); err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	if m.events, err = events.New(cfg.Store, cfg.Jobs, cfg.Sealer, cfg.Authorizer, cfg.Events); err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	if m.messages, err = messaging.New(messaging.Ports{
		Store: cfg.Store, Connector: m.tenants, Accounts: cfg.Accounts, Audiences: cfg.Audiences, Queue: cfg.Jobs,
		Authorizer: cfg.Authorizer, Sealer: cfg.Sealer, Events: m.events,
	}, cfg.Messages); err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	if m.logins, err = identity.New(identity.Ports{
		Store: cfg.Store, Connector: m.tenants, Accounts: cfg.LoginAccounts, Sessions: cfg.Sessions, Queue: cfg.Jobs,
		Sealer: cfg.Sealer, Authorizer: cfg.Authorizer, Codes: cfg.Codes,
	}, cfg.Identity); err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	if m.dirs, err = dirsync.New(dirsync.Ports{
		Store: cfg.Store, Connector: m.tenants, Members: cfg.Members, Queue: cfg.Jobs, Authorizer: cfg.Authorizer,
		Sessions: m.logins, Events: m.events,
	}, cfg.Directory); err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	m.tenants.OnAppChange(func(tenant.App) { m.dirs.LookAtStreams() })
	if err := m.describeEvents(); err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	services := transport.Services{Tenants: m.tenants, Messages: m.messages, Sync: m.dirs, Events: m.events, Logins: m.logins, Registry: registry}
	if m.handler, err = transport.New(services, cfg.HTTP); err != nil {
		return nil, fmt.Errorf("thirdapp: %w", err)
	}
	return m, nil
}

// describeEvents says what the events of the services tell.
func (m *Module) describeEvents() error {
	var faults []error
	for _, e := range m.dirs.EventTypes() {
		faults = append(faults, m.events.Describe(e.Name, e.About, e.Describe))
	}
	return errors.Join(append(faults,
		m.events.Describe(messaging.EventDeliveries, provider.Text{
			ZH: "一个批次的投递有了新状态", EN: "deliveries of a batch have a new state",
		}, m.messages.DescribeDeliveries),
		m.events.Describe(messaging.EventQuota, provider.Text{
			ZH: "办公应用的一项配额已用去大部分", EN: "a quota of the office app is used up to a large part",
		}, m.messages.DescribeQuota),
	)...)
}

// Migrate creates or updates the tables of the store and of the job queue. Call
// it before Start, from any number of processes.
func (m *Module) Migrate(ctx context.Context) error {
	if err := m.cfg.Store.Migrate(ctx); err != nil {
		return fmt.Errorf("thirdapp: migrate: %w", err)
	}
	if err := m.cfg.Jobs.Migrate(ctx); err != nil {
		return fmt.Errorf("thirdapp: migrate: %w", err)
	}
	return nil
}

// Start loads the grants, begins to work jobs and to hold the connections over
// which office apps tell of events. It returns at once when that
// is under way. The context bounds starting only; work goes on until Stop. A
// process that only serves is started, too: with MaxWorkers of riverjobs and
// MaxStreams of the Directory -1.
//
// A Start that fails has stopped what it started. It may be tried again, as when
// the jobs of an SQLite file are still being worked by another process
// (riverjobs.ErrFileInUse).
func (m *Module) Start(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.stopped:
		return errors.New("thirdapp: start: the module was stopped; make a new one")
	case m.started:
		return errors.New("thirdapp: start: already started")
	}
	if l, ok := m.cfg.Authorizer.(Lifecycle); ok {
		if err := l.Start(ctx); err != nil {
			return fmt.Errorf("thirdapp: start: authorizer: %w", err)
		}
	}
	if err := m.cfg.Jobs.Start(ctx, m.handlers()); err != nil {
		m.stopAuthorizer()
		return fmt.Errorf("thirdapp: start: jobs: %w", err)
	}
	if err := m.messages.StartRetention(ctx); err != nil { // the next start does it
		m.cfg.Logger.WarnContext(ctx, "removal of old messages not started", "op", "messaging.retention", "error", err)
	}
	if err := m.dirs.StartRetention(ctx); err != nil {
		m.cfg.Logger.WarnContext(ctx, "removal of old runs not started", "op", dirsync.RetentionKind, "error", err)
	}
	if err := m.startAuditRetention(ctx); err != nil {
		m.cfg.Logger.WarnContext(ctx, "removal of old audit entries not started", "op", auditRetentionKind, "error", err)
	}
	if err := m.logins.StartPruning(ctx); err != nil { // the next start does it
		m.cfg.Logger.WarnContext(ctx, "removal of used login tickets not started", "op", "identity.prune", "error", err)
	}
	if err := m.dirs.StartStreams(ctx); err != nil { // the host has used the service's own Start or Stop
		return errors.Join(fmt.Errorf("thirdapp: start: %w", err), m.stop(ctx))
	}
	m.started = true
	return nil
}

func (m *Module) handlers() []jobs.Handler {
	return slices.Concat(m.messages.Handlers(), m.dirs.Handlers(), m.events.Handlers(), m.logins.Handlers(), m.auditRounds().Handlers())
}

// Stop takes no further work, waits for what is under way until ctx is done,
// and closes the providers. Jobs that were not finished are repeated by another
// process or at the next start. It may be called more than once and before
// Start. The database stays open: it is the host's.
func (m *Module) Stop(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stop(ctx)
}

// stop is Stop for who holds mu.
func (m *Module) stop(ctx context.Context) error {
	if m.stopped {
		return nil
	}
	m.stopped = true
	err := m.dirs.StopStreams(ctx)
	if stopped := m.cfg.Jobs.Stop(ctx); stopped != nil {
		err = errors.Join(err, fmt.Errorf("thirdapp: stop: jobs: %w", stopped))
	}
	m.stopAuthorizer()
	m.events.Close()
	return errors.Join(err, m.tenants.Close())
}

func (m *Module) stopAuthorizer() {
	if l, ok := m.cfg.Authorizer.(Lifecycle); ok {
		l.Stop()
	}
}

// Handler returns the HTTP handler, to be mounted at the root of the host's
// server or below the Prefix of Config.HTTP.
func (m *Module) Handler() http.Handler { return m.handler }

// Tenants returns the service for app connections, grants and the audit trail.
func (m *Module) Tenants() *tenant.Service { return m.tenants }

// Messages returns the service for messages and their deliveries.
func (m *Module) Messages() *messaging.Service { return m.messages }

// Directory returns the service that synchronises departments and people.
func (m *Module) Directory() *dirsync.Service { return m.dirs }

// Logins returns the service that lets people in through their office app and
// keeps their bindings.
func (m *Module) Logins() *identity.Service { return m.logins }

// Events returns the service that tells the host's functions and the tenants'
// endpoints what happens. Register functions with its On before Start.
func (m *Module) Events() *events.Service { return m.events }
