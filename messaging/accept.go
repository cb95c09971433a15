package messaging

import (
	"context"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/jobs"
)

// accept stores a message and its jobs in one transaction, which it may share
// with other messages. What takes part in the caller's transaction, or might
// have to wait for another one, is stored alone.
func (s *Service) accept(ctx context.Context, n NewMessage) error {
	m := n.Message
	if m.Everyone || m.IdempotencyKey != "" || len(n.Batches) > 1 || m.Resolving || s.store.Joined(ctx) {
		return s.acceptAlone(ctx, n)
	}
	return s.acceptances.Do(ctx, n)
}

// acceptAlone stores a message in a transaction of its own, or in the caller's.
func (s *Service) acceptAlone(ctx context.Context, n NewMessage) error {
	return s.store.InTx(ctx, func(ctx context.Context) error { return s.storeMessages(ctx, n) })
}

// storeMessages is the part of accept that is in the transaction.
func (s *Service) storeMessages(ctx context.Context, group ...NewMessage) error {
	if err := s.store.CreateMessages(ctx, group...); err != nil {
		return err
	}
	var work []jobs.Job
	for _, n := range group {
		if n.Message.Everyone {
			if err := s.recordBroadcast(ctx, n.Message); err != nil {
				return err
			}
		}
		work = append(work, firstJobs(n)...)
	}
	if len(work) == 0 {
		return nil
	}
	return s.queue.Enqueue(ctx, work...)
}

// firstJobs returns the jobs that a new message begins with: one for each
// batch, of a split message for each first part, and one that looks up the
// people who are not known yet.
func firstJobs(n NewMessage) []jobs.Job {
	m, parts := n.Message, max(1, len(n.Message.Parts))
	work := make([]jobs.Job, 0, len(n.Batches)+1)
	for i := range n.Batches {
		work = append(work, jobFor(sendKind(len(n.Batches)), BatchRef{Tenant: m.Tenant, MessageID: m.ID, Number: i*parts + 1}))
	}
	if m.Resolving {
		work = append(work, jobFor(ResolveKind, BatchRef{Tenant: m.Tenant, MessageID: m.ID}))
	}
	for i := range work {
		work[i].RunAt = m.SendAt
	}
	if n.Selection.Streamed { // nobody is looked up, but the stream may break off
		work[len(work)-1].RunAt = m.CreatedAt.Add(streamPatience)
	}
	return work
}

// acceptTogether stores a group in one transaction.
func (s *Service) acceptTogether(ctx context.Context, group []*gather.Share[NewMessage]) {
	gather.Together(ctx, group, func(ctx context.Context, messages []NewMessage) ([]error, error) {
		return nil, s.store.InTx(ctx, func(ctx context.Context) error { return s.storeMessages(ctx, messages...) })
	})
}
