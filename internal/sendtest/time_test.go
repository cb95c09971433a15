package sendtest_test

import (
	"context"
	"testing"
	"time"
)

// finish lets time pass until nothing will change about any message. Where
// there is nothing to do until a later time, that time comes at once: after
// hours, in steps of minutes, so that a day of questions about many messages is
// soon over.
func (s *site) finish(tb testing.TB) {
	tb.Helper()
	end, idle, began := time.Now().Add(patience), 0, s.clock.Now()
	defer func() { tb.Logf("finished %s later", s.clock.Now().Sub(began).Round(time.Second)) }()
	for time.Now().Before(end) {
		now, err := s.look(tb.Context())
		switch {
		case err != nil: // the database has its troubles
		case now.unfinished == 0:
			return
		case now.due > 0:
			idle = 0
		case now.later == 0:
			if idle++; idle > 20 { // it may just have changed between two looks
				tb.Fatalf("%d batches or messages are unfinished, and no job is left", now.unfinished)
			}
		default:
			next := time.Duration(now.next * float64(time.Second))
			s.pass(tb, max(next, s.clock.Now().Sub(began)/50))
		}
		pause(tb.Context(), 10*time.Millisecond)
	}
	now, err := s.look(tb.Context())
	tb.Fatalf("not finished in %s: %+v, %v", patience, now, err)
}

// backlog is what there is to do.
type backlog struct {
	// unfinished counts batches and messages about which something will
	// change.
	unfinished int
	// due counts jobs that run or could, later those about messages whose time
	// comes; the first of these in next seconds.
	due, later int
	next       float64
}

func (s *site) look(ctx context.Context) (b backlog, err error) {
	const query = `SELECT
		(SELECT count(*) FROM thirdapp_message_batches WHERE tracking OR state IN ('pending', 'scheduled', 'sending')) +
		(SELECT count(*) FROM thirdapp_messages WHERE selection IS NOT NULL),
		count(*) FILTER (WHERE state = 'running' OR scheduled_at <= now()),
		count(*) FILTER (WHERE later), coalesce(extract(epoch FROM min(scheduled_at) FILTER (WHERE later) - now()), 0)
		FROM (SELECT *, state <> 'running' AND scheduled_at > now() AND kind NOT IN ('messaging.retention', 'sync.retention') AS later
			FROM thirdapp_jobs.river_job WHERE finalized_at IS NULL) AS job`
	err = s.stack.Store.DB().QueryRowContext(ctx, query).Scan(&b.unfinished, &b.due, &b.later, &b.next)
	return b, err
}

// rest waits until nothing is to be done at this time.
func (s *site) rest(tb testing.TB) {
	tb.Helper()
	await(tb, "rest", func() bool {
		now, err := s.look(tb.Context())
		return err == nil && now.due == 0
	})
}

// pass lets time pass, for the hosts, the office app and the jobs.
func (s *site) pass(tb testing.TB, d time.Duration) {
	tb.Helper()
	s.clock.pass(d)
	_, err := s.stack.Store.DB().ExecContext(tb.Context(), `UPDATE thirdapp_jobs.river_job
		SET scheduled_at = scheduled_at - ? * interval '1 second' WHERE state <> 'running'`, d.Seconds())
	check(tb, err)
}
