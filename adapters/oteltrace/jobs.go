package oteltrace

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/thirdapp/thirdapp/jobs"
)

// Jobs returns next with a span around each execution of a job.
func Jobs(next jobs.Runner, tp trace.TracerProvider) jobs.Runner {
	return &runner{next, tp.Tracer(scope)}
}

type runner struct {
	jobs.Runner
	tracer trace.Tracer
}

// Enqueue implements jobs.Queue.
func (r *runner) Enqueue(ctx context.Context, list ...jobs.Job) error {
	if at := traceparent(ctx); at != "" {
		list = slices.Clone(list)
		for i := range list {
			if list[i].RunAt.IsZero() {
				list[i].Trace = at
			}
		}
	}
	return r.Runner.Enqueue(ctx, list...)
}

// Start implements jobs.Runner.
func (r *runner) Start(ctx context.Context, handlers []jobs.Handler) error {
	handlers = slices.Clone(handlers)
	for i, h := range handlers {
		if h.Work != nil { // else next refuses it
			handlers[i].Work = r.follow(h.Work)
		}
	}
	return r.Runner.Start(ctx, handlers)
}

// follow returns work with a span around it.
func (r *runner) follow(work func(context.Context, jobs.Run) error) func(context.Context, jobs.Run) error {
	return func(ctx context.Context, run jobs.Run) error {
		ctx, span := r.tracer.Start(remote(ctx, run.Trace), run.Kind, trace.WithSpanKind(trace.SpanKindConsumer),
			trace.WithAttributes(attribute.String("thirdapp.tenant", run.Tenant), attribute.Int("thirdapp.attempt", run.Attempt)))
		defer span.End() // notes a panic, too
		err := work(ctx, run)
		if _, again := jobs.AsAgain(err); !again {
			fail(span, err)
		}
		return err
	}
}

// traceparent returns where in a trace ctx is; "" is nowhere.
func traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get("traceparent")
}

// remote returns ctx as one that goes on with what is at that place of a trace.
func remote(ctx context.Context, traceparent string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}
