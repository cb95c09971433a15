package proctest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Process is the test binary once more.
type Process struct {
	// Said is the first line that it printed, by which it tells that it is ready.
	Said string

	cmd   *exec.Cmd
	stdin io.Closer
	once  sync.Once
}

// Start starts the test binary with more environment, each "name=value", and
// waits for its first line. Its standard input ends when this process does. It
// is killed at the end of the test.
func Start(tb testing.TB, env ...string) *Process {
	tb.Helper()
	p := &Process{cmd: exec.CommandContext(tb.Context(), os.Args[0])} //nolint:gosec // this very binary
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		p.stdin, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatalf("the process did not say that it is ready: %v", err)
	}
	p.Said = strings.TrimSpace(line)
	return p
}

// Kill ends the process as kill -9 does, and returns when it is dead. It may be
// called again.
func (p *Process) Kill() {
	p.once.Do(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait() // killed
		_ = p.stdin.Close()
	})
}
