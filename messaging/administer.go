package messaging

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/tenant"
)

// change is an administrative operation that leaves a row in the audit trail.
type change struct {
	tenant tenant.ID
	// need is what the actor must be allowed.
	need tenant.Permission
	// action and target are the row's.
	action, target string
}

// administer guards and records a change. The function makes it by calling
// commit with the row it was given, completed by what it changes.
func (s *Service) administer(
	ctx context.Context, c change, do func(ctx context.Context, row *tenant.AuditEntry) error,
) error {
	actor, ok := tenant.ActorFrom(ctx)
	if !ok {
		return tenant.ErrNoActor
	}
	id, err := newID()
	if err != nil {
		return err
	}
	row := tenant.AuditEntry{
		ID: id, Tenant: c.tenant, At: stamp(s.cfg.Now()), ActorID: actor.UserID, ActorName: actor.Username,
		Action: c.action, Target: shortTarget(c.target), Outcome: outcomeOK,
	}
	_, err = tenant.Authorize(ctx, s.authz, c.tenant, c.need.Object, c.need.Action)
	if err == nil {
		err = do(ctx, &row)
	}
	if err != nil {
		s.refusals.Record(ctx, s.store, s.cfg.Logger, row, err)
	}
	return err
}

// commit makes a change and its row in the audit trail one transaction.
func (s *Service) commit(
	ctx context.Context, row *tenant.AuditEntry, write func(ctx context.Context) error,
) error {
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if err := write(ctx); err != nil {
			return err
		}
		return s.store.AppendAudit(ctx, *row)
	})
}

// maxTarget is how much of a target is recorded, in bytes: what somebody claims
// to act on may be of any length.
const maxTarget = 200

func shortTarget(target string) string {
	target = strings.ToValidUTF8(strings.ReplaceAll(target, "\x00", ""), "")
	if len(target) <= maxTarget {
		return target
	}
	return strings.ToValidUTF8(target[:maxTarget], "") + "…"
}

// record returns the audit trail's form of something.
func record(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return b, nil
}
