package messaging

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The kinds of jobs this package enqueues and handles.
const (
	// SendKind sends one batch, as often as it takes.
	SendKind = "messaging.send"
	// BulkKind is SendKind for a message of many batches: these wait in a queue
	// of their own, so that nobody's single message waits behind them.
	BulkKind = "messaging.bulk"
	// TrackKind asks what became of one batch, until there is nothing more to
	// learn.
	TrackKind = "messaging.track"
)

const (
	sendQueue  = "messaging"
	bulkQueue  = "broadcasting"
	trackQueue = "tracking"
	// jobTimeout is the most that the jobs port allows: the call to the office
	// app is shorter, and the rest is for storing what came of it.
	jobTimeout = time.Minute
	// settleReserve is kept back from jobTimeout for storing an outcome.
	settleReserve = 15 * time.Second
	// holdTimeout is how long after its claim a batch may still be in the hands
	// of the run that has claimed it.
	holdTimeout = jobTimeout + lastWrite
)

// Handlers returns the handlers of this service's jobs, for jobs.Runner.Start.
func (s *Service) Handlers() []jobs.Handler {
	return append([]jobs.Handler{
		{Kind: SendKind, Queue: sendQueue, Timeout: jobTimeout, Work: s.sendBatch},
		{Kind: BulkKind, Queue: bulkQueue, Timeout: jobTimeout, Work: s.sendBatch},
		{Kind: TrackKind, Queue: trackQueue, Timeout: jobTimeout, Work: s.trackBatch},
		{Kind: ResolveKind, Queue: resolveQueue, Timeout: jobTimeout, Work: s.resolveMessage},
		{Kind: RecallKind, Queue: recallQueue, Timeout: jobTimeout, Work: s.recallBatch},
		{Kind: ResumeKind, Queue: resumeQueue, Timeout: jobTimeout, Work: s.resume},
	}, s.rounds().Handlers()...)
}

// payload is what a job carries besides its tenant.
type payload struct {
	Message string `json:"message"`
	Batch   int    `json:"batch"`
	// Job tells the job from others of the batch; "" in those of a version
	// that did not have it.
	Job string `json:"job,omitempty"`
}

// jobFor returns the job of a batch. It is not unique: a job more does nothing
// that the batch's row does not allow.
func jobFor(kind string, ref BatchRef) jobs.Job {
	b, err := json.Marshal(payload{ref.MessageID, ref.Number, rand.Text()})
	if err != nil {
		panic(err) // texts and a number
	}
	return jobs.Job{Kind: kind, Tenant: string(ref.Tenant), Payload: b}
}

func payloadOf(run jobs.Run) (payload, error) {
	var p payload
	if err := json.Unmarshal(run.Payload, &p); err != nil {
		return payload{}, fmt.Errorf("payload: %w", err)
	}
	return p, nil
}

func refOf(run jobs.Run) (BatchRef, error) {
	p, err := payloadOf(run)
	return p.ref(run), err
}

// ref names the batch that a run is about.
func (p payload) ref(run jobs.Run) BatchRef {
	return BatchRef{Tenant: tenant.ID(run.Tenant), MessageID: p.Message, Number: p.Batch}
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
	if w.Batch.answered() || w.Batch.waiting() && (w.Paused || w.Earlier.waitedFor()) {
		return nil // it is over, or a job comes with what it waits for
	}
	if rest := w.heldFor(now); rest > 0 {
		return jobs.Again(rest)
	}
	if final, over := w.overBefore(now, len(s.cfg.Backoff)); over {
		return s.settle(ctx, w, final)
	}
	if w.Paused {
		return s.settle(ctx, w, w.heldBack(now))
	}
	if w.Batch.waiting() && now.Before(w.Batch.NextAt) {
		return jobs.Again(w.Batch.NextAt.Sub(now))
	}
	return s.attempt(ctx, w)
}

