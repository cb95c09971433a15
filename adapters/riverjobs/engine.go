package riverjobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/thirdapp/thirdapp/jobs"
)

const (
	// stopGrace is how long Stop waits for jobs whose contexts it has ended.
	stopGrace = 5 * time.Second
	// leaveTimeout bounds the last statement of a process.
	leaveTimeout = 5 * time.Second
)

// engine is a Runner at work.
type engine struct {
	id     string
	log    *slog.Logger
	place  workplace
	client riverClient
	held   *claims
	shares map[string]*share // by queue
	routes routes

	upkeep    sync.WaitGroup
	endUpkeep context.CancelFunc

	shutdown  sync.Once
	interrupt context.CancelFunc // set by shutdown; ends the wait for jobs under way
	down      chan struct{}      // closed when everything has ended
}

func startEngine(ctx context.Context, cfg Config, db database, handlers []jobs.Handler) (*engine, error) {
	e := &engine{id: newID(), log: cfg.Logger, held: newClaims(), shares: map[string]*share{}, routes: routesOf(handlers), down: make(chan struct{})}
	var err error
	if e.place, err = db.open(ctx, e.routes.queues()); err != nil {
		return nil, err
	}
	riverCfg := e.riverConfig(cfg, handlers)
	if err := e.begin(ctx, riverCfg); err != nil {
		e.place.close()
		return nil, err
	}
	return e, nil
}

// begin starts River and, when nothing can fail any more, the upkeep.
func (e *engine) begin(ctx context.Context, cfg *river.Config) (err error) {
	if e.client, err = e.place.client(cfg, e.held, e.shares); err != nil {
		return err
	}
	lost, err := e.place.join(ctx, e.id)
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	defer func() {
		if err != nil {
			e.leave(ctx)
		}
	}()
	e.report(ctx, lost)
	if err := e.place.adopt(ctx, e.routes); err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	background := context.WithoutCancel(ctx)
	if err := e.client.Start(background); err != nil {
		return err
	}
	e.startUpkeep(background)
	return nil
}

// riverConfig is the configuration of River's working side.
func (e *engine) riverConfig(cfg Config, handlers []jobs.Handler) *river.Config {
	workers := river.NewWorkers()
	queues := map[string]river.QueueConfig{}
	for _, h := range handlers {
		q := e.routes.queue(h.Kind)
		if _, ok := queues[q]; !ok {
			queues[q] = river.QueueConfig{MaxWorkers: cfg.MaxWorkers}
			e.shares[q] = newShare(cfg.TenantShare, func() { e.place.wakeHere(q) })
		}
		river.AddWorkerArgs(workers, args{kind: h.Kind}, &worker{handler: h, share: e.shares[q], log: e.log, metrics: cfg.Metrics})
	}
	return &river.Config{
		ID:                  e.id,
		Logger:              riverLogger(e.log),
		Queues:              queues,
		Workers:             workers,
		FetchCooldown:       fetchCooldown,
		FetchPollInterval:   cfg.PollInterval,
		FetchOnlyKnownKinds: true,
		JobTimeout:          maxTimeout, // each kind has its own
		JobStuckHandler:     replaceStuck(cfg.MaxWorkers),
		MaxAttempts:         maxAttempts,
		RetryPolicy:         retryPolicy{},
		// A leader only does what is done here differently, see the package
		// comment, and reindexes tables that stay small.
		LeaderElectionDisabled: true,
	}
}

// replaceStuck gives a queue another worker for one whose handler ignores the
// end of its context, up to a bound: each is a goroutine that may never end.
func replaceStuck(limit int) river.JobStuckHandler {
	return func(_ context.Context, p river.JobStuckHandlerParams) river.JobStuckHandlerResult {
		return river.JobStuckHandlerResult{AddWorkerSlot: p.TotalStuckJobs <= limit}
	}
}

// stop ends the engine; see [Runner.Stop].
func (e *engine) stop(ctx context.Context) error {
	e.shutdown.Do(func() {
		waiting, interrupt := context.WithCancel(context.WithoutCancel(ctx))
		e.interrupt = interrupt
		go e.end(waiting)
	})
	select {
	case <-e.down:
		return nil
	case <-ctx.Done():
	}
	e.interrupt()
	select {
	case <-e.down:
		return fmt.Errorf("jobs under way were interrupted: %w", ctx.Err())
	case <-time.After(stopGrace):
		return fmt.Errorf("jobs under way do not end: %w", ctx.Err())
	}
}

// end lets the jobs under way finish, as long as they are waited for, then ends
// everything else.
func (e *engine) end(waiting context.Context) {
	defer close(e.down)
	defer e.interrupt() // frees its context
	background := context.WithoutCancel(waiting)
	if err := e.client.Stop(waiting); err != nil {
		if err := e.client.StopAndCancel(background); err != nil {
			e.log.ErrorContext(background, "river did not stop", "error", err)
		}
	}
	e.endUpkeep()
	e.upkeep.Wait()
	e.leave(background)
	e.place.close()
}

// leave takes the process's name off the list. When that fails, others notice
// that it beats no more.
func (e *engine) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	if err := e.place.leave(ctx, e.id); err != nil && !errors.Is(err, context.Canceled) {
		e.log.WarnContext(ctx, "job process not signed off", "error", err)
	}
}
