package messaging

import (
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// Service sends messages and tells what became of them. Every operation asks
// the tenant.Authorizer first.
type Service struct {
	store    Store
	conns    Connector
	accounts Accounts
	queue    jobs.Queue
	authz    tenant.Authorizer
	cfg      Config

	waiters waiters
	groups  groups
}

// New returns a Service over the given ports, all of which are required and
// stay the caller's. Something must run its [Service.Handlers].
func New(
	store Store, conns Connector, accounts Accounts, queue jobs.Queue, authz tenant.Authorizer, cfg Config,
) (*Service, error) {
	faults := []error{cfg.Validate()}
	for _, port := range []struct {
		name    string
		missing bool
	}{
		{"store", store == nil},
		{"connector", conns == nil},
		{"accounts", accounts == nil},
		{"queue", queue == nil},
		{"authorizer", authz == nil},
	} {
		if port.missing {
			faults = append(faults, fmt.Errorf("no %s", port.name))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("messaging: new service: %w", err)
	}
	s := &Service{
		store: store, conns: conns, accounts: accounts, queue: queue, authz: authz, cfg: cfg.WithDefaults(),
	}
	s.groups.store = s.acceptTogether
	return s, nil
}
