package riverjobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/jobs"
)

func TestConfigFaultsAreReportedTogether(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		cfg  riverjobs.Config
		want []string
	}{
		"empty": {riverjobs.Config{}, []string{"DB", "Dialect"}},
		"postgres": {
			riverjobs.Config{
				Dialect: riverjobs.Postgres, Schema: "a-b", MaxWorkers: -2, TenantShare: 5, PollInterval: time.Minute,
			},
			[]string{"DB", "PostgresDSN", "Schema", "MaxWorkers", "TenantShare", "PollInterval"},
		},
		"long schema": {
			riverjobs.Config{Dialect: riverjobs.Postgres, PostgresDSN: "postgres://x", Schema: strings.Repeat("a", 47)},
			[]string{"Schema"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := riverjobs.New(test.cfg)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want a word about %s", err, want)
				}
			}
		})
	}
}

func TestMalformedDSNIsNotRepeated(t *testing.T) {
	t.Parallel()
	s := openStore(t, riverjobs.SQLite, dbtest.SQLite(t)) // never asked
	r, err := riverjobs.New(riverjobs.Config{
		DB: s.db, Dialect: riverjobs.Postgres, PostgresDSN: "postgres://u:hunter2@host:none/db",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Migrate(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error without the password", err)
	}
}

func TestMalformedHandlers(t *testing.T) {
	t.Parallel()
	work := func(context.Context, jobs.Run) error { return nil }
	good := jobs.Handler{Kind: "test.work", Queue: "test", Timeout: time.Second, Work: work}
	other := func(change func(*jobs.Handler)) []jobs.Handler { h := good; change(&h); return []jobs.Handler{h} }
	tests := map[string][]jobs.Handler{
		"twice":         {good, good},
		"kind":          other(func(h *jobs.Handler) { h.Kind = "T" }),
		"no queue":      other(func(h *jobs.Handler) { h.Queue = "" }),
		"queue":         other(func(h *jobs.Handler) { h.Queue = "a b" }),
		"unrouted":      other(func(h *jobs.Handler) { h.Queue = "unrouted" }),
		"no timeout":    other(func(h *jobs.Handler) { h.Timeout = 0 }),
		"long timeout":  other(func(h *jobs.Handler) { h.Timeout = time.Minute + 1 }),
		"short timeout": other(func(h *jobs.Handler) { h.Timeout = time.Second - 1 }),
		"no work":       other(func(h *jobs.Handler) { h.Work = nil }),
	}
	onBoth(t, func(t *testing.T, s *store) {
		r := s.runner(t, nil)
		for name, handlers := range tests {
			if err := r.Start(t.Context(), handlers); err == nil {
				t.Errorf("%s: got no error", name)
			}
		}
		if err := r.Start(t.Context(), []jobs.Handler{good}); err != nil {
			t.Errorf("good one after them: %v", err)
		}
		if err := r.Start(t.Context(), []jobs.Handler{good}); err == nil {
			t.Error("started twice")
		}
	})
}
