package pulltest_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// verified is a directory that tells what it grants.
type verified struct {
	*directory
	report provider.VerifyReport
	err    error
	asked  int
}

func (v *verified) Verify(context.Context) (provider.VerifyReport, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.calls["scope"] > 0 {
		return provider.VerifyReport{}, errors.New("the permissions were checked too late")
	}
	v.asked++
	return v.report, v.err
}

// TestMissingPermissions has an app that may not see mobile numbers: the run
// names the permission before it reads, and reads what can be read.
func TestMissingPermissions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		v := &verified{report: provider.VerifyReport{Permissions: []provider.Permission{
			{Name: "部门", State: provider.PermissionGranted, Directory: true},
			{Name: "机器人", State: provider.PermissionMissing},
			{Name: "邮箱", State: provider.PermissionUnknown, Directory: true},
			{
				Name: "企业员工手机号信息", Code: "fieldMobile", State: provider.PermissionMissing, Directory: true,
				Needed: provider.Text{ZH: "匹配", EN: "matching"}, Remedy: provider.Text{ZH: "请开通", EN: "grant it"},
			},
		}}}
		b := setup(t, s, func(b *bundle) { v.directory = b.dir; b.conns.prov = v; b.cfg.Slice = 100 * time.Millisecond })
		b.dir.addDepartments(2, 2)
		b.dir.addPeople(0, 5)
		run := b.pull(t, "0")
		want := dirsync.MissingPermission{
			Name: "企业员工手机号信息", Code: "fieldMobile",
			Needed: provider.Text{ZH: "匹配", EN: "matching"}, Remedy: provider.Text{ZH: "请开通", EN: "grant it"},
		}
		if len(run.MissingPermissions) != 1 || !reflect.DeepEqual(run.MissingPermissions[0], want) {
			t.Errorf("missing permissions %+v, want %+v", run.MissingPermissions, want)
		}
		if run.State != dirsync.StateSucceeded || run.Counts.People[dirsync.KindCreate] != 5 || v.asked != 1 {
			t.Errorf("run %+v after %d questions, want everybody created and one question", run, v.asked)
		}
	})
}

func TestPermissionsCannotBeChecked(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 1)
	b.conns.prov = &verified{directory: b.dir, err: &provider.Error{Code: provider.Unavailable, Provider: "fake"}}
	if run := b.pull(t, "0"); run.MissingPermissions != nil || run.State != dirsync.StateSucceeded {
		t.Errorf("run %+v, want it to succeed without knowing", run)
	}
}

// TestRetention has a run grow old.
func TestRetention(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		clock := time.Now()
		b := setup(t, s, func(b *bundle) {
			b.cfg.Now = func() time.Time { return clock }
			b.cfg.RetentionDays = 30
		})
		b.dir.addPeople(0, 5)
		old := b.pull(t, "0")
		clock = clock.AddDate(0, 0, 20)
		kept := b.pull(t, "0")
		other := b.pull(t, "other")
		clock = clock.AddDate(0, 0, 11)
		before := snapshot(t, s, "0")
		if err := b.queue.execute(t.Context(), jobs.Run{Kind: dirsync.PruneKind, Payload: []byte(`{"after":""}`)}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Run(as(t), "0", old.ID); !errors.Is(err, dirsync.ErrNoRun) {
			t.Errorf("old run: %v, want ErrNoRun", err)
		}
		for _, run := range []dirsync.Run{kept, other} {
			if _, err := b.Run(as(t), run.Tenant, run.ID); err != nil {
				t.Errorf("later run of tenant %s: %v", run.Tenant, err)
			}
		}
		if n := query(t, s, "SELECT count(*) FROM thirdapp_sync_changes WHERE run_id = $1", old.ID); n[0] != "0" {
			t.Errorf("%s changes of the old run are left", n[0])
		}
		wantSame(t, "what was applied", snapshot(t, s, "0"), before)
	})
}

// TestRetentionOfTenants has tenants that keep their runs for longer or shorter
// than others.
func TestRetentionOfTenants(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		clock := time.Now()
		b := setup(t, s, func(b *bundle) {
			b.cfg.Now = func() time.Time { return clock }
			b.cfg.RetentionDays = 30
		})
		for id, days := range map[tenant.ID]int{"short": 10, "long": 100} {
			saved, err := b.SaveSettings(as(t), id, "fake", 0, dirsync.SettingsChange{RetentionDays: &days})
			if err != nil || saved.RetentionDays != days {
				t.Fatalf("settings of %s %+v, %v", id, saved, err)
			}
		}
		b.dir.addPeople(0, 1)
		runs := map[tenant.ID]string{"short": "", "long": "", "plain": ""}
		for id := range runs {
			runs[id] = b.pull(t, id).ID
		}
		for _, at := range []struct {
			days int
			left []tenant.ID
		}{{9, []tenant.ID{"long", "plain", "short"}}, {11, []tenant.ID{"long", "plain"}}, {31, []tenant.ID{"long"}}, {101, nil}} {
			clock = time.Now().AddDate(0, 0, at.days)
			if err := b.queue.execute(t.Context(), jobs.Run{Kind: dirsync.PruneKind, Payload: []byte(`{"after":""}`)}); err != nil {
				t.Fatal(err)
			}
			var left []tenant.ID
			for _, id := range slices.Sorted(maps.Keys(runs)) {
				if _, err := b.Run(as(t), id, runs[id]); err == nil {
					left = append(left, id)
				}
			}
			if !slices.Equal(left, at.left) {
				t.Errorf("after %d days the runs of %v are left, want %v", at.days, left, at.left)
			}
		}
		back, err := b.SaveSettings(as(t), "short", "fake", 1, dirsync.SettingsChange{RetentionDays: ptr(0)})
		if err != nil || back.RetentionDays != 30 {
			t.Errorf("settings %+v, %v; want the default again", back, err)
		}
	})
}

// TestEstimate watches a run that is being applied.
func TestEstimate(t *testing.T) {
	t.Parallel()
	begin, looks := time.Now(), atomic.Int64{} // the clock goes on by each look at it
	b := setup(t, openSQLite(t), func(b *bundle) {
		b.cfg.Now = func() time.Time { return begin.Add(time.Duration(looks.Add(1)) * 100 * time.Millisecond) }
		b.cfg.BatchSize, b.cfg.Slice = 5, time.Second
	})
	b.dir.addPeople(0, 50)
	b.dir.pageSize = 5
	run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[dirsync.Phase]bool)
	for job, ok := b.queue.next(); ok; job, ok = b.queue.next() {
		if err := b.queue.workOne(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if run, err = b.Run(as(t), "0", run.ID); err != nil {
			t.Fatal(err)
		}
		e := run.Estimate()
		if e.Total > 0 && e.Done > e.Total || e.PerSecond < 0 || e.Remaining < 0 {
			t.Errorf("estimate %+v in phase %s", e, run.Phase)
		}
		if !run.State.Resting() && e.Done > 0 && e.PerSecond > 0 {
			seen[run.Phase] = true
		}
		if run.Phase == dirsync.PhaseApply && !run.State.Resting() && e.Done > 0 && e.Remaining <= 0 {
			t.Errorf("estimate %+v while applying, want some time to remain", e)
		}
	}
	if !seen[dirsync.PhaseApply] {
		t.Errorf("phases seen with a rate: %v, want apply among them", seen)
	}
	if e := run.Estimate(); run.State != dirsync.StateSucceeded || e.Done != 51 || e.Total != 51 || e.PerSecond != 0 || e.Remaining != 0 {
		t.Errorf("run %s, estimate %+v; want 51 of 51 and nothing more", run.State, e)
	}
}