// heldFor is for how long another job may still be in the middle of the call.
// What was claimed by an earlier run of this job nobody holds any more: a job
// runs again only when that run is over, or its process is taken for dead.
func (w Work) heldFor(now time.Time) time.Duration {
	if w.Batch.State != DeliverySending || w.job != "" && strings.HasPrefix(w.Claim, w.job+"/") {
		return 0
	}
	// The clock may have been set back since the claim.
	return min(w.Batch.UpdatedAt.Add(holdTimeout).Sub(now), holdTimeout)
}

// newClaim returns a claim that the job of the batch recognises as its own.
func (w Work) newClaim() (string, error) {
	id, err := newID()
	if w.job != "" {
		id = w.job + "/" + id
	}
	return id, err
}

// waitedFor reports whether the part before is still to be sent.
func (d DeliveryState) waitedFor() bool {
	return d == DeliveryPending || d == DeliveryScheduled || d == DeliverySending
}

// missed reports whether the part before will not arrive.
func (d DeliveryState) missed() bool {
	switch d {
	case DeliveryFailed, DeliveryDead, DeliveryExpired, DeliveryCancelled, DeliveryRecalled:
		return true
	default:
		return false
	}
}

// overBefore reports whether a batch is to be settled without another attempt.
func (w Work) overBefore(now time.Time, attempts int) (Settlement, bool) {
	st := Settlement{Batch: w.Batch.BatchRef, Claim: w.Claim, At: now}
	found := w.Batch.State == DeliverySending
	switch {
	case found && (!w.AtLeastOnce || w.Batch.Attempts >= attempts || w.expired(now) || w.Cancelled):
		st.State, st.Failure, st.MaybeSent = DeliveryUncertain, &outcomeUnknown, true
	case (w.expired(now) || w.Cancelled) && w.Batch.MaybeSent:
		st.State, st.Failure = DeliveryUncertain, w.Batch.Failure
	case w.Cancelled:
		st.State, st.Failure = DeliveryCancelled, &cancelled
	case w.expired(now):
		st.State, st.Failure = DeliveryExpired, &expired
	case w.Earlier.missed() && !w.Batch.MaybeSent:
		st.State, st.Failure = DeliveryFailed, &earlierPart
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
	to, rendered, notReady := s.prepare(ctx, w)
	if notReady != nil && !lasting(notReady) {
		return fmt.Errorf("messaging: send batch: %w", notReady)
	}
	var uses *usage
	if notReady == nil {
		uses = usageOf(w, to, rendered, s.cfg.SendTimeout)
	}
	w, err := s.claim(ctx, w, uses)
	var wait *waitError
	switch {
	case errors.As(err, &wait):
		return s.settle(ctx, w, w.postponed(wait, stamp(s.cfg.Now())))
	case errors.Is(err, tenant.ErrConflict):
		return jobs.Again(retryConflict)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return jobs.Again(retryConflict) // too many are to be claimed at once; nothing has happened
	case err != nil:
		return fmt.Errorf("messaging: claim batch: %w", err)
	}
	if notReady != nil {
		return s.settle(ctx, w, w.refused(notReady, stamp(s.cfg.Now())))
	}
	if ctx.Err() != nil {
		return s.settle(ctx, w, w.released(stamp(s.cfg.Now())))
	}
	start := s.cfg.Now()
	receipt, err := s.call(ctx, to, w, rendered)
	s.logAttempt(ctx, w, err, s.cfg.Now().Sub(start))
	if err == nil {
		return s.settle(ctx, w, s.accepted(w, receipt, to))
	}
	return s.settle(ctx, w, s.failed(ctx, w, err))
}

func (s *Service) call(ctx context.Context, to channel, w Work, m provider.Rendered) (provider.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.SendTimeout)
	defer cancel()
	return to.send(ctx, w, m)
}

// retryConflict is when a run that lost against another one looks again. It
// must not report the job as finished: the other run may still need it.
const retryConflict = 5 * time.Second

// prepare does everything about a call that can fail before it is made.
func (s *Service) prepare(ctx context.Context, w Work) (channel, provider.Rendered, error) {
	to, err := s.openAgain(ctx, w)
	if err != nil {
		return to, provider.Rendered{}, err
	}
	rendered, err := to.render(w.Content, w.Mentions)
	return to, rendered, err
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
