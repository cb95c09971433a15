package events

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// call is the work of a job of callKind: it calls one function of the host with
// one event.
func (s *Service) call(ctx context.Context, t tenant.ID, do task) error {
	if do.Hook == nil {
		return jobs.Drop(errors.New("payload without a function"))
	}
	fn := s.registry.hook(*do.Hook)
	if fn == nil {
		return jobs.Drop(fmt.Errorf("function %d for %q is not registered any more", do.Hook.Index, do.Hook.Type))
	}
	event, err := s.describe(ctx, t, do.Event)
	if err != nil {
		return err
	}
	err = callSafely(ctx, fn, event)
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled): // the runner stops; that is nobody's failure
		return ctx.Err()
	}
	log := s.cfg.Logger.With("tenant", t, "event", event.ID, "type", event.Type, "attempt", do.Attempt)
	job, again := s.later(t, do, 0)
	if !again {
		log.ErrorContext(ctx, "event given up: the host's function fails", "error", err)
		return nil
	}
	log.WarnContext(ctx, "the host's function failed for an event", "error", err)
	return s.queue.Enqueue(ctx, job)
}

// callSafely turns a panic of the host's function into an error.
func callSafely(ctx context.Context, fn hook, e Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return fn(ctx, e)
}
