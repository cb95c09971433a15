package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Job is a piece of work to be done later.
type Job struct {
	// Kind names the handler: 2 to 64 of a-z, 0-9, '_' and '.', such as
	// "messaging.send".
	Kind string
	// Tenant owns the work; it shows in logs, and shares of workers go by it.
	Tenant string
	// Key makes the job unique: while a job of the same kind, tenant and key
	// is unfinished, another is not added. "" means not unique.
	Key string
	// Payload is the handler's own JSON, at most 64 KiB. It holds ids, never
	// secrets or message texts.
	Payload json.RawMessage
	// RunAt is the earliest time; zero means at once.
	RunAt time.Time
	// Trace is what the work is part of, for those who follow it: a traceparent
	// of W3C Trace Context, at most 64 bytes. "" is none. Services leave it
	// empty; adapters/oteltrace fills it in.
	Trace string
}

// Queue takes jobs.
type Queue interface {
	// Enqueue adds jobs. When ctx carries a transaction of the store the jobs
	// are part of it: they exist if and only if it commits. Enqueueing a job
	// whose unique key is taken is not an error.
	Enqueue(ctx context.Context, jobs ...Job) error
}

// Run is one execution of a job.
type Run struct {
	Kind    string
	Tenant  string
	Key     string
	Payload json.RawMessage
	// Trace is that of the Job.
	Trace string
	// Attempt counts executions that ended with an error or a dead process,
	// from 1; an execution ended by Again does not count.
	Attempt int
}

// Handler works the jobs of one kind.
type Handler struct {
	// Kind is the kind of Job it works.
	Kind string
	// Queue names the group of workers it shares, such as "messaging"; same
	// characters as Kind. Queues do not delay each other.
	Queue string
	// Timeout bounds one execution; its context ends then. 1 s to 1 min.
	Timeout time.Duration
	// Work does the job. It returns nil when the job is finished, Again to be
	// called later, Drop to give up. Any other error, and a panic, is logged
	// and the job is repeated with growing pauses (1 s doubling up to 1 min,
	// with jitter) until it succeeds.
	Work func(ctx context.Context, run Run) error
}

// Runner is a Queue with workers.
type Runner interface {
	Queue
	// Migrate creates or updates the tables it needs.
	Migrate(ctx context.Context) error
	// Start begins to work the given handlers and returns. It is an error if two
	// handlers share a kind, or one is malformed.
	Start(ctx context.Context, handlers []Handler) error
	// Stop takes no further jobs and waits for those under way until ctx is
	// done; then their contexts end and they are left to be repeated. It may be
	// called before Start and more than once.
	Stop(ctx context.Context) error
}

// Again is returned by a Handler to have the same job run again after a pause
// of d; this counts as neither success nor failure.
func Again(d time.Duration) error { return &againError{d} }

// Drop is returned by a Handler to give a job up for good; cause is logged.
func Drop(cause error) error { return &dropError{cause} }

// AsAgain reports whether err is, or wraps, an [Again], and its pause.
func AsAgain(err error) (time.Duration, bool) {
	var a *againError
	if errors.As(err, &a) {
		return a.after, true
	}
	return 0, false
}

// AsDrop reports whether err is, or wraps, a [Drop], and its cause.
func AsDrop(err error) (error, bool) {
	var d *dropError
	if errors.As(err, &d) {
		return d.cause, true
	}
	return nil, false
}

type againError struct{ after time.Duration }

func (e *againError) Error() string { return fmt.Sprintf("jobs: again in %s", e.after) }

type dropError struct{ cause error }

func (e *dropError) Error() string { return fmt.Sprintf("jobs: dropped: %v", e.cause) }

func (e *dropError) Unwrap() error { return e.cause }
