package messaging

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/tenant"
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
	return record(templateRecord{
		Version: tpl.Version, Languages: slices.Sorted(maps.Keys(tpl.Contents)), Variables: len(tpl.Variables),
	})
}

// recordTemplate belongs to the transaction that makes the change. A Version of
// 0 stands for no template.
func (s *Service) recordTemplate(ctx context.Context, row *tenant.AuditEntry, before, after Template) (err error) {
	if row.Before, err = recordOfTemplate(before); err != nil {
		return err
	}
	if row.After, err = recordOfTemplate(after); err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, *row)
}

func templateChange(t tenant.ID, action, name string) tenant.Operation {
	return tenant.Operation{
		Tenant: t, Action: action, Target: name,
		Need: tenant.Permission{Object: tenant.ObjectMessage, Action: tenant.ActionWrite},
	}
}
