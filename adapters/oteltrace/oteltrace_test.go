package oteltrace_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/thirdapp/thirdapp/adapters/oteltrace"
	"github.com/thirdapp/thirdapp/jobs"
)

// runner is a jobs.Runner that keeps what it is given.
type runner struct {
	jobs.Runner
	jobs     []jobs.Job
	handlers []jobs.Handler
}

func (r *runner) Enqueue(_ context.Context, list ...jobs.Job) error {
	r.jobs = append(r.jobs, list...)
	return nil
}

func (r *runner) Start(_ context.Context, handlers []jobs.Handler) error {
	r.handlers = handlers
	return nil
}

func setup(t *testing.T) (trace.TracerProvider, *tracetest.InMemoryExporter) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	t.Cleanup(func() { _ = tp.Shutdown(context.Background()) })
	return tp, spans
}

func TestEnqueue(t *testing.T) {
	t.Parallel()
	tp, _ := setup(t)
	next := &runner{}
	traced := oteltrace.Jobs(next, tp)
	ctx, span := tp.Tracer("test").Start(t.Context(), "request")
	defer span.End()
	given := []jobs.Job{{Kind: "now"}, {Kind: "later", RunAt: time.Now().Add(time.Hour)}}
	if err := traced.Enqueue(ctx, given...); err != nil {
		t.Fatal(err)
	}
	if err := traced.Enqueue(t.Context(), jobs.Job{Kind: "apart"}); err != nil {
		t.Fatal(err)
	}
	if got := next.jobs[0].Trace; !strings.Contains(got, span.SpanContext().TraceID().String()) || len(got) != 55 {
		t.Errorf("a job for now has the trace %q, want that of the request", got)
	}
	for _, j := range next.jobs[1:] {
		if j.Trace != "" {
			t.Errorf("job %s has the trace %q, want none", j.Kind, j.Trace)
		}
	}
	if given[0].Trace != "" {
		t.Error("the caller's jobs were changed")
	}
}

func TestWork(t *testing.T) {
	t.Parallel()
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	failed := errors.New("the office app is away")
	tests := map[string]struct {
		trace  string
		work   func() error
		want   codes.Code
		detail string
		panics bool
	}{
		"done":      {trace: parent, work: func() error { return nil }},
		"alone":     {work: func() error { return nil }},
		"malformed": {trace: "not a traceparent", work: func() error { return nil }},
		"failed":    {trace: parent, work: func() error { return failed }, want: codes.Error, detail: failed.Error()},
		"again":     {trace: parent, work: func() error { return jobs.Again(time.Second) }},
		"dropped":   {trace: parent, work: func() error { return jobs.Drop(failed) }, want: codes.Error, detail: "jobs: dropped: " + failed.Error()},
		"panics":    {trace: parent, work: func() error { panic("out of order") }, panics: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tp, spans := setup(t)
			next := &runner{}
			var inside trace.SpanContext
			var returned, got error
			handlers := []jobs.Handler{{Kind: "test.work", Work: func(ctx context.Context, _ jobs.Run) error {
				inside = trace.SpanContextFromContext(ctx)
				returned = test.work()
				return returned
			}}, {Kind: "test.nothing"}}
			if err := oteltrace.Jobs(next, tp).Start(t.Context(), handlers); err != nil {
				t.Fatal(err)
			}
			if next.handlers[1].Work != nil {
				t.Error("a handler without work got one: it is for the runner to refuse")
			}
			panicked := func() (p any) {
				defer func() { p = recover() }()
				got = next.handlers[0].Work(t.Context(), jobs.Run{Kind: "test.work", Tenant: "t-1", Attempt: 2, Trace: test.trace})
				return nil
			}()
			if (panicked != nil) != test.panics {
				t.Errorf("panic %v, want one: %t", panicked, test.panics)
			}
			if got != returned { //nolint:errorlint // the very value
				t.Errorf("the runner is told %v, want %v", got, returned)
			}
			list := spans.GetSpans()
			if len(list) != 1 {
				t.Fatalf("%d spans, want 1", len(list))
			}
			s := list[0]
			if s.Name != "test.work" || s.SpanContext.SpanID() != inside.SpanID() {
				t.Errorf("span %s %v, want the one the work was done in", s.Name, s.SpanContext.SpanID())
			}
			if got := s.Parent.IsValid(); got != (test.trace == parent) {
				t.Errorf("stands below another: %t", got)
			}
			if s.Status.Code != test.want || s.Status.Description != test.detail {
				t.Errorf("status %v, want %v %q", s.Status, test.want, test.detail)
			}
			if test.panics && !slices.ContainsFunc(s.Events, func(e sdktrace.Event) bool { return e.Name == "exception" }) {
				t.Errorf("no event tells of the panic: %v", s.Events)
			}
		})
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	tp, spans := setup(t)
	_, end := oteltrace.Calls(tp).Start(t.Context(), "dingtalk topapi/user")
	end(errors.New("throttled"))
	list := spans.GetSpans()
	if len(list) != 1 || list[0].Name != "dingtalk topapi/user" || list[0].SpanKind != trace.SpanKindClient ||
		list[0].Status.Description != "throttled" {
		t.Errorf("got %+v, want one failed call", list)
	}
}
