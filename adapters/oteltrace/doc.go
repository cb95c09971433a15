// Package oteltrace follows messages and runs by OpenTelemetry: from the request
// through the jobs to the calls to the office app. It has the two parts that
// a host cannot see from outside:
//
//	ding, err := dingtalk.New(dingtalk.Options{Tracer: oteltrace.Calls(tp)})
//	…
//	cfg := s.Config // of stack.Open
//	cfg.Jobs = oteltrace.Jobs(cfg.Jobs, tp)
//	module, err := thirdapp.New(cfg)
//	…
//	mux.Handle("/", otelhttp.NewHandler(module.Handler(), "thirdapp", otelhttp.WithTracerProvider(tp)))
//
// Requests are otelhttp's to follow: the module's handler tells it the route of
// each. The host sets up the SDK, with its exporter and how much of all it keeps.
//
// # What belongs together
//
// A job that is to be worked at once belongs to what enqueued it, a request or
// another job, and stands below it, each time it is worked. One for later, such
// as the next look at what has been delivered, begins a trace of its own: what
// repeats itself for days would never end.
//
// # What is not in it
//
// Names and attributes are made of kinds of jobs, ids of tenants and paths of the
// office app's API. There are no addresses with a query, in which some office
// apps want their access tokens, and no keys, texts or people; an error is told
// as in the log. Do not follow the calls by an instrumented HTTP client: it
// records whole addresses.
//
// # Concurrency
//
// Everything here is safe for concurrent use.
package oteltrace
