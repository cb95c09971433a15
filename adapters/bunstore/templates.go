package bunstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.TemplateStore = (*Store)(nil)

// templateRow is a row of thirdapp_template_versions.
type templateRow struct {
	bun.BaseModel `bun:"table:thirdapp_template_versions,alias:v"`

	TenantID      tenant.ID
	Name          string
	Version       int
	Description   string
	Contents      map[string]provider.Content `bun:"type:json"`
	Variables     []messaging.Variable        `bun:"type:json,nullzero"`
	CreatedBy     string
	CreatedByName string
	CreatedAt     time.Time
}

func (r templateRow) template() messaging.Template {
	return messaging.Template{
		Tenant: r.TenantID, Name: r.Name, Version: r.Version, Description: r.Description,
		Contents: r.Contents, Variables: nilIfEmpty(r.Variables),
		CreatedBy: r.CreatedBy, CreatedByName: r.CreatedByName, CreatedAt: r.CreatedAt.UTC(),
	}
}

// LockTemplates implements messaging.TemplateStore. On SQLite a transaction is
// the only one that writes.
func (s *Store) LockTemplates(ctx context.Context, t tenant.ID) error {
	if !s.postgres() {
		return nil
	}
	_, err := s.idb(ctx).ExecContext(ctx,
		"SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", "thirdapp_templates "+string(t))
	if err != nil {
		return fmt.Errorf("bunstore: lock templates: %w", storeError(err))
	}
	return nil
}

// CountTemplates implements messaging.TemplateStore.
func (s *Store) CountTemplates(ctx context.Context, t tenant.ID) (int, error) {
	var n int
	err := s.idb(ctx).NewRaw(`
		SELECT COUNT(*) FROM thirdapp_templates AS h
		JOIN thirdapp_template_versions AS v USING (tenant_id, name, version)
		WHERE h.tenant_id = ?`, t).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("bunstore: count templates: %w", storeError(err))
	}
	return n, nil
}

// AddTemplateVersion implements messaging.TemplateStore.
func (s *Store) AddTemplateVersion(ctx context.Context, tpl messaging.Template, keep int) (version int, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		version, err = s.addTemplateVersion(ctx, tpl, keep)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("bunstore: add template version: %w", err)
	}
	return version, nil
}

func (s *Store) addTemplateVersion(ctx context.Context, tpl messaging.Template, keep int) (version int, err error) {
	if err := checkText(tpl.Name, tpl.Description, tpl.CreatedBy, tpl.CreatedByName); err != nil {
		return 0, err
	}
	err = s.idb(ctx).NewRaw(`
		INSERT INTO thirdapp_templates AS h (tenant_id, name, version) VALUES (?, ?, 1)
		ON CONFLICT (tenant_id, name) DO UPDATE SET version = h.version + 1
		RETURNING version`, tpl.Tenant, tpl.Name).Scan(ctx, &version)
	if err != nil {
		return 0, storeError(err)
	}
	_, err = s.idb(ctx).NewInsert().Model(&templateRow{
		TenantID: tpl.Tenant, Name: tpl.Name, Version: version, Description: tpl.Description,
		Contents: tpl.Contents, Variables: tpl.Variables,
		CreatedBy: tpl.CreatedBy, CreatedByName: tpl.CreatedByName, CreatedAt: stored(tpl.CreatedAt),
	}).Exec(ctx)
	if err != nil {
		return 0, storeError(err)
	}
	_, err = s.idb(ctx).NewDelete().Model((*templateRow)(nil)).
		Where("tenant_id = ? AND name = ? AND version <= ?", tpl.Tenant, tpl.Name, version-keep).Exec(ctx)
	return version, storeError(err)
}

