package sendtest_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/internal/dbtest"
)

// The benchmarks have no pacing and leave the configuration as it is. Run them
// with THIRDAPP_TEST_POSTGRES_DURABLE=true.

// BenchmarkDeliver10k sends 10,000 messages to one person each that are already
// accepted, with two hosts, and sets that against the floor: a bare client that
// makes the same calls, one after the other and 64 at a time. The office app is
// a process of its own.
func BenchmarkDeliver10k(b *testing.B) {
	const messages, people = 10_000, 1_000
	var deliver, sequential, parallel time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		office := startOffice(b, people, 0)
		s := office.site(b, postgres(b))
		second := s.another(b)
		orders := make([]*order, messages)
		for i := range orders {
			orders[i] = work(fmt.Sprint("deliver ", i), persons(i%people, 1)...)
		}
		s.ask(b, orders...)
		b.StartTimer()
		deliver += timed(func() {
			s.start(b)
			second.start(b)
			office.await(b, messages)
		})
		b.StopTimer()
		s.finish(b)
		office.wantSends(b, messages)
		check(b, s.close())
		check(b, second.close())
		sequential += timed(func() { office.bare(b, messages, 1, 1) })
		parallel += timed(func() { office.bare(b, messages, 1, 64) })
		office.Kill()
		n++
		b.StartTimer()
	}
	reportRatio(b, n, deliver, sequential, parallel)
}

// BenchmarkBroadcast100k sends one message to a department of 100,000 bound
// people, and sets that against a bare client that makes the same 1,000 calls.
// It reports by how much the memory of the host grew, and the most that was in
// use on its heap; office app and database are processes of their own. The
// office app answers at once, or as one does that is not on the same machine.
func BenchmarkBroadcast100k(b *testing.B) {
	for name, delay := range map[string]time.Duration{"at once": 0, "in 20ms": 20 * time.Millisecond} {
		b.Run(name, func(b *testing.B) { benchBroadcast(b, delay) })
	}
}

func benchBroadcast(b *testing.B, delay time.Duration) {
	b.Helper()
	const calls, each = crowd / 100, 100
	var deliver, sequential, parallel time.Duration
	var grown, heap float64
	n := 0
	for b.Loop() {
		b.StopTimer()
		office := startOffice(b, crowd, delay)
		s := office.site(b, crowded(b))
		s.start(b)
		watch := watchMemory(b)
		b.StartTimer()
		deliver += timed(func() {
			s.ask(b, broadcast("broadcast"))
			office.await(b, calls)
		})
		b.StopTimer()
		rss, most := watch.end(b)
		grown, heap = max(grown, rss), max(heap, most)
		s.rest(b)
		office.wantSends(b, calls)
		check(b, s.close())
		sequential += timed(func() { office.bare(b, calls, each, 1) })
		parallel += timed(func() { office.bare(b, calls, each, 64) })
		office.Kill()
		n++
		b.StartTimer()
	}
	reportRatio(b, n, deliver, sequential, parallel)
	b.ReportMetric(grown, "MiB-grown")
	b.ReportMetric(heap, "MiB-heap")
}

// BenchmarkLatency takes the time from when Send has returned until the office
// app gets the call, one message at a time, in a host that has nothing else to
// do.
func BenchmarkLatency(b *testing.B) {
	for name, open := range map[string]func(testing.TB) string{
		"postgres": postgres, "sqlite": func(tb testing.TB) string { return "sqlite:" + dbtest.SQLite(tb) },
	} {
		b.Run(name, func(b *testing.B) {
			s := newSite(b, func(p *plan) {
				p.dsn, p.wiring.jobs = open(b), riverjobs.Config{}
				p.office.RulesOff = []dingtalktest.Rule{dingtalktest.RulePerDay, dingtalktest.RulePerMinute}
			})
			check(b, s.module.Migrate(b.Context()))
			s.connect(b, here, corpID)
			arrived := make(chan time.Time, 1)
			s.gate.seen = func() { arrived <- time.Now() }
			s.start(b)
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				o := work(fmt.Sprint("latency ", i), persons(i%150, 1)...)
				check(b, s.accept(b.Context(), o))
				returned := time.Now()
				took = append(took, max(0, (<-arrived).Sub(returned)))
			}
			slices.Sort(took)
			b.ReportMetric(milliseconds(took[len(took)/2]), "median-ms")
			b.ReportMetric(milliseconds(took[len(took)*99/100]), "p99-ms")
		})
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// reportRatio reports what n runs took together.
func reportRatio(b *testing.B, n int, deliver, sequential, parallel time.Duration) {
	b.Helper()
	b.ReportMetric(milliseconds(deliver)/float64(n), "deliver-ms")
	b.ReportMetric(milliseconds(sequential)/float64(n), "sequential-ms")
	b.ReportMetric(milliseconds(parallel)/float64(n), "parallel-ms")
	b.ReportMetric(float64(deliver)/float64(parallel), "deliver/parallel")
}

// site is a site whose office app is the other process.
func (o *office) site(b *testing.B, dsn string) *site {
	b.Helper()
	s := newSite(b, func(p *plan) {
		p.dsn, p.wiring.URL, p.wiring.jobs = dsn, o.url, riverjobs.Config{}
	})
	s.connect(b, here, corpID)
	return s
}

// memory watches the memory of this process.
type memory struct {
	before float64
	stop   chan struct{}
	most   uint64
	looks  sync.WaitGroup
}

func watchMemory(b *testing.B) *memory {
	b.Helper()
	debug.FreeOSMemory()
	m := &memory{before: residentMiB(b, "VmRSS:"), stop: make(chan struct{})}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets VmHWM
		b.Skip("needs Linux: ", err)
	}
	m.looks.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			m.most = max(m.most, now.HeapInuse)
			select {
			case <-tick.C:
			case <-m.stop:
				return
			}
		}
	})
	return m
}

// end returns by how many MiB the process grew, and the most of its heap that
// was in use.
func (m *memory) end(b *testing.B) (grown, heap float64) {
	b.Helper()
	close(m.stop)
	m.looks.Wait()
	return residentMiB(b, "VmHWM:") - m.before, float64(m.most) / (1 << 20)
}

// residentMiB reads a figure of the process's memory.
func residentMiB(b *testing.B, key string) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("needs Linux: ", err)
	}
	_, after, _ := strings.Cut(string(text), key)
	var kib float64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
