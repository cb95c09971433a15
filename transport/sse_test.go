package transport_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// event is one server-sent event, or, without a name, a comment.
type event struct {
	name, id, comment string
	run               struct {
		ID       string
		State    dirsync.State
		Progress struct{ PeopleRead, ChangesApplied int }
	}
}

// stream opens the progress of a run.
func (p *platform) stream(t *testing.T, ctx context.Context, run string, header ...string) *http.Response {
	t.Helper()
	req := newRequest(t, p.server.URL, request{path: "/sync/runs/" + run + "/progress", user: owner, tenant: here})
	if len(header) == 2 {
		req.Header.Set(header[0], header[1])
	}
	resp, err := http.DefaultClient.Do(req.WithContext(ctx))
	check(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream; charset=utf-8" {
		t.Fatalf("got HTTP %d, %s, want a stream of events", resp.StatusCode, got)
	}
	return resp
}

// next reads one event; io.EOF is the end of the stream.
func next(t *testing.T, r *bufio.Reader) (event, error) {
	t.Helper()
	var e event
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return e, err
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch key {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e.run); err != nil {
				t.Fatalf("data %q: %v", value, err)
			}
		case "":
			if value == "" {
				return e, nil // the empty line that ends an event
			}
			e.comment = value
		case "retry":
			e.comment = line
		default:
			t.Fatalf("unexpected line %q", line)
		}
	}
}

func (p *platform) startRun(t *testing.T) string {
	t.Helper()
	return result[struct{ ID string }](t, p.do(t, request{
		method: http.MethodPost, path: "/sync/runs", user: owner, tenant: here, body: `{"provider":"dingtalk"}`,
	})).ID
}

func TestProgressUntilDone(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	run := p.startRun(t)
	events := bufio.NewReader(p.stream(t, t.Context(), run).Body)
	var last event
	for {
		e, err := next(t, events)
		if errors.Is(err, io.EOF) {
			break
		}
		check(t, err)
		if e.name == "" {
			continue
		}
		if last.name == "done" {
			t.Errorf("event %q after done", e.name)
		}
		if e.run.ID != run || e.id == "" || e.id < last.id {
			t.Errorf("got event %+v after %+v, want one of run %s with a later id", e, last, run)
		}
		last = e
	}
	if last.name != "done" || last.run.State != dirsync.StateSucceeded || last.run.Progress.PeopleRead == 0 {
		t.Errorf("last event %+v, want done with the whole run", last)
	}
	again := bufio.NewReader(p.stream(t, t.Context(), run, "Last-Event-ID", last.id).Body)
	for e, err := next(t, again); ; e, err = next(t, again) {
		check(t, err)
		if e.name == "done" {
			break
		}
	}
	if _, err := next(t, again); !errors.Is(err, io.EOF) {
		t.Errorf("a finished run's stream goes on: %v", err)
	}
}

func TestProgressHeartbeatAndCancel(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	run := p.startRun(t)
	events := bufio.NewReader(p.stream(t, t.Context(), run).Body)
	for beats := 0; beats < 3; {
		e, err := next(t, events)
		check(t, err)
		if e.comment == "heartbeat" {
			beats++
		}
	}
	a := p.do(t, request{method: http.MethodPost, path: "/sync/runs/" + run + "/cancel", user: owner, tenant: here})
	if a.status != http.StatusOK {
		t.Fatalf("cancel: HTTP %d %s", a.status, a.body)
	}
	for {
		e, err := next(t, events)
		check(t, err)
		if e.name == "done" {
			if e.run.State != dirsync.StateCancelled {
				t.Errorf("done in state %s, want cancelled", e.run.State)
			}
			return
		}
	}
}

func TestProgressEndsWithItsClient(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	ctx, leave := context.WithCancel(t.Context())
	resp := p.stream(t, ctx, p.startRun(t))
	_, err := next(t, bufio.NewReader(resp.Body))
	check(t, err)
	leave()
	p.eventually(t, "the log tells of the client's leaving", func() bool {
		return strings.Contains(p.log.String(), `"op":"runs.progress","tenant":"1000","user":"id-owner","code":"canceled"`)
	})
}

func TestProgressEndsWithTheHost(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	p := newPlatform(t, asIdle, func(s *setup) { s.Stopping = stopping })
	events := bufio.NewReader(p.stream(t, t.Context(), p.startRun(t)).Body)
	_, err := next(t, events)
	check(t, err)
	close(stopping)
	for err == nil {
		_, err = next(t, events)
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v, want io.EOF", err)
	}
}

