package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/tenant"
)

// brokenEventsEnv names the broken store that TestBrokenEventsStore runs the
// suite on when it is started by TestEventsSuiteFindsFaults.
const brokenEventsEnv = "THIRDAPP_STORETEST_BROKEN_EVENTS"

// The faults: each is a store that is right but for one thing.
type (
	sharesSubscriptions   struct{ events.Store }
	noSubscriptionLimit   struct{ events.Store }
	keepsSubscriptionFail struct{ events.Store }
	forgetsFailing        struct{ events.Store }
	anyVersion            struct{ events.Store }
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

// brokenEvents are the faults with the subtest that must find each.
func brokenEvents() map[string]struct {
	wrap  func(events.Store) events.Store
	found string
} {
	return map[string]struct {
		wrap  func(events.Store) events.Store
		found string
	}{
		"shares":           {func(s events.Store) events.Store { return sharesSubscriptions{s} }, "tenants_apart"},
		"no limit":         {func(s events.Store) events.Store { return noSubscriptionLimit{s} }, "limit"},
		"keeps failures":   {func(s events.Store) events.Store { return keepsSubscriptionFail{s} }, "update_resets_health"},
		"forgets failing":  {func(s events.Store) events.Store { return forgetsFailing{s} }, "outcomes"},
		"any version":      {func(s events.Store) events.Store { return anyVersion{s} }, "version_moved_on"},
		"nothing is wrong": {func(s events.Store) events.Store { return s }, ""},
	}
}

// TestBrokenEventsStore runs the suite on the store that the environment names.
func TestBrokenEventsStore(t *testing.T) {
	broken, ok := brokenEvents()[os.Getenv(brokenEventsEnv)]
	if !ok {
		t.Skip("runs on behalf of TestEventsSuiteFindsFaults")
	}
	storetest.RunEvents(t, func(tb testing.TB) events.Store {
		tb.Helper()
		s, err := bunstore.Open(tb.Context(), "sqlite:"+dbtest.SQLite(tb), bunstore.Options{MaxConns: 8})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		return broken.wrap(s)
	})
}

// TestEventsSuiteFindsFaults runs the suite in a process of its own on each
// broken store and wants it to fail where the fault is.
func TestEventsSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range brokenEvents() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pattern := "^TestBrokenEventsStore$"
			if broken.found != "" {
				pattern += "/^" + broken.found + "$"
			}
			cmd := exec.CommandContext(t.Context(), self, "-test.run", pattern, "-test.count=1")
			cmd.Env = append(os.Environ(), brokenEventsEnv+"="+name)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case err != nil && !errors.As(err, &exit):
				t.Fatal(err)
			case broken.found == "" && err != nil:
				t.Errorf("the suite fails on a store without a fault:\n%s", out)
			case broken.found != "" && !strings.Contains(string(out), "--- FAIL: TestBrokenEventsStore/"+broken.found+" "):
				t.Errorf("the suite does not fail in %s:\n%s", broken.found, out)
			}
		})
	}
}
