package storetest_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/internal/dbtest"
)

// A suite that passes on every store tests nothing. Each is run on stores that
// are right but for one thing, in a process of its own because it fails there,
// and has to fail in the subtest that is about that thing.

// faultEnv names the fault that a test runs its suite on, in that process.
const faultEnv = "THIRDAPP_STORETEST_FAULT"

// fault makes a store wrong. found is the subtest that must find it, "" where
// nothing is wrong.
type fault[S any] struct {
	wrap  func(*bunstore.Store) S
	found string
}

// open returns a new store with the fault.
func (f fault[S]) open(tb testing.TB) S {
	tb.Helper()
	return f.wrap(sqlite(tb))
}

func (f fault[S]) foundIn() string { return f.found }

// sqlite returns a new store in which nothing is wrong.
func sqlite(tb testing.TB) *bunstore.Store {
	tb.Helper()
	s, err := bunstore.Open(tb.Context(), "sqlite:"+dbtest.SQLite(tb), bunstore.Options{MaxConns: 8})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// theFault returns the fault that this process is about.
func theFault[F any](t *testing.T, faults map[string]F) F {
	t.Helper()
	f, ok := faults[os.Getenv(faultEnv)]
	if !ok {
		t.Skip("runs on behalf of the test that the suite finds faults")
	}
	return f
}

// wantFound runs a test in a process of its own for each fault, and wants it to
// fail in the subtest that must find the fault.
func wantFound[F interface{ foundIn() string }](t *testing.T, test string, faults map[string]F) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pattern, found := "^"+test+"$", f.foundIn()
			for part := range strings.SplitSeq(found, "/") {
				if part != "" {
					pattern += "/^" + part + "$"
				}
			}
			cmd := exec.CommandContext(t.Context(), self, "-test.run", pattern, "-test.count=1")
			cmd.Env = append(os.Environ(), faultEnv+"="+name)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case err != nil && !errors.As(err, &exit):
				t.Fatal(err)
			case found == "" && err != nil:
				t.Errorf("the suite fails where nothing is wrong:\n%s", out)
			case found != "" && !strings.Contains(string(out), "--- FAIL: "+test+"/"+found+" "):
				t.Errorf("the suite does not fail in %s:\n%s", found, out)
			}
		})
	}
}
