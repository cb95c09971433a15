package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	defaultImage = "postgres:17-alpine"
	// probeTimeout is how long something may take to say that it is there.
	probeTimeout = 5 * time.Second
	// upTimeout is how long a server that we started may take to answer.
	upTimeout = time.Minute
	adminUser = "postgres"
)

// startContainer runs a server in a container.
func startContainer(ctx context.Context) (*server, error) {
	tclog.SetDefault(tclog.NewNoopLogger())
	engine, err := probeEngine(ctx)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	removeAbandonedContainers(ctx, engine.Client())

	image := defaultImage
	if name := os.Getenv("THIRDAPP_TEST_POSTGRES_IMAGE"); name != "" {
		image = name
	}
	password := randomHex()
	container, err := postgres.Run(ctx, image, containerOptions(password)...)
	stop := func(ctx context.Context) error {
		defer engine.Close()
		// At once: nothing in it is worth a clean end.
		return testcontainers.TerminateContainer(container, testcontainers.StopContext(ctx), testcontainers.StopTimeout(0))
	}
	if err != nil {
		return nil, errors.Join(err, stopFailed(ctx, stop))
	}
	srv, err := connectContainer(ctx, container, password, "in a container (image "+image+")")
	if err != nil {
		return nil, errors.Join(err, stopFailed(ctx, stop))
	}
	srv.stop = stop
	return srv, nil
}

func containerOptions(password string) []testcontainers.ContainerCustomizer {
	options := []testcontainers.ContainerCustomizer{
		postgres.WithUsername(adminUser), postgres.WithPassword(password), postgres.WithDatabase(adminUser),
		testcontainers.WithCmd(append([]string{"postgres"}, serverArgs()...)...),
		testcontainers.WithLabels(ownerLabels()),
		// The image starts the server twice: once to set it up, once to stay.
		testcontainers.WithWaitStrategyAndDeadline(upTimeout,
			wait.ForLog("database system is ready to accept connections").WithOccurrence(2)),
	}
	if !durable() {
		// In memory, because an engine's layered file system can be very slow.
		// The data lies one level deeper, so that whichever user the image
		// runs the server as can create and own it.
		const memory = "/dbtest"
		options = append(options,
			testcontainers.WithTmpfs(map[string]string{memory: "rw,mode=1777"}),
			testcontainers.WithEnv(map[string]string{"PGDATA": memory + "/data"}))
	}
	return options
}

// probeEngine returns the Docker engine if there is one that answers soon.
func probeEngine(ctx context.Context) (*testcontainers.DockerProvider, error) {
	// We remove containers ourselves (see abandoned.go); testcontainers' own
	// cleaner is one more image that a machine may be unable to pull.
	if os.Getenv("TESTCONTAINERS_RYUK_DISABLED") == "" {
		if err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"); err != nil {
			return nil, err
		}
	}
	type answer struct {
		engine *testcontainers.DockerProvider
		err    error
	}
	answers := make(chan answer, 1)
	go func() { // looking for the engine takes no context
		engine, err := testcontainers.NewDockerProvider(testcontainers.WithDefaultBridgeNetwork(testcontainers.Bridge))
		if err == nil {
			err = engine.Health(ctx)
		}
		answers <- answer{engine, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, fmt.Errorf("no engine: %w", errors.Join(errAbsent, a.err))
		}
		return a.engine, nil
	case <-time.After(probeTimeout):
		return nil, fmt.Errorf("the engine does not answer within %s", probeTimeout)
	}
}

// connectContainer connects to the container's published port, on loopback or
// at the engine's address: the library knows only one of them, and inside a
// container takes the engine to run outside, where it may as well run beside us.
func connectContainer(ctx context.Context, c *postgres.PostgresContainer, password, how string) (*server, error) {
	host, err := c.Host(ctx)
	if err != nil {
		return nil, err
	}
	port, err := c.MappedPort(ctx, "5432/tcp")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, upTimeout)
	defer cancel()
	dsn, err := awaitUp(ctx, nil,
		adminURL(net.JoinHostPort("127.0.0.1", port.Port()), password),
		adminURL(net.JoinHostPort(host, port.Port()), password))
	if err != nil {
		return nil, err
	}
	return connect(ctx, dsn, how)
}

func adminURL(address, password string) string {
	at := url.URL{
		Scheme: "postgres", User: url.UserPassword(adminUser, password),
		Host: address, Path: "/" + adminUser, RawQuery: "sslmode=disable",
	}
	return at.String()
}

// stopFailed stops what did not start properly, also when ctx is done.
func stopFailed(ctx context.Context, stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return stop(ctx)
}
