package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The actions of rows in the audit trail.
const (
	auditStart   = "sync.start"
	auditCancel  = "sync.cancel"
	auditApprove = "sync.approve"
	auditDiscard = "sync.discard"
)

// outcomeOK is the outcome of an operation that was carried out; a refused one
// has the reason of its error.
const outcomeOK = "ok"

// auditRecord is how a run looks in the audit trail.
type auditRecord struct {
	Provider  provider.Kind `json:"provider"`
	Direction Direction     `json:"direction"`
	Mode      Mode          `json:"mode"`
	DryRun    bool          `json:"dryRun"`
}

// record writes a row about what somebody did to a run.
func (s *Service) record(ctx context.Context, actor tenant.Actor, action string, run Run) error {
	after, err := json.Marshal(auditRecord{run.Provider, run.Direction, run.Mode, run.DryRun})
	if err != nil {
		return fmt.Errorf("sync: audit: %w", err)
	}
	return s.appendAudit(ctx, actor, action, run, outcomeOK, after)
}

// recordRefusal leaves a row about an operation that was refused. Faults are
// not refusals. The operation has its error already, and keeps it.
func (s *Service) recordRefusal(ctx context.Context, action string, run Run, err error) {
	actor, ok := tenant.ActorFrom(ctx)
	var refusal *tenant.Error
	if !ok || !errors.As(err, &refusal) || refusal.Code == provider.Unavailable || refusal.Code == provider.Internal {
		return
	}
	if err := s.appendAudit(ctx, actor, action, run, refusal.Reason, nil); err != nil {
		s.cfg.Logger.WarnContext(ctx, "refusal not recorded in the audit trail",
			"tenant", run.Tenant, "op", action, "code", refusal.Reason, "error", err)
	}
}

func (s *Service) appendAudit(
	ctx context.Context, actor tenant.Actor, action string, run Run, outcome string, after json.RawMessage,
) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("sync: audit: %w", err)
	}
	err = s.audit.AppendAudit(ctx, tenant.AuditEntry{
		ID: id.String(), Tenant: run.Tenant, At: s.now(), ActorID: actor.UserID, ActorName: actor.Username,
		Action: action, Target: run.ID, Outcome: outcome, After: after,
	})
	if err != nil {
		return fmt.Errorf("sync: audit: %w", err)
	}
	return nil
}
