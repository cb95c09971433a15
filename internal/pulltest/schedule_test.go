package pulltest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// scheduled is a service with a clock that the test moves, and a schedule at
// three in the morning.
type scheduled struct {
	*bundle
	clock time.Time
}

func newScheduled(t *testing.T, s *bunstore.Store) *scheduled {
	t.Helper()
	c := &scheduled{clock: time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC)}
	c.bundle = setup(t, s, func(b *bundle) {
		b.cfg.Now = func() time.Time { return c.clock }
		b.cfg.ScheduleJitter, b.cfg.TimeZone = -1, "UTC"
	})
	c.dir.addPeople(0, 3)
	c.change(t, 0, dirsync.TimingChange{Enabled: new(true), Cron: new("0 3 * * *")})
	return c
}

func (c *scheduled) change(t *testing.T, version int64, change dirsync.TimingChange) dirsync.Schedule {
	t.Helper()
	saved, err := c.SaveSchedule(as(t), "0", "fake", version, change)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// waiting returns the jobs that wait for a schedule, and are worked by wake.
func (c *scheduled) waiting() []jobs.Run {
	c.queue.release()
	c.queue.mu.Lock()
	defer c.queue.mu.Unlock()
	var list []jobs.Run
	for _, j := range c.queue.jobs {
		if j.Kind == dirsync.ScheduleKind {
			list = append(list, j)
		}
	}
	return list
}

// wake works the jobs of schedules that are there now, once each, and then all
// other jobs.
func (c *scheduled) wake(t *testing.T) {
	t.Helper()
	waiting := c.waiting()
	c.queue.jobs = nil
	for _, j := range waiting {
		if err := c.queue.workOne(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	again := c.queue.jobs
	c.queue.jobs = nil
	for _, j := range again {
		if j.Kind == dirsync.ScheduleKind {
			defer func() { c.queue.jobs = append(c.queue.jobs, j) }()
			continue
		}
		c.queue.jobs = append(c.queue.jobs, j)
	}
	if err := c.queue.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (c *scheduled) want(t *testing.T, outcome dirsync.ScheduleOutcome, next string) dirsync.Schedule {
	t.Helper()
	s, err := c.Schedule(as(t), "0", "fake")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	if !s.NextAt.IsZero() {
		got = s.NextAt.Format(time.RFC3339)
	}
	if s.LastOutcome != outcome || got != next {
		t.Errorf("schedule %+v, want outcome %q and next %q", s, outcome, next)
	}
	return s
}

func (c *scheduled) wantRuns(t *testing.T, want int) []dirsync.Run {
	t.Helper()
	list, err := c.Runs(as(t), "0", dirsync.RunFilter{}, tenant.Page{})
	if err != nil || len(list.Items) != want {
		t.Errorf("%d runs, %v; want %d", len(list.Items), err, want)
	}
	return list.Items
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		c := newScheduled(t, s)
		c.want(t, "", "2026-03-08T03:00:00Z")
		c.wake(t) // a job that comes too early
		c.wantRuns(t, 0)
		c.clock = time.Date(2026, 3, 8, 3, 0, 1, 0, time.UTC)
		job := c.waiting()
		c.wake(t)
		fired := c.want(t, dirsync.ScheduleStarted, "2026-03-09T03:00:00Z")
		runs := c.wantRuns(t, 1)
		if len(runs) == 1 && (runs[0].ID != fired.LastRunID || runs[0].State != dirsync.StateSucceeded || runs[0].StartedBy != "schedule") {
			t.Errorf("run %+v of schedule %+v", runs[0], fired)
		}
		// Another process has the same job.
		for range 2 {
			if err := c.queue.execute(t.Context(), job[0]); err != nil {
				t.Error(err)
			}
		}
		c.wantRuns(t, 1)
		// Nobody was there for a week.
		c.clock = time.Date(2026, 3, 16, 12, 0, 0, 0, time.UTC)
		c.restart(t)
		c.wake(t)
		c.want(t, dirsync.ScheduleStarted, "2026-03-17T03:00:00Z")
		c.wantRuns(t, 2)
		if n := len(c.waiting()); n != 1 {
			t.Errorf("%d jobs wait, want one", n)
		}
	})
}

func TestScheduleMeetsARun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		c := newScheduled(t, s)
		other, err := c.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		c.clock = c.clock.AddDate(0, 0, 1)
		waiting := c.waiting()
		if err := c.queue.execute(t.Context(), waiting[0]); err != nil {
			t.Fatal(err)
		}
		got := c.want(t, dirsync.ScheduleSkipped, "2026-03-09T03:00:00Z")
		if got.LastRunID != other.ID || got.LastFailure == nil || got.LastFailure.Reason != "run_active" {
			t.Errorf("schedule %+v, want it to name run %s", got, other.ID)
		}
		c.wantRuns(t, 1)
	})
}

