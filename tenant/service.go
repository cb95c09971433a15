package tenant

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/thirdapp/thirdapp/provider"
)

// Service manages the tenants' connections to office apps, opens them, and
// manages who may do what. Every operation asks the [Authorizer] first, except
// [Service.Connect], [Service.ConnectApp], [Service.OpenApp] and
// [Service.Webhooks], which the other services call after they have asked it
// themselves; [Service.ConnectCallback], for requests that prove themselves;
// [Service.EnabledKinds], which every member may ask; and [Service.Reseal],
// which is for operators.
//
// Its errors are [*Error] values, found with errors.As; those of a Verify may
// be *provider.Error.
type Service struct {
	store    Store
	registry *provider.Registry
	sealer   Sealer
	authz    Authorizer
	users    Users
	cfg      Config

	trail *Trail

	cache *cache
	// lookups has one flight per tenant and provider, openings one per app.
	lookups, openings singleflight.Group
	webhooks          webhookSenders
	watchers          listeners
}

// New returns a Service over the given ports, all of which are required. Close
// it when it is no longer used; the ports stay the caller's.
func New(
	store Store, registry *provider.Registry, sealer Sealer, authz Authorizer, users Users, cfg Config,
) (*Service, error) {
	cfg = cfg.WithDefaults()
	faults := []error{cfg.Validate()}
	for name, missing := range map[string]bool{
		"store": store == nil, "registry": registry == nil, "sealer": sealer == nil,
		"authorizer": authz == nil, "users": users == nil,
	} {
		if missing {
			faults = append(faults, fmt.Errorf("no %s", name))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("tenant: new service: %w", err)
	}
	return &Service{
		store: store, registry: registry, sealer: sealer, authz: authz, users: users, cfg: cfg,
		trail:    NewTrail(store, authz, cfg.Logger, cfg.Now),
		cache:    newCache(cfg),
		webhooks: webhookSenders{byKind: make(map[provider.Kind]provider.WebhookSender)},
	}, nil
}

// Close closes every Provider at once, also those in use. It may be called more
// than once; what needs a Provider afterwards is refused with code Unavailable.
func (s *Service) Close() error {
	if err := s.cache.close(); err != nil {
		return fmt.Errorf("tenant: close: %w", err)
	}
	return nil
}

// factory returns the factory of a kind, or a refusal that names the kind.
func (s *Service) factory(kind provider.Kind) (provider.Factory, error) {
	f, err := s.registry.Factory(kind)
	if err != nil {
		return nil, errUnknownProvider(kind, err)
	}
	return f, nil
}

// now returns the time as it can be stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }
