package dbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// startBinaries runs a server from the programs of an installed PostgreSQL.
func startBinaries(ctx context.Context) (*server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	owner, err := serverOwner()
	if err != nil {
		return nil, err
	}
	removeAbandonedFolders()
	c := &cluster{bin: bin, owner: owner, password: randomHex()}
	if err := c.init(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.folder))
	}
	const attempts = 3 // another process may take the free port before the server does
	for range attempts {
		var srv *server
		if srv, err = c.start(ctx); err == nil {
			return srv, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(c.folder))
}

// findBinaries returns the folder that holds initdb and postgres: that of the
// PATH, else the newest where Debian and Red Hat packages put them.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil && hasBinaries(filepath.Dir(path)) {
		return filepath.Dir(path), nil
	}
	newest, found := -1, ""
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		folders, _ := filepath.Glob(pattern) // the patterns are well formed
		for _, folder := range folders {
			_, number, _ := strings.Cut(filepath.Base(filepath.Dir(folder)), "-")
			if number == "" {
				number = filepath.Base(filepath.Dir(folder))
			}
			if version, err := strconv.Atoi(number); err == nil && version > newest && hasBinaries(folder) {
				newest, found = version, folder
			}
		}
	}
	if found == "" {
		return "", fmt.Errorf("no initdb and postgres on PATH or in /usr/lib/postgresql: %w", errAbsent)
	}
	return found, nil
}

func hasBinaries(folder string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// cluster is a folder of databases and the server on it.
type cluster struct {
	bin      string // folder of the programs
	folder   string // everything below it is ours
	password string
	owner    *owner
}

func (c *cluster) data() string    { return filepath.Join(c.folder, "data") }
func (c *cluster) logFile() string { return filepath.Join(c.folder, "server.log") }

// init makes the folder and fills it.
func (c *cluster) init(ctx context.Context) error {
	var err error
	if c.folder, err = newFolder(); err != nil {
		return err
	}
	passwordFile := filepath.Join(c.folder, "password")
	if err := os.WriteFile(passwordFile, []byte(c.password+"\n"), 0o600); err != nil {
		return err
	}
	for _, path := range []string{c.folder, passwordFile} {
		if err := c.owner.take(path); err != nil {
			return err
		}
	}
	locale := "C"
	if runtime.GOOS == "linux" {
		locale = "C.UTF-8" // as in the images; other systems do not all have it
	}
	cmd := c.command(ctx, "initdb", "--pgdata="+c.data(), "--username="+adminUser, "--pwfile="+passwordFile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale="+locale, "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, tail(out))
	}
	return nil
}

// start runs the server and waits until it answers.
func (c *cluster) start(ctx context.Context) (*server, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	down, stop, err := c.run(ctx, port)
	if err != nil {
		return nil, err
	}
	up, cancel := context.WithTimeout(ctx, upTimeout)
	defer cancel()
	dsn, err := awaitUp(up, down, adminURL(net.JoinHostPort("127.0.0.1", port), c.password))
	if err != nil {
		stop()
		log, _ := os.ReadFile(c.logFile())
		return nil, fmt.Errorf("postgres: %w: %s", err, tail(log))
	}
	srv, err := connect(up, dsn, "from "+c.bin)
	if err != nil {
		stop()
		return nil, err
	}
	srv.stop = func(context.Context) error {
		stop()
		return os.RemoveAll(c.folder)
	}
	return srv, nil
}

// run starts the server's process, which outlives ctx. stop ends it and waits
// for it; down is closed when it has ended.
func (c *cluster) run(ctx context.Context, port string) (down <-chan struct{}, stop func(), err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	log, err := os.Create(c.logFile())
	if err != nil {
		cancel()
		return nil, nil, err
	}
	args := append([]string{
		"-D", c.data(), "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
	}, serverArgs()...)
	cmd := c.command(ctx, "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // at once, nothing in it is worth a clean end
	cmd.WaitDelay = stopTimeout

	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		defer log.Close()
		// The server is told of the death of the thread that started it, so
		// this one must live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // its log says more than its exit code
		}
	}()
	stop = func() { cancel(); <-ended }
	if err := <-started; err != nil {
		stop()
		return nil, nil, err
	}
	return ended, stop, nil
}

// command prepares a program of PostgreSQL to run as the cluster's owner, in
// an environment without the PG… variables of whoever runs the tests.
func (c *cluster) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...) //nolint:gosec // the machine's own PostgreSQL
	cmd.Dir = c.folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = c.owner.attributes()
	return cmd
}

func freePort(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// tail returns the last lines of a program's output.
func tail(out []byte) string {
	const most = 5
	lines := strings.Split(string(bytes.TrimSpace(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], " | ")
}
