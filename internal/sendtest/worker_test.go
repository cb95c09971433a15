package sendtest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
)

// workerEnv makes the test binary a process that works the jobs of a site: it
// has the wiring in JSON. officeEnv makes it an office app.
const (
	workerEnv = "THIRDAPP_SENDTEST_WORKER"
	officeEnv = "THIRDAPP_SENDTEST_OFFICE"
)

// workerMain works until it is killed, or its standard input ends.
func workerMain(ctx context.Context, config string) error {
	var w wiring
	if err := json.Unmarshal([]byte(config), &w); err != nil {
		return err
	}
	w.jobs = riverjobs.Config{PollInterval: 50 * time.Millisecond}
	h, err := openHost(ctx, w)
	if err != nil {
		return err
	}
	if err := h.module.Start(ctx); err != nil {
		return err
	}
	fmt.Println("working")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return h.close()
}

// child is this test binary in a process of its own.
type child struct {
	cmd  *exec.Cmd
	stop io.Closer
	// said is the first line it printed.
	said string
	once sync.Once
}

// startChild starts a process and waits for its first line.
func startChild(tb testing.TB, env string, config any) *child {
	tb.Helper()
	text, err := json.Marshal(config)
	check(tb, err)
	c := &child{cmd: exec.CommandContext(tb.Context(), os.Args[0])}
	c.cmd.Env = append(os.Environ(), env+"="+string(text))
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	check(tb, err)
	c.stop, err = c.cmd.StdinPipe()
	check(tb, err)
	check(tb, c.cmd.Start())
	tb.Cleanup(c.kill)
	if c.said, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		tb.Fatalf("the process did not start: %v", err)
	}
	c.said = strings.TrimSpace(c.said)
	return c
}

// kill ends the process as kill -9 does, and returns when it is dead.
func (c *child) kill() {
	c.once.Do(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait() // killed
		_ = c.stop.Close()
	})
}
