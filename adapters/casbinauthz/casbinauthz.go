package casbinauthz

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/casbin/casbin/v2"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ tenant.Authorizer = (*Authorizer)(nil)

// Source is where grants come from; every tenant.Store is one.
type Source interface {
	// GrantChanges is described at tenant.Store.
	GrantChanges(ctx context.Context, after int64, each func(tenant.GrantChange)) (version int64, err error)
}

// readTimeout is how long one poll of the source may take; the first one reads
// every grant there is.
const readTimeout = 30 * time.Second

// Authorizer implements tenant.Authorizer on a Casbin enforcer.
type Authorizer struct {
	source   Source
	cfg      Config
	roles    map[tenant.Role][]tenant.Permission
	enforcer *casbin.SyncedEnforcer
	loaded   atomic.Bool

	// reading is held by who reads the source; version belongs to them.
	reading chan struct{}
	version int64

	mu      sync.Mutex
	cancel  context.CancelFunc // nil while changes are not followed
	polling sync.WaitGroup
}

// New returns an Authorizer over the grants of source. It refuses everything
// until Start or Refresh has read them.
func New(source Source, cfg Config) (*Authorizer, error) {
	cfg = cfg.WithDefaults()
	err := cfg.Validate()
	if source == nil {
		err = errors.Join(err, errors.New("no source"))
	}
	if err != nil {
		return nil, fmt.Errorf("casbinauthz: new: %w", err)
	}
	roles := tenant.Roles()
	enforcer, err := newEnforcer(roles)
	if err != nil {
		return nil, err
	}
	return &Authorizer{
		source: source, cfg: cfg, roles: roles, enforcer: enforcer, reading: make(chan struct{}, 1),
	}, nil
}

// Can implements tenant.Authorizer.
func (a *Authorizer) Can(_ context.Context, userID string, t tenant.ID, object tenant.Object, action tenant.Action) error {
	if !a.loaded.Load() {
		return errNotLoaded()
	}
	allowed, err := a.enforcer.Enforce(subject(userID), domain(t), permission(object, action))
	switch {
	case err != nil:
		return fmt.Errorf("casbinauthz: enforce: %w", err)
	case !allowed:
		return tenant.ErrForbidden
	}
	return nil
}

// Everywhere implements tenant.Authorizer.
func (a *Authorizer) Everywhere(_ context.Context, userID string) (bool, error) {
	if !a.loaded.Load() {
		return false, errNotLoaded()
	}
	held, err := a.enforcer.HasGroupingPolicy(subject(userID), role(tenant.RolePlatformAdmin), domain(tenant.Platform))
	if err != nil {
		return false, fmt.Errorf("casbinauthz: everywhere: %w", err)
	}
	return held, nil
}

// Refresh implements tenant.Authorizer. It reads outside of any transaction
// that ctx carries: what is not committed gives no right.
func (a *Authorizer) Refresh(ctx context.Context) error {
	select {
	case a.reading <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("casbinauthz: refresh: %w", ctx.Err())
	}
	defer func() { <-a.reading }()
	var changes []tenant.GrantChange
	outside := withoutValues{ctx}
	version, err := a.source.GrantChanges(outside, a.version, func(c tenant.GrantChange) { //nolint:contextcheck // it is ctx
		if wellPlaced(c, a.roles) {
			changes = append(changes, c)
		}
	})
	if err != nil {
		return fmt.Errorf("casbinauthz: refresh: %w", err)
	}
	for _, c := range changes {
		if err := a.apply(c); err != nil {
			return fmt.Errorf("casbinauthz: refresh: %w", err)
		}
	}
	a.version = version
	a.loaded.Store(true)
	return nil
}

func (a *Authorizer) apply(c tenant.GrantChange) error {
	change := a.enforcer.AddGroupingPolicy
	if c.Removed {
		change = a.enforcer.RemoveGroupingPolicy
	}
	_, err := change(subject(c.UserID), role(c.Role), domain(c.Tenant))
	return err
}

// Start reads the grants and then follows their changes until Stop. The context
// bounds the first reading only. A source that cannot be read now is tried
// again; it does not keep the host from starting. Starting twice is an error;
// after Stop it may be started again.
func (a *Authorizer) Start(ctx context.Context) error {
	first := make(chan struct{})
	if !a.begin(ctx, first) {
		return errors.New("casbinauthz: start: already started")
	}
	<-first
	return nil
}

// begin closes first when the grants have been read once. It returns false when
// their changes are being followed already.
func (a *Authorizer) begin(ctx context.Context, first chan<- struct{}) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancel != nil {
		return false
	}
	following, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	a.polling.Go(func() {
		healthy := a.pollFirst(ctx, following)
		close(first)
		a.follow(following, healthy)
	})
	return true
}

// Stop ends the following of changes and waits for it. It may be called before
// Start and more than once. Decisions go on with the grants known by then.
func (a *Authorizer) Stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancel == nil {
		return
	}
	a.cancel()
	a.polling.Wait()
	a.cancel = nil
}

// pollFirst polls until either context is done.
func (a *Authorizer) pollFirst(starting, following context.Context) bool {
	ctx, cancel := context.WithCancel(following)
	defer cancel()
	defer context.AfterFunc(starting, cancel)()
	return a.poll(ctx, true)
}

func (a *Authorizer) follow(ctx context.Context, healthy bool) {
	tick := time.NewTicker(a.cfg.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			healthy = a.poll(ctx, healthy)
		}
	}
}

// poll reads the changes and logs when that begins or ceases to fail.
func (a *Authorizer) poll(ctx context.Context, healthy bool) bool {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	err := a.Refresh(limited)
	switch {
	case ctx.Err() != nil: // stopping, or no more time to start
		return healthy
	case err != nil && healthy:
		a.cfg.Logger.ErrorContext(ctx, "grants cannot be read; those known stay in force",
			"op", "grant.refresh", "code", provider.CodeOf(err).String(), "error", err)
	case err == nil && !healthy:
		a.cfg.Logger.InfoContext(ctx, "grants can be read again", "op", "grant.refresh")
	}
	return err == nil
}

// withoutValues hides the values of a context, a transaction among them.
type withoutValues struct{ context.Context } //nolint:containedctx // it is a context

// Value implements context.Context.
func (withoutValues) Value(any) any { return nil }

func errNotLoaded() *tenant.Error {
	return tenant.Refuse(provider.Unavailable, "grants_not_loaded",
		"权限数据尚未加载，请稍后重试", "the grants have not been read yet; try again later")
}
