package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/tenant"
)

// auditRow is a row of thirdapp_audit. Ids sort by time.
type auditRow struct {
	bun.BaseModel `bun:"table:thirdapp_audit"`

	TenantID    tenant.ID
	ID          string
	At          time.Time
	ActorID     string
	ActorName   string
	Action      string
	Target      string
	Outcome     string
	BeforeValue json.RawMessage `bun:"type:jsonb,nullzero"`
	AfterValue  json.RawMessage `bun:"type:jsonb,nullzero"`
}

// AppendAudit implements tenant.Store.
func (s *Store) AppendAudit(ctx context.Context, e tenant.AuditEntry) error {
	err := checkText(e.ID, e.ActorID, e.ActorName, e.Action, e.Target, e.Outcome)
	if err == nil {
		_, err = s.idb(ctx).NewInsert().Model(&auditRow{
			TenantID: e.Tenant, ID: e.ID, At: stored(e.At), ActorID: e.ActorID, ActorName: e.ActorName,
			Action: e.Action, Target: e.Target, Outcome: e.Outcome, BeforeValue: e.Before, AfterValue: e.After,
		}).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("bunstore: append audit: %w", storeError(err))
	}
	return nil
}

// Audit implements tenant.Store.
func (s *Store) Audit(
	ctx context.Context, t tenant.ID, f tenant.AuditFilter, p tenant.Page,
) (tenant.List[tenant.AuditEntry], error) {
	list, err := s.audit(ctx, t, f, p)
	if err != nil {
		return tenant.List[tenant.AuditEntry]{}, fmt.Errorf("bunstore: audit: %w", err)
	}
	return list, nil
}

func (s *Store) audit(
	ctx context.Context, t tenant.ID, f tenant.AuditFilter, p tenant.Page,
) (tenant.List[tenant.AuditEntry], error) {
	const name = "audit"
	c := auditConditions(t, f)
	if err := c.check(); err != nil {
		return tenant.List[tenant.AuditEntry]{}, err
	}
	var rows []auditRow
	q := s.idb(ctx).NewSelect().Model(&rows).
		Where(c.text(), c.args...).OrderExpr("id DESC").Limit(int64(p.Size()) + 1)
	if p.Cursor != "" {
		var id string
		if err := decodeCursor(p.Cursor, name, &id); err != nil {
			return tenant.List[tenant.AuditEntry]{}, err
		}
		q = q.Where("id < ?", id)
	}
	if err := q.Scan(ctx); err != nil {
		return tenant.List[tenant.AuditEntry]{}, storeError(err)
	}
	entries := make([]tenant.AuditEntry, len(rows))
	for i, r := range rows {
		entries[i] = tenant.AuditEntry{
			ID: r.ID, Tenant: r.TenantID, At: r.At.UTC(), ActorID: r.ActorID, ActorName: r.ActorName,
			Action: r.Action, Target: r.Target, Outcome: r.Outcome, Before: r.BeforeValue, After: r.AfterValue,
		}
	}
	return pageOf(entries, p.Size(), func(e tenant.AuditEntry) string { return encodeCursor(name, e.ID) }), nil
}

// auditConditions returns what a filter asks for.
func auditConditions(t tenant.ID, f tenant.AuditFilter) *conditions {
	c := new(conditions).and("tenant_id = ?", t)
	c.equal("actor_name", f.Actor)
	c.equal("action", f.Action)
	if !f.Since.IsZero() {
		c.and("at >= ?", storedUp(f.Since))
	}
	if !f.Before.IsZero() {
		c.and("at < ?", storedUp(f.Before))
	}
	return c
}
