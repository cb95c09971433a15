package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The kinds of jobs this package enqueues and handles.
const (
	// SendKind sends one batch, as often as it takes.
	SendKind = "messaging.send"
	// TrackKind asks what became of one batch, until there is nothing more to
	// learn.
	TrackKind = "messaging.track"
)

const (
	sendQueue  = "messaging"
	trackQueue = "tracking"
	// jobTimeout is the most that the jobs port allows: the call to the office
	// app is shorter, and the rest is for storing what came of it.
	jobTimeout = time.Minute
	// settleReserve is kept back from jobTimeout for storing an outcome.
	settleReserve = 15 * time.Second
)

// Handlers returns the handlers of this service's jobs, for jobs.Runner.Start.
func (s *Service) Handlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: SendKind, Queue: sendQueue, Timeout: jobTimeout, Work: s.sendBatch},
		{Kind: TrackKind, Queue: trackQueue, Timeout: jobTimeout, Work: s.trackBatch},
	}
}

// payload is what a job carries besides its tenant.
type payload struct {
	Message string `json:"message"`
	Batch   int    `json:"batch"`
}

// jobFor returns the job of a batch. It is not unique: a job more does nothing
// that the batch's row does not allow.
func jobFor(kind string, ref BatchRef) jobs.Job {
	b, err := json.Marshal(payload{ref.MessageID, ref.Number})
	if err != nil {
		panic(err) // a text and a number
	}
	return jobs.Job{Kind: kind, Tenant: string(ref.Tenant), Payload: b}
}

func refOf(run jobs.Run) (BatchRef, error) {
	var p payload
	if err := json.Unmarshal(run.Payload, &p); err != nil {
		return BatchRef{}, fmt.Errorf("payload: %w", err)
	}
	return BatchRef{Tenant: tenant.ID(run.Tenant), MessageID: p.Message, Number: p.Batch}, nil
}

// load returns the work of a job. A job without any is dropped.
func (s *Service) load(ctx context.Context, run jobs.Run) (Work, error) {
	ref, err := refOf(run)
	if err != nil {
		return Work{}, jobs.Drop(err)
	}
	w, err := s.store.Work(ctx, ref)
	if errors.Is(err, tenant.ErrNotFound) {
		return Work{}, jobs.Drop(err)
	}
	return w, err
}

// sendBatch is the handler of SendKind. What the batch's row says decides what
// a run does, never the job: it may run twice, late, or beside itself.
func (s *Service) sendBatch(ctx context.Context, run jobs.Run) error {
	ctx = tenant.AsSystem(ctx, "messaging")
	w, err := s.load(ctx, run)
	if err != nil {
		return fmt.Errorf("messaging: send batch: %w", err)
	}
	now := stamp(s.cfg.Now())
	if w.Batch.answered() {
		return nil
	}
	if final, over := w.overBefore(now, len(s.cfg.Backoff)); over {
		return s.settle(ctx, w, final)
	}
	if w.Batch.State == DeliveryPending && now.Before(w.Batch.NextAt) {
		return jobs.Again(w.Batch.NextAt.Sub(now))
	}
	return s.attempt(ctx, w)
}

// overBefore reports whether a batch is to be settled without another attempt.
func (w Work) overBefore(now time.Time, attempts int) (Settlement, bool) {
	st := Settlement{Claim: w.Claim, At: now}
	found := w.Batch.State == DeliverySending
	switch {
	case found && (!w.AtLeastOnce || w.Batch.Attempts >= attempts || w.expired(now)):
		st.State, st.Failure, st.MaybeSent = DeliveryUncertain, &outcomeUnknown, true
	case w.expired(now) && w.Batch.MaybeSent:
		st.State, st.Failure = DeliveryUncertain, w.Batch.Failure
	case w.expired(now):
		st.State, st.Failure = DeliveryExpired, &expired
	default:
		return Settlement{}, false
	}
	return st, true
}

func (w Work) expired(now time.Time) bool {
	return !w.ExpiresAt.IsZero() && !now.Before(w.ExpiresAt)
}

// attempt gives a batch to the office app once and stores what came of it.
func (s *Service) attempt(ctx context.Context, w Work) error {
	task, notReady := s.prepare(ctx, w)
	if notReady != nil && !lasting(notReady) {
		return fmt.Errorf("messaging: send batch: %w", notReady)
	}
	w, err := s.claim(ctx, w)
	if errors.Is(err, tenant.ErrConflict) {
		return jobs.Again(retryConflict)
	}
	if err != nil {
		return fmt.Errorf("messaging: claim batch: %w", err)
	}
	if notReady != nil {
		return s.settle(ctx, w, w.refused(notReady, stamp(s.cfg.Now())))
	}
	if ctx.Err() != nil {
		return s.settle(ctx, w, w.released(stamp(s.cfg.Now())))
	}
	start := s.cfg.Now()
	receipt, err := task.send(ctx, s.cfg.SendTimeout)
	s.logAttempt(ctx, w, err, s.cfg.Now().Sub(start))
	if err == nil {
		return s.settle(ctx, w, w.accepted(receipt, task.tracked, stamp(s.cfg.Now())))
	}
	return s.settle(ctx, w, s.failed(ctx, w, err))
}

