package riverjobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

// River does some things once a minute, and only while a job is under way. What
// an upgrade makes it call that the driver refuses shows in the log.
func TestAMinuteWithoutErrors(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes more than a minute")
	}
	onBoth(t, func(t *testing.T, s *store) {
		log := &logBuffer{}
		release := make(chan struct{})
		h, runs := handler("test.work", func(context.Context, jobs.Run) error { <-release; return nil })
		h.Timeout = time.Minute
		r := s.started(t, func(c *riverjobs.Config) { c.Logger = log.logger() }, h)
		enqueue(t, r, jobs.Job{Kind: "test.work", RunAt: time.Now().Add(10 * time.Second)})
		<-time.After(65 * time.Second)
		close(release)
		receive(t, runs)
		s.await(t, 0, "SELECT count(*) FROM {job}")
		for _, level := range []string{"level=ERROR", "level=WARN"} {
			if strings.Contains(log.String(), level) {
				t.Errorf("got %s in the log: %s", level, log)
			}
		}
	})
}
