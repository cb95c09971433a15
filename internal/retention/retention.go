package retention

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	every = time.Hour
	// stepFor is how long one step goes on before it makes room for others.
	stepFor = 20 * time.Second
	// timeout is that of a step's job.
	timeout = time.Minute
	// passOverFor bounds going on after the step's time was up.
	passOverFor = 5 * time.Second
)

// Rounds are what a service does about its rows. All fields are required. The
// kinds and the queue are those of its jobs: PassKind begins a pass every hour,
// StepKind is a step of one.
type Rounds struct {
	PassKind string
	StepKind string
	Queue    string
	Jobs     jobs.Queue
	Now      func() time.Time
	// Next returns the first tenant after another, in a fixed order, that has
	// rows; "" when there is none.
	Next func(ctx context.Context, after tenant.ID) (tenant.ID, error)
	// Prune removes what a tenant keeps no longer, in small steps. It is not
	// done when it ran out of time before.
	Prune func(ctx context.Context, t tenant.ID, ends time.Time) (done bool, err error)
}

// Start makes sure that there is a job that begins the passes. One is enough
// for all processes; calling it again is harmless.
func (r Rounds) Start(ctx context.Context) error {
	return r.Jobs.Enqueue(ctx, jobs.Job{Kind: r.PassKind, Tenant: string(tenant.Platform), Key: "retention"})
}

// Handlers returns the handlers of the jobs.
func (r Rounds) Handlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: r.PassKind, Queue: r.Queue, Timeout: timeout, Work: r.pass},
		{Kind: r.StepKind, Queue: r.Queue, Timeout: timeout, Work: r.step},
	}
}

// position is the payload of a step: the tenant after which it begins.
type position struct {
	After tenant.ID `json:"after"`
}

// stepAfter returns the job of a step. Its key keeps two passes from doing the
// same step at the same time.
func (r Rounds) stepAfter(t tenant.ID) jobs.Job {
	b, err := json.Marshal(position{t})
	if err != nil {
		panic(err) // a text
	}
	return jobs.Job{Kind: r.StepKind, Tenant: string(tenant.Platform), Key: "after:" + string(t), Payload: b}
}

// pass is the handler of PassKind.
func (r Rounds) pass(ctx context.Context, _ jobs.Run) error {
	if err := r.Jobs.Enqueue(ctx, r.stepAfter("")); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return jobs.Again(every)
}

// step is the handler of StepKind. It goes from tenant to tenant until its time
// is up; then the next step is a job of its own, except where the first tenant
// has still more to remove. A tenant of which nothing can be removed waits for the
// next pass, and those after it do not wait for it.
func (r Rounds) step(ctx context.Context, run jobs.Run) error {
	var at position
	if err := json.Unmarshal(run.Payload, &at); err != nil {
		return jobs.Drop(fmt.Errorf("retention: payload: %w", err))
	}
	ends, begin := r.Now().Add(stepFor), at.After
	for {
		t, err := r.Next(ctx, at.After)
		if err != nil || t == "" {
			return stopped(at.After, err)
		}
		done, err := r.Prune(ctx, t, ends)
		switch {
		case err == nil:
		case errors.Is(ctx.Err(), context.Canceled), ctx.Err() == nil && errors.Is(err, tenant.ErrUnavailable):
			return stopped(at.After, err) // it is not about the tenant
		default:
			return r.passOver(ctx, t, err)
		}
		if done {
			at.After = t
		}
		if r.Now().Before(ends) {
			continue
		}
		if at.After == begin {
			return jobs.Again(0)
		}
		return stopped(at.After, r.Jobs.Enqueue(ctx, r.stepAfter(at.After)))
	}
}

// passOver has the pass go on after a tenant whose rows cannot be removed.
func (r Rounds) passOver(ctx context.Context, t tenant.ID, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), passOverFor)
	defer cancel()
	if err := r.Jobs.Enqueue(ctx, r.stepAfter(t)); err != nil {
		return stopped(t, errors.Join(cause, err))
	}
	return jobs.Drop(fmt.Errorf("retention: tenant %q is left until the next pass: %w", t, cause))
}

// stopped says how far a step came when it failed.
func stopped(t tenant.ID, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("retention: after tenant %q: %w", t, err)
}

// InSteps calls remove, which removes at most limit things and returns how many
// there were, until it has removed less or the time is up.
func InSteps(now func() time.Time, ends time.Time, limit int, remove func(limit int) (int, error)) (done bool, err error) {
	for now().Before(ends) {
		n, err := remove(limit)
		if err != nil || n < limit {
			return err == nil, err
		}
	}
	return false, nil
}
