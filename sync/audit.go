package sync

import (
	"context"
	"encoding/json"
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
	Undoes    string        `json:"undoes,omitempty"`
}

// record writes a row about what somebody did to a run.
func (s *Service) record(ctx context.Context, actor tenant.Actor, action string, run Run) error {
	row, err := s.auditRow(actor, run.Tenant, action, run.ID)
	if err != nil {
		return err
	}
	row.After, err = json.Marshal(auditRecord{run.Provider, run.Direction, run.Mode, run.DryRun, run.Undoes})
	if err == nil {
		err = s.audit.AppendAudit(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("sync: audit: %w", err)
	}
	return nil
}

// recordRefusal leaves a row about an operation that was refused. Faults are
// not refusals. The operation has its error already, and keeps it.
func (s *Service) recordRefusal(ctx context.Context, action string, run Run, err error) {
	if actor, ok := tenant.ActorFrom(ctx); ok {
		if row, rowErr := s.auditRow(actor, run.Tenant, action, run.ID); rowErr == nil {
			s.refuseRow(ctx, row, err)
		}
	}
}

// auditRow begins a row about what somebody does to the target.
func (s *Service) auditRow(actor tenant.Actor, t tenant.ID, action, target string) (tenant.AuditEntry, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return tenant.AuditEntry{}, fmt.Errorf("sync: audit: %w", err)
	}
	return tenant.AuditEntry{
		ID: id.String(), Tenant: t, At: s.now(), ActorID: actor.UserID, ActorName: actor.Username,
		Action: action, Target: target, Outcome: outcomeOK,
	}, nil
}

// refuseRow leaves a row, begun by auditRow, about an operation that was
// refused with err.
func (s *Service) refuseRow(ctx context.Context, row tenant.AuditEntry, err error) {
	s.refusals.Record(ctx, s.audit, s.cfg.Logger, row, err)
}
