package messaging

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// settling is the outcome of a batch on its way into the store.
type settling struct {
	work    Work
	outcome Settlement
}

// settle stores an outcome, tells those who wait for it, and answers the job.
func (s *Service) settle(ctx context.Context, w Work, st Settlement) error {
	err := persistBeyond(ctx, func(ctx context.Context) error { return s.settlements.Do(ctx, settling{w, st}) })
	if errors.Is(err, tenant.ErrConflict) {
		return jobs.Again(retryConflict)
	}
	if err != nil {
		return fmt.Errorf("messaging: settle batch: %w", err)
	}
	s.waiters.wake(w.Batch.MessageID)
	s.cfg.Metrics.countSettled(w, st)
	if st.State == DeliveryPending || st.State == DeliveryScheduled {
		return jobs.Again(max(0, st.NextAt.Sub(s.cfg.Now())))
	}
	return nil
}

// settleTogether stores the outcomes of a group in one transaction.
func (s *Service) settleTogether(ctx context.Context, group []*gather.Share[settling]) {
	gather.Together(ctx, group, func(ctx context.Context, list []settling) (errs []error, err error) {
		err = s.store.InTx(ctx, func(ctx context.Context) error {
			errs, err = s.storeOutcomes(ctx, list)
			return err
		})
		return errs, err
	})
}

// storeOutcomes stores settlements with everything that belongs to them: the
// jobs that track the batches and send the parts after, the people who are
// tried again on their own, the quotas that were not used after all, and the
// news.
func (s *Service) storeOutcomes(ctx context.Context, list []settling) ([]error, error) {
	outcomes := make([]Settlement, len(list))
	for i, o := range list {
		outcomes[i] = o.outcome
		if len(o.outcome.again.Users) == 0 {
			continue
		}
		if err := s.divert(ctx, o.work, o.outcome.again); err != nil {
			return nil, err
		}
	}
	lost, err := s.store.Settle(ctx, outcomes...)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(list))
	var next []jobs.Job
	for i, o := range list {
		errs[i] = lost[o.outcome.Batch]
		switch {
		case errs[i] == nil:
		case len(o.outcome.again.Users) > 0: // they have been moved
			return nil, errs[i]
		default:
			continue
		}
		if err := s.afterOutcome(ctx, o); err != nil {
			return nil, err
		}
		next = append(next, s.nextJobs(o.work, o.outcome)...)
	}
	if len(next) == 0 {
		return errs, nil
	}
	return errs, s.queue.Enqueue(ctx, next...)
}

// afterOutcome takes back what an attempt did not use of the quotas, and tells
// the news.
func (s *Service) afterOutcome(ctx context.Context, o settling) error {
	ref := o.outcome.Batch
	spent, together := o.work.spent, o.work.together
	if !o.outcome.nothingSent() {
		spent, together = o.work.spentOn(o.outcome.turnedAway())
	}
	if err := s.refund(ctx, ref.Tenant, spent, together); err != nil {
		return err
	}
	if o.outcome.quota != "" && o.work.waitsForQuota() {
		return nil // that is no news
	}
	return s.publishBatch(ctx, ref)
}

// waitsForQuota reports whether a quota has made the batch wait before.
func (w Work) waitsForQuota() bool {
	b := w.Batch
	return b.State == DeliveryScheduled && b.Failure != nil && b.Failure.Reason == ReasonQuota
}

// turnedAway returns the people of an accepted batch whom the office app did not
// take.
func (st Settlement) turnedAway() []provider.UserID {
	return slices.AppendSeq(slices.Clone(st.again.Users), maps.Keys(st.Refused))
}

// nothingSent reports whether the attempt certainly had no effect.
func (st Settlement) nothingSent() bool {
	return !st.MaybeSent && st.State != DeliveryAccepted && st.State != DeliveryUncertain
}

// nextJobs returns the jobs that follow an outcome.
func (s *Service) nextJobs(w Work, st Settlement) []jobs.Job {
	var next []jobs.Job
	if st.Tracking {
		job := jobFor(TrackKind, w.Batch.BatchRef)
		job.RunAt = st.At.Add(vary(s.cfg.TrackBackoff[0]))
		next = append(next, job)
	}
	if w.Later && !st.State.waitedFor() {
		after := w.Batch.BatchRef
		after.Number++
		next = append(next, jobFor(w.kind, after))
	}
	if !w.RecallAt.IsZero() && st.State == DeliveryAccepted { // asked for while it was being sent
		next = append(next, jobFor(RecallKind, w.Batch.BatchRef))
	}
	return next
}
