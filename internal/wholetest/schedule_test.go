package wholetest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestScheduledRun has the time of a schedule come, on the real job queue.
func TestScheduledRun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn)
		h.connect(t)
		due := time.Now().UTC().Add(300 * time.Millisecond).Truncate(time.Microsecond)
		check(t, h.stack.Store.SaveSyncSchedule(t.Context(), dirsync.Schedule{
			Tenant: here, Provider: "dingtalk", Version: 1, NextAt: due, UpdatedAt: due,
			Timing: dirsync.Timing{Enabled: true, Cron: "30 2 * * *", TimeZone: "Asia/Shanghai"},
		}))
		payload, err := json.Marshal(map[string]any{"provider": "dingtalk", "due": due})
		check(t, err)
		check(t, h.stack.Config.Jobs.Enqueue(t.Context(), jobs.Job{
			Kind: dirsync.ScheduleKind, Tenant: string(here), Key: "test", Payload: payload, RunAt: due,
		}))
		type schedule struct {
			NextRunAt              *time.Time
			LastOutcome, LastRunID string
		}
		var got schedule
		for deadline := time.Now().Add(time.Minute); got.LastOutcome == ""; time.Sleep(20 * time.Millisecond) {
			got = result[schedule](t, h.ask(t, request{path: "/sync/schedule?provider=dingtalk", user: viewer, tenant: tenant.ID(here)}))
			if time.Now().After(deadline) {
				t.Fatal("the schedule never came")
			}
		}
		if got.LastOutcome != "started" || got.NextRunAt == nil || !got.NextRunAt.After(due) {
			t.Errorf("schedule %+v, want a run started and a next one", got)
		}
		if run := h.awaitRun(t, got.LastRunID); run.State != string(dirsync.StateSucceeded) || run.Counts["create"] == 0 {
			t.Errorf("run %+v, want it to have created people", run)
		}
	})
}
