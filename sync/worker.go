package sync

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

const (
	jobKind  = "sync.run"
	jobQueue = "sync"
	// jobTimeout leaves room after a slice for the calls under way (CallTimeout
	// at most) and for writing down what they returned.
	jobTimeout = time.Minute
	// maxAttempts is how often a job that fails is repeated (about 20 minutes,
	// with the pauses of package jobs) before its run is given up.
	maxAttempts = 25
	// lostPause is how long a worker that lost its claim waits before it looks
	// whether the run still needs one.
	lostPause = 30 * time.Second
)

// jobPayload is the payload of a sync.run job.
type jobPayload struct {
	Run string `json:"run"`
}

// Handlers returns what works the jobs of this service.
func (s *Service) Handlers() []jobs.Handler {
	return append([]jobs.Handler{
		{Kind: jobKind, Queue: jobQueue, Timeout: jobTimeout, Work: s.work},
		{Kind: ScheduleKind, Queue: jobQueue, Timeout: jobTimeout, Work: s.workSchedule},
		{Kind: touchKind, Queue: touchQueue, Timeout: jobTimeout, Work: s.workTouched},
	}, s.rounds().Handlers()...)
}

// errSliceEnded ends a slice of work on a run that is not over.
var errSliceEnded = errors.New("slice ended")

// work does a slice of the work on a run.
func (s *Service) work(ctx context.Context, job jobs.Run) error {
	var payload jobPayload
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return jobs.Drop(fmt.Errorf("sync: payload: %w", err))
	}
	ctx = tenant.AsSystem(ctx, "sync")
	claim, err := s.store.ClaimRun(ctx, tenant.ID(job.Tenant), payload.Run, s.now())
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return jobs.Drop(fmt.Errorf("sync: claim: %w", err))
	case err != nil:
		return fmt.Errorf("sync: claim: %w", err)
	case claim.Run.State.Resting():
		return nil
	}
	claim.Run.Rules = s.cfg.completed(claim.Run.Rules)
	w := &worker{Service: s, claim: claim, ends: s.cfg.Now().Add(s.cfg.Slice)}
	err = protect(func() error { return w.work(ctx) }) // also what the host or an office app does
	s.wake.notify(claim.Run.ID)
	return w.conclude(ctx, err, job.Attempt)
}

// worker works on one run under one claim.
type worker struct {
	*Service
	claim Claim
	// ends is when the slice is over: no step begins later.
	ends time.Time
	conn tenant.Connection
	// names, shared and readIDs are read once for each slice that needs them.
	names   departmentNames
	shared  map[MatchBy]sharedValues
	readIDs map[provider.DepartmentID]bool
	// local are the departments that the stage under way has for people.
	local localDepartments
	// forPeople are the departments that a push compares people with, read once
	// for each slice and again when a push has changed some.
	forPeople *rosterTree
	// firstTime is there when the read has begun in this slice.
	firstTime *firstTime
	// gaveUp is true when a push has waited for the office app as often as it
	// may: some of what failed may have failed for the moment only.
	gaveUp bool
	// ended is the run as it was stored when it ended.
	ended Run
}

