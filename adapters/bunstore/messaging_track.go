package bunstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

// Track implements messaging.BatchStore.
func (s *Store) Track(ctx context.Context, ref messaging.BatchRef, p messaging.Progress) (open bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		open, err = s.track(ctx, ref, p)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("bunstore: track: %w", err)
	}
	return open, nil
}

func (s *Store) track(ctx context.Context, ref messaging.BatchRef, p messaging.Progress) (open bool, err error) {
	// First of all the batch's row, whose lock keeps two reports apart.
	n, err := affected(s.ofBatch(ctx, ref).Set("tracks = tracks + 1").Where("tracking").Exec(ctx))
	if err != nil || n == 0 {
		return false, storeError(err)
	}
	if err := s.advance(ctx, ref, p); err != nil {
		return false, err
	}
	own, rest, err := s.countOwn(ctx, ref)
	if err != nil {
		return false, err
	}
	open = !p.Done && rest+own[messaging.DeliveryDelivered] > 0
	_, err = s.ofBatch(ctx, ref).Set("counts = ?, tracking = ?", encodedCounts(own), open).Exec(ctx)
	return open, storeError(err)
}

// advance moves the deliveries of a batch forward.
func (s *Store) advance(ctx context.Context, ref messaging.BatchRef, p messaging.Progress) error {
	if p.AllDelivered {
		_, err := s.deliveriesOf(ctx, ref).Set("state = 'delivered', updated_at = ?", stored(p.At)).
			Where("state IS NULL").Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	if len(p.Delivered) > 0 {
		_, err := s.deliveriesOf(ctx, ref).Set("state = 'delivered', updated_at = ?", stored(p.At)).
			Where("state IS NULL AND provider_user_id IN (?)", bun.List(p.Delivered)).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	if len(p.Read) > 0 {
		_, err := s.deliveriesOf(ctx, ref).Set("state = 'read', updated_at = ?", stored(p.At)).
			Where("(state IS NULL OR state = 'delivered') AND provider_user_id IN (?)", bun.List(p.Read)).
			Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return s.failPeople(ctx, ref, p.Failed, p.At)
}

// ofBatch begins an UPDATE of a batch.
func (s *Store) ofBatch(ctx context.Context, ref messaging.BatchRef) *bun.UpdateQuery {
	return s.idb(ctx).NewUpdate().Model((*batchRow)(nil)).Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number)
}

// deliveriesOf begins an UPDATE of the deliveries of a batch.
func (s *Store) deliveriesOf(ctx context.Context, ref messaging.BatchRef) *bun.UpdateQuery {
	return s.idb(ctx).NewUpdate().Model((*deliveryRow)(nil)).
		Where("tenant_id = ? AND message_id = ? AND batch = ?", ref.Tenant, ref.MessageID, ref.Number)
}

// failPeople marks people of a batch as failed, with one statement for each
// reason.
func (s *Store) failPeople(
	ctx context.Context, ref messaging.BatchRef, failed map[provider.UserID]messaging.Failure, at time.Time,
) error {
	groups := make(map[messaging.Failure][]provider.UserID)
	for user, failure := range failed {
		groups[failure] = append(groups[failure], user)
	}
	for failure, users := range groups {
		text, err := json.Marshal(failure)
		if err != nil {
			return fmt.Errorf("failure: %w", err)
		}
		_, err = s.deliveriesOf(ctx, ref).Set("state = 'failed', failure = ?, updated_at = ?", string(text), stored(at)).
			Where("(state IS NULL OR state = 'delivered') AND provider_user_id IN (?)", bun.List(users)).
			Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// recount stores how many deliveries of a batch have a state of their own.
func (s *Store) recount(ctx context.Context, ref messaging.BatchRef) error {
	own, _, err := s.countOwn(ctx, ref)
	if err != nil {
		return err
	}
	_, err = s.ofBatch(ctx, ref).Set("counts = ?", encodedCounts(own)).Exec(ctx)
	return storeError(err)
}

// countOwn counts the deliveries of a batch that have a state of their own, by
// that, and the rest.
func (s *Store) countOwn(
	ctx context.Context, ref messaging.BatchRef,
) (own map[messaging.DeliveryState]int, rest int, err error) {
	var rows []struct {
		State messaging.DeliveryState
		N     int
	}
	err = s.idb(ctx).NewRaw(`
		SELECT COALESCE(state, '') AS state, count(*) AS n FROM thirdapp_deliveries
		WHERE tenant_id = ? AND message_id = ? AND batch = ? GROUP BY state`,
		ref.Tenant, ref.MessageID, ref.Number).Scan(ctx, &rows)
	if err != nil {
		return nil, 0, storeError(err)
	}
	own = make(map[messaging.DeliveryState]int, len(rows))
	for _, r := range rows {
		if r.State == "" {
			rest = r.N
		} else {
			own[r.State] = r.N
		}
	}
	return own, rest, nil
}

// encodedCounts returns what stands in the column counts.
func encodedCounts(counts map[messaging.DeliveryState]int) *string {
	text, err := nullableJSON(counts, len(counts) == 0)
	if err != nil {
		panic(err) // words and numbers
	}
	return text
}
