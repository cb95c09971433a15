package storetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/tenant"
)

// The faults: each is a store that is right but for one thing.
type (
	sharesSubscriptions   struct{ events.Store }
	noSubscriptionLimit   struct{ events.Store }
	keepsSubscriptionFail struct{ events.Store }
	forgetsFailing        struct{ events.Store }
	anyVersion            struct{ events.Store }
	forgetsPreviousKeys   struct{ events.Store }
)

func (s sharesSubscriptions) Subscription(ctx context.Context, t tenant.ID, id string) (events.Stored, error) {
	sub, err := s.Store.Subscription(ctx, t, id)
	if errors.Is(err, tenant.ErrNotFound) {
		return s.Store.Subscription(ctx, "t-2", id)
	}
	return sub, err
}

func (s noSubscriptionLimit) CreateSubscription(ctx context.Context, sub events.Stored, _ int) error {
	return s.Store.CreateSubscription(ctx, sub, 1000)
}

func (s keepsSubscriptionFail) UpdateSubscription(ctx context.Context, sub events.Stored, _ bool) error {
	return s.Store.UpdateSubscription(ctx, sub, false)
}

func (s forgetsFailing) RecordOutcome(ctx context.Context, t tenant.ID, id string, version int64, o events.Outcome) error {
	if o.Reason != "" { // as if there had been a success in between
		well := o
		well.Reason = ""
		if err := s.Store.RecordOutcome(ctx, t, id, version, well); err != nil {
			return err
		}
	}
	return s.Store.RecordOutcome(ctx, t, id, version, o)
}

func (s anyVersion) UpdateSubscription(ctx context.Context, sub events.Stored, reset bool) error {
	old, err := s.Subscription(ctx, sub.Tenant, sub.ID)
	if err != nil {
		return err
	}
	sub.Version = old.Version + 1
	return s.Store.UpdateSubscription(ctx, sub, reset)
}

// SigningSecretTenants looks at current secrets alone.
func (s forgetsPreviousKeys) SigningSecretTenants(
	ctx context.Context, key string, after tenant.ID, limit int,
) ([]tenant.ID, error) {
	list, err := s.Store.SigningSecretTenants(ctx, key, after, limit)
	return slices.DeleteFunc(list, func(t tenant.ID) bool {
		subs, _ := s.Subscriptions(ctx, t)
		return subs[0].Secrets.Current.KeyID == key
	}), err
}

// brokenEvents are the faults with the subtest that must find each.
func brokenEvents() map[string]fault[events.Store] {
	return map[string]fault[events.Store]{
		"shares":           {func(s *bunstore.Store) events.Store { return sharesSubscriptions{s} }, "tenants_apart"},
		"no limit":         {func(s *bunstore.Store) events.Store { return noSubscriptionLimit{s} }, "limit"},
		"keeps failures":   {func(s *bunstore.Store) events.Store { return keepsSubscriptionFail{s} }, "update_resets_health"},
		"forgets failing":  {func(s *bunstore.Store) events.Store { return forgetsFailing{s} }, "outcomes"},
		"any version":      {func(s *bunstore.Store) events.Store { return anyVersion{s} }, "version_moved_on"},
		"forgets previous": {func(s *bunstore.Store) events.Store { return forgetsPreviousKeys{s} }, "tenants_of_secrets"},
		"nothing is wrong": {func(s *bunstore.Store) events.Store { return s }, ""},
	}
}

// TestBrokenEventsStore runs the suite on the fault that the environment names.
func TestBrokenEventsStore(t *testing.T) {
	storetest.RunEvents(t, theFault(t, brokenEvents()).open)
}

func TestEventsSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenEventsStore", brokenEvents())
}
