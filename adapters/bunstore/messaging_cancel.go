package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// Cancel implements messaging.MessageStore.
func (s *Store) Cancel(
	ctx context.Context, t tenant.ID, id string, f messaging.Failure, at time.Time, recall bool,
) (n int, err error) {
	err = checkText(id)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			n, err = s.cancel(ctx, t, id, f, at, recall)
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("bunstore: cancel: %w", err)
	}
	return n, nil
}

func (s *Store) cancel(
	ctx context.Context, t tenant.ID, id string, f messaging.Failure, at time.Time, recall bool,
) (int, error) {
	if _, err := s.lockMessage(ctx, t, id); err != nil {
		return 0, err
	}
	n, err := affected(s.idb(ctx).NewUpdate().Model(&batchRow{
		State: messaging.DeliveryCancelled, Failure: &f, NextAt: stored(at), UpdatedAt: stored(at),
	}).Column("state", "failure", "next_at", "updated_at").
		Where("tenant_id = ? AND message_id = ? AND state IN ('pending', 'scheduled')", t, id).Exec(ctx))
	if err != nil {
		return 0, storeError(err)
	}
	q := s.idb(ctx).NewUpdate().Model((*messageRow)(nil)).Set("selection = NULL").Set("cancelled_at = ?", stored(at)).
		Where("tenant_id = ? AND id = ?", t, id)
	if recall {
		q = q.Set("recall_at = ?", stored(at))
	}
	_, err = q.Exec(ctx)
	return int(n), storeError(err)
}

// Recalled implements messaging.BatchStore. ErrConflict when the batch is not
// accepted, ErrNotFound when there is none.
func (s *Store) Recalled(ctx context.Context, ref messaging.BatchRef, failure *messaging.Failure, at time.Time) error {
	err := s.InTx(ctx, func(ctx context.Context) error {
		if failure != nil {
			return s.notRecalled(ctx, ref, failure)
		}
		return s.recalled(ctx, ref, at)
	})
	if err != nil {
		return fmt.Errorf("bunstore: recalled: %w", err)
	}
	return nil
}

func (s *Store) notRecalled(ctx context.Context, ref messaging.BatchRef, failure *messaging.Failure) error {
	n, err := affected(s.idb(ctx).NewUpdate().Model(&batchRow{RecallFailure: failure}).Column("recall_failure").
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).Where("state = 'accepted'").Exec(ctx))
	if err == nil && n == 0 {
		return s.notAccepted(ctx, ref, messaging.DeliveryAccepted)
	}
	return storeError(err)
}

// recalled lets all deliveries follow the batch again, except for those that
// failed.
func (s *Store) recalled(ctx context.Context, ref messaging.BatchRef, at time.Time) error {
	n, err := affected(s.ofBatch(ctx, ref).
		Set("state = 'recalled', tracking = FALSE, recall_failure = NULL, updated_at = ?", stored(at)).
		Where("state = 'accepted'").Exec(ctx))
	if err != nil {
		return storeError(err)
	}
	if n == 0 {
		return s.notAccepted(ctx, ref, messaging.DeliveryRecalled)
	}
	_, err = s.deliveriesOf(ctx, ref).Set("state = NULL, updated_at = NULL").
		Where("state IN ('delivered', 'read')").Exec(ctx)
	if err != nil {
		return storeError(err)
	}
	return s.recount(ctx, ref)
}

// notAccepted tells why the outcome of a recall could not be stored: nil when
// the batch is as it would make it.
func (s *Store) notAccepted(ctx context.Context, ref messaging.BatchRef, want messaging.DeliveryState) error {
	var row batchRow
	err := s.idb(ctx).NewSelect().Model(&row).Column("state").
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).Scan(ctx)
	if err == nil && row.State != want {
		err = tenant.ErrConflict
	}
	return storeError(err)
}
