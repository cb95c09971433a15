package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// RecallKind takes one accepted batch back.
const RecallKind = "messaging.recall"

const (
	recallQueue = "recalling"
	// recallPause is the shortest pause between two tries to recall.
	recallPause = 2 * time.Second
)

var cancelled = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.Canceled, Reason: ReasonCancelled,
	Message: provider.Text{ZH: "发送前已被取消", EN: "it was cancelled before it was sent"},
}

var notRecallable = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.FailedPrecondition, Reason: ReasonRecallWindow,
	Message: provider.Text{ZH: "已超过可撤回的时间", EN: "the time in which it could be taken back is over"},
}

// Cancel keeps what has not been sent yet of a message from being sent. It
// needs ActionSend on ObjectMessage for one's own messages and ActionWrite for
// those of others.
//
// Refusals: ErrMessageNotFound; ErrNothingToCancel when everything is sent, or
// ended otherwise.
func (s *Service) Cancel(ctx context.Context, t tenant.ID, id string) (Message, error) {
	m, err := s.stop(ctx, t, id, "message.cancel", func(ctx context.Context, m Message, now time.Time) error {
		n, err := s.store.Cancel(ctx, t, id, cancelled, now, false)
		switch {
		case err != nil:
			return err
		case n == 0 && !m.Resolving:
			return ErrNothingToCancel
		}
		batches, err := s.store.Batches(ctx, t, id)
		if err != nil {
			return err
		}
		return s.publishCancelled(ctx, batches, now)
	})
	if err != nil {
		return Message{}, fmt.Errorf("messaging: cancel: %w", err)
	}
	return m, nil
}

// Recall takes a message back: what has not been sent yet is not sent, and the
// office app is asked, in the background, to take back what it has accepted.
// Deliveries become Cancelled and Recalled; the Batches say what could not be
// taken back and why. It needs what [Service.Cancel] needs.
//
// Refusals: ErrMessageNotFound; ErrNotRecallable when nothing of the message is
// waiting, being sent or accepted.
func (s *Service) Recall(ctx context.Context, t tenant.ID, id string) (Message, error) {
	m, err := s.stop(ctx, t, id, "message.recall", s.recall)
	if err != nil {
		return Message{}, fmt.Errorf("messaging: recall: %w", err)
	}
	return m, nil
}

// RecallAndWait is Recall followed by a wait, at most as long as wait says,
// until every batch is taken back or can not be. Its Result is as that of
// SendAndWait.
func (s *Service) RecallAndWait(ctx context.Context, t tenant.ID, id string, wait time.Duration) (Result, error) {
	m, err := s.Recall(ctx, t, id)
	if err != nil {
		return Result{}, err
	}
	var batches []Batch
	err = s.watch(ctx, m.ID, wait, func() (over bool, err error) {
		batches, err = s.store.Batches(ctx, t, m.ID)
		return !slices.ContainsFunc(batches, func(b Batch) bool {
			return b.TaskID != "" && b.State != DeliveryRecalled && b.RecallFailure == nil
		}), err
	})
	if err != nil {
		return Result{Message: m}, fmt.Errorf("messaging: wait for recall: %w", err)
	}
	m, err = s.store.Message(ctx, t, id)
	if err != nil {
		return Result{}, fmt.Errorf("messaging: recall: %w", err)
	}
	return Result{Message: m, Answered: true, Batches: batches}, nil
}

// RecallTask is RecallAndWait for the message that the office app accepted
// under a task id. The id of a batch stands for the whole message.
func (s *Service) RecallTask(
	ctx context.Context, t tenant.ID, kind provider.Kind, taskID string, wait time.Duration,
) (Result, error) {
	if _, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionSend); err != nil {
		return Result{}, fmt.Errorf("messaging: recall task: %w", err)
	}
	ref, err := s.store.BatchByTask(ctx, t, kind, taskID)
	if err != nil {
		return Result{}, fmt.Errorf("messaging: recall task: %w", errNotFound(err))
	}
	return s.RecallAndWait(ctx, t, ref.MessageID, wait)
}

// stop does something to a message in a transaction, with its audit row, for
// who may.
func (s *Service) stop(
	ctx context.Context, t tenant.ID, id, action string, do func(context.Context, Message, time.Time) error,
) (Message, error) {
	m, actor, err := s.mayChange(ctx, t, id)
	if err != nil {
		return Message{}, err
	}
	return s.change(ctx, m, actor, action, do)
}

// change does something to a message in a transaction, with its audit row.
func (s *Service) change(
	ctx context.Context, m Message, actor tenant.Actor, action string, do func(context.Context, Message, time.Time) error,
) (Message, error) {
	row, err := s.trail.Entry(actor, tenant.Operation{Tenant: m.Tenant, Action: action, Target: m.ID})
	if err != nil {
		return Message{}, err
	}
	err = s.trail.Commit(ctx, &row, func(ctx context.Context) error { return do(ctx, m, row.At) })
	if err != nil {
		return Message{}, errNotFound(err)
	}
	s.waiters.wake(m.ID)
	return s.store.Message(ctx, m.Tenant, m.ID)
}

