package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// brokenMessagingEnv names the fault that TestBrokenMessaging runs the suite on
// when it is started by TestMessagingSuiteFindsFaults.
const brokenMessagingEnv = "THIRDAPP_STORETEST_BROKEN_MESSAGING"

// The faults: each is a store that is right but for one thing.
type (
	claimsAnyway     struct{ messaging.Store }
	hidesLosses      struct{ messaging.Store }
	settlesOne       struct{ messaging.Store }
	countsEveryClaim struct{ messaging.Store }
	extendsAnyway    struct{ messaging.Store }
	keepsSelection   struct{ messaging.Store }
	ignoresState     struct{ messaging.Store }
	ignoresHas       struct{ messaging.Store }
	forgetsRecall    struct{ messaging.Store }
	hidesCancel      struct{ messaging.Store }
	recallsNothing   struct{ messaging.Store }
	divertsEarly     struct{ messaging.Store }
	oneReplay        struct{ messaging.Store }
	prunesTooMuch    struct{ messaging.Store }
	stopsWaiting     struct{ messaging.Store }
	losesNextPart    struct{ messaging.Store }
	sharesMessages   struct{ messaging.Store }
)

// Claim takes the batch as it stands.
func (s claimsAnyway) Claim(ctx context.Context, list ...messaging.Claim) (map[messaging.BatchRef]error, error) {
	for i, c := range list {
		found, err := s.Work(ctx, c.Batch)
		if w, ok := found[c.Batch]; ok && err == nil {
			list[i].SeenState, list[i].SeenClaim = w.Batch.State, w.Claim
		}
	}
	return s.Store.Claim(ctx, list...)
}

// Claim keeps to itself what was lost.
func (s hidesLosses) Claim(ctx context.Context, list ...messaging.Claim) (map[messaging.BatchRef]error, error) {
	lost, err := s.Store.Claim(ctx, list...)
	if len(list) > 1 {
		return nil, err
	}
	return lost, err
}

// Settle settles the first.
func (s settlesOne) Settle(ctx context.Context, list ...messaging.Settlement) (map[messaging.BatchRef]error, error) {
	return s.Store.Settle(ctx, list[0])
}

func (s countsEveryClaim) Settle(ctx context.Context, list ...messaging.Settlement) (map[messaging.BatchRef]error, error) {
	for i := range list {
		list[i].Unclaimed = false
	}
	return s.Store.Settle(ctx, list...)
}

// Extend takes the selection as it stands.
func (s extendsAnyway) Extend(
	ctx context.Context, t tenant.ID, id string, e messaging.Extension,
) ([]messaging.BatchRef, error) {
	if of, err := s.Selection(ctx, t, id); err == nil {
		e.Seen = of.After
	}
	return s.Store.Extend(ctx, t, id, e)
}

func (s keepsSelection) Extend(
	ctx context.Context, t tenant.ID, id string, e messaging.Extension,
) ([]messaging.BatchRef, error) {
	e.Done = false
	return s.Store.Extend(ctx, t, id, e)
}

func (s ignoresState) Messages(
	ctx context.Context, t tenant.ID, f messaging.MessageFilter, p tenant.Page,
) (tenant.List[messaging.Message], error) {
	f.State = ""
	return s.Store.Messages(ctx, t, f, p)
}

func (s ignoresHas) Messages(
	ctx context.Context, t tenant.ID, f messaging.MessageFilter, p tenant.Page,
) (tenant.List[messaging.Message], error) {
	f.Has = ""
	return s.Store.Messages(ctx, t, f, p)
}

func (s forgetsRecall) Cancel(
	ctx context.Context, t tenant.ID, id string, f messaging.Failure, at time.Time, _ bool,
) (int, error) {
	return s.Store.Cancel(ctx, t, id, f, at, false)
}

func (s hidesCancel) Work(
	ctx context.Context, refs ...messaging.BatchRef,
) (map[messaging.BatchRef]messaging.Work, error) {
	found, err := s.Store.Work(ctx, refs...)
	for ref, w := range found {
		w.Cancelled = false
		found[ref] = w
	}
	return found, err
}

func (s recallsNothing) Recalled(context.Context, messaging.BatchRef, *messaging.Failure, time.Time) error {
	return nil
}

func (s divertsEarly) Divert(
	ctx context.Context, ref messaging.BatchRef, d messaging.Diversion,
) (messaging.BatchRef, error) {
	d.NextAt = d.At
	return s.Store.Divert(ctx, ref, d)
}

func (s oneReplay) Replay(
	ctx context.Context, t tenant.ID, id string, states []messaging.DeliveryState, _ int, at time.Time,
) ([]messaging.BatchRef, error) {
	return s.Store.Replay(ctx, t, id, states, 0, at)
}

func (s prunesTooMuch) Prune(ctx context.Context, t tenant.ID, before time.Time, limit int) (int, error) {
	return s.Store.Prune(ctx, t, before.AddDate(1, 0, 0), limit)
}

func (s stopsWaiting) Waiting(
	ctx context.Context, t tenant.ID, after messaging.BatchRef, limit int,
) ([]messaging.BatchRef, error) {
	if after.MessageID != "" {
		return nil, nil
	}
	return s.Store.Waiting(ctx, t, after, limit)
}

