package riverjobs_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
)

// TestOutageDoesNotFloodTheLog: that jobs cannot be fetched is told every ten
// seconds, not at each look of each queue; nothing else is held back.
func TestOutageDoesNotFloodTheLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := riverjobs.RiverLogger(slog.New(slog.NewTextHandler(&out, nil)))
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	say := func(after time.Duration, message string) {
		r := slog.NewRecord(start.Add(after), slog.LevelError, message, 0)
		if err := log.With("queue", "messaging").Handler().Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 400 { // 20 s
		say(time.Duration(i)*50*time.Millisecond, riverjobs.FetchFailed)
		say(time.Duration(i)*50*time.Millisecond, "a job failed")
	}
	if n := strings.Count(out.String(), riverjobs.FetchFailed); n != 2 {
		t.Errorf("the outage is told %d times in 20 s, want 2", n)
	}
	if n := strings.Count(out.String(), "a job failed"); n != 400 {
		t.Errorf("%d of 400 other records", n)
	}
}
