package dingtalk

import "time"

// pause is how long DingTalk makes a caller wait after a refusal (docs, "call
// frequency limit" and "custom robot", read 2026-11-22).
type pause int

const (
	_ pause = iota // DingTalk does not say
	oneSecond
	oneMinute
	fiveMinutes
	tenMinutes
	nextMinute
	nextDay
	nextMonth
)

// china is where DingTalk's days and months begin. It has had no summer time
// since 1991, so that no time zone data is needed.
var china = time.FixedZone("CST", 8*60*60) //nolint:gochecknoglobals // constant

// from returns the pause that begins now; 0 when it is not known.
func (p pause) from(now time.Time) time.Duration {
	now = now.In(china)
	switch p {
	case oneSecond:
		return time.Second
	case oneMinute:
		return time.Minute
	case fiveMinutes:
		return 5 * time.Minute
	case tenMinutes:
		return 10 * time.Minute
	case nextMinute:
		return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	case nextDay:
		return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, china).Sub(now)
	case nextMonth:
		return time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, china).Sub(now)
	default:
		return 0
	}
}
