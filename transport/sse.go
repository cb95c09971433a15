package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

const (
	// reconnectAfter is how long a browser waits before it asks again for a
	// stream that broke, in milliseconds.
	reconnectAfter = 3000
	// writeTimeout bounds the writing of one event to a slow reader.
	writeTimeout = 30 * time.Second
)

// eventStream writes events until there are no more or ctx is done.
type eventStream func(ctx context.Context, w *eventWriter) error

// encodeStream writes a stream of server-sent events (WHATWG HTML, section 9.2).
// Whatever ends it early, the browser comes back by itself.
func (a *api) encodeStream(ctx context.Context, w http.ResponseWriter, stream eventStream) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Content-Language", callFrom(ctx).lang)
	h.Set("X-Accel-Buffering", "no") // nginx would collect events otherwise
	out := &eventWriter{w: w}
	err := out.write(fmt.Appendf(nil, "retry: %d\n\n", reconnectAfter))
	if err == nil {
		err = stream(ctx, out)
	}
	if err != nil { // the answer has begun: the log is all there is left to tell
		c := callFrom(ctx)
		f := a.failureOf(err, c.requestID)
		c.code, c.reason, c.err = f.code, f.reason, err
	}
	return nil
}

// eventWriter writes events and sends each at once.
type eventWriter struct{ w http.ResponseWriter }

// event writes one event with JSON data, which has no line breaks.
func (e *eventWriter) event(name, id string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return e.write(fmt.Appendf(nil, "event: %s\nid: %s\ndata: %s\n\n", name, id, bytes.TrimSpace(body)))
}

// heartbeat writes a comment, which keeps proxies from closing an idle stream.
func (e *eventWriter) heartbeat() error { return e.write([]byte(": heartbeat\n\n")) }

func (e *eventWriter) write(b []byte) error {
	extendWrite(e.w, writeTimeout)
	if _, err := e.w.Write(b); err != nil {
		return fmt.Errorf("transport: write event: %w", err)
	}
	if err := http.NewResponseController(e.w).Flush(); err != nil {
		return fmt.Errorf("transport: flush event: %w", err)
	}
	return nil
}

// progress streams a run: an event "progress" with the run whenever it has
// moved, and "done" with its last state, which is a finished one or
// needs_approval. Every event has the whole run, so that a browser that comes
// back misses nothing.
func (a *api) progress(ctx context.Context, id string) (eventStream, error) {
	if _, err := a.services.Sync.Run(ctx, tenantOf(ctx), id); err != nil {
		return nil, err
	}
	return func(ctx context.Context, w *eventWriter) error { return a.streamRun(ctx, w, id) }, nil
}

// watched is what a watch yields.
type watched struct {
	run dirsync.Run
	err error
}

func (a *api) streamRun(ctx context.Context, w *eventWriter, id string) error {
	ctx, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer stop()
	steps := make(chan watched)
	watch.Go(func() {
		defer close(steps)
		for run, err := range a.services.Sync.Watch(ctx, tenantOf(ctx), id) {
			select {
			case steps <- watched{run, err}:
			case <-ctx.Done():
				return
			}
		}
	})
	beat := time.NewTicker(a.cfg.Heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case step, more := <-steps:
			if !more {
				return ctx.Err() // nil when the run has come to rest
			}
			if step.err != nil {
				return step.err
			}
			err = writeRun(ctx, w, step.run)
		case <-beat.C:
			if err = callFrom(ctx).again(ctx); err == nil {
				err = w.heartbeat()
			}
		case <-a.cfg.Stopping:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func writeRun(ctx context.Context, w *eventWriter, run dirsync.Run) error {
	name := "progress"
	if run.State.Resting() {
		name = "done"
	}
	return w.event(name, strconv.FormatInt(run.UpdatedAt.UnixMicro(), 10), runOf(callFrom(ctx), run))
}
