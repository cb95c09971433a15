package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
)

// The outcome of an administrative operation that was carried out; a refused
// one has the reason of its Error.
const outcomeOK = "ok"

// Audit returns the tenant's audit trail, newest first. It needs ActionRead on
// ObjectAudit.
func (s *Service) Audit(ctx context.Context, t ID, p Page) (List[AuditEntry], error) {
	if _, err := Authorize(ctx, s.authz, t, ObjectAudit, ActionRead); err != nil {
		return List[AuditEntry]{}, fmt.Errorf("tenant: audit: %w", err)
	}
	list, err := s.store.Audit(ctx, t, p)
	if err != nil {
		return List[AuditEntry]{}, fmt.Errorf("tenant: audit: %w", err)
	}
	return list, nil
}

// operation is an administrative change that leaves a row in the audit trail.
type operation struct {
	tenant ID
	// need is what the actor must be allowed.
	need Permission
	// name and target are the row's Action and Target.
	name, target string
}

// administer guards and records an operation. The function makes the change by
// calling commit with the row it was given, completed by what it changed.
func (s *Service) administer(
	ctx context.Context, op operation, change func(ctx context.Context, row *AuditEntry) error,
) error {
	row, err := s.auditRow(ctx, op)
	if err != nil {
		return fmt.Errorf("tenant: %s: %w", op.name, err)
	}
	_, err = Authorize(ctx, s.authz, op.tenant, op.need.Object, op.need.Action)
	if err == nil {
		err = change(ctx, &row)
	}
	if err != nil {
		s.refusals.Record(ctx, s.store, s.cfg.Logger, row, err)
		return fmt.Errorf("tenant: %s: %w", op.name, err)
	}
	return nil
}

func (s *Service) auditRow(ctx context.Context, op operation) (AuditEntry, error) {
	actor, ok := ActorFrom(ctx)
	if !ok {
		return AuditEntry{}, ErrNoActor
	}
	id, err := newID()
	if err != nil {
		return AuditEntry{}, err
	}
	return AuditEntry{
		ID: id, Tenant: op.tenant, At: s.cfg.Now(), ActorID: actor.UserID, ActorName: actor.Username,
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

// commit makes a change and its row in the audit trail one transaction.
func (s *Service) commit(ctx context.Context, row *AuditEntry, write func(ctx context.Context) error) error {
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if err := write(ctx); err != nil {
			return err
		}
		return s.store.AppendAudit(ctx, *row)
	})
}

// newID returns an id that sorts by the time of its creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return id.String(), nil
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
