package messaging

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// settle stores an outcome, tells those who wait for it, and answers the job.
func (s *Service) settle(ctx context.Context, w Work, st Settlement) error {
	ref := w.Batch.BatchRef
	err := persistBeyond(ctx, func(ctx context.Context) error { return s.storeOutcome(ctx, w, st) })
	if errors.Is(err, tenant.ErrConflict) {
		return jobs.Again(retryConflict)
	}
	if err != nil {
		return fmt.Errorf("messaging: settle batch: %w", err)
	}
	s.waiters.wake(ref.MessageID)
	if st.State == DeliveryPending || st.State == DeliveryScheduled {
		return jobs.Again(max(0, st.NextAt.Sub(s.cfg.Now())))
	}
	return nil
}

// storeOutcome stores a settlement with everything that belongs to it: the jobs
// that track the batch and send the part after, the people who are tried again
// on their own, the quotas that were not used after all, and the news.
func (s *Service) storeOutcome(ctx context.Context, w Work, st Settlement) error {
	ref := w.Batch.BatchRef
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if len(st.again.Users) > 0 {
			if err := s.divert(ctx, w, st.again); err != nil {
				return err
			}
		}
		if err := s.store.Settle(ctx, ref, st); err != nil {
			return err
		}
		if st.nothingSent() && len(w.spent) > 0 {
			if err := s.store.Refund(ctx, ref.Tenant, w.spent); err != nil {
				return err
			}
		}
		if err := s.enqueueNext(ctx, w, st); err != nil {
			return err
		}
		return s.publishBatch(ctx, ref)
	})
}

// nothingSent reports whether the attempt certainly had no effect.
func (st Settlement) nothingSent() bool {
	return !st.MaybeSent && st.State != DeliveryAccepted && st.State != DeliveryUncertain
}

// enqueueNext enqueues the jobs that follow an outcome.
func (s *Service) enqueueNext(ctx context.Context, w Work, st Settlement) error {
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
	if len(next) == 0 {
		return nil
	}
	return s.queue.Enqueue(ctx, next...)
}
