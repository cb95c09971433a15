package sendtest_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// wiring is what a host is made of. The named parts of it cross to a process of
// its own.
type wiring struct {
	DSN, URL, Keyset string

	now func() time.Time
	// clock is the time of the site; nil is real time.
	clock    *clock
	ding     dingtalk.Options
	messages messaging.Config
	jobs     riverjobs.Config
}

func newKeyset() (string, error) {
	keyset, err := tinksecrets.GenerateKeyset()
	return keyset.Reveal(), err
}

// host is one process of a platform that has the module in it.
type host struct {
	stack  *stack.Stack
	module *thirdapp.Module
	log    *book
}

// openHost wires a host; its workers are not started.
func openHost(ctx context.Context, w wiring) (*host, error) {
	w.ding.APIBaseURL, w.ding.OAPIBaseURL = w.URL, w.URL
	if w.ding.CallsPerSecond == 0 {
		w.ding.CallsPerSecond = -1
	}
	ding, err := dingtalk.New(w.ding)
	if err != nil {
		return nil, err
	}
	h := &host{log: &book{}}
	h.stack, err = stack.Open(ctx, stack.Config{
		DSN: w.DSN, SecretsKeyset: provider.NewSecret(w.Keyset), JWTKey: provider.NewSecret(strings.Repeat("k", 40)),
		Providers: []provider.Factory{ding}, Logger: slog.New(slog.NewTextHandler(h.log, nil)), Jobs: w.jobs,
	})
	if err != nil {
		return nil, err
	}
	cfg := h.stack.Config
	cfg.Now, cfg.Messages = w.now, w.messages
	if w.clock != nil {
		cfg.Jobs = timely{cfg.Jobs, w.clock}
	}
	if h.module, err = thirdapp.New(cfg); err != nil {
		return nil, errors.Join(err, h.stack.Close())
	}
	return h, nil
}

// timely is a queue on the clock of a site: the database that keeps the jobs has
// the real time.
type timely struct {
	jobs.Runner
	clock *clock
}

func (q timely) Enqueue(ctx context.Context, list ...jobs.Job) error {
	list = slices.Clone(list)
	for i, j := range list {
		if !j.RunAt.IsZero() {
			list[i].RunAt = j.RunAt.Add(-time.Duration(q.clock.ahead.Load()))
		}
	}
	return q.Runner.Enqueue(ctx, list...)
}

func (h *host) start(tb testing.TB) {
	tb.Helper()
	check(tb, h.module.Start(tb.Context()))
}

// close lets the work under way end. It may be called more than once.
func (h *host) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(h.module.Stop(ctx), h.stack.Close())
}

// closeWith closes the host when the test ends, and shows the warnings of one
// that failed.
func (h *host) closeWith(tb testing.TB) {
	tb.Helper()
	tb.Cleanup(func() {
		check(tb, h.close())
		if tb.Failed() {
			tb.Logf("the last warnings:\n%s", h.log.last("level=WARN", 15))
		}
	})
}

// book is a log that can be asked.
type book struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// count returns how often something stands in the log.
func (b *book) count(what string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Count(b.buf.Bytes(), []byte(what))
}

// last returns the newest lines with something in them.
func (b *book) last(what string, most int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []string
	for line := range strings.Lines(b.buf.String()) {
		if strings.Contains(line, what) {
			found = append(found, line)
		}
	}
	return strings.Join(found[max(0, len(found)-most):], "")
}
