package bunstore

import (
	"time"

	"github.com/uptrace/bun"
)

// stored returns t as both databases keep it: UTC, in microseconds.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// timeLiteral is how bun writes times on both databases: in UTC, to the
// microsecond.
const timeLiteral = "2006-01-02 15:04:05.999999-07:00"

// timeText is a time in a table literal, "" for none.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stored(t).Format(timeLiteral)
}

// timeOf is a column of timeText as a column of times has it: SQLite keeps
// times as text.
func (s *Store) timeOf(column string) bun.Safe {
	if s.postgres() {
		return bun.Safe("NULLIF(" + column + ", '')::timestamptz")
	}
	return bun.Safe("NULLIF(" + column + ", '')")
}
