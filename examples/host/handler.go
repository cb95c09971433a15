package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
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
