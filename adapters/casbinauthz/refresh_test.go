package casbinauthz_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/casbinauthz"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// log is a writer that tests read while it is written to.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), text)
}

// eventually waits until ok, for as long as a slow machine may need.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			tb.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

func allowed(tb testing.TB, a *casbinauthz.Authorizer, user string) bool {
	tb.Helper()
	return a.Can(tb.Context(), user, "t-1", tenant.ObjectMessage, tenant.ActionSend) == nil
}

func started(tb testing.TB, source casbinauthz.Source, logs *log) *casbinauthz.Authorizer {
	tb.Helper()
	a, err := casbinauthz.New(source, casbinauthz.Config{
		Poll: 10 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(logs, nil)),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Stop)
	if err := a.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestNothingBeforeTheFirstLoad(t *testing.T) {
	t.Parallel()
	source := &grants{}
	source.add(tenant.Platform, "root", tenant.RolePlatformAdmin)
	a, err := casbinauthz.New(source, casbinauthz.Config{})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Can(t.Context(), "root", "t-1", tenant.ObjectConfig, tenant.ActionRead)
	if got := provider.CodeOf(err); got != provider.Unavailable {
		t.Errorf("Can: got code %s (%v), want %s", got, err, provider.Unavailable)
	}
	_, err = a.Everywhere(t.Context(), "root")
	if got := provider.CodeOf(err); got != provider.Unavailable {
		t.Errorf("Everywhere: got code %s (%v), want %s", got, err, provider.Unavailable)
	}
}

// TestStartsAgainAfterStop: a host whose start failed elsewhere tries again.
func TestStartsAgainAfterStop(t *testing.T) {
	t.Parallel()
	source := &grants{}
	a, err := casbinauthz.New(source, casbinauthz.Config{Poll: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	a.Stop() // before Start
	for range 2 {
		if err := a.Start(t.Context()); err != nil {
			t.Fatalf("Start after Stop: %v", err)
		}
		a.Stop()
		a.Stop()
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	source.add("t-1", "u", tenant.RoleSender)
	eventually(t, "the grant is seen", func() bool { return allowed(t, a, "u") })
}

// TestFollowsAfterTheEndOfStart: a host bounds the start by a context that ends
// long before the work does.
func TestFollowsAfterTheEndOfStart(t *testing.T) {
	t.Parallel()
	source := &grants{}
	a, err := casbinauthz.New(source, casbinauthz.Config{Poll: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	ctx, cancel := context.WithCancel(t.Context())
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	source.add("t-1", "u", tenant.RoleSender)
	eventually(t, "the grant is seen", func() bool { return allowed(t, a, "u") })
}

// TestStartEndsWithItsContext: a source that does not answer keeps nobody
// waiting for longer than they asked.
func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reading := make(chan struct{}, 1)
	source := &grants{asked: func(ctx context.Context) {
		select {
		case reading <- struct{}{}:
			<-ctx.Done()
		default:
		}
	}}
	a, err := casbinauthz.New(source, casbinauthz.Config{Poll: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	source.add("t-1", "u", tenant.RoleSender)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the grants are read later", func() bool { return allowed(t, a, "u") })
}

func TestFollowsChangesOfOthers(t *testing.T) {
	t.Parallel()
	source := &grants{}
	source.add("t-1", "first", tenant.RoleSender)
	a := started(t, source, &log{})
	if !allowed(t, a, "first") {
		t.Error("after Start: want the grants loaded")
	}
	source.add("t-1", "second", tenant.RoleSender)
	eventually(t, "the grant is seen", func() bool { return allowed(t, a, "second") })
	source.remove("t-1", "second", tenant.RoleSender)
	eventually(t, "the removal is seen", func() bool { return !allowed(t, a, "second") })
	if err := a.Start(t.Context()); err == nil {
		t.Error("Start twice: got no error")
	}
	a.Stop()
	if !allowed(t, a, "first") {
		t.Error("after Stop: want the known grants in force")
	}
}

func TestFailingSourceKeepsGrants(t *testing.T) {
	t.Parallel()
	const fault, recovery = "grants cannot be read", "grants can be read again"
	source, logs := &grants{}, &log{}
	source.fail(errors.New("database away"))
	a := started(t, source, logs)
	if got := logs.count(fault); got != 1 {
		t.Errorf("got %d logs of the fault, want 1", got)
	}
	source.add("t-1", "u", tenant.RoleSender)
	source.fail(nil)
	eventually(t, "the grants are loaded", func() bool { return allowed(t, a, "u") })
	eventually(t, "the recovery is logged", func() bool { return logs.count(recovery) == 1 })

	source.fail(errors.New("database away"))
	if err := a.Refresh(t.Context()); err == nil {
		t.Error("Refresh of a failing source: got no error")
	}
	eventually(t, "the fault is logged", func() bool { return logs.count(fault) == 2 })
	if !allowed(t, a, "u") {
		t.Error("with a failing source: want the known grants in force")
	}
}

func TestRefreshStaysOutOfTransactions(t *testing.T) {
	t.Parallel()
	type key struct{}
	source := &grants{asked: func(ctx context.Context) {
		if v := ctx.Value(key{}); v != nil {
			t.Errorf("the source got the caller's value %v", v)
		}
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the source did not get the caller's deadline")
		}
	}}
	a, err := casbinauthz.New(source, casbinauthz.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "transaction"), time.Minute)
	defer cancel()
	if err := a.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestRefreshGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	reading, release := make(chan struct{}), make(chan struct{})
	source := &grants{asked: func(context.Context) {
		close(reading)
		<-release
	}}
	a, err := casbinauthz.New(source, casbinauthz.Config{})
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan error, 1)
	go func() { first <- a.Refresh(t.Context()) }()
	<-reading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Refresh(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Refresh behind a slow one: got %v, want %v", err, context.Canceled)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		source casbinauthz.Source
		cfg    casbinauthz.Config
	}{
		"no source": {nil, casbinauthz.Config{}},
		"poll":      {&grants{}, casbinauthz.Config{Poll: time.Millisecond}},
	} {
		if _, err := casbinauthz.New(test.source, test.cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