// mayChange returns a message, and who is about to do something to it, if they
// may.
func (s *Service) mayChange(ctx context.Context, t tenant.ID, id string) (Message, tenant.Actor, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionSend)
	if err != nil {
		return Message{}, actor, err
	}
	m, err := s.store.Message(ctx, t, id)
	if err != nil {
		return Message{}, actor, errNotFound(err)
	}
	if m.CreatedBy != actor.UserID {
		_, err = tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionWrite)
	}
	return m, actor, err
}

// recall is the part of Recall that is in the transaction.
func (s *Service) recall(ctx context.Context, m Message, now time.Time) error {
	stopped, err := s.store.Cancel(ctx, m.Tenant, m.ID, cancelled, now, true)
	if err != nil {
		return err
	}
	batches, err := s.store.Batches(ctx, m.Tenant, m.ID)
	if err != nil {
		return err
	}
	if err := s.publishCancelled(ctx, batches, now); err != nil {
		return err
	}
	work := recallJobs(batches)
	if len(work) > 0 {
		return s.queue.Enqueue(ctx, work...)
	}
	if stopped == 0 && m.RecallAt.IsZero() {
		return ErrNotRecallable
	}
	return nil
}

// publishCancelled tells of the batches that were just cancelled.
func (s *Service) publishCancelled(ctx context.Context, batches []Batch, now time.Time) error {
	for _, b := range batches {
		if b.State != DeliveryCancelled || !b.UpdatedAt.Equal(now) {
			continue
		}
		if err := s.publishBatch(ctx, b.BatchRef); err != nil {
			return err
		}
	}
	return nil
}

// recallJobs returns the jobs for the batches that are sent, or just being
// sent.
func recallJobs(batches []Batch) []jobs.Job {
	var work []jobs.Job
	for _, b := range batches {
		if b.State == DeliverySending || b.State == DeliveryAccepted {
			work = append(work, jobFor(RecallKind, b.BatchRef))
		}
	}
	return work
}

// recallBatch is the handler of RecallKind.
func (s *Service) recallBatch(ctx context.Context, run jobs.Run) error {
	ctx = tenant.AsSystem(ctx, "messaging")
	w, err := s.load(ctx, run)
	if err != nil {
		return fmt.Errorf("messaging: recall batch: %w", err)
	}
	switch {
	case w.Batch.State == DeliverySending:
		return jobs.Again(recallPause)
	case w.Batch.State != DeliveryAccepted:
		return nil
	}
	failure, again, err := s.tryRecall(ctx, w)
	if err != nil {
		return fmt.Errorf("messaging: recall batch: %w", err)
	}
	if again > 0 {
		return jobs.Again(again)
	}
	return s.recalled(ctx, w.Batch.BatchRef, failure)
}

// tryRecall asks the office app once. again is set when it is to be asked
// later.
func (s *Service) tryRecall(ctx context.Context, w Work) (failure *Failure, again time.Duration, err error) {
	to, err := s.openAccepted(ctx, w)
	switch {
	case err != nil && !lasting(err):
		return nil, 0, err
	case err != nil:
		return failureOf(err), 0, nil
	case to.recall == nil:
		return &Failure{Code: provider.Unsupported, Message: notAble}, 0, nil
	case s.tooLate(w, to):
		return &notRecallable, 0, nil
	}
	limited, cancel := context.WithTimeout(ctx, s.cfg.SendTimeout)
	defer cancel()
	err = to.recall(limited, w)
	s.logRecall(ctx, w, err)
	switch {
	case err == nil:
		return nil, 0, nil
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case provider.Retryable(err):
		return nil, max(recallPause, retryAfter(err)), nil
	}
	return failureOf(err), 0, nil
}

func (s *Service) tooLate(w Work, to channel) bool {
	window := to.limits.RecallWindow
	return window > 0 && !s.cfg.Now().Before(w.Batch.AcceptedAt.Add(window))
}

func (s *Service) recalled(ctx context.Context, ref BatchRef, failure *Failure) error {
	err := persistBeyond(ctx, func(ctx context.Context) error {
		return s.store.InTx(ctx, func(ctx context.Context) error {
			if err := s.store.Recalled(ctx, ref, failure, stamp(s.cfg.Now())); err != nil {
				return err
			}
			return s.publishBatch(ctx, ref)
		})
	})
	if err != nil {
		return fmt.Errorf("messaging: recall batch: %w", err)
	}
	s.waiters.wake(ref.MessageID)
	return nil
}

func (s *Service) logRecall(ctx context.Context, w Work, err error) {
	s.cfg.Logger.InfoContext(ctx, "recall asked for",
		"tenant", w.Batch.Tenant, "provider", w.Provider, "op", RecallKind,
		"message", w.Batch.MessageID, "batch", w.Batch.Number, "code", provider.CodeOf(err).String())
}

func retryAfter(err error) time.Duration {
	var e *provider.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}