func (s losesNextPart) Work(
	ctx context.Context, refs ...messaging.BatchRef,
) (map[messaging.BatchRef]messaging.Work, error) {
	found, err := s.Store.Work(ctx, refs...)
	for ref, w := range found {
		w.Later = false
		found[ref] = w
	}
	return found, err
}

func (s sharesMessages) Replay(
	ctx context.Context, t tenant.ID, id string, states []messaging.DeliveryState, size int, at time.Time,
) ([]messaging.BatchRef, error) {
	refs, err := s.Store.Replay(ctx, t, id, states, size, at)
	if errors.Is(err, tenant.ErrNotFound) {
		return s.Store.Replay(ctx, "t-1", id, states, size, at)
	}
	return refs, err
}

// messagingFault is a fault with the subtest that must find it.
type messagingFault struct {
	wrap  func(messaging.Store) messaging.Store
	found string
}

func messagingFaults() map[string]messagingFault {
	return map[string]messagingFault{
		"claims anyway":      {func(s messaging.Store) messaging.Store { return claimsAnyway{s} }, "claim/seen_differently"},
		"hides losses":       {func(s messaging.Store) messaging.Store { return hidesLosses{s} }, "together/claim"},
		"settles one":        {func(s messaging.Store) messaging.Store { return settlesOne{s} }, "together/settle"},
		"counts every claim": {func(s messaging.Store) messaging.Store { return countsEveryClaim{s} }, "settle/what_was_no_attempt_does_not_count"},
		"extends anyway":     {func(s messaging.Store) messaging.Store { return extendsAnyway{s} }, "selection/step_by_step"},
		"keeps selection":    {func(s messaging.Store) messaging.Store { return keepsSelection{s} }, "selection/step_by_step"},
		"ignores state":      {func(s messaging.Store) messaging.Store { return ignoresState{s} }, "states/what_the_batches_make_of_it"},
		"ignores has":        {func(s messaging.Store) messaging.Store { return ignoresHas{s} }, "filter/by_state,_whatever_happened"},
		"forgets recall":     {func(s messaging.Store) messaging.Store { return forgetsRecall{s} }, "cancel/with_recall"},
		"hides cancel":       {func(s messaging.Store) messaging.Store { return hidesCancel{s} }, "cancel/is_seen_by_what_is_being_sent"},
		"recalls nothing":    {func(s messaging.Store) messaging.Store { return recallsNothing{s} }, "recall/taken_back"},
		"diverts too early":  {func(s messaging.Store) messaging.Store { return divertsEarly{s} }, "divert/some_of_a_batch"},
		"one replay":         {func(s messaging.Store) messaging.Store { return oneReplay{s} }, "replay/by_state,_in_batches_of_a_size"},
		"prunes too much":    {func(s messaging.Store) messaging.Store { return prunesTooMuch{s} }, "prune/the_oldest,_with_all_that_belongs_to_them"},
		"stops waiting":      {func(s messaging.Store) messaging.Store { return stopsWaiting{s} }, "waiting/in_order,_in_pieces"},
		"loses next part":    {func(s messaging.Store) messaging.Store { return losesNextPart{s} }, "split/each_group_has_each_part"},
		"shares messages":    {func(s messaging.Store) messaging.Store { return sharesMessages{s} }, "isolation/every_method"},
		"nothing is wrong":   {func(s messaging.Store) messaging.Store { return s }, ""},
	}
}

// TestBrokenMessaging runs the suite on the fault that the environment names.
func TestBrokenMessaging(t *testing.T) {
	fault, ok := messagingFaults()[os.Getenv(brokenMessagingEnv)]
	if !ok {
		t.Skip("runs on behalf of TestMessagingSuiteFindsFaults")
	}
	storetest.RunMessaging(t, func(tb testing.TB) messaging.Store {
		tb.Helper()
		s, err := bunstore.Open(tb.Context(), "sqlite:"+dbtest.SQLite(tb), bunstore.Options{MaxConns: 8})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		return fault.wrap(s)
	})
}

// TestMessagingSuiteFindsFaults runs the suite in a process of its own on each
// fault and wants it to fail where that is.
func TestMessagingSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, fault := range messagingFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pattern := "^TestBrokenMessaging$"
			if fault.found != "" {
				group, test, _ := strings.Cut(fault.found, "/")
				pattern += "/^" + group + "$/^" + test + "$"
			}
			cmd := exec.CommandContext(t.Context(), self, "-test.run", pattern, "-test.count=1")
			cmd.Env = append(os.Environ(), brokenMessagingEnv+"="+name)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case err != nil && !errors.As(err, &exit):
				t.Fatal(err)
			case fault.found == "" && err != nil:
				t.Errorf("the suite fails on a store without a fault:\n%s", out)
			case fault.found != "" && !strings.Contains(string(out), "--- FAIL: TestBrokenMessaging/"+fault.found+" "):
				t.Errorf("the suite does not fail in %s:\n%s", fault.found, out)
			}
		})
	}
}
