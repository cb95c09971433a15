package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/tenant"
)

// The audit trail's names for changes of templates.
const (
	saveTemplateAction   = "template.save"
	deleteTemplateAction = "template.delete"
)

// templateRecord is how a version of a template looks in the audit trail; what
// it says is kept in the version itself.
type templateRecord struct {
	Version   int      `json:"version"`
	Languages []string `json:"languages"`
	Variables int      `json:"variables"`
}

func recordOfTemplate(tpl Template) (json.RawMessage, error) {
	if tpl.Version == 0 {
		return nil, nil
	}
	b, err := json.Marshal(templateRecord{
		Version: tpl.Version, Languages: slices.Sorted(maps.Keys(tpl.Contents)), Variables: len(tpl.Variables),
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return b, nil
}

// recordTemplate belongs to the transaction that makes the change. A Version of
// 0 stands for no template.
func (s *Service) recordTemplate(ctx context.Context, action string, before, after Template) error {
	actor, _ := tenant.ActorFrom(ctx)
	row, err := s.templateRow(after.Tenant, actor, action, after.Name)
	if err != nil {
		return err
	}
	row.Outcome = outcomeOK
	if row.Before, err = recordOfTemplate(before); err != nil {
		return err
	}
	if row.After, err = recordOfTemplate(after); err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, row)
}

func (s *Service) templateRow(t tenant.ID, actor tenant.Actor, action, name string) (tenant.AuditEntry, error) {
	id, err := newID()
	return tenant.AuditEntry{
		ID: id, Tenant: t, At: stamp(s.cfg.Now()), ActorID: actor.UserID, ActorName: actor.Username,
		Action: action, Target: name,
	}, err
}

// mayChangeTemplate asks for the permission. Who may not leaves a row in the
// audit trail, like who may.
func (s *Service) mayChangeTemplate(ctx context.Context, t tenant.ID, action, name string) (tenant.Actor, error) {
	actor, err := tenant.Authorize(ctx, s.authz, t, tenant.ObjectMessage, tenant.ActionWrite)
	if !errors.Is(err, tenant.ErrForbidden) {
		return actor, err
	}
	who, _ := tenant.ActorFrom(ctx)
	row, rowErr := s.templateRow(t, who, action, shortText(name))
	if rowErr == nil {
		row.Outcome = tenant.ErrForbidden.Reason
		rowErr = s.store.AppendAudit(ctx, row)
	}
	if rowErr != nil {
		s.cfg.Logger.WarnContext(ctx, "refusal not recorded in the audit trail", "tenant", t, "op", action, "error", rowErr)
	}
	return actor, err
}
