package sync_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func schedule(t tenant.ID, cron string, minutes int, zone string) dirsync.Schedule {
	return dirsync.Schedule{
		Tenant: t, Provider: "fake",
		Timing: dirsync.Timing{Cron: cron, IntervalMinutes: minutes, TimeZone: zone},
	}
}

func TestScheduleTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 7, 20, 0, 0, 123000, time.UTC)
	for name, test := range map[string]struct {
		schedule dirsync.Schedule
		want     []string
	}{
		"zone":        {schedule("1", "30 2 * * *", 0, "Asia/Shanghai"), []string{"2026-03-08T18:30:00Z", "2026-03-09T18:30:00Z"}},
		"summer time": {schedule("1", "30 2 * * *", 0, "Europe/Berlin"), []string{"2026-03-08T01:30:00Z", "2026-03-09T01:30:00Z"}},
		"leap day":    {schedule("1", "0 0 29 2 *", 0, "UTC"), []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
	} {
		got, err := dirsync.NextTimes(test.schedule, -1, now, 2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, want := range test.want {
			if got[i].Format(time.RFC3339Nano) != want {
				t.Errorf("%s: %s, want %s", name, got[i].Format(time.RFC3339Nano), want)
			}
		}
	}
}

// TestScheduleJitter: tenants are spread, each always by the same.
func TestScheduleJitter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC)
	for _, minutes := range []int{0, 60} {
		cron, window := "0 3 * * *", 10*time.Minute
		if minutes > 0 {
			cron, window = "", time.Hour
		}
		seen := make(map[time.Duration]bool)
		for n := range 200 {
			s := schedule(tenant.ID(fmt.Sprint(n)), cron, minutes, "UTC")
			times, err := dirsync.NextTimes(s, 10*time.Minute, now, 3)
			if err != nil {
				t.Fatal(err)
			}
			offset := times[0].Sub(time.Date(2026, 3, 8, 3, 0, 0, 0, time.UTC))
			if minutes > 0 {
				offset = times[0].Sub(now)
			}
			if offset < 0 || offset > window || times[2].Sub(times[1]) != times[1].Sub(times[0]) {
				t.Errorf("tenant %d: times %v, want them within %s and evenly apart", n, times, window)
			}
			again, err := dirsync.NextTimes(s, 10*time.Minute, times[0].Add(-time.Second), 1)
			if err != nil || !again[0].Equal(times[0]) {
				t.Errorf("tenant %d: %v asked again, want %v", n, again, times[0])
			}
			seen[offset] = true
		}
		if len(seen) < 100 {
			t.Errorf("200 tenants begin at %d different times", len(seen))
		}
	}
}

func TestScheduleFaults(t *testing.T) {
	t.Parallel()
	for field, list := range map[string][]dirsync.Schedule{
		"cron": {
			schedule("1", "nonsense", 0, "UTC"), schedule("1", "* * * * *", 0, "UTC"), schedule("1", "0,5 3 * * *", 0, "UTC"),
			schedule("1", "0 0 30 2 *", 0, "UTC"), schedule("1", "TZ=0", 0, "UTC"), schedule("1", "@every 1s", 0, "UTC"),
			schedule("1", "CRON_TZ=UTC 0 3 * * *", 0, "UTC"), schedule("1", "0 3 * * * *", 0, "UTC"), schedule("1", "59 23,0 * * *", 0, "x"),
		},
		"intervalMinutes": {schedule("1", "", 14, "UTC"), schedule("1", "", 43_201, "UTC"), schedule("1", "", 0, "UTC"), schedule("1", "0 3 * * *", 60, "UTC")},
		"timeZone":        {schedule("1", "0 3 * * *", 0, "Mars/Base"), schedule("1", "0 3 * * *", 0, ""), schedule("1", "", 60, "Local"), schedule("1", "", 60, "../etc/passwd")},
	} {
		for _, s := range list {
			_, err := dirsync.NextTimes(s, 0, time.Now(), 1)
			var refusal *tenant.Error
			if !errors.As(err, &refusal) || refusal.Message.ZH == "" || refusal.Message.EN == "" {
				t.Errorf("%+v: %v, want a refusal", s.Timing, err)
			} else if refusal.Field != field && s.TimeZone != "x" {
				t.Errorf("%+v: field %q, want %q", s.Timing, refusal.Field, field)
			}
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"30 2 * * *", "*/15 * * * *", "TZ=0", "@daily", "0 0 29 2 *", "1-5/0 * * * *", "? ? L * 7"} {
		f.Add(s, "Asia/Shanghai")
	}
	now := time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, cron, zone string) {
		times, err := dirsync.NextTimes(schedule("1", cron, 0, zone), 10*time.Minute, now, 2)
		if err != nil || cron == "" {
			return
		}
		if !times[0].After(now) || !times[1].IsZero() && times[1].Sub(times[0]) < 15*time.Minute {
			t.Errorf("%q: times %v", cron, times)
		}
	})
}
