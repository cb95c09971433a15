package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// broadcastRecord is how a message to everyone looks in the audit trail; what
// it says is not repeated there.
type broadcastRecord struct {
	Provider provider.Kind        `json:"provider"`
	AppID    string               `json:"appId"`
	Type     provider.ContentType `json:"type"`
}

// recordBroadcast belongs to the transaction that stores the message.
func (s *Service) recordBroadcast(ctx context.Context, m Message) error {
	op := broadcast(m.Tenant)
	op.Target = m.ID
	row, err := s.trail.Entry(tenant.Actor{UserID: m.CreatedBy, Username: m.CreatedByName}, op)
	if err != nil {
		return err
	}
	if row.After, err = record(broadcastRecord{Provider: m.Provider, AppID: m.AppID, Type: m.Content.Type}); err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, row)
}

// broadcast is the operation of sending to everyone.
func broadcast(t tenant.ID) tenant.Operation {
	return tenant.Operation{
		Tenant: t, Need: tenant.Permission{Object: tenant.ObjectBroadcast, Action: tenant.ActionSend},
		Action: "message.broadcast",
	}
}

// record returns the audit trail's form of something.
func record(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return b, nil
}

// outcomeOf is what the audit trail says of what failed: the reason of a refusal,
// the code of what the office app answered.
func outcomeOf(err error) string {
	var refusal *tenant.Error
	if errors.As(err, &refusal) {
		return refusal.Reason
	}
	return provider.CodeOf(err).String()
}
