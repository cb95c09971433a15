package events

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/tenant"
)

// occurrence is an event as a job carries it.
type occurrence struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Subject string    `json:"subject"`
	At      time.Time `json:"at"`
}

// task is the payload of a job: one receiver to be told of one event. Either
// Subscription or Hook is set.
type task struct {
	Event        occurrence `json:"event"`
	Subscription string     `json:"subscription,omitempty"`
	Hook         *hookRef   `json:"hook,omitempty"`
	// Attempt counts from 1.
	Attempt int `json:"attempt"`
}

// Publish tells everybody who wants to know that something of a known type has
// happened to a subject, 1 to 256 bytes that the type's Describer understands.
// It is part of the transaction of ctx, if there is one, and does nothing but
// look into a map when nobody wants to know. It asks for no permission.
func (s *Service) Publish(ctx context.Context, t tenant.ID, eventType, subject string) error {
	return s.PublishAll(ctx, t, eventType, []string{subject})
}

// PublishAll is [Service.Publish] for an event of a type about each of several
// subjects, which are enqueued together. It holds a job for each subject and
// receiver in memory; the caller bounds their number.
func (s *Service) PublishAll(ctx context.Context, t tenant.ID, eventType string, subjects []string) error {
	if err := s.publish(ctx, t, eventType, subjects); err != nil {
		return fmt.Errorf("events: publish %q: %w", eventType, err)
	}
	return nil
}

func (s *Service) publish(ctx context.Context, t tenant.ID, eventType string, subjects []string) error {
	if s.registry.describer(eventType) == nil {
		return fmt.Errorf("nobody has described this type of event")
	}
	for _, subject := range subjects {
		if subject == "" || len(subject) > maxSubject || !utf8.ValidString(subject) {
			return fmt.Errorf("the subject has %d bytes; want 1 to %d of UTF-8", len(subject), maxSubject)
		}
	}
	tasks, err := s.receivers(ctx, t, eventType)
	if err != nil || len(tasks) == 0 || len(subjects) == 0 {
		return err
	}
	work := make([]jobs.Job, 0, len(subjects)*len(tasks))
	now := stamp(s.cfg.Now())
	for _, subject := range subjects {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("new id: %w", err)
		}
		event := occurrence{ID: id.String(), Type: eventType, Subject: subject, At: now}
		for _, receiver := range tasks {
			receiver.Event = event
			work = append(work, receiver.job(t))
		}
	}
	return s.queue.Enqueue(ctx, work...)
}

// receivers returns a task for everybody who wants to know, without the event.
func (s *Service) receivers(ctx context.Context, t tenant.ID, eventType string) ([]task, error) {
	var tasks []task
	for _, ref := range s.registry.hooksOf(eventType) {
		tasks = append(tasks, task{Hook: &ref, Attempt: 1})
	}
	subscribers, err := s.cache.subscribers(ctx, t, s.subscribers)
	if err != nil {
		return nil, err
	}
	for _, sub := range subscribers {
		if wants(sub.types, eventType) {
			tasks = append(tasks, task{Subscription: sub.id, Attempt: 1})
		}
	}
	return tasks, nil
}

// subscribers reads who has subscribed to anything.
func (s *Service) subscribers(ctx context.Context, t tenant.ID) ([]subscriber, error) {
	all, err := s.store.Subscriptions(ctx, t)
	if err != nil {
		return nil, err
	}
	var enabled []subscriber
	for _, sub := range all {
		if sub.Enabled {
			enabled = append(enabled, subscriber{sub.ID, sub.Types})
		}
	}
	return enabled, nil
}

// wants reports whether a list of types takes in one type.
func wants(types []string, eventType string) bool {
	return slices.Contains(types, eventType) || slices.Contains(types, All)
}

// job returns the job of a task. It is not unique: two of a kind would be two
// events.
func (t task) job(of tenant.ID) jobs.Job {
	payload, err := json.Marshal(t)
	if err != nil {
		panic(err) // texts, numbers and a time
	}
	kind := deliverKind
	if t.Hook != nil {
		kind = callKind
	}
	return jobs.Job{Kind: kind, Tenant: string(of), Payload: payload}
}

// later returns the job of the next attempt after a pause, false when the
// attempts are used up.
func (s *Service) later(of tenant.ID, t task, atLeast time.Duration) (jobs.Job, bool) {
	if t.Attempt > len(s.cfg.Backoff) {
		return jobs.Job{}, false
	}
	pause := max(vary(s.cfg.Backoff[t.Attempt-1]), atLeast)
	t.Attempt++
	job := t.job(of)
	job.RunAt = stamp(s.cfg.Now().Add(pause))
	return job, true
}
