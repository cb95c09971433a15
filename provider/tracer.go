package provider

import "context"

// Tracer follows what is done for a request or a job through the parts that do
// it. It is called before an operation, such as one call to an office app,
// and returns the context to go on with and what to call at the end, with the
// operation's error or nil. operation is one of few names and holds no secrets
// and nothing of people. A nil Tracer follows nothing: providers call Start. It is
// safe for concurrent use. Package adapters/oteltrace has one for OpenTelemetry.
type Tracer func(ctx context.Context, operation string) (context.Context, func(error))

// Start begins an operation.
func (t Tracer) Start(ctx context.Context, operation string) (context.Context, func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	return t(ctx, operation)
}
