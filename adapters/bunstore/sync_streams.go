package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// streaming is the condition of the index thirdapp_apps_streams.
const streaming = "a.enabled AND a.settings ->> '" + provider.SettingEventMode + "' = '" + provider.EventModeStream + "'"

// syncStreamRow is a row of thirdapp_sync_streams.
type syncStreamRow struct {
	bun.BaseModel `bun:"table:thirdapp_sync_streams,alias:s"`

	TenantID    tenant.ID
	AppID       string
	Holder      string
	HeldUntil   time.Time
	ConnectedAt bun.NullTime
	Failure     *dirsync.Failure `bun:"type:jsonb"`
	FailedAt    bun.NullTime
}

// streamLeaseRow is a stream with the lease of it, if there is one.
type streamLeaseRow struct {
	TenantID  tenant.ID
	AppID     string
	Version   int64
	HeldUntil bun.NullTime
}

// Streams implements dirsync.StreamStore.
func (s *Store) Streams(ctx context.Context, holder string, free int, at time.Time) ([]dirsync.StreamLease, error) {
	leases, err := s.streamLeases(ctx, `SELECT a.tenant_id, a.id AS app_id, a.version, s.held_until
		FROM thirdapp_sync_streams AS s
		JOIN thirdapp_apps AS a ON a.tenant_id = s.tenant_id AND a.id = s.app_id
		WHERE s.holder = ? AND `+streaming, holder)
	if err == nil && free > 0 {
		var others []dirsync.StreamLease
		others, err = s.streamLeases(ctx, `SELECT a.tenant_id, a.id AS app_id, a.version, NULL AS held_until
			FROM thirdapp_apps AS a
			LEFT JOIN thirdapp_sync_streams AS s ON s.tenant_id = a.tenant_id AND s.app_id = a.id
			WHERE `+streaming+` AND (s.app_id IS NULL OR s.holder <> ? AND s.held_until <= ?)
			ORDER BY a.tenant_id, a.id LIMIT ?`, holder, stored(at), free)
		leases = append(leases, others...)
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: streams: %w", err)
	}
	return leases, nil
}

func (s *Store) streamLeases(ctx context.Context, query string, args ...any) ([]dirsync.StreamLease, error) {
	var rows []streamLeaseRow
	if err := s.idb(ctx).NewRaw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, storeError(err)
	}
	leases := make([]dirsync.StreamLease, len(rows))
	for i, r := range rows {
		leases[i] = dirsync.StreamLease{
			StreamKey: dirsync.StreamKey{Tenant: r.TenantID, AppID: r.AppID}, Version: r.Version, Until: timeOf(r.HeldUntil),
		}
	}
	return leases, nil
}

func streamValues(keys []dirsync.StreamKey) values {
	return valuesOf("v", keys).
		text("tenant_id", func(k *dirsync.StreamKey) string { return string(k.Tenant) }).
		text("app_id", func(k *dirsync.StreamKey) string { return k.AppID }).values
}

// HoldStreams implements dirsync.StreamStore. All holders take rows in one order,
// so that none waits for another in a circle.
func (s *Store) HoldStreams(
	ctx context.Context, holder string, keys []dirsync.StreamKey, at, until time.Time,
) ([]dirsync.StreamKey, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	err := checkText(holder)
	var rows []streamLeaseRow
	if err == nil {
		err = s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_streams AS s (tenant_id, app_id, holder, held_until)
			SELECT a.tenant_id, a.id, ?, ? FROM thirdapp_apps AS a
			JOIN ? ON v.tenant_id = a.tenant_id AND v.app_id = a.id
			WHERE `+streaming+` ORDER BY a.tenant_id, a.id
			ON CONFLICT (tenant_id, app_id) DO UPDATE SET
				connected_at = CASE WHEN s.holder = EXCLUDED.holder THEN s.connected_at END,
				holder = EXCLUDED.holder, held_until = EXCLUDED.held_until
			WHERE s.holder = EXCLUDED.holder OR s.held_until <= ?
			RETURNING tenant_id, app_id`,
			holder, bun.SafeQuery(s.timeLiteral(), stored(until)), streamValues(keys), stored(at)).Scan(ctx, &rows)
	}
	if err != nil {
		return nil, fmt.Errorf("bunstore: hold streams: %w", storeError(err))
	}
	held := make([]dirsync.StreamKey, len(rows))
	for i, r := range rows {
		held[i] = dirsync.StreamKey{Tenant: r.TenantID, AppID: r.AppID}
	}
	return held, nil
}

// ReleaseStreams implements dirsync.StreamStore.
func (s *Store) ReleaseStreams(ctx context.Context, holder string, keys []dirsync.StreamKey) error {
	if len(keys) == 0 {
		return nil
	}
	_, err := s.idb(ctx).NewRaw(`DELETE FROM thirdapp_sync_streams
		WHERE holder = ? AND (tenant_id, app_id) IN (SELECT v.tenant_id, v.app_id FROM ?)`,
		holder, streamValues(keys)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: release streams: %w", storeError(err))
	}
	return nil
}

// NoteStream implements dirsync.StreamStore.
func (s *Store) NoteStream(ctx context.Context, holder string, key dirsync.StreamKey, n dirsync.StreamNote) error {
	row := &syncStreamRow{ConnectedAt: nullTime(n.ConnectedAt), Failure: n.Failure, FailedAt: nullTime(n.FailedAt)}
	columns := []string{"connected_at"}
	if n.Failure != nil {
		columns = append(columns, "failure", "failed_at")
	}
	_, err := s.idb(ctx).NewUpdate().Model(row).Column(columns...).
		Where("tenant_id = ? AND app_id = ? AND holder = ?", key.Tenant, key.AppID, holder).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: note stream: %w", storeError(err))
	}
	return nil
}

// StreamState implements dirsync.StreamStore.
func (s *Store) StreamState(ctx context.Context, t tenant.ID, appID string) (dirsync.StreamState, error) {
	var rows []syncStreamRow
	err := s.idb(ctx).NewSelect().Model(&rows).Where("tenant_id = ? AND app_id = ?", t, appID).Scan(ctx)
	if err != nil {
		return dirsync.StreamState{}, fmt.Errorf("bunstore: stream state: %w", storeError(err))
	}
	if len(rows) == 0 {
		return dirsync.StreamState{}, nil
	}
	r := rows[0]
	return dirsync.StreamState{
		Holder: r.Holder, Until: r.HeldUntil.UTC(), ConnectedAt: timeOf(r.ConnectedAt),
		Failure: r.Failure, FailedAt: timeOf(r.FailedAt),
	}, nil
}
