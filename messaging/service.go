package messaging

import (
	"errors"
	"fmt"

	"golang.org/x/sync/singleflight"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// Service sends messages and tells what became of them. Every operation asks
// the tenant.Authorizer first.
type Service struct {
	store     Store
	conns     Connector
	accounts  Accounts
	audiences Audiences
	queue     jobs.Queue
	authz     tenant.Authorizer
	sealer    tenant.Sealer
	events    Publisher
	cfg       Config

	trail       *tenant.Trail
	waiters     waiters
	acceptances gather.Queue[NewMessage]
	loads       gather.Queue[*loading]
	claims      gather.Queue[*claiming]
	settlements gather.Queue[settling]
	reports     gather.Queue[*tracking]
	lookups     lookups
	// uploads has one flight per file that is being uploaded.
	uploads singleflight.Group
}

// Ports is what a [Service] works with; all but Events are required, and stay
// the caller's.
type Ports struct {
	Store     Store
	Connector Connector
	Accounts  Accounts
	Audiences Audiences
	// Queue holds the jobs; something must run them with [Service.Handlers].
	Queue      jobs.Queue
	Authorizer tenant.Authorizer
	// Sealer encrypts the addresses of webhooks.
	Sealer tenant.Sealer
	// Events is told what becomes of messages; nil tells nobody.
	Events Publisher
}

// New returns a Service.
func New(p Ports, cfg Config) (*Service, error) {
	faults := []error{cfg.Validate()}
	for _, port := range []struct {
		name    string
		missing bool
	}{
		{"store", p.Store == nil},
		{"connector", p.Connector == nil},
		{"accounts", p.Accounts == nil},
		{"audiences", p.Audiences == nil},
		{"queue", p.Queue == nil},
		{"authorizer", p.Authorizer == nil},
		{"sealer", p.Sealer == nil},
	} {
		if port.missing {
			faults = append(faults, fmt.Errorf("no %s", port.name))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("messaging: new service: %w", err)
	}
	if p.Events == nil {
		p.Events = silence{}
	}
	s := &Service{
		store: p.Store, conns: p.Connector, accounts: p.Accounts, audiences: p.Audiences, queue: p.Queue,
		authz: p.Authorizer, sealer: p.Sealer, events: p.Events, cfg: cfg.WithDefaults(),
	}
	s.trail = tenant.NewTrail(p.Store, p.Authorizer, s.cfg.Logger, s.cfg.Now)
	s.gatherWork()
	s.lookups.accounts = p.Accounts
	return s, nil
}

// gatherWork says how the things are done that are done together.
func (s *Service) gatherWork() {
	s.acceptances = gather.Queue[NewMessage]{Work: s.acceptTogether, MaxLeaders: requestLeaders, MaxGroup: requestGroup}
	s.loads = gather.Queue[*loading]{Work: s.loadTogether, MaxLeaders: batchLeaders, MaxGroup: batchGroup}
	s.claims = gather.Queue[*claiming]{
		Work: s.claimTogether, MaxLeaders: claimLeaders, MaxGroup: batchGroup, Weigh: (*claiming).weight,
		Key: (*claiming).tenant,
	}
	s.settlements = gather.Queue[settling]{Work: s.settleTogether, MaxLeaders: batchLeaders, MaxGroup: batchGroup}
	s.reports = gather.Queue[*tracking]{Work: s.trackTogether, MaxLeaders: batchLeaders, MaxGroup: batchGroup}
}
