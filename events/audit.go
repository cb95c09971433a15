package events

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/thirdapp/thirdapp/tenant"
)

// operation is a change of a subscription.
func operation(t tenant.ID, action, subscription string) tenant.Operation {
	return tenant.Operation{
		Tenant: t, Need: tenant.Permission{Object: tenant.ObjectEvent, Action: tenant.ActionWrite},
		Action: action, Target: subscription,
	}
}

// administer guards and records an operation.
func (s *Service) administer(
	ctx context.Context, op tenant.Operation, change func(ctx context.Context, row *tenant.AuditEntry) error,
) error {
	if err := s.trail.Do(ctx, op, change); err != nil {
		return fmt.Errorf("events: %s: %w", op.Action, err)
	}
	return nil
}

// commit makes a change and its row in the audit trail one transaction, and
// forgets what was remembered of the tenant.
func (s *Service) commit(
	ctx context.Context, row *tenant.AuditEntry, write func(ctx context.Context) error,
) error {
	err := s.trail.Commit(ctx, row, write)
	s.cache.forget(row.Tenant)
	return err
}

// What record says of the signing secret.
const (
	secretChanged   = "changed"
	secretUnchanged = "unchanged"
)

// record is how a subscription looks in the audit trail.
type record struct {
	URL         string   `json:"url"`
	Types       []string `json:"types"`
	Enabled     bool     `json:"enabled"`
	Description string   `json:"description"`
	Version     int64    `json:"version"`
	Secret      string   `json:"secret"`
	// Reason and Status are why it was disabled, or how its test ended.
	Reason Reason `json:"reason,omitempty"`
	Status int    `json:"status,omitempty"`
}

func recordOf(sub Subscription, secret string) record {
	return record{
		URL: sub.URL, Types: sub.Types, Enabled: sub.Enabled, Description: sub.Description,
		Version: sub.Version, Secret: secret,
	}
}

func (r record) json() json.RawMessage {
	b, err := json.Marshal(r) //nolint:gosec // of the secret it says "changed" or "unchanged"
	if err != nil {
		panic(err) // texts, numbers and booleans
	}
	return b
}
