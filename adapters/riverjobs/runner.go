package riverjobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"github.com/thirdapp/thirdapp/jobs"
)

// insertBatch is how many jobs one statement inserts.
const insertBatch = 1000

// Runner implements jobs.Runner. Make it with [New].
type Runner struct {
	cfg      Config
	db       database
	inserter *river.Client[*sql.Tx]
	routes   atomic.Pointer[routes] // of the handlers given to Start

	mu      sync.Mutex
	state   state
	working *engine // nil when no jobs are worked
}

var _ jobs.Runner = (*Runner)(nil)

// state is how far a Runner has got.
type state int

const (
	made state = iota
	started
	stopped
)

var (
	errStarted = errors.New("riverjobs: start: already started")
	errStopped = errors.New("riverjobs: start: stopped before")
)

// New returns a Runner, or all faults of cfg. It does not connect.
func New(cfg Config) (*Runner, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("riverjobs: config: %w", err)
	}
	r := &Runner{cfg: cfg}
	r.routes.Store(&routes{})
	if cfg.Dialect == SQLite {
		r.db = newSQLite(cfg)
	} else {
		r.db = newPostgres(cfg)
	}
	var err error
	r.inserter, err = river.NewClient(r.db.inserter(), &river.Config{
		FetchCooldown: fetchCooldown,
		Logger:        riverLogger(cfg.Logger),
		MaxAttempts:   maxAttempts,
	})
	if err != nil {
		return nil, fmt.Errorf("riverjobs: config: %w", err)
	}
	return r, nil
}

// Migrate implements jobs.Runner. It must not be called in a transaction. On
// PostgreSQL processes that call it at the same time wait for each other, and
// a schema that is missing is created.
func (r *Runner) Migrate(ctx context.Context) error {
	if err := r.db.migrate(ctx); err != nil {
		return fmt.Errorf("riverjobs: migrate: %w", err)
	}
	return nil
}

// Rollback removes the tables with all jobs; no process may be working any. On
// PostgreSQL the schema stays.
func (r *Runner) Rollback(ctx context.Context) error {
	if err := r.db.rollback(ctx); err != nil {
		return fmt.Errorf("riverjobs: rollback: %w", err)
	}
	return nil
}

// Enqueue implements jobs.Queue. Jobs of one call are added by one statement
// per thousand, all or none.
//
// Enqueueing works from [New] on, also when this process works no jobs.
func (r *Runner) Enqueue(ctx context.Context, list ...jobs.Job) error {
	if len(list) == 0 {
		return nil
	}
	if err := r.enqueue(ctx, list); err != nil {
		return fmt.Errorf("riverjobs: enqueue: %w", err)
	}
	return nil
}

func (r *Runner) enqueue(ctx context.Context, list []jobs.Job) error {
	params, queues, err := r.params(list)
	if err != nil {
		return err
	}
	if tx, ok := r.cfg.Tx(ctx); ok {
		if err := r.insert(ctx, tx, params); err != nil {
			return err
		}
		return r.wakeWith(ctx, tx, queues)
	}
	err = inTx(ctx, r.cfg.DB, func(ctx context.Context, tx *sql.Tx) error { return r.insert(ctx, tx, params) })
	if err != nil {
		return err
	}
	r.db.wake(queues)
	return nil
}

// params translates jobs for River, and lists the queues that have something
// to do at once.
func (r *Runner) params(list []jobs.Job) (params []river.InsertManyParams, queues []string, err error) {
	var faults []error
	to, now := *r.routes.Load(), time.Now()
	params = make([]river.InsertManyParams, len(list))
	for i, job := range list {
		if err := validateJob(job); err != nil {
			faults = append(faults, err)
			continue
		}
		q := to.queue(job.Kind)
		params[i] = insertParams(job, q)
		if !job.RunAt.After(now) && !slices.Contains(queues, q) {
			queues = append(queues, q)
		}
	}
	return params, queues, errors.Join(faults...)
}

func (r *Runner) insert(ctx context.Context, tx *sql.Tx, params []river.InsertManyParams) error {
	for batch := range slices.Chunk(params, insertBatch) {
		if _, err := r.inserter.InsertManyFastTx(ctx, tx, batch); err != nil {
			return err
		}
	}
	return nil
}

// wakeWith has the workers told once the store's transaction has committed.
func (r *Runner) wakeWith(ctx context.Context, tx *sql.Tx, queues []string) error {
	if len(queues) == 0 || r.cfg.AfterCommit(ctx, func() { r.db.wake(queues) }) {
		return nil
	}
	return r.db.wakeInTx(ctx, tx, queues)
}

// Start implements jobs.Runner. ctx bounds the start, not the work. Without
// handlers, or with Config.MaxWorkers -1, nothing is worked. A Runner is started
// once; after a Start that failed it may be tried again.
func (r *Runner) Start(ctx context.Context, handlers []jobs.Handler) error {
	if err := validateHandlers(handlers); err != nil {
		return fmt.Errorf("riverjobs: start: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.state {
	case started:
		return errStarted
	case stopped:
		return errStopped
	case made:
	}
	if len(handlers) > 0 && r.cfg.MaxWorkers != noWorkers {
		working, err := startEngine(ctx, r.cfg, r.db, handlers)
		if err != nil {
			return fmt.Errorf("riverjobs: start: %w", err)
		}
		r.working = working
	}
	to := routesOf(handlers)
	r.routes.Store(&to)
	r.state = started
	return nil
}

// Stop implements jobs.Runner. It returns nil when all jobs under way have
// ended by themselves. When ctx was done first their contexts are cancelled,
// they get five seconds to end, and the error says so: it wraps that of ctx.
// A handler that goes on regardless keeps its job, and this process known as
// alive, until it returns.
//
// Jobs can be enqueued after Stop; their workers notice within PollInterval.
func (r *Runner) Stop(ctx context.Context) error {
	r.mu.Lock()
	r.state = stopped
	working := r.working
	r.mu.Unlock()
	var err error
	if working != nil {
		err = working.stop(ctx)
	}
	r.db.settle()
	if err != nil {
		return fmt.Errorf("riverjobs: stop: %w", err)
	}
	return nil
}

// newID returns the id of a process. It is short: every row of a job lists
// those that have worked it.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return hex.EncodeToString(b[:])
}
