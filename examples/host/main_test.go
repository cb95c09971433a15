package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/tenant"
)

// asHost makes the test binary be the program itself, so that tests can start
// real processes and kill them.
const asHost = "THIRDAPP_TEST_AS_HOST"

func TestMain(m *testing.M) {
	if os.Getenv(asHost) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		err := runHost(ctx, os.Args[1:], func(string) string { return "" }, os.Stdout, os.Stderr)
		stop()
		if err != nil {
			_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(dbtest.Main(m))
}

// process is a host in a process of its own.
type process struct {
	tb   testing.TB
	cmd  *exec.Cmd
	out  *watchedOutput
	base string
	done chan error
}

const patience = 90 * time.Second

// startProcess starts a host and waits until it listens.
func startProcess(tb testing.TB, args ...string) *process {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{tb: tb, out: &watchedOutput{}, done: make(chan error, 1)}
	p.cmd = exec.CommandContext(tb.Context(), exe, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	p.cmd.Env = append(os.Environ(), asHost+"=1")
	p.cmd.Dir = tb.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	tb.Cleanup(p.kill)
	p.base = p.await(regexp.MustCompile(`listening on (http://\S+?)（`))
	return p
}

// await waits until the output matches and returns the first group.
func (p *process) await(re *regexp.Regexp) string {
	p.tb.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if m := re.FindStringSubmatch(p.out.String()); m != nil {
			return m[len(m)-1]
		}
		select {
		case err := <-p.done:
			p.done <- err
			p.tb.Fatalf("host ended (%v) before %q:\n%s", err, re, p.out)
		case <-time.After(20 * time.Millisecond):
		}
	}
	p.tb.Fatalf("no %q in the output:\n%s", re, p.out)
	return ""
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.done <- <-p.done
}

// terminate ends the process as an operator does, and returns how it ended.
func (p *process) terminate() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := <-p.done
	p.done <- err
	return err
}

// signedIn returns a client signed in as the administrator.
func (p *process) signedIn(password string) *client {
	p.tb.Helper()
	c := &client{base: p.base}
	if err := c.login(p.tb.Context(), adminName, password); err != nil {
		p.tb.Fatal(err)
	}
	return c
}

// watchedOutput is what a process has printed so far.
type watchedOutput struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *watchedOutput) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(b)
}

func (w *watchedOutput) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

func TestParseConfig(t *testing.T) {
	t.Parallel()
	env := map[string]string{"THIRDAPP_ADDR": ":1", "THIRDAPP_DINGTALK_QPS": "7", "THIRDAPP_DEMO": "false", "THIRDAPP_LOG": "info"}
	c, err := parseConfig([]string{"-addr", "127.0.0.1:2"}, func(k string) string { return env[k] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.addr != "127.0.0.1:2" || c.dingtalkQPS != 7 || c.demo || c.logLevel != slog.LevelInfo || c.db != "sqlite:thirdapp.db" {
		t.Errorf("config %+v: a flag wins over its variable, a variable over the default", c)
	}
	for name, args := range map[string][]string{
		"-addr":         {"-addr", "nowhere"},
		"-dingtalk-qps": {"-dingtalk-qps", "-3"},
		"-jwt-secret":   {"-jwt-secret", "short"},
		"both":          {"-dingtalk-api", "http://127.0.0.1:1"},
		"argument":      {"serve"},
	} {
		_, err := parseConfig(args, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: error %v, want one that names %s", args, err, name)
		}
	}
}

// TestDrain: SIGTERM lets a request under way end, and the program exits with 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-demo=false", "-db", "sqlite:"+dbtest.SQLite(t), "-admin-password", "long-enough")
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		res := get(t, p.base+path)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if err := p.terminate(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, p.out)
	}
	if c, err := net.DialTimeout("tcp", strings.TrimPrefix(p.base, "http://"), time.Second); err == nil {
		_ = c.Close()
		t.Error("still listening")
	}
}

