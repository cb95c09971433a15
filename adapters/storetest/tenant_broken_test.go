package storetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/tenant"
)

// The faults: each is a store that is right but for one thing.
type (
	sharesApps     struct{ tenant.Store }
	wrongKey       struct{ tenant.Store }
	losesVersions  struct{ tenant.Store }
	eatsRollback   struct{ tenant.Store }
	skipsRemovals  struct{ tenant.Store }
	forgetsCursor  struct{ tenant.Store }
	coarseTimes    struct{ tenant.Store }
	sharesAudit    struct{ tenant.Store }
	wholeTrail     struct{ tenant.Store }
	prunesTrail    struct{ tenant.Store }
	grantsEveryone struct{ tenant.Store }
	oneSecret      struct{ tenant.Store }
	keepsNoAudit   struct{ tenant.Store }
	clearsAtOnce   struct{ tenant.Store }
)

func (s sharesApps) App(ctx context.Context, _ tenant.ID, id string) (tenant.App, error) {
	a, err := s.Store.App(ctx, "t-1", id)
	if errors.Is(err, tenant.ErrNotFound) {
		return s.Store.App(ctx, "t-2", id)
	}
	return a, err
}

func (s wrongKey) CreateApp(ctx context.Context, a tenant.App) error {
	err := s.Store.CreateApp(ctx, a)
	if errors.Is(err, tenant.ErrConflict) {
		return &tenant.ConflictError{Key: "enabled"}
	}
	return err
}

func (s losesVersions) UpdateApp(ctx context.Context, a tenant.App) error {
	old, err := s.App(ctx, a.Tenant, a.ID)
	if err != nil {
		return err
	}
	a.Version = old.Version + 1
	return s.Store.UpdateApp(ctx, a)
}

func (s eatsRollback) InTx(ctx context.Context, fn func(context.Context) error) error {
	var failed error
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		failed = fn(ctx)
		return nil
	})
	return errors.Join(failed, err)
}

func (s skipsRemovals) GrantChanges(ctx context.Context, after int64, each func(tenant.GrantChange)) (int64, error) {
	return s.Store.GrantChanges(ctx, after, func(c tenant.GrantChange) {
		if !c.Removed {
			each(c)
		}
	})
}

func (s forgetsCursor) Grants(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[tenant.Grant], error) {
	list, err := s.Store.Grants(ctx, t, p)
	list.Next = ""
	return list, err
}

func (s coarseTimes) CreateApp(ctx context.Context, a tenant.App) error {
	a.CreatedAt = a.CreatedAt.Truncate(1_000_000)
	return s.Store.CreateApp(ctx, a)
}

func (s sharesAudit) Audit(ctx context.Context, _ tenant.ID, f tenant.AuditFilter, p tenant.Page) (tenant.List[tenant.AuditEntry], error) {
	return s.Store.Audit(ctx, "t-1", f, p)
}

func (s wholeTrail) Audit(ctx context.Context, t tenant.ID, _ tenant.AuditFilter, p tenant.Page) (tenant.List[tenant.AuditEntry], error) {
	return s.Store.Audit(ctx, t, tenant.AuditFilter{}, p)
}

func (s prunesTrail) PruneAudit(ctx context.Context, t tenant.ID, before time.Time, limit int) (int, error) {
	return s.Store.PruneAudit(ctx, t, before.AddDate(1, 0, 0), limit)
}

func (s grantsEveryone) AddGrant(ctx context.Context, g tenant.Grant) (bool, error) {
	_, err := s.Store.AddGrant(ctx, g)
	return true, err
}

// ReplaceAppSecret does not look at what it replaces.
func (s oneSecret) ReplaceAppSecret(ctx context.Context, t tenant.ID, appID, name string, _, next tenant.Sealed) error {
	a, err := s.App(ctx, t, appID)
	if err != nil {
		return tenant.ErrConflict
	}
	return s.Store.ReplaceAppSecret(ctx, t, appID, name, a.Secrets[name], next)
}

func (s keepsNoAudit) ClearTenant(ctx context.Context, t tenant.ID, what tenant.Removal, limit int) (int, error) {
	what.KeepAudit = false
	return s.Store.ClearTenant(ctx, t, what, limit)
}

func (s clearsAtOnce) ClearTenant(ctx context.Context, t tenant.ID, what tenant.Removal, _ int) (int, error) {
	return s.Store.ClearTenant(ctx, t, what, 1000)
}

// brokenStores are the faults with the subtest that must find each.
func brokenStores() map[string]fault[tenant.Store] {
	return map[string]fault[tenant.Store]{
		"shares apps":      {func(s *bunstore.Store) tenant.Store { return sharesApps{s} }, "apps/tenants_apart"},
		"wrong key":        {func(s *bunstore.Store) tenant.Store { return wrongKey{s} }, "apps/unique_on_create"},
		"loses versions":   {func(s *bunstore.Store) tenant.Store { return losesVersions{s} }, "apps/version_moved_on"},
		"eats rollback":    {func(s *bunstore.Store) tenant.Store { return eatsRollback{s} }, "transactions/rollback"},
		"skips removals":   {func(s *bunstore.Store) tenant.Store { return skipsRemovals{s} }, "grants/changes"},
		"forgets cursor":   {func(s *bunstore.Store) tenant.Store { return forgetsCursor{s} }, "grants/order_and_paging"},
		"coarse times":     {func(s *bunstore.Store) tenant.Store { return coarseTimes{s} }, "apps/time_precision"},
		"shares audit":     {func(s *bunstore.Store) tenant.Store { return sharesAudit{s} }, "audit/tenants_apart"},
		"whole trail":      {func(s *bunstore.Store) tenant.Store { return wholeTrail{s} }, "audit/filters"},
		"prunes too much":  {func(s *bunstore.Store) tenant.Store { return prunesTrail{s} }, "audit/the_oldest_pruned"},
		"always a change":  {func(s *bunstore.Store) tenant.Store { return grantsEveryone{s} }, "grants/add_and_remove"},
		"any old secret":   {func(s *bunstore.Store) tenant.Store { return oneSecret{s} }, "apps/secret_replaced"},
		"keeps no audit":   {func(s *bunstore.Store) tenant.Store { return keepsNoAudit{s} }, "clear/keep_the_audit"},
		"clears at once":   {func(s *bunstore.Store) tenant.Store { return clearsAtOnce{s} }, "clear/in_steps"},
		"nothing is wrong": {func(s *bunstore.Store) tenant.Store { return s }, ""},
	}
}

// TestBrokenTenantStore runs the suite on the fault that the environment names.
func TestBrokenTenantStore(t *testing.T) {
	storetest.RunTenant(t, theFault(t, brokenStores()).open)
}

func TestTenantSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenTenantStore", brokenStores())
}
