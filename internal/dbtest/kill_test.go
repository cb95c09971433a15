package dbtest_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/internal/dbtest"
)

// asVictim makes TestVictim, in a test binary started by TestKilled, print
// where its server listens and wait for its input to end.
const asVictim = "THIRDAPP_DBTEST_VICTIM"

func TestVictim(t *testing.T) {
	t.Parallel()
	if os.Getenv(asVictim) == "" {
		t.Skip("runs inside TestKilled")
	}
	at, err := url.Parse(dbtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("listens at", at.Host)
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// A test binary that is killed leaves no server behind: it ends by itself, or
// the next test binary removes it.
func TestKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("on Linux only a server ends with the process that started it")
	}
	dbtest.Postgres(t) // skips where there is no server
	if os.Getenv("THIRDAPP_TEST_POSTGRES") != "" {
		t.Skip("the server may be somebody else's")
	}
	killed, address := startVictim(t)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()

	next, _ := startVictim(t)
	if err := next.Cancel(); err != nil {
		t.Fatal(err)
	}
	if err := next.Wait(); err != nil {
		t.Errorf("a test binary that is not killed: got %v, want success", err)
	}
	awaitRefusal(t, address)
}

// startVictim starts a test binary whose server is up, and returns where that
// listens. Its Cancel lets it end properly.
func startVictim(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$", "-test.v")
	cmd.Env = append(os.Environ(), asVictim+"=true")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Cancel = input.Close
	cmd.WaitDelay = time.Minute
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "listens at "); ok {
			return cmd, address
		}
		fmt.Fprintln(&seen, lines.Text())
	}
	t.Fatalf("no server in the other test binary: %s", seen.String())
	return nil, ""
}

// awaitRefusal waits until nothing listens at the address.
func awaitRefusal(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if ctx.Err() != nil {
			t.Fatalf("the server of a killed test binary still listens at %s", address)
		}
		if err != nil {
			return
		}
		_ = conn.Close()
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}