func TestScheduleIsChanged(t *testing.T) {
	t.Parallel()
	c := newScheduled(t, openSQLite(t))
	c.change(t, 1, dirsync.TimingChange{Enabled: new(false)})
	c.want(t, "", "")
	c.clock = c.clock.AddDate(0, 0, 1)
	c.wake(t)
	c.wantRuns(t, 0)
	saved := c.change(t, 2, dirsync.TimingChange{Enabled: new(true), IntervalMinutes: new(60)})
	if saved.Cron != "" || saved.NextAt.Sub(c.clock) > time.Hour || !saved.NextAt.After(c.clock) {
		t.Errorf("schedule %+v, want it hourly", saved)
	}
	if _, err := c.SaveSchedule(as(t), "0", "fake", 2, dirsync.TimingChange{}); !errors.Is(err, dirsync.ErrScheduleChanged) {
		t.Errorf("change of an old version: %v, want ErrScheduleChanged", err)
	}
	if _, err := c.SaveSchedule(as(t), "0", "fake", 3, dirsync.TimingChange{Cron: new("* * * * *")}); provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("every minute: %v, want InvalidArgument", err)
	}
	viewer := tenant.WithActor(t.Context(), tenant.Actor{UserID: "u1", Username: "viewer"})
	c.authz.denied = []tenant.Permission{{Object: tenant.ObjectSync, Action: tenant.ActionWrite}, {Object: tenant.ObjectSync, Action: tenant.ActionRead}}
	if _, err := c.SaveSchedule(viewer, "0", "fake", 3, dirsync.TimingChange{}); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("change without permission: %v, want ErrForbidden", err)
	}
	if _, err := c.Schedule(viewer, "0", "fake"); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("read without permission: %v, want ErrForbidden", err)
	}
}

// TestScheduleOfADisconnectedApp: no run can be started; the schedule says why,
// and goes on.
func TestScheduleOfADisconnectedApp(t *testing.T) {
	t.Parallel()
	c := newScheduled(t, openSQLite(t))
	c.conns.err = tenant.Refuse(provider.FailedPrecondition, "not_configured", "未配置", "not connected")
	c.clock = c.clock.AddDate(0, 0, 1)
	c.wake(t)
	if got := c.want(t, dirsync.ScheduleFailed, "2026-03-09T03:00:00Z"); got.LastFailure == nil || got.LastFailure.Reason != "not_configured" {
		t.Errorf("schedule %+v, want to know why", got)
	}
	c.conns.err = fmt.Errorf("connect: %w", tenant.ErrUnavailable)
	c.clock = c.clock.AddDate(0, 0, 1)
	if err := c.queue.execute(t.Context(), c.waiting()[0]); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("outage: %v, want the job to be repeated", err)
	}
	c.conns.err = nil
	c.wake(t)
	c.want(t, dirsync.ScheduleStarted, "2026-03-10T03:00:00Z")
	c.wantRuns(t, 1)
}
