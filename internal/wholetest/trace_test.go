package wholetest_test

import (
	"context"
	"slices"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// tracing is an SDK that keeps spans as soon as they have ended.
func tracing(tb testing.TB, spans *tracetest.InMemoryExporter) trace.TracerProvider {
	tb.Helper()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	tb.Cleanup(func() { check(tb, tp.Shutdown(context.Background())) })
	return tp
}

// TestTrace follows a message and a run from the request to the calls to the
// office app.
func TestTrace(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		spans := tracetest.NewInMemoryExporter()
		h := newHost(t, dsn, func(s *setup) { s.traces, s.emulator.AutoRead = tracing(t, spans), true })
		h.connect(t)
		h.pull(t)
		a := h.send(t, text("你好", "u-zhang"))
		h.awaitMessage(t, result[messageBody](t, a).ID)

		list := spans.GetSpans()
		wantAbove(t, list, "dingtalk topapi/message/corpconversation/asyncsend_v2", "messaging.send", "POST /messages")
		wantAbove(t, list, "dingtalk topapi/message/corpconversation/getsendresult", "messaging.track")
		wantAbove(t, list, "dingtalk topapi/v2/user/list", "sync.run", "POST /sync/runs")
	})
}

// wantAbove looks for a span that stands below others, the nearest first, of
// which the last has nothing above it.
func wantAbove(t *testing.T, list tracetest.SpanStubs, name string, above ...string) {
	t.Helper()
	var seen []string
	for _, s := range list {
		if s.Name != name {
			continue
		}
		got := namesAbove(list, s)
		if slices.Equal(got, above) {
			return
		}
		seen = append(seen, got...)
	}
	t.Errorf("no span %s below %v: there are %v", name, above, seen)
}

func namesAbove(list tracetest.SpanStubs, s tracetest.SpanStub) []string {
	var names []string
	for s.Parent.IsValid() {
		at := slices.IndexFunc(list, func(o tracetest.SpanStub) bool {
			return o.SpanContext.SpanID() == s.Parent.SpanID() && o.SpanContext.TraceID() == s.Parent.TraceID()
		})
		if at < 0 {
			return append(names, "(not ended)")
		}
		s = list[at]
		names = append(names, s.Name)
	}
	return names
}
