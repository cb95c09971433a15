package messaging

import (
	"errors"
	"fmt"

	"golang.org/x/sync/singleflight"

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

	waiters     waiters
	acceptances gathering[NewMessage]
	loads       gathering[*loading]
	claims      gathering[*claiming]
	settlements gathering[settling]
	reports     gathering[*tracking]
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
	s.gatherWork()
	s.lookups.accounts = p.Accounts
	return s, nil
}

// gatherWork says how the things are done that are done together.
func (s *Service) gatherWork() {
	s.acceptances = gathering[NewMessage]{work: s.acceptTogether, maxLeaders: requestLeaders, maxGroup: requestGroup}
	s.loads = gathering[*loading]{work: s.loadTogether, maxLeaders: batchLeaders, maxGroup: batchGroup}
	s.claims = gathering[*claiming]{
		work: s.claimTogether, maxLeaders: batchLeaders, maxGroup: batchGroup, weigh: (*claiming).weight,
	}
	s.settlements = gathering[settling]{work: s.settleTogether, maxLeaders: batchLeaders, maxGroup: batchGroup}
	s.reports = gathering[*tracking]{work: s.trackTogether, maxLeaders: batchLeaders, maxGroup: batchGroup}
}
