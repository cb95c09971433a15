package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The kinds of jobs this package enqueues and handles: one tells an endpoint,
// the other calls a function of the host. Endpoints and functions have queues
// of their own, so that neither waits for the other.
const (
	deliverKind  = "events.deliver"
	deliverQueue = "events"
	callKind     = "events.call"
	callQueue    = "hooks"
)

const (
	jobTimeout = time.Minute
	// describeTimeout bounds a describer, and callTimeout a function of the
	// host. Together, or with the most that Config.Timeout allows, they leave a
	// quarter of jobTimeout for storing what came of it.
	describeTimeout = 15 * time.Second
	callTimeout     = 30 * time.Second
	// maxRuns is when a job is given up whose describer fails all the time: the
	// runner's pauses grow to a minute.
	maxRuns = 100
)

// system is the name of this package's work in audit rows.
const system = "events"

// Handlers returns the handlers of this service's jobs, for jobs.Runner.Start,
// and ends the registration: from now on Describe and On answer with an error.
func (s *Service) Handlers() []jobs.Handler {
	s.registry.seal()
	return []jobs.Handler{
		{Kind: deliverKind, Queue: deliverQueue, Timeout: jobTimeout, Work: worked("deliver", s.deliver)},
		{Kind: callKind, Queue: callQueue, Timeout: jobTimeout, Work: worked("call", s.call)},
	}
}

// worked reads the payload of a job and says in its error what was worked at.
func worked(op string, work func(ctx context.Context, t tenant.ID, do task) error) func(context.Context, jobs.Run) error {
	return func(ctx context.Context, run jobs.Run) error {
		do, err := taskOf(run)
		if err == nil {
			err = work(tenant.AsSystem(ctx, system), tenant.ID(run.Tenant), do)
		}
		if err != nil {
			return fmt.Errorf("events: %s: %w", op, err)
		}
		return nil
	}
}

func taskOf(run jobs.Run) (task, error) {
	var do task
	if err := json.Unmarshal(run.Payload, &do); err != nil {
		return task{}, jobs.Drop(fmt.Errorf("payload: %w", err))
	}
	switch {
	case do.Attempt < 1, do.Subscription == "" && do.Hook == nil:
		return task{}, jobs.Drop(errors.New("payload of another release"))
	case run.Attempt > maxRuns:
		return task{}, jobs.Drop(fmt.Errorf("failed %d times", maxRuns))
	}
	return do, nil
}

// describe completes an event with what there is to say about its subject now.
// An event nobody can be told of any more is dropped.
func (s *Service) describe(ctx context.Context, t tenant.ID, o occurrence) (Event, error) {
	describer := s.registry.describer(o.Type)
	if describer == nil {
		return Event{}, jobs.Drop(fmt.Errorf("nobody describes %q any more", o.Type))
	}
	limited, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	data, err := describer(limited, t, o.Subject)
	if errors.Is(err, tenant.ErrNotFound) || provider.CodeOf(err) == provider.NotFound {
		return Event{}, jobs.Drop(fmt.Errorf("the subject is gone: %w", err))
	}
	if err != nil {
		return Event{}, fmt.Errorf("describe %q: %w", o.Type, err)
	}
	encoded, err := json.Marshal(data)
	if err == nil && len(encoded) > maxData {
		err = fmt.Errorf("%d bytes; at most %d", len(encoded), maxData)
	}
	if err != nil {
		return Event{}, jobs.Drop(fmt.Errorf("data of %q: %w", o.Type, err))
	}
	return Event{ID: o.ID, Type: o.Type, At: o.At.UTC(), Tenant: t, Data: encoded}, nil
}
