package main

import (
	"context"
	"net/http"
	"time"

	kitprometheus "github.com/go-kit/kit/metrics/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/thirdapp/thirdapp/transport"
)

// handler is the platform's whole HTTP: its own endpoints, and the module's for
// everything else.
func (p *platform) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", p.module.Handler())
	mux.HandleFunc("GET /{$}", p.home)
	mux.HandleFunc("GET "+welcomePath, p.welcome)
	mux.Handle("GET /sys/me", p.handle(p.me))
	mux.Handle("POST /sys/login", p.handle(p.login))
	mux.Handle("POST /sys/tenants", p.handle(p.createTenant))
	mux.Handle("POST /sys/users", p.handle(p.createUser))
	mux.Handle("GET /sys/user/list", p.handle(p.listUsers))
	mux.Handle("GET /sys/sysDepart/list", p.handle(p.listDepartments))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", ready(p.stack.Store.DB().PingContext))
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}

// readyTime is how long the database may take to answer: less than a balancer
// waits for /readyz.
const readyTime = 2 * time.Second

// ready says whether requests can be served now: the database answers, and in
// time.
func ready(ping func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		if err := ping(ctx); err != nil {
			http.Error(w, "database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	}
}

// metrics are what Prometheus may read.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "thirdapp_requests_total", Help: "Finished requests by operation and code.",
		}, []string{"op", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "thirdapp_request_seconds", Help: "Time of requests by operation.", Buckets: prometheus.DefBuckets,
		}, []string{"op"}),
	}
	m.registry.MustRegister(m.requests, m.seconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// http returns the instruments in the form the module wants them.
func (m *metrics) http() transport.Metrics {
	return transport.Metrics{Requests: kitprometheus.NewCounter(m.requests), Seconds: kitprometheus.NewHistogram(m.seconds)}
}
