package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// process is the state of this test binary: one server for all its tests.
var process state

type state struct {
	mu      sync.Mutex
	entered bool // Main runs
	started bool // a server was asked for: srv or err is set
	srv     *server
	err     error
}

var errNoMain = errors.New("the package's tests need func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }")

func (s *state) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entered = true
}

// server starts the server on the first call; later calls share its outcome.
func (s *state) server() (*server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.entered {
		return nil, errNoMain
	}
	if !s.started {
		s.started = true
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		if s.srv, s.err = choose(ctx, os.Getenv("THIRDAPP_TEST_POSTGRES_VIA"), allWays(), announce); s.err == nil {
			announce("%s", s.srv.description)
		}
	}
	return s.srv, s.err
}

// leave stops the server, if one was started.
func (s *state) leave(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entered = false
	if s.srv == nil {
		return nil
	}
	return s.srv.close(ctx)
}

// announce writes one line to standard error. go test shows it with -v and for
// failing packages.
func announce(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "dbtest: "+format+"\n", args...)
}
