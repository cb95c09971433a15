package events

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// healthGrain is how old the Health of an endpoint may be that is well: a busy
// one would else have its row written for every event.
const healthGrain = 10 * time.Second

// deliver is the work of a job of deliverKind: it tells one endpoint of one
// event.
func (s *Service) deliver(ctx context.Context, t tenant.ID, do task) error {
	sub, err := s.store.Subscription(ctx, t, do.Subscription)
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !sub.Enabled || !wants(sub.Types, do.Event.Type): // changed since
		return nil
	}
	if since := sub.Health.FailingSince; !since.IsZero() {
		release, ok := s.failing.take(turn{string(t), sub.ID})
		if !ok {
			return jobs.Again(turnPause(s.cfg.Now().Sub(since)))
		}
		defer release()
	}
	event, err := s.describe(ctx, t, do.Event)
	if err != nil {
		return err
	}
	start := s.cfg.Now()
	a := s.tell(ctx, sub, event)
	if a.reason != "" && errors.Is(ctx.Err(), context.Canceled) { // the runner stops; that is nobody's failure
		return ctx.Err()
	}
	s.cfg.Logger.InfoContext(ctx, "endpoint told of an event", "tenant", t, "subscription", sub.ID,
		"host", hostOf(sub.URL), "event", event.ID, "type", event.Type, "attempt", do.Attempt,
		"status", a.status, "code", string(a.reason), "took", s.cfg.Now().Sub(start))
	return s.settle(ctx, sub, do, a)
}

// tell calls the endpoint once.
func (s *Service) tell(ctx context.Context, sub Stored, event Event) answer {
	secrets, err := s.valid(ctx, sub, s.cfg.Now())
	if err != nil {
		s.cfg.Logger.ErrorContext(ctx, "the signing secret of a subscription cannot be read",
			"tenant", sub.Tenant, "subscription", sub.ID, "error", err)
		return answer{reason: ReasonSecret}
	}
	body, err := json.Marshal(event)
	if err != nil {
		panic(err) // texts, a time, and JSON that package json made
	}
	return s.post(ctx, sub.URL, event.ID, body, secrets)
}

// settle stores how a delivery ended, and sees to what follows from it.
func (s *Service) settle(ctx context.Context, sub Stored, do task, a answer) error {
	o := Outcome{Status: a.status, Reason: a.reason, At: stamp(s.cfg.Now())}
	if a.reason == "" {
		s.recordSuccess(ctx, sub, o)
		return nil
	}
	disabled, again := false, false
	err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
		if err = s.store.RecordOutcome(ctx, sub.Tenant, sub.ID, sub.Version, o); err != nil {
			return err
		}
		var job jobs.Job
		job, again = s.later(sub.Tenant, do, a.retryAfter)
		again = again && a.reason != ReasonGone
		switch {
		case again:
			return s.queue.Enqueue(ctx, job)
		case a.reason == ReasonGone || s.failsTooLong(sub, o.At):
			disabled, err = s.disable(ctx, sub, o)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.logFailure(ctx, sub, do, disabled, again)
	return nil
}

// recordSuccess does not have a success repeated because it could not be noted.
func (s *Service) recordSuccess(ctx context.Context, sub Stored, o Outcome) {
	h := sub.Health
	if h.FailingSince.IsZero() && h.LastStatus == o.Status && o.At.Sub(h.LastAt) < healthGrain {
		return
	}
	if err := s.store.RecordOutcome(ctx, sub.Tenant, sub.ID, sub.Version, o); err != nil {
		s.cfg.Logger.WarnContext(ctx, "outcome of a delivery not recorded",
			"tenant", sub.Tenant, "subscription", sub.ID, "error", err)
	}
}

// failsTooLong is asked when an event is given up: one that has just begun to
// fail again after days without events has had all its attempts by then.
func (s *Service) failsTooLong(sub Stored, now time.Time) bool {
	since := sub.Health.FailingSince
	return !since.IsZero() && now.Sub(since) >= s.cfg.DisableAfter
}

// disable switches a subscription off, unless somebody has just changed it.
func (s *Service) disable(ctx context.Context, sub Stored, o Outcome) (done bool, err error) {
	next := sub
	next.Enabled, next.Version, next.UpdatedAt = false, sub.Version+1, o.At
	err = s.store.UpdateSubscription(ctx, next, false)
	if errors.Is(err, tenant.ErrConflict) || errors.Is(err, tenant.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	actor, _ := tenant.ActorFrom(ctx)
	row, err := s.trail.Entry(actor, operation(sub.Tenant, "subscription.disable", sub.ID))
	if err != nil {
		return false, err
	}
	after := recordOf(next.Subscription, secretUnchanged)
	after.Reason, after.Status = o.Reason, o.Status
	row.Before, row.After = recordOf(sub.Subscription, secretUnchanged).json(), after.json()
	return true, s.store.AppendAudit(ctx, row)
}

func (s *Service) logFailure(ctx context.Context, sub Stored, do task, disabled, again bool) {
	log := s.cfg.Logger.With("tenant", sub.Tenant, "subscription", sub.ID, "host", hostOf(sub.URL))
	if !again {
		log.WarnContext(ctx, "event given up: the endpoint fails",
			"event", do.Event.ID, "type", do.Event.Type, "attempt", do.Attempt)
	}
	if disabled {
		s.cache.forget(sub.Tenant)
		log.WarnContext(ctx, "subscription disabled", "failing_since", sub.Health.FailingSince)
	}
}