// work goes through the phases until the run rests or the slice is over.
func (w *worker) work(ctx context.Context) error {
	if w.claim.Run.CancelRequested {
		return w.finish(ctx, StateCancelled, nil)
	}
	if w.claim.Run.Mode != Undo || w.claim.Run.Direction == Push { // else it has no business with the office app
		if err := w.connect(ctx); err != nil {
			return err
		}
	}
	if !w.claim.Staged && w.claim.Run.Direction != Push {
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	phases := map[Phase]func(context.Context) error{
		PhaseRead: w.read, PhasePlan: w.plan, PhaseGuard: w.guard, PhaseApply: w.apply,
	}
	if w.claim.Run.Direction == Push {
		phases = map[Phase]func(context.Context) error{
			PhaseRead: w.beginPush, PhasePlan: w.planPush, PhaseGuard: w.guard, PhaseApply: w.applyPush,
		}
	}
	for !w.claim.Run.State.Resting() {
		if err := w.mayGoOn(); err != nil {
			return err
		}
		work, ok := phases[w.claim.Run.Phase]
		if !ok {
			return &fatalError{fmt.Errorf("unknown phase %q", w.claim.Run.Phase)}
		}
		if err := work(ctx); err != nil {
			return err
		}
	}
	return nil
}

// conclude turns the outcome of a slice into that of its job.
func (w *worker) conclude(ctx context.Context, err error, attempt int) error {
	var later *laterError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errSliceEnded):
		return jobs.Again(0)
	case errors.As(err, &later):
		return jobs.Again(later.pause)
	case errors.Is(err, ErrLost):
		return jobs.Again(lostPause)
	case errors.Is(err, errCancelled):
		return w.end(ctx, StateCancelled, nil)
	case isFatal(err), attempt >= maxAttempts:
		return w.end(ctx, StateFailed, err)
	}
	return fmt.Errorf("sync: run: %w", err)
}

// end finishes a run whose work has ended with an error.
func (w *worker) end(ctx context.Context, state State, cause error) error {
	if cause != nil {
		w.cfg.Logger.WarnContext(ctx, "synchronisation failed", "tenant", w.claim.Run.Tenant,
			"provider", w.claim.Run.Provider, "op", string(w.claim.Run.Phase),
			"code", provider.CodeOf(cause).String(), "error", cause)
	}
	// What the job's deadline cut short is still to be written down.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := w.finish(ctx, state, cause)
	w.wake.notify(w.claim.Run.ID)
	if errors.Is(err, ErrLost) {
		return jobs.Again(lostPause)
	}
	return err
}

// finish stores that the run has ended.
func (w *worker) finish(ctx context.Context, state State, cause error) error {
	w.claim.Run.State, w.claim.Step = state, ""
	if cause != nil {
		w.claim.Run.Error = failureOf(cause)
	}
	err := w.store.InTx(ctx, func(ctx context.Context) error {
		if _, err := w.store.SaveRun(ctx, w.claim, w.now()); err != nil {
			return err
		}
		if err := w.publishEnd(ctx); err != nil {
			return err
		}
		return w.settleTargets(ctx, w.claim.Run, w.gaveUp)
	})
	if err != nil {
		return err
	}
	w.cfg.Metrics.count(w.ended)
	w.cfg.Logger.InfoContext(ctx, "synchronisation ended", "tenant", w.claim.Run.Tenant,
		"provider", w.claim.Run.Provider, "op", jobKind, "state", string(state), "complete", w.claim.Run.Complete,
		"took", w.now().Sub(w.claim.Run.CreatedAt))
	return nil
}

// enter stores that the run goes on with another phase.
func (w *worker) enter(ctx context.Context, state State, phase Phase, step string) error {
	w.claim.Run.State, w.claim.Run.Phase, w.claim.Step = state, phase, step
	return w.wrote(w.store.SaveRun(ctx, w.claim, w.now()))
}

// wrote is called with the answer of every write: it wakes those who watch, and
// obeys a request to cancel.
func (w *worker) wrote(cancel bool, err error) error {
	if err != nil {
		return err
	}
	w.wake.notify(w.claim.Run.ID)
	if cancel {
		return errCancelled
	}
	return nil
}

// mayGoOn is asked before every step.
func (w *worker) mayGoOn() error {
	if !w.cfg.Now().Before(w.ends) {
		return errSliceEnded
	}
	return nil
}

// connect opens the run's connection. The organisation behind it must still be
// the one the run was started for.
func (w *worker) connect(ctx context.Context) error {
	run := w.claim.Run
	conn, err := w.conns.ConnectApp(ctx, run.Tenant, run.AppID)
	if err != nil {
		if isTransient(err) {
			return fmt.Errorf("connect: %w", err)
		}
		return &fatalError{err}
	}
	if conn.App.OrgID() != run.OrgID {
		return &fatalError{errOrgChanged()}
	}
	w.conn = conn
	return nil
}
