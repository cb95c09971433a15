package bunstore

import "time"

// stored returns t as both databases keep it: UTC, in microseconds.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
