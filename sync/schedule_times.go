package sync

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	_ "time/tzdata" // schedules need time zones, also where the system has none

	"github.com/robfig/cron/v3"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// minInterval is the least time between two scheduled runs: each reads the
	// whole directory.
	minInterval = 15 * time.Minute
	maxInterval = 30 * 24 * time.Hour
	// maxJitter is less than minInterval, so that moved times keep their order.
	maxJitter = 10 * time.Minute
	// maxCron bounds a cron expression, in bytes.
	maxCron = 256
	// cronTries is how many times of a cron expression are looked at for two
	// that are too close.
	cronTries = 200
)

// times are the points in time of a schedule.
type times struct {
	// cron is nil for an interval.
	cron  cron.Schedule
	zone  *time.Location
	every time.Duration
	// offset is by how much every time is later than the expression says.
	offset time.Duration
}

// next returns the first time after another, zero when there is none.
func (s times) next(after time.Time) time.Time {
	if s.cron == nil {
		passed := after.Sub(time.Unix(0, 0).Add(s.offset))
		return after.Add(s.every - passed%s.every).UTC()
	}
	at := s.cron.Next(after.Add(-s.offset).In(s.zone))
	if at.IsZero() {
		return at
	}
	return at.Add(s.offset).UTC()
}

// times checks a schedule and returns its times. Those of a tenant are always
// moved by the same: within the jitter for a cron expression, anywhere within
// an interval.
func (s Schedule) times(jitter time.Duration, now time.Time) (times, error) {
	loc, err := zone(s.TimeZone)
	if err != nil {
		return times{}, errTimeZone(s.TimeZone).WithCause(err)
	}
	switch {
	case s.Cron != "" && s.IntervalMinutes != 0:
		return times{}, badTiming("intervalMinutes", "cron与intervalMinutes只能填写一个",
			"cron and intervalMinutes cannot both be set")
	case s.Cron != "":
		t, err := cronTimes(s.Cron, loc, now)
		t.offset = s.spread(jitter)
		return t, err
	}
	every := time.Duration(s.IntervalMinutes) * time.Minute
	if s.IntervalMinutes < int(minInterval/time.Minute) || s.IntervalMinutes > int(maxInterval/time.Minute) {
		return times{}, badTiming("intervalMinutes",
			fmt.Sprintf("请填写cron，或将intervalMinutes设为%d到%d", int(minInterval.Minutes()), int(maxInterval.Minutes())),
			fmt.Sprintf("set cron, or intervalMinutes to %d to %d", int(minInterval.Minutes()), int(maxInterval.Minutes())))
	}
	return times{every: every, offset: s.spread(every)}, nil
}

// spread returns a time below a bound, in whole seconds, that is the same for a
// tenant and office app every time.
func (s Schedule) spread(bound time.Duration) time.Duration {
	seconds := uint64(max(bound, 0) / time.Second)
	if seconds == 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(string(s.Tenant) + "\n" + string(s.Provider)))
	return time.Duration(h.Sum64()%seconds) * time.Second
}

// cronTimes reads a cron expression. It refuses one that never comes or comes
// too often.
func cronTimes(expression string, loc *time.Location, now time.Time) (times, error) {
	// The parser would take a time zone before the fields, and trips over a
	// malformed one.
	if len(expression) > maxCron || strings.ContainsAny(expression, "=@") {
		return times{}, errCron(nil)
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	schedule, err := parser.Parse(expression)
	if err != nil {
		return times{}, errCron(err)
	}
	at := schedule.Next(now.In(loc))
	if at.IsZero() {
		return times{}, badTiming("cron", "该cron表达式没有可执行的时间", "this cron expression never comes")
	}
	for range cronTries {
		after := schedule.Next(at)
		if after.IsZero() {
			break
		}
		if after.Sub(at) < minInterval {
			return times{}, badTiming("cron",
				fmt.Sprintf("两次同步的间隔不能少于%d分钟", int(minInterval.Minutes())),
				fmt.Sprintf("two runs must be %d minutes apart at least", int(minInterval.Minutes())))
		}
		at = after
	}
	return times{cron: schedule, zone: loc}, nil
}

// zone returns a time zone by its IANA name. The name of the process's own
// zone, which differs from machine to machine, is none.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("time zone %q has no meaning", name)
	}
	return time.LoadLocation(name)
}

func badTiming(field, zh, en string) *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "invalid_schedule", zh, en).WithField(field)
}

func errCron(cause error) *tenant.Error {
	return badTiming("cron", "cron表达式无效：须为“分 时 日 月 周”五段，例如30 2 * * *",
		"the cron expression is not valid: want the five fields minute, hour, day of month, month, day of week, such as 30 2 * * *").
		WithCause(cause)
}

func errTimeZone(name string) *tenant.Error {
	return badTiming("timeZone", "时区“"+name+"”无效，例如Asia/Shanghai",
		"unknown time zone \""+name+"\": want an IANA name such as Asia/Shanghai")
}
