package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Connector opens the tenants' connections to office apps; *tenant.Service is
// one.
type Connector interface {
	Connect(ctx context.Context, t tenant.ID, kind provider.Kind) (tenant.Connection, error)
}

// Ports are what a Service works with. All but Codes are required.
type Ports struct {
	Store      Store
	Connector  Connector
	Accounts   Accounts
	Sessions   Sessions
	Queue      jobs.Queue
	Sealer     tenant.Sealer
	Authorizer tenant.Authorizer
	// Codes verifies mobile numbers; nil offers no such verification.
	Codes Codes
}

func (p Ports) validate() error {
	var faults []error
	for _, port := range []struct {
		name    string
		missing bool
	}{
		{"store", p.Store == nil},
		{"connector", p.Connector == nil},
		{"accounts", p.Accounts == nil},
		{"sessions", p.Sessions == nil},
		{"queue", p.Queue == nil},
		{"sealer", p.Sealer == nil},
		{"authorizer", p.Authorizer == nil},
	} {
		if port.missing {
			faults = append(faults, fmt.Errorf("no %s", port.name))
		}
	}
	return errors.Join(faults...)
}

// Service logs people in and manages who is bound to what. Logins need no
// actor: they find out who it is. Everything else asks the tenant.Authorizer,
// or is about the actor alone.
type Service struct {
	store     Store
	connector Connector
	accounts  Accounts
	standings Standings
	// joined is true when the store knows all that a login asks.
	joined   bool
	sessions Sessions
	// issuer are the sessions when they can issue several at once.
	issuer  BatchIssuer
	entries gather.Queue[*entry]
	queue   jobs.Queue
	sealer  tenant.Sealer
	authz   tenant.Authorizer
	codes   Codes
	cfg     Config
	trail   *tenant.Trail
}

// New returns a Service over the given ports, which stay the caller's.
// Something must run its [Service.Handlers].
func New(p Ports, cfg Config) (*Service, error) {
	if err := errors.Join(p.validate(), cfg.Validate()); err != nil {
		return nil, fmt.Errorf("identity: new service: %w", err)
	}
	s := &Service{
		store: p.Store, connector: p.Connector, accounts: p.Accounts, standings: StandingsOf(p.Store, p.Accounts),
		sessions: p.Sessions, queue: p.Queue,
		sealer: p.Sealer, authz: p.Authorizer, codes: p.Codes, cfg: cfg.WithDefaults(),
	}
	s.trail = tenant.NewTrail(p.Store, p.Authorizer, s.cfg.Logger, s.cfg.Now)
	_, asked := s.standings.(apart)
	s.joined = !asked
	s.issuer, _ = p.Sessions.(BatchIssuer)
	s.entries = gather.Queue[*entry]{
		Work: s.enterTogether, MaxLeaders: min(entryLeaders, p.Store.Writers()), MaxGroup: entryGroup, Patient: true,
	}
	return s, nil
}

// login opens the tenant's connection for a login.
func (s *Service) login(ctx context.Context, t tenant.ID, kind provider.Kind) (tenant.Connection, provider.LoginFlow, error) {
	if _, err := tenant.ParseID(string(t)); err != nil {
		return tenant.Connection{}, nil, err
	}
	conn, err := s.connector.Connect(ctx, t, kind)
	if err != nil {
		return tenant.Connection{}, nil, err
	}
	flow, err := provider.As[provider.LoginFlow](conn.Provider)
	return conn, flow, err
}
