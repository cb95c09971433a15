package oteltrace

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/thirdapp/thirdapp/provider"
)

// scope names the instrumentation.
const scope = "github.com/thirdapp/thirdapp/adapters/oteltrace"

// Calls returns what follows the calls to an office app, for the Tracer of its
// options: a client span for each attempt.
func Calls(tp trace.TracerProvider) provider.Tracer {
	tracer := tp.Tracer(scope)
	return func(ctx context.Context, operation string) (context.Context, func(error)) {
		ctx, span := tracer.Start(ctx, operation, trace.WithSpanKind(trace.SpanKindClient))
		return ctx, func(err error) {
			fail(span, err)
			span.End()
		}
	}
}

// fail tells what a span has failed with, if it has.
func fail(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
}
