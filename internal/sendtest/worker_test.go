package sendtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/proctest"
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

// startChild starts this test binary as another process, with a configuration.
func startChild(tb testing.TB, env string, config any) *proctest.Process {
	tb.Helper()
	text, err := json.Marshal(config)
	check(tb, err)
	return proctest.Start(tb, env+"="+string(text))
}
