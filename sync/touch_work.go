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
	touchKind = "sync.touched"
	// touchQueue is apart from the runs: nothing that takes long is in it.
	touchQueue = "sync_touched"
	// byEvents and byChanges are who asked for a run that events of the office
	// app, or changes of the platform, have started.
	byEvents  = "events"
	byChanges = "changes"
)

// touchPayload is the payload of a sync.touched job.
type touchPayload struct {
	App string `json:"app"`
	// Direction is Pull when it is missing.
	Direction Direction `json:"direction,omitempty"`
}

// enqueueTouched adds a job that looks whether targets wait.
func (s *Service) enqueueTouched(ctx context.Context, q TouchQueue, at time.Time) error {
	payload, err := json.Marshal(touchPayload{q.AppID, q.Direction})
	if err != nil {
		return fmt.Errorf("sync: enqueue: %w", err)
	}
	job := jobs.Job{Kind: touchKind, Tenant: string(q.Tenant), Payload: payload, RunAt: at}
	if err := s.queue.Enqueue(ctx, job); err != nil {
		return fmt.Errorf("sync: enqueue: %w", err)
	}
	return nil
}

// workTouched starts a run about the targets that wait. While another run is
// active it leaves them to the end of that one, see settleTargets.
func (s *Service) workTouched(ctx context.Context, job jobs.Run) error {
	var payload touchPayload
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return jobs.Drop(fmt.Errorf("sync: payload: %w", err))
	}
	def(&payload.Direction, Pull)
	ctx = tenant.AsSystem(ctx, byEvents)
	q, now := TouchQueue{tenant.ID(job.Tenant), payload.App, payload.Direction}, s.now()
	due, _, err := s.store.Touched(ctx, q, now)
	if err != nil || due == 0 {
		return err
	}
	run, err := s.touchedRun(ctx, q, due)
	switch {
	case err != nil && (isTransient(err) || provider.CodeOf(err) == provider.Unknown):
		return fmt.Errorf("sync: touched: %w", err)
	case errors.Is(err, ErrNeverPulled):
		return s.forgetUnlessPulled(ctx, q, run)
	case err != nil: // there is nothing that could look at them
		s.cfg.Logger.InfoContext(ctx, "changes not followed", "tenant", q.Tenant, "op", touchKind,
			"code", provider.CodeOf(err).String(), "error", err)
		return s.store.ForgetTouched(ctx, q)
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.createRun(ctx, run); err != nil {
			return err
		}
		if err := s.store.TakeTouched(ctx, run, now); err != nil {
			return err
		}
		return s.enqueue(ctx, run, run.ID)
	})
	var active *ActiveRunError
	if errors.As(err, &active) {
		return nil
	}
	return err
}

// forgetUnlessPulled removes the waiting targets of a directory that was never
// pulled: the first pull will read them. A pull under way may have read them
// before they changed; it settles them when it ends, as any other run does.
func (s *Service) forgetUnlessPulled(ctx context.Context, q TouchQueue, run Run) error {
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		latest, err := s.store.Runs(ctx, q.Tenant, RunFilter{Provider: run.Provider}, tenant.Page{Limit: 1})
		if err != nil || len(latest.Items) > 0 && !latest.Items[0].State.Finished() {
			return err
		}
		if err := s.wasPulled(ctx, run); !errors.Is(err, ErrNeverPulled) {
			return err
		}
		return s.store.ForgetTouched(ctx, q)
	})
	if err != nil {
		return fmt.Errorf("sync: touched: %w", err)
	}
	return nil
}

// touchedRun returns the run about targets that wait. For many of them a pull is
// a full one: reading everything is faster then.
func (s *Service) touchedRun(ctx context.Context, q TouchQueue, due int) (Run, error) {
	conn, err := s.conns.ConnectApp(ctx, q.Tenant, q.AppID)
	if err != nil {
		return Run{}, err
	}
	actor := tenant.Actor{Username: byEvents}
	if q.Direction == Push {
		actor.Username = byChanges
	}
	req := RunRequest{Provider: conn.App.Provider, Direction: q.Direction, Mode: Incremental}
	run, err := s.newRun(q.Tenant, req, conn.App, actor)
	if err != nil {
		return Run{}, err
	}
	settings, err := s.settings(ctx, q.Tenant, req.Provider)
	if err != nil {
		return Run{}, err
	}
	run.Rules = settings.Rules
	if q.Direction == Push {
		run.Deletes = run.Rules.PushDeletes
		return run, s.mayPush(conn)
	}
	if _, err := provider.As[provider.PersonFinder](conn.Provider); err != nil || due > maxTargets {
		run.Mode = Full
	}
	return run, s.wasPulled(ctx, run)
}

// settleTargets ends what a finished run has to do with targets: its own are
// dealt with, or wait again after a failure, also one of single changes of a
// push that gave up; those that waited meanwhile are looked at. It is part of the
// transaction that ends the run.
func (s *Service) settleTargets(ctx context.Context, run Run, gaveUp bool) error {
	again := run.State == StateFailed || run.State == StatePartial && (!run.Complete || gaveUp)
	if err := s.store.SettleTargets(ctx, run, again, s.now()); err != nil {
		return err
	}
	queues, err := s.store.TouchQueues(ctx, run.Tenant) // the app may have been replaced meanwhile
	if err != nil {
		return err
	}
	for _, q := range queues {
		due, next, err := s.store.Touched(ctx, q, s.now())
		if err == nil && due > 0 {
			err = s.enqueueTouched(ctx, q, time.Time{})
		} else if err == nil && !next.IsZero() {
			err = s.enqueueTouched(ctx, q, next)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
