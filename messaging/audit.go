package messaging

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

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
	id, err := newID()
	if err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, tenant.AuditEntry{
		ID: id, Tenant: m.Tenant, At: m.CreatedAt, ActorID: m.CreatedBy, ActorName: m.CreatedByName,
		Action: broadcastAction, Target: m.ID, Outcome: "ok", After: after,
	})
}

// recordRefusedBroadcast notes who tried. The caller has the refusal, whether
// or not it can be noted.
func (s *Service) recordRefusedBroadcast(ctx context.Context, t tenant.ID, actor tenant.Actor) {
	id, err := newID()
	if err == nil {
		err = s.store.AppendAudit(ctx, tenant.AuditEntry{
			ID: id, Tenant: t, At: stamp(s.cfg.Now()), ActorID: actor.UserID, ActorName: actor.Username,
			Action: broadcastAction, Outcome: tenant.ErrForbidden.Reason,
		})
	}
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "refusal not recorded in the audit trail",
			"tenant", t, "op", broadcastAction, "error", err)
	}
}
