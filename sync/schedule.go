package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Schedule says when a tenant's directory is pulled as a whole by itself: at
// the times of a cron expression or after each interval.
type Schedule struct {
	Tenant   tenant.ID
	Provider provider.Kind
	// Version grows by one with each change; 0 is a tenant that has saved
	// nothing.
	Version int64
	Timing
	// NextAt is when the next run starts; zero while the schedule is paused.
	NextAt time.Time
	// LastAt is when it came last, with LastOutcome; zero when it never has.
	LastAt      time.Time
	LastOutcome ScheduleOutcome
	// LastRunID is the run that was started, or that stood in the way.
	LastRunID string
	// LastFailure is why no run could be started.
	LastFailure *Failure
	// UpdatedBy is the username of who changed it last.
	UpdatedBy string
	UpdatedAt time.Time
}

// Timing is what a tenant decides about a schedule.
type Timing struct {
	// Enabled is false while the schedule is paused.
	Enabled bool `json:"enabled"`
	// Cron has the five fields minute, hour, day of month, month, day of week,
	// read in TimeZone. Either it or IntervalMinutes is set.
	Cron string `json:"cron"`
	// IntervalMinutes is the time from one run to the next, 15 to 43,200
	// (30 days).
	IntervalMinutes int `json:"intervalMinutes"`
	// TimeZone is an IANA name.
	TimeZone string `json:"timeZone"`
}

// TimingChange is a change of a schedule; what is nil stays as it is. Setting
// one of Cron and IntervalMinutes takes the other away.
type TimingChange struct {
	Enabled         *bool   `json:"enabled"`
	Cron            *string `json:"cron"`
	IntervalMinutes *int    `json:"intervalMinutes"`
	TimeZone        *string `json:"timeZone"`
}

// ScheduleOutcome is what became of a scheduled run.
type ScheduleOutcome string

// The outcomes.
const (
	// ScheduleStarted: a run was started.
	ScheduleStarted ScheduleOutcome = "started"
	// ScheduleSkipped: another run was under way.
	ScheduleSkipped ScheduleOutcome = "skipped"
	// ScheduleFailed: no run could be started; the next time is kept.
	ScheduleFailed ScheduleOutcome = "failed"
)

// ScheduleStore keeps schedules.
type ScheduleStore interface {
	// SyncSchedule returns a schedule, tenant.ErrNotFound when none was saved.
	SyncSchedule(ctx context.Context, t tenant.ID, kind provider.Kind) (Schedule, error)

	// SaveSyncSchedule stores a schedule whose version is one more than that of
	// the one stored, 1 when there is none; tenant.ErrConflict, storing
	// nothing, when it is not.
	SaveSyncSchedule(ctx context.Context, s Schedule) error

	// AdvanceSyncSchedule stores NextAt and what is known about the last time,
	// of the schedule with the same version that is due at a time;
	// tenant.ErrConflict, storing nothing, when it is not by now.
	AdvanceSyncSchedule(ctx context.Context, s Schedule, due time.Time) error
}

// suggestedCron is the schedule of a tenant that has saved none, paused: a
// nightly run catches what was missed during the day.
const suggestedCron = "30 2 * * *"

const auditSchedule = "sync.schedule"

// Schedule returns the tenant's schedule for an office app. A tenant that has
// saved none gets a nightly one that is paused. It needs sync.read.
func (s *Service) Schedule(ctx context.Context, t tenant.ID, kind provider.Kind) (Schedule, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return Schedule{}, err
	}
	schedule, err := s.schedule(ctx, t, kind)
	if err != nil {
		return Schedule{}, fmt.Errorf("sync: schedule: %w", err)
	}
	return schedule, nil
}

// schedule returns what was saved, or what is suggested.
func (s *Service) schedule(ctx context.Context, t tenant.ID, kind provider.Kind) (Schedule, error) {
	schedule, err := s.store.SyncSchedule(ctx, t, kind)
	if errors.Is(err, tenant.ErrNotFound) {
		return Schedule{Tenant: t, Provider: kind, Timing: Timing{Cron: suggestedCron, TimeZone: s.cfg.TimeZone}}, nil
	}
	return schedule, err
}

// SaveSchedule changes the tenant's schedule for an office app and returns it.
// The version is that of the schedule the change is for. It needs sync.write
// and refuses with [ErrScheduleChanged] when it has another one by now, and
// with code InvalidArgument when the times cannot be.
func (s *Service) SaveSchedule(
	ctx context.Context, t tenant.ID, kind provider.Kind, version int64, change TimingChange,
) (Schedule, error) {
	var saved Schedule
	err := s.trail.Do(ctx, writeOf(t, auditSchedule, kind), func(ctx context.Context, row *tenant.AuditEntry) (err error) {
		saved, err = s.saveSchedule(ctx, row, kind, version, change)
		return err
	})
	if err != nil {
		return Schedule{}, fmt.Errorf("sync: save schedule: %w", err)
	}
	return saved, nil
}

// saveSchedule has change, audit row and job in one transaction.
func (s *Service) saveSchedule(
	ctx context.Context, row *tenant.AuditEntry, kind provider.Kind, version int64, change TimingChange,
) (next Schedule, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		old, err := s.schedule(ctx, row.Tenant, kind)
		if err != nil {
			return err
		}
		if old.Version != version {
			return ErrScheduleChanged
		}
		next, err = s.changeSchedule(ctx, row, old, change)
		return err
	})
	return next, err
}

// changeSchedule stores a change within a transaction.
func (s *Service) changeSchedule(
	ctx context.Context, row *tenant.AuditEntry, old Schedule, change TimingChange,
) (Schedule, error) {
	next := old
	next.Version, next.Timing = old.Version+1, change.applied(old.Timing)
	next.UpdatedBy, next.UpdatedAt, next.NextAt = row.ActorName, row.At, time.Time{}
	times, err := next.times(s.cfg.ScheduleJitter, row.At)
	if err != nil {
		return Schedule{}, err
	}
	if next.Enabled {
		next.NextAt = times.next(row.At)
	}
	err = s.store.SaveSyncSchedule(ctx, next)
	if errors.Is(err, tenant.ErrConflict) {
		return Schedule{}, ErrScheduleChanged.WithCause(err)
	}
	if err != nil {
		return Schedule{}, err
	}
	if row.Before, err = json.Marshal(old.Timing); err != nil {
		return Schedule{}, err
	}
	if row.After, err = json.Marshal(next.Timing); err != nil {
		return Schedule{}, err
	}
	if err := s.store.AppendAudit(ctx, *row); err != nil {
		return Schedule{}, err
	}
	return next, s.enqueueSchedule(ctx, next)
}

// applied returns the timing after the change.
func (c TimingChange) applied(t Timing) Timing {
	if c.Cron != nil && c.IntervalMinutes == nil {
		t.IntervalMinutes = 0
	}
	if c.IntervalMinutes != nil && c.Cron == nil {
		t.Cron = ""
	}
	set(&t.Enabled, c.Enabled)
	set(&t.Cron, c.Cron)
	set(&t.IntervalMinutes, c.IntervalMinutes)
	set(&t.TimeZone, c.TimeZone)
	return t
}
