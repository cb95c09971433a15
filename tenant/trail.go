package tenant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
)

// Trail guards administrative operations and records them in the audit trail:
// one that succeeds in the transaction of its change, one that is refused by
// itself. It is safe for concurrent use.
type Trail struct {
	store    TrailStore
	authz    Authorizer
	logger   *slog.Logger
	now      func() time.Time
	refusals refusals
}

// TrailStore is what a [Trail] needs of a store.
type TrailStore interface {
	Transactor
	// AppendAudit adds an entry to the audit trail of its tenant. It joins the
	// transaction of the context.
	AppendAudit(ctx context.Context, e AuditEntry) error
}

// NewTrail returns a Trail over the given ports, all of which are required.
func NewTrail(store TrailStore, authz Authorizer, logger *slog.Logger, now func() time.Time) *Trail {
	return &Trail{store: store, authz: authz, logger: logger, now: now}
}

// Operation is an administrative operation.
type Operation struct {
	Tenant ID
	// Need is what the actor must be allowed; zero for what concerns nobody but
	// the actor.
	Need Permission
	// Action and Target are those of the AuditEntry. A target is recorded up to
	// 200 bytes: what somebody claims to act on may be of any length.
	Action, Target string
}

// outcomeOK is the outcome of an operation that was carried out; a refused one
// has the reason of its Error.
const outcomeOK = "ok"

// Do carries out an operation for the actor of the context, if they may. The
// function makes the change with [Trail.Commit], with the entry it was given,
// to which it adds what it changed. A refusal is recorded. Without an actor it
// answers ErrNoActor.
func (t *Trail) Do(ctx context.Context, op Operation, change func(ctx context.Context, entry *AuditEntry) error) error {
	actor, ok := ActorFrom(ctx)
	if !ok {
		return ErrNoActor
	}
	entry, err := t.Entry(actor, op)
	if err != nil {
		return err
	}
	if op.Need != (Permission{}) {
		_, err = Authorize(ctx, t.authz, op.Tenant, op.Need.Object, op.Need.Action)
	}
	if err == nil {
		err = change(ctx, &entry)
	}
	t.refused(ctx, entry, err)
	return err
}

// Authorize asks whether the actor of the context may do what the operation
// needs, and returns the actor. A refusal is recorded.
func (t *Trail) Authorize(ctx context.Context, op Operation) (Actor, error) {
	actor, err := Authorize(ctx, t.authz, op.Tenant, op.Need.Object, op.Need.Action)
	if err != nil {
		t.Refused(ctx, op, err)
	}
	return actor, err
}

// Refused records that the operation was refused to the actor of the context.
// Faults are no refusals, and are not recorded; nor is a refusal for the same
// reason, of the same action of the same actor, within a minute. The operation
// has its error already: what goes wrong here is logged.
func (t *Trail) Refused(ctx context.Context, op Operation, err error) {
	if actor, ok := ActorFrom(ctx); ok {
		if entry, failed := t.Entry(actor, op); failed == nil {
			t.refused(ctx, entry, err)
		}
	}
}

// Entry returns the entry of an operation that the actor carries out.
func (t *Trail) Entry(actor Actor, op Operation) (AuditEntry, error) {
	id, err := newID()
	if err != nil {
		return AuditEntry{}, err
	}
	return AuditEntry{
		ID: id, Tenant: op.Tenant, At: t.now().UTC().Truncate(time.Microsecond),
		ActorID: actor.UserID, ActorName: actor.Username,
		Action: op.Action, Target: auditTarget(op.Target), Outcome: outcomeOK,
	}, nil
}

// Commit makes a change and its entry in the audit trail one transaction. The
// change may still add to the entry, whose Target is recorded up to 200 bytes.
func (t *Trail) Commit(ctx context.Context, entry *AuditEntry, change func(ctx context.Context) error) error {
	return t.store.InTx(ctx, func(ctx context.Context) error {
		if err := change(ctx); err != nil {
			return err
		}
		entry.Target = auditTarget(entry.Target)
		return t.store.AppendAudit(ctx, *entry)
	})
}

// refused records a refusal; an err that is none, nil too, is passed over.
func (t *Trail) refused(ctx context.Context, entry AuditEntry, err error) {
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code == provider.Unavailable || refusal.Code == provider.Internal {
		return
	}
	entry.Target, entry.Outcome, entry.Before, entry.After = auditTarget(entry.Target), refusal.Reason, nil, nil
	if !t.refusals.first(entry) {
		return
	}
	if err := t.store.AppendAudit(ctx, entry); err != nil {
		t.logger.WarnContext(ctx, "refusal not recorded in the audit trail",
			"tenant", entry.Tenant, "op", entry.Action, "code", entry.Outcome, "error", err)
	}
}

// maxTarget is how much of a target is recorded, in bytes.
const maxTarget = 200

func auditTarget(target string) string {
	target = strings.ToValidUTF8(strings.ReplaceAll(target, "\x00", ""), "")
	if len(target) <= maxTarget {
		return target
	}
	return strings.ToValidUTF8(target[:maxTarget], "") + "…"
}

// newID returns an id that sorts by the time of its creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return id.String(), nil
}
