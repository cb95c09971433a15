package bunstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ events.Store = (*Store)(nil)

// CreateSubscription implements events.Store.
func (s *Store) CreateSubscription(ctx context.Context, sub events.Stored, most int) error {
	err := checkSubscription(sub)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			if err := s.roomForSubscription(ctx, sub.Tenant, most); err != nil {
				return err
			}
			_, err := s.idb(ctx).NewInsert().Model(rowOfSubscription(sub)).Exec(ctx)
			return storeError(err)
		})
	}
	if err != nil {
		return fmt.Errorf("bunstore: create subscription: %w", err)
	}
	return nil
}

// roomForSubscription counts, after those who create in the same tenant at this
// moment. On SQLite the transaction has the only right to write.
func (s *Store) roomForSubscription(ctx context.Context, t tenant.ID, most int) error {
	if s.postgres() {
		_, err := s.idb(ctx).NewRaw(
			"SELECT pg_advisory_xact_lock(hashtextextended('thirdapp_subscriptions/' || ?, 0))", t).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	n, err := s.idb(ctx).NewSelect().Model((*subscriptionRow)(nil)).Where("tenant_id = ?", t).Count(ctx)
	switch {
	case err != nil:
		return storeError(err)
	case n >= int64(most):
		return events.ErrTooMany
	}
	return nil
}

// UpdateSubscription implements events.Store.
func (s *Store) UpdateSubscription(ctx context.Context, sub events.Stored, reset bool) error {
	err := checkSubscription(sub)
	if err == nil {
		err = s.updateSubscription(ctx, sub, reset)
	}
	if err != nil {
		return fmt.Errorf("bunstore: update subscription: %w", err)
	}
	return nil
}

func (s *Store) updateSubscription(ctx context.Context, sub events.Stored, reset bool) error {
	sub.Health = events.Health{} // with reset
	columns := []string{
		"url", "types", "enabled", "description", "version", "key_id", "ciphertext",
		"previous_key_id", "previous_ciphertext", "previous_until", "updated_at",
	}
	if reset {
		columns = append(columns, "last_status", "last_reason", "last_at", "failing_since")
	}
	err := updateOne(ctx,
		s.idb(ctx).NewUpdate().Model(rowOfSubscription(sub)).Column(columns...).
			Where("tenant_id = ? AND id = ? AND version = ?", sub.Tenant, sub.ID, sub.Version-1),
		s.idb(ctx).NewSelect().Model((*subscriptionRow)(nil)).Where("tenant_id = ? AND id = ?", sub.Tenant, sub.ID))
	return storeError(err)
}

// DeleteSubscription implements events.Store.
func (s *Store) DeleteSubscription(ctx context.Context, t tenant.ID, id string) error {
	err := checkText(id)
	if err == nil {
		err = deleteOne(ctx, s.idb(ctx).NewDelete().Model((*subscriptionRow)(nil)).Where("tenant_id = ? AND id = ?", t, id))
	}
	if err != nil {
		return fmt.Errorf("bunstore: delete subscription: %w", err)
	}
	return nil
}

// Subscription implements events.Store.
func (s *Store) Subscription(ctx context.Context, t tenant.ID, id string) (events.Stored, error) {
	row := new(subscriptionRow)
	err := checkText(id)
	if err == nil {
		err = s.idb(ctx).NewSelect().Model(row).Where("tenant_id = ? AND id = ?", t, id).Scan(ctx)
	}
	if err != nil {
		return events.Stored{}, fmt.Errorf("bunstore: subscription: %w", storeError(err))
	}
	return row.subscription(), nil
}

// Subscriptions implements events.Store.
func (s *Store) Subscriptions(ctx context.Context, t tenant.ID) ([]events.Stored, error) {
	var rows []subscriptionRow
	err := s.idb(ctx).NewSelect().Model(&rows).Where("tenant_id = ?", t).
		OrderExpr("created_at, " + s.bytewise("id")).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("bunstore: subscriptions: %w", storeError(err))
	}
	subs := make([]events.Stored, len(rows))
	for i := range rows {
		subs[i] = rows[i].subscription()
	}
	return subs, nil
}

// RecordOutcome implements events.Store.
func (s *Store) RecordOutcome(ctx context.Context, t tenant.ID, id string, version int64, o events.Outcome) error {
	err := errors.Join(checkText(id), checkText(string(o.Reason)))
	if err == nil {
		q := s.idb(ctx).NewUpdate().Model((*subscriptionRow)(nil)).
			Set("last_status = ?", o.Status).Set("last_reason = ?", o.Reason).Set("last_at = ?", stored(o.At)).
			Where("tenant_id = ? AND id = ? AND version = ?", t, id, version)
		if o.Reason == "" {
			q = q.Set("failing_since = NULL")
		} else {
			q = q.Set("failing_since = coalesce(failing_since, ?)", stored(o.At))
		}
		_, err = q.Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("bunstore: record outcome: %w", storeError(err))
	}
	return nil
}

func checkSubscription(sub events.Stored) error {
	return checkText(append([]string{sub.ID, sub.URL, sub.Description}, sub.Types...)...)
}
