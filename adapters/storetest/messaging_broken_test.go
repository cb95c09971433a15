package storetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

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
	ignoresBatch     struct{ messaging.Store }
	forgetsRecall    struct{ messaging.Store }
	hidesCancel      struct{ messaging.Store }
	recallsNothing   struct{ messaging.Store }
	divertsEarly     struct{ messaging.Store }
	oneReplay        struct{ messaging.Store }
	prunesTooMuch    struct{ messaging.Store }
	prunesByAge      struct{ messaging.Store }
	forgetsTenants   struct{ messaging.Store }
	stopsWaiting     struct{ messaging.Store }
	forgetsOrg       struct{ messaging.Store }
	forgetsIdentity  struct{ messaging.Store }
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

func (s ignoresBatch) Deliveries(
	ctx context.Context, t tenant.ID, messageID string, f messaging.DeliveryFilter, p tenant.Page,
) (tenant.List[messaging.Delivery], error) {
	f.Batch = 0
	return s.Store.Deliveries(ctx, t, messageID, f, p)
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

// Settle says that it was the time of the message, so that nothing changes
// after that.
func (s prunesByAge) Settle(ctx context.Context, list ...messaging.Settlement) (map[messaging.BatchRef]error, error) {
	for i, st := range list {
		if m, err := s.Message(ctx, st.Batch.Tenant, st.Batch.MessageID); err == nil {
			list[i].At = m.CreatedAt
		}
	}
	return s.Store.Settle(ctx, list...)
}

// NextTenant knows of tenants with messages only.
func (s forgetsTenants) NextTenant(ctx context.Context, after tenant.ID) (tenant.ID, error) {
	next, err := s.Store.NextTenant(ctx, after)
	for err == nil && next != "" {
		list, err := s.Messages(ctx, next, messaging.MessageFilter{}, tenant.Page{Limit: 1})
		if err != nil || len(list.Items) > 0 {
			return next, err
		}
		if next, err = s.Store.NextTenant(ctx, next); err != nil {
			return "", err
		}
	}
	return next, err
}

func (s stopsWaiting) Waiting(
	ctx context.Context, t tenant.ID, after messaging.BatchRef, limit int,
) ([]messaging.BatchRef, error) {
	if after.MessageID != "" {
		return nil, nil
	}
	return s.Store.Waiting(ctx, t, after, limit)
}

func (s forgetsOrg) Work(
	ctx context.Context, refs ...messaging.BatchRef,
) (map[messaging.BatchRef]messaging.Work, error) {
	found, err := s.Store.Work(ctx, refs...)
	for ref, w := range found {
		w.OrgID = ""
		found[ref] = w
	}
	return found, err
}

func (s forgetsIdentity) Settle(
	ctx context.Context, list ...messaging.Settlement,
) (map[messaging.BatchRef]error, error) {
	for i := range list {
		list[i].AppIdentity = ""
	}
	return s.Store.Settle(ctx, list...)
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

// messagingFaults are the faults with the subtest that must find each.
func messagingFaults() map[string]fault[messaging.Store] {
	return map[string]fault[messaging.Store]{
		"claims anyway":      {func(s *bunstore.Store) messaging.Store { return claimsAnyway{s} }, "claim/seen_differently"},
		"hides losses":       {func(s *bunstore.Store) messaging.Store { return hidesLosses{s} }, "together/claim"},
		"settles one":        {func(s *bunstore.Store) messaging.Store { return settlesOne{s} }, "together/settle"},
		"counts every claim": {func(s *bunstore.Store) messaging.Store { return countsEveryClaim{s} }, "settle/what_was_no_attempt_does_not_count"},
		"extends anyway":     {func(s *bunstore.Store) messaging.Store { return extendsAnyway{s} }, "selection/step_by_step"},
		"keeps selection":    {func(s *bunstore.Store) messaging.Store { return keepsSelection{s} }, "selection/step_by_step"},
		"ignores state":      {func(s *bunstore.Store) messaging.Store { return ignoresState{s} }, "states/what_the_batches_make_of_it"},
		"ignores batch":      {func(s *bunstore.Store) messaging.Store { return ignoresBatch{s} }, "deliveries/of_a_batch"},
		"ignores has":        {func(s *bunstore.Store) messaging.Store { return ignoresHas{s} }, "filter/by_state,_whatever_happened"},
		"forgets recall":     {func(s *bunstore.Store) messaging.Store { return forgetsRecall{s} }, "cancel/with_recall"},
		"hides cancel":       {func(s *bunstore.Store) messaging.Store { return hidesCancel{s} }, "cancel/is_seen_by_what_is_being_sent"},
		"recalls nothing":    {func(s *bunstore.Store) messaging.Store { return recallsNothing{s} }, "recall/taken_back"},
		"diverts too early":  {func(s *bunstore.Store) messaging.Store { return divertsEarly{s} }, "divert/some_of_a_batch"},
		"one replay":         {func(s *bunstore.Store) messaging.Store { return oneReplay{s} }, "replay/by_state,_in_batches_of_a_size"},
		"prunes too much":    {func(s *bunstore.Store) messaging.Store { return prunesTooMuch{s} }, "prune/the_oldest,_with_all_that_belongs_to_them"},
		"prunes by age":      {func(s *bunstore.Store) messaging.Store { return prunesByAge{s} }, "prune/not_what_has_changed_since"},
		"forgets tenants":    {func(s *bunstore.Store) messaging.Store { return forgetsTenants{s} }, "prune/tenants_without_messages"},
		"forgets org":        {func(s *bunstore.Store) messaging.Store { return forgetsOrg{s} }, "claim/marks_the_batch"},
		"forgets identity":   {func(s *bunstore.Store) messaging.Store { return forgetsIdentity{s} }, "settle/accepted"},
		"stops waiting":      {func(s *bunstore.Store) messaging.Store { return stopsWaiting{s} }, "waiting/in_order,_in_pieces"},
		"loses next part":    {func(s *bunstore.Store) messaging.Store { return losesNextPart{s} }, "split/each_group_has_each_part"},
		"shares messages":    {func(s *bunstore.Store) messaging.Store { return sharesMessages{s} }, "isolation/every_method"},
		"nothing is wrong":   {func(s *bunstore.Store) messaging.Store { return s }, ""},
	}
}

// TestBrokenMessaging runs the suite on the fault that the environment names.
func TestBrokenMessaging(t *testing.T) {
	storetest.RunMessaging(t, theFault(t, messagingFaults()).open)
}

func TestMessagingSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenMessaging", messagingFaults())
}
