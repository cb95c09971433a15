package riverjobs_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	kitprometheus "github.com/go-kit/kit/metrics/prometheus"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

// TestRunsAreCounted: each run once, by its outcome.
func TestRunsAreCounted(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store) {
		work := map[string]func() error{
			"done":     func() error { return nil },
			"dropped":  func() error { return jobs.Drop(errors.New("no use")) },
			"again":    func() error { return jobs.Again(time.Hour) },
			"failed":   func() error { return errors.New("out of order") },
			"panicked": func() error { panic("no way") },
		}
		end := make(chan struct{})
		defer close(end)
		h, runs := handler("test.work", func(_ context.Context, run jobs.Run) error {
			if run.Attempt > 1 {
				<-end // not counted as long as the test looks
			}
			return work[run.Tenant]()
		})
		counted := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "runs"}, []string{"kind", "outcome"})
		took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "seconds"}, []string{"kind"})
		waited := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "waited"}, []string{"kind"})
		registry := prometheus.NewRegistry()
		registry.MustRegister(counted, took, waited)
		r := s.started(t, func(c *riverjobs.Config) {
			c.Metrics = riverjobs.Metrics{
				Runs: kitprometheus.NewCounter(counted), Seconds: kitprometheus.NewHistogram(took), Waited: kitprometheus.NewHistogram(waited),
			}
		}, h)
		want := map[string]int{"seconds": len(work)}
		for outcome := range work {
			want["runs "+outcome] = 1
			enqueue(t, r, jobs.Job{Kind: "test.work", Tenant: outcome})
			receive(t, runs)
		}
		eventually(t, func() error {
			got := observed(t, registry)
			begun := got["waited"] // repetitions that have begun among them
			delete(got, "waited")
			if !maps.Equal(got, want) || begun < len(work) {
				return fmt.Errorf("got %v, %d begun, want %v", got, begun, want)
			}
			return nil
		})
	})
}

// observed returns how often each metric was, by its outcome if it has one.
func observed(tb testing.TB, g prometheus.Gatherer) map[string]int {
	tb.Helper()
	families, err := g.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	got := make(map[string]int)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, l := range m.GetLabel() {
				if l.GetName() == "outcome" {
					name += " " + l.GetValue()
				}
			}
			got[name] += int(m.GetCounter().GetValue()) + int(m.GetHistogram().GetSampleCount())
		}
	}
	return got
}
