package oteltrace_test

import (
	"context"
	"net/http"
	"os"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/oteltrace"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// A host that has set up OpenTelemetry wires the module into it at three
// places.
func Example() {
	build := func(ctx context.Context, tp trace.TracerProvider) (*thirdapp.Module, http.Handler, error) {
		ding, err := dingtalk.New(dingtalk.Options{Tracer: oteltrace.Calls(tp)}) // calls to DingTalk
		if err != nil {
			return nil, nil, err
		}
		s, err := stack.Open(ctx, stack.Config{
			DSN: os.Getenv("DSN"), Providers: []provider.Factory{ding},
			SecretsKeyset: provider.NewSecret(os.Getenv("KEYSET")), JWTKey: provider.NewSecret(os.Getenv("JWT_KEY")),
		})
		if err != nil {
			return nil, nil, err
		}
		cfg := s.Config
		cfg.Jobs = oteltrace.Jobs(cfg.Jobs, tp) // jobs
		module, err := thirdapp.New(cfg)
		if err != nil {
			return nil, nil, err
		}
		requests := otelhttp.NewHandler(module.Handler(), "thirdapp", otelhttp.WithTracerProvider(tp)) // requests
		return module, requests, nil
	}
	_ = build
}
