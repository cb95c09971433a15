package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// outcomeOK is the outcome of what was carried out.
const outcomeOK = "ok"

// broadcastAction is the audit trail's name for a message to everyone.
const broadcastAction = "message.broadcast"

// broadcastRecord is how a message to everyone looks in the audit trail; what
// it says is not repeated there.
type broadcastRecord struct {
	Provider provider.Kind        `json:"provider"`
	AppID    string               `json:"appId"`
	Type     provider.ContentType `json:"type"`
}

// recordBroadcast belongs to the transaction that stores the message.
func (s *Service) recordBroadcast(ctx context.Context, m Message) error {
	after, err := json.Marshal(broadcastRecord{Provider: m.Provider, AppID: m.AppID, Type: m.Content.Type})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return s.auditRow(ctx, tenant.Actor{UserID: m.CreatedBy, Username: m.CreatedByName}, tenant.AuditEntry{
		Tenant: m.Tenant, At: m.CreatedAt, Action: broadcastAction, Target: m.ID, Outcome: outcomeOK, After: after,
	})
}

// audit adds a row to the audit trail. It belongs to the transaction of what it
// is about.
func (s *Service) audit(
	ctx context.Context, t tenant.ID, actor tenant.Actor, action, target, outcome string,
) error {
	return s.auditRow(ctx, actor, tenant.AuditEntry{
		Tenant: t, At: stamp(s.cfg.Now()), Action: action, Target: target, Outcome: outcome,
	})
}

// auditRow adds a row with an id of its own, and the actor.
func (s *Service) auditRow(ctx context.Context, actor tenant.Actor, row tenant.AuditEntry) error {
	row, err := rowOf(actor, row)
	if err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, row)
}

// rowOf returns a row with an id of its own, and the actor.
func rowOf(actor tenant.Actor, row tenant.AuditEntry) (tenant.AuditEntry, error) {
	id, err := newID()
	row.ID, row.ActorID, row.ActorName = id, actor.UserID, actor.Username
	return row, err
}

// outcomeOf is what the audit trail says came of something: the reason of a
// refusal, the code of what the office app answered.
func outcomeOf(err error) string {
	var refusal *tenant.Error
	switch {
	case err == nil:
		return outcomeOK
	case errors.As(err, &refusal):
		return refusal.Reason
	}
	return provider.CodeOf(err).String()
}

// recordRefusedBroadcast notes who tried. The caller has the refusal, whether
// or not it can be noted.
func (s *Service) recordRefusedBroadcast(ctx context.Context, t tenant.ID, actor tenant.Actor, refusal error) {
	row, err := rowOf(actor, tenant.AuditEntry{Tenant: t, At: stamp(s.cfg.Now()), Action: broadcastAction})
	if err == nil {
		s.refusals.Record(ctx, s.store, s.cfg.Logger, row, refusal)
	}
}
