package bunstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// move takes a delivery to a place in another batch.
type move struct {
	replayed

	toBatch, toPosition int
}

// moveDeliveries moves deliveries, which then follow their new batches.
func (s *Store) moveDeliveries(ctx context.Context, t tenant.ID, id string, moves []move) error {
	for some := range slices.Chunk(moves, rowsPerInsert) {
		rows := valuesOf("v", some).
			bigint("batch", func(m *move) int64 { return int64(m.Batch) }).
			bigint("position", func(m *move) int64 { return int64(m.Position) }).
			bigint("to_batch", func(m *move) int64 { return int64(m.toBatch) }).
			bigint("to_position", func(m *move) int64 { return int64(m.toPosition) }).values
		_, err := s.idb(ctx).NewRaw(`
			UPDATE thirdapp_deliveries AS d
			SET batch = v.to_batch, position = v.to_position, state = NULL, failure = NULL, updated_at = NULL
			FROM ?
			WHERE d.tenant_id = ? AND d.message_id = ? AND d.batch = v.batch AND d.position = v.position`,
			rows, t, id).Exec(ctx)
		if err != nil {
			return storeError(err)
		}
	}
	return nil
}

// shrinkAll takes deliveries that have moved off the numbers of their old
// batches.
func (s *Store) shrinkAll(ctx context.Context, t tenant.ID, id string, everyone bool, moves []move) error {
	lost := make(map[int][]move)
	for _, m := range moves {
		lost[m.Batch] = append(lost[m.Batch], m)
	}
	numbers := make([]int, 0, len(lost))
	for number := range lost {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	for some := range slices.Chunk(numbers, rowsPerInsert) {
		var rows []batchRow
		err := s.idb(ctx).NewSelect().Model(&rows).
			Where("tenant_id = ? AND message_id = ? AND number IN (?)", t, id, bun.List(some)).Scan(ctx)
		if err != nil {
			return storeError(err)
		}
		statements := make([]string, len(rows))
		for i, r := range rows {
			statements[i] = s.without(r, everyone, lost[r.Number])
		}
		if err := s.execAll(ctx, statements); err != nil {
			return err
		}
	}
	return nil
}

// without returns the statement that takes deliveries off a batch.
func (s *Store) without(r batchRow, everyone bool, lost []move) string {
	ref := r.ref()
	r.Recipients -= len(lost)
	if everyone || r.waiting() && r.Recipients <= 0 {
		return s.db.NewDelete().Model((*batchRow)(nil)).
			Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).String()
	}
	counts := make(map[messaging.DeliveryState]int, len(r.Counts))
	for state, n := range r.Counts {
		counts[state] = n
	}
	for _, m := range lost {
		if m.Own == "" {
			continue
		}
		if counts[m.Own]--; counts[m.Own] <= 0 {
			delete(counts, m.Own)
		}
	}
	return s.db.NewUpdate().Model((*batchRow)(nil)).
		Set("recipients = ?, counts = ?, claim = ?", r.Recipients, bun.NullZero(encodedCounts(counts)), r.fence(lost[0].toBatch)).
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).String()
}
