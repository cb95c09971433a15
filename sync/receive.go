package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// keepEvents is how long the ids of events are kept to recognise repetition.
// Office apps repeat within the hour.
const keepEvents = 7 * 24 * time.Hour

// EventStore keeps what is known of the events that office apps report.
type EventStore interface {
	// KeepEvents keeps the ids of events of an app and returns those that are
	// new, in their order. It counts them, and remembers the last one's type.
	KeepEvents(ctx context.Context, t tenant.ID, appID string, events []provider.Event, at time.Time) ([]provider.Event, error)

	// KeepEventFailure remembers why a report of an app could not be taken in,
	// a name as of provider.Code; once in 10 seconds at most, so that nobody
	// outside can make it write.
	KeepEventFailure(ctx context.Context, t tenant.ID, appID, reason string, at time.Time) error

	// EventState returns what is known of an app's events; zero when nothing
	// ever came.
	EventState(ctx context.Context, t tenant.ID, appID string) (EventState, error)

	// PruneEvents forgets the ids of a tenant's events that came before.
	PruneEvents(ctx context.Context, t tenant.ID, before time.Time) error
}

// EventState is how the events of an app come in.
type EventState struct {
	// Events is the number of different events so far.
	Events int
	// LastType is the office app's own name of the last one, LastAt when it
	// came; zero before the first.
	LastType string
	LastAt   time.Time
	// Failure is why a report could not be taken in, a name as of
	// provider.Code, FailedAt when that was last; zero when it never happened.
	Failure  string
	FailedAt time.Time
}

// Receive takes in a report of an office app about events, such as a request to
// the callback address of conn's app, and returns how to answer it. It asks for
// no permission: it believes what the office app has signed. The events are
// kept and will be followed before it returns; repeated ones are not followed
// again.
//
// Errors are those of provider.EventDecoder, provider.ErrUnsupported where the
// office app tells of no events, and tenant.ErrUnavailable when the events
// could not be kept: then the office app must be told to come again.
func (s *Service) Receive(
	ctx context.Context, conn tenant.Connection, r provider.CallbackRequest,
) (provider.CallbackAnswer, error) {
	decoder, err := provider.As[provider.EventDecoder](conn.Provider)
	if err != nil {
		return provider.CallbackAnswer{}, err
	}
	answer, err := decoder.DecodeEvent(ctx, r)
	if err != nil {
		s.noteEventFailure(ctx, conn.App, err)
		return provider.CallbackAnswer{}, err
	}
	if err := s.takeEvents(ctx, conn.App, answer.Events); err != nil {
		return provider.CallbackAnswer{}, err
	}
	return answer, nil
}

// takeEvents keeps events and has them followed, in one transaction.
func (s *Service) takeEvents(ctx context.Context, app tenant.App, list []provider.Event) error {
	own := make([]provider.Event, 0, len(list))
	for _, e := range list {
		if e.OrgID != "" && e.OrgID != app.OrgID() {
			s.cfg.Logger.WarnContext(ctx, "event of another organisation", "tenant", app.Tenant,
				"provider", app.Provider, "op", "events", "type", e.Type)
			continue
		}
		own = append(own, e)
	}
	if len(own) == 0 {
		return nil
	}
	q := TouchQueue{app.Tenant, app.ID, Pull}
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		fresh, err := s.store.KeepEvents(ctx, app.Tenant, app.ID, own, s.now())
		if err != nil {
			return err
		}
		targets := targetsOf(fresh)
		if len(targets) == 0 {
			return nil
		}
		if err := s.store.Touch(ctx, q, targets, s.now()); err != nil {
			return err
		}
		return s.enqueueTouched(ctx, q, time.Time{})
	})
	if err != nil {
		return fmt.Errorf("sync: take events: %w", err)
	}
	return nil
}

// targetsOf returns whom events are about. What they say has happened is not
// believed: it is looked at.
func targetsOf(events []provider.Event) []Target {
	var req RunRequest
	for _, e := range events {
		if e.Kind == "" {
			continue
		}
		req.People = append(req.People, e.People...)
		req.Departments = append(req.Departments, e.Departments...)
	}
	all := req.targets()
	usable := all[:0]
	for _, t := range all {
		if usableID(t.ID) {
			usable = append(usable, t)
		}
	}
	return usable
}

func (s *Service) noteEventFailure(ctx context.Context, app tenant.App, cause error) {
	reason := provider.CodeOf(cause).String()
	s.cfg.Logger.WarnContext(ctx, "report of the office app refused", "tenant", app.Tenant,
		"provider", app.Provider, "op", "events", "code", reason, "error", cause)
	if err := s.store.KeepEventFailure(ctx, app.Tenant, app.ID, reason, s.now()); err != nil && !errors.Is(err, context.Canceled) {
		s.cfg.Logger.WarnContext(ctx, "state of events not kept", "tenant", app.Tenant, "op", "events", "error", err)
	}
}

// EventState returns how the events of an app of the tenant come in. It needs
// sync.read.
func (s *Service) EventState(ctx context.Context, t tenant.ID, appID string) (EventState, error) {
	if err := s.mayRead(ctx, t); err != nil {
		return EventState{}, err
	}
	state, err := s.store.EventState(ctx, t, appID)
	if err != nil {
		return EventState{}, fmt.Errorf("sync: event state: %w", err)
	}
	return state, nil
}