// TestAdminPassword: what is printed is the administrator's password, or that it
// is the one from before.
func TestAdminPassword(t *testing.T) {
	t.Parallel()
	db := dbtest.SQLite(t)
	start := func(args ...string) (p *process, printed string) {
		p = startProcess(t, append([]string{"-demo=false", "-db", "sqlite:" + db}, args...)...)
		return p, p.await(regexp.MustCompile(`administrator: admin / (.*)\n`))
	}
	const unchanged = "密码未变 password unchanged"
	restarts := []struct {
		name    string
		args    []string
		printed string
	}{
		{"given later", []string{"-admin-password", "long-enough"}, "long-enough"},
		{"the file is out of date", nil, unchanged},
		{"given again", []string{"-admin-password", "long-enough-too"}, "long-enough-too"},
	}
	p, first := start()
	p.signedIn(first)
	p.kill()
	p, again := start()
	p.signedIn(again)
	p.kill()
	if again != first {
		t.Errorf("second start: printed %q, want %q", again, first)
	}
	for _, r := range restarts {
		p, printed := start(r.args...)
		if printed != r.printed {
			t.Errorf("%s: printed %q, want %q", r.name, printed, r.printed)
		}
		if printed != unchanged {
			p.signedIn(printed)
		}
		p.kill()
	}
}

// TestAdminPasswordGivenFirst: without a password of its own the host does not
// make one up later, and the demo asks for it.
func TestAdminPasswordGivenFirst(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + dbtest.SQLite(t)
	startProcess(t, "-demo=false", "-db", db, "-admin-password", "long-enough").kill()
	p := startProcess(t, "-db", db)
	p.await(regexp.MustCompile("(password unchanged)"))
	p.await(regexp.MustCompile("(the demo needs the administrator's password)"))
	p.signedIn("long-enough")
}

// TestSecondHostOnOneFile: it ends with a word in both languages, and leaves the
// first one alone.
func TestSecondHostOnOneFile(t *testing.T) {
	t.Parallel()
	db := dbtest.SQLite(t)
	args := []string{"-demo=false", "-db", "sqlite:" + db, "-admin-password", "long-enough"}
	first := startProcess(t, args...)
	err := runHost(t.Context(), append([]string{"-addr", "127.0.0.1:0"}, args...), func(string) string { return "" }, io.Discard, io.Discard)
	if !errors.Is(err, riverjobs.ErrFileInUse) {
		t.Fatalf("got %v, want %v", err, riverjobs.ErrFileInUse)
	}
	for _, want := range []string{"请先停止该进程", "stop that one first", filepath.Base(db)} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to say %q", err, want)
		}
	}
	first.signedIn("long-enough")
}

// TestNotReady: a database that is away, or neither answers nor fails, is told
// before a balancer loses its patience.
func TestNotReady(t *testing.T) {
	t.Parallel()
	for name, ping := range map[string]func(context.Context) error{
		"away":   func(context.Context) error { return errors.New("connection refused") },
		"frozen": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		synctest.Test(t, func(t *testing.T) {
			start, w := time.Now(), httptest.NewRecorder()
			ready(ping)(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", http.NoBody))
			if took := time.Since(start); w.Code != http.StatusServiceUnavailable || took > readyTime {
				t.Errorf("%s: HTTP %d after %s, want 503 within %s", name, w.Code, took, readyTime)
			}
		})
	}
}

// TestHostOutage: what the host cannot do for want of the database can be tried
// again, and neither a fault nor a query is shown.
func TestHostOutage(t *testing.T) {
	t.Parallel()
	var logs strings.Builder
	p := &platform{log: newLogger(&logs, slog.LevelWarn)}
	for err, status := range map[error]int{
		tenant.ErrUnavailable:                         http.StatusServiceUnavailable,
		context.DeadlineExceeded:                      http.StatusServiceUnavailable,
		errors.New("syntax error in SELECT"):          http.StatusInternalServerError,
		&refusal{http.StatusUnauthorized, "用户名或密码错误"}: http.StatusUnauthorized,
	} {
		logs.Reset()
		w := httptest.NewRecorder()
		p.handle(func(*http.Request) (any, error) { return nil, err }).
			ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sys/me", http.NoBody))
		if w.Code != status || strings.Contains(w.Body.String(), "SELECT") {
			t.Errorf("%v: HTTP %d %s, want %d", err, w.Code, w.Body, status)
		}
		if told := logs.Len() > 0; told != (status >= http.StatusInternalServerError) {
			t.Errorf("%v: logged: %t", err, told)
		}
	}
}

func get(tb testing.TB, address string) *http.Response {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, address, nil)
	if err != nil {
		tb.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = res.Body.Close() })
	return res
}
