package tenant

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
)

// Audit returns what a filter asks for of the tenant's audit trail, newest
// first. It needs ActionRead on ObjectAudit.
func (s *Service) Audit(ctx context.Context, t ID, f AuditFilter, p Page) (List[AuditEntry], error) {
	if _, err := Authorize(ctx, s.authz, t, ObjectAudit, ActionRead); err != nil {
		return List[AuditEntry]{}, fmt.Errorf("tenant: audit: %w", err)
	}
	list, err := s.store.Audit(ctx, t, f, p)
	if err != nil {
		return List[AuditEntry]{}, fmt.Errorf("tenant: audit: %w", err)
	}
	return list, nil
}

// administer guards and records an operation.
func (s *Service) administer(
	ctx context.Context, op Operation, change func(ctx context.Context, row *AuditEntry) error,
) error {
	if err := s.trail.Do(ctx, op, change); err != nil {
		return fmt.Errorf("tenant: %s: %w", op.Action, err)
	}
	return nil
}

// appRecord is how an app looks in the audit trail: of the secrets it tells
// that they are there and whether the change replaced them.
type appRecord struct {
	Provider provider.Kind     `json:"provider"`
	Enabled  bool              `json:"enabled"`
	Version  int64             `json:"version"`
	Settings map[string]string `json:"settings"`
	Secrets  map[string]string `json:"secrets,omitempty"`
}

// What appRecord says of a secret.
const (
	secretChanged   = "changed"
	secretUnchanged = "unchanged"
)

// recordOf returns the audit form of an app. The names in changed are those of
// the secrets that the operation set or took away.
func recordOf(a App, changed map[string]bool) json.RawMessage {
	r := appRecord{
		Provider: a.Provider, Enabled: a.Enabled, Version: a.Version, Settings: a.Values,
		Secrets: make(map[string]string, len(a.Secrets)),
	}
	for name := range a.Secrets {
		r.Secrets[name] = secretUnchanged
	}
	for name := range changed {
		r.Secrets[name] = secretChanged
	}
	return mustJSON(r)
}

// allSecrets returns the names of an app's secrets.
func allSecrets(a App) map[string]bool {
	names := make(map[string]bool, len(a.Secrets))
	for name := range a.Secrets {
		names[name] = true
	}
	return names
}

// mustJSON encodes records made of strings, numbers and booleans.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // no such value has an encoding that fails
	}
	return b
}
