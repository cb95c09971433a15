package riverjobs_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

// Benchmarks of PostgreSQL want THIRDAPP_TEST_POSTGRES_DURABLE=true.

func benchBoth(b *testing.B, bench func(b *testing.B, s *store)) {
	b.Helper()
	for _, d := range []riverjobs.Dialect{riverjobs.Postgres, riverjobs.SQLite} {
		b.Run(string(d), func(b *testing.B) { bench(b, newStore(b, d)) })
	}
}

// BenchmarkInsert adds a row in a transaction: bare, and with a job.
func BenchmarkInsert(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *store) {
		s.exec(b, "CREATE TABLE message (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, body TEXT NOT NULL)")
		r := s.runner(b, nil)
		var n atomic.Int64
		insert := func(ctx context.Context, withJob bool) error {
			id := fmt.Sprintf("message-%012d", n.Add(1))
			return s.inTx(ctx, func(ctx context.Context) error {
				tx, _ := txOf(ctx)
				if _, err := tx.ExecContext(ctx, "INSERT INTO message VALUES ($1, $2, $3)", id, "t1", "a body of some words"); err != nil || !withJob {
					return err
				}
				return r.Enqueue(ctx, jobs.Job{Kind: "bench.send", Tenant: "t1", Key: id, Payload: []byte(`{"message":"` + id + `"}`)})
			})
		}
		for name, withJob := range map[string]bool{"bare": false, "job": true} {
			b.Run("one/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := insert(b.Context(), withJob); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("many/"+name, func(b *testing.B) {
				b.SetParallelism(16)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := insert(b.Context(), withJob); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	})
}

// BenchmarkWork works jobs that do nothing.
func BenchmarkWork(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *store) {
		var worked atomic.Int64
		done := make(chan struct{}, 1)
		total := int64(b.N)
		h := jobs.Handler{Kind: "bench.work", Queue: "bench", Timeout: time.Minute, Work: func(context.Context, jobs.Run) error {
			if worked.Add(1) == total {
				done <- struct{}{}
			}
			return nil
		}}
		r := s.runner(b, func(c *riverjobs.Config) { c.MaxWorkers, c.TenantShare = 500, 500 })
		list := make([]jobs.Job, b.N)
		for i := range list {
			list[i] = jobs.Job{Kind: "bench.work", Tenant: fmt.Sprint(i % 100), Key: fmt.Sprint(i), Payload: []byte(`{"id":1}`)}
		}
		enqueue(b, r, list...)
		b.ResetTimer()
		if err := r.Start(b.Context(), []jobs.Handler{h}); err != nil {
			b.Fatal(err)
		}
		<-done
		for s.count(b, "SELECT count(*) FROM {job}") > 0 {
			<-time.After(10 * time.Millisecond)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	})
}

// BenchmarkWakeup measures from the start of the transaction that adds a job
// until its handler is called.
func BenchmarkWakeup(b *testing.B) {
	benchBoth(b, func(b *testing.B, s *store) {
		called := make(chan time.Time, 1)
		h := jobs.Handler{Kind: "bench.work", Queue: "bench", Timeout: time.Minute, Work: func(context.Context, jobs.Run) error {
			called <- time.Now()
			return nil
		}}
		r := s.started(b, nil, h)
		var took []time.Duration
		for b.Loop() {
			start := time.Now()
			err := s.inTx(b.Context(), func(ctx context.Context) error { return r.Enqueue(ctx, jobs.Job{Kind: "bench.work"}) })
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, (<-called).Sub(start))
			<-time.After(15 * time.Millisecond)
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	})
}