// Template implements messaging.TemplateStore.
func (s *Store) Template(ctx context.Context, t tenant.ID, name string, version int) (messaging.Template, error) {
	var row templateRow
	err := checkText(name)
	if err == nil {
		q := s.idb(ctx).NewSelect().Model(&row).Where("tenant_id = ? AND name = ?", t, name).
			OrderExpr("version DESC").Limit(1)
		if version != 0 {
			q = q.Where("version = ?", version)
		}
		err = storeError(q.Scan(ctx))
	}
	if err != nil {
		return messaging.Template{}, fmt.Errorf("bunstore: template: %w", err)
	}
	return row.template(), nil
}

// Templates implements messaging.TemplateStore.
func (s *Store) Templates(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[messaging.Template], error) {
	const name = "templates"
	order := s.bytewise("v.name")
	var rows []templateRow
	q := s.idb(ctx).NewSelect().Model(&rows).
		Join("JOIN thirdapp_templates AS h ON h.tenant_id = v.tenant_id AND h.name = v.name AND h.version = v.version").
		Where("v.tenant_id = ?", t).OrderExpr(order)
	var after string
	if p.Cursor != "" {
		if err := decodeCursor(p.Cursor, name, &after); err != nil {
			return tenant.List[messaging.Template]{}, fmt.Errorf("bunstore: templates: %w", err)
		}
		q = q.Where(order+" > ?", after)
	}
	list, err := templatesOf(ctx, q, &rows, p, func(tpl messaging.Template) string {
		return encodeCursor(name, tpl.Name)
	})
	if err != nil {
		return tenant.List[messaging.Template]{}, fmt.Errorf("bunstore: templates: %w", err)
	}
	return list, nil
}

// TemplateVersions implements messaging.TemplateStore.
func (s *Store) TemplateVersions(
	ctx context.Context, t tenant.ID, name string, p tenant.Page,
) (tenant.List[messaging.Template], error) {
	list, err := s.templateVersions(ctx, t, name, p)
	if err != nil {
		return tenant.List[messaging.Template]{}, fmt.Errorf("bunstore: template versions: %w", err)
	}
	return list, nil
}

func (s *Store) templateVersions(
	ctx context.Context, t tenant.ID, name string, p tenant.Page,
) (list tenant.List[messaging.Template], err error) {
	const cursorName = "template versions"
	if err := checkText(name); err != nil {
		return list, err
	}
	var rows []templateRow
	q := s.idb(ctx).NewSelect().Model(&rows).
		Where("tenant_id = ? AND name = ?", t, name).OrderExpr("version DESC")
	if p.Cursor != "" {
		var key string
		if err := decodeCursor(p.Cursor, cursorName, &key); err != nil {
			return list, err
		}
		before, err := strconv.Atoi(key)
		if err != nil {
			return list, errCursor()
		}
		q = q.Where("version < ?", before)
	}
	return templatesOf(ctx, q, &rows, p, func(tpl messaging.Template) string {
		return encodeCursor(cursorName, strconv.Itoa(tpl.Version))
	})
}

// templatesOf reads a page of what a query has been made for.
func templatesOf(
	ctx context.Context, q *bun.SelectQuery, rows *[]templateRow, p tenant.Page, cursor func(messaging.Template) string,
) (tenant.List[messaging.Template], error) {
	if err := q.Limit(int64(p.Size()) + 1).Scan(ctx); err != nil {
		return tenant.List[messaging.Template]{}, storeError(err)
	}
	templates := make([]messaging.Template, len(*rows))
	for i, r := range *rows {
		templates[i] = r.template()
	}
	return pageOf(templates, p.Size(), cursor), nil
}

// DeleteTemplate implements messaging.TemplateStore.
func (s *Store) DeleteTemplate(ctx context.Context, t tenant.ID, name string) error {
	err := checkText(name)
	if err == nil {
		err = deleteOne(ctx, s.idb(ctx).NewDelete().Model((*templateRow)(nil)).Where("tenant_id = ? AND name = ?", t, name))
	}
	if err != nil {
		return fmt.Errorf("bunstore: delete template: %w", err)
	}
	return nil
}
