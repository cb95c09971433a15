package riverjobs_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/proctest"
	"github.com/thirdapp/thirdapp/jobs"
)

// childEnv and childDSN make the test binary a process that takes one job,
// says so, and never finishes it.
const (
	childEnv = "RIVERJOBS_TEST_CHILD" // dialect
	childDSN = "RIVERJOBS_TEST_DSN"
)

func childMain() {
	if err := child(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(ctx context.Context) error {
	dialect, dsn := riverjobs.Dialect(os.Getenv(childEnv)), os.Getenv(childDSN)
	db, err := openDB(dialect, dsn)
	if err != nil {
		return err
	}
	cfg := riverjobs.Config{DB: db, Dialect: dialect}
	if dialect == riverjobs.Postgres {
		cfg.PostgresDSN = dsn
	}
	r, err := riverjobs.New(cfg)
	if err != nil {
		return err
	}
	h, runs := handler("test.work", func(context.Context, jobs.Run) error { select {} })
	if err := r.Start(ctx, []jobs.Handler{h}); err != nil {
		return err
	}
	<-runs
	fmt.Println("taken")
	select {}
}

// killOneThatWorks starts another process, waits until it works a job and
// kills it.
func killOneThatWorks(t *testing.T, s *store) {
	t.Helper()
	p := proctest.Start(t, childEnv+"="+string(s.dialect), childDSN+"="+s.dsn)
	p.Kill()
	if p.Said != "taken" {
		t.Fatalf("the other process said %q", p.Said)
	}
}

func TestJobOfADeadProcessIsTakenUp(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	// Both have been there for a while, and must not both take it up.
	h, runs := handler("test.other", nil)
	work, workRuns := handler("test.work", nil)
	work.Queue = "late"
	a := s.started(t, nil, h)
	s.started(t, nil, h)
	enqueue(t, a, jobs.Job{Kind: "test.work", Tenant: "t", Key: "k"})
	killOneThatWorks(t, s)
	killed := time.Now()
	s.started(t, nil, work)
	for start := time.Now(); len(workRuns) == 0; {
		if time.Since(start) > patience {
			t.Fatalf("not taken up in %s", patience)
		}
		enqueue(t, a, jobs.Job{Kind: "test.other"})
		receive(t, runs)
		<-time.After(50 * time.Millisecond)
	}
	t.Logf("taken up after %s", time.Since(killed))
	if run := <-workRuns; run.Attempt != 2 || run.Key != "k" {
		t.Errorf("got %+v, want attempt 2 of the same job", run)
	}
	s.await(t, 0, "SELECT count(*) FROM {job} WHERE kind = 'test.work'")
	if n := len(workRuns); n != 0 {
		t.Errorf("worked %d times more", n)
	}
}

func TestJobOfADeadProcessIsTakenUpAtStart(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.SQLite)
	enqueue(t, s.runner(t, nil), jobs.Job{Kind: "test.work", Tenant: "t", Key: "k"})
	killOneThatWorks(t, s)
	h, runs := handler("test.work", nil)
	log := &logBuffer{}
	s.started(t, func(c *riverjobs.Config) { c.Logger = log.logger() }, h)
	if run := receive(t, runs); run.Attempt != 2 || run.Key != "k" {
		t.Errorf("got %+v, want attempt 2 of the same job", run)
	}
	t.Log(log)
}

// A job that the database gave to this process, and the connection never
// brought, is taken up as well; one that is being worked is not.
func TestJobLostOnTheWayIsTakenUp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		release := make(chan struct{})
		defer close(release)
		h, runs := handler("test.work", func(_ context.Context, run jobs.Run) error {
			if run.Tenant == "long" {
				<-release
			}
			return nil
		})
		r := s.started(t, nil, h)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "long"})
		receive(t, runs)
		enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: "lost", RunAt: time.Now().Add(time.Hour)})
		if s.dialect == riverjobs.SQLite {
			s.exec(t, `UPDATE {job} SET state = 'running', attempt = 1, attempted_at = `+s.now()+` - 20000000`)
		} else {
			s.exec(t, `UPDATE {job} SET state = 'running', attempt = 1, attempted_at = now() - interval '20 seconds',
				attempted_by = (SELECT array_agg(id) FROM thirdapp_jobs.thirdapp_client)`)
		}
		if run := receive(t, runs); run.Tenant != "lost" || run.Attempt != 2 {
			t.Errorf("got %+v, want attempt 2 of the lost one", run)
		}
	})
}

func TestTwoProcessesShareTheJobs(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	var mu sync.Mutex
	seen := map[string]int{} // by key
	by := [2]int{}
	const n = 2000
	done := make(chan struct{}, n+1)
	var enqueues jobs.Queue
	for i := range by {
		h, _ := handler("test.work", func(_ context.Context, run jobs.Run) error {
			mu.Lock()
			seen[run.Key]++
			by[i]++
			mu.Unlock()
			done <- struct{}{}
			return nil
		})
		enqueues = s.started(t, func(c *riverjobs.Config) { c.MaxWorkers = 10 }, h)
	}
	list := make([]jobs.Job, n)
	for i := range list {
		list[i] = jobs.Job{Kind: "test.work", Tenant: fmt.Sprint(i % 10), Key: fmt.Sprint(i)}
	}
	enqueue(t, enqueues, list...)
	for range n {
		receive(t, done)
	}
	s.await(t, 0, "SELECT count(*) FROM {job}")
	mu.Lock()
	defer mu.Unlock()
	for key, times := range seen {
		if times != 1 {
			t.Errorf("job %s: worked %d times, want 1", key, times)
		}
	}
	if len(seen) != n || by[0] == 0 || by[1] == 0 {
		t.Errorf("worked %d jobs, %v by each; want %d and both to have some", len(seen), by, n)
	}
}

// A process that has stopped leaves no name behind.
func TestStoppedProcessSignsOff(t *testing.T) {
	t.Parallel()
	s := newStore(t, riverjobs.Postgres)
	h, _ := handler("test.work", nil)
	r := s.started(t, nil, h)
	if n := s.count(t, "SELECT count(*) FROM thirdapp_jobs.thirdapp_client"); n != 1 {
		t.Errorf("at work: got %d processes, want 1", n)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.count(t, "SELECT count(*) FROM thirdapp_jobs.thirdapp_client"); n != 0 {
		t.Errorf("stopped: got %d processes, want 0", n)
	}
}
