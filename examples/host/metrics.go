package main

import (
	"github.com/go-kit/kit/metrics"
	kitprometheus "github.com/go-kit/kit/metrics/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/messaging"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/transport"
)

// instruments are what Prometheus may read of the module, and of the process.
// No label tells of a tenant, a person or a message: their number has no bound.
type instruments struct {
	registry *prometheus.Registry

	http     transport.Metrics
	messages messaging.Metrics
	calls    dingtalk.Metrics
	jobs     riverjobs.Metrics
	runs     dirsync.Metrics
	logins   identity.Metrics
}

// longWork are the bounds of histograms of what may take from a moment to a day.
func longWork() []float64 { return []float64{.1, .5, 1, 5, 15, 60, 300, 1800, 7200, 86400} }

func newInstruments() *instruments {
	i := &instruments{registry: prometheus.NewRegistry()}
	i.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	i.http = transport.Metrics{
		Requests: i.counter("thirdapp_requests_total", "Finished requests.", "op", "code"),
		Seconds:  i.histogram("thirdapp_request_seconds", "Time of requests.", prometheus.DefBuckets, "op"),
	}
	i.messages = messaging.Metrics{
		Deliveries: i.counter("thirdapp_deliveries_total", "Deliveries that came into a state.", "provider", "channel", "state"),
		Waits:      i.counter("thirdapp_quota_waits_total", "Sends that a quota has put off.", "provider", "quota"),
	}
	i.calls = dingtalk.Metrics{
		Calls:   i.counter("thirdapp_office_calls_total", "Calls to office apps.", "provider", "api", "code"),
		Seconds: i.histogram("thirdapp_office_call_seconds", "Time of calls to office apps.", prometheus.DefBuckets, "provider", "api"),
		Paced:   i.histogram("thirdapp_office_pace_seconds", "Wait of calls for their turn.", prometheus.DefBuckets, "provider", "api"),
	}
	i.jobs = riverjobs.Metrics{
		Runs:    i.counter("thirdapp_job_runs_total", "Runs of jobs.", "kind", "outcome"),
		Seconds: i.histogram("thirdapp_job_seconds", "Time of runs of jobs.", prometheus.DefBuckets, "kind"),
		Waited:  i.histogram("thirdapp_job_wait_seconds", "How long after their time jobs were begun.", longWork(), "kind"),
	}
	i.runs = dirsync.Metrics{
		Runs:    i.counter("thirdapp_sync_runs_total", "Ended runs of the directory.", "provider", "direction", "state"),
		Seconds: i.histogram("thirdapp_sync_run_seconds", "Time of runs of the directory.", longWork(), "provider", "direction"),
		People:  i.counter("thirdapp_sync_people_total", "People that pulls have read.", "provider"),
		Changes: i.counter("thirdapp_sync_changes_total", "Changes of ended runs.", "provider", "direction", "result"),
	}
	i.logins = identity.Metrics{
		Logins: i.counter("thirdapp_logins_total", "Logins through office apps.", "provider", "code"),
	}
	return i
}

func (i *instruments) counter(name, help string, labels ...string) metrics.Counter {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	i.registry.MustRegister(c)
	return kitprometheus.NewCounter(c)
}

func (i *instruments) histogram(name, help string, buckets []float64, labels ...string) metrics.Histogram {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	i.registry.MustRegister(h)
	return kitprometheus.NewHistogram(h)
}

// measure gives the module's parts their instruments.
func (i *instruments) measure(c *thirdapp.Config) {
	c.HTTP.Metrics, c.Messages.Metrics, c.Directory.Metrics, c.Identity.Metrics = i.http, i.messages, i.runs, i.logins
}
