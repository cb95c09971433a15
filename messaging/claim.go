package messaging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// claiming is a batch that is about to be sent.
type claiming struct {
	work  Work
	claim Claim
	// usage is what it uses of the quotas.
	usage *usage
	// verdict is what the quotas say.
	verdict verdict
	// crowded is true when a quota has no room for everything that is claimed
	// together. Who has to wait is then sorted out batch by batch.
	crowded bool
}

func (c *claiming) tenant() string { return string(c.claim.Batch.Tenant) }

// weight grows with the people of a batch: each has counters of their own.
func (c *claiming) weight() int { return 1 + len(c.work.Users)/10 }

// waitError says that a quota makes a batch wait.
type waitError struct {
	quota   Quota
	failure *Failure
	until   time.Time
}

func (e *waitError) Error() string { return "messaging: quota: " + e.failure.Message.EN }

// claim marks the batch as being sent and counts what it uses of the quotas.
// From here until its settlement a death of the process leaves it uncertain.
// People who must wait are moved to a batch that does; when everybody must, it
// is a waitError and nothing has changed.
func (s *Service) claim(ctx context.Context, w Work, u *usage) (Work, error) {
	id, err := w.newClaim()
	if err != nil {
		return w, err
	}
	c := &claiming{work: w, usage: u, claim: Claim{
		Batch: w.Batch.BatchRef, ID: id, SeenState: w.Batch.State, SeenClaim: w.Claim, At: stamp(s.cfg.Now()),
	}}
	limited, cancel := context.WithTimeout(ctx, jobTimeout-s.cfg.SendTimeout-settleReserve)
	defer cancel()
	err = persist(limited, func(ctx context.Context) error {
		if err := s.claims.Do(ctx, c); err != nil || !c.crowded {
			return err
		}
		return s.claimAlone(ctx, c)
	})
	if err != nil {
		return w, err
	}
	v := c.verdict
	if len(v.held) > 0 {
		s.cfg.Metrics.countWait(w.Provider, v.heldBy)
	}
	w.Users = slices.DeleteFunc(slices.Clone(w.Users), func(u provider.UserID) bool { return slices.Contains(v.held, u) })
	w.Batch.MaybeSent = w.Batch.MaybeSent || w.Batch.State == DeliverySending
	w.Batch.State, w.Claim = DeliverySending, id
	w.Batch.Attempts++
	w.spent, w.together = without(v.spent, v.over()), v.together
	return w, nil
}

// claimTogether claims the batches of a group in one transaction.
func (s *Service) claimTogether(ctx context.Context, group []*gather.Share[*claiming]) {
	gather.Together(ctx, group, func(ctx context.Context, list []*claiming) (errs []error, err error) {
		err = s.store.InTx(ctx, func(ctx context.Context) error {
			errs, err = s.claimAll(ctx, list)
			return err
		})
		return errs, err
	})
}

// claimAll is the part of claimTogether that is in the transaction. Counters
// are locked before batches, here and in claimAlone.
func (s *Service) claimAll(ctx context.Context, list []*claiming) ([]error, error) {
	now := s.cfg.Now()
	for t, of := range byTenant(list) {
		if err := s.spendTogether(ctx, t, of, now); err != nil {
			return nil, err
		}
	}
	var claims []Claim
	for _, c := range list {
		if !c.crowded {
			claims = append(claims, c.claim)
		}
	}
	if len(claims) == 0 {
		return nil, nil
	}
	lost, err := s.store.Claim(ctx, claims...)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	errs := make([]error, len(list))
	for i, c := range list {
		if c.crowded || lost[c.claim.Batch] == nil {
			continue
		}
		errs[i] = lost[c.claim.Batch]
		if err := s.refund(ctx, c.claim.Batch.Tenant, c.verdict.spent, c.verdict.together); err != nil {
			return nil, err
		}
	}
	return errs, nil
}

// claimAlone claims a batch for which, or for some people of which, a quota may
// have no room.
func (s *Service) claimAlone(ctx context.Context, c *claiming) error {
	return s.store.InTx(ctx, func(ctx context.Context) (err error) {
		if c.verdict, err = s.spend(ctx, c.work, c.usage, s.cfg.Now()); err != nil {
			return err
		}
		if c.verdict.wait != nil {
			return &waitError{c.verdict.quota, c.verdict.wait, c.verdict.until}
		}
		lost, err := s.store.Claim(ctx, c.claim)
		if err != nil {
			return err
		}
		if err := lost[c.claim.Batch]; err != nil {
			return err
		}
		return s.hold(ctx, c.work, c.verdict, c.claim.At)
	})
}

// hold moves the people who must wait to a batch of their own.
func (s *Service) hold(ctx context.Context, w Work, v verdict, at time.Time) error {
	if len(v.held) == 0 {
		return nil
	}
	if err := s.store.Refund(ctx, w.Batch.Tenant, v.over()); err != nil {
		return err
	}
	next := v.heldUntil
	if w.expired(next) {
		next = w.ExpiresAt // to be found expired then
	}
	return s.divert(ctx, w, Diversion{
		Users: v.held, State: DeliveryScheduled, NextAt: next, Attempts: w.Batch.Attempts, Failure: v.heldFor, At: at,
	})
}

// divert moves people to a new batch, with its job.
func (s *Service) divert(ctx context.Context, w Work, d Diversion) error {
	ref, err := s.store.Divert(ctx, w.Batch.BatchRef, d)
	if err != nil {
		return fmt.Errorf("divert: %w", err)
	}
	if err := s.publishBatch(ctx, ref); err != nil {
		return err
	}
	job := jobFor(w.kind, ref)
	job.RunAt = d.NextAt
	return s.queue.Enqueue(ctx, job)
}

// byTenant goes through the parts of a list by tenant, always in one order.
func byTenant(list []*claiming) func(yield func(tenant.ID, []*claiming) bool) {
	of := make(map[tenant.ID][]*claiming)
	var tenants []tenant.ID
	for _, c := range list {
		t := c.claim.Batch.Tenant
		if of[t] == nil {
			tenants = append(tenants, t)
		}
		of[t] = append(of[t], c)
	}
	slices.Sort(tenants)
	return func(yield func(tenant.ID, []*claiming) bool) {
		for _, t := range tenants {
			if !yield(t, of[t]) {
				return
			}
		}
	}
}