// TestProgressEndsWithTheRight: a stream ends when its reader would not be let
// in any more, and goes on as long as nobody can say.
func TestProgressEndsWithTheRight(t *testing.T) {
	t.Parallel()
	in := byToken["token-"+viewer]
	elsewhere := in
	elsewhere.Tenants = []tenant.ID{there}
	for name, c := range map[string]struct {
		later  transport.Principal
		err    error
		revoke bool
		code   string
	}{
		"session over":     {err: transport.ErrTokenExpired, code: "unauthenticated"},
		"another user":     {later: byToken["token-"+owner], code: "unauthenticated"},
		"left the tenant":  {later: elsewhere, code: "permission_denied"},
		"role taken away":  {later: in, revoke: true, code: "permission_denied"},
		"nobody can say":   {err: tenant.ErrUnavailable},
		"nothing happened": {later: in},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, asIdle)
			run := p.startRun(t)
			var changed atomic.Bool
			config := p.config
			config.Authenticator = func(*http.Request) (transport.Principal, error) {
				if changed.Load() {
					return c.later, c.err
				}
				return in, nil
			}
			handler, err := transport.New(p.services, config)
			check(t, err)
			p.server = httptest.NewServer(handler)
			t.Cleanup(p.server.Close)
			ctx, leave := context.WithCancel(tenant.WithActor(t.Context(), tenant.Actor{UserID: "id-" + owner}))
			defer leave()
			events := bufio.NewReader(p.stream(t, ctx, run).Body)
			_, err = next(t, events)
			check(t, err)
			changed.Store(true)
			if c.revoke {
				check(t, p.services.Tenants.Revoke(ctx, here, tenant.Grantee{UserID: in.UserID}, tenant.RoleViewer))
			}
			for beats := 0; err == nil && (c.code != "" || beats < 5); beats++ {
				_, err = next(t, events)
			}
			if ended := errors.Is(err, io.EOF); ended != (c.code != "") || err != nil && !ended {
				t.Errorf("the stream ended with %v", err)
			}
			if c.code != "" {
				p.eventually(t, "the log tells why", func() bool {
					return strings.Contains(p.log.String(), `"op":"runs.progress","tenant":"1000","user":"id-viewer","code":"`+c.code+`"`)
				})
			}
		})
	}
}

// A server's write timeout is for answers, not for streams.
func TestProgressOutlivesWriteTimeout(t *testing.T) {
	t.Parallel()
	const timeout = 500 * time.Millisecond
	p := newPlatform(t, asIdle)
	run := p.startRun(t) // on a server that has all the time
	srv := httptest.NewUnstartedServer(p.handler)
	srv.Config.WriteTimeout = timeout
	srv.Start()
	t.Cleanup(srv.Close)
	p.server = srv
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	events := bufio.NewReader(p.stream(t, ctx, run).Body)
	for begin := time.Now(); time.Since(begin) < 3*timeout; {
		_, err := next(t, events)
		check(t, err)
	}
}

// The time for a request, and for its body, is not that of a stream.
func TestProgressOutlivesTimeout(t *testing.T) {
	t.Parallel()
	const timeout = time.Second
	p := newPlatform(t, asIdle, func(s *setup) { s.Timeout = timeout })
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	events := bufio.NewReader(p.stream(t, ctx, p.startRun(t)).Body)
	for begin := time.Now(); time.Since(begin) < 3*timeout; {
		_, err := next(t, events)
		check(t, err)
	}
}

func TestProgressOfNothing(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	a := p.do(t, request{path: "/sync/runs/nobody/progress", user: owner, tenant: here})
	if a.status != http.StatusNotFound || !strings.Contains(a.body, `"no_such_run"`) {
		t.Errorf("got HTTP %d %s, want 404 in an envelope", a.status, a.body)
	}
}

// patience is how long a test waits for what must happen soon, on a machine that
// has much else to do.
const patience = 2 * time.Minute

// eventually waits until something is true.
func (p *platform) eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %s; log: %s", patience, what, p.log.String())
		}
	}
}

// finished waits for the end of a run.
func (p *platform) finished(t *testing.T, run string) dirsync.Run {
	t.Helper()
	r, err := p.services.Sync.Wait(tenant.AsSystem(t.Context(), "test"), here, run, patience)
	check(t, err)
	if !r.State.Resting() {
		t.Fatalf("run %s is %s after %s", run, r.State, patience)
	}
	return r
}
