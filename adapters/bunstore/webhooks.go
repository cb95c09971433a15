package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.WebhookStore = (*Store)(nil)

// webhookRow is a row of thirdapp_webhooks.
type webhookRow struct {
	bun.BaseModel `bun:"table:thirdapp_webhooks"`

	TenantID      tenant.ID
	Name          string
	Provider      provider.Kind
	Description   string
	URL           []byte `bun:"url"`
	URLKey        string `bun:"url_key"`
	SignSecret    []byte
	SignSecretKey string
	Keywords      []string `bun:"type:json,nullzero"`
	Enabled       bool
	Version       int
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

func rowOfWebhook(w messaging.Webhook) *webhookRow {
	return &webhookRow{
		TenantID: w.Tenant, Name: w.Name, Provider: w.Provider, Description: w.Description,
		URL: w.URL.Ciphertext, URLKey: w.URL.KeyID,
		SignSecret: w.SignSecret.Ciphertext, SignSecretKey: w.SignSecret.KeyID,
		Keywords: w.Keywords, Enabled: w.Enabled, Version: w.Version,
		CreatedAt: stored(w.CreatedAt), UpdatedAt: stored(w.UpdatedAt),
	}
}

func (r webhookRow) webhook() messaging.Webhook {
	return messaging.Webhook{
		Tenant: r.TenantID, Name: r.Name, Provider: r.Provider, Description: r.Description,
		URL:        tenant.Sealed{KeyID: r.URLKey, Ciphertext: r.URL},
		SignSecret: tenant.Sealed{KeyID: r.SignSecretKey, Ciphertext: nilIfEmpty(r.SignSecret)},
		Keywords:   nilIfEmpty(r.Keywords), Enabled: r.Enabled, Version: r.Version,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func checkWebhook(w messaging.Webhook) error {
	return checkText(append([]string{w.Name, string(w.Provider), w.Description}, w.Keywords...)...)
}

// CreateWebhook implements messaging.WebhookStore.
func (s *Store) CreateWebhook(ctx context.Context, w messaging.Webhook) error {
	err := checkWebhook(w)
	if err == nil {
		var n int64
		n, err = affected(s.idb(ctx).NewInsert().Model(rowOfWebhook(w)).
			On("CONFLICT (tenant_id, name) DO NOTHING").Exec(ctx))
		if err == nil && n == 0 {
			err = tenant.ErrConflict
		}
	}
	if err != nil {
		return fmt.Errorf("bunstore: create webhook: %w", storeError(err))
	}
	return nil
}

// UpdateWebhook implements messaging.WebhookStore.
func (s *Store) UpdateWebhook(ctx context.Context, w messaging.Webhook) error {
	err := checkWebhook(w)
	if err == nil {
		err = s.updateWebhook(ctx, w)
	}
	if err != nil {
		return fmt.Errorf("bunstore: update webhook: %w", err)
	}
	return nil
}

func (s *Store) updateWebhook(ctx context.Context, w messaging.Webhook) error {
	r := rowOfWebhook(w)
	r.Version++
	err := updateOne(ctx,
		s.idb(ctx).NewUpdate().Model(r).ExcludeColumn("tenant_id", "name", "created_at").
			Where("tenant_id = ? AND name = ? AND version = ?", w.Tenant, w.Name, w.Version),
		s.idb(ctx).NewSelect().Model((*webhookRow)(nil)).Where("tenant_id = ? AND name = ?", w.Tenant, w.Name))
	return storeError(err)
}

// DeleteWebhook implements messaging.WebhookStore.
func (s *Store) DeleteWebhook(ctx context.Context, t tenant.ID, name string) error {
	err := checkText(name)
	if err == nil {
		err = deleteOne(ctx, s.idb(ctx).NewDelete().Model((*webhookRow)(nil)).Where("tenant_id = ? AND name = ?", t, name))
	}
	if err != nil {
		return fmt.Errorf("bunstore: delete webhook: %w", err)
	}
	return nil
}

// Webhook implements messaging.WebhookStore.
func (s *Store) Webhook(ctx context.Context, t tenant.ID, name string) (messaging.Webhook, error) {
	var r webhookRow
	err := checkText(name)
	if err == nil {
		err = s.idb(ctx).NewSelect().Model(&r).Where("tenant_id = ? AND name = ?", t, name).Scan(ctx)
	}
	if err != nil {
		return messaging.Webhook{}, fmt.Errorf("bunstore: webhook: %w", storeError(err))
	}
	return r.webhook(), nil
}

// Webhooks implements messaging.WebhookStore.
func (s *Store) Webhooks(
	ctx context.Context, t tenant.ID, p tenant.Page,
) (tenant.List[messaging.Webhook], error) {
	list, err := s.webhooks(ctx, t, p)
	if err != nil {
		return tenant.List[messaging.Webhook]{}, fmt.Errorf("bunstore: webhooks: %w", err)
	}
	return list, nil
}

func (s *Store) webhooks(
	ctx context.Context, t tenant.ID, p tenant.Page,
) (list tenant.List[messaging.Webhook], err error) {
	const name = "webhooks"
	var rows []webhookRow
	order := s.bytewise("name")
	q := s.idb(ctx).NewSelect().Model(&rows).Where("tenant_id = ?", t).
		OrderExpr(order).Limit(int64(p.Size()) + 1)
	if p.Cursor != "" {
		var after string
		if err := decodeCursor(p.Cursor, name, &after); err != nil {
			return list, err
		}
		q = q.Where(order+" > ?", after)
	}
	if err := q.Scan(ctx); err != nil {
		return list, storeError(err)
	}
	webhooks := make([]messaging.Webhook, len(rows))
	for i, r := range rows {
		webhooks[i] = r.webhook()
	}
	return pageOf(webhooks, p.Size(), func(w messaging.Webhook) string { return encodeCursor(name, w.Name) }), nil
}
