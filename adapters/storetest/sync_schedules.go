package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func syncScheduleTests() map[string]func(*testing.T, dirsync.Store) {
	return map[string]func(*testing.T, dirsync.Store){
		"save":      schedulesSave,
		"versions":  schedulesVersions,
		"advance":   schedulesAdvance,
		"isolation": schedulesIsolation,
	}
}

func newSchedule(t tenant.ID, kind provider.Kind, version int64) dirsync.Schedule {
	return dirsync.Schedule{
		Tenant: t, Provider: kind, Version: version, NextAt: syncAt(100),
		Timing:    dirsync.Timing{Enabled: true, Cron: "30 2 * * *", TimeZone: "Asia/Shanghai"},
		UpdatedBy: "o'neil", UpdatedAt: syncAt(int(version)),
	}
}

func saveSchedule(tb testing.TB, s dirsync.Store, want dirsync.Schedule) {
	tb.Helper()
	if err := s.SaveSyncSchedule(tb.Context(), want); err != nil {
		tb.Fatalf("SaveSyncSchedule: %v", err)
	}
	wantSchedule(tb, s, want)
}

func wantSchedule(tb testing.TB, s dirsync.Store, want dirsync.Schedule) {
	tb.Helper()
	got, err := s.SyncSchedule(tb.Context(), want.Tenant, want.Provider)
	for _, at := range []*time.Time{&want.NextAt, &want.LastAt, &want.UpdatedAt} {
		*at = at.Truncate(time.Microsecond)
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		tb.Errorf("SyncSchedule:\n got %+v, %v\nwant %+v", got, err, want)
	}
}

func schedulesSave(t *testing.T, s dirsync.Store) {
	_, err := s.SyncSchedule(t.Context(), "t1", "fake")
	wantNotFound(t, "schedule", err)
	saveSchedule(t, s, newSchedule("t1", "fake", 1))
	next := newSchedule("t1", "fake", 2)
	next.Timing, next.NextAt = dirsync.Timing{IntervalMinutes: 60, TimeZone: "UTC"}, time.Time{}
	next.LastAt, next.LastOutcome, next.LastRunID = syncAt(7), dirsync.ScheduleSkipped, runID(1)
	next.LastFailure = &dirsync.Failure{Code: "failed_precondition", Message: provider.Text{ZH: "进行中", EN: "under way"}}
	saveSchedule(t, s, next)
}

func schedulesVersions(t *testing.T, s dirsync.Store) {
	first := newSchedule("t1", "fake", 1)
	saveSchedule(t, s, first)
	for _, version := range []int64{1, 3} {
		late := newSchedule("t1", "fake", version)
		late.UpdatedBy = "late"
		if err := s.SaveSyncSchedule(t.Context(), late); !errors.Is(err, tenant.ErrConflict) {
			t.Errorf("version %d over version 1: %v, want ErrConflict", version, err)
		}
	}
	if err := s.SaveSyncSchedule(t.Context(), newSchedule("t1", "other", 2)); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("version 2 of none: %v, want ErrConflict", err)
	}
	wantSchedule(t, s, first)
}

// schedulesAdvance: a time is used once, and not after a change.
func schedulesAdvance(t *testing.T, s dirsync.Store) {
	first := newSchedule("t1", "fake", 1)
	saveSchedule(t, s, first)
	saveSchedule(t, s, newSchedule("t1", "other", 1))
	later := first
	later.NextAt, later.LastAt, later.LastOutcome, later.LastRunID = syncAt(200), syncAt(101), dirsync.ScheduleStarted, runID(1)
	later.Cron, later.UpdatedBy = "not stored", "not stored"
	if err := s.AdvanceSyncSchedule(t.Context(), later, syncAt(100)); err != nil {
		t.Fatal(err)
	}
	want := later
	want.Cron, want.UpdatedBy = first.Cron, first.UpdatedBy
	wantSchedule(t, s, want)
	later.NextAt = syncAt(300)
	if err := s.AdvanceSyncSchedule(t.Context(), later, syncAt(100)); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("the same time again: %v, want ErrConflict", err)
	}
	later.Version = 2
	if err := s.AdvanceSyncSchedule(t.Context(), later, syncAt(200)); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("another version: %v, want ErrConflict", err)
	}
	wantSchedule(t, s, want)
	wantSchedule(t, s, newSchedule("t1", "other", 1))
}

func schedulesIsolation(t *testing.T, s dirsync.Store) {
	first := newSchedule("t1", "fake", 1)
	saveSchedule(t, s, first)
	_, err := s.SyncSchedule(t.Context(), "t2", "fake")
	wantNotFound(t, "schedule of another tenant", err)
	other := newSchedule("t2", "fake", 1)
	if err := s.AdvanceSyncSchedule(t.Context(), other, syncAt(100)); !errors.Is(err, tenant.ErrConflict) {
		t.Errorf("another tenant's time: %v, want ErrConflict", err)
	}
	saveSchedule(t, s, other)
	other.Version, other.Enabled, other.NextAt = 2, false, time.Time{}
	saveSchedule(t, s, other)
	wantSchedule(t, s, first)
}
