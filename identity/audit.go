package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// outcomeOK is the outcome of an operation that was carried out; a refused one
// has the reason of its error.
const outcomeOK = "ok"

// operation is a change that leaves a row in the audit trail.
type operation struct {
	tenant tenant.ID
	// need is what the actor must be allowed; zero for what is about themselves.
	need tenant.Permission
	// name and target are the row's Action and Target.
	name, target string
}

// loginActor is who binds people at their login.
func loginActor() tenant.Actor { return tenant.Actor{UserID: "system:login", Username: "login"} }

// administer guards and records an operation. The function makes the change,
// and stores the row it was given in the same transaction.
func (s *Service) administer(
	ctx context.Context, op operation, change func(ctx context.Context, actor tenant.Actor, row tenant.AuditEntry) error,
) error {
	actor, ok := tenant.ActorFrom(ctx)
	if !ok {
		return fmt.Errorf("identity: %s: %w", op.name, tenant.ErrNoActor)
	}
	row, err := s.auditRow(actor, op)
	if err == nil && op.need != (tenant.Permission{}) {
		_, err = tenant.Authorize(ctx, s.authz, op.tenant, op.need.Object, op.need.Action)
	}
	if err == nil {
		err = change(ctx, actor, row)
	}
	if err != nil {
		s.refusals.Record(ctx, s.store, s.cfg.Logger, row, err)
		return fmt.Errorf("identity: %s: %w", op.name, err)
	}
	return nil
}

func (s *Service) auditRow(actor tenant.Actor, op operation) (tenant.AuditEntry, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return tenant.AuditEntry{}, fmt.Errorf("new id: %w", err)
	}
	return tenant.AuditEntry{
		ID: id.String(), Tenant: op.tenant, At: stamp(s.cfg.Now()), ActorID: actor.UserID, ActorName: actor.Username,
		Action: op.name, Target: shorten(op.target), Outcome: outcomeOK,
	}, nil
}

// maxTarget is how much of a target is recorded, in bytes.
const maxTarget = 200

func shorten(target string) string {
	if len(target) <= maxTarget {
		return target
	}
	return strings.ToValidUTF8(target[:maxTarget], "") + "…"
}

// stamp returns t as it can be stored.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// bindingRecord is how a binding looks in the audit trail.
type bindingRecord struct {
	Provider       provider.Kind   `json:"provider"`
	OrgID          string          `json:"orgId"`
	ProviderUserID provider.UserID `json:"providerUserId"`
	UserID         string          `json:"userId"`
	Source         Source          `json:"source"`
}

func recordOf(b Binding) json.RawMessage {
	return mustJSON(bindingRecord{b.Provider, b.OrgID, b.ProviderUserID, b.UserID, b.Source})
}

// mustJSON encodes records made of strings.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // no such value has an encoding that fails
	}
	return b
}
