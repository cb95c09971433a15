package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// AppSecretTenants implements tenant.Store.
func (s *Store) AppSecretTenants(ctx context.Context, key string, after tenant.ID, limit int) ([]tenant.ID, error) {
	return s.sealedTenants(ctx, "thirdapp_app_secrets", "key_id <> ?0", key, after, limit)
}

// WebhookSecretTenants implements messaging.WebhookStore.
func (s *Store) WebhookSecretTenants(ctx context.Context, key string, after tenant.ID, limit int) ([]tenant.ID, error) {
	return s.sealedTenants(ctx, "thirdapp_webhooks",
		"(url_key <> ?0 OR sign_secret_key NOT IN ('', ?0))", key, after, limit)
}

// SigningSecretTenants implements events.Store.
func (s *Store) SigningSecretTenants(ctx context.Context, key string, after tenant.ID, limit int) ([]tenant.ID, error) {
	return s.sealedTenants(ctx, "thirdapp_subscriptions", "(key_id <> ?0 OR previous_key_id <> ?0)", key, after, limit)
}

// sealedTenants returns tenants that have rows in a table under another key
// than the given one, which is the argument 0 of the condition.
func (s *Store) sealedTenants(
	ctx context.Context, table, otherKey, key string, after tenant.ID, limit int,
) ([]tenant.ID, error) {
	var list []tenant.ID
	id := s.bytewise("tenant_id")
	err := s.idb(ctx).NewRaw("SELECT tenant_id FROM "+table+" WHERE "+otherKey+" AND "+id+" > ?1"+
		" GROUP BY tenant_id ORDER BY "+id+" LIMIT ?2", key, after, limit).Scan(ctx, &list)
	if err != nil {
		return nil, fmt.Errorf("bunstore: tenants of secrets: %w", storeError(err))
	}
	return list, nil
}

// ReplaceAppSecret implements tenant.Store.
func (s *Store) ReplaceAppSecret(ctx context.Context, t tenant.ID, appID, name string, old, next tenant.Sealed) error {
	row := secretRow{TenantID: t, AppID: appID, Name: name, KeyID: next.KeyID, Ciphertext: next.Ciphertext}
	err := replaced(s.idb(ctx).NewUpdate().Model(&row).Column("key_id", "ciphertext").
		Where("tenant_id = ? AND app_id = ? AND name = ?", t, appID, name).
		Where("key_id = ? AND ciphertext = ?", old.KeyID, old.Ciphertext).Exec(ctx))
	if err != nil {
		return fmt.Errorf("bunstore: replace secret of an app: %w", err)
	}
	return nil
}

// ReplaceWebhookSecrets implements messaging.WebhookStore.
func (s *Store) ReplaceWebhookSecrets(ctx context.Context, old, next messaging.Webhook) error {
	was := rowOfWebhook(old)
	err := replaced(s.idb(ctx).NewUpdate().Model(rowOfWebhook(next)).
		Column("url", "url_key", "sign_secret", "sign_secret_key").
		Where("tenant_id = ? AND name = ?", old.Tenant, old.Name).
		Where("url_key = ? AND url = ?", was.URLKey, was.URL).
		Where("sign_secret_key = ? AND coalesce(sign_secret, ?) = ?", was.SignSecretKey, []byte{}, notNil(was.SignSecret)).
		Exec(ctx))
	if err != nil {
		return fmt.Errorf("bunstore: replace secrets of a webhook: %w", err)
	}
	return nil
}

// ReplaceSigningSecrets implements events.Store.
func (s *Store) ReplaceSigningSecrets(ctx context.Context, t tenant.ID, id string, old, next events.Secrets) error {
	row := rowOfSubscription(events.Stored{Secrets: next})
	err := replaced(s.idb(ctx).NewUpdate().Model(row).
		Column("key_id", "ciphertext", "previous_key_id", "previous_ciphertext").
		Where("tenant_id = ? AND id = ?", t, id).
		Where("key_id = ? AND ciphertext = ?", old.Current.KeyID, old.Current.Ciphertext).
		Where("coalesce(previous_key_id, '') = ?", old.Previous.KeyID).
		Where("coalesce(previous_ciphertext, ?) = ?", []byte{}, notNil(old.Previous.Ciphertext)).
		Exec(ctx))
	if err != nil {
		return fmt.Errorf("bunstore: replace secrets of a subscription: %w", err)
	}
	return nil
}

// replaced says that a row was not as the update expected it.
func replaced(res sql.Result, err error) error {
	n, err := affected(res, err)
	if err == nil && n == 0 {
		err = tenant.ErrConflict
	}
	return storeError(err)
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
