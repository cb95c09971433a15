package riverjobs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

func TestOutcomesAreLogged(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		work func(ctx context.Context, run jobs.Run) error
		want []string
	}{
		"dropped": {
			func(context.Context, jobs.Run) error { return jobs.Drop(errors.New("no use")) },
			[]string{"level=WARN", `msg="job dropped"`, `error="no use"`},
		},
		"failed": {
			func(context.Context, jobs.Run) error { return errors.New("out of order") },
			[]string{"level=WARN", `msg="job failed"`, `error="out of order"`},
		},
		"panicked": {
			func(context.Context, jobs.Run) error { panic("no way") },
			[]string{"level=ERROR", `msg="job panicked"`, `error="panic: no way"`, "outcome_test.go"},
		},
		"timed out": {
			func(ctx context.Context, _ jobs.Run) error { <-ctx.Done(); return ctx.Err() },
			[]string{"level=WARN", `msg="job failed"`, `error="context deadline exceeded"`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *store) {
				log := &logBuffer{}
				h, runs := handler("test.work", test.work)
				h.Timeout = time.Second
				r := s.started(t, func(c *riverjobs.Config) { c.Logger = log.logger() }, h)
				enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "t1", Payload: []byte(`{"id":"secret"}`)})
				receive(t, runs)
				for _, want := range append(test.want, "kind=test.work", "tenant=t1", "attempt=1") {
					eventually(t, func() error {
						if !strings.Contains(log.String(), want) {
							return errors.New("log without " + want + ": " + log.String())
						}
						return nil
					})
				}
				if strings.Contains(log.String(), "secret") {
					t.Errorf("log shows the payload: %s", log)
				}
				if strings.Contains(log.String(), "level=INFO") {
					t.Errorf("log shows River's news: %s", log)
				}
			})
		})
	}
}

func TestDroppedJobIsKeptAndNotRepeated(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", func(context.Context, jobs.Run) error { return jobs.Drop(errors.New("no use")) })
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		receive(t, runs)
		s.await(t, 1, "SELECT count(*) FROM {job} WHERE state = 'cancelled' AND finalized_at IS NOT NULL AND attempt = 1")
	})
}

func TestPanicAndTimeoutAreRetried(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", func(ctx context.Context, run jobs.Run) error {
			switch run.Attempt {
			case 1:
				panic("no way")
			case 2:
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		h.Timeout = time.Second
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		for want := range 3 {
			if run := receive(t, runs); run.Attempt != want+1 {
				t.Errorf("got attempt %d, want %d", run.Attempt, want+1)
			}
		}
		s.await(t, 0, "SELECT count(*) FROM {job}")
	})
}

// A job that fails for ever neither grows for ever nor is given up.
func TestJobThatFailsForEver(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		h, runs := handler("test.work", func(context.Context, jobs.Run) error { return errors.New("never") })
		r := s.started(t, nil, h)
		errorCount := "cardinality(errors)"
		if s.dialect == riverjobs.SQLite {
			errorCount = "json_array_length(errors)"
		}
		enqueue(t, r, jobs.Job{Kind: "test.work"})
		receive(t, runs)
		s.await(t, 1, "SELECT count(*) FROM {job} WHERE state = 'available' AND attempt = 1 AND "+errorCount+" = 1")

		for _, attempts := range []struct{ made, next, counted string }{
			{"49", "50", "2"}, {"50", "51", "2"}, {"29998", "29999", "2"}, {"29999", "29999", "2"}, {"29999", "29999", "2"},
		} {
			s.exec(t, "UPDATE {job} SET attempt = "+attempts.made+", scheduled_at = "+s.now())
			receive(t, runs)
			s.await(t, 1, "SELECT count(*) FROM {job} WHERE state = 'available' AND attempt = "+attempts.next+
				" AND "+errorCount+" = "+attempts.counted)
		}
	})
}

func TestDroppedJobsGoAfterAWeek(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		r := s.runner(t, nil)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "old"}, jobs.Job{Kind: "test.work", Tenant: "new"})
		day := "interval '1 day'"
		if s.dialect == riverjobs.SQLite {
			day = "86400000000"
		}
		s.exec(t, "UPDATE {job} SET state = 'cancelled', finalized_at = "+s.now()+" - 8 * "+day)
		s.exec(t, "UPDATE {job} SET finalized_at = "+s.now()+" - 6 * "+day+" WHERE args ->> 'tenant' = 'new'")
		h, _ := handler("test.work", nil)
		if err := r.Start(t.Context(), []jobs.Handler{h}); err != nil {
			t.Fatal(err)
		}
		s.await(t, 1, "SELECT count(*) FROM {job}")
		if n := s.count(t, "SELECT count(*) FROM {job} WHERE args ->> 'tenant' = 'new'"); n != 1 {
			t.Errorf("got %d jobs of this week, want 1", n)
		}
	})
}
