package riverjobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"

	"github.com/thirdapp/thirdapp/jobs"
)

// worker works the jobs of one kind.
type worker struct {
	river.WorkerDefaults[args]
	handler jobs.Handler
	share   *share // of its queue
	log     *slog.Logger
	metrics Metrics
}

// Timeout implements river.Worker.
func (w *worker) Timeout(*river.Job[args]) time.Duration { return w.handler.Timeout }

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[args]) error {
	defer w.share.release(job.ID)
	start := time.Now()
	w.metrics.begun(job, start)
	err := w.call(ctx, run(job))
	took := time.Since(start)
	w.metrics.ended(job.Kind, outcomeOf(err, interrupted(ctx)), took)
	return w.outcome(ctx, job, err, took)
}

// call runs the handler and turns a panic into an error.
func (w *worker) call(ctx context.Context, run jobs.Run) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return w.handler.Work(ctx, run)
}

// outcome tells River what has become of a job, and the log what an operator
// should know.
func (w *worker) outcome(ctx context.Context, job *river.Job[args], err error, took time.Duration) error {
	if err == nil {
		return nil
	}
	if d, ok := jobs.AsAgain(err); ok {
		return river.JobSnooze(max(d, 0))
	}
	log := w.log.With("kind", job.Kind, "tenant", job.Args.Tenant, "attempt", job.Attempt, "took", took)
	if cause, ok := jobs.AsDrop(err); ok {
		log.WarnContext(ctx, "job dropped", "error", cause)
		return river.JobCancel(err)
	}
	if interrupted(ctx) { // River puts the job back when it is told so
		log.InfoContext(ctx, "job interrupted", "error", err)
		return context.Canceled
	}
	var p *panicError
	if errors.As(err, &p) {
		log.ErrorContext(ctx, "job panicked", "error", err, "stack", string(p.stack))
		return err
	}
	log.WarnContext(ctx, "job failed", "error", err)
	return err
}

// interrupted reports whether the Runner stops: a context that was cancelled, as
// opposed to one that timed out, means that.
func interrupted(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// panicError is a panic of a handler.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
