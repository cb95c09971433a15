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

var _ messaging.MediaStore = (*Store)(nil)

// mediaRow is a row of thirdapp_media.
type mediaRow struct {
	bun.BaseModel `bun:"table:thirdapp_media"`

	TenantID   tenant.ID
	AppID      string
	Kind       provider.MediaKind
	Hash       string
	Provider   provider.Kind
	Name       string
	Size       int64
	MediaID    string
	ExpiresAt  time.Time `bun:",nullzero"`
	UploadedAt time.Time
	// AppIdentity is "" for what was uploaded before it was kept.
	AppIdentity string
}

// Media implements messaging.MediaStore.
func (s *Store) Media(
	ctx context.Context, t tenant.ID, appID string, kind provider.MediaKind, hash string,
) (messaging.Media, error) {
	var r mediaRow
	err := checkText(appID, string(kind), hash)
	if err == nil {
		err = s.idb(ctx).NewSelect().Model(&r).
			Where("tenant_id = ? AND app_id = ? AND kind = ? AND hash = ?", t, appID, kind, hash).Scan(ctx)
	}
	if err != nil {
		return messaging.Media{}, fmt.Errorf("bunstore: media: %w", storeError(err))
	}
	return messaging.Media{
		Tenant: r.TenantID, Provider: r.Provider, AppID: r.AppID, AppIdentity: r.AppIdentity, Kind: r.Kind, Hash: r.Hash, Name: r.Name,
		Size: r.Size, ID: r.MediaID, ExpiresAt: utcOrZero(r.ExpiresAt), UploadedAt: r.UploadedAt.UTC(),
	}, nil
}

// SaveMedia implements messaging.MediaStore.
func (s *Store) SaveMedia(ctx context.Context, m messaging.Media) error {
	err := checkText(m.AppID, m.AppIdentity, string(m.Kind), m.Hash, m.Name, m.ID)
	if err == nil {
		_, err = s.idb(ctx).NewInsert().Model(&mediaRow{
			TenantID: m.Tenant, AppID: m.AppID, Kind: m.Kind, Hash: m.Hash, Provider: m.Provider, Name: m.Name,
			Size: m.Size, MediaID: m.ID, ExpiresAt: storedOrZero(m.ExpiresAt), UploadedAt: stored(m.UploadedAt), AppIdentity: m.AppIdentity,
		}).
			On("CONFLICT (tenant_id, app_id, kind, hash) DO UPDATE").
			Set("provider = EXCLUDED.provider, name = EXCLUDED.name, size = EXCLUDED.size").
			Set("media_id = EXCLUDED.media_id, expires_at = EXCLUDED.expires_at, uploaded_at = EXCLUDED.uploaded_at").
			Set("app_identity = EXCLUDED.app_identity").
			Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("bunstore: save media: %w", storeError(err))
	}
	return nil
}

// PruneMedia implements messaging.MediaStore.
func (s *Store) PruneMedia(ctx context.Context, t tenant.ID, before time.Time) error {
	at := stored(before)
	_, err := s.idb(ctx).NewDelete().Model((*mediaRow)(nil)).
		Where("tenant_id = ? AND (expires_at < ? OR uploaded_at < ?)", t, at, at).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: prune media: %w", storeError(err))
	}
	return nil
}
