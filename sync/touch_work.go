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
	// byEvents is who asked for a run that events have started.
	byEvents = "events"
)

// touchPayload is the payload of a sync.touched job.
type touchPayload struct {
	App string `json:"app"`
}

// enqueueTouched adds a job that looks whether targets of an app wait.
func (s *Service) enqueueTouched(ctx context.Context, t tenant.ID, appID string, at time.Time) error {
	payload, err := json.Marshal(touchPayload{appID})
	if err != nil {
		return fmt.Errorf("sync: enqueue: %w", err)
	}
	job := jobs.Job{Kind: touchKind, Tenant: string(t), Payload: payload, RunAt: at}
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
	ctx = tenant.AsSystem(ctx, byEvents)
	t, now := tenant.ID(job.Tenant), s.now()
	due, _, err := s.store.Touched(ctx, t, payload.App, now)
	if err != nil || due == 0 {
		return err
	}
	run, err := s.touchedRun(ctx, t, payload.App, due)
	switch {
	case err != nil && isTransient(err):
		return fmt.Errorf("sync: touched: %w", err)
	case err != nil: // there is nothing that could look at them
		s.cfg.Logger.InfoContext(ctx, "events not followed", "tenant", t, "op", touchKind,
			"code", provider.CodeOf(err).String(), "error", err)
		return s.store.ForgetTouched(ctx, t, payload.App)
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.CreateRun(ctx, run); err != nil {
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

// touchedRun returns the run about targets that wait. For many of them it is a
// full one: reading everything is faster then.
func (s *Service) touchedRun(ctx context.Context, t tenant.ID, appID string, due int) (Run, error) {
	conn, err := s.conns.ConnectApp(ctx, t, appID)
	if err != nil {
		return Run{}, err
	}
	req := RunRequest{Provider: conn.App.Provider, Direction: Pull, Mode: Incremental}
	run, err := s.newRun(t, req, conn.App, tenant.Actor{Username: byEvents})
	if err != nil {
		return Run{}, err
	}
	if err := s.wasPulled(ctx, run); err != nil {
		return Run{}, err
	}
	settings, err := s.settings(ctx, t, req.Provider)
	if err != nil {
		return Run{}, err
	}
	run.Rules = settings.Rules
	if _, err := provider.As[provider.PersonFinder](conn.Provider); err != nil || due > maxTargets {
		run.Mode = Full
	}
	return run, nil
}

// settleTargets ends what a finished run has to do with targets: its own are
// dealt with, or wait again after a failure; those that waited meanwhile are
// looked at. It is part of the transaction that ends the run.
func (s *Service) settleTargets(ctx context.Context, run Run) error {
	again := run.State == StateFailed || run.State == StatePartial && !run.Complete
	if err := s.store.SettleTargets(ctx, run, again, s.now()); err != nil {
		return err
	}
	due, next, err := s.store.Touched(ctx, run.Tenant, run.AppID, s.now())
	switch {
	case err != nil:
		return err
	case due > 0:
		return s.enqueueTouched(ctx, run.Tenant, run.AppID, time.Time{})
	case !next.IsZero():
		return s.enqueueTouched(ctx, run.Tenant, run.AppID, next)
	}
	return nil
}
