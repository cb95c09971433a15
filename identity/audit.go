package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// loginActor is who binds people at their login.
func loginActor() tenant.Actor { return tenant.Actor{UserID: "system:login", Username: "login"} }

// administer guards and records an operation.
func (s *Service) administer(
	ctx context.Context, op tenant.Operation, change func(ctx context.Context, row *tenant.AuditEntry) error,
) error {
	if err := s.trail.Do(ctx, op, change); err != nil {
		return fmt.Errorf("identity: %s: %w", op.Action, err)
	}
	return nil
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
