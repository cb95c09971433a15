package riverjobs

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// quiet hands River's records on, those at info level as debug: what River
// finds worth telling is of no interest to the host's operator. That the
// database is away each queue says at each of its looks, dozens of times a
// second together: that is handed on now and then.
type quiet struct {
	slog.Handler
	away *atomic.Int64 // when fetchFailed was last handed on, in nanoseconds
}

const (
	// fetchFailed is River's message of a look for jobs that failed.
	fetchFailed = "producer: Error fetching jobs"
	// awayPause is the least time between two of it.
	awayPause = 10 * time.Second
)

func riverLogger(l *slog.Logger) *slog.Logger {
	return slog.New(quiet{l.Handler(), new(atomic.Int64)})
}

func quieter(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}

// Enabled implements slog.Handler.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return q.Handler.Enabled(ctx, quieter(level))
}

// Handle implements slog.Handler.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = quieter(r.Level)
	if r.Message == fetchFailed && !q.mayRepeat(r.Time) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// mayRepeat reports whether fetchFailed may be handed on again, and notes it.
func (q quiet) mayRepeat(now time.Time) bool {
	last := q.away.Load()
	return now.UnixNano()-last >= int64(awayPause) && q.away.CompareAndSwap(last, now.UnixNano())
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attrs), q.away}
}

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name), q.away} }
