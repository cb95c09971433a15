package thirdapp_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// openStack wires the standard set on a new database.
func openStack(tb testing.TB, dsn string) *stack.Stack {
	tb.Helper()
	keyset, err := tinksecrets.GenerateKeyset()
	if err != nil {
		tb.Fatal(err)
	}
	ding, err := dingtalk.New(dingtalk.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := stack.Open(tb.Context(), stack.Config{
		DSN: dsn, SecretsKeyset: keyset, JWTKey: provider.NewSecret(strings.Repeat("k", 32)),
		Providers: []provider.Factory{ding},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

// TestNewSaysAllThatIsWrong: an empty configuration names every missing part,
// each with what to give.
func TestNewSaysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := thirdapp.New(thirdapp.Config{Messages: messaging.Config{MaxRecipients: -1}})
	if err == nil {
		t.Fatal("New accepts an empty configuration")
	}
	for _, want := range []string{
		"Store", "Jobs", "Sealer", "Authorizer", "Authenticator", "Providers", "Users", "Accounts", "Members",
		"MaxRecipients",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
}

// TestNewNeedsGuards: a module that nobody guards is not built.
func TestNewNeedsGuards(t *testing.T) {
	t.Parallel()
	whole := openStack(t, "sqlite:"+dbtest.SQLite(t)).Config
	tests := map[string]func(*thirdapp.Config){
		"Authorizer":    func(c *thirdapp.Config) { c.Authorizer = nil },
		"Authenticator": func(c *thirdapp.Config) { c.Authenticator = nil },
	}
	for name, remove := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := whole
			remove(&c)
			if _, err := thirdapp.New(c); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("New without %s: error %v, want one that names it", name, err)
			}
		})
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	dsns := map[string]func(testing.TB) string{
		"sqlite":   func(tb testing.TB) string { return "sqlite:" + dbtest.SQLite(tb) },
		"postgres": dbtest.Postgres,
	}
	for name, dsn := range dsns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := thirdapp.New(openStack(t, dsn(t)).Config)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a second Migrate changes nothing
				if err := m.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := m.Start(t.Context()); err == nil {
				t.Error("a second Start succeeds")
			}
			for range 2 {
				if err := m.Stop(t.Context()); err != nil {
					t.Errorf("Stop: %v", err)
				}
			}
			if err := m.Start(t.Context()); err == nil {
				t.Error("Start after Stop succeeds")
			}
		})
	}
}

// TestStopBeforeStart: a host that gives up early need not know how far it got.
func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	m, err := thirdapp.New(openStack(t, "sqlite:"+dbtest.SQLite(t)).Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// TestStartAgain: whoever finds the file of SQLite in use waits and tries again.
func TestStartAgain(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + dbtest.SQLite(t)
	var modules [2]*thirdapp.Module
	for i := range modules {
		m, err := thirdapp.New(openStack(t, dsn).Config)
		if err != nil {
			t.Fatal(err)
		}
		modules[i] = m
		t.Cleanup(func() {
			if err := m.Stop(context.Background()); err != nil {
				t.Errorf("Stop: %v", err)
			}
		})
	}
	if err := modules[0].Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := modules[0].Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := modules[1].Start(t.Context()); !errors.Is(err, riverjobs.ErrFileInUse) {
			t.Errorf("Start on a file in use: got %v, want %v", err, riverjobs.ErrFileInUse)
		}
	}
	if err := modules[0].Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := modules[1].Start(t.Context()); err != nil {
		t.Errorf("Start once the file is free: %v", err)
	}
}

// TestFailedStartStopsEverything: what was started before the fault does not go
// on behind the host's back.
func TestFailedStartStopsEverything(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + dbtest.SQLite(t)
	m, err := thirdapp.New(openStack(t, dsn).Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Directory().StopStreams(t.Context()); err != nil { // they cannot be started any more
		t.Fatal(err)
	}
	if err := m.Start(t.Context()); err == nil {
		t.Fatal("Start without streams: got no error")
	}
	other, err := thirdapp.New(openStack(t, dsn).Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(t.Context()); err != nil {
		t.Errorf("the jobs of the failed one are still worked: %v", err)
	}
	if err := other.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
