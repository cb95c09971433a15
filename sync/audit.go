package sync

import (
	"context"
	"encoding/json"
	"fmt"

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

// auditRecord is how a run looks in the audit trail.
type auditRecord struct {
	Provider  provider.Kind `json:"provider"`
	Direction Direction     `json:"direction"`
	Mode      Mode          `json:"mode"`
	DryRun    bool          `json:"dryRun"`
	Undoes    string        `json:"undoes,omitempty"`
}

// record writes a row about what somebody did to a run. It belongs to the
// transaction of what they did.
func (s *Service) record(ctx context.Context, actor tenant.Actor, action string, run Run) error {
	row, err := s.trail.Entry(actor, tenant.Operation{Tenant: run.Tenant, Action: action, Target: run.ID})
	if err == nil {
		row.After, err = json.Marshal(auditRecord{run.Provider, run.Direction, run.Mode, run.DryRun, run.Undoes})
	}
	if err == nil {
		err = s.store.AppendAudit(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("sync: audit: %w", err)
	}
	return nil
}
