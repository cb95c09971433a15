package messaging

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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
	return s.auditAt(ctx, m.CreatedAt, m.Tenant, tenant.Actor{UserID: m.CreatedBy, Username: m.CreatedByName}, broadcastAction, m.ID, after)
}

// audit adds a row to the audit trail. It belongs to the transaction of what it
// is about.
func (s *Service) audit(
	ctx context.Context, t tenant.ID, actor tenant.Actor, action, target string, after json.RawMessage,
) error {
	return s.auditAt(ctx, stamp(s.cfg.Now()), t, actor, action, target, after)
}

func (s *Service) auditAt(
	ctx context.Context, at time.Time, t tenant.ID, actor tenant.Actor, action, target string, after json.RawMessage,
) error {
	id, err := newID()
	if err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, tenant.AuditEntry{
		ID: id, Tenant: t, At: at, ActorID: actor.UserID, ActorName: actor.Username,
		Action: action, Target: target, Outcome: "ok", After: after,
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
