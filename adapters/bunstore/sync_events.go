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

// failureEvery is how often a failure of an app's events is written at most.
const failureEvery = 10 * time.Second

// KeepEvents implements dirsync.EventStore.
func (s *Store) KeepEvents(
	ctx context.Context, t tenant.ID, appID string, events []provider.Event, at time.Time,
) ([]provider.Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	var fresh []provider.Event
	err := s.InTx(ctx, func(ctx context.Context) error {
		var err error
		if fresh, err = s.freshEvents(ctx, t, appID, events, at); err != nil || len(fresh) == 0 {
			return err
		}
		_, err = s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_event_states AS s
				(tenant_id, app_id, events, last_type, last_event_at, failure, failed_at)
			VALUES (?, ?, ?, ?, ?, '', NULL)
			ON CONFLICT (tenant_id, app_id) DO UPDATE SET events = s.events + EXCLUDED.events,
				last_type = EXCLUDED.last_type, last_event_at = EXCLUDED.last_event_at`,
			t, appID, len(fresh), fresh[len(fresh)-1].Type, stored(at)).Exec(ctx)
		return storeError(err)
	})
	if err != nil {
		return nil, fmt.Errorf("bunstore: keep events: %w", err)
	}
	return fresh, nil
}

// freshEvents inserts the ids of events and returns those that were not there.
func (s *Store) freshEvents(
	ctx context.Context, t tenant.ID, appID string, events []provider.Event, at time.Time,
) ([]provider.Event, error) {
	for _, e := range events {
		if err := checkText(e.ID, e.Type); err != nil {
			return nil, err
		}
	}
	var ids []string
	err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_events (tenant_id, app_id, event_id, received_at)
		SELECT DISTINCT ?, ?, v.id, ? FROM ? WHERE TRUE
		ON CONFLICT (tenant_id, app_id, event_id) DO NOTHING RETURNING event_id`,
		t, appID, bun.SafeQuery(s.timeLiteral(), stored(at)), valuesOf("v", events).text("id", func(e *provider.Event) string { return e.ID }).values).
		Scan(ctx, &ids)
	if err != nil {
		return nil, storeError(err)
	}
	isNew := make(map[string]bool, len(ids))
	for _, id := range ids {
		isNew[id] = true
	}
	var fresh []provider.Event
	for _, e := range events {
		if isNew[e.ID] {
			fresh = append(fresh, e)
			delete(isNew, e.ID)
		}
	}
	return fresh, nil
}

// timeLiteral is the form of a time among values of a SELECT.
func (s *Store) timeLiteral() string {
	if s.postgres() {
		return "?::timestamptz"
	}
	return "?"
}

// KeepEventFailure implements dirsync.EventStore.
func (s *Store) KeepEventFailure(ctx context.Context, t tenant.ID, appID, reason string, at time.Time) error {
	_, err := s.idb(ctx).NewRaw(`INSERT INTO thirdapp_sync_event_states AS s
			(tenant_id, app_id, events, last_type, last_event_at, failure, failed_at)
		VALUES (?, ?, 0, '', NULL, ?, ?)
		ON CONFLICT (tenant_id, app_id) DO UPDATE SET failure = EXCLUDED.failure, failed_at = EXCLUDED.failed_at
			WHERE s.failed_at IS NULL OR s.failed_at <= ?`,
		t, appID, reason, stored(at), stored(at.Add(-failureEvery))).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: keep event failure: %w", storeError(err))
	}
	return nil
}

// EventState implements dirsync.EventStore.
func (s *Store) EventState(ctx context.Context, t tenant.ID, appID string) (dirsync.EventState, error) {
	var rows []struct {
		Events      int
		LastType    string
		LastEventAt bun.NullTime
		Failure     string
		FailedAt    bun.NullTime
	}
	err := s.idb(ctx).NewSelect().Table("thirdapp_sync_event_states").
		Column("events", "last_type", "last_event_at", "failure", "failed_at").
		Where("tenant_id = ? AND app_id = ?", t, appID).Scan(ctx, &rows)
	if err != nil {
		return dirsync.EventState{}, fmt.Errorf("bunstore: event state: %w", storeError(err))
	}
	if len(rows) == 0 {
		return dirsync.EventState{}, nil
	}
	r := rows[0]
	return dirsync.EventState{
		Events: r.Events, LastType: r.LastType, LastAt: timeOf(r.LastEventAt), Failure: r.Failure, FailedAt: timeOf(r.FailedAt),
	}, nil
}

// PruneEvents implements dirsync.EventStore.
func (s *Store) PruneEvents(ctx context.Context, t tenant.ID, before time.Time) error {
	_, err := s.idb(ctx).NewRaw("DELETE FROM thirdapp_sync_events WHERE tenant_id = ? AND received_at < ?",
		t, stored(before)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: prune events: %w", storeError(err))
	}
	return nil
}
