package events

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/tenant"
)

// outcomeOK is the outcome of an operation that was carried out; a refused one
// has the reason of its error.
const outcomeOK = "ok"

// operation is a change of a subscription that leaves a row in the audit trail.
type operation struct {
	tenant       tenant.ID
	name, target string
}

// administer guards and records an operation. The function makes the change by
// calling commit with the row it was given, completed by what it changed.
func (s *Service) administer(
	ctx context.Context, op operation, change func(ctx context.Context, row *tenant.AuditEntry) error,
) error {
	row, err := s.auditRow(ctx, op)
	if err != nil {
		return fmt.Errorf("events: %s: %w", op.name, err)
	}
	_, err = tenant.Authorize(ctx, s.authz, op.tenant, tenant.ObjectEvent, tenant.ActionWrite)
	if err == nil {
		err = change(ctx, &row)
	}
	if err != nil {
		s.refusals.Record(ctx, s.store, s.cfg.Logger, row, err)
		return fmt.Errorf("events: %s: %w", op.name, err)
	}
	return nil
}

func (s *Service) auditRow(ctx context.Context, op operation) (tenant.AuditEntry, error) {
	actor, ok := tenant.ActorFrom(ctx)
	if !ok {
		return tenant.AuditEntry{}, tenant.ErrNoActor
	}
	id, err := uuid.NewV7()
	if err != nil {
		return tenant.AuditEntry{}, fmt.Errorf("new id: %w", err)
	}
	return tenant.AuditEntry{
		ID: id.String(), Tenant: op.tenant, At: stamp(s.cfg.Now()), ActorID: actor.UserID, ActorName: actor.Username,
		Action: op.name, Target: shorten(op.target), Outcome: outcomeOK,
	}, nil
}

// maxTarget is how much of a target is recorded, in bytes: what somebody claims
// to act on may be of any length.
const maxTarget = 200

func shorten(target string) string {
	if len(target) <= maxTarget {
		return target
	}
	return strings.ToValidUTF8(target[:maxTarget], "") + "…"
}

// commit makes a change and its row in the audit trail one transaction, and
// forgets what was remembered of the tenant.
func (s *Service) commit(
	ctx context.Context, row *tenant.AuditEntry, write func(ctx context.Context) error,
) error {
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		if err := write(ctx); err != nil {
			return err
		}
		return s.store.AppendAudit(ctx, *row)
	})
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
