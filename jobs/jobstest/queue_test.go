package jobstest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/jobs/jobstest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// handlers are a handler of kind "test.work" that answers with what work says.
func handlers(work func(jobs.Run) error) []jobs.Handler {
	return []jobs.Handler{{Kind: "test.work", Work: func(_ context.Context, run jobs.Run) error { return work(run) }}}
}

func enqueue(t *testing.T, q *jobstest.Queue, list ...jobs.Job) {
	t.Helper()
	for i := range list {
		list[i].Kind = "test.work"
	}
	if err := q.Enqueue(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
}

func TestInOrderOfTime(t *testing.T) {
	t.Parallel()
	clock := jobstest.NewClock(noon)
	q := jobstest.New(clock, nil)
	enqueue(t, q, jobs.Job{Tenant: "late", RunAt: noon.Add(time.Hour)}, jobs.Job{Tenant: "now"}, jobs.Job{Tenant: "soon", RunAt: noon.Add(time.Minute)},
		jobs.Job{Tenant: "never", RunAt: noon.Add(48 * time.Hour)})
	var came []string
	q.Run(t.Context(), handlers(func(run jobs.Run) error {
		came = append(came, run.Tenant+" "+clock.Now().Format(time.TimeOnly))
		return nil
	}), 24*time.Hour)
	if want := []string{"now 12:00:00", "soon 12:01:00", "late 13:00:00"}; !slices.Equal(came, want) || q.Len() != 1 {
		t.Errorf("got %v and %d left, want %v and 1", came, q.Len(), want)
	}
	if now := clock.Now(); now != noon.Add(24*time.Hour) {
		t.Errorf("it is %s, want the end of the day", now)
	}
}

func TestUniqueUntilDone(t *testing.T) {
	t.Parallel()
	q := jobstest.New(jobstest.NewClock(noon), nil)
	enqueue(t, q, jobs.Job{Key: "k"}, jobs.Job{Key: "k"}, jobs.Job{Key: "other"}, jobs.Job{}, jobs.Job{})
	if q.Len() != 4 {
		t.Fatalf("%d jobs, want the second of a key left out", q.Len())
	}
	first, ok := q.Take(noon)
	if enqueue(t, q, jobs.Job{Key: "k"}); !ok || first.Job.Key != "k" || q.Len() != 3 {
		t.Fatalf("took %+v, %d wait; want the key still to be taken", first, q.Len())
	}
	if err := q.Work(t.Context(), handlers(func(jobs.Run) error { return nil }), first); err != nil {
		t.Fatal(err)
	}
	if enqueue(t, q, jobs.Job{Key: "k"}); q.Len() != 4 {
		t.Errorf("%d wait, want the key to be free again", q.Len())
	}
}

func TestAnswersOfHandlers(t *testing.T) {
	t.Parallel()
	failure := errors.New("out of order")
	for _, tt := range []struct {
		name    string
		answers []error
		// attempts are those that the handler saw.
		attempts        []int
		failures, drops int
	}{
		{"done", []error{nil}, []int{1}, 0, 0},
		{"again is no attempt", []error{jobs.Again(time.Minute), nil}, []int{1, 1}, 0, 0},
		{"a failure is", []error{failure, failure, nil}, []int{1, 2, 3}, 2, 0},
		{"dropped", []error{jobs.Drop(failure)}, []int{1}, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := jobstest.New(jobstest.NewClock(noon), nil)
			enqueue(t, q, jobs.Job{})
			var attempts []int
			q.Run(t.Context(), handlers(func(run jobs.Run) error {
				attempts = append(attempts, run.Attempt)
				return tt.answers[len(attempts)-1]
			}), time.Hour)
			if !slices.Equal(attempts, tt.attempts) || q.Len() != 0 {
				t.Errorf("attempts %v, %d left; want %v", attempts, q.Len(), tt.attempts)
			}
			if len(q.Failures()) != tt.failures || len(q.Drops()) != tt.drops {
				t.Errorf("failures %v, drops %v; want %d and %d", q.Failures(), q.Drops(), tt.failures, tt.drops)
			}
		})
	}
}

func TestAbandoned(t *testing.T) {
	t.Parallel()
	q := jobstest.New(jobstest.NewClock(noon), nil)
	enqueue(t, q, jobs.Job{Key: "k"})
	w, _ := q.Take(noon)
	if _, more := q.Take(noon); more {
		t.Error("took a job twice")
	}
	q.Abandon(w)
	if again, ok := q.Take(noon); !ok || again.Attempt != 2 || again.Job.Key != "k" {
		t.Errorf("got %+v, %t; want a second attempt of the same job", again, ok)
	}
}

func TestWithTheTransaction(t *testing.T) {
	t.Parallel()
	var committed func()
	q := jobstest.New(jobstest.NewClock(noon), func(_ context.Context, fn func()) bool { committed = fn; return true })
	if enqueue(t, q, jobs.Job{}); q.Len() != 0 {
		t.Error("there is a job before the transaction has committed")
	}
	if committed(); q.Len() != 1 {
		t.Error("there is no job after the transaction has committed")
	}
}

func TestNobodyHandlesIt(t *testing.T) {
	t.Parallel()
	q := jobstest.New(jobstest.NewClock(noon), nil)
	enqueue(t, q, jobs.Job{})
	w, _ := q.Take(noon)
	if err := q.Work(t.Context(), nil, w); err == nil {
		t.Error("worked a job that nobody handles")
	}
}