// retryConflict is when a run that lost against another one looks again. It
// must not report the job as finished: the other run may still need it.
const retryConflict = 5 * time.Second

// task is a call to the office app, ready to be made.
type task struct {
	sender   provider.MessageSender
	rendered provider.Rendered
	to       provider.Audience
	// tracked is true when the office app can be asked what became of it.
	tracked bool
}

func (t task) send(ctx context.Context, timeout time.Duration) (provider.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return t.sender.Send(ctx, t.to, t.rendered)
}

// prepare does everything about a call that can fail before it is made.
func (s *Service) prepare(ctx context.Context, w Work) (task, error) {
	conn, err := s.conns.ConnectApp(ctx, w.Batch.Tenant, w.AppID)
	if err != nil {
		return task{}, err
	}
	sender, err := provider.As[provider.MessageSender](conn.Provider)
	if err != nil {
		return task{}, err
	}
	rendered, err := sender.Render(w.Content)
	if err != nil {
		return task{}, err
	}
	_, err = provider.As[provider.MessageTracker](conn.Provider)
	return task{
		sender: sender, rendered: rendered, tracked: err == nil,
		to: provider.Audience{Users: w.Users, Everyone: w.Everyone},
	}, nil
}

// lasting reports whether an error of prepare will not pass by itself. The
// others, such as a database that is away, are no attempt.
func lasting(err error) bool {
	switch provider.CodeOf(err) {
	case provider.NotFound, provider.FailedPrecondition, provider.InvalidArgument,
		provider.Unsupported, provider.PermissionDenied, provider.Internal:
		return true
	default:
		return false
	}
}

// claim marks the batch as being sent. From here until its settlement a death
// of the process leaves it uncertain.
func (s *Service) claim(ctx context.Context, w Work) (Work, error) {
	id, err := newID()
	if err != nil {
		return w, err
	}
	c := Claim{ID: id, SeenState: w.Batch.State, SeenClaim: w.Claim, At: stamp(s.cfg.Now())}
	ctx, cancel := context.WithTimeout(ctx, jobTimeout-s.cfg.SendTimeout-settleReserve)
	defer cancel()
	err = persist(ctx, func(ctx context.Context) error { return s.store.Claim(ctx, w.Batch.BatchRef, c) })
	if err != nil {
		return w, err
	}
	w.Batch.MaybeSent = w.Batch.MaybeSent || w.Batch.State == DeliverySending
	w.Batch.State, w.Claim = DeliverySending, id
	w.Batch.Attempts++
	return w, nil
}

// settle stores an outcome, tells those who wait for it, and answers the job.
func (s *Service) settle(ctx context.Context, w Work, st Settlement) error {
	ref := w.Batch.BatchRef
	err := persistBeyond(ctx, func(ctx context.Context) error { return s.storeOutcome(ctx, ref, st) })
	if errors.Is(err, tenant.ErrConflict) {
		return jobs.Again(retryConflict)
	}
	if err != nil {
		return fmt.Errorf("messaging: settle batch: %w", err)
	}
	s.waiters.wake(ref.MessageID)
	if st.State == DeliveryPending {
		return jobs.Again(max(0, st.NextAt.Sub(s.cfg.Now())))
	}
	return nil
}

// storeOutcome stores a settlement, with the job that tracks the batch if there
// is to be one.
func (s *Service) storeOutcome(ctx context.Context, ref BatchRef, st Settlement) error {
	if !st.Tracking {
		return s.store.Settle(ctx, ref, st)
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.Settle(ctx, ref, st); err != nil {
			return err
		}
		job := jobFor(TrackKind, ref)
		job.RunAt = st.At.Add(vary(s.cfg.TrackBackoff[0]))
		return s.queue.Enqueue(ctx, job)
	})
}

func (s *Service) logAttempt(ctx context.Context, w Work, err error, took time.Duration) {
	log := s.cfg.Logger.With("tenant", w.Batch.Tenant, "provider", w.Provider, "op", SendKind,
		"message", w.Batch.MessageID, "batch", w.Batch.Number, "attempt", w.Batch.Attempts,
		"code", provider.CodeOf(err).String(), "took", took)
	if err == nil {
		log.InfoContext(ctx, "batch accepted")
		return
	}
	f := failureOf(err)
	log.WarnContext(ctx, "batch not accepted", "upstream", f.Upstream, "request", f.RequestID)
}
