package sync

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/tenant"
)

// The types of the events this package publishes.
const (
	// EventRunStarted: a run was asked for. Its data is a [RunEvent].
	EventRunStarted = "sync.run.started"
	// EventRunWaits: a run waits for approval. Its data is a [RunEvent].
	EventRunWaits = "sync.run.needs_approval"
	// EventRunFinished: a run has ended, in whatever way. Its data is a
	// [RunEvent].
	EventRunFinished = "sync.run.finished"

	// What follows tells what a pull, or the undo of one, has done to the
	// platform; the data is a [ChangeEvent]. A push does nothing to the platform.

	// EventPersonCreated: somebody has become a member of the tenant.
	EventPersonCreated = "directory.person.created"
	// EventPersonChanged: fields or departments of a member have changed.
	EventPersonChanged = "directory.person.changed"
	// EventPersonLeaving: somebody is not in the office app's directory any
	// more, and will be suspended when the grace period is over.
	EventPersonLeaving = "directory.person.leaving"
	// EventPersonSuspended: a member who is not in the directory any more was
	// suspended in the tenant.
	EventPersonSuspended = "directory.person.suspended"
	// EventPersonLeft: a member is not in the directory any more and stays one,
	// since another directory has them, or since they were one before.
	EventPersonLeft = "directory.person.left"
	// EventPersonRestored: somebody who left, or was leaving, is back.
	EventPersonRestored = "directory.person.restored"

	// EventDepartmentCreated: a department was created.
	EventDepartmentCreated = "directory.department.created"
	// EventDepartmentChanged: name, parent or order of a department has changed.
	EventDepartmentChanged = "directory.department.changed"
	// EventDepartmentRemoved: a department was removed.
	EventDepartmentRemoved = "directory.department.removed"
	// EventDepartmentRestored: a department that was removed is back.
	EventDepartmentRestored = "directory.department.restored"

	// EventDirectoryChanged: a run with more than MaxChangeEvents changes has
	// ended. Its data is a [ChangesEvent].
	EventDirectoryChanged = "directory.changed"
)

// MaxChangeEvents bounds the events about the changes of one run. When its plan
// has more changes than these, conflicts aside, none has an event of its own:
// one EventDirectoryChanged at the end of the run stands for all of them.
const MaxChangeEvents = 1000

// Publisher tells the platform what happened; *events.Service is one. The calls
// join the transaction of the context.
type Publisher interface {
	Publish(ctx context.Context, t tenant.ID, eventType, subject string) error
	// PublishAll publishes an event of the type about each of the subjects.
	PublishAll(ctx context.Context, t tenant.ID, eventType string, subjects []string) error
}

// silence is a Publisher without anybody to tell.
type silence struct{}

func (silence) Publish(context.Context, tenant.ID, string, string) error { return nil }

func (silence) PublishAll(context.Context, tenant.ID, string, []string) error { return nil }

// publishRun tells something of a run, in the transaction that brings it about.
func (s *Service) publishRun(ctx context.Context, eventType string, run Run) error {
	if err := s.events.Publish(ctx, run.Tenant, eventType, run.ID); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// toldOneByOne reports whether the changes of a run have events of their own.
func (r Run) toldOneByOne() bool { return r.Direction == Pull && r.Counts.toApply() <= MaxChangeEvents }

// toldAtOnce reports whether one event tells of all that the run has applied.
func (r Run) toldAtOnce() bool {
	return r.Direction == Pull && r.Counts.toApply() > MaxChangeEvents && r.Progress.ChangesApplied > 0
}

// toApply is the number of changes that are no conflicts.
func (c Counts) toApply() int {
	n := 0
	for kind, of := range c.Total() {
		if kind != KindConflict {
			n += of
		}
	}
	return n
}

// publishPeople tells what was done to people, in the transaction that does it.
func (w *worker) publishPeople(ctx context.Context, done []DonePerson) error {
	return publishDone(ctx, w, done, func(d *DonePerson) (string, int, Outcome) {
		return d.Change.eventType(), d.Change.Seq, d.Outcome
	})
}

// publishDepartments is publishPeople for departments.
func (w *worker) publishDepartments(ctx context.Context, done []DoneDepartment) error {
	return publishDone(ctx, w, done, func(d *DoneDepartment) (string, int, Outcome) {
		return d.Change.eventType(), d.Change.Seq, d.Outcome
	})
}

func publishDone[T any](ctx context.Context, w *worker, done []T, of func(*T) (eventType string, seq int, o Outcome)) error {
	run := w.claim.Run
	if !run.toldOneByOne() {
		return nil
	}
	subjects := make(map[string][]string)
	for i := range done {
		eventType, seq, outcome := of(&done[i])
		if outcome.Failure.IsZero() {
			subjects[eventType] = append(subjects[eventType], changeSubject(run.ID, seq))
		}
	}
	for eventType, list := range subjects {
		if err := w.events.PublishAll(ctx, run.Tenant, eventType, list); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

func changeSubject(run string, seq int) string { return run + "/" + strconv.Itoa(seq) }

// changeOf is the reverse of changeSubject.
func changeOf(subject string) (run, id string, err error) {
	run, id, found := strings.Cut(subject, "/")
	if !found {
		return "", "", fmt.Errorf("subject %q: want <run>/<change>", subject)
	}
	return run, id, nil
}

// eventType is the type of the event that tells of an applied change.
func (p *PendingPerson) eventType() string {
	switch {
	case p.Kind == KindCreate:
		return EventPersonCreated
	case p.Kind == KindRejoin:
		return EventPersonRestored
	case p.Kind == KindLeaving:
		return EventPersonLeaving
	case p.Kind == KindLeave && p.BoundElsewhere:
		return EventPersonLeft
	case p.Kind == KindLeave:
		return EventPersonSuspended
	}
	return EventPersonChanged
}

func (d *PendingDepartment) eventType() string {
	switch d.Kind {
	case KindCreate:
		return EventDepartmentCreated
	case KindRejoin:
		return EventDepartmentRestored
	case KindLeave:
		return EventDepartmentRemoved
	default:
		return EventDepartmentChanged
	}
}

// publishEnd tells that the run has ended, in the transaction that ends it.
func (w *worker) publishEnd(ctx context.Context) error {
	run, err := w.store.Run(ctx, w.claim.Run.Tenant, w.claim.Run.ID) // with the progress that batches have made
	if err != nil {
		return err
	}
	w.ended = run
	if run.toldAtOnce() {
		if err := w.publishRun(ctx, EventDirectoryChanged, run); err != nil {
			return err
		}
	}
	return w.publishRun(ctx, EventRunFinished, run)
}

// publishGivenUp tells what a plan has applied that is given up for a new one:
// the new one may be small enough to be told of change by change.
func (w *worker) publishGivenUp(ctx context.Context) error {
	if !w.claim.Run.toldAtOnce() {
		return nil
	}
	return w.store.InTx(ctx, func(ctx context.Context) error {
		return w.publishRun(ctx, EventDirectoryChanged, w.claim.Run)
	})
}
