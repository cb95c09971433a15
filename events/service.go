package events

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// Service publishes events, tells their receivers, and manages who has
// subscribed. Its operations on subscriptions ask the tenant.Authorizer first;
// Publish, Describe and On are for the platform's own code and ask nobody.
type Service struct {
	store  Store
	queue  jobs.Queue
	sealer tenant.Sealer
	authz  tenant.Authorizer
	cfg    Config
	client *http.Client

	trail    *tenant.Trail
	registry registry
	cache    *cache
	failing  turns
}

// New returns a Service over the given ports, all of which are required and
// stay the caller's. Something must run its [Service.Handlers]. Close it when
// it is no longer used.
func New(store Store, queue jobs.Queue, sealer tenant.Sealer, authz tenant.Authorizer, cfg Config) (*Service, error) {
	faults := []error{cfg.Validate()}
	for _, port := range []struct {
		name    string
		missing bool
	}{
		{"store", store == nil},
		{"queue", queue == nil},
		{"sealer", sealer == nil},
		{"authorizer", authz == nil},
	} {
		if port.missing {
			faults = append(faults, fmt.Errorf("no %s", port.name))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("events: new service: %w", err)
	}
	cfg = cfg.WithDefaults()
	return &Service{
		store: store, queue: queue, sealer: sealer, authz: authz, cfg: cfg, client: newClient(cfg),
		trail: tenant.NewTrail(store, authz, cfg.Logger, cfg.Now),
		cache: newCache(cfg),
	}, nil
}

// Close closes the connections to endpoints that are not in use. It may be
// called more than once; the Service goes on working.
func (s *Service) Close() { s.client.CloseIdleConnections() }
