package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// ScheduleKind is the kind of the jobs that wait for the times of schedules.
const ScheduleKind = "sync.schedule"

// schedulePayload is the payload of a job that waits for the time of a
// schedule. One whose time is not that of the schedule any more does nothing.
type schedulePayload struct {
	Provider provider.Kind `json:"provider"`
	Due      time.Time     `json:"due"`
}

// enqueueSchedule adds the job that waits for the next time.
func (s *Service) enqueueSchedule(ctx context.Context, schedule Schedule) error {
	if schedule.NextAt.IsZero() {
		return nil
	}
	payload, err := json.Marshal(schedulePayload{schedule.Provider, schedule.NextAt})
	if err != nil {
		return fmt.Errorf("sync: enqueue: %w", err)
	}
	err = s.queue.Enqueue(ctx, jobs.Job{
		Kind: ScheduleKind, Tenant: string(schedule.Tenant), Payload: payload, RunAt: schedule.NextAt,
		Key: string(schedule.Provider) + "." + strconv.FormatInt(schedule.NextAt.Unix(), 10),
	})
	if err != nil {
		return fmt.Errorf("sync: enqueue: %w", err)
	}
	return nil
}

// workSchedule starts the run of a schedule whose time has come. Times that
// passed while no process was there to see them are made up for by this one.
func (s *Service) workSchedule(ctx context.Context, job jobs.Run) error {
	var payload schedulePayload
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return jobs.Drop(fmt.Errorf("sync: payload: %w", err))
	}
	schedule, err := s.store.SyncSchedule(ctx, tenant.ID(job.Tenant), payload.Provider)
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("sync: schedule: %w", err)
	case !schedule.NextAt.Equal(payload.Due):
		return nil // changed or paused since
	}
	if early := schedule.NextAt.Sub(s.now()); early > 0 {
		return jobs.Again(early)
	}
	return s.fire(tenant.AsSystem(ctx, "schedule"), schedule)
}

// fire starts a run, or says why not, and sees to the next time: all in one
// transaction, so that nothing is done twice.
func (s *Service) fire(ctx context.Context, schedule Schedule) error {
	due := schedule.NextAt
	run, actor, unable := s.requested(ctx, schedule.Tenant, RunRequest{Provider: schedule.Provider})
	if transientStart(unable) {
		return fmt.Errorf("sync: schedule: %w", unable)
	}
	stuck := s.moveOn(&schedule)
	if transientStart(stuck) {
		return fmt.Errorf("sync: schedule: %w", stuck)
	}
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		cause := unable
		if cause == nil {
			cause = s.create(ctx, run, actor)
		}
		if transientStart(cause) {
			return cause
		}
		schedule.report(run, cause)
		if stuck != nil {
			schedule.LastOutcome, schedule.LastFailure = ScheduleFailed, failureOf(stuck)
		}
		if err := s.store.AdvanceSyncSchedule(ctx, schedule, due); err != nil {
			return err
		}
		return s.enqueueSchedule(ctx, schedule)
	})
	if errors.Is(err, tenant.ErrConflict) {
		return nil // changed this moment: the change has its own job
	}
	if err != nil {
		return fmt.Errorf("sync: schedule: %w", err)
	}
	s.cfg.Logger.InfoContext(ctx, "scheduled synchronisation", "tenant", schedule.Tenant, "provider", schedule.Provider,
		"op", ScheduleKind, "outcome", string(schedule.LastOutcome), "next", schedule.NextAt)
	return nil
}

// moveOn sets when the schedule comes next. Should its times not be good any
// more, that of a new version of this module say, it rests until somebody
// changes it, and the error says why.
func (s *Service) moveOn(schedule *Schedule) error {
	now := s.now()
	schedule.LastAt, schedule.NextAt = now, time.Time{}
	times, err := schedule.times(s.cfg.ScheduleJitter, now)
	if err == nil {
		schedule.NextAt = times.next(now)
	}
	return err
}

// transientStart reports whether a run that could not be started may be later.
func transientStart(err error) bool {
	var refusal *tenant.Error
	return err != nil && (isTransient(err) || !errors.As(err, &refusal))
}

// report tells what became of a scheduled run.
func (s *Schedule) report(run Run, cause error) {
	s.LastOutcome, s.LastRunID, s.LastFailure = ScheduleStarted, run.ID, nil
	var refusal *tenant.Error
	if !errors.As(cause, &refusal) {
		return
	}
	s.LastOutcome, s.LastRunID, s.LastFailure = ScheduleFailed, "", failureOf(cause)
	if active, ok := refusal.Details.(ActiveRun); ok && errors.Is(cause, ErrRunActive) {
		s.LastOutcome, s.LastRunID = ScheduleSkipped, active.RunID
	}
}
